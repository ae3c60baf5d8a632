"""Families against scipy's own answers, tables against their error bound, and every refusal."""

from __future__ import annotations

import math
import os
import pickle
import statistics
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

import ccmsim
from ccmsim import sampling
from ccmsim.distributions import (
    Beta,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Family,
    Gamma,
    Geometric,
    Grid,
    Laws,
    Lognormal,
    Poisson,
    Scipy,
    Triangular,
    Uniform,
    UniformIntegers,
    compile_laws,
    from_scipy,
)
from ccmsim.errors import InputError
from ccmsim.laws import RAREST_CHECKED, STEPS, TABLE_ERROR
from ccmsim.sampling import (
    KINDS,
    OCTAVES,
    draw,
    draw_centred,
    duration,
    normal_centre,
    normal_quantile,
    poisson,
    poisson_from,
    to_ticks,
)

READ: TypeAdapter[Any] = TypeAdapter(Distribution)
LEAST = 2.0**-53
sigma = math.sqrt(math.log(1.0 + 0.61**2))

# Each family beside scipy's own form of the same law.
EXACT: dict[str, tuple[Family, Any]] = {
    "uniform": (Uniform(low=2.0, high=5.0), stats.uniform(2.0, 3.0)),
    "triangular": (Triangular(low=5.0, mode=7.0, high=10.0), stats.triang(0.4, 5.0, 5.0)),
    "exponential": (Exponential(mean=10.0), stats.expon(scale=10.0)),
    "lognormal": (
        Lognormal(mean=12.0, cv=0.61),
        stats.lognorm(sigma, scale=12.0 * math.exp(-(sigma**2) / 2.0)),
    ),
    "gamma": (Gamma(mean=3.0, cv=0.8), stats.gamma(1.5625, scale=1.92)),
    "beta": (Beta(a=0.7, b=0.75), stats.beta(0.7, 0.75)),
    "geometric": (Geometric(mean=3.0), stats.geom(1.0 / 3.0)),
    "poisson": (Poisson(mean=1.6), stats.poisson(1.6)),
    "poisson, large": (Poisson(mean=700.0), stats.poisson(700.0)),
    "uniform_integers": (UniformIntegers(low=1, high=5), stats.randint(1, 6)),
    "scipy": (from_scipy(stats.weibull_min(1.5, scale=10.0)), stats.weibull_min(1.5, scale=10.0)),
    "scipy, discrete": (from_scipy(stats.nbinom(3, 0.2)), stats.nbinom(3, 0.2)),
}

# Laws that are drawn through a quantile table; the first five are those of the model's evidence.
TABULATED: dict[str, tuple[Family, Any]] = {
    "need": (Gamma.from_shape(1.148), stats.gamma(1.148, scale=1.0 / 1.148)),
    "frailty": (Gamma.from_shape(0.55), stats.gamma(0.55, scale=1.0 / 0.55)),
    "answer": (Beta(a=0.7, b=0.75), stats.beta(0.7, 0.75)),
    "scheduled": (Beta(a=1.2, b=0.9), stats.beta(1.2, 0.9)),
    "load": (Gamma(mean=1.0, cv=0.1), stats.gamma(100.0, scale=0.01)),
    "skewed gamma": (Gamma(mean=1.0, cv=5.0), stats.gamma(0.04, scale=25.0)),
    "narrow gamma": (Gamma(mean=20.0, cv=0.001), stats.gamma(1e6, scale=2e-5)),
    "bathtub": (Beta(a=0.05, b=0.05), stats.beta(0.05, 0.05)),
    **{
        frozen.dist.name: (from_scipy(frozen), frozen)
        for frozen in (
            stats.weibull_min(1.5, scale=10.0),
            stats.t(3),
            stats.norm(10.0, 3.0),
            stats.truncnorm(-1.0, 3.0),
            stats.trapezoid(0.2, 0.6),
            stats.pareto(1.5),
            stats.loguniform(0.01, 100.0),
        )
    },
}

EVERY: dict[str, Family] = {
    "constant": Constant(value=-2.5),
    "empirical": Empirical(values=(3.0, 1.0, 2.0, 2.0, 7.5)),
    **{name: law for name, (law, _) in EXACT.items()},
}


def one(law: Family, grid: Grid = "factor") -> Laws:
    return compile_laws({"law": (law, grid)})


