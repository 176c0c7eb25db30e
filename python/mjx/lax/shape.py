"""Elements moved, not changed."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Sequence
from typing import Any

from mjx.core import bind
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Shape,
    Value,
    array_of,
    arrays_of,
    axes_of,
    axis_of,
    emit,
    ints_of,
    shape_of,
)
from mjx.support.errors import explain

__all__ = [
    "broadcast",
    "broadcast_in_dim",
    "broadcast_like",
    "broadcast_shapes",
    "broadcast_to",
    "broadcast_to_rank",
    "collapse",
    "concatenate",
    "expand_dims",
    "index_in_dim",
    "pad",
    "reshape",
    "rev",
    "slice",
    "slice_in_dim",
    "split",
    "squeeze",
    "stack",
    "tile",
    "transpose",
    "unstack",
]


def broadcast_shapes(*shapes: Sequence[int]) -> Shape:
    """The shape that arrays of the given shapes are broadcast to."""
    shapes = tuple([shape_of(s, "broadcast_shapes") for s in shapes])
    rank = builtins.max([len(s) for s in shapes], default=0)
    result = [1] * rank
    for shape in shapes:
        for i, n in enumerate(shape, rank - len(shape)):
            if n != 1 and result[i] not in (1, n):
                got = ", ".join(map(str, shapes))
                raise ValueError(
                    explain(
                        "broadcast_shapes",
                        "extents that are equal or 1, compared from the last dimension on",
                        f"shapes {got}",
                    )
                )
            result[i] = result[i] if n == 1 else n
    return tuple(result)


def broadcast_in_dim(
    operand: Any,
    shape: Sequence[int],
    broadcast_dimensions: Sequence[int],
    *,
    out_sharding: Any = None,
) -> Value:
    """The operand repeated to a shape; its dimension i becomes `broadcast_dimensions[i]`."""
    x = array_of(operand, "broadcast_in_dim")
    shape = shape_of(shape, "broadcast_in_dim")
    dims = ints_of(broadcast_dimensions, "broadcast_in_dim", "broadcast_dimensions")
    _check_broadcast(x.aval.shape, shape, dims)
    if shape == x.aval.shape and dims == tuple(range(len(shape))):
        return x
    return emit("broadcast_in_dim", x, {"dims": dims}, shape)


def _check_broadcast(old: Shape, new: Shape, dims: Shape) -> None:
    increasing = all(a < b for a, b in zip(dims, dims[1:]))
    in_range = all(0 <= d < len(new) for d in dims)
    if len(dims) != len(old) or not increasing or not in_range:
        raise TypeError(
            explain(
                "broadcast_in_dim",
                f"{len(old)} increasing dimensions in [0, {len(new)}), one for each of the operand",
                str(dims),
            )
        )
    if any(n not in (1, new[d]) for n, d in zip(old, dims)):
        raise TypeError(
            explain(
                "broadcast_in_dim",
                f"operand extents of 1 or those of {new} at {dims}",
                str(old),
            )
        )


def broadcast(operand: Any, sizes: Sequence[int], *, out_sharding: Any = None) -> Value:
    """The operand repeated along new leading dimensions."""
    x = array_of(operand, "broadcast")
    sizes = shape_of(sizes, "broadcast")
    rank = len(x.aval.shape)
    dims = range(len(sizes), len(sizes) + rank)
    return broadcast_in_dim(x, (*sizes, *x.aval.shape), tuple(dims))


def broadcast_to_rank(x: Any, rank: int) -> Value:
    """`x` with leading dimensions of extent 1, so that it has `rank` dimensions."""
    x = array_of(x, "broadcast_to_rank")
    missing = rank - len(x.aval.shape)
    if missing < 0:
        raise ValueError(
            explain("broadcast_to_rank", f"at most {rank} dimensions", str(len(x.aval.shape)))
        )
    return x if not missing else reshape(x, (1,) * missing + x.aval.shape)


def broadcast_like(arr: Any, like_arr: Any) -> Value:
    """`arr` repeated to the shape of another array, by NumPy's rules."""
    x, like = array_of(arr, "broadcast_like"), array_of(like_arr, "broadcast_like")
    return broadcast_to(x, like.aval.shape)


