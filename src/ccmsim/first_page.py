"""The first page: what a practice's owner wants to know, in plain words.

Comes in: `Results`, and what else was estimated. Goes out: blocks of rows and sentences, the same
as text, or plain values. Never simulates, never prints; `first_numbers` estimates what it tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ccmsim.analyses.factors import plain_estimate
from ccmsim.estimation import Estimate
from ccmsim.estimation.estimate import negative
from ccmsim.first_numbers import FirstNumbers, first_numbers
from ccmsim.scenario.values import plain
from ccmsim.wording import WIDTH, cell, counted, hundredths, paragraph, row, stretch, usd, whole

if TYPE_CHECKING:
    from ccmsim.results import Results

FEWEST_REPLICATIONS: Final = 200
"""With fewer, the page says that its bad year is a rough guess."""

REASONS: Final = {
    "not_claimable": "may not be billed: by rule, no supervisor, no consent",
    "undocumented": "enough time logged, but the paperwork is missing",
    "lost_capture": "enough time spent, but not enough of it logged",
    "short": "talked to or worked for, but too few minutes",
    "unreached": "called, but never answered",
    "no_attempt_off_duty": "not called: the {staff} was away",
    "no_attempt_backlog": "not called: no time left",
}
"""The reasons of a missed month, in an owner's words; `{staff}` stands for `Scenario.called`."""

CAUSES: Final = {
    "closure": "practice closed",
    "outage": "record system down",
    "vacancy": "position vacant",
    "ramp": "new hire still learning",
    "extended_leave": "long leave",
    "planned_leave": "vacation",
    "sick_spells": "short sickness",
    "floor_cover": "pulled to the clinic",
}
"""The causes of lost time, in an owner's words."""

VISITS: Final = {
    "usd": "Beside it: office visits, on average",
    "cv": "  spread of their months, of 100 of the mean month",
    "billed_cv": "  the same of what is billed",
    "together_cv": "  the same of both together",
    "correlation": "  their correlation from month to month, -1 to 1",
}
"""What is said of visits beside the programme: spread is the standard deviation over months."""


class Row(NamedTuple):
    """A label and an amount with its error."""

    label: str
    amount: str


class Note(NamedTuple):
    """A sentence or two, perhaps with a bullet."""

    text: str
    bullet: str = ""


class Block(NamedTuple):
    """What belongs together; the heading may be empty."""

    heading: str
    parts: tuple[Row | Note, ...]


def first_page(
    results: Results,
    *,
    ceiling: Estimate | None = None,
    absence: Estimate | None = None,
    absence_weeks: int = 4,
    level: float = 0.95,
    measures: Mapping[str, Estimate] | None = None,
    width: int = WIDTH,
) -> str:
    """Return the page that a practice's owner reads first.

    Parameters
    ----------
    results : Results
    ceiling : Estimate, optional
        Share that unlimited staff would bill, from `ccmsim.theory.ceiling_share`: splits what is
        missed into what nobody could have reached and the rest.
    absence : Estimate, optional
        What an absence costs, US dollars, from `ccmsim.analyses.absence_cost.cost_of_absence`.
    absence_weeks : int
        How long that absence is.
    level : float
        Nominal coverage of the intervals.
    measures : mapping of str to Estimate, optional
        What `ccmsim.measures.measures` returns of these results at this level, if it is known.
    width : int
        The most characters of a line, at least 60.

    Returns
    -------
    str
        Lines. "Usual" is the median and "bad" the one in ten: of the
        totals of the reported months, or of single months.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=12, replications=2)
    >>> print(first_page(results).splitlines()[4])
      The projection: 75 patients x $66.13 x 12 months          $59,517
    """
    found = blocks(
        results,
        ceiling=ceiling,
        absence=absence,
        absence_weeks=absence_weeks,
        level=level,
        measures=measures,
    )
    return "\n".join(line for block in found for line in _lines(block, width))[1:]


def blocks(
    results: Results,
    *,
    ceiling: Estimate | None = None,
    absence: Estimate | None = None,
    absence_weeks: int = 4,
    level: float = 0.95,
    measures: Mapping[str, Estimate] | None = None,
) -> list[Block]:
    """Return what `first_page` says, block by block: for pages of another form.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=12, replications=2)
    >>> [block.heading for block in blocks(results)][1]
    'MONEY a year'
    """
    page = first_numbers(
        results,
        ceiling=ceiling,
        absence=absence,
        absence_weeks=absence_weeks,
        level=level,
        measures=measures,
    )
    makers = (_head, _money, _months, _time, _absence, _check, _errors)
    return [block for maker in makers for block in maker(page)]


