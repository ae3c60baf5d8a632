"""Random valid scenarios over the schema of the programme `ccm`, small enough for many of them.

`scenarios()` is for any test that wants a practice it has not thought of: panels of 1 to 12
patients, 1 to 4 seats, every kind of disruption, every choice, ties from constant durations, tiny
and zero rates. Other programmes but `pcm`, visits and stays in
hospital are in `ccmsim.studies.accuracy.lively`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ccmsim.scenario import Scenario
from ccmsim.scenario.contact import FOLLOWUPS, PATTERNS
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.enrollment import APPROACHES, POLICIES
from ccmsim.scenario.operations import ASSIGNMENTS, ORDERS, REVIEWS
from ccmsim.scenario.staff import WEEKDAYS

Values = dict[str, Any]

flags = st.booleans()
shares = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 1e-9]), st.floats(0.0, 1.0))
factors = st.one_of(st.sampled_from([0.0, 1.0, 1e-9]), st.floats(0.0, 3.0))
dollars = st.one_of(st.just(0.0), st.floats(0.0, 500.0))
yearly = st.one_of(st.sampled_from([0.0, 1e-9, 1.0, 12.0, 400.0]), st.floats(0.0, 60.0))
monthly = st.one_of(st.sampled_from([0.0, 1e-9, 1.0, 20.0]), st.floats(0.0, 5.0))
gaps = st.integers(1, 6)

NAMES = ("a", "b2", "sick", "Leave", "outbreak_of_2026")


def tables(low: float, high: float) -> st.SearchStrategy[Any]:
    """Return distributions of values from low to high, some with a tail above.

    Families that need a quantile table have few parameters: a table is built once for many tests.
    """
    middle = (low + high) / 2.0
    bounds = st.tuples(st.floats(low, high), st.floats(low, high), st.floats(low, high)).map(sorted)
    return st.one_of(
        st.sampled_from([low, middle, high]),
        st.floats(low, high),
        bounds.map(lambda b: {"family": "uniform", "low": b[0], "high": b[2]}),
        bounds.map(lambda b: {"family": "triangular", "low": b[0], "mode": b[1], "high": b[2]}),
        st.just({"family": "exponential", "mean": middle}),
        st.floats(0.0, 2.0).map(lambda cv: {"family": "lognormal", "mean": middle, "cv": cv}),
        st.sampled_from([0.0, 0.7]).map(lambda cv: {"family": "gamma", "mean": 8.0, "cv": cv}),
        st.just({"family": "poisson", "mean": min(middle, 500.0)}),
        st.lists(st.floats(low, high), min_size=1, max_size=5).map(
            lambda values: {"family": "empirical", "values": values}
        ),
        st.just({"family": "scipy", "name": "weibull_min", "args": [1.5], "kwds": {"scale": 6.0}}),
    )


minutes = tables(0.0, 40.0)
days = st.one_of(
    tables(0.0, 12.0),
    st.floats(1.0, 20.0).map(lambda mean: {"family": "geometric", "mean": mean}),
    st.integers(0, 5).map(lambda low: {"family": "uniform_integers", "low": low, "high": 9}),
)
probabilities = st.one_of(
    shares,
    st.sampled_from([{"family": "beta", "a": 0.7, "b": 0.75}, {"family": "beta", "a": 2, "b": 1}]),
    st.just({"family": "uniform", "low": 0.25, "high": 0.75}),
)


@st.composite
def panels(draw: st.DrawFn) -> Values:
    return {
        "enrolled_at_start": draw(st.integers(1, 12)),
        "replace_leavers": draw(flags),
        "death_per_month_share": draw(shares),
        "opt_out_per_month_share": draw(shares),
        "early_months": draw(st.integers(1, 4)),
        "early_rate_ratio": draw(factors),
        "silent_months": draw(st.integers(1, 4)),
        "silent_rate_ratio": draw(factors),
        "disenroll_after_months_without_contact": draw(st.none() | st.integers(1, 4)),
        "need": draw(tables(0.0, 3.0)),
        "complex_share": draw(shares),
    }


@st.composite
def medicares(draw: st.DrawFn, enrolled: int) -> Values:
    return {
        "patients": enrolled + draw(st.integers(0, 20)) or 1,
        "eligible_share": draw(shares),
        "found_share": draw(shares),
        "found_per_month_share": draw(shares),
        "false_share": draw(shares),
        "joins_per_month": draw(st.floats(0.0, 5.0)),
        "ages_in_per_month": draw(st.floats(0.0, 5.0)),
        "early_below": draw(st.integers(0, 20)),
        "mature_from": draw(st.integers(0, 20)),
    }


@st.composite
def enrollments(draw: st.DrawFn) -> Values:
    return {
        "approach": draw(st.sampled_from(APPROACHES)),
        "approaches_per_month": draw(st.integers(1, 30)),
        "target_patients": draw(st.none() | st.integers(1, 20)),
        "pause_below_billable_share": draw(st.none() | shares),
        "policy": draw(st.sampled_from(POLICIES)),
        "quota_minutes_per_week": draw(dollars),
        "max_attempts": draw(st.integers(1, 5)),
        "again_after_months": draw(st.integers(1, 5)),
        "reach_factor": draw(factors),
        "talk_minutes": draw(minutes),
        "visit_share_per_month": draw(shares),
        "consent_share": draw(shares),
        "consent_odds_ratio": draw(st.sampled_from([1e-9, 0.5, 1.0, 3.0])),
        "initiating_visit_share": draw(shares),
        "practitioner_slots_per_month": draw(st.integers(0, 10)),
        "no_show_share": draw(shares),
        "bill_g0506": draw(flags),
    }


@st.composite
def with_medicare(draw: st.DrawFn, tree: Values) -> Values:
    """Return the practice with a Medicare panel and enrollment, now and then."""
    if draw(flags):
        return tree
    panel = dict(tree["panel"])
    enrollment = draw(st.none() | enrollments())
    if enrollment is not None:
        panel["enrolled_at_start"] = draw(st.integers(0, 12))
    medicare = draw(medicares(panel["enrolled_at_start"]))
    panel |= {"replace_leavers": False, "medicare": medicare}
    return {**tree, "panel": panel, "enrollment": enrollment}


@st.composite
def shifts(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return shifts of some weekdays: up to three a day, in order, possibly touching."""

    def clock(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    week: dict[str, list[str]] = {}
    for weekday in draw(st.lists(st.sampled_from(WEEKDAYS), unique=True)):
        count = draw(st.integers(0, 3))
        edges = st.lists(st.integers(0, 1440), min_size=2 * count, max_size=2 * count, unique=True)
        times = sorted(draw(edges))
        pairs = zip(times[::2], times[1::2], strict=True)
        week[weekday] = [f"{clock(start)}-{clock(end)}" for start, end in pairs]
    return week


@st.composite
def schedules(draw: st.DrawFn) -> Values:
    when: Values
    if draw(flags):
        weekdays = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True))
        hours = st.one_of(st.sampled_from([0.0, 1e-6, 4.0]), st.floats(0.0, 12.0 * len(weekdays)))
        when = {"hours_per_week": draw(hours), "weekdays": weekdays}
    else:
        when = {"shifts": draw(shifts())}
    return {**when, "desk_productive_share": draw(shares), "wage_usd_per_hour": draw(dollars)}


