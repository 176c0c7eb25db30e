"""Arrays out of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.core import ShapedArray, bind
from mjx.lax.operands import Value, array_of, axis_of, canonical, convert, shape_of, splat
from mjx.support.dtypes import DTYPES, as_dtype, canonicalize_dtype, dtype_of, request_dtype
from mjx.support.errors import explain

__all__ = ["broadcasted_iota", "dtype", "empty", "full", "full_like", "iota"]


def full(
    shape: Sequence[int], fill_value: Any, dtype: Any = None, *, sharding: Any = None
) -> Value:
    """An array of a shape, filled with a scalar."""
    shape = shape_of(shape, "full")
    weak = False
    if dtype is None:
        fill_value = array_of(fill_value, "full")
        found, weak = fill_value.aval.dtype, fill_value.aval.weak_type
    else:
        found = request_dtype(dtype, "full")
    if np.shape(fill_value) != ():
        raise TypeError(
            explain(
                "full",
                "a fill value without dimensions",
                f"one of shape {np.shape(fill_value)}",
                "use mjx.numpy.broadcast_to",
            )
        )
    return splat(_filling(fill_value, found, weak), shape)


def _filling(fill_value: Any, dtype: np.dtype, weak: bool) -> Value:
    """The fill value in the dtype asked for, as a conversion would have it."""
    if type(fill_value) in (int, float, bool) and dtype.kind in "iu" and dtype.name != "bool":
        return convert(array_of(fill_value, "full"), dtype, weak)
    return convert(fill_value, dtype, weak)


def full_like(
    x: Any, fill_value: Any, dtype: Any = None, shape: Any = None, sharding: Any = None
) -> Value:
    """An array like `x`, filled with a scalar."""
    weak = dtype is None and bool(getattr(x, "weak_type", False))
    like = getattr(x, "aval", None)
    if not isinstance(like, ShapedArray):
        like = x if hasattr(x, "shape") and hasattr(x, "dtype") else array_of(x, "full_like").aval
    shape = tuple(like.shape) if shape is None else shape_of(shape, "full_like")
    found = canonical(like.dtype if dtype is None else dtype, "full_like")
    return splat(_filling(fill_value, found, weak), shape)


def empty(shape: Sequence[int], dtype: Any, *, out_sharding: Any = None) -> Value:
    """An array of a shape whose elements are of no interest: zeros."""
    return full(shape, 0, dtype)


def iota(dtype: Any, size: int) -> Value:
    """0, 1, ... up to `size`, which is left out."""
    return broadcasted_iota(dtype, (size,), 0)


def broadcasted_iota(
    dtype: Any, shape: Sequence[int], dimension: int, *, out_sharding: Any = None
) -> Value:
    """An array whose elements are their index along one dimension."""
    found = canonical(dtype, "iota")
    shape = shape_of(shape, "iota")
    dim = axis_of(dimension, len(shape), "iota")
    if found == DTYPES["bool"]:
        raise TypeError(explain("iota", "a dtype of numbers", "bool"))
    return bind("iota", (), {"dim": dim}, ((found.name, shape),))[0]


def dtype(x: Any) -> Any:
    """The dtype of an array or a number; a dtype is its own."""
    if isinstance(x, (str, type, np.dtype)):
        return canonicalize_dtype(as_dtype(x, "dtype"))
    return dtype_of(x, "dtype")[0]
