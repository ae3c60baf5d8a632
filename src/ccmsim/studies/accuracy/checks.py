"""Checks of the machine: twins, known answers, queues that theory knows.

Comes in: a share of the usual effort. Goes out: a `Checked` for each comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ccmsim.studies.accuracy import known, queues, twin

TWIN_PARTS: Final = 4
TWINS: Final = 40
"""Scenarios of a part."""

TABLE_ERROR: Final = 1e-5
"""What a quantile table promises: the error ÷ (|exact| + standard deviation)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One comparison of the machine with what is known.

    Parameters
    ----------
    what, against : str
    rests_on : str
        How much was compared.
    known, found : str
    good : bool
    """

    what: str
    against: str
    rests_on: str
    known: str
    found: str
    good: bool

    @property
    def verdict(self) -> str:
        """In words."""
        return "holds" if self.good else "**fails**"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def words(share: float) -> list[Checked]:
    """Compare the generator, the fees and the quantile tables with known answers.

    Examples
    --------
    >>> {check.verdict for check in words(1.0)}
    {'holds'}
    """
    many, wrong = known.wrong_words()
    rows = [
        Checked(
            "random numbers, Philox4x32-10", "published answers of Random123",
            f"{many} words", "0 differ", f"{wrong} differ", wrong == 0,
        )
    ]  # fmt: skip
    many, wrong = known.wrong_fees()
    rows.append(
        Checked(
            "fees of 2024 to 2026", "published amounts, and localities by hand",
            f"{many} amounts", "0 differ", f"{wrong} differ", wrong == 0,
        )
    )  # fmt: skip
    for name in known.TABLED:
        error = known.quantile_error(name)
        rows.append(
            Checked(
                f"quantiles, {name}", "scipy", f"{2 * known.POINTS:,} points",
                f"at most {TABLE_ERROR:g}", f"{error:.1g}", error <= TABLE_ERROR,
            )
        )  # fmt: skip
    return rows


def twins(share: float, part: int = 0) -> list[Checked]:
    """Compare the engines on random scenarios."""
    found = twin.compared(max(2, round(share * TWINS)), seed=part)
    compared = f"{found.scenarios} scenarios, {found.arrays:,} arrays, {found.events:,} events"
    return [
        Checked(
            f"compiled engine, both of its kernels, random scenarios {part + 1}", "SimPy model",
            compared, "0 arrays differ", f"{found.different} differ", found.different == 0,
        )
    ]  # fmt: skip


def waiting(share: float, name: str = "M/M/2") -> list[Checked]:
    """Compare mean waits with theory."""
    replications = max(20, round(share * 2000))
    return [
        _queue(f"mean wait, minutes, {name}", queues.wait_excess(name, replications=replications))
    ]


def losing(share: float, name: str = "M/M/1") -> list[Checked]:
    """Compare the share of callers who lose patience with theory, at both loads."""
    replications = max(20, round(share * 100))
    return [
        _queue(
            f"callers who lose patience, {name}, load {load}",
            queues.loss_excess(name, *settings, replications=replications),
        )
        for load, settings in (("1/3", (30, 80.0)), ("0.85", (70, 90.0)))
    ]


def _queue(what: str, found: queues.Excess) -> Checked:
    """Return the check of a queue: good where the interval holds what theory says."""
    estimate = found.found()
    return Checked(
        what, "closed form" if "wait" in what else "integral equation of its work",
        f"{found.calls:,} calls", f"{found.expected:.4f}",
        f"{estimate.value:.4f} ({estimate.low:.4f} to {estimate.high:.4f})",
        not estimate.excludes(found.expected),
    )  # fmt: skip


CHECKS: Final[Mapping[str, Callable[..., list[Checked]]]] = {
    "known answers": words,
    **{f"twins {part}": lambda share, part=part: twins(share, part) for part in range(TWIN_PARTS)},
    **{f"waits {name}": lambda share, name=name: waiting(share, name) for name in queues.WAITS},
    **{f"losses {name}": lambda share, name=name: losing(share, name) for name in queues.SERVICES},
}
"""Checks by name; each takes a share of the usual effort."""