def broadcast_to(x: Value, shape: Shape) -> Value:
    """`x` repeated to a shape, its dimensions counted from the last."""
    old = x.aval.shape
    if old == shape:
        return x
    missing = len(shape) - len(old)
    return broadcast_in_dim(x, shape, tuple(range(missing, len(shape))))


def reshape(
    operand: Any,
    new_sizes: Sequence[int],
    dimensions: Sequence[int] | None = None,
    *,
    out_sharding: Any = None,
) -> Value:
    """The elements in row-major order under another shape."""
    x = array_of(operand, "reshape")
    if dimensions is not None and tuple(dimensions) != tuple(range(len(x.aval.shape))):
        x = transpose(x, dimensions)
    shape = shape_of(new_sizes, "reshape")
    if shape == x.aval.shape:
        return x
    if math.prod(shape) != x.aval.size:
        raise TypeError(
            explain(
                "reshape",
                f"a shape of {x.aval.size} elements, as {x.aval.shape} has",
                f"{shape}, which has {math.prod(shape)}",
            )
        )
    return emit("reshape", x, None, shape)


def squeeze(array: Any, dimensions: Sequence[int]) -> Value:
    """The array without some dimensions of extent 1."""
    x = array_of(array, "squeeze")
    dims = axes_of(dimensions, len(x.aval.shape), "squeeze")
    for d in dims:
        if x.aval.shape[d] != 1:
            raise ValueError(
                explain("squeeze", f"extent 1 along dimension {d}", f"shape {x.aval.shape}")
            )
    return reshape(x, [n for d, n in enumerate(x.aval.shape) if d not in dims])


def expand_dims(array: Any, dimensions: Sequence[int]) -> Value:
    """The array with dimensions of extent 1 inserted, at places counted in the result."""
    x = array_of(array, "expand_dims")
    given = ints_of(
        (dimensions,) if isinstance(dimensions, int) else dimensions, "expand_dims", "dimensions"
    )
    rank = len(x.aval.shape) + len(given)
    dims = axes_of(given, rank, "expand_dims")
    rest = iter(x.aval.shape)
    return reshape(x, [1 if d in dims else next(rest) for d in range(rank)])


def collapse(operand: Any, start_dimension: int, stop_dimension: int | None = None) -> Value:
    """The array with the dimensions from `start_dimension` up to `stop_dimension` made one."""
    x = array_of(operand, "collapse")
    start, stop, _ = builtins.slice(start_dimension, stop_dimension).indices(len(x.aval.shape))
    if start >= stop:
        raise ValueError(
            explain(
                "collapse",
                f"a start dimension before the stop dimension, of {len(x.aval.shape)}",
                f"{start_dimension} and {stop_dimension}",
            )
        )
    shape = x.aval.shape
    return reshape(x, (*shape[:start], math.prod(shape[start:stop]), *shape[stop:]))


def transpose(operand: Any, permutation: Sequence[int]) -> Value:
    """The array with its dimensions reordered: dimension i of the result is `permutation[i]`."""
    x = array_of(operand, "transpose")
    order = ints_of(permutation, "transpose", "permutation")
    rank = len(x.aval.shape)
    if sorted(order) != list(range(rank)):
        raise TypeError(
            explain("transpose", f"a permutation of the dimensions 0 to {rank - 1}", str(order))
        )
    if order == tuple(range(rank)):
        return x
    return bind("transpose", (x,), {"permutation": order}, None, x.aval.weak_type)[0]


def rev(operand: Any, dimensions: Sequence[int]) -> Value:
    """The elements in reverse order along dimensions."""
    x = array_of(operand, "rev")
    dims = axes_of(dimensions, len(x.aval.shape), "rev")
    if not dims:
        return x
    return bind("reverse", (x,), {"dims": tuple(sorted(dims))}, None, x.aval.weak_type)[0]


