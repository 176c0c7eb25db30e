"""Elements picked by arrays of indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.support.dtypes import is_kind
from mjx.support.errors import explain

__all__ = [
    "choose",
    "compress",
    "extract",
    "fill_diagonal",
    "ix_",
    "place",
    "put",
    "put_along_axis",
    "take",
    "take_along_axis",
    "unravel_index",
]


def _integers(indices: Any, who: str) -> Value:
    indices = ops.value_of(indices, who)
    if not is_kind(indices.dtype, int):
        raise TypeError(explain(who, "integer indices", str(indices.dtype)))
    return indices


def take(
    a: Any,
    indices: Any,
    axis: int | None = None,
    out: None = None,
    mode: str | None = None,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    fill_value: Any = None,
) -> Value:
    """Elements, or slices along an axis, at indices.

    Out of bounds gives `fill_value` (NaN, or the least integer) unless `mode` is 'clip' or 'wrap'.
    """
    a, indices = ops.value_of(a, "take"), _integers(indices, "take")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    axis = ops.axis_of(axis, a.ndim, "take")
    if mode == "wrap":
        n = a.shape[axis]
        indices, mode = lax.rem(lax.rem(indices, n) + n, n), "promise_in_bounds"
    ref = a.at[(slice(None),) * axis + (indices,)]
    return ref.get(mode="fill" if mode is None else mode, fill_value=fill_value)


def take_along_axis(
    arr: Any, indices: Any, axis: int | None = -1, mode: str | None = None, fill_value: Any = None
) -> Value:
    """For each element of `indices` the one at that place along the axis."""
    arr, indices = ops.value_of(arr, "take_along_axis"), _integers(indices, "take_along_axis")
    if axis is None:
        arr, axis = lax.reshape(arr, (arr.size,)), 0
    if indices.ndim != arr.ndim:
        raise ValueError(
            explain("take_along_axis", f"indices of {arr.ndim} dimensions", str(indices.ndim))
        )
    axis = ops.axis_of(axis, arr.ndim, "take_along_axis")
    shape = list(
        np.broadcast_shapes(
            tuple(1 if d == axis else n for d, n in enumerate(arr.shape)),
            tuple(1 if d == axis else n for d, n in enumerate(indices.shape)),
        )
    )
    shape[axis] = indices.shape[axis]
    indices = lax.broadcast_to(indices, tuple(shape))
    index = tuple(
        indices
        if d == axis
        else 0
        if arr.shape[d] == 1
        else np.arange(n).reshape([n if i == d else 1 for i in range(arr.ndim)])
        for d, n in enumerate(shape)
    )
    return arr.at[index].get(mode="fill" if mode is None else mode, fill_value=fill_value)


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Value:
    """For each element the choice of that number; `mode` is 'clip' or 'wrap'."""
    a = _integers(a, "choose")
    choices = [ops.value_of(c, "choose") for c in choices]
    stacked = lax.stack(ops.broadcasted("choose", a, *ops.promoted("choose", *choices))[1:])
    a = lax.broadcast_to(a, stacked.shape[1:])
    mode = "clip" if mode == "raise" else mode
    return take_along_axis(stacked, a[None], 0, mode)[0]


def compress(condition: Any, a: Any, axis: int | None = None, out: None = None) -> Value:
    """Slices along an axis where a concrete condition holds."""
    a = ops.value_of(a, "compress")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    places = np.flatnonzero(np.asarray(condition))
    return a[(slice(None),) * ops.axis_of(axis, a.ndim, "compress") + (places,)]


def extract(condition: Any, arr: Any) -> Value:
    """Elements where a concrete condition holds."""
    arr = ops.value_of(arr, "extract")
    return compress(np.ravel(np.asarray(condition)), lax.reshape(arr, (arr.size,)), 0)


def put(a: Any, ind: Any, v: Any, mode: str | None = None, *, inplace: bool = False) -> Value:
    """A copy of `a` with elements, counted in row-major order, replaced."""
    a, ind = ops.value_of(a, "put"), _integers(ind, "put")
    flat = lax.reshape(a, (a.size,))
    places = lax.reshape(ind, (ind.size,))
    values = lax.reshape(ops.value_of(v, "put"), (np.size(v),))
    if values.size != places.size:
        values = values[np.arange(places.size) % values.size]
    out = flat.at[places].set(values, mode="drop" if mode is None else mode)
    return lax.reshape(out, a.shape)


def ix_(*args: Any) -> tuple[Value, ...]:
    """Vectors shaped so that together they index the grid they span."""
    out = []
    for i, arg in enumerate(args):
        arg = ops.value_of(arg if not isinstance(arg, (list, tuple)) else np.asarray(arg), "ix_")
        if is_kind(arg.dtype, bool):
            arg = ops.value_of(np.flatnonzero(np.asarray(arg)), "ix_")
        out.append(lax.reshape(arg, [arg.size if d == i else 1 for d in range(len(args))]))
    return tuple(out)


def unravel_index(indices: Any, shape: Any) -> tuple[Value, ...]:
    """The index along each dimension of elements counted in row-major order."""
    indices = _integers(indices, "unravel_index")
    out = []
    for n in reversed(tuple(shape) if np.ndim(shape) else (shape,)):
        out.append(lax.rem(indices, n))
        indices = lax.div(indices, n)
    return tuple(reversed(out))


def fill_diagonal(a: Any, val: Any, wrap: bool = False, *, inplace: bool = False) -> Value:
    """A copy of `a` with `val` on the main diagonal. (NumPy's works in place.)"""
    if inplace:
        raise ValueError(
            explain("fill_diagonal", "inplace=False, as arrays do not change", "inplace=True")
        )
    a = ops.value_of(a, "fill_diagonal")
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) != 1):
        raise ValueError(
            explain("fill_diagonal", "a matrix, or an array of equal extents", str(a.shape))
        )
    if wrap and a.ndim == 2:
        rows = np.arange(a.shape[0])
        rows = rows[rows % (a.shape[1] + 1) != a.shape[1]]
        places = (rows, rows % (a.shape[1] + 1))
    else:
        places = (np.arange(min(a.shape)),) * a.ndim
    count = len(places[0])
    val = convert(ops.value_of(val, "fill_diagonal"), a.dtype)
    if val.ndim:
        flat = lax.reshape(val, (val.size,))
        val = flat[np.arange(count) % max(val.size, 1)]
    return a.at[places].set(val)


