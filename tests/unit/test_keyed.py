"""Rules with their random numbers: each draw has the key that the table of streams says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from scipy import stats
from tests.doors import door

from ccmsim import keyed, rules
from ccmsim.distributions import Beta, Constant, Gamma, Lognormal, compile_laws
from ccmsim.sampling import normal_centre
from ccmsim.streams import NO_MONTH, STREAMS, uniforms
from ccmsim.units import TICK_MINUTES

K: Any = keyed
LAWS = compile_laws(
    {
        "call": (Lognormal(mean=12.0, cv=0.6), "duration"),
        "notes": (Constant(value=5.0), "duration"),
        "attempt": (Constant(value=2.0), "duration"),
        "need": (Gamma(mean=1.0, cv=0.9), "factor"),
        "answer": (Beta(a=0.7, b=0.75), "factor"),
    }
)
ROWS = (0, 1, 2)
KEY = (7, 3)
PATIENT, MONTH, NUMBER = 5, 2, 1

PLAIN = (1.0, 1.0, 1.0, 1.0)
"""The patient's probability, and factors of the hour, the person and the call."""


def stream(name: str) -> int:
    return STREAMS[name].number


def streams_of(kind: str) -> tuple[int, ...]:
    return tuple(stream(f"{kind}_{part}") for part in ("release", "work", "outside"))


def halves(name: str, number: int = 0, *, month: int = MONTH) -> tuple[float, float]:
    return uniforms(*KEY, stream(name), PATIENT, month, number)


def test_a_call_draws_from_its_two_streams() -> None:
    u = (*halves("call", NUMBER), *halves("call_minutes", NUMBER))
    centre = door(normal_centre)(u[2])
    for factors in (PLAIN, (0.5, 0.86, 0.85, 1.3), (0.0, 1.0, 1.0, 1.0)):
        for rest in ((False, 0.0, 0.0), (True, 0.3, 0.2)):
            found = K.call(LAWS.handle, ROWS, *KEY, PATIENT, MONTH, NUMBER, *factors, *rest)
            probability = rules.answer_probability(*factors)
            assert found == door(rules.call)(LAWS.handle, ROWS, u, centre, probability, *rest)


def test_call_answered() -> None:
    answered, minutes, countable, captured = K.call(
        LAWS.handle, ROWS, *KEY, PATIENT, MONTH, NUMBER, *PLAIN, False, 0.0, 0.0
    )
    assert answered
    assert minutes == countable == captured > 5.0


def test_call_is_answered_where_its_uniform_is_below_the_probability() -> None:
    u, _ = halves("call", NUMBER)
    for factors in ((0.5, 1.0, 1.0), (1.0, 0.5, 1.0), (1.0, 1.0, 0.5)):
        for probability, answered in ((2.0 * u, False), (2.0 * u + 1e-12, True)):
            key = (*KEY, PATIENT, MONTH, NUMBER)
            found = K.call(LAWS.handle, ROWS, *key, probability, *factors, False, 0.0, 0.0)
            assert found[0] is answered


def test_chart_work_fills_up_to_the_target() -> None:
    work = (*KEY, PATIENT, MONTH, 0, 22.0, 17.0, 10.0)
    assert K.chart_work(*work, 0.0, 0.0, 0.0) == (5.0, 5.0)
    assert K.chart_work(*work, 8.0, 0.0, 0.5) == (2.0, 1.0)
    assert K.chart_work(*work, 0.0, 1.0, 0.0) == (5.0, 0.0)
    u, _ = halves("chart_work")
    assert K.chart_work(*work, 0.0, u, 0.0) == (5.0, 5.0)
    assert K.chart_work(*work, 0.0, u + 1e-12, 0.0) == (5.0, 0.0)


@pytest.mark.parametrize("kind", ["inbound", "care"])
def test_a_request_draws_from_its_three_streams(kind: str) -> None:
    rest = (540.0, 0.5, 0.7)
    key = (*KEY, streams_of(kind), PATIENT, MONTH, NUMBER)
    day, minute = halves(f"{kind}_release", NUMBER)
    work, capture = halves(f"{kind}_work", NUMBER)
    u = (minute, work, *halves(f"{kind}_outside", NUMBER))
    assert K.request(LAWS.handle, 0, *key, 20, *rest) == (
        int(20 * day),
        *door(rules.request)(LAWS.handle, 0, u, *rest),
        capture,
    )


