"""Reductions over sliding windows: pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core import Array, bind
from mjx.lax.convolution import dilated, pads_of
from mjx.lax.eager import fused
from mjx.lax.operands import Shape, Value, array_of, convert, ints_of, splat
from mjx.lax.pointwise import ge, gt, le, lt
from mjx.lax.reduction import KINDS, check_kind, kind_of
from mjx.lax.shape import pad
from mjx.lax.shape import slice as static_slice
from mjx.support.dtypes import iinfo
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten, tree_unflatten

__all__ = [
    "reduce_window",
    "reduce_window_shape_tuple",
    "select_and_gather_add",
    "select_and_scatter_add",
]

_COMBINE = {kind: function for function, kind in KINDS.items()}


def reduce_window(
    operand: Any,
    init_value: Any,
    computation: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Any:
    """Combines the elements of each window by a function, which is associative and commutative.

    Padding counts as elements equal to the initial value. The operand and the initial value may be
    trees of arrays, of which the function takes two.

    >>> x = mjx.numpy.arange(6.0)
    >>> mjx.lax.reduce_window(x, 0.0, mjx.lax.add, (2,), (2,), "VALID")
    Array([1., 5., 9.], dtype=float32)
    """
    xs, tree = tree_flatten(operand)
    inits = [array_of(i, "reduce_window") for i in tree_flatten(init_value)[0]]
    if not xs or len(inits) != len(xs):
        raise ValueError(explain("reduce_window", f"{len(xs)} initial values", str(len(inits))))
    xs = [array_of(x, "reduce_window") for x in xs]
    inits = [convert(i, x.aval.dtype) for i, x in zip(inits, xs)]
    shape = xs[0].aval.shape
    window, strides, pads, spread, window_spread = _resolved(
        shape, window_dimensions, window_strides, padding, base_dilation, window_dilation
    )
    kind = kind_of(computation) if len(xs) == 1 else None
    if kind is not None:
        check_kind("reduce_window", kind, xs[0])
        numbers = tuple(_numbers(window, strides, pads, spread, window_spread).items())
        neutral = _is_identity(inits[0], kind)
        reduced = _reduce_windows(xs[0], inits[0], kind=kind, numbers=numbers, neutral=neutral)
        return tree_unflatten(tree, [reduced])

    def combine(a: list[Value], b: list[Value]) -> list[Value]:
        both = computation(tree_unflatten(tree, a), tree_unflatten(tree, b))
        return tree_flatten(both)[0]

    xs = _padded(xs, inits, spread, pads)
    for d in range(len(shape)):
        xs = _along(xs, d, window[d], strides[d], window_spread[d], combine)
    return tree_unflatten(tree, combine(_spread_inits(inits, xs), xs))


def _resolved(
    shape: Shape,
    window_dimensions: Any,
    window_strides: Any,
    padding: Any,
    base_dilation: Any = None,
    window_dilation: Any = None,
    *,
    who: str = "reduce_window",
) -> tuple[Shape, Shape, Any, Shape, Shape]:
    """Window, strides, padding and dilations, one of each for each dimension."""
    window, strides, spread, window_spread = (
        _per_dimension(v, shape, what, who)
        for v, what in (
            (window_dimensions, "window_dimensions"),
            (window_strides, "window_strides"),
            (base_dilation, "base_dilation"),
            (window_dilation, "window_dilation"),
        )
    )
    inner = [dilated(n, d) for n, d in zip(shape, spread)]
    outer = [dilated(n, d) for n, d in zip(window, window_spread)]
    return window, strides, pads_of(padding, inner, outer, strides, who), spread, window_spread


def _per_dimension(values: Any, shape: Shape, what: str, who: str = "reduce_window") -> Shape:
    if values is None:
        return (1,) * len(shape)
    found = ints_of(values, who, what)
    if len(found) != len(shape) or any(v < 1 for v in found):
        raise ValueError(explain(who, f"{len(shape)} positive numbers as {what}", repr(values)))
    return found


def _is_identity(init: Value, kind: str) -> bool:
    """Whether an initial value is known to change nothing."""
    if type(init) is not Array or init.literal is None:
        return False
    value, dtype = init.literal.item(), init.aval.dtype
    if kind in ("min", "max"):
        sign = 1 if kind == "min" else -1
        if dtype.kind == "b":
            return value == (kind == "min")
        if dtype.kind in "iu":
            return value == (iinfo(dtype).max if sign > 0 else iinfo(dtype).min)
        return value == sign * math.inf
    return kind in ("add", "or", "xor") and value == 0 or kind == "mul" and value == 1


def _numbers(
    window: Shape, strides: Shape, pads: Any, spread: Shape, window_spread: Shape
) -> dict[str, Shape]:
    """The attributes of the ops of windows."""
    return {
        "window": tuple(window),
        "strides": tuple(strides),
        "low": tuple([low for low, _ in pads]),
        "high": tuple([high for _, high in pads]),
        "base_dilation": tuple(spread),
        "window_dilation": tuple(window_spread),
    }


@fused
def _reduce_windows(x: Value, init: Value, *, kind: str, numbers: Any, neutral: bool) -> Value:
    """Places without an element do not count in the op; they do here, unless `init` is neutral."""
    numbers = dict(numbers)
    if not neutral:
        config = list(
            zip(numbers["low"], numbers["high"], [d - 1 for d in numbers["base_dilation"]])
        )
        x = pad(x, init, config)
        rank = len(x.aval.shape)
        numbers |= {"low": (0,) * rank, "high": (0,) * rank, "base_dilation": (1,) * rank}
    reduced = bind("reduce_window", (x,), {"kind": kind, **numbers}, None, x.aval.weak_type)[0]
    return reduced if neutral else _COMBINE[kind](splat(init, reduced.aval.shape), reduced)


def _padded(xs: list[Value], inits: list[Value], spread: Shape, pads: Any) -> list[Value]:
    config = [(low, high, d - 1) for (low, high), d in zip(pads, spread)]
    return [pad(x, i, config) for x, i in zip(xs, inits)]


def _spread_inits(inits: list[Value], like: list[Value]) -> list[Value]:
    return [splat(i, x.aval.shape) for i, x in zip(inits, like)]


def _along(
    xs: list[Value],
    dim: int,
    window: int,
    stride: int,
    dilation: int,
    combine: Callable[[list[Value], list[Value]], list[Value]],
) -> list[Value]:
    """Windows along one dimension: strided slices, one for each place in a window, combined."""
    shape = xs[0].aval.shape
    count = max(0, (shape[dim] - dilated(window, dilation)) // stride + 1)
    if window == 1 and stride == 1:
        return xs

    def at(i: int) -> list[Value]:
        start, limit, strides = [0] * len(shape), list(shape), [1] * len(shape)
        start[dim] = i * dilation if count else 0
        limit[dim] = start[dim] + (count - 1) * stride + 1 if count else 0
        strides[dim] = stride
        return [static_slice(x, start, limit, strides) for x in xs]

    parts = [at(i) for i in range(window)]
    while len(parts) > 1:
        pairs = [combine(a, b) for a, b in zip(parts[::2], parts[1::2])]
        parts = pairs + parts[len(parts) & ~1 :]
    return parts[0]


def select_and_scatter_add(
    source: Any,
    operand: Any,
    select: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: Any = "VALID",
) -> Value:
    """Adds each element of `source` to the place that its window of `operand` selects.

    `select` is `lax.ge`, for the first greatest element of a window, or `lax.le`, for the least;
    `source` has the shape of the result of `reduce_window`, the result that of `operand`.

    >>> x = mjx.numpy.array([1.0, 3.0, 2.0, 2.0])
    >>> mjx.lax.select_and_scatter_add(mjx.numpy.array([5.0, 7.0]), x, mjx.lax.ge, (2,), (2,))
    Array([0., 5., 7., 0.], dtype=float32)
    """
    return _selected(
        "window_scatter", source, operand, select, window_dimensions, window_strides, padding
    )


def select_and_gather_add(
    tangents: Any,
    operand: Any,
    select: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Value:
    """The element of `tangents` at the place that each window of `operand` selects.

    The transpose of `select_and_scatter_add`, and the derivative of windowed maxima (`lax.ge`) and
    minima (`lax.le`). Zero where a window holds no element.
    """
    return _selected(
        "window_gather",
        tangents,
        operand,
        select,
        window_dimensions,
        window_strides,
        padding,
        base_dilation,
        window_dilation,
    )


def _selected(op: str, source: Any, operand: Any, select: Any, *window: Any) -> Value:
    who = "select_and_scatter_add" if op == "window_scatter" else "select_and_gather_add"
    source, x = array_of(source, who), array_of(operand, who)
    kind = {ge: "max", gt: "max", le: "min", lt: "min"}.get(select)
    if kind is None:
        raise ValueError(explain(who, "lax.ge or lax.le to select by", repr(select)))
    numbers = _numbers(*_resolved(x.aval.shape, *window, who=who))
    return bind(op, (source, x), {"kind": kind, **numbers}, None, source.aval.weak_type)[0]


def reduce_window_shape_tuple(
    operand_shape: Sequence[int],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Shape:
    """The shape of the result of `reduce_window`."""
    shape = tuple(operand_shape)
    spread = _per_dimension(base_dilation, shape, "base_dilation")
    window_spread = _per_dimension(window_dilation, shape, "window_dilation")
    inner = [dilated(n, d) for n, d in zip(shape, spread)]
    window = [dilated(n, d) for n, d in zip(window_dimensions, window_spread)]
    pads = pads_of(padding, inner, window, window_strides, "reduce_window_shape_tuple")
    return tuple(
        [
            max(0, (n + low + high - w) // s + 1)
            for n, w, s, (low, high) in zip(inner, window, window_strides, pads)
        ]
    )
