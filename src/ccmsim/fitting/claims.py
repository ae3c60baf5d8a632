"""A list of claims: what is denied, what is paid after all, and when.

Comes in: a CSV file with one claim line a line. Goes out: a `ClaimFit`, and from it the finance
fields of a scenario. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.goodness import GoodnessTest, same_share
from ccmsim.fitting.kinds import CLAIMS
from ccmsim.fitting.reader import Names, Row, read_table
from ccmsim.fitting.units import FEWEST, mean_by
from ccmsim.fitting.value import Fitted, counted, tidy
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

SETTLED_AFTER_MONTHS: Final = 6
PAID_WITH: Final = {
    "payment": "paid",
    "recovery": "recovered",
    "appeal": "appeal_won",
}
"""Which status a lag of the scenario belongs to."""

APPEALED: Final = ("appealed", "appeal_won", "appeal_lost")
DENIED: Final = ("denied", "recovered", *APPEALED)

CANNOT_TELL: Final = (
    "what rework and appeals cost (finance.rework_usd, finance.appeal_usd)",
    "what patients pay themselves (finance.no_supplement_share, finance.coinsurance_paid_share)",
    (
        "which denials are for another practice that was first (finance.other_practice_share): "
        "they are denials here"
    ),
    "amounts: fees are those of the schedule, or finance.fees_usd",
)


@dataclass(frozen=True)
class Group:
    """Claims of one month or code: decided ones, and those denied at first."""

    label: str
    decided: int
    denied: int


@dataclass(frozen=True, eq=False, kw_only=True)
class ClaimFit(Fit):
    """What a list of claims says about denials and lags, each number with its error.

    Parameters
    ----------
    source : str
        Name of the file.
    lines, open_lines : int
        Claim lines; those not decided yet, which count nowhere.
    last_month : datetime.date
        The month of the latest payment or service.
    settled_after_months : int
        Recovery, appeals and lags rest on service months at least so long before `last_month`.
    settled : bool
        Whether there are such months; else all months are used.
    denied_share : Estimate
        Denied at first ÷ decided. Months of service are the units of all shares and lags.
    recovered_share : Estimate, optional
        Paid after rework ÷ denied at first.
    appealed_share : Estimate, optional
        Appealed ÷ denied and not recovered.
    appeal_won_share : Estimate, optional
        Appeals that are won ÷ decided ones.
    lags : tuple of (str, Estimate)
        Mean months from service to payment: "payment", "recovery", "appeal", as far as dates say.
    lag_months : tuple of (str, tuple of int)
        The same, claim by claim.
    by_month, by_code : tuple of Group
    """

    source: str
    lines: int
    open_lines: int
    last_month: date
    settled_after_months: int
    settled: bool
    denied_share: Estimate
    recovered_share: Estimate | None
    appealed_share: Estimate | None
    appeal_won_share: Estimate | None
    lags: tuple[tuple[str, Estimate], ...]
    lag_months: tuple[tuple[str, tuple[int, ...]], ...] = field(repr=False)
    by_month: tuple[Group, ...] = field(repr=False)
    by_code: tuple[Group, ...] = field(repr=False)

    cannot_tell = CANNOT_TELL

    def estimates(self) -> dict[str, Estimate]:
        """Return every number by name."""
        named = {name: getattr(self, name) for name in _SHARES}
        found = {name: estimate for name, estimate in named.items() if estimate is not None}
        return found | {f"{name}_lag_months": lag for name, lag in self.lags}

    def tests(self) -> tuple[GoodnessTest, ...]:
        """Return whether denials are alike from month to month, and for all codes."""
        parts = (("the same denials every month", self.by_month),
                 ("the same denials of every code", self.by_code))  # fmt: skip
        return tuple(
            same_share(
                name, np.array([g.denied for g in part]), np.array([g.decided for g in part])
            )
            for name, part in parts
        )

    def warnings(self) -> tuple[str, ...]:
        """Return in words what this list can't tell well."""
        found = []
        if self.open_lines > 0.05 * self.lines:
            share = 100.0 * self.open_lines / self.lines
            found.append(
                f"{share:.0f} % of the lines are not decided: if denials come later than payments, "
                "the share is too low"
            )
        if not self.settled:
            found.append(
                f"no month lies {self.settled_after_months} months back: what is still to be "
                "recovered or paid is missing, so recovery and lags come out too low"
            )
        if len(self.by_month) < FEWEST:
            found.append(
                f"there are only {len(self.by_month)} months: errors take claim lines as "
                "independent, and denials often come together"
            )
        if self.recovered_share is None:
            found.append("no settled claim was denied: the share recovered is kept")
        if "payment" not in dict(self.lags):
            found.append("there are no dates of payment: the lags of the scenario are kept")
        return tuple(found)

    def fitted(self, base: Scenario | None = None) -> tuple[Fitted, ...]:
        """Return the values for a scenario. A lag is the mean, to whole months."""
        source = f"{self.source}, {counted(self.lines, 'claim line')}"
        found = [
            Fitted(f"finance.{name}", tidy(estimate.value), estimate, source)
            for name in _SHARES
            if (estimate := getattr(self, name)) is not None
        ]
        for name, lag in self.lags:
            path = f"finance.{name}_lag_months"
            found.append(Fitted(path, round(lag.value), lag, f"{source}, rounded mean"))
        return tuple(found)

    def plot(self) -> Figure:
        """Return a figure: denials by month, and how many months payments take."""
        from ccmsim.fitting.record_views import claims_figure

        return claims_figure(self)