@st.composite
def staff(draw: st.DrawFn) -> dict[str, Values]:
    """Return one to three groups with at most four seats together; groups may be identical."""
    sizes = draw(st.sampled_from([(1,), (2,), (4,), (1, 1), (1, 2), (3, 1), (1, 1, 1), (2, 1, 1)]))
    names = draw(st.permutations(["nurses", "Assistants", "z9"]))
    first = draw(schedules())
    same = draw(flags)
    return {
        name: {
            **(first if same else draw(schedules())),
            "coordinators": size,
            "role": draw(st.sampled_from(["clinical", "clinical", "practitioner"])),
        }
        for name, size in zip(names, sizes, strict=False)
    }


@st.composite
def disruptions(draw: st.DrawFn, groups: list[str], seats: int) -> Values:
    """Return one entry of any kind."""
    kind = draw(st.sampled_from(sorted(_ENTRIES)))
    entry: Values = {"kind": kind}
    for field, strategy in _ENTRIES[kind].items():
        entry[field] = draw(strategy)
    if kind == "recorded":
        spell = st.fixed_dictionaries(
            {
                "seat": st.integers(0, seats - 1),
                "start": _DATES,
                "days": st.integers(1, 30),
            }
        )
        entry["spells"] = draw(st.lists(spell, max_size=4))
    if kind == "migration" and draw(flags):
        entry |= {"per_year": 0.0, "first_day": draw(_DATES)}
    if kind in _SEAT_KINDS:
        entry["staff"] = draw(
            st.none() | st.lists(st.sampled_from(groups), min_size=1, unique=True)
        )
    return entry