def shares(count: int = 4000) -> list[float]:
    """Uniforms as the generator gives them: all over, and far out in both tails."""
    rng = np.random.default_rng(5)
    body = (rng.integers(0, 2**52, size=count) + 0.5) * 2.0**-52
    tail = (rng.integers(0, 2 ** rng.integers(1, 52, size=count)) + 0.5) * 2.0**-52
    ends = [LEAST, 1.0 - LEAST, 0.5 - LEAST, 0.5 + LEAST]
    return [*body.tolist(), *tail.tolist(), *(1.0 - tail).tolist(), *ends]


def near(value: float, expected: float, *, within: float) -> None:
    assert value == pytest.approx(expected, rel=within, abs=within * 1e-3)


@pytest.mark.parametrize("name", EXACT)
def test_mean_variance_and_support_are_those_of_the_law(name: str) -> None:
    law, exact = EXACT[name]
    near(law.expected(), exact.mean(), within=1e-12)
    near(law.variance(), exact.var(), within=1e-11)
    assert law.support() == tuple(float(bound) for bound in exact.support())


@pytest.mark.parametrize("name", EXACT)
def test_quantiles_are_those_of_the_law(name: str) -> None:
    law, exact = EXACT[name]
    for u in (1e-6, 0.01, 0.25, 0.3999, 0.5001, 0.75, 0.99, 1.0 - 1e-6):
        near(law.quantile(u), exact.ppf(u), within=1e-9)


def test_a_constant_and_a_sample_know_their_moments() -> None:
    law = Constant(value=2.0)
    assert (law.expected(), law.variance(), law.support()) == (2.0, 0.0, (2.0, 2.0))
    sample = Empirical(values=(4.0, 1.0, 1.0))
    assert (sample.expected(), sample.variance(), sample.support()) == (2.0, 2.0, (1.0, 4.0))
    assert [sample.quantile(u) for u in (0.1, 0.6, 0.7)] == [1.0, 1.0, 4.0]


@pytest.mark.parametrize("name", EVERY)
def test_a_draw_is_the_quantile(name: str) -> None:
    law, laws = EVERY[name], one(EVERY[name])
    tabulated = laws.laws[0, 0] == KINDS["table"]
    spread = math.sqrt(law.variance())
    for u in shares(300):
        value = draw(laws.handle, 0, u)
        # A geometric length counts from the other end: 1 + floor(log u / log(1 - p)).
        exact = law.quantile(1.0 - u if name == "geometric" else u)
        if tabulated:
            # Near 1 a float hardly holds 1 - u: the next tests look at the tails.
            if 1e-6 < u < 1.0 - 1e-6:
                assert abs(value - exact) <= TABLE_ERROR * (abs(exact) + spread) + 2.0**-31
        elif float(exact).is_integer() and u > 1.0 - 2.0**-30:
            # Half of a step of 2**-40 in a cumulative probability may be a count, this far out.
            assert abs(value - exact) <= max(1.0, 0.4 * exact)
        else:
            near(value, exact, within=1e-12)


@pytest.mark.parametrize("mean", [1e-9, 0.03, 1.6, 25.0, 300.0, 700.0])
def test_poisson_counts_are_exact_and_end(mean: float) -> None:
    body = [u for u in shares(500) if u < 1.0 - 2.0**-36]
    assert [poisson(mean, u) for u in body] == stats.poisson(mean).ppf(body).tolist()
    assert poisson(mean, 1.0 - LEAST) <= mean + 12.0 * math.sqrt(mean) + 20.0
    for u in (LEAST, *body, 1.0 - LEAST):
        assert poisson_from(mean, math.exp(-mean), u) == poisson(mean, u)


def test_a_poisson_count_begins_with_the_probability_of_none_that_is_given() -> None:
    """With 0.3 for exp(−1.6) all probabilities are larger alike: 0.3, 0.48, then 0.384."""
    assert [poisson_from(1.6, 0.3, u) for u in (0.29, 0.31, 0.77, 0.79)] == [0.0, 1.0, 1.0, 2.0]


@pytest.mark.parametrize("count", [*range(1, 200), 1000, 2**20 - 1, 2**20 + 1, 10**12])
def test_whole_numbers_stay_in_their_range(count: int) -> None:
    laws = one(UniformIntegers(low=-7, high=count - 8), "count")
    assert draw(laws.handle, 0, LEAST) == -7.0
    assert draw(laws.handle, 0, 1.0 - LEAST) == count - 8.0


