"""Reductions over sliding windows: pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core import Array
from mjx.lax.convolution import dilated, pads_of
from mjx.lax.eager import fused
from mjx.lax.operands import Shape, Value, array_of, convert, ints_of, splat
from mjx.lax.reduction import KINDS, OF_KIND, kind_of
from mjx.lax.shape import pad, reshape
from mjx.lax.shape import slice as static_slice
from mjx.support.dtypes import iinfo
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten, tree_unflatten

__all__ = ["reduce_window", "reduce_window_shape_tuple"]

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

    Padding counts as elements equal to the initial value.
    """
    xs, tree = tree_flatten(operand)
    inits = [array_of(i, "reduce_window") for i in tree_flatten(init_value)[0]]
    if not xs or len(inits) != len(xs):
        raise ValueError(explain("reduce_window", f"{len(xs)} initial values", str(len(inits))))
    xs = [array_of(x, "reduce_window") for x in xs]
    inits = [convert(i, x.aval.dtype) for i, x in zip(inits, xs)]
    shape = xs[0].aval.shape
    window, strides, spread, window_spread = (
        _per_dimension(v, shape, what)
        for v, what in (
            (window_dimensions, "window_dimensions"),
            (window_strides, "window_strides"),
            (base_dilation, "base_dilation"),
            (window_dilation, "window_dilation"),
        )
    )
    pads = pads_of(
        padding,
        [dilated(n, d) for n, d in zip(shape, spread)],
        [dilated(n, d) for n, d in zip(window, window_spread)],
        strides,
        "reduce_window",
    )
    kind = kind_of(computation) if len(xs) == 1 else None
    if kind is not None:
        neutral = _is_identity(inits[0], kind)
        return _reduce_windows(
            xs[0],
            inits[0],
            kind=kind,
            window=window,
            strides=strides,
            pads=pads,
            dilations=(spread, window_spread),
            neutral=neutral,
        )

    def combine(a: list[Value], b: list[Value]) -> list[Value]:
        both = computation(tree_unflatten(tree, a), tree_unflatten(tree, b))
        return tree_flatten(both)[0]

    xs = _padded(xs, inits, spread, pads)
    for d in range(len(shape)):
        xs = _along(xs, d, window[d], strides[d], window_spread[d], combine)
    return tree_unflatten(tree, combine(_spread_inits(inits, xs), xs))


def _per_dimension(values: Any, shape: Shape, what: str) -> Shape:
    if values is None:
        return (1,) * len(shape)
    found = ints_of(values, "reduce_window", what)
    if len(found) != len(shape) or any(v < 1 for v in found):
        raise ValueError(
            explain("reduce_window", f"{len(shape)} positive numbers as {what}", repr(values))
        )
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


@fused
def _reduce_windows(
    x: Value,
    init: Value,
    *,
    kind: str,
    window: Shape,
    strides: Shape,
    pads: Any,
    dilations: tuple[Shape, Shape],
    neutral: bool,
) -> Value:
    (x,) = _padded([x], [init], dilations[0], pads)
    shape = x.aval.shape
    whole = [d for d, n in enumerate(window) if n == shape[d] > 1 == dilations[1][d]]
    x = _over_whole_dimensions(x, kind, whole)

    def combine(a: list[Value], b: list[Value]) -> list[Value]:
        return [_COMBINE[kind](a[0], b[0])]

    xs = [x]
    for d, n in enumerate(window):
        if d not in whole:
            xs = _along(xs, d, n, strides[d], dilations[1][d], combine)
    return xs[0] if neutral else combine(_spread_inits([init], xs), xs)[0]


def _over_whole_dimensions(x: Value, kind: str, whole: list[int]) -> Value:
    """Dimensions that the window covers are reduced at once."""
    if not whole:
        return x
    shape = x.aval.shape
    return reshape(OF_KIND[kind](x, whole), [1 if d in whole else n for d, n in enumerate(shape)])


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
