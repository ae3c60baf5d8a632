"""One replication of one practice: inputs, the engines, the facts that they leave."""
