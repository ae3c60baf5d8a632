"""Vacancies: what a coordinator's leaving costs, and when somebody should be hired meanwhile.

Comes in: a practice, lengths of a vacancy (or panels), delays and the settings of `simulate`. Goes
out: `Gains`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.break_even import Crossing
from ccmsim.analyses.cover_pool import check_owners
from ccmsim.analyses.gains import Contrast, Gains, Settings, gains_over
from ccmsim.analyses.leave_dates import seat_of, with_absence
from ccmsim.analyses.teams import substitutes
from ccmsim.checks import MONTHS_MAX, numeric, whole, wholes
from ccmsim.errors import InputError, refuse
from ccmsim.estimation.estimate import negative
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.staff import Cover
from ccmsim.wording import cell

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress

LENGTHS: Final = (5, 20, 48, 80, 120)
LAGS: Final = (0, 10, 30)
DAYS_A_MONTH: Final = 20
"""A month has so many business days at least, so that a vacancy ends within the months."""

ALONE: Final = "nobody is hired"
ANOTHER: Final = "one more coordinator, for good"
OVERS: Final = {"days": "business days of the vacancy", "patients": "patients enrolled"}
"""What the curve may go over."""


@dataclass(frozen=True, slots=True)
class _Vacancy:
    """Who leaves, who may be called, and what that costs."""

    scenario: Scenario
    group: str
    seat: int
    called: Cover
    fee_usd: float

    def at(self, days: int, patients: int | None) -> tuple[Scenario, Scenario]:
        """Return the practice without the vacancy and with it."""
        panel = {} if patients is None else {"panel.enrolled_at_start": patients}
        without = self.scenario.but(panel)
        return without, with_absence(
            without, without.start, days=days, seat=self.seat, name="vacant_seat",
            cause="extended_leave", paid_share=0.0,
        )  # fmt: skip

    def alone(self, days: int, patients: int | None) -> Contrast:
        """Return what the vacancy itself costs."""
        without, vacant = self.at(days, patients)
        return Contrast(((1.0, vacant), (-1.0, without)))

    def covered(self, lag: int, days: int, patients: int | None) -> Contrast:
        """Return what a substitute from day `lag` on brings in the vacancy, and only there."""
        fields = self.called.model_dump() | {"after_days": lag}
        without, vacant = self.at(days, patients)
        help_without, help_vacant = (
            each.but({"operations.cover": fields}) for each in (without, vacant)
        )
        return Contrast(
            ((1.0, help_vacant), (-1.0, vacant), (-1.0, help_without), (1.0, without)),
            fee_usd=self.fee_usd,
            cover_usd_per_hour=self.called.wage_usd_per_hour * self.scenario.finance.wage_load,
        )

    def another(self, days: int, patients: int | None) -> Contrast:
        """Return what one more coordinator from the first day on brings."""
        path = f"staff.{self.group}.coordinators"
        group, finance = self.scenario.staff[self.group], self.scenario.finance
        _, vacant = self.at(days, patients)
        hours = group.protected_minutes_per_week() / 60.0
        return Contrast(
            ((1.0, vacant.but({path: group.coordinators + 1})), (-1.0, vacant)),
            beside_usd=finance.onboarding_usd * hours / 40.0,
        )


def vacancy(
    scenario: Scenario,
    *,
    over: str = "days",
    values: Iterable[int] | None = None,
    days: int = 48,
    lags: Iterable[int] = LAGS,
    group: str | None = None,
    cover: float | Mapping[str, Any] | Cover | None = None,
    fee_usd: float = 0.0,
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Gains:
    """Find what a vacancy costs, and what it brings to call a substitute or to hire one more.

    A coordinator leaves on the first reported day. Then nobody is hired; or a substitute is called
    after so many days (`lags`: the decision's delay) until the seat is filled; or the team has one
    coordinator more from the first day on, for good.

    Parameters
    ----------
    scenario : Scenario
        Its own `operations.cover`, if any, is taken away first; not with a pooled worklist.
    over : str
        "days": the curve goes over the vacancy's length; "patients": over the panel, at `days`.
    values : iterable of int, optional
        Of `over`, two or more. Left out: `LENGTHS`, or half to twice the present panel.
    days : int
        Business days of the vacancy where the curve goes over patients.
    lags : iterable of int
        Days of the vacancy after which a substitute comes; of `over="days"` also beyond its length.
    group : str, optional
        Whose coordinator leaves; left out: who has most hours.
    cover : float, mapping or Cover, optional
        The substitute's weekly hours, or fields of `operations.cover`; left out: as the group's.
    fee_usd : float
        What a substitute costs once, beside the hours: an agency's fee, say.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Gains
        "nobody is hired" against no vacancy; the others against the vacancy in which nobody is
        hired. Break-evens (`crossings`) of these others.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or a vacancy does not end within the months.

    Notes
    -----
    What a substitute brings is the difference of two paired differences, with and without the
    vacancy, so that what cover does in other absences drops out. The seat is unpaid while it is
    vacant. It is filled by somebody who knows the work: learning and onboarding follow any hire,
    and are in none of these numbers but `ANOTHER`, which bears an onboarding.

    Examples
    --------
    >>> import ccmsim
    >>> found = vacancy(
    ...     ccmsim.load("solo_nurse"), values=[5, 40], lags=[0], months=3, replications=20
    ... )
    >>> found.of_series("nobody is hired")[1].net.value < 0.0
    True
    """
    settings = Settings(
        months=months, replications=replications, seed=seed, warmup_months=warmup_months,
        executor=executor, workers=workers, progress=progress, level=level,
    )  # fmt: skip
    settings.check(scenario)
    check_owners(scenario)
    name, seat = seat_of(scenario, group)
    called = substitutes(scenario, name, {} if cover is None else cover)
    practice = scenario.but({"operations.cover": None})
    case = _Vacancy(practice, name, seat, called, fee_usd)
    grid = _grid(practice, over, values, months)
    delays = wholes(lags, "lags", 0, 1_000, "[0, 10]")
    _check(days, DAYS_A_MONTH * (months if over == "patients" else MONTHS_MAX), delays, fee_usd)
    curves: dict[str, Callable[[int], Contrast]] = {
        ALONE: _along(case.alone, over, days),
        **{_late(lag): _along(partial(case.covered, lag), over, days) for lag in delays},
        ANOTHER: _along(case.another, over, days),
    }
    found = gains_over(
        practice,
        curves,
        grid,
        settings,
        title="a vacancy, and whom to hire",
        of=OVERS[over],
        crossed=[series for series in curves if series != ALONE],
    )
    return replace(found, answers=tuple(_answers(found)))


def _late(lag: int) -> str:
    return "a substitute at once" if lag == 0 else f"a substitute after {lag} days"


def _along(
    contrast: Callable[[int, int | None], Contrast], over: str, days: int
) -> Callable[[int], Contrast]:
    """Return a contrast by length of the vacancy, or by patients at one length."""
    if over == "days":
        return lambda value: contrast(value, None)
    return lambda value: contrast(days, value)


def _grid(scenario: Scenario, over: Any, values: Iterable[int] | None, months: int) -> list[int]:
    if not isinstance(over, str) or over not in OVERS:
        raise refuse("over", "cannot be varied", over, " or ".join(OVERS))
    if over == "patients" and scenario.panel.medicare is not None:
        rule = "cannot be varied beside panel.medicare, whose patients enroll over time"
        raise refuse("panel.enrolled_at_start", rule, over, 'over="days"')
    if values is None:
        present = scenario.panel.enrolled_at_start
        panels = {max(1, round(present * share)) for share in (0.5, 0.75, 1.0, 1.5, 2.0)}
        values = LENGTHS if over == "days" else panels
    most = DAYS_A_MONTH * months if over == "days" else 1_000_000
    grid = wholes(values, "values", 1, most, "[10, 48, 120]")
    if len(grid) < 2:
        raise refuse("values", "must be two or more", grid, "[10, 48, 120]")
    return grid


def _check(days: int, most: int, lags: list[int], fee_usd: float) -> None:
    problems = whole(days, "days", 1, most, "48") + numeric(fee_usd, "fee_usd", "such as 1500")
    if problems:
        raise InputError(problems)
    if not lags:
        raise refuse("lags", "must be one delay or more", lags, "[0, 10]")
    if fee_usd < 0.0:
        raise refuse("fee_usd", "must not be negative", fee_usd, "such as 1500")


def _answers(found: Gains) -> list[str]:
    last = found.of_series(ALONE)[-1]
    answers = []
    if found.of == OVERS["days"]:
        each = negative(last.net).times(1.0 / last.at)
        answers.append(
            f"Each day of a vacancy of {last.at:g} in which nobody is hired costs {cell(each)} USD."
        )
    for series in found.series[1:]:
        crossings = found.crossings_of(series)
        begin = series[0].upper() + series[1:]
        if crossings:
            where = "; ".join(_where(crossing, found.of) for crossing in crossings)
            answers.append(f"{begin} pays {where}.")
        else:
            gains = found.of_series(series)
            always = "pays" if gains[0].net.value >= 0.0 else "does not pay"
            sure = all(gain.net.excludes(0.0) for gain in gains if gain.net.value != 0.0)
            certain = "" if sure else ", though not at each for certain"
            answers.append(f"{begin} {always} at any of these values{certain}.")
    return answers


def _where(crossing: Crossing, of: str) -> str:
    side = "from" if crossing.rising else "up to"
    low, high = (
        "no end" if abs(end) == float("inf") else f"{end:g}"
        for end in (crossing.low, crossing.high)
    )
    return f"{side} {crossing.value:g} {of} ({low} to {high})"
