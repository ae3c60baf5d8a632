"""`ccmsim contracts`: one's own staff, a vendor's fee, or another programme.

Comes in: a scenario, what a vendor asks, and settings. Goes out: the comparison, as text, a picture
or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Compare one's own staff with a vendor's fee and with advanced primary care.

Fees that are not given are those at which the mean net is as good as in-house.

Examples:

\b
  ccmsim contracts two_nurses
  ccmsim contracts two_nurses --billed 42 --share 0.55
"""

Billed = Annotated[
    float | None,
    typer.Option(
        "--billed", metavar="USD", help="A vendor's fee for a billed patient-month.",
        show_default=False,
    ),
]  # fmt: skip
Enrolled = Annotated[
    float | None,
    typer.Option(
        "--enrolled", metavar="USD", help="A vendor's fee for an enrolled patient-month.",
        show_default=False,
    ),
]  # fmt: skip
Share = Annotated[
    float | None,
    typer.Option(
        "--share", metavar="S", help="A vendor's share of what claims pay, 0 to 1.",
        show_default=False,
    ),
]  # fmt: skip
Vendor = Annotated[
    str | None,
    typer.Option(
        "--vendor", metavar="SCENARIO",
        help="How the vendor's staff work; left out: the same staff, never away.",
        show_default=False,
    ),
]  # fmt: skip


@experiment("contracts", replications=500)
def contracts(
    asked: Asked,
    billed: Billed = None,
    enrolled: Enrolled = None,
    share: Share = None,
    vendor: Vendor = None,
    apcm: Annotated[
        bool, typer.Option("--apcm/--no-apcm", help="Look at advanced primary care, too.")
    ] = True,
) -> Result:
    """Compare contracts."""
    scenario, how = asked.checked()
    from ccmsim.analyses.contracts import contracts as compared
    from ccmsim.scenario import load

    rates = {"billed": billed, "enrolled": enrolled, "share": share}
    return compared(
        scenario,
        rates={kind: rate for kind, rate in rates.items() if rate is not None},
        vendor=None if vendor is None else load(vendor),
        apcm=apcm,
        **how,
    )
