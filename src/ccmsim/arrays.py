"""Names for the kinds of arrays that pass between modules."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Records: TypeAlias = NDArray[np.void]
Statuses: TypeAlias = NDArray[np.int8]
"""`rules.BILLABLE` or a reason, one a patient-month."""
