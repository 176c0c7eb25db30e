"""Names for annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from mjx.core import Array

__all__ = ["ArrayLike", "DTypeLike", "DuckTypedArray", "Shape"]

ArrayLike = Array | np.ndarray | np.bool_ | np.number | bool | int | float | complex
DTypeLike = str | type[Any] | np.dtype
Shape = Sequence[int]


class DuckTypedArray(Protocol):
    """Anything with a shape and a dtype."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Extent of each dimension."""

    @property
    def dtype(self) -> np.dtype:
        """Type of the elements."""
