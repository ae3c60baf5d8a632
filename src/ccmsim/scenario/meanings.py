"""What the docstring under each field of a model says, for those who ask: errors and docs.

Comes in: a model. Goes out: texts by field. Reads the source when it is asked, never on import: to
parse that of all parts takes as long as to build them.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Return what each field of a model means, its docstring; a field without one is left out.

    Examples
    --------
    >>> from ccmsim.scenario.panel import Panel
    >>> meanings(Panel)["enrolled_at_start"]
    'Patients enrolled when the simulation starts; 0 only with `enrollment`.'
    """
    bases = [base for base in model.__mro__ if base.__module__.partition(".")[0] == "ccmsim"]
    return {name: text for base in reversed(bases) for name, text in _documented(base)}


def _documented(model: type) -> Iterator[tuple[str, str]]:
    """Yield the fields that a class itself defines with what stands under them."""
    try:
        source = inspect.getsource(model)
    except OSError:  # an installation without sources
        return
    (defined,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(defined, ast.ClassDef)
    for field, text in pairwise(defined.body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            yield ast.unparse(field.target), inspect.cleandoc(ast.literal_eval(text.value))