def test_requests_fill_the_month_and_the_clinic_hours() -> None:
    found = [
        K.request(
            LAWS.handle, 1, *KEY, streams_of("inbound"), patient, MONTH, 0, 20, 540.0, 0.5, 0.7
        )
        for patient in range(2000)
    ]
    days, minutes, lengths, outside, logged, capture = zip(*found, strict=True)
    assert (min(days), max(days)) == (0, 19)
    assert 0.0 <= min(minutes) < 2.0
    assert 538.0 < max(minutes) <= 540.0
    assert set(lengths) == {5.0}
    # shares 0.5 and 0.7; five standard errors of 2,000 coins are 0.056 and 0.051
    assert abs(sum(outside) / 2000 - 0.5) < 0.056
    assert abs(sum(logged) / 2000 - 0.7) < 0.052
    assert abs(sum(capture) / 2000 - 0.5) < 0.033


def test_counts_of_requests() -> None:
    assert K.request_counts(*KEY, PATIENT, MONTH, 0.0, 0.0) == (0, 0)
    counts = [K.request_counts(*KEY, patient, MONTH, 0.75, 1.6) for patient in range(4000)]
    # Poisson means; five standard errors are 0.069 and 0.1
    assert abs(sum(inbound for inbound, _ in counts) / 4000 - 0.75) < 0.069
    assert abs(sum(care for _, care in counts) / 4000 - 1.6) < 0.1


def test_outreach_day_is_keyed_by_patient_and_month() -> None:
    x, _ = halves("outreach")
    assert K.outreach_day(*KEY, PATIENT, MONTH, rules.FRONT_LOADED, 20) == int(20 * x * x)


def test_traits_are_keyed_by_patient_alone() -> None:
    need, answer = K.patient_traits(LAWS.handle, 3, 4, *KEY, PATIENT)
    assert need > 0.0
    assert 0.0 <= answer <= 1.0
    u_need, u_answer = halves("patient_need", month=NO_MONTH)
    assert stats.gamma(1.0 / 0.81, scale=0.81).cdf(need) == pytest.approx(u_need, abs=1e-4)
    assert stats.beta(0.7, 0.75).cdf(answer) == pytest.approx(u_answer, abs=1e-4)


def test_death_lies_within_the_month() -> None:
    instants = [K.death(*KEY, patient, MONTH, 1.0, 44640.0, 84960.0) for patient in range(3000)]
    assert all(44640.0 <= instant < 84960.0 for instant in instants)
    assert min(instants) < 44700.0
    assert max(instants) > 84900.0
    # a month of one tick: the instant never reaches its end
    one_tick = {K.death(*KEY, patient, MONTH, 1.0, 0.0, TICK_MINUTES) for patient in range(50)}
    assert one_tick == {0.0}
    # and there is none where the coin falls the other way
    u, _ = halves("leaving")
    assert K.death(*KEY, PATIENT, MONTH, 0.0, 0.0, 10.0) == math.inf
    assert K.death(*KEY, PATIENT, MONTH, u, 0.0, 10.0) == math.inf
    v, _ = halves("death_instant")
    assert K.death(*KEY, PATIENT, MONTH, u + 1e-12, 0.0, 10.0) == pytest.approx(
        10.0 * v, abs=TICK_MINUTES
    )


def test_admission_to_hospital() -> None:
    u, v = halves("hospital")
    assert K.admission(*KEY, PATIENT, MONTH, u, 0.0, 10.0) == math.inf
    instant = K.admission(*KEY, PATIENT, MONTH, u + 1e-12, 0.0, 10.0)
    assert instant == pytest.approx(10.0 * v, abs=TICK_MINUTES)
    u_stay, _ = halves("hospital_stay")
    length = K.stay_minutes(LAWS.handle, 0, *KEY, PATIENT, MONTH)
    assert length == rules.stay_minutes(LAWS.handle, 0, u_stay)


