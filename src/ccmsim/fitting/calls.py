"""A call log: who answers, when, and how long it takes.

Comes in: a CSV file with one call placed a line. Goes out: a `CallFit`, and from it the contact
fields of a scenario. Simulates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.goodness import GoodnessTest
from ccmsim.estimation.likelihood import CURVATURE, back, covariance, crossing, cut
from ccmsim.fitting.answering import CONCENTRATION, Answers
from ccmsim.fitting.call_log import NOON, CallLog, Group, groups_of, groups_test
from ccmsim.fitting.durations import FAMILIES, FEWEST, DurationFit, fit_durations
from ccmsim.fitting.kinds import CALLS
from ccmsim.fitting.reader import Names, read_table
from ccmsim.fitting.units import mean_by
from ccmsim.fitting.value import Fitted, counted, tidy
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

ALIKE: Final = 1.0 / (CONCENTRATION[1] + 1.0)
PROFILE: Final = "beta-binomial, profile likelihood"

CANNOT_TELL: Final = (
    (
        "whether an unknown voice is answered less (contact.unfamiliar_factor): a log does not say "
        "who knew whom, so the answers are taken as those to a known voice"
    ),
    "whether booked calls are answered more (contact.scheduled_factor)",
    "how long notes take (contact.notes_minutes)",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class CallFit(Fit):
    """What a call log says about answers and durations, each number with its error.

    Parameters
    ----------
    source : str
        Name of the file.
    calls, patients : int
        What it rests on.
    answered_share : Estimate
        Share of all calls that were answered, with patients as units. It is below
        `answer_probability` where patients differ: those who don't answer are called more often.
    answer_probability : Estimate
        Mean over patients of the probability that a call is answered, half of the calls before
        noon. Observed information, on the logit.
    patient_correlation : Estimate, optional
        1 / (a + b + 1) of the Beta law between patients: 0 all alike, 1 some always answer and the
        others never. Profile-likelihood interval. None where no patient was called twice.
    afternoon_ratio : Estimate, optional
        Probability of an answer from noon on ÷ before. None in a log without times of day.
    call_minutes, attempt_minutes : DurationFit, optional
        Of answered and of unanswered calls; None below five of them.
    by_history, by_hour : tuple of Group
        Answers observed and expected: by what went before, and by hour of the day.
    parameters : int
        Fitted to the answers by history; the ratio of the times of day is none of them.

    Notes
    -----
    Measured coverage at level 0.95 (300 logs with 30 patients, 700 with 150; Beta(0.70, 0.75),
    ratio 1.33, three months of up to four attempts until answered):

    ========  ====  ===========  =====
    patients  mean  correlation  ratio
    ========  ====  ===========  =====
    30        .93   .95          .92
    150       .95   .96          .93
    ========  ====  ===========  =====

    The test of the answers rejects a true model at .05 in .07 of the logs with 150 patients, and at
    .01 in .01. Where each miss takes 40 % off the next call's probability, it does so at .01 in
    .95; the mean's interval then holds in half of the logs only.
    """

    source: str
    calls: int
    patients: int
    answered_share: Estimate
    answer_probability: Estimate
    patient_correlation: Estimate | None
    afternoon_ratio: Estimate | None
    call_minutes: DurationFit | None
    attempt_minutes: DurationFit | None
    by_history: tuple[Group, ...] = field(repr=False)
    by_hour: tuple[Group, ...] = field(repr=False)
    parameters: int

    cannot_tell = CANNOT_TELL

    def estimates(self) -> dict[str, Estimate]:
        """Return every number by name."""
        named: dict[str, Estimate | None] = {
            "answered_share": self.answered_share,
            "answer_probability": self.answer_probability,
            "patient_correlation": self.patient_correlation,
            "afternoon_ratio": self.afternoon_ratio,
        }
        for name, part in self._durations():
            named[f"{name}.observed_mean"] = part.mean
            named[f"{name}.mean"], named[f"{name}.cv"] = part.law_mean, part.law_cv
        return {name: found for name, found in named.items() if found is not None}

    def tests(self) -> tuple[GoodnessTest, ...]:
        """Return the tests of the fit: answers by what went before and by hour, and durations.

        Answers less what was expected after the calls before them are martingale differences,
        however calls stop; each group's sum of them is compared with its variance. Durations are
        tested by Kolmogorov's distance.
        """
        found = [groups_test("answers by what went before", self.by_history, self.parameters)]
        if self.by_hour:
            found.append(groups_test("answers by hour", self.by_hour, 2))
        of_durations = (part.test() for _, part in self._durations())
        return (*found, *(test for test in of_durations if test is not None))

    def warnings(self) -> tuple[str, ...]:
        """Return in words what the log can't tell well."""
        found = []
        spread, ratio = self.patient_correlation, self.afternoon_ratio
        if spread is None:
            found.append(
                "no patient was called twice: whether patients differ is not known, and the "
                "scenario's own spread is kept"
            )
        elif spread.low <= ALIKE:
            found.append("patients who differ are not told from patients who are all alike")
        if ratio is None:
            found.append("the calls have no times of day: the factors of the scenario are kept")
        elif not ratio.excludes(1.0):
            found.append("mornings and afternoons are not told apart")
        if math.isnan(self.answer_probability.standard_error):
            found.append("the calls are too few or too alike for errors of the answers")
        kept = (("answered", self.call_minutes), ("unanswered", self.attempt_minutes))
        for which, part in kept:
            if part is None:
                found.append(
                    f"there are fewer than {FEWEST} {which} calls with minutes: their duration is "
                    "kept as in the scenario"
                )
        return tuple(found)

    def fitted(self, base: Scenario | None = None) -> tuple[Fitted, ...]:
        """Return the values for a scenario; `base` lends what the log cannot tell."""
        source = f"{self.source}, {counted(self.calls, 'call')}"
        mean, total = self.answer_probability.value, self._concentration(base)
        beta = {"family": "beta", "a": tidy(mean * total), "b": tidy((1.0 - mean) * total)}
        found = [Fitted("contact.answer_probability", beta, self.answer_probability, source)]
        if self.afternoon_ratio is not None:
            morning = _carried(self.afternoon_ratio, lambda r: 2.0 / (1.0 + r))
            afternoon = _carried(self.afternoon_ratio, lambda r: 2.0 * r / (1.0 + r))
            found.append(Fitted("contact.morning_factor", tidy(morning.value), morning, source))
            found.append(
                Fitted("contact.afternoon_factor", tidy(afternoon.value), afternoon, source)
            )
        for name, part in self._durations():
            which = "answered" if name == "call_minutes" else "unanswered"
            source = f"{self.source}, {part.minutes.size:,} {which} calls, {part.family}"
            estimate = part.law_mean or part.mean
            found.append(Fitted(f"contact.{name}", part.law(), estimate, source))
        return tuple(found)

    def plot(self) -> Figure:
        """Return a figure: answers by what went before and by hour, durations with their law."""
        from ccmsim.fitting.calls_views import figure

        return figure(self)

    def _durations(self) -> tuple[tuple[str, DurationFit], ...]:
        parts = (("call_minutes", self.call_minutes), ("attempt_minutes", self.attempt_minutes))
        return tuple((name, part) for name, part in parts if part is not None)

    def _concentration(self, base: Scenario | None) -> float:
        """Return a + b: the log's, else that of the scenario's law, within what a law may have."""
        if self.patient_correlation is not None:
            total = 1.0 / self.patient_correlation.value - 1.0
        else:
            law = None if base is None else base.contact.answer_probability
            total = getattr(law, "a", 0.70) + getattr(law, "b", 0.75)
        rarer = min(self.answer_probability.value, 1.0 - self.answer_probability.value)
        return max(total, 0.05 / rarer)