_DATES = st.dates(date(2025, 1, 1), date(2027, 12, 31))
_SEAT_KINDS = {"sick_spells", "planned_leave", "extended_leave", "turnover", "floor_cover"}
_SPELLS = {"spells_per_year": yearly, "length_days": days, "paid_share": shares}
_ENTRIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "sick_spells": {
        **_SPELLS,
        "season_amplitude": shares,
        "frailty_shape": st.sampled_from([None, 0.55, 2.0]),
    },
    "planned_leave": _SPELLS,
    "extended_leave": _SPELLS,
    "turnover": {
        "per_year": yearly,
        "early_rate_ratio": factors,
        "early_days": st.integers(0, 400),
        "vacancy_days": days,
        "ramp_start_share": shares,
        "ramp_weeks": st.sampled_from([0.0, 1e-6, 2.0, 8.0]),
        "paid_share": shares,
    },
    "floor_cover": {"per_shift_share": shares, "last_share": shares, "paid_share": shares},
    "closure": {
        "per_year": yearly,
        "months": st.lists(st.integers(1, 12), min_size=1, unique=True),
        "length_days": days,
        "paid_share": shares,
    },
    "outage": {"per_year": yearly, "length_minutes": tables(0.0, 3000.0), "paid_share": shares},
    "migration": {
        "per_year": st.sampled_from([1e-9, 1.0, 60.0]),
        "length_days": days,
        "lost_share": shares,
        "paid_share": shares,
    },
    "outbreak": {"per_year": yearly, "length_days": days, "sick_factor": st.floats(0.0, 500.0)},
    "recorded": {
        "cause": st.sampled_from(["extended_leave", "planned_leave", "sick_spells"]),
        "paid_share": shares,
    },
}


loads = st.fixed_dictionaries(
    {
        "norm_patients_per_hour": st.sampled_from([1e-6, 0.1, 1.8]),
        "elasticity": factors,
        "most_factor": st.floats(1.0, 50.0),
    }
)


owners = st.fixed_dictionaries(
    {
        "hours_per_week": st.floats(0.0, 120.0),
        "wage_usd_per_hour": dollars,
        "away_share": shares,
        "review_minutes": dollars,
        "review_minutes_per_patient": dollars,
    }
)


levels = st.none() | st.sampled_from([0, 1, 2, 5])


@st.composite
def operations(draw: st.DrawFn) -> Values:
    assignment = draw(st.sampled_from(ASSIGNMENTS))
    cover = None
    if assignment != "pooled" and draw(flags):
        cover = {
            **draw(schedules()),
            "coordinators": draw(st.integers(1, 2)),
            "after_days": draw(st.integers(0, 3)),
            "answer_factor": draw(factors),
            "familiar": draw(flags),
        }
    opens, closes = draw(
        st.sampled_from([("08:00", "17:00"), ("00:00", "24:00"), ("09:30", "09:31")])
    )
    closed = st.lists(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=5)
    return {
        "clinic_opens": opens,
        "clinic_closes": closes,
        "federal_holidays": draw(flags),
        "closed_days": draw(closed),
        "assignment": assignment,
        "backup_after_days": draw(st.integers(0, 3)),
        "backup_above_backlog_items": draw(levels) if assignment == "owned_with_backup" else None,
        "order": draw(st.sampled_from(ORDERS)),
        "worklist_review": draw(st.sampled_from(REVIEWS)),
        "carry_open_items": draw(flags),
        "owner": draw(st.none() | owners),
        "load_absence": draw(st.none() | loads),
        "clinic_load_cv": draw(st.sampled_from([0.0, 0.1, 1.0])),
        "cover": cover,
    }