def _lines(block: Block, width: int) -> Iterator[str]:
    yield ""
    if block.heading:
        yield block.heading
    for part in block.parts:
        if isinstance(part, Row):
            yield row(*part, width)
        else:
            yield from paragraph(part.text, bullet=part.bullet, width=width)


def first_page_data(
    results: Results,
    *,
    ceiling: Estimate | None = None,
    absence: Estimate | None = None,
    absence_weeks: int = 4,
    level: float = 0.95,
    measures: Mapping[str, Estimate] | None = None,
) -> dict[str, Any]:
    """Return what `first_page` says as plain values, fit for JSON.

    Returns
    -------
    dict
        Estimates are tables with value, standard_error, low, high, level, replications and method;
        a number that does not exist is None. Those under `of_100_enrolled` and `of_100_minutes`
        are of 100 enrolled patients a month, or of 100 scheduled minutes. `visits` is None where
        the scenario has none; a `cv` is a standard deviation over a mean month, and `correlation`
        that of visits and what is billed, each over the months of a replication, on average.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=2)
    >>> first_page_data(results)["of_100_enrolled"]["usual_month"]["value"]
    100.0
    """
    page = first_numbers(
        results,
        ceiling=ceiling,
        absence=absence,
        absence_weeks=absence_weeks,
        level=level,
        measures=measures,
    )
    return {
        "scenario": results.scenario.name,
        "months": len(results.months),
        "replications": results.replications,
        "projection_usd": plain_estimate(page.projection),
        "billed_usd": plain_estimate(page.billed),
        "net_usd": plain_estimate(page.net),
        "bad_net_usd": plain_estimate(page.bad_net),
        "loss_probability": plain_estimate(page.loss),
        "of_100_enrolled": {
            "usual_month": plain_estimate(page.usual),
            "bad_month": plain_estimate(page.bad),
            "billed": plain_estimate(page.share),
            "missed": plain_estimate(page.missed),
            "missed_by_reason": {
                name: plain_estimate(value) for name, value in page.reasons.items()
            },
            "nobody_could_have_reached": page.unreachable and plain_estimate(page.unreachable),
        },
        "of_100_minutes": {
            "lost": plain_estimate(page.lost),
            "lost_by_cause": {name: plain_estimate(value) for name, value in page.causes.items()},
        },
        "visits": {name: plain_estimate(value) for name, value in page.visits.items()} or None,
        "absence_weeks": absence_weeks,
        "absence_cost_usd": page.absence and plain_estimate(page.absence),
        "assumptions": [
            {
                "text": assumption.text,
                "values": {path: plain(value) for path, value in assumption.values.items()},
                "swing_usd": assumption.swing_usd,
            }
            for assumption in page.assumptions
        ],
    }


def _head(page: FirstNumbers) -> Iterator[Block]:
    results = page.results
    times = "once" if results.replications == 1 else f"{results.replications:,} times"
    heading = f"{results.scenario.name}: {_span(results.months)}, simulated {times}"
    notes: tuple[Note, ...] = ()
    if results.replications == 1:
        more = f"Nothing tells how far off one time is: use {FEWEST_REPLICATIONS} or more."
        notes = (Note(more),)
    elif results.replications < FEWEST_REPLICATIONS:
        more = f"Too few times to trust the bad cases: use {FEWEST_REPLICATIONS} or more."
        notes = (Note(more),)
    yield Block(heading, notes)


def _money(page: FirstNumbers) -> Iterator[Block]:
    each = f"a {page.period}" if page.period in ("year", "month") else f"in {page.period}"
    months = len(page.results.months)
    rows = (
        Row(f"The projection: {_projection(page)}", usd(page.projection)),
        Row("Billed, on average", usd(page.billed)),
        Row("Left after staff and other costs (net), on average", usd(page.net)),
        Row(f"Net in a bad {stretch(months)}, one in ten", usd(page.bad_net)),
        Row(f"Of 100 such {stretch(months, many=True)}, those with a loss", hundredths(page.loss)),
    )
    parts: tuple[Row | Note, ...] = rows
    if page.billed.value > page.projection.value:
        beyond = "first code alone: further codes come on top, so that more can be billed."
        parts = (*rows, Note(f"The projection has each patient's {beyond}"))
    yield Block(f"MONEY {each}", (*parts, *_visits(page)))