def fit_calls(
    path: str | Path,
    *,
    columns: Names | None = None,
    durations: str = "best",
    level: float = 0.95,
) -> CallFit:
    """Fit who answers, when, and how long calls take to a call log.

    A patient's probability of answering is drawn from a Beta law, and multiplied by one factor
    before noon and another from noon on, with mean 1, as in the model.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns patient, time, answered and minutes.
    columns : mapping of str to str, optional
        The file's own names, such as {"answered": "picked_up"}.
    durations : str
        "lognormal", "gamma", "empirical", or "best": the likelier of the first two.
    level : float
        Level of all intervals.

    Returns
    -------
    CallFit

    Raises
    ------
    InputError
        Naming the file, row and column of each bad cell; a log in which all calls, or none, were
        answered; impossible settings.

    Examples
    --------
    >>> from ccmsim.fitting.examples import example
    >>> fit = fit_calls(example("calls"))
    >>> print(fit.answer_probability)
    0.467 ± 0.069 (95 %)
    """
    if durations not in FAMILIES:
        raise refuse("durations", "is not a way to fit durations", durations, ", ".join(FAMILIES))
    level = between_0_and_1("level", level)
    table = read_table(Path(path), CALLS, columns)
    log = CallLog(table)
    answers = Answers(log.patient, log.minute >= NOON, log.answered, timed=log.timed)
    best, errors, spread = _fit_answers(answers, level)
    history, hours = groups_of(log, answers, best)
    return CallFit(
        source=table.source,
        calls=log.answered.size,
        patients=answers.patients,
        answered_share=mean_by(log.answered, log.patient, level=level),
        answer_probability=back(
            best[0], errors[0], _logistic, level=level, n=log.answered.size, method=CURVATURE
        ),
        patient_correlation=spread,
        afternoon_ratio=back(best[2], errors[2], math.exp, level=level, n=log.answered.size)
        if log.timed
        else None,
        call_minutes=_duration("answered calls", log, log.answered, durations, level),
        attempt_minutes=_duration("unanswered calls", log, ~log.answered, durations, level),
        by_history=history,
        by_hour=hours,
        parameters=1 + answers.repeated,
        level=level,
    )