@pytest.mark.parametrize("grid", ["duration", "factor"])
@pytest.mark.parametrize("name", TABULATED)
def test_a_table_keeps_its_error_bound(name: str, grid: Grid) -> None:
    law, exact = TABULATED[name]
    laws = one(law, grid)
    assert laws.laws[0, 0] == KINDS["table"]
    spread = math.sqrt(law.variance())
    if not math.isfinite(spread):
        spread = law.quantile(0.75) - law.quantile(0.25)
    octaves = [np.geomspace(RAREST_CHECKED, 0.5, 30_001)[:-1], np.arange(1, 20_000) / 40_000]
    w = np.concatenate(octaves)
    for u, reference in ((w, exact.ppf(w)), (1.0 - w, exact.isf(w))):
        values = np.array([draw(laws.handle, 0, share) for share in u.tolist()])
        # 1 - w is not w's exact mirror: allow for the slope over one rounding of it.
        slack = np.abs(exact.isf(w * (1.0 + 2.0**-53 / w)) - exact.isf(w)) if u is not w else 0.0
        allowed = TABLE_ERROR * (np.abs(reference) + spread) + STEPS[grid] / 2.0 + slack
        assert np.max(np.abs(values - reference) / allowed) <= 1.0


def table_moments(laws: Laws) -> tuple[float, float]:
    """Return mean and variance of the law that a table holds, piecewise linear in u."""
    intervals = int(laws.laws[0, 2])
    edges = np.ldexp(
        0.5 + np.arange(intervals) / (2.0 * intervals), np.arange(-OCTAVES, 0)[:, None]
    ).ravel()
    widths = np.diff(np.append(edges, 0.5))
    sides = laws.tables.reshape(2, -1)[:, :-1]
    left, right = sides[:, :-1], sides[:, 1:]
    mean = float(np.sum(widths * (left + right) / 2.0))
    a, b = left - mean, right - mean
    return mean, float(np.sum(widths * (a * a + a * b + b * b) / 3.0))


@pytest.mark.parametrize(
    "name", ["need", "frailty", "answer", "scheduled", "load", "skewed gamma", "bathtub", "norm"]
)
def test_a_table_has_the_mean_and_variance_of_its_law(name: str) -> None:
    law, _ = TABULATED[name]
    mean, variance = table_moments(one(law))
    spread = math.sqrt(law.variance())
    assert abs(mean - law.expected()) <= 5e-6 * spread
    assert abs(variance - law.variance()) <= 1e-5 * law.variance()


@pytest.mark.parametrize("grid", STEPS)
def test_tables_hold_multiples_of_their_grid_and_never_fall(grid: Grid) -> None:
    for law, _ in TABULATED.values():
        laws = one(law, grid)
        scaled = laws.tables / STEPS[grid]
        assert np.array_equal(scaled, np.floor(scaled))
        below, above = laws.tables.reshape(2, -1)
        assert np.all(np.diff(below) >= 0.0)
        assert np.all(np.diff(above) <= 0.0)
        assert below[-1] == above[-1]


def interpret(monkeypatch: pytest.MonkeyPatch, laws: Laws) -> Any:
    """Return `draw` as plain Python, which reads the arrays of `laws` and not its handle."""
    compiled: list[str] = [
        name for name in vars(sampling) if hasattr(vars(sampling)[name], "py_func")
    ]
    for name in compiled:
        monkeypatch.setattr(sampling, name, vars(sampling)[name].py_func)
    rows = [
        SimpleNamespace(kind=row[0], a=row[1], b=row[2], rest=row[3:]) for row in laws.laws.tolist()
    ]
    values = [SimpleNamespace(value=value) for value in laws.tables.tolist()]
    monkeypatch.setattr(sampling, "_law_at", lambda _, i: rows[i])
    monkeypatch.setattr(sampling, "_table_at", lambda _, i: values[i])
    return sampling.draw