_SHARES: Final = ("denied_share", "recovered_share", "appealed_share", "appeal_won_share")


def fit_claims(
    path: str | Path,
    *,
    columns: Names | None = None,
    settled_after_months: int = SETTLED_AFTER_MONTHS,
    level: float = 0.95,
) -> ClaimFit:
    """Fit denials, recovery, appeals and lags to a list of claim lines.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns month, code, status, and perhaps paid_on.
    columns : mapping of str to str, optional
        The file's own names, such as {"month": "service_month"}.
    settled_after_months : int
        Months after which a claim's fate counts as settled. Younger months count for denials only:
        of their claims, those that are paid soon are known first.
    level : float
        Level of all intervals.

    Returns
    -------
    ClaimFit

    Raises
    ------
    InputError
        Naming the file, row and column of each bad cell; a list in which nothing is decided;
        impossible settings.

    Examples
    --------
    >>> from ccmsim.fitting.examples import example
    >>> fit = fit_claims(example("claims"))
    >>> print(fit.denied_share)
    0.089 ± 0.017 (95 %)
    """
    if not 0 <= settled_after_months <= 36:
        rule = "must be whole months"
        raise refuse("settled_after_months", rule, settled_after_months, "0 to 36, such as 6")
    level = between_0_and_1("level", level)
    rows = _checked_rows(Path(path), columns)
    decided = [row for row in rows if row["status"] != "open"]
    if not decided:
        valid = "a list with claims that are paid or denied"
        raise refuse(Path(path).name, "has no decided claim", 0, valid)
    last = max(max(row["month"], row.values.get("paid_on") or row["month"]) for row in rows)
    old = [row for row in decided if _months(row["month"], last) >= settled_after_months]
    used = old or decided
    lags = {name: _lags(used, status) for name, status in PAID_WITH.items()}
    return ClaimFit(
        source=Path(path).name,
        lines=len(rows),
        open_lines=len(rows) - len(decided),
        last_month=last.replace(day=1),
        settled_after_months=settled_after_months,
        settled=bool(old),
        denied_share=_required(_share(decided, DENIED, None, level)),
        recovered_share=_share(used, ("recovered",), DENIED, level),
        appealed_share=_share(used, APPEALED, ("denied", *APPEALED), level),
        appeal_won_share=_share(used, ("appeal_won",), ("appeal_won", "appeal_lost"), level),
        lags=tuple(
            (name, mean_by([m for m, _ in found], [k for _, k in found], level=level))
            for name, found in lags.items()
            if found
        ),
        lag_months=tuple((name, tuple(m for m, _ in found)) for name, found in lags.items()),
        by_month=_grouped(decided, [row["month"].isoformat()[:7] for row in decided]),
        by_code=_grouped(decided, [row["code"] for row in decided]),
        level=level,
    )


def _checked_rows(path: Path, columns: Names | None) -> list[Row]:
    table = read_table(path, CLAIMS, columns)
    for row in table.rows:
        paid = row.values.get("paid_on")
        if paid is None:
            continue
        if paid < row["month"]:
            valid = f"a date from {row['month']} on, or empty"
            table.refuse(row.number, "paid_on", "is before the service", str(paid), valid)
        elif row["status"] not in PAID_WITH.values():
            valid = f"empty, or the status {', '.join(PAID_WITH.values())}"
            rule = f"is given for a claim that is {row['status']}"
            table.refuse(row.number, "paid_on", rule, str(paid), valid)
    return table.checked()


def _share(
    rows: list[Row], hits: Sequence[str], among: Sequence[str] | None, level: float
) -> Estimate | None:
    chosen = [row for row in rows if among is None or row["status"] in among]
    if not chosen:
        return None
    found = np.array([row["status"] in hits for row in chosen])
    return mean_by(found, [row["month"].toordinal() for row in chosen], level=level)


def _required(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


def _lags(rows: list[Row], status: str) -> list[tuple[int, int]]:
    """Return months to payment, and the month of service, of claims that have a date."""
    return [
        (_months(row["month"], row["paid_on"]), row["month"].toordinal())
        for row in rows
        if row["status"] == status and row.values.get("paid_on") is not None
    ]


def _grouped(rows: list[Row], labels: list[str]) -> tuple[Group, ...]:
    denied = np.array([row["status"] in DENIED for row in rows])
    names, key = np.unique(labels, return_inverse=True)
    of = np.bincount(key)
    hits = np.bincount(key, weights=denied)
    return tuple(
        Group(str(name), int(n), int(h)) for name, n, h in zip(names, of, hits, strict=True)
    )


def _months(first: date, last: date) -> int:
    """Return how many months later the month of `last` is."""
    return (last.year - first.year) * 12 + last.month - first.month
