"""The door for `python -m ccmsim`.

Comes in: the words of the command line. Goes out: what the command line makes of them. Decides
nothing.
"""

from __future__ import annotations

from ccmsim.cli import main

if __name__ == "__main__":
    main()