@st.composite
def contacts(draw: st.DrawFn) -> Values:
    threshold = draw(st.one_of(st.sampled_from([20.0, 17.0, 1e-3]), st.floats(1.0, 60.0)))
    buffer = draw(st.one_of(st.sampled_from([0.0, 2.0, 100.0]), st.floats(0.0, 30.0)))
    return {
        "threshold_minutes": threshold,
        "target_minutes": threshold + buffer,
        "outreach_pattern": draw(st.sampled_from(PATTERNS)),
        "max_attempts": draw(st.integers(1, 6)),
        "retry_gap_days": draw(gaps),
        "followup": draw(st.sampled_from(FOLLOWUPS)),
        "followup_gap_days": draw(gaps),
        "chart_minutes_per_month": draw(st.sampled_from([0.0, 1e-3, 10.0, 60.0])),
        "chart_work_without_contact": draw(flags),
        "final_push_days": draw(st.integers(0, 25)),
        "request_patience_days": draw(st.sampled_from([1e-3, 0.5, 1.0, 7.0, 60.0])),
        "answer_probability": draw(probabilities),
        "morning_factor": draw(factors),
        "afternoon_factor": draw(factors),
        "unfamiliar_factor": draw(factors),
        "scheduled_factor": draw(factors),
        "book_next_call": draw(st.booleans()),
        "addon_steps": draw(st.integers(0, 2)),
        "addon_within_minutes": draw(st.sampled_from((0.0, 7.5, 20.0))),
        "count_unanswered": draw(flags),
        "care_plan_minutes": draw(st.none() | minutes),
        **{f"{kind}_minutes": draw(minutes) for kind in ("call", "notes", "attempt", "inbound")},
        "inbound_per_month": draw(monthly),
        "care_tasks_per_month": draw(monthly),
        "care_task_minutes": draw(minutes),
        "other_work_outside_share": draw(shares),
    }


elements = st.fixed_dictionaries(
    {
        "time_log": shares,
        "access": shares,
        "supervision": shares,
        "trained": flags,
        "trained_factor": shares,
    }
)


@st.composite
def documentations(draw: st.DrawFn) -> Values:
    loss = st.fixed_dictionaries({"entry_loss_share": shares, "minute_loss_share": shares})
    return {
        "capture": draw(st.sampled_from(CAPTURE_MODES)),
        **{mode: draw(loss) for mode in CAPTURE_MODES},
        "logging_minutes_per_entry": draw(st.sampled_from([0.0, 1e-4, 1.0, 3.3])),
        "outside_capture_share": draw(shares),
        "failure_share": draw(shares),
        "mended_per_month_share": draw(st.sampled_from([1e-9, 0.25, 1.0])),
        "not_claimable_share": draw(shares),
        "consent_missing_share": draw(shares),
        "elements": draw(st.none() | elements),
        "noticed_share": draw(shares),
        "internal_audit_months": draw(st.none() | st.integers(1, 14)),
        "found_share": draw(shares),
        "audit_minutes_per_patient": draw(dollars),
        "training_hours_per_year": draw(dollars),
        "training_hours_per_hire": draw(dollars),
    }