@pytest.mark.parametrize("name", EVERY)
def test_compiled_and_interpreted_draws_have_the_same_bits(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    laws = one(EVERY[name])
    values = [draw(laws.handle, 0, u) for u in shares(1000)]
    plain = interpret(monkeypatch, laws)
    assert plain is not draw
    assert values == [plain(None, 0, u) for u in shares(1000)]
    assert np.isfinite(values).all()


def test_compiled_and_interpreted_helpers_have_the_same_bits() -> None:
    helpers: list[Any] = [normal_quantile, normal_centre, to_ticks, duration]
    for helper in helpers:
        assert all(helper(u) == helper.py_func(u) for u in shares())
    count: Any = poisson
    assert all(count(u * 100.0, u) == count.py_func(u * 100.0, u) for u in shares(500))


def test_normal_quantiles_are_exact_to_the_last_digits() -> None:
    # The standard library holds an independent copy of the algorithm, scipy another algorithm.
    reference = statistics.NormalDist()
    for u in shares(2000):
        value = normal_quantile(u)
        assert value == pytest.approx(reference.inv_cdf(u), rel=1e-15, abs=1e-15)
        assert value == pytest.approx(stats.norm.ppf(u), rel=1e-14, abs=1e-14)


def test_the_centre_is_the_normal_quantile_within_its_range() -> None:
    inside = [u for u in shares(2000) if abs(u - 0.5) <= 0.425]
    assert len(inside) > 1000
    assert [normal_centre(u) for u in inside] == [normal_quantile(u) for u in inside]
    assert normal_centre(0.999) != normal_quantile(0.999)


@pytest.mark.parametrize("name", EVERY)
def test_a_draw_with_the_centre_at_hand_has_the_same_bits(name: str) -> None:
    laws = one(EVERY[name])
    for u in shares(500):
        assert draw_centred(laws.handle, 0, u, normal_centre(u)) == draw(laws.handle, 0, u)


def test_ticks_round_halves_upwards() -> None:
    tick = 1.0 / 1024.0
    values = [0.0, tick / 2.0, tick * 0.49, 1.0 + tick * 1.5, 1e15, -tick / 2.0]
    assert [to_ticks(x) for x in values] == [0.0, tick, 0.0, 1.0 + 2.0 * tick, 1e15, 0.0]
    assert [duration(x) for x in (0.0, -3.0, tick, 2.0)] == [tick, tick, tick, 2.0]


def test_laws_lie_end_to_end_and_are_told_apart() -> None:
    entries: dict[str, tuple[Family, Grid]] = {name: (law, "factor") for name, law in EVERY.items()}
    together = compile_laws(entries)
    assert together.rows == {name: row for row, name in enumerate(EVERY)}
    assert together.laws.shape == (len(EVERY), 8)
    for name, row in together.rows.items():
        alone = one(EVERY[name])
        for u in (LEAST, 0.2, 0.5, 0.8, 1.0 - LEAST):
            value = draw(together.handle, row, u)
            assert value == draw(alone.handle, 0, u)


def test_laws_are_read_only_also_after_pickle() -> None:
    laws = one(EVERY["gamma"])
    copies = (laws, pickle.loads(pickle.dumps(laws)), deepcopy(laws))
    assert len({laws.handle["tables"] for laws in copies}) == len(copies)  # each reads its own
    for copy in copies:
        assert copy.rows == laws.rows
        assert draw(copy.handle, 0, 0.3) == draw(laws.handle, 0, 0.3)
        assert np.array_equal(copy.laws, laws.laws)
        assert np.array_equal(copy.tables, laws.tables)
        for array in (copy.laws, copy.tables):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0


def test_no_laws_and_no_tables_are_fine() -> None:
    assert compile_laws({}).laws.shape == (0, 8)
    assert one(EVERY["uniform"]).tables.size == 0


@pytest.mark.parametrize(
    "law", [Lognormal(mean=4.0, cv=0.0), Gamma(mean=4.0, cv=0.0), Constant(value=4.0)]
)
def test_no_variation_is_constant(law: Family) -> None:
    laws = one(law)
    assert {draw(laws.handle, 0, u) for u in (LEAST, 0.3, 1.0 - LEAST)} == {4.0}
    assert (law.quantile(0.9), law.support(), law.variance()) == (4.0, (4.0, 4.0), 0.0)


def test_certain_counts() -> None:
    always, never = one(Geometric(mean=1.0)), one(Poisson(mean=0.0))
    for u in (LEAST, 0.5, 1.0 - LEAST):
        assert draw(always.handle, 0, u) == Geometric(mean=1.0).quantile(u) == 1.0
        assert draw(never.handle, 0, u) == Poisson(mean=0.0).quantile(u) == 0.0
    assert Geometric(mean=1.0).support() == (1.0, 1.0)
    assert Poisson(mean=0.0).support() == (0.0, 0.0)


def test_a_bare_number_is_constant_and_is_written_back_bare() -> None:
    for number in (2, 2.0, np.float64(2.0), np.int64(2)):
        law = READ.validate_python(number)
        assert law == Constant(value=2.0)
        assert READ.dump_python(law) == 2.0
    assert READ.validate_python({"family": "constant", "value": 2}) == Constant(value=2.0)
    assert READ.validate_json("2.0") == Constant.model_validate(2.0) == Constant(value=2.0)


@pytest.mark.parametrize("frozen", [stats.gamma(1.3, scale=2.0), stats.binom(10, p=0.3)])
def test_a_frozen_scipy_distribution_is_taken_as_it_is(frozen: Any) -> None:
    law = READ.validate_python(frozen)
    assert law == from_scipy(frozen)
    assert law.expected() == pytest.approx(frozen.mean(), rel=1e-14)
    assert READ.validate_python(READ.dump_python(law)) == law
    assert len({law, from_scipy(frozen), pickle.loads(pickle.dumps(law))}) == 1


def test_keyword_parameters_never_change() -> None:
    law = Scipy(name="weibull_min", args=(1.5,), kwds={"scale": 10.0, "loc": 1.0})
    assert law == Scipy(name="weibull_min", args=(1.5,), kwds={"loc": 1.0, "scale": 10.0})
    assert len(law.kwds) == 2
    with pytest.raises(TypeError):
        law.kwds["loc"] = 0.0  # type: ignore[index]


@pytest.mark.parametrize("header", ["minutes", "other,minutes", "\ufeffminutes"])
def test_a_csv_column_becomes_values(tmp_path: Path, header: str) -> None:
    before = "x," if "other" in header else ""
    lines = [header, *(f"{before}{value}" for value in ("3", "1.5", "2e0"))]
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = {"family": "empirical", "csv": "log.csv", "column": "minutes"}
    law = READ.validate_python(data, context={"directory": tmp_path})
    assert law == Empirical(values=(1.5, 2.0, 3.0))
    assert READ.dump_python(law) == {"family": "empirical", "values": (1.5, 2.0, 3.0)}
    absolute = {"family": "empirical", "csv": str(tmp_path / "log.csv"), "column": "minutes"}
    assert READ.validate_python(absolute) == law


def test_the_only_column_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("minutes\n3\n")
    data = {"family": "empirical", "csv": str(tmp_path / "log.csv")}
    assert READ.validate_python(data) == Empirical(values=(3.0,))


def family(name: str, /, **fields: object) -> dict[str, object]:
    return {"family": name, **fields}


NAN, INF = math.nan, math.inf

REFUSED: list[tuple[object, str]] = [
    ("12", r"must be a number or a table such as \{ family"),
    (True, r"must be a number or a table such as \{ family"),
    (None, r"must be a number or a table such as \{ family"),
    (NAN, "finite number"),
    (-INF, "finite number"),
    (10**400, "finite number"),
    (1e13, "less than or equal to 1000000000000"),
    ({"mean": 3.0}, "Unable to extract tag using discriminator 'family'"),
    (family("normal", mean=3.0), "Input tag 'normal'"),
    (family("constant", value="2"), "valid number"),
    (family("uniform", low=3.0, high=2.0), r"low must not be greater than high \(got 3.0 and 2.0"),
    (family("triangular", low=1.0, mode=5.0, high=4.0), "mode must not be greater than high"),
    (family("triangular", low=1.0, mode=0.5, high=4.0), "low must not be greater than mode"),
    (family("exponential", mean=0.0), "greater than 0"),
    (family("exponential", mean=1.0, rate=1.0), "Extra inputs are not permitted"),
    (family("lognormal", mean=-1.0, cv=0.5), "greater than 0"),
    (family("lognormal", mean=1.0, cv=-0.5), "greater than or equal to 0"),
    (family("lognormal", mean=1.0), "Field required"),
    (family("gamma", mean=NAN, cv=1.0), "finite number"),
    (family("gamma", mean=1.0, cv=-0.1), "cv must be 0, or from 0.001 to 5"),
    (family("gamma", mean=1.0, cv=6.0), "cv must be 0, or from 0.001 to 5"),
    (family("beta", a=0.0, b=1.0), "greater than or equal to 0.05"),
    (family("beta", a=1.0, b=INF), "finite number"),
    (family("geometric", mean=0.99), "greater than or equal to 1"),
    (family("poisson", mean=-1.0), "greater than or equal to 0"),
    (family("poisson", mean=701.0), "less than or equal to 700"),
    (family("uniform_integers", low=5, high=1), "low must not be greater than high"),
    (family("uniform_integers", low=1.5, high=3), "valid integer"),
    (family("empirical", values=[]), "at least 1 item"),
    (family("empirical", values=[1.0, NAN]), "finite number"),
    (family("empirical", values=[1.0], csv="log.csv"), "has both values and csv"),
    (family("empirical", csv="absent.csv", column="x"), r"csv 'absent.csv' cannot be read"),
    (family("scipy", name="weibull_mn", args=[1.5]), "did you mean 'weibull_min'"),
    (family("scipy", name="rv_histogram"), "no distribution of one variable 'rv_histogram'"),
    (family("scipy", name="weibull_min"), "weibull_min takes c, loc, scale"),
    (family("scipy", name="nbinom", args=[3], kwds={"scale": 2.0}), "nbinom takes n, p, loc"),
    (family("scipy", name="norm", kwds={"sd": 1.0}), "norm takes loc, scale"),
    (family("scipy", name="norm", kwds={"scale": -1.0}), "no finite mean with these parameters"),
    (family("scipy", name="cauchy"), "no finite mean"),
    (family("scipy", name="pareto", args=[1.0]), "no finite mean"),
    (family("scipy", name="norm", args=[NAN]), "finite number"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED)
def test_impossible_parameters_are_refused(value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        READ.validate_python(value)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a,b\n1,2\n", "c", "column 'c' is not in .*; it has a, b"),
        ("a,b\n1,2\n", None, "column None is not in .*; it has a, b"),
        ("a,b\n1,2\n3,x\n", "b", "line 3, b: 'x' is not a number"),
        ("a,b\n1,2\n3\n", "b", "line 3, b: None is not a number"),
        ("a\nnan\n", "a", "finite number"),
        ("a\n", "a", "at least 1 item"),
        ("", "a", "column 'a' is not in"),
    ],
)
def test_a_bad_csv_is_refused(tmp_path: Path, text: str, column: str | None, message: str) -> None:
    (tmp_path / "log.csv").write_text(text)
    data = family("empirical", csv=str(tmp_path / "log.csv"), column=column)
    with pytest.raises(ValidationError, match=message):
        READ.validate_python(data)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (3.0, "must be a frozen scipy.stats distribution"),
        (stats.norm, "must be a frozen scipy.stats distribution"),
        (stats.norm([1.0, 2.0]), "must have single numbers as parameters"),
        (
            stats.rv_histogram((np.array([1, 2]), np.arange(3)))(),
            "has no name in scipy.stats to write down",
        ),
        (stats.rv_discrete(values=([1, 2], [0.5, 0.5]))(), "has no name in scipy.stats"),
    ],
)
def test_what_scipy_cannot_name_is_refused(value: object, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        from_scipy(value)
    assert caught.value.problems[0].field == "frozen"
    assert caught.value.problems[0].valid


def test_what_no_table_can_hold_is_refused_with_its_name() -> None:
    jumping = from_scipy(stats.beta(0.001, 0.001))
    endless = from_scipy(stats.zipf(2.2))
    for law in (jumping, endless):
        with pytest.raises(InputError, match=r"wait: has quantiles .* family = \"empirical\""):
            compile_laws({"fine": (Constant(value=1.0), "days"), "wait": (law, "days")})


def test_an_unknown_grid_is_refused() -> None:
    with pytest.raises(InputError, match=r"wait: has an unknown grid \(got 'hours'\).*duration"):
        compile_laws({"wait": (Constant(value=1.0), "hours")})  # type: ignore[dict-item]


@pytest.mark.parametrize("u", [0.0, 1.0, -0.5, NAN])
@pytest.mark.parametrize("name", EVERY)
def test_a_quantile_is_asked_for_between_0_and_1(name: str, u: float) -> None:
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        EVERY[name].quantile(u)


@pytest.mark.parametrize("shape", [0.0, -1.0, NAN])
def test_a_gamma_shape_is_positive(shape: float) -> None:
    with pytest.raises(InputError, match="shape: must be greater than 0"):
        Gamma.from_shape(shape)


def test_reading_distributions_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ccmsim.distributions import *; Lognormal(mean=12.0, cv=0.61).support();"
        "print(*sorted({'numba', 'numpy', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    source = Path(ccmsim.__path__[0]).parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []
