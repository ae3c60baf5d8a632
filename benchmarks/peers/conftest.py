"""The peers are programs of other packages, which need not be installed: nothing here is a doctest."""

collect_ignore_glob = ["*_peer.py"]