def concatenate(operands: Sequence[Any], dimension: int) -> Value:
    """The arrays joined along a dimension."""
    if not len(operands):
        raise ValueError(explain("concatenate", "at least one array", "none"))
    xs = arrays_of("concatenate", *operands)
    shape = xs[0].aval.shape
    dim = axis_of(dimension, len(shape), "concatenate")
    for x in xs[1:]:
        other = x.aval.shape
        if len(other) != len(shape) or shape[:dim] + shape[dim + 1 :] != (
            other[:dim] + other[dim + 1 :]
        ):
            raise TypeError(
                explain(
                    "concatenate",
                    f"shapes that differ along dimension {dim} only",
                    ", ".join(str(v.aval.shape) for v in xs),
                )
            )
    if len(xs) == 1:
        return xs[0]
    weak = all(x.aval.weak_type for x in xs)
    return bind("concatenate", tuple(xs), {"dim": dim}, None, weak)[0]


def stack(operands: Sequence[Any], axis: int = 0) -> Value:
    """The arrays, of equal shapes, along a new dimension."""
    if not len(operands):
        raise ValueError(explain("stack", "at least one array", "none"))
    xs = arrays_of("stack", *operands)
    if len({x.aval.shape for x in xs}) > 1:
        got = ", ".join(str(x.aval.shape) for x in xs)
        raise ValueError(explain("stack", "arrays of one shape", got))
    return _stack(*xs, axis=axis_of(axis, len(xs[0].aval.shape) + 1, "stack"))


@fused
def _stack(*xs: Value, axis: int) -> Value:
    return concatenate([expand_dims(x, (axis,)) for x in xs], axis)


def unstack(x: Any, axis: int = 0) -> tuple[Value, ...]:
    """The slices of an array along a dimension, which disappears."""
    x = array_of(x, "unstack")
    axis = axis_of(axis, len(x.aval.shape), "unstack")
    return tuple(_unstack(x, axis=axis)) if x.aval.shape[axis] else ()


@fused
def _unstack(x: Value, *, axis: int) -> list[Value]:
    return [index_in_dim(x, i, axis, keepdims=False) for i in range(x.aval.shape[axis])]


def split(operand: Any, sizes: Sequence[int], axis: int = 0) -> list[Value]:
    """The array cut along a dimension into parts of the given sizes."""
    x = array_of(operand, "split")
    axis = axis_of(axis, len(x.aval.shape), "split")
    sizes = ints_of(sizes, "split", "sizes")
    if sum(sizes) != x.aval.shape[axis] or any(n < 0 for n in sizes):
        raise ValueError(explain("split", f"sizes that add up to {x.aval.shape[axis]}", str(sizes)))
    return _split(x, sizes=sizes, axis=axis) if sizes else []


@fused
def _split(x: Value, *, sizes: Shape, axis: int) -> list[Value]:
    parts, start = [], 0
    for n in sizes:
        parts.append(slice_in_dim(x, start, start + n, axis=axis))
        start += n
    return parts


def tile(operand: Any, reps: Sequence[int]) -> Value:
    """The array repeated as a whole, along each dimension as often as `reps` says."""
    x = array_of(operand, "tile")
    reps = ints_of(reps, "tile", "reps")
    if len(reps) != len(x.aval.shape):
        raise TypeError(
            explain("tile", f"{len(x.aval.shape)} repetitions, one a dimension", str(reps))
        )
    return _tile(x, reps=reps)


@fused
def _tile(x: Value, *, reps: Shape) -> Value:
    shape = x.aval.shape
    spread = [n for pair in zip(reps, shape) for n in pair]
    x = broadcast_in_dim(x, spread, tuple(range(1, len(spread), 2)))
    return reshape(x, [r * n for r, n in zip(reps, shape)])


