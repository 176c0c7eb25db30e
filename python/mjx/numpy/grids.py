"""Grids and indices written with slices, and the indices of triangles and diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value
from mjx.numpy import operands as ops
from mjx.numpy.creation import array, tril_indices, triu_indices
from mjx.numpy.shape import concatenate
from mjx.support.dtypes import default_int
from mjx.support.errors import explain

__all__ = [
    "c_",
    "diag_indices",
    "diag_indices_from",
    "index_exp",
    "mask_indices",
    "mgrid",
    "ogrid",
    "r_",
    "s_",
    "tril_indices_from",
    "triu_indices_from",
]

s_ = np.s_
index_exp = np.index_exp


class _Grid:
    """`grid[a:b, c:d]`: arrays of indices; an imaginary step is a number of points."""

    def __init__(self, numpys: Any):
        self._numpys = numpys

    def __getitem__(self, key: Any) -> Any:
        found = self._numpys[key]
        if isinstance(found, (list, tuple)):
            return [self._converted(v) for v in found]
        return self._converted(found)

    def _converted(self, found: np.ndarray) -> Value:
        # NumPy's default integers and floats are 64 bits wide, ours may not be.
        return array(found, default_int()) if found.dtype.kind == "i" else array(found)


mgrid = _Grid(np.mgrid)
ogrid = _Grid(np.ogrid)


class _Concatenator:
    """`r_[a, 1:4, 0]`: arrays, numbers and ranges one after the other."""

    def __init__(self, columns: bool):
        self._columns = columns

    def __getitem__(self, key: Any) -> Value:
        items = key if isinstance(key, tuple) else (key,)
        if any(isinstance(item, str) for item in items):
            raise ValueError(explain("r_", "arrays, numbers and slices", repr(key)))
        parts = [self._part(item) for item in items]
        if not self._columns:
            return concatenate(parts, 0)
        parts = [lax.reshape(p, (p.size, 1)) if p.ndim == 1 else p for p in parts]
        return concatenate(parts, -1)

    def _part(self, item: Any) -> Value:
        found = mgrid[item] if isinstance(item, slice) else array(item)
        return lax.reshape(found, (1,)) if not found.ndim else found


r_ = _Concatenator(False)
c_ = _Concatenator(True)


def diag_indices(n: int, ndim: int = 2) -> tuple[Value, ...]:
    """The indices of the main diagonal of an array with `ndim` dimensions of extent `n`."""
    return (lax.iota(default_int(), n),) * ndim


def diag_indices_from(arr: Any) -> tuple[Value, ...]:
    """The indices of the main diagonal of an array, whose extents are equal."""
    arr = ops.value_of(arr, "diag_indices_from")
    if arr.ndim < 2 or len(set(arr.shape)) != 1:
        raise ValueError(
            explain("diag_indices_from", "equal extents in 2 or more dimensions", str(arr.shape))
        )
    return diag_indices(arr.shape[0], arr.ndim)


def _matrix_shape(arr: Any, who: str) -> tuple[int, int]:
    shape = np.shape(arr)
    if len(shape) != 2:
        raise ValueError(explain(who, "a matrix", f"shape {shape}"))
    return shape


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Value, Value]:
    """The indices of the lower triangle of a matrix."""
    rows, columns = _matrix_shape(arr, "tril_indices_from")
    return tril_indices(rows, k, columns)


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Value, Value]:
    """The indices of the upper triangle of a matrix."""
    rows, columns = _matrix_shape(arr, "triu_indices_from")
    return triu_indices(rows, k, columns)


def mask_indices(n: int, mask_func: Any, k: int = 0) -> tuple[Value, ...]:
    """The indices where `mask_func` leaves elements of an n x n matrix of ones."""
    kept = np.asarray(mask_func(array(np.ones((n, n), np.int32)), k))
    return tuple([array(i, default_int()) for i in np.nonzero(kept)])
