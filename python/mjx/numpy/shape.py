"""Arrays of the same elements in another arrangement."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Array, ShapeDtypeStruct, Tracer
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy import padding
from mjx.support.errors import explain

__all__ = [
    "append", "array_split", "astype", "atleast_1d", "atleast_2d", "atleast_3d", "block",
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "column_stack", "concat", "concatenate",
    "delete", "dsplit", "dstack", "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack",
    "insert", "matrix_transpose", "moveaxis", "ndim", "pad", "permute_dims", "ravel", "repeat",
    "reshape", "resize", "roll", "rollaxis", "rot90", "row_stack", "shape", "size", "split",
    "squeeze", "stack", "swapaxes", "tile", "transpose", "unstack", "vsplit", "vstack",
]  # fmt: skip


def _is_shaped(a: Any) -> bool:
    return isinstance(a, (Array, Tracer, np.ndarray, np.generic, ShapeDtypeStruct))


def shape(a: Any) -> tuple[int, ...]:
    """Extent of each dimension."""
    return tuple(a.shape) if _is_shaped(a) else np.shape(a)


def ndim(a: Any) -> int:
    """Number of dimensions."""
    return len(shape(a))


def size(a: Any, axis: int | None = None) -> int:
    """Number of elements, or the extent along an axis."""
    return math.prod(shape(a)) if axis is None else shape(a)[axis]


def astype(x: Any, dtype: Any, /, *, copy: bool = False, device: Any = None) -> Value:
    """`x` in another dtype."""
    return ops.to_dtype(ops.value_of(x, "astype"), float if dtype is None else dtype, "astype")


# Shape and order of dimensions.


def reshape(
    a: Any,
    shape: Any = None,
    order: str = "C",
    *,
    newshape: Any = None,
    copy: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The same elements under another shape, in which one extent may be -1."""
    a = ops.value_of(a, "reshape")
    shape = newshape if shape is None else shape
    new = _completed(a.shape, shape)
    if order == "F":
        swapped = lax.reshape(transpose(a), new[::-1])
        return transpose(swapped)
    if order not in ("C", "A", "K"):
        raise ValueError(explain("reshape", "order 'C' or 'F'", repr(order)))
    return lax.reshape(a, new)


def _completed(old: tuple[int, ...], shape: Any) -> tuple[int, ...]:
    given = shape if isinstance(shape, (tuple, list)) else (shape,)
    new = [operator.index(n) for n in given]
    total = math.prod(old)
    if new.count(-1) == 1:
        rest = math.prod(n for n in new if n != -1)
        if rest and total % rest == 0:
            new[new.index(-1)] = total // rest
    if min(new, default=0) < 0 or math.prod(new) != total:
        raise TypeError(
            explain("reshape", f"a shape of {total} elements, as {old} has", str(tuple(given)))
        )
    return tuple(new)


def ravel(a: Any, order: str = "C") -> Value:
    """All elements in one dimension."""
    return reshape(a, (-1,), order) if size(a) else lax.reshape(ops.value_of(a, "ravel"), (0,))


