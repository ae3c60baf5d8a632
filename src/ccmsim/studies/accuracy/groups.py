"""The kinds of intervals that the library prints, and the cases that measure them.

Comes in: nothing. Goes out: groups of cases in the order of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ccmsim.studies.accuracy import (
    choices,
    fits,
    limits,
    means,
    splits,
    stopping,
    tails,
    verdicts,
)
from ccmsim.studies.accuracy.judging import Case

Cases = Callable[[], Iterator[Case]]


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one kind of interval.

    Parameters
    ----------
    title : str
    about : str
        Which functions make it, and which results print it.
    n : str
        What a data set's size counts.
    cases : callable
    """

    title: str
    about: str
    n: str
    cases: Cases


REPLICATIONS: Final = "replications"

GROUPS: Final[dict[str, Group]] = {
    "means": Group(
        "Means",
        "`mean`: skew-adjusted t. Every mean of a result, and of every experiment. Below 100 "
        "replications no interval sees a rare bad year that did not happen.",
        REPLICATIONS, means.of_means,
    ),
    "ratios": Group(
        "Ratios and differences",
        "`ratio_of_means` (billable share, utilisation, margin), `paired_difference` (erosion, "
        "staffing curves, the cost of an absence), `sum_of_means` (assess; erosion within "
        "a half-width) and, where few replications differ, `allowing_difference` (assess, "
        "erosion, shares, attribution, sensitivity, comparisons, flip maps, staffing, "
        "warm-up) and `allowing_shift` (assess, erosion), which promise at least the level.",
        REPLICATIONS, means.of_ratios,
    ),
    "shares": Group(
        "Probabilities",
        "`share` and `probability_below`: Wilson. Counts are whole, so coverage swings about the "
        "level.",
        REPLICATIONS, means.of_shares,
    ),
    "quantiles": Group(
        "Quantiles of totals",
        "`quantile`: exact order statistics, which promise at least the level. Usual and bad "
        "years, revenue at risk, the month in which all is earned back. The estimate is a value "
        "that occurred, so on a lattice it may lean by part of a step.",
        REPLICATIONS, tails.of_quantiles,
    ),
    "months": Group(
        "Quantiles of single months",
        "`month_quantile`: Woodruff, between replications. On a lattice of billed patients with "
        "vacancies that last: where the quantile has a large probability of its own, an interval "
        "must be wide.",
        REPLICATIONS, tails.of_months,
    ),
    "shortfalls": Group(
        "Expected shortfall",
        "`expected_shortfall` of the worst 5 %: bootstrap-t. With 200 replications the tail has "
        "ten of them.",
        REPLICATIONS, tails.of_shortfalls,
    ),
    "spread": Group(
        "Standard deviations, and statistics without an interval of their own",
        "`risk`: jackknife of the logarithm. `bootstrapped`: percentiles, in the founding claims.",
        REPLICATIONS, tails.of_spread,
    ),
    "causes": Group(
        "Causes in the worst years",
        "`risk`: the mean over the worst 5 % of totals, with the influence of each replication and "
        "the quantiles of Student's law for as many as are in the tail; and the part of one cause "
        "in all that these years lose, on the logit.",
        REPLICATIONS, tails.of_causes,
    ),
    "together": Group(
        "Comparisons that hold all at once",
        "`compare`: each with the best of the others (Hsu), and all duels (Bonferroni). "
        "`flip_map`: no point of equals may be called certain. Staffing curves, warm-up and "
        "limits of risk are widened in the same way.",
        REPLICATIONS, choices.of_the_best,
    ),
    "saved": Group(
        "What pairing saves",
        "`replications_saved`, told by `compare` and `erosion`: jackknife of the logarithm.",
        REPLICATIONS, choices.of_saving,
    ),
    "selection": Group(
        "Selecting the best",
        "`select_best`, behind `staffing`: how often the best of five is selected when it is ahead "
        "by just the difference that matters, a third of a standard deviation.",
        "first look", choices.of_selection,
    ),
    "limits": Group(
        "Limits of risk",
        "`share_true`: the share of months of a staffing curve, a panel and `risk`, from years "
        "whose bad months come together. `bounded_mean`, the share of a limit of `staffing`, at "
        "all of its looks together; it assumes no law, and is wide for it. And the whole promise: "
        "the best of four that keeps a limit, beside one that nets more and breaks it, both by "
        "just the tolerance.",
        "replications or first look", limits.of_limits,
    ),
    "stopping": Group(
        "Stopping when it is precise enough",
        "`Precision`: the last interval, at whichever of the looks it was. "
        "Losses of 1 in 50 to 1 in 200 are what a first look often does not see. "
        "`how_many_replications`: what a pilot plans.",
        "cap or pilot", stopping.of_stopping,
    ),
    "searches": Group(
        "What was searched for",
        "`stress`: the mildest disruptions are chosen in one half of the years and told by the "
        "other; counted are data sets in which some are listed. The boxes of `sobol` and "
        "`uncertainty` are told by the other half, too.",
        REPLICATIONS, choices.of_searches,
    ),
    "crossings": Group(
        "Break-even",
        "`break_even`: where the mean net crosses zero, between values of the curve's own limits.",
        REPLICATIONS, choices.of_crossings,
    ),
    "controls": Group(
        "Means with controls",
        "`controlled_mean`, behind `control_variates`; eight times as many controls. What they "
        "explain: a jackknife, which in the curved case rests on eighth powers; what they save "
        "rises with it.",
        REPLICATIONS, means.of_controls,
    ),
    "designs": Group(
        "Spread replications",
        "`quasi_monte_carlo`, 32 groups: the mean, and how many independent replications it is "
        "worth.",
        REPLICATIONS, splits.of_designs,
    ),
    "shapley": Group(
        "Shapley shares",
        "`shares`: t intervals of means, percentile bootstrap of the 5 % year, and orders drawn at "
        "random where there are too many causes.",
        REPLICATIONS, splits.of_shares,
    ),
    "sobol": Group(
        "Sobol indices",
        "`sobol_indices`, behind `sobol`: bootstrap over rows, on Ishigami's function with "
        "as much noise as signal.",
        "rows", splits.of_indices,
    ),
    "levels": Group(
        "Two levels of uncertainty",
        "`variances` (jackknife over sets), `quantile_of_sets` and `share_below`, behind "
        "`uncertainty`; `sets_above` besides, behind `doubts` "
        "and the [doubter's page](doubt.md): lognormal sets look more even than they are, two "
        "kinds of sets like one.",
        "sets", splits.of_levels,
    ),
    "information": Group(
        "Value of information",
        "`value_of_knowing`: what these sets teach, at most what there is to know; at 0 the choice "
        "is closest and the estimate lowest, and lower still of many weak values beneath much "
        "noise.",
        "sets", splits.of_information,
    ),
    "verdicts": Group(
        "Verdicts on what is seldom, or of two kinds",
        "Where `flip_map` and `assess` are known to err. One of 49 points between equals, of whom "
        "one pays a fair premium for what the other seldom loses beneath luck: that it is not "
        "called a loss is what one end of the point's interval promises. And that `assess` calls "
        "no lever sure that gains in fewer than 80 of 100 sets, from 30 sets of 16 replications; "
        "chance is the deviation of one of these.",
        "replications or sets", verdicts.of_verdicts,
    ),
    "logs": Group(
        "Fits of a practice's logs",
        "`fit` of absence, call, time and claims logs, made from known laws; and how often tests "
        "of fit keep a true law at p ≥ 0.05.",
        "workers, patients or entries", fits.of_logs,
    ),
}  # fmt: skip
"""Groups by name."""
