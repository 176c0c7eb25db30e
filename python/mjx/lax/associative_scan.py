"""Scans by an associative function, in logarithmically many steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mjx.core import bind
from mjx.lax.operands import Value, array_of, axis_of, convert, scalar_of
from mjx.lax.shape import concatenate, pad, rev, slice_in_dim
from mjx.lax.shape import slice as static_slice
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten, tree_unflatten

__all__ = ["associative_scan"]

Leaves = list[Value]


def associative_scan(
    fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """All partial results of combining elements along an axis by `fn`, which is associative.

    `fn` takes two trees of arrays, combines them element by element along the axis, and is called
    on whole slices, so that it must work for any extent.
    """
    if not callable(fn):
        raise TypeError(explain("associative_scan", "a function", repr(fn)))
    leaves, tree = tree_flatten(elems)
    if not leaves:
        return elems
    leaves = [array_of(x, "associative_scan") for x in leaves]
    axis = axis_of(axis, len(leaves[0].aval.shape), "associative_scan")
    extents = {x.aval.shape[axis] if len(x.aval.shape) > axis else None for x in leaves}
    if len(extents) > 1:
        got = ", ".join(str(x.aval.shape) for x in leaves)
        raise ValueError(
            explain("associative_scan", f"arrays of one extent along axis {axis}", got)
        )

    def combine(a: Leaves, b: Leaves) -> Leaves:
        if reverse:
            a, b = b, a
        both = tree_flatten(fn(tree_unflatten(tree, a), tree_unflatten(tree, b)))[0]
        return [array_of(x, "associative_scan") for x in both]

    if reverse:
        leaves = [rev(x, (axis,)) for x in leaves]
    leaves = _scan(combine, leaves, axis)
    if reverse:
        leaves = [rev(x, (axis,)) for x in leaves]
    return tree_unflatten(tree, leaves)


def _scan(combine: Callable[[Leaves, Leaves], Leaves], xs: Leaves, axis: int) -> Leaves:
    """Pairs are combined and scanned, which gives the odd places; the even ones follow."""
    n = xs[0].aval.shape[axis]
    if n < 2:
        return xs
    pairs = combine(_every_second(xs, axis, 0, n - n % 2), _every_second(xs, axis, 1, n))
    odd = _scan(combine, pairs, axis)
    before = [slice_in_dim(x, 0, (n - 1) // 2, axis=axis) for x in odd]
    even = combine(before, _every_second(xs, axis, 2, n))
    first = [slice_in_dim(x, 0, 1, axis=axis) for x in xs]
    even = [concatenate([a, b], axis) for a, b in zip(first, even)]
    return [_interleave(a, b, axis, n) for a, b in zip(even, odd)]


def _every_second(xs: Leaves, axis: int, start: int, stop: int) -> Leaves:
    result = []
    for x in xs:
        shape = x.aval.shape
        starts, limits, strides = [0] * len(shape), list(shape), [1] * len(shape)
        starts[axis], limits[axis], strides[axis] = min(start, stop), stop, 2
        result.append(static_slice(x, starts, limits, strides))
    return result


def _interleave(even: Value, odd: Value, axis: int, n: int) -> Value:
    """The two in turn: the one spread out, the other put in the gaps."""
    rank = len(even.aval.shape)
    zero = convert(scalar_of(0, DTYPES["int32"]), even.aval.dtype)
    config = [(0, 0, 0)] * rank
    config[axis] = (0, (n + 1) % 2, 1)
    start, strides = [0] * rank, [1] * rank
    start[axis], strides[axis] = 1, 2
    attributes = {"kind": "set", "start": tuple(start), "strides": tuple(strides)}
    return bind("update_slice", (pad(even, zero, config), odd), attributes)[0]