def transpose(a: Any, axes: Sequence[int] | None = None) -> Value:
    """Dimensions in another order, reversed unless given."""
    a = ops.value_of(a, "transpose")
    if axes is None:
        return lax.transpose(a, tuple(range(a.ndim))[::-1])
    return lax.transpose(a, [ops.axis_of(d, a.ndim, "transpose") for d in axes])


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Value:
    """The last two dimensions exchanged."""
    x = ops.value_of(x, "matrix_transpose")
    if x.ndim < 2:
        raise ValueError(explain("matrix_transpose", "at least 2 dimensions", str(x.ndim)))
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Value:
    """Two dimensions exchanged."""
    a = ops.value_of(a, "swapaxes")
    order = list(range(a.ndim))
    i, j = (ops.axis_of(d, a.ndim, "swapaxes") for d in (axis1, axis2))
    order[i], order[j] = order[j], order[i]
    return lax.transpose(a, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Value:
    """Dimensions moved to other places, the rest staying in order."""
    a = ops.value_of(a, "moveaxis")
    sources = [ops.axis_of(d, a.ndim, "moveaxis") for d in np.atleast_1d(source)]
    targets = [ops.axis_of(d, a.ndim, "moveaxis") for d in np.atleast_1d(destination)]
    if len(sources) != len(targets):
        raise ValueError(explain("moveaxis", "as many destinations as sources", str(targets)))
    order = [d for d in range(a.ndim) if d not in sources]
    for target, source_dim in sorted(zip(targets, sources)):
        order.insert(target, source_dim)
    return lax.transpose(a, order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Value:
    """A dimension moved in front of another."""
    n = ndim(a)
    axis = ops.axis_of(axis, n, "rollaxis")
    start = start + n if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def expand_dims(a: Any, axis: Any) -> Value:
    """New dimensions of extent 1 at the given places of the result."""
    return lax.expand_dims(a, (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis))


def squeeze(a: Any, axis: Any = None) -> Value:
    """Without dimensions of extent 1: all of them, or those given."""
    a = ops.value_of(a, "squeeze")
    if axis is None:
        axis = tuple(d for d, n in enumerate(a.shape) if n == 1)
    return lax.squeeze(a, (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis))


def _at_least(rank: int, arys: tuple[Any, ...], widen: Any) -> Any:
    out = [widen(ops.value_of(a, f"atleast_{rank}d")) for a in arys]
    return out[0] if len(out) == 1 else out


def atleast_1d(*arys: Any) -> Any:
    """Scalars as vectors of one element."""
    return _at_least(1, arys, lambda a: lax.reshape(a, (1,)) if a.ndim == 0 else a)


def atleast_2d(*arys: Any) -> Any:
    """Scalars and vectors as matrices of one row."""
    return _at_least(2, arys, lambda a: a if a.ndim >= 2 else lax.reshape(a, (1, a.size)))


def atleast_3d(*arys: Any) -> Any:
    """Up to two dimensions as three, the new ones around and behind."""

    def widen(a: Value) -> Value:
        if a.ndim <= 1:
            return lax.reshape(a, (1, a.size, 1))
        return lax.reshape(a, (*a.shape, 1)) if a.ndim == 2 else a

    return _at_least(3, arys, widen)


# Repeated.


def broadcast_to(array: Any, shape: Any, *, out_sharding: Any = None) -> Value:
    """The array repeated to a shape."""
    x = ops.value_of(array, "broadcast_to")
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (operator.index(shape),)
    fits = len(x.shape) <= len(shape) and all(
        n in (1, m) for n, m in zip(reversed(x.shape), reversed(shape))
    )
    if not fits:
        raise ValueError(
            explain("broadcast_to", f"a shape that {x.shape} can be repeated to", str(shape))
        )
    return lax.broadcast_to(x, shape)


def broadcast_arrays(*args: Any) -> list[Value]:
    """Arrays repeated to their common shape."""
    return ops.broadcasted("broadcast_arrays", *args) if args else []


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that arrays of the given shapes are repeated to."""
    return lax.broadcast_shapes(*[(s,) if isinstance(s, int) else s for s in shapes])


def tile(A: Any, reps: Any) -> Value:
    """`A` laid out side by side, `reps` times along each dimension."""
    a = ops.value_of(A, "tile")
    reps = tuple(reps) if isinstance(reps, (tuple, list)) else (operator.index(reps),)
    reps = (1,) * (a.ndim - len(reps)) + tuple(operator.index(n) for n in reps)
    return lax.tile(lax.reshape(a, (1,) * (len(reps) - a.ndim) + a.shape), reps)


def repeat(
    a: Any,
    repeats: Any,
    axis: int | None = None,
    *,
    total_repeat_length: int | None = None,
    out_sharding: Any = None,
) -> Value:
    """Each element `repeats` times in a row; of all elements unless an axis is given."""
    a = ops.value_of(a, "repeat")
    if axis is None:
        a, axis = ravel(a), 0
    axis = ops.axis_of(axis, a.ndim, "repeat")
    if isinstance(repeats, Tracer):
        return _repeat_traced(a, repeats, axis, total_repeat_length)
    counts = np.asarray(repeats)
    if counts.ndim == 0 or counts.size == 1:
        counts = np.full(a.shape[axis], int(counts.reshape(())))
    index = np.repeat(np.arange(a.shape[axis]), counts)
    if total_repeat_length is not None:
        index = (
            np.resize(np.append(index, index[-1:]), total_repeat_length)
            if len(index) > total_repeat_length
            else np.pad(index, (0, total_repeat_length - len(index)), "edge")
        )
    if (counts == counts[:1]).all() and counts.size and total_repeat_length is None:
        return _repeat_evenly(a, int(counts[0]), axis)
    return a[(slice(None),) * axis + (index,)]


def _repeat_evenly(a: Value, count: int, axis: int) -> Value:
    shape = a.shape
    wide = lax.broadcast_in_dim(
        a,
        (*shape[: axis + 1], count, *shape[axis + 1 :]),
        [d + (d > axis) for d in range(a.ndim)],
    )
    return lax.reshape(wide, (*shape[:axis], shape[axis] * count, *shape[axis + 1 :]))


def _repeat_traced(a: Value, repeats: Value, axis: int, total: int | None) -> Value:
    if total is None:
        raise TypeError(
            explain(
                "repeat",
                "total_repeat_length, since repeats is not known while tracing",
                "none",
                "pass total_repeat_length=n, or concrete repeats",
            )
        )
    ends = lax.cumsum(lax.broadcast_to(repeats, (a.shape[axis],)))
    place = lax.iota("int32", total)
    before = lax.le(
        lax.broadcast_in_dim(ends, (total, a.shape[axis]), (1,)),
        lax.broadcast_in_dim(convert(place, ends.dtype), (total, a.shape[axis]), (0,)),
    )
    index = lax.reduce_sum(convert(before, np.dtype("int32")), (1,))
    return a[(slice(None),) * axis + (index,)]


def resize(a: Any, new_shape: Any) -> Value:
    """An array of another size, filled with repetitions of the elements."""
    shape = tuple(new_shape) if isinstance(new_shape, (tuple, list)) else (new_shape,)
    flat, total = ravel(a), math.prod(shape)
    if not flat.size:
        return lax.full(shape, 0, flat.dtype)
    return lax.reshape(tile(flat, -(-total // flat.size))[:total], shape)


# Joined and split.


def _parts(arrays: Any, who: str) -> list[Value]:
    if isinstance(arrays, (Array, Tracer, np.ndarray)):
        arrays = list(arrays)
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(explain(who, "a sequence of arrays", repr(type(arrays).__name__)))
    if not arrays:
        raise ValueError(explain(who, "at least one array", "none"))
    return [
        ops.value_of(a if not isinstance(a, (list, tuple)) else np.asarray(a), who) for a in arrays
    ]


def concatenate(arrays: Any, axis: int | None = 0, dtype: Any = None) -> Value:
    """Arrays joined along an axis, or as one vector if that is None."""
    parts = _parts(arrays, "concatenate")
    if axis is None:
        parts, axis = [ravel(p) for p in parts], 0
    if any(p.ndim == 0 for p in parts):
        raise ValueError(explain("concatenate", "arrays of at least 1 dimension", "a scalar"))
    parts = ops.promoted("concatenate", *parts)
    joined = lax.concatenate(parts, ops.axis_of(axis, parts[0].ndim, "concatenate"))
    return ops.to_dtype(joined, dtype, "concatenate")


concat = concatenate


def stack(arrays: Any, axis: int = 0, out: None = None, dtype: Any = None) -> Value:
    """Arrays of one shape joined along a new axis."""
    parts = _parts(arrays, "stack")
    if len({p.shape for p in parts}) > 1:
        got = ", ".join(str(p.shape) for p in parts)
        raise ValueError(explain("stack", "arrays of one shape", got))
    parts = ops.promoted("stack", *parts)
    joined = lax.stack(parts, ops.axis_of(axis, parts[0].ndim + 1, "stack"))
    return ops.to_dtype(joined, dtype, "stack")


def vstack(tup: Any, dtype: Any = None) -> Value:
    """Arrays joined as rows."""
    return concatenate([atleast_2d(a) for a in _parts(tup, "vstack")], 0, dtype)


row_stack = vstack


def hstack(tup: Any, dtype: Any = None) -> Value:
    """Arrays joined along the second axis, vectors along the first."""
    parts = [atleast_1d(a) for a in _parts(tup, "hstack")]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1, dtype)


def dstack(tup: Any, dtype: Any = None) -> Value:
    """Arrays joined along the third axis."""
    return concatenate([atleast_3d(a) for a in _parts(tup, "dstack")], 2, dtype)


def column_stack(tup: Any) -> Value:
    """Vectors as columns, and matrices, joined along the second axis."""
    parts = [a if a.ndim >= 2 else lax.reshape(a, (a.size, 1)) for a in _parts(tup, "column_stack")]
    return concatenate(parts, 1)


def block(arrays: Any) -> Value:
    """An array out of nested lists of blocks."""

    def depth(x: Any) -> int:
        return 1 + max(map(depth, x)) if isinstance(x, list) else 0

    def join(x: Any, level: int) -> Value:
        if not isinstance(x, list):
            return x if isinstance(x, (Array, Tracer)) else ops.value_of(x, "block")
        parts = [join(v, level - 1) for v in x]
        rank = max(level, *[p.ndim for p in parts])
        parts = [lax.reshape(p, (1,) * (rank - p.ndim) + p.shape) for p in parts]
        return concatenate(parts, -level)

    return join(arrays, depth(arrays))


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Value]:
    """Parts of nearly equal extent, or between given places."""
    ary = ops.value_of(ary, "array_split")
    axis = ops.axis_of(axis, ary.ndim, "array_split")
    n = ary.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        count = operator.index(indices_or_sections)
        sizes = [n // count + (i < n % count) for i in range(count)]
        places = np.cumsum([0, *sizes]).tolist()
    else:
        places = [0, *np.asarray(indices_or_sections).tolist(), n]
    index = (slice(None),) * axis
    return [ary[index + (slice(a, b),)] for a, b in zip(places, places[1:])]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Value]:
    """Parts of equal extent, or between given places."""
    n = shape(ary)[axis]
    if np.ndim(indices_or_sections) == 0 and n % operator.index(indices_or_sections):
        raise ValueError(
            explain("split", f"a number of sections that divides {n}", str(indices_or_sections))
        )
    return array_split(ary, indices_or_sections, axis)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    """Split along the first axis."""
    return split(ary, indices_or_sections, 0)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    """Split along the second axis, vectors along the first."""
    return split(ary, indices_or_sections, 0 if ndim(ary) == 1 else 1)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Value]:
    """Split along the third axis."""
    return split(ary, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Value, ...]:
    """The slices along an axis."""
    return tuple(lax.unstack(ops.value_of(x, "unstack"), axis))


def append(arr: Any, values: Any, axis: int | None = None) -> Value:
    """Two arrays joined, as vectors unless an axis is given."""
    return concatenate([arr, values], axis)


def delete(
    arr: Any, obj: Any, axis: int | None = None, *, assume_unique_indices: bool = False
) -> Value:
    """Without the slices at the given, concrete places."""
    arr = ops.value_of(arr, "delete")
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = ops.axis_of(axis, arr.ndim, "delete")
    keep = np.delete(
        np.arange(arr.shape[axis]), np.asarray(obj) if not isinstance(obj, slice) else obj
    )
    return arr[(slice(None),) * axis + (keep,)]


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Value:
    """With slices inserted in front of the given, concrete places."""
    arr = ops.value_of(arr, "insert")
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = ops.axis_of(axis, arr.ndim, "insert")
    n = arr.shape[axis]
    order = np.insert(np.arange(n), obj, -1)
    new = np.flatnonzero(order < 0)
    scalar = np.ndim(obj) == 0 and not isinstance(obj, slice)
    values = convert(ops.value_of(values, "insert"), arr.dtype)
    if scalar and values.ndim:
        values = moveaxis(
            lax.reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape), 0, axis
        )
        new = np.flatnonzero(np.insert(np.arange(n), [obj] * values.shape[axis], -1) < 0)
        order = np.insert(np.arange(n), [obj] * values.shape[axis], -1)
    index = (slice(None),) * axis
    out = arr[index + (np.maximum(order, 0),)]
    return out.at[index + (new,)].set(values)


# Reversed and rolled.


def flip(m: Any, axis: Any = None) -> Value:
    """Reversed along axes, all unless given."""
    m = ops.value_of(m, "flip")
    return lax.rev(m, ops.axes_or_all(axis, m.ndim, "flip"))


def fliplr(m: Any) -> Value:
    """Reversed along the second axis."""
    return flip(m, 1)


def flipud(m: Any) -> Value:
    """Reversed along the first axis."""
    return flip(m, 0)


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Value:
    """Turned by `k` quarters in the plane of two axes, from the first to the second."""
    m = ops.value_of(m, "rot90")
    first, second = (ops.axis_of(d, m.ndim, "rot90") for d in axes)
    k %= 4
    if k == 0:
        return m
    if k == 2:
        return flip(m, (first, second))
    return (
        swapaxes(flip(m, second), first, second)
        if k == 1
        else flip(swapaxes(m, first, second), second)
    )


def roll(a: Any, shift: Any, axis: Any = None) -> Value:
    """Elements moved along axes, those falling off coming in at the other end."""
    a = ops.value_of(a, "roll")
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), a.shape)
    axes = [ops.axis_of(d, a.ndim, "roll") for d in np.atleast_1d(axis)]
    shifts = list(shift) if isinstance(shift, (tuple, list)) else [shift] * len(axes)
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    axes = axes * len(shifts) if len(axes) == 1 else axes
    for amount, d in zip(shifts, axes):
        a = _rolled(a, amount, d)
    return a


def _rolled(a: Value, shift: Any, axis: int) -> Value:
    n = a.shape[axis]
    if n == 0:
        return a
    index = (slice(None),) * axis
    if isinstance(shift, Tracer):
        place = lax.rem(lax.iota("int32", n) - lax.rem(convert(shift, np.dtype("int32")), n) + n, n)
        return a[index + (place,)]
    start = -int(shift) % n
    if start == 0:
        return a
    return lax.concatenate([a[index + (slice(start, None),)], a[index + (slice(0, start),)]], axis)


# Padded.


def pad(array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Value:
    """Elements put around an array.

    Modes: 'constant' (constant_values), 'edge', 'reflect', 'symmetric', 'wrap', 'empty',
    'linear_ramp' (end_values), and 'maximum', 'minimum', 'mean', 'median' (stat_length).
    """
    a = ops.value_of(array, "pad")
    widths = _pad_widths(pad_width, a.ndim)
    if mode not in _PAD_OPTIONS:
        raise ValueError(explain("pad", f"a mode of {', '.join(_PAD_OPTIONS)}", repr(mode)))
    unknown = {k: v for k, v in kwargs.items() if k != _PAD_OPTIONS[mode]}
    if unknown and unknown != {"reflect_type": "even"}:
        raise ValueError(
            explain("pad", f"options that mode {mode!r} has", ", ".join(map(str, unknown.items())))
        )
    if mode in ("constant", "empty"):
        return _pad_constant(a, widths, kwargs.get("constant_values", 0))
    if mode == "linear_ramp":
        return padding.with_ramps(a, widths, **kwargs)
    if mode in padding.STATISTICS:
        return padding.with_statistics(a, widths, mode, **kwargs)
    for d, (low, high) in enumerate(widths):
        if low or high:
            place = np.pad(np.arange(a.shape[d]), (low, high), mode)
            a = a[(slice(None),) * d + (place,)]
    return a


_PAD_OPTIONS = {
    "constant": "constant_values",
    "edge": None,
    "empty": None,
    "linear_ramp": "end_values",
    "maximum": "stat_length",
    "mean": "stat_length",
    "median": "stat_length",
    "minimum": "stat_length",
    "reflect": None,
    "symmetric": None,
    "wrap": None,
}


def _pad_widths(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(d, pad_width.get(d - rank, 0)) for d in range(rank)]
        pad_width = [(w, w) if np.ndim(w) == 0 else w for w in pad_width]
    found = (
        np.broadcast_to(np.asarray(pad_width, dtype=int), (rank, 2))
        if rank
        else np.zeros((0, 2), int)
    )
    return [(int(low), int(high)) for low, high in found]


def _pad_constant(a: Value, widths: list[tuple[int, int]], values: Any) -> Value:
    if np.ndim(values) == 0:
        fill = convert(ops.value_of(values, "pad"), a.dtype)
        return lax.pad(a, fill, [(low, high, 0) for low, high in widths])
    each = np.broadcast_to(np.asarray(values), (a.ndim, 2))
    for d, (low, high) in enumerate(widths):
        a = lax.pad(
            a, convert(each[d, 0].item(), a.dtype), [(low * (i == d), 0, 0) for i in range(a.ndim)]
        )
        a = lax.pad(
            a, convert(each[d, 1].item(), a.dtype), [(0, high * (i == d), 0) for i in range(a.ndim)]
        )
    return a