def test_the_practitioners_time_draws_from_its_three_streams() -> None:
    key = (LAWS.handle, 0, *KEY, PATIENT, MONTH, 20, 540.0)
    u, work = halves("practitioner_time")
    day, minute = halves("practitioner_release")
    logged, _ = halves("practitioner_log")
    nothing = (-1, 0.0, 0.0, False)
    assert K.practitioner_time(*key, u, 1.0, 0.0, 0.7) == nothing
    found = K.practitioner_time(*key, u + 1e-12, 1.0, 0.0, 0.7)
    expected = door(rules.request)(LAWS.handle, 0, (minute, work, 0.0, logged), 540.0, 1.0, 0.7)
    assert found == (int(20 * day), *expected[:2], expected[3])
    u_complex, _ = halves("patient_kind", month=NO_MONTH)
    share = u + 1e-12  # too low, unless the patient is complex
    assert K.practitioner_time(*key, share / 2.0, 2.0, u_complex, 0.7) == nothing
    assert K.practitioner_time(*key, share / 2.0, 2.0, u_complex + 1e-12, 0.7) == found


def test_opting_out() -> None:
    _, u = halves("leaving")
    assert not K.opts_out(*KEY, PATIENT, MONTH, u, 1.0, 0, 3)
    assert K.opts_out(*KEY, PATIENT, MONTH, u + 1e-12, 1.0, 0, 3)
    assert K.opts_out(*KEY, PATIENT, MONTH, u, 1.0001, 3, 3)


def test_care_level() -> None:
    (u_cover, _), (_, u_single) = (
        uniforms(*KEY, stream, PATIENT, NO_MONTH, 0) for stream in (K.MONEY, K.KIND)
    )
    assert K.care_level(*KEY, PATIENT, 0.0, u_cover + 1e-12, u_single) == 3
    assert K.care_level(*KEY, PATIENT, 0.0, u_cover, u_single) == 2
    assert K.care_level(*KEY, PATIENT, u_cover + 1e-12, 1.0, u_single) == 2
    assert K.care_level(*KEY, PATIENT, u_cover, 1.0, u_single) == 3
    assert K.care_level(*KEY, PATIENT, u_cover, 1.0, u_single + 1e-12) == 1  # QMB or not
    assert K.care_level(*KEY, PATIENT, 0.0, 0.0, u_single) == 2
    assert K.care_level(*KEY, PATIENT, 0.0, 0.0, u_single + 1e-12) == 1


def calls() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield names and arguments of every keyed rule."""
    laws = LAWS.handle
    for p in range(40):
        for probability in (0.0, 0.5, 1.0):
            for loss in (0.0, 0.5):
                arguments = (laws, ROWS, *KEY, p, 2, 1, probability, 1.0, 0.9, 1.1)
                yield "call", (*arguments, p % 2 == 0, loss, loss)
                yield "chart_work", (*KEY, p, 2, 1, 22.0, 11.3, 10.0, 1.1, loss, loss)
        yield "request", (laws, 0, *KEY, streams_of("care"), p, 2, 1, 20, 540.0, 0.5, 0.7)
        yield "request_counts", (*KEY, p, 2, 0.75, 1.6)
        yield "practitioner_time", (laws, 0, *KEY, p, 2, 20, 540.0, 0.3, 2.0, 0.5, 0.7)
        yield "outreach_day", (*KEY, p, 2, rules.BACK_LOADED, 20)
        yield "patient_traits", (laws, 3, 4, *KEY, p)
        yield "death", (*KEY, p, 2, 0.5, 0.0, 44640.0)
        yield "admission", (*KEY, p, 2, 0.5, 0.0, 44640.0)
        yield "stay_minutes", (laws, 0, *KEY, p, 2)
        yield "care_plan", (laws, 0, *KEY, p, 2, 0.2, 0.1)
        yield "approach", (laws, (0, 1), *KEY, p, 2, 1, 0.5)
        yield "opts_out", (*KEY, p, 2, 0.3, 2.0, 3, 3)
        yield "care_level", (*KEY, p, 0.11, 0.3, 0.4)


def test_compiled_rules_give_the_bits_of_the_plain_ones() -> None:
    seen = set()
    for name, arguments in calls():
        function = getattr(K, name)
        assert function(*arguments) == function.py_func(*arguments), (name, arguments)
        seen.add(name)
    compiled = {
        name
        for name, value in vars(keyed).items()
        if hasattr(value, "py_func") and value.py_func.__module__ == keyed.__name__
    }
    assert seen == compiled, "a rule without a comparison"
