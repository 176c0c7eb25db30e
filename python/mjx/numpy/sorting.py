"""Order: sorting, searching in what is sorted, and finding what is not zero."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Array
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.lax.reduction import _sort as sorted_together
from mjx.lax.shape import broadcast_to
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
from mjx.support.dtypes import DTYPES, default_int, is_kind
from mjx.support.errors import ConcretizationTypeError, explain

__all__ = [
    "argpartition",
    "argsort",
    "argwhere",
    "flatnonzero",
    "lexsort",
    "nonzero",
    "partition",
    "searchsorted",
    "sort",
    "sort_complex",
]

_INT32 = DTYPES["int32"]


# Sorting.


def _to_sort(a: Any, axis: int | None, who: str) -> tuple[Value, int]:
    """The operand and the axis; None flattens."""
    a = ops.value_of(a, who)
    if axis is None:
        return lax.reshape(a, (a.size,)), 0
    return a, axis_of(axis, a.ndim, who)


def _refuse(who: str, kind: Any, order: Any) -> None:
    if kind not in (None, "quicksort", "mergesort", "heapsort", "stable"):
        raise ValueError(explain(who, "kind None, as sorting is stable", repr(kind)))
    if order is not None:
        raise ValueError(explain(who, "order None, as arrays have no fields", repr(order)))


@fused
def _sorted(x: Value, *, axis: int, descending: bool) -> Value:
    return sorted_together([x], axis, 1, descending)[0]


@fused
def _order(x: Value, *, axis: int, descending: bool) -> Value:
    places = lax.broadcasted_iota(_INT32, x.shape, axis)
    return sorted_together([x, places], axis, 1, descending)[-1]


def sort(
    a: Any,
    axis: int | None = -1,
    *,
    kind: Any = None,
    order: Any = None,
    stable: bool = True,
    descending: bool = False,
) -> Value:
    """The elements along an axis in ascending order, NaN last; `axis` None flattens."""
    _refuse("sort", kind, order)
    a, axis = _to_sort(a, axis, "sort")
    return _sorted(a, axis=axis, descending=bool(descending))


def argsort(
    a: Any,
    axis: int | None = -1,
    *,
    kind: Any = None,
    order: Any = None,
    stable: bool = True,
    descending: bool = False,
) -> Value:
    """Where along an axis the elements of the sorted array are; equal ones keep their order."""
    _refuse("argsort", kind, order)
    a, axis = _to_sort(a, axis, "argsort")
    return convert(_order(a, axis=axis, descending=bool(descending)), default_int())


def _check_kth(who: str, kth: Any, extent: int) -> None:
    for k in np.ravel(kth):
        if not -extent <= operator.index(k) < extent:
            raise ValueError(explain(who, f"kth in [{-extent}, {extent})", str(k)))


def partition(a: Any, kth: Any, axis: int | None = -1) -> Value:
    """The elements along an axis with none greater before, none less after place `kth`."""
    a, axis = _to_sort(a, axis, "partition")
    _check_kth("partition", kth, a.shape[axis])
    return _sorted(a, axis=axis, descending=False)


def argpartition(a: Any, kth: Any, axis: int | None = -1) -> Value:
    """Where along an axis the elements of the partitioned array are."""
    a, axis = _to_sort(a, axis, "argpartition")
    _check_kth("argpartition", kth, a.shape[axis])
    return convert(_order(a, axis=axis, descending=False), default_int())


def sort_complex(a: Any) -> Value:
    """The elements as complex numbers, in order of real, then of imaginary part."""
    (a,) = ops.promoted("sort_complex", a, inexact=True)
    a = a if is_kind(a.dtype, complex) else lax.complex(a, lax.full_like(a, 0))
    return sort(a, -1)


def lexsort(keys: Any, axis: int = -1) -> Value:
    """The order by several keys, of which the last counts most."""
    keys = [ops.value_of(k, "lexsort") for k in keys]
    if not keys:
        raise TypeError(explain("lexsort", "at least one key", "none"))
    keys = ops.broadcasted("lexsort", *keys)
    if not keys[0].ndim:
        return lax.full((), 0, default_int())
    axis = axis_of(axis, keys[0].ndim, "lexsort")
    return convert(_order_by(*reversed(keys), axis=axis), default_int())


@fused
def _order_by(*keys: Value, axis: int) -> Value:
    places = lax.broadcasted_iota(_INT32, keys[0].shape, axis)
    return sorted_together([*keys, places], axis, len(keys), False)[-1]


# Searching.


def searchsorted(
    a: Any, v: Any, side: str = "left", sorter: Any = None, *, method: str = "default"
) -> Value:
    """Where in the sorted vector `a` elements go so that it stays sorted.

    With side 'left' before those that are equal, with 'right' after them.
    """
    if side not in ("left", "right"):
        raise ValueError(explain("searchsorted", "side 'left' or 'right'", repr(side)))
    a, v = ops.promoted("searchsorted", a, v)
    if a.ndim != 1:
        raise ValueError(explain("searchsorted", "a vector a", str(a.aval)))
    if sorter is not None:
        a = a[ops.value_of(sorter, "searchsorted")]
    return convert(_place(a, v, side=side), default_int())


def _before(x: Value, y: Value) -> Value:
    """Whether x comes before y where NaN is last."""
    less = ufuncs.less(x, y)
    if not ops.is_inexact(x.dtype):
        return less
    return lax.bitwise_or(less, lax.bitwise_and(ufuncs.isnan(y), lax.bitwise_not(ufuncs.isnan(x))))


@fused
def _place(a: Value, v: Value, *, side: str) -> Value:
    def goes_on(element: Value) -> Value:
        if side == "left":
            return _before(element, v)
        return lax.bitwise_not(_before(v, element))

    if a.shape[0] <= 32:
        return _count_before(a, v, goes_on)
    low = lax.full(v.shape, 0, _INT32)
    high = lax.full(v.shape, a.shape[0], _INT32)

    def halve(_: Any, bounds: tuple[Value, Value]) -> tuple[Value, Value]:
        low, high = bounds
        middle = lax.shift_right_logical(low + high, lax.full_like(low, 1))
        right = lax.bitwise_and(goes_on(a[middle]), lax.lt(low, high))
        return lax.select(right, middle + 1, low), lax.select(right, high, middle)

    return lax.fori_loop(0, a.shape[0].bit_length(), halve, (low, high))[0]


def _count_before(a: Value, v: Value, goes_on: Callable[[Value], Value]) -> Value:
    """How many elements of a short vector come before each."""
    count = lax.full(v.shape, 0, _INT32)
    for i in range(a.shape[0]):
        element = broadcast_to(lax.index_in_dim(a, i, 0, False), v.shape)
        count = count + convert(goes_on(element), _INT32)
    return count


# What is not zero.


def concrete(x: Value, who: str, what: str = "size") -> np.ndarray:
    """The values of `x`, on which the shape of the result depends."""
    if type(x) is Array:
        return np.asarray(x)
    raise ConcretizationTypeError(
        x, f"{who}, whose result has a shape that depends on the values unless {what} is given"
    )


def sized_nonzero(mask: Value, size: int) -> Value:
    """The places, up to `size`, at which a vector of truth values holds; its length beyond."""
    return _sized_nonzero(mask, size=size)


@fused
def _sized_nonzero(mask: Value, *, size: int) -> Value:
    n = mask.shape[0]
    out = lax.full((size,), n, _INT32)
    if not n or not size:
        return out
    rank = lax.cumsum(convert(mask, _INT32)) - 1
    target = lax.select(mask, rank, lax.full_like(rank, size))
    return out.at[target].set(lax.iota(_INT32, n), mode="drop")


def _fills(fill_value: Any, rank: int, who: str) -> list[Any]:
    if isinstance(fill_value, tuple):
        if len(fill_value) != rank:
            raise ValueError(
                explain(who, f"as many fill values as dimensions, {rank}", repr(fill_value))
            )
        return list(fill_value)
    return [0 if fill_value is None else fill_value] * rank


def nonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> tuple[Value, ...]:
    """The indices of the elements that are not zero, one array for each dimension.

    `size` fixes how many there are: more are dropped, and if there are less, the rest is
    `fill_value`, or 0. It is needed where `a` is traced.
    """
    a = ops.value_of(a, "nonzero")
    if not a.ndim:
        raise ValueError(
            explain("nonzero", "an array of 1 or more dimensions", "a scalar", "use atleast_1d")
        )
    if size is None:
        return tuple([array(i, default_int()) for i in np.nonzero(concrete(a, "nonzero"))])
    size = operator.index(size)
    mask = lax.reshape(ops.boolean(a, "nonzero"), (a.size,))
    fills = _fills(fill_value, a.ndim, "nonzero")
    return tuple(_unraveled(sized_nonzero(mask, size), fills, a.shape))


def _unraveled(places: Value, fills: Sequence[Any], shape: tuple[int, ...]) -> list[Value]:
    """Indices in each dimension from those in all elements; out of bounds they are replaced."""
    count = int(np.prod(shape))
    missing = ufuncs.greater_equal(places, count)
    out, step = [], max(count, 1)
    for n, fill in zip(shape, fills):
        step //= max(n, 1)
        index = ufuncs.remainder(ufuncs.floor_divide(places, step), max(n, 1))
        out.append(convert(ufuncs.where(missing, fill, index), default_int()))
    return out


def flatnonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> Value:
    """The places among all elements of those that are not zero."""
    a = ops.value_of(a, "flatnonzero")
    return nonzero(lax.reshape(a, (a.size,)), size=size, fill_value=fill_value)[0]


def argwhere(a: Any, *, size: int | None = None, fill_value: Any = None) -> Value:
    """The indices of the elements that are not zero, one row for each."""
    a = ops.value_of(a, "argwhere")
    if not a.ndim:
        found = nonzero(lax.reshape(a, (1,)), size=size, fill_value=fill_value)[0]
        return lax.full((found.shape[0], 0), 0, default_int())
    return lax.stack(nonzero(a, size=size, fill_value=fill_value), 1)


ufuncs._nonzero_hook.append(nonzero)
