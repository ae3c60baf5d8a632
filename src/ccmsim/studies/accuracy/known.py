"""Known answers: published words of the generator, published fees, exact quantiles.

Comes in: what others have published or scipy computes. Goes out: how far the package is from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
from scipy import stats

from ccmsim.billing import fee
from ccmsim.distributions import Beta, Family, Gamma, compile_laws, from_scipy
from ccmsim.sampling import draw
from ccmsim.streams import philox4x32_10

ONES: Final = 0xFFFFFFFF

# Random123's kat_vectors for philox4x32-10: counter (4 words), key (2 words), answer (4 words).
PUBLISHED: Final = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([ONES] * 4, [ONES] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]

# National amounts in the order of COLUMNS; None: not in the source.
NATIONAL: Final[Mapping[str, tuple[str | None, ...]]] = {
    "99490": ("60.49", "47.87", "66.13", "43.76"),
    "99439": ("45.93", "32.99", "50.44", "30.73"),
    "99491": ("82.16", "72.46", "89.18", "65.47"),
    "99437": ("57.58", "47.87", "63.13", "43.76"),
    "99487": ("131.65", "87.01", "144.29", "79.16"),
    "99489": ("70.52", "47.23", "78.16", "43.76"),
    "99424": ("80.87", None, "87.51", None),
    "99425": ("58.87", None, "61.46", None),
    "99426": ("61.78", None, "67.80", None),
    "99427": ("50.46", None, "54.11", None),
    "G0506": ("60.81", None, "66.47", None),
    "G0556": ("15.20", None, "16.37", None),
    "G0557": ("48.84", None, "53.78", None),
    "G0558": ("107.07", None, "117.24", None),
}
COLUMNS: Final = [
    (2025, "nonfacility"),
    (2025, "facility"),
    (2026, "nonfacility"),
    (2026, "facility"),
]

AMOUNTS_2024: Final = {
    "99490": ("61.56", "62.58"),
    "99439": ("47.15", "47.93"),
    "99487": ("131.96", "134.15"),
    "99489": ("71.05", "72.23"),
}

# Indices (work, practice expense, malpractice) and units are written out; the sums are by hand.
BY_HAND: Final = [
    # Manhattan (1.065, 1.166, 1.656):
    # 1.00*1.065 + 0.81*1.166 + 0.06*1.656 = 2.10882; * 32.3465 = 68.2129...
    ("99490", "13202-01", "nonfacility", "68.21"),
    # in a facility: 1.065 + 0.42*1.166 + 0.09936 = 1.65408; * 32.3465 = 53.5036...
    ("99490", "13202-01", "facility", "53.50"),
    # 0.70*1.065 + 0.68*1.166 + 0.04*1.656 = 1.60462; * 32.3465 = 51.9038...
    ("99439", "13202-01", "nonfacility", "51.90"),
    # Alabama (1, 0.869, 0.575): 1.00 + 0.81*0.869 + 0.06*0.575 = 1.73839; * 32.3465 = 56.2308...
    ("99490", "10112-00", "nonfacility", "56.23"),
    # Alaska (1.5, 1.081, 0.592):
    # 1.81*1.5 + 2.13*1.081 + 0.13*0.592 = 5.09449; * 32.3465 = 164.7889...
    ("99487", "02102-01", "nonfacility", "164.79"),
    # Miami (1, 1.027, 2.5): 1.50 + 0.64*1.027 + 0.10*2.5 = 2.40728; * 32.3465 = 77.8670...
    ("99491", "09102-04", "facility", "77.87"),
    # Santa Clara (1.1, 1.435, 0.42):
    # 0.77*1.1 + 0.70*1.435 + 0.04*0.42 = 1.8683; * 32.3465 = 60.4329...
    ("G0557", "01112-09", "nonfacility", "60.43"),
]

# The model's own laws that are drawn through a quantile table, beside scipy's form of the same.
TABLED: Final[Mapping[str, tuple[Family, Any]]] = {
    "gamma, shape 1.148 (need)": (Gamma.from_shape(1.148), stats.gamma(1.148, scale=1.0 / 1.148)),
    "gamma, shape 0.55 (frailty)": (Gamma.from_shape(0.55), stats.gamma(0.55, scale=1.0 / 0.55)),
    "Beta(0.70, 0.75) (answers)": (Beta(a=0.7, b=0.75), stats.beta(0.7, 0.75)),
    "Beta(1.2, 0.9) (scheduled calls)": (Beta(a=1.2, b=0.9), stats.beta(1.2, 0.9)),
    "Weibull, shape 1.5": (
        from_scipy(stats.weibull_min(1.5, scale=10.0)),
        stats.weibull_min(1.5, scale=10.0),
    ),
}
POINTS: Final = 10_000


def wrong_words() -> tuple[int, int]:
    """Return how many published words of the generator there are, and how many differ.

    Examples
    --------
    >>> wrong_words()
    (12, 0)
    """
    found = [
        (int(word), known)
        for counter, key, answer in PUBLISHED
        for word, known in zip(
            philox4x32_10(*map(np.uint64, counter), *map(np.uint64, key)), answer, strict=True
        )
    ]
    return len(found), sum(word != known for word, known in found)


def wrong_fees() -> tuple[int, int]:
    """Return how many fees are compared, and how many differ by a cent or more.

    Examples
    --------
    >>> wrong_fees()[1]
    0
    """
    found: list[tuple[Decimal, str]] = []
    for code, amounts in NATIONAL.items():
        for (year, setting), usd in zip(COLUMNS, amounts, strict=True):
            if usd is not None:
                found.append((fee(code, year, setting=setting), usd))  # type: ignore[arg-type]
    for code, (early, late) in AMOUNTS_2024.items():
        found += [(fee(code, 2024, month=2), early), (fee(code, 2024, month=3), late)]
    for code, locality, setting, usd in BY_HAND:
        found.append((fee(code, 2025, locality, setting), usd))  # type: ignore[arg-type]
    return len(found), sum(str(amount) != usd for amount, usd in found)


def quantile_error(name: str) -> float:
    """Return the largest error of a tabled law's quantiles ÷ (|exact| + standard deviation).

    Examples
    --------
    >>> quantile_error("Beta(1.2, 0.9) (scheduled calls)") < 1e-5
    True
    """
    law, exact = TABLED[name]
    laws = compile_laws({"law": (law, "factor")})
    w = np.concatenate([np.geomspace(2.0**-32, 0.5, POINTS)[:-1], np.arange(1, POINTS) / POINTS])
    drawn = np.array([draw(laws.handle, 0, u) for u in w.tolist()])
    known = exact.ppf(w)
    return float(np.max(np.abs(drawn - known) / (np.abs(known) + math.sqrt(law.variance()))))