@st.composite
def finances(draw: st.DrawFn, start: date) -> Values:
    """Return settings under which every month within half a year of the start has a fee."""
    years: list[Any] = [None, 2025, 2026]
    if date(2025, 7, 1) <= start <= date(2026, 6, 1):
        years.append("calendar")
    fee_year = draw(st.sampled_from(years))
    places = ["national", "13202-01"] if fee_year == 2025 else ["national"]
    cents = st.integers(0, 50_000).map(lambda n: Decimal(n) / 100)
    fields = (
        "denied", "recovered", "sequestration", "no_supplement", "coinsurance_paid",
        "medicaid_paid", "deductible_met_per_month", "appealed", "appeal_won", "other_practice",
        "other_first", "duplicate", "duplicate_caught",
    )  # fmt: skip
    lags = ("payment", "patient", "recovery", "appeal")
    costs = (
        "rework_usd",
        "appeal_usd",
        "onboarding_usd",
        "replacement_cost_usd",
        "oversight_usd_per_claim",
        "software_usd_per_patient_month",
    )
    given: Values = {field + "_share": draw(shares) for field in fields}
    return {
        "fee_year": fee_year,
        "locality": draw(st.sampled_from(places)),
        "setting": draw(st.sampled_from(["nonfacility", "facility"])),
        "fees_usd": draw(st.dictionaries(st.sampled_from(["99490", "99439"]), cents)),
        **given,
        "qmb_share": draw(shares) * (1.0 - given["no_supplement_share"]),
        "deductible": draw(st.sampled_from(["ignored", "modelled"])),
        **{f"{lag}_lag_months": draw(st.integers(0, 4)) for lag in lags},
        **{cost: draw(dollars) for cost in costs},
        "baseline_coordination_minutes": draw(dollars),
        "wage_load": draw(st.floats(0.5, 2.0)),
        "overtime_factor": draw(st.floats(0.0, 3.0)),
    }


practitioners = st.fixed_dictionaries(
    {
        "contact_share": shares,
        "complex_ratio": factors,
        "minutes": minutes,
        "logged_share": shares,
        "usd_per_hour": dollars,
    }
)


@st.composite
def billings(draw: st.DrawFn, groups: dict[str, Values], contact: Values) -> Values:
    """Return how claims are made: own codes only where their minutes are worked for."""
    own_desks = all(group["role"] == "practitioner" for group in groups.values())
    ways = ["counts_as_staff"]
    if not own_desks or contact["target_minutes"] >= 30.0:
        ways.append("own")
    return {
        "complex_policy": draw(st.sampled_from(["best_paid", "complex_first"])),
        "practitioner_time": draw(st.sampled_from(ways)),
    }


UP_TO_THREE = {"family": "uniform", "low": 1.0, "high": 3.0}


@st.composite
def tails(draw: st.DrawFn) -> Values:
    return {
        "batch_missed_share": draw(shares),
        "batch_found_per_month_share": draw(st.sampled_from([1e-9, 0.1, 0.5, 1.0])),
        "biller_away_per_year": draw(yearly),
        "biller_away_months": draw(tables(0.0, 15.0)),
        "practitioner_leaves_per_year": draw(yearly),
        "colleague_share": draw(shares),
        "practitioner_vacancy_months": draw(tables(0.0, 15.0)),
        "audits_per_year": draw(yearly),
        "audit_lookback_months": draw(st.integers(1, 24)),
        "audit_factor": draw(st.floats(1.0, 3.0) | st.just(UP_TO_THREE)),
        "audit_usd": draw(dollars),
    }


@st.composite
def values(draw: st.DrawFn) -> Values:
    """Return the values of a valid scenario as plain tables, as a file would hold them."""
    groups = draw(staff())
    seats = sum(group["coordinators"] for group in groups.values())
    start = date(draw(st.sampled_from([2025, 2026])), draw(st.integers(1, 12)), 1)
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    contact = draw(contacts())
    tree = {
        "name": draw(st.text(max_size=8)),
        "description": draw(st.text(max_size=20)),
        "start": start,
        "panel": draw(panels()),
        "staff": groups,
        "disruptions": {name: draw(disruptions(sorted(groups), seats)) for name in names},
        "operations": draw(operations()),
        "contact": contact,
        "documentation": draw(documentations()),
        "finance": draw(finances(start)),
        "tail": draw(tails()),
        "billing": draw(billings(groups, contact)),
        "practitioner": draw(st.none() | practitioners),
    }
    return draw(with_medicare(tree))


def scenarios() -> st.SearchStrategy[Scenario]:
    """Return whole random valid scenarios."""
    return values().map(lambda tree: Scenario(**tree))