def put_along_axis(
    arr: Any,
    indices: Any,
    values: Any,
    axis: int | None,
    inplace: bool = False,
    *,
    mode: str | None = None,
) -> Value:
    """A copy of `arr` with values at the indices along an axis. (NumPy's works in place.)"""
    if inplace:
        raise ValueError(
            explain("put_along_axis", "inplace=False, as arrays do not change", "inplace=True")
        )
    arr, indices = ops.value_of(arr, "put_along_axis"), _integers(indices, "put_along_axis")
    if axis is None:
        flat = lax.reshape(arr, (arr.size,))
        return lax.reshape(flat.at[indices].set(values, mode=mode), arr.shape)
    axis = ops.axis_of(axis, arr.ndim, "put_along_axis")
    if indices.ndim != arr.ndim:
        raise ValueError(
            explain("put_along_axis", f"indices of {arr.ndim} dimensions", str(indices.ndim))
        )
    shape = tuple(
        [
            indices.shape[d] if d == axis else max(indices.shape[d], n)
            for d, n in enumerate(arr.shape)
        ]
    )
    indices = lax.broadcast_to(indices, shape)
    places = [lax.broadcasted_iota("int32", shape, d) for d in range(arr.ndim)]
    places[axis] = indices
    return arr.at[tuple(places)].set(values, mode=mode)


def place(arr: Any, mask: Any, vals: Any, *, inplace: bool = False) -> Value:
    """A copy of `arr` whose elements where `mask` holds are those of `vals` in turn."""
    if inplace:
        raise ValueError(explain("place", "inplace=False, as arrays do not change", "inplace=True"))
    arr, vals = ops.value_of(arr, "place"), ops.value_of(vals, "place")
    mask = ops.boolean(mask, "place")
    if mask.size != arr.size or not vals.size:
        raise ValueError(
            explain("place", f"a mask of {arr.size} elements, and values", str(mask.shape))
        )
    held = lax.reshape(mask, (mask.size,))
    rank = lax.cumsum(convert(held, np.dtype("int32"))) - 1
    turn = lax.reshape(convert(vals, arr.dtype), (vals.size,))[rank % vals.size]
    found = lax.select(held, turn, lax.reshape(arr, (arr.size,)))
    return lax.reshape(found, arr.shape)