def _visits(page: FirstNumbers) -> Iterator[Row | Note]:
    """Yield what visits bring beside the programme, and how the months of both vary."""
    for name, estimate in page.visits.items():
        if name == "usd":
            amount = usd(estimate)
        else:
            amount = cell(estimate) if name == "correlation" else hundredths(estimate.times(100.0))
        yield Row(VISITS[name], amount)
    if page.visits:
        yield Note("ccmsim smoothing compares both by cash, and where visits fail for months.")


def _months(page: FirstNumbers) -> Iterator[Block]:
    parts: list[Row | Note] = [
        Row("Billed in a usual month, the middle one", hundredths(page.usual)),
        Row("Billed in a bad month, one in ten", hundredths(page.bad)),
        Row("Billed, on average", hundredths(page.share)),
        Row("Not billed, on average", hundredths(page.missed)),
    ]
    for name, share in page.reasons.items():
        if share.value > 0.0:
            reason = REASONS[name].format(staff=page.staff)
            parts.append(Row(f"  {reason}", hundredths(share)))
    if page.unreachable is not None and page.missed.value > 0.0:
        kept = min(page.unreachable.value, page.missed.value)
        label = "Of those not billed: nobody could have reached them"
        parts.append(Row(label, hundredths(page.unreachable)))
        parts.append(
            Note(
                f"The last line cuts across the reasons above: with {page.staff}s always there and "
                f"never busy, and perfect logs and paperwork, {kept:.1f} of 100 would still not be "
                f"billed. The rest is what staffing, coverage and habits decide."
            )
        )
    heading = (
        f"PATIENTS: of 100 enrolled, {whole(page.usual)} are billed in a usual month and "
        f"{whole(page.bad)} in a bad one"
    )
    yield Block(heading, tuple(parts))


def _time(page: FirstNumbers) -> Iterator[Block]:
    if math.isnan(page.lost.value):
        yield Block("STAFF TIME: none is scheduled", ())
        return
    rows = [Row("Lost, on average", hundredths(page.lost))]
    for name, share in sorted(page.causes.items(), key=lambda item: -item[1].value):
        if share.value > 0.0:
            rows.append(Row(f"  {CAUSES[name]}", hundredths(share)))
    heading = f"STAFF TIME: of 100 scheduled minutes at the desk, {whole(page.lost)} are lost"
    yield Block(heading, tuple(rows))


def _absence(page: FirstNumbers) -> Iterator[Block]:
    if page.absence is None:
        return
    weeks = f"{_NUMBERS.get(page.absence_weeks, str(page.absence_weeks))} week"
    saves = page.absence.value < 0.0
    who = f"A {page.staff} out for {weeks}{'s' * (page.absence_weeks != 1)}".upper()
    amount = usd(negative(page.absence) if saves else page.absence)
    yield Block("", (Row(f"{who} {'saves' if saves else 'costs'}", amount),))


def _check(page: FirstNumbers) -> Iterator[Block]:
    if page.missed.value == 0.0:
        itself = "Everybody is billed every month: this is the projection itself, not a forecast."
        yield Block("", (Note(itself),))
    elif page.assumptions:
        count = _NUMBERS.get(len(page.assumptions), "")
        heading = f"CHECK FIRST, WITH YOUR OWN DATA: the {count} assumptions likely to matter most"
        notes = [Note(each.text, f"{n}. ") for n, each in enumerate(page.assumptions, start=1)]
        where = "Measured on two_nurses; ccmsim assess looks which ones matter most here."
        yield Block(heading, (*notes, Note(where)))


def _errors(page: FirstNumbers) -> Iterator[Block]:
    told = (
        f"± and brackets tell where a number would lie if simulated for ever, "
        f"{100.0 * page.level:g} % sure. They know nothing of wrong assumptions."
    )
    yield Block("", (Note(told),))


_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 8: "eight"}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def _span(months: tuple[str, ...]) -> str:
    """Return such as "12 months from January 2026"."""
    year, month = months[0].split("-")
    name = f"{_MONTHS[int(month) - 1]} {year}"
    return name if len(months) == 1 else f"{len(months)} months from {name}"


def _projection(page: FirstNumbers) -> str:
    """Return the calculator's product, where patients and fee stay the same."""
    plan = page.results.values["plan_usd"]
    enrolled = page.results.values["enrolled_patients"]
    months = len(page.results.months)
    if enrolled.min() == enrolled.max() > 0 and plan.min() == plan.max():
        patients = int(enrolled.max())
        fee = float(plan.max()) / patients
        every = counted(months, "month")
        return f"{patients:,} patients x ${fee:,.2f} x {every}"
    return "all billed the first code every month"
