"""The facts of replications, for what the variables of a result do not tell.

Comes in: a scenario and numbers of replications. Goes out: the facts and statuses of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccmsim.engine.ledger import Facts
from ccmsim.scenario.model import Scenario


def facts_of(
    scenario: Scenario, *, months: int, warmup_months: int, replications: int, seed: int
) -> Iterator[Facts]:
    """Yield the facts of one replication after the other, warm-up included.

    Examples
    --------
    >>> import ccmsim
    >>> perfect = ccmsim.load("perfect")
    >>> one = next(facts_of(perfect, months=1, warmup_months=0, replications=1, seed=0))
    >>> len(one.patient_months)
    75
    """
    from ccmsim.engine.inputs import prepare
    from ccmsim.office import compiled_facts

    inputs = prepare(scenario, months, warmup_months=warmup_months)
    for replication in range(replications):
        yield compiled_facts(inputs, seed, replication)
