"""What holds for every distribution that a user can write: order, range, and a faithful file."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from ccmsim.distributions import (
    Beta,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Family,
    Gamma,
    Geometric,
    Lognormal,
    Poisson,
    Scipy,
    Triangular,
    Uniform,
    UniformIntegers,
    compile_laws,
)
from ccmsim.laws import STEPS
from ccmsim.sampling import KINDS, draw, duration, to_ticks

READ: TypeAdapter[Any] = TypeAdapter(Distribution)


class Holder(BaseModel):
    """A part of a scenario with one distribution."""

    law: Distribution


def real(low: float = -1e6, high: float = 1e6) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


def ordered(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(real(), min_size=count, max_size=count).map(sorted)


positive = real(1e-3, 1e6)
cv = st.one_of(st.just(0.0), real(0.001, 5.0))
whole = st.lists(st.integers(-1000, 1000), min_size=2, max_size=2).map(sorted)

CLOSED: st.SearchStrategy[Family] = st.one_of(
    st.builds(Constant, value=real()),
    ordered(2).map(lambda x: Uniform(low=x[0], high=x[1])),
    ordered(3).map(lambda x: Triangular(low=x[0], mode=x[1], high=x[2])),
    st.builds(Exponential, mean=positive),
    st.builds(Lognormal, mean=positive, cv=real(0.0, 5.0)),
    st.builds(Geometric, mean=real(1.0, 1e4)),
    st.builds(Poisson, mean=real(0.0, 700.0)),
    whole.map(lambda x: UniformIntegers(low=x[0], high=x[1])),
    st.builds(Empirical, values=st.lists(real(), min_size=1, max_size=30).map(tuple)),
)

TABLED: st.SearchStrategy[Family] = st.one_of(
    st.builds(Gamma, mean=positive, cv=cv),
    st.builds(Beta, a=real(0.05, 50.0), b=real(0.05, 50.0)),
    st.builds(lambda c: Scipy(name="weibull_min", args=(c,)), real(0.4, 10.0)),
    st.builds(lambda n: Scipy(name="binom", kwds={"n": n, "p": 0.3}), st.integers(1, 40)),
)

FAMILIES = st.one_of(CLOSED, TABLED)

# Uniforms of the generator: odd multiples of 2**-53, as often far out in a tail as in the body.
WHERE = st.one_of(st.integers(0, 2**52 - 1), st.integers(0, 50).map(lambda k: 2**k))
UNIFORMS = st.builds(
    lambda k, mirrored: 1.0 - (k + 0.5) * 2.0**-52 if mirrored else (k + 0.5) * 2.0**-52,
    WHERE,
    st.booleans(),
)


@given(law=FAMILIES, u=UNIFORMS, v=UNIFORMS, grid=st.sampled_from(sorted(STEPS)))
def test_draws_follow_the_uniform_in_order_and_stay_in_the_support(
    law: Family, u: float, v: float, grid: Any
) -> None:
    laws = compile_laws({"law": (law, grid)})
    u, v = min(u, v), max(u, v)
    first, second = (draw(laws.handle, 0, share) for share in (u, v))
    if isinstance(law, Geometric):
        first, second = second, first
    # exp, log and sqrt may err in the last bits, so neighbours in u may swap by as little.
    assert first <= second + 1e-13 * abs(second)
    low, high = law.support()
    step = STEPS[grid] / 2.0 if laws.tables.size else 0.0
    assert low - step <= first
    assert second <= high + step


@given(law=FAMILIES, u=UNIFORMS)
def test_table_draws_never_swap(law: Family, u: float) -> None:
    laws = compile_laws({"law": (law, "factor")})
    if laws.laws[0, 0] in {KINDS["table"], KINDS["steps"], KINDS["empirical"]}:
        following = min(u + 2.0**-52, 1.0 - 2.0**-53)
        before, after = (draw(laws.handle, 0, share) for share in (u, following))
        assert before <= after


@given(law=FAMILIES)
def test_a_distribution_survives_a_dictionary_a_json_and_a_toml_file(law: Family) -> None:
    holder = Holder(law=law)  # type: ignore[arg-type]
    assert Holder.model_validate(holder.model_dump()) == holder
    assert Holder.model_validate_json(holder.model_dump_json()) == holder
    text = tomli_w.dumps(holder.model_dump())
    again = Holder.model_validate(tomllib.loads(text))
    assert again == holder
    assert hash(again.law) == hash(holder.law)
    assert tomli_w.dumps(again.model_dump()) == text


@given(value=real())
def test_a_constant_is_a_bare_number_in_a_file(value: float) -> None:
    written = tomllib.loads(tomli_w.dumps(Holder(law=Constant(value=value)).model_dump()))
    assert type(written["law"]) is float
    assert written["law"] == value


@given(law=FAMILIES)
def test_moments_agree_with_the_support(law: Family) -> None:
    low, high = law.support()
    slack = 1e-9 * (1.0 + abs(law.expected()))
    assert low - slack <= law.expected() <= high + slack
    assert law.variance() >= 0.0
    if math.isfinite(high) and math.isfinite(low):  # Popoviciu's inequality
        assert law.variance() <= (high - low) ** 2 / 4.0 * (1.0 + 1e-9) + slack**2


@given(x=real(-1e9, 1e9))
def test_ticks_are_near_on_the_grid_and_stay(x: float) -> None:
    ticks = to_ticks(x)
    assert abs(ticks - x) <= 1.0 / 2048.0
    assert (ticks * 1024.0).is_integer()
    assert to_ticks(ticks) == ticks
    assert duration(x) == max(ticks, 1.0 / 1024.0)