def _fit_answers(
    answers: Answers, level: float
) -> tuple[list[float], list[float], Estimate | None]:
    """Return the best parameters, their errors, and the estimate of the correlation."""
    low, high = (math.log(end) for end in CONCENTRATION)
    start = np.array([0.0, 0.5, 0.0])
    fixed = {} if answers.repeated else {1: math.log(1.45)}
    best, top = answers.maximised(start, fixed)
    inside = answers.repeated and low + 1e-3 < best[1] < high - 1e-3
    free = [k for k in (0, 1, 2) if (k != 1 or inside) and (k != 2 or answers.timed)]

    def height(x: Floats) -> float:
        at = best.copy()
        at[free] = x
        return answers.log_likelihood(at)

    errors = np.full(3, math.nan)
    errors[free] = np.sqrt(np.diag(covariance(height, best[free].tolist(), step=0.02)))
    spread = _correlation(answers, best, top, float(errors[1]), level)
    return best.tolist(), errors.tolist(), spread


def _correlation(
    answers: Answers, best: Floats, top: float, error: float, level: float
) -> Estimate | None:
    """Return 1 / (a + b + 1) with its profile interval; None where no patient was called twice."""
    if not answers.repeated:
        return None
    low, high = (math.log(end) for end in CONCENTRATION)

    def above_cut(log_total: float) -> float:
        _, reached = answers.maximised(best, {1: log_total})
        return 2.0 * (top - reached) - cut(level)

    least = crossing(above_cut, best[1], -0.4) if above_cut(low) > 0.0 else low
    ends = [0.0, _logistic(-least)]
    if above_cut(high) > 0.0:
        ends[0] = _logistic(-crossing(above_cut, best[1], 0.4))
    value = _logistic(-best[1])
    error *= value * (1.0 - value)
    return Estimate(value, error, ends[0], ends[1], level, answers.patients, PROFILE)


def _duration(
    what: str, log: CallLog, chosen: npt.NDArray[np.bool_], family: str, level: float
) -> DurationFit | None:
    minutes = log.minutes[chosen]
    if minutes.size < FEWEST or not minutes.any():
        return None
    return fit_durations(what, minutes, log.patient[chosen], family=family, level=level)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def _carried(ratio: Estimate, value_of: Callable[[float], float]) -> Estimate:
    """Return the estimate of a rising or falling function of the ratio, by the delta method."""
    slope = (value_of(ratio.value + 1e-5) - value_of(ratio.value - 1e-5)) / 2e-5
    low, high = sorted((value_of(ratio.low), value_of(ratio.high)))
    error = abs(slope) * ratio.standard_error
    return replace(ratio, value=value_of(ratio.value), standard_error=error, low=low, high=high)
