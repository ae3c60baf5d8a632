"""All assumptions at once: the share of their space in which each piece of advice holds.

Comes in: settings. Goes out: a frozen `Space`: for each advice the share of sets of parameters in
which following it pays, and the parameter that overturns it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.analyses.parameters import seed_of_set
from ccmsim.arrays import Floats
from ccmsim.checks import check_run
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.levels import sets_above
from ccmsim.studies.doubt.advice import ADVICE, Advice, gains
from ccmsim.studies.doubt.assumed import assumed, placed
from ccmsim.studies.running import Study, beyond_chance, net

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.figure import Figure

FEWEST_SETS: Final = 36
"""With fewer, no 95 % interval of a share could lie above nine tenths."""

_SURE: Final = 0.975
SURVIVES: Final = "survives"
MOSTLY: Final = "mostly"
TORN: Final = "undecided"
FAILS: Final = "fails"
VERDICTS: Final = {
    SURVIVES: "it pays in more than nine tenths of the space, the interval's low end included",
    MOSTLY: "it pays in more than half of the space, the low end included",
    TORN: "the interval holds one half",
    FAILS: "it pays in less than half of the space, the high end included",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """The parameter with which an advice's worth moves most.

    Parameters
    ----------
    path : str
    explained : float
        Squared rank correlation of the worth with it.
    low, high : Estimate
        Share of sets in which it pays, in the lower and in the upper third of the parameter.
    """

    path: str
    explained: float
    low: Estimate
    high: Estimate


@dataclass(frozen=True, slots=True)
class Held:
    """How an advice fares over the space.

    Parameters
    ----------
    share : Estimate
        Share of sets in which following it pays, that is adds more than 0 to the expected net;
        the noise of a set's replications is taken out (`ccmsim.estimation.levels.sets_above`).
    sure, against : float
        Sets in which it surely pays, and surely does not: in which the probability that its
        difference is above 0, given that noise, is more than 0.975, or less than 0.025.
    gain : Estimate
        What it adds to a year's net, mean over the sets, US dollars.
    turn : Turn or None
        None where no parameter stands out from chance.
    """

    share: Estimate
    sure: float
    against: float
    gain: Estimate
    turn: Turn | None

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if self.share.low > 0.9:
            return SURVIVES
        if self.share.low > 0.5:
            return MOSTLY
        return FAILS if self.share.high < 0.5 else TORN


@dataclass(frozen=True, kw_only=True)
class Space:
    """How advice fares over the space of what is assumed.

    Parameters
    ----------
    held : mapping of str to Held
        By advice.
    paths : tuple of str
        The parameters.
    positions : ndarray, shape (sets, parameters)
        Where each lies in its range, 0.5 being the preset's own value.
    worths : mapping of str to ndarray, shape (sets,)
        By advice, the mean difference of each set's replications, US dollars a year.
    months, warmup_months, sets, replications, seed : int
        `replications` of each set.
    level : float
    """

    held: Mapping[str, Held]
    paths: tuple[str, ...]
    positions: Floats
    worths: Mapping[str, Floats]
    months: int
    warmup_months: int
    sets: int
    replications: int
    seed: int
    level: float

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (advice, number), numbers "share" and "gain_usd"; columns those of `Estimate`.
        """
        numbers = {}
        for name, held in self.held.items():
            numbers[name, "share"], numbers[name, "gain_usd"] = held.share, held.gain
        return table_of(numbers, ["advice", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, the sets aside."""
        names = ("months", "warmup_months", "sets", "replications", "seed", "level")
        return {name: getattr(self, name) for name in names} | {
            "paths": list(self.paths),
            "advice": {
                name: {
                    "verdict": held.verdict,
                    "share": plain_estimate(held.share),
                    "sure": held.sure,
                    "against": held.against,
                    "gain_usd": plain_estimate(held.gain),
                    "turn": held.turn
                    and {
                        "path": held.turn.path,
                        "explained": held.turn.explained,
                        "low": plain_estimate(held.turn.low),
                        "high": plain_estimate(held.turn.high),
                    },
                }
                for name, held in self.held.items()
            },
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: by advice the share of sets in which it pays, fails, or is unsure."""
        from ccmsim.studies.doubt.views import space_figure

        return space_figure(self)

    def __str__(self) -> str:
        from ccmsim.studies.doubt.views import space_text

        return space_text(self)


def positions_of(sets: int, parameters: int, seed: int) -> Floats:
    """Return a Latin hypercube: in each column one point in each of equal slices.

    McKay, Beckman and Conover (1979), Technometrics 21, 239-245.

    Examples
    --------
    >>> np.sort((4.0 * positions_of(4, 2, 7)).astype(int), axis=0).tolist()
    [[0, 0], [1, 1], [2, 2], [3, 3]]
    """
    rng = np.random.default_rng(seed)
    slices = np.array([rng.permutation(sets) for _ in range(parameters)]).T
    points: Floats = (slices + rng.uniform(size=slices.shape)) / sets
    return points


def space(
    *,
    advice: tuple[Advice, ...] = ADVICE,
    sets: int = 200,
    replications: int = 8,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Space:
    """Draw sets of everything that is assumed, and see in which of them each advice pays.

    Parameters
    ----------
    advice : tuple of Advice
    sets : int
        Points of a Latin hypercube over all of `assumed`, each range uniform on either side of the
        preset's own value; at least 36.
    replications : int
        Of each set and practice, the same random numbers for all of a set's practices.
    seed, workers
        As in `ccmsim.simulate`; sets are run side by side.
    level : float
        Coverage of every interval, one by one.
    progress : callable, optional
        Called with (sets done, sets in all).

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than 36 sets or 3 replications.

    Examples
    --------
    >>> order = tuple(advice for advice in ADVICE if advice.name == "order")
    >>> space(advice=order, sets=36, replications=3).held["order"].share.value > 0.5
    True
    """
    from ccmsim.errors import refuse
    from ccmsim.montecarlo import cores

    if sets < FEWEST_SETS:
        raise refuse("sets", f"must be at least {FEWEST_SETS}", sets, "200")
    if replications < 3:
        raise refuse("replications", "of a set must be at least 3", replications, "8")
    check_run(12, 0, replications, seed)
    paths = assumed()
    positions = positions_of(sets, len(paths), seed)
    done = 0

    def one(k: int) -> dict[str, Floats]:
        nonlocal done
        study = Study(0, "space", replications, seed_of_set(seed, k), level, 1)
        at = dict(zip(paths, positions[k].tolist(), strict=True))
        found = gains(
            lambda scenario: placed(scenario, at), lambda each: net(study.run(each)), advice
        )
        done += 1
        if progress is not None:
            progress(done, sets)
        return found

    with ThreadPoolExecutor(workers or cores()) as pool:
        rows = list(pool.map(one, range(sets)))
    worths = {item.name: np.array([row[item.name] for row in rows]) for item in advice}
    return Space(
        held={name: held(values, positions, paths, level) for name, values in worths.items()},
        paths=paths,
        positions=positions,
        worths={name: values.mean(axis=1) for name, values in worths.items()},
        months=12,
        warmup_months=6,
        sets=sets,
        replications=replications,
        seed=seed,
        level=level,
    )


def held(values: Floats, positions: Floats, paths: tuple[str, ...], level: float) -> Held:
    """Return how an advice fares, from differences by set and replication.

    Parameters
    ----------
    values : ndarray, shape (sets, replications)
    positions : ndarray, shape (sets, parameters)
    paths : tuple of str
    level : float
    """
    worth = values.mean(axis=1)
    probability = probabilities(values)
    return Held(
        share=sets_above(values, level=level),
        sure=float((probability > _SURE).mean()),
        against=float((probability < 1.0 - _SURE).mean()),
        gain=mean(worth, level=level),
        turn=_turn(values, positions, paths, level),
    )


def probabilities(values: Floats) -> Floats:
    """Return by set the probability that the mean difference is above 0, by Student's t.

    Examples
    --------
    >>> probabilities(np.array([[1.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])).tolist()
    [1.0, 0.5, 0.5]
    """
    from scipy.special import stdtr

    n = values.shape[1]
    error = values.std(axis=1, ddof=1) / n**0.5
    worth = values.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0.0, worth / error, np.sign(worth) * np.inf)
    return np.where((error == 0.0) & (worth == 0.0), 0.5, stdtr(n - 1, np.nan_to_num(t, nan=0.0)))


def _turn(values: Floats, positions: Floats, paths: tuple[str, ...], level: float) -> Turn | None:
    """Return the parameter whose rank correlation with the worth is largest, if chance is not."""
    worth = values.mean(axis=1)
    ranks = np.argsort(np.argsort(worth)).astype(float)
    if worth.min() == worth.max():
        return None
    places = np.argsort(np.argsort(positions, axis=0), axis=0)
    correlation = np.array([np.corrcoef(ranks, places[:, k])[0, 1] for k in range(len(paths))])
    best = int(np.argmax(np.abs(correlation)))
    if abs(correlation[best]) < beyond_chance(len(paths), len(worth)):
        return None
    third = len(worth) // 3
    order = np.argsort(positions[:, best])
    low, high = (sets_above(values[part], level=level) for part in (order[:third], order[-third:]))
    return Turn(paths[best], float(correlation[best] ** 2), low, high)
