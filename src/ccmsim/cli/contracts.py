"""`ccmsim contracts`: one's own staff, a vendor's fee, or another programme.

Comes in: a scenario, what a vendor asks, and settings. Goes out: the comparison, as text, a picture
or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded

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


@guarded
def contracts(
    scenario: ScenarioName,
    billed: Billed = None,
    enrolled: Enrolled = None,
    share: Share = None,
    vendor: Vendor = None,
    apcm: Annotated[
        bool, typer.Option("--apcm/--no-apcm", help="Look at advanced primary care, too.")
    ] = True,
    months: Months = 12,
    replications: Replications = 500,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Compare contracts."""
    settings = settings_of(
        scenario,
        set_,
        plot,
        workers,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    from ccmsim.analyses.contracts import contracts as compared
    from ccmsim.scenario import load

    asked = {"billed": billed, "enrolled": enrolled, "share": share}
    found = compared(
        settings.scenario,
        rates={kind: rate for kind, rate in asked.items() if rate is not None},
        vendor=None if vendor is None else load(vendor),
        apcm=apcm,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("contracts", found, settings))
