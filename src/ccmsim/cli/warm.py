"""`ccmsim warm`: compile the model now, so that no later command has to.

Comes in: nothing. Goes out: a warm cache, and one line that says where it is.
"""

from __future__ import annotations

from typing import Final

from ccmsim.cli.shell import guarded, show

HELP: Final = """Compile the model now, so that no later command has to.

The model is compiled once for each version of ccmsim and Python and each kind of processor, in
about half a minute. Any command compiles the engine that it needs; this one compiles both and does
nothing else. The result is kept beside the
package, or in the user's own cache directory where the package cannot be written.
"""


@guarded
def warm() -> None:
    """Compile the model."""
    import time

    from ccmsim.compiling import cache_directory
    from ccmsim.warming import ENGINES, is_warm, warm_if_cold

    cold = [engine for engine in ENGINES if not is_warm(engine)]
    if not cold:
        show(f"The model is compiled already: {cache_directory()}")
        return
    began = time.perf_counter()
    for engine in cold:
        warm_if_cold(engine)
    show(f"Compiled in {time.perf_counter() - began:.0f} s: {cache_directory()}")
