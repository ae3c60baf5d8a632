"""`ccmsim presets`: the practices that come with the package.

Comes in: a name, perhaps. Goes out: a table of all, or one with the evidence beside each value.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.options import Json
from ccmsim.cli.shell import guarded, print_json, show

HELP: Final = """List the practices that come with ccmsim, or show one.

A preset is a complete scenario. Each of its values is followed by the class of the evidence for it:
R read in a published source, D derived from such figures, V a vendor's figure (weak), A our
assumption. Save one to a file and change what is different in your practice.

Examples:

\b
  ccmsim presets
  ccmsim presets --show two_nurses
  ccmsim presets --show two_nurses > my_practice.toml
"""

Show = Annotated[
    str | None,
    typer.Option(
        "--show",
        metavar="NAME",
        help="Print this preset as a scenario file, with the evidence beside each value.",
        show_default=False,
    ),
]


@guarded
def presets(show_: Show = None, json: Json = False) -> None:
    """List the presets, or print one."""
    if show_ is not None:
        _show(show_, as_json=json)
    elif json:
        print_json({"presets": _described()})
    else:
        _list()


def _described() -> dict[str, str]:
    from ccmsim.scenario import presets

    return presets()


def _list() -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("Preset", no_wrap=True)
    table.add_column("Practice")
    for name, description in _described().items():
        table.add_row(name, description)
    show(table, "\nccmsim presets --show NAME prints one, ccmsim run NAME simulates it.")


def _show(name: str, *, as_json: bool) -> None:
    from ccmsim.errors import refuse
    from ccmsim.scenario import load
    from ccmsim.scenario.loading import preset_texts
    from ccmsim.scenario.problems import listed, suggestion
    from ccmsim.scenario.values import plain

    known = _described()
    if name not in known:
        raise refuse("--show", f"is not a preset{suggestion(name, known)}", name, listed(known))
    text = preset_texts()[name]
    if not as_json:
        typer.echo(text, nl=False)
        return
    scenario = load(name)
    print_json(
        {
            "name": name,
            "description": known[name],
            "fingerprint": scenario.fingerprint,
            "values": plain(scenario),
            "toml": text,
        }
    )