def pad(operand: Any, padding_value: Any, padding_config: Sequence[tuple[int, int, int]]) -> Value:
    """The array with a scalar around and between its elements.

    `padding_config` gives for each dimension how many go before, after, and between neighbours;
    negative numbers take elements away.
    """
    x, value = arrays_of("pad", operand, padding_value)
    if value.aval.shape:
        raise TypeError(
            explain("pad", "a padding value without dimensions", f"shape {value.aval.shape}")
        )
    config = [ints_of(c, "pad", "a padding configuration") for c in padding_config]
    if len(config) != len(x.aval.shape) or any(len(c) != 3 for c in config):
        raise ValueError(
            explain(
                "pad",
                f"{len(x.aval.shape)} triples (low, high, interior), one a dimension",
                str(padding_config),
            )
        )
    if any(c[2] < 0 for c in config):
        raise ValueError(explain("pad", "interior padding of 0 or more", str(padding_config)))
    for n, (low, high, interior) in zip(x.aval.shape, config):
        extent = low + high + n + interior * (n - 1 if n else 0)
        if extent < 0:
            raise ValueError(
                explain("pad", "extents of 0 or more in the result", str(padding_config))
            )
    if not any(map(any, config)):
        return x
    low, high, interior = ([c[i] for c in config] for i in range(3))
    attributes = {"low": tuple(low), "high": tuple(high), "interior": tuple(interior)}
    return bind("pad", (x, value), attributes, None, x.aval.weak_type and value.aval.weak_type)[0]


def slice(
    operand: Any,
    start_indices: Sequence[int],
    limit_indices: Sequence[int],
    strides: Sequence[int] | None = None,
) -> Value:
    """The elements from the start indices, by strides, below the limit indices."""
    x = array_of(operand, "slice")
    shape = x.aval.shape
    start = ints_of(start_indices, "slice", "start_indices")
    limit = ints_of(limit_indices, "slice", "limit_indices")
    strides = ints_of(strides or (1,) * len(shape), "slice", "strides")
    if not len(start) == len(limit) == len(strides) == len(shape):
        raise TypeError(
            explain(
                "slice",
                f"{len(shape)} start indices, limits and strides",
                f"{start}, {limit}, {strides}",
            )
        )
    for n, a, b, s in zip(shape, start, limit, strides):
        if not (0 <= a <= b <= n and s > 0):
            raise TypeError(
                explain(
                    "slice",
                    f"0 <= start <= limit <= extent of {shape}, and positive strides",
                    f"start {start}, limit {limit}, strides {strides}",
                )
            )
    if limit == shape and not any(start) and all(s == 1 for s in strides):
        return x
    attributes = {"start": start, "limit": limit, "strides": strides}
    return bind("slice", (x,), attributes, None, x.aval.weak_type)[0]


def slice_in_dim(
    operand: Any,
    start_index: int | None,
    limit_index: int | None,
    stride: int = 1,
    axis: int = 0,
) -> Value:
    """As `slice`, along one dimension; negative indices count from the end."""
    x = array_of(operand, "slice_in_dim")
    shape = x.aval.shape
    axis = axis_of(axis, len(shape), "slice_in_dim")
    n = shape[axis]
    start = 0 if start_index is None else operator.index(start_index)
    limit = n if limit_index is None else operator.index(limit_index)
    start, limit = (i + n if i < 0 else i for i in (start, limit))
    starts, limits, strides = [0] * len(shape), list(shape), [1] * len(shape)
    starts[axis], limits[axis], strides[axis] = start, limit, operator.index(stride)
    return slice(x, starts, limits, strides)


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Value:
    """The slice at one index of a dimension."""
    x = array_of(operand, "index_in_dim")
    axis = axis_of(axis, len(x.aval.shape), "index_in_dim")
    n, i = x.aval.shape[axis], operator.index(index)
    if not -n <= i < n:
        raise IndexError(explain("index_in_dim", f"an index in [{-n}, {n})", str(i)))
    return _index_in_dim(x, index=i % n, axis=axis, keepdims=bool(keepdims))


@fused
def _index_in_dim(x: Value, *, index: int, axis: int, keepdims: bool) -> Value:
    part = slice_in_dim(x, index, index + 1, axis=axis)
    return part if keepdims else squeeze(part, (axis,))
