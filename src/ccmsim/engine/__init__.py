"""One replication of one practice: the inputs of an engine, the engines, and the facts that they leave."""
