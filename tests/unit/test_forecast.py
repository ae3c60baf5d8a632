"""The month-end forecast: exact without chance, calibrated with it, the log, beliefs, views."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, binom, gamma
from typer.testing import CliRunner

import ccmsim
from ccmsim import ideal, rules
from ccmsim.analyses.forecast import forecast
from ccmsim.analyses.month_end import LOST, OPEN, REACHED, WITHOUT_ENTRY, Forecast
from ccmsim.analyses.month_state import MonthState, state_of
from ccmsim.analyses.rest_of_month import RestOfMonth
from ccmsim.analyses.simulated_log import simulated_log
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.fitting.month_log import MONTH, Entry, MonthLog, read_month_log

FALSE_ALARM = 1e-6
DAY = date(2026, 3, 17)
PERFECT = ccmsim.load("perfect").but({"start": date(2026, 3, 1)})
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 12})


def by_hand(*rows: tuple[str, date, float, str]) -> MonthLog:
    found: dict[str, tuple[Entry, ...]] = {}
    for patient, day, minutes, what in rows:
        found[patient] = (*found.get(patient, ()), Entry(day, minutes, what))
    return MonthLog("by hand", found)


@pytest.fixture(scope="module")
def found() -> Forecast:
    log = by_hand(
        ("17", date(2026, 3, 2), 25.0, "answered"), ("42", date(2026, 3, 3), 2.0, "unanswered"),
        ("42", date(2026, 3, 10), 14.0, "answered"),
    )  # fmt: skip
    return forecast(SMALL, log, day=DAY, replications=20)


@pytest.mark.parametrize("reached", [20, 40])
def test_without_chance_the_forecast_is_arithmetic(reached: int) -> None:
    """Ten business days are left from 18 March on; 5 patients a day fit in 120 minutes."""
    log = by_hand(*((f"{k}", date(2026, 3, 2), 25.0, "answered") for k in range(reached)))
    end = forecast(PERFECT, log, day=DAY, replications=20)
    assert (end.past_days, end.days, end.reached) == (12, 22, reached)
    assert (end.billable == min(75, reached + 5 * 10)).all()
    assert (end.billed_usd == np.round(end.billable * 66.13, 2)).all()
    rest = end.patients[0]
    assert (rest.label, rest.patients, rest.verdict) == (WITHOUT_ENTRY, 75 - reached, OPEN)
    assert rest.gain.value == 1.0
    assert rest.coordinator_minutes.value == 26.0
    assert rest.usd_per_minute is not None
    assert rest.usd_per_minute.value == pytest.approx(66.13 / 26.0)
    assert {each.verdict for each in end.patients[1:]} == {REACHED}


def test_who_is_away_calls_nobody() -> None:
    log = by_hand(*((f"{k}", date(2026, 3, 2), 25.0, "answered") for k in range(20)))
    gone = forecast(PERFECT, log, day=DAY, replications=20, away={0: date(2026, 4, 1)})
    assert (gone.billable == 20).all()
    week = forecast(PERFECT, log, day=DAY, replications=20, away={0: date(2026, 3, 25)})
    assert (week.billable == 20 + 5 * 5).all()


def test_forecasts_of_simulated_months_are_calibrated() -> None:
    """24 months cut on the 13th; the truth is one more replication, so its rank is uniform.

    A bias of 0.9 standard deviations of the forecast, or a coverage of 0.33 in place of 0.8, would
    be seen.
    """
    months, replications, day = 24, 19, date(2026, 3, 13)
    practice = ideal.no_disruptions(ccmsim.load("solo_nurse")).but(
        {"panel.enrolled_at_start": 30, "start": date(2026, 3, 1), "staff.nurse.hours_per_week": 5}
    )
    truth = ccmsim.simulate(practice, months=1, replications=months, seed=7)
    rng, ranks = np.random.default_rng(3), []
    for month in range(months):
        log = simulated_log(practice, day=day, seed=7, replication=month)
        rest = RestOfMonth(state_of(practice, log, day))
        ends = np.array([rest.end(month, k).billable.sum() for k in range(replications)])
        actual = truth.values["billable_patients"][month, 0]
        ties = rng.integers(1 + np.count_nonzero(ends == actual))
        ranks.append(np.count_nonzero(ends < actual) + ties)
    shares = (np.array(ranks) + 0.5) / (replications + 1)
    assert abs(shares.mean() - 0.5) < 4.9 / math.sqrt(12.0 * months)
    inside = np.count_nonzero((shares > 0.1) & (shares < 0.9))
    assert inside >= binom.ppf(FALSE_ALARM, months, 0.8)


def state(*rows: tuple[str, date, float, str], **changes: Any) -> MonthState:
    log = by_hand(*(("1", day, minutes, what) for _, day, minutes, what in rows))
    return state_of(SMALL.but(changes), log, DAY)


def test_what_was_done_is_read_off_the_log() -> None:
    found = state(
        ("", date(2026, 3, 3), 2.0, "unanswered"), ("", date(2026, 3, 5), 14.0, "answered"),
        ("", date(2026, 3, 9), 4.0, "chart"), ("", date(2026, 3, 10), 5.0, "request"),
    )  # fmt: skip
    one = found.patients[0]
    assert (one.minutes, one.calls, one.answered, one.charts, one.charted) == (23.0, 2, 1, 1, 4.0)
    assert one.last == (rules.FOLLOW_UP, rules.CHART, True)
    assert one.last_day == 5  # 9 March is the sixth business day
    assert found.push == 19 - 12
    assert len(found.patients) == 12
    assert found.scenario.contact.inbound_per_month == pytest.approx(
        SMALL.contact.inbound_per_month * 10 / 22
    )
    counted = state(("", date(2026, 3, 3), 2.0, "unanswered"), **{"contact.count_unanswered": True})
    assert counted.patients[0].minutes == 2.0


def test_beliefs_are_the_conjugate_ones() -> None:
    plain = SMALL.but(
        {
            "contact.answer_probability": {"family": "beta", "a": 2.0, "b": 3.0},
            "contact.morning_factor": 1.0, "contact.afternoon_factor": 1.0,
        }
    )  # fmt: skip
    log = by_hand(
        ("1", date(2026, 2, 3), 2.0, "unanswered"), ("1", date(2026, 3, 5), 14.0, "answered"),
        ("1", date(2026, 3, 9), 4.0, "request"), ("1", date(2026, 3, 10), 5.0, "request"),
    )  # fmt: skip
    one = state_of(plain, log, DAY).patients[0]
    points = (np.arange(one.answer.size) + 0.5) / one.answer.size
    assert np.abs(one.answer - beta(3.0, 4.0).ppf(points)).max() < 0.01
    contact, shape = plain.contact, 1.0 / 0.93332**2
    logged = 0.5 * 0.7 + 0.5 * 0.97
    if plain.documentation.capture != "end_of_day":
        loss = getattr(plain.documentation, plain.documentation.capture).entry_loss_share
        logged = 0.5 * plain.documentation.outside_capture_share + 0.5 * (1.0 - loss)
    rate = shape + 12 / 22 * logged * (contact.inbound_per_month + contact.care_tasks_per_month)
    expected = gamma(shape + 2, scale=1.0 / rate)
    assert one.need.mean() == pytest.approx(expected.mean(), rel=0.02)
    assert one.calls == 1  # February's call tells who answers, and is no call of March


def test_logs_from_memory_may_still_lose_entries() -> None:
    log = by_hand(*((f"{k}", date(2026, 3, 2), 25.0, "answered") for k in range(75)))
    memory = PERFECT.but(
        {"documentation.capture": "end_of_month",
         "documentation.end_of_month.entry_loss_share": 0.2}
    )  # fmt: skip
    sure, lossy = (
        forecast(one, log, day=date(2026, 3, 30), replications=20) for one in (PERFECT, memory)
    )
    assert (sure.billable == 75).all()
    # 20 x 75 entries, each kept with 0.8: a standard error of 0.8 patients
    assert abs(lossy.billable.mean() - 60.0) < 4.0


def test_the_file_is_read_by_its_needed_columns(tmp_path: Path) -> None:
    path = tmp_path / "march.csv"
    path.write_text("who,date,minutes,answered,name\n7,2026-03-02,2,no,Smith\n7,2026-03-01,9,,S\n")
    log = read_month_log(path, {"patient": "who"})
    assert log.entries == {
        "7": (Entry(date(2026, 3, 1), 9.0, "request"), Entry(date(2026, 3, 2), 2.0, "unanswered"))
    }
    assert log.until(date(2026, 3, 1)).entries["7"][-1].what == "request"
    assert not log.until(date(2026, 2, 1)).entries
    path.write_text(MONTH.template())
    assert len(read_month_log(path).entries) == 2
    path.write_text("patient,date,minutes,answered,work\n1,2026-03-02,5,,lunch\n")
    with pytest.raises(InputError, match="row 2, column 'work': is not a known word"):
        read_month_log(path)


def test_a_simulated_log_is_what_the_month_logged(tmp_path: Path) -> None:
    practice = SMALL.but({"start": date(2026, 3, 1)})
    log = simulated_log(practice, day=date(2026, 3, 31), seed=7, replication=3)
    kept = ccmsim.simulate(practice, months=1, replications=4, seed=7, keep="patient_months").values
    for number in range(12):
        entries = log.entries.get(str(number), ())
        minutes = sum(entry.minutes for entry in entries if entry.what != "unanswered")
        # a call that begins on the last evening is completed, and entered here, in April
        assert minutes == pytest.approx(kept["patient_captured_minutes"][3, number, 0])
    log.save(tmp_path / "march.csv")
    assert read_month_log(tmp_path / "march.csv").entries == log.entries
    with pytest.raises(InputError, match="day: is not in the scenario's first month"):
        simulated_log(practice, day=date(2026, 4, 1))


def test_views_agree(found: Forecast) -> None:
    rows, document, page = found.table(), json.loads(found.to_json()), str(found)
    for of, numbers in found.numbers.items():
        for name, number in numbers.items():
            assert rows.loc[(of, name), "value"] == number.value
            assert document["month"][of][name]["value"] == number.value
    for each, plain in zip(found.patients, document["patients"], strict=True):
        assert rows.loc[(each.label, "gain"), "value"] == each.gain.value == plain["gain"]["value"]
        if each.verdict == OPEN:
            assert each.label in page
    low, high = found.range_of("billable_patients")
    assert low <= np.median(found.billable) <= high
    order = [(OPEN, LOST, REACHED).index(each.verdict) for each in found.patients]
    assert order == sorted(order)
    above, below = found.plot().axes
    assert "billable patients at" in above.get_xlabel()
    assert all(tick == int(tick) for tick in above.get_yticks())
    assert "20 minutes: billable" in below.get_legend_handles_labels()[1]


@pytest.mark.parametrize(("arguments", "message"), [
    ({"day": date(2026, 3, 31)}, "day: leaves no business day of its month"),
    ({"day": date(2026, 4, 15)}, "day: lies in a month of which by hand has no line"),
    ({"replications": 19}, "replications: must be at least 20"),
    ({"interval": 1.0}, "interval: must lie between"),
    ({"enrolled": 0}, "enrolled: must be at least 1"),
    ({"enrolled": 1}, "enrolled: is fewer than the log has"),
    ({"away": {1: date(2026, 4, 1)}}, "away: names a seat that is not there"),
    ({"interval": "most"}, "interval: must lie between"),
    ({"enrolled": 20.5}, "enrolled: must be a whole number"),
    ({"day": "2026-03-18"}, "day: must be a date"),
    ({"away": {0: "2026-04-01"}}, "away: must be a date"),
    ({"away": [0]}, "away: must be values by name"),
    ({"level": 0.0}, "level: must lie between"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    log = by_hand(
        ("1", date(2026, 3, 2), 5.0, "answered"), ("2", date(2026, 3, 2), 5.0, "answered")
    )
    settings: dict[str, Any] = {"day": DAY, "replications": 20}
    with pytest.raises(InputError, match=message):
        forecast(SMALL, log, **(settings | arguments))


def test_a_log_must_end_on_the_evening() -> None:
    with pytest.raises(InputError, match="log: has work after 2026-03-17"):
        state(("", date(2026, 3, 18), 2.0, "unanswered"))


def test_the_command_prints_what_the_function_returns(tmp_path: Path) -> None:
    path = tmp_path / "march.csv"
    path.write_text(MONTH.template())
    line = ["forecast", "solo_nurse", str(path), "--set", "panel.enrolled_at_start=12"]
    line += ["--day", "2026-03-17", "--replications", "20"]
    expected = forecast(SMALL, path, day=DAY, replications=20)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{expected}\n"
    away = [*line, "--away", "0=2026-03-20", "--json"]
    document = json.loads(run(app, away, prog_name="ccmsim").stdout)
    absent = forecast(SMALL, path, day=DAY, replications=20, away={0: date(2026, 3, 20)})
    assert document["month"] == absent.as_dict()["month"]
    assert run(app, ["forecast", "--template"], prog_name="ccmsim").stdout == MONTH.template()
    for wrong, message in (
        (line[:3], "Missing option '--day'"), ([*line, "--away", "x=2026-03-20"], "is no seat"),
        ([*line, "--away", "0=soon"], "--away: is not a date"),
        ([*line, "--day", "soon"], "--day: is not a date"),
    ):  # fmt: skip
        done = run(app, wrong, prog_name="ccmsim")
        assert done.exit_code == 2
        assert message in done.stderr
