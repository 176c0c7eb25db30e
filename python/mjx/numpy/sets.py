"""Arrays as sets: distinct elements, membership, union and the like."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
from mjx.numpy.sorting import _order_by, concrete, searchsorted, sized_nonzero, sort
from mjx.support.dtypes import DTYPES, default_int
from mjx.support.errors import explain

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


class _UniqueAll(NamedTuple):
    values: Value
    indices: Value
    inverse_indices: Value
    counts: Value


class _UniqueCounts(NamedTuple):
    values: Value
    counts: Value


class _UniqueInverse(NamedTuple):
    values: Value
    inverse_indices: Value


def _flat(x: Any, who: str) -> Value:
    x = ops.value_of(x, who)
    return lax.reshape(x, (x.size,))


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    size: int | None = None,
    fill_value: Any = None,
    sorted: bool = True,
) -> Any:
    """The distinct elements, or slices along `axis`, in ascending order.

    Also where each first occurs, which of them each element is, and how often each occurs, if
    asked for. `size` fixes how many there are, dropping the greatest or repeating `fill_value`,
    which is the least unless given; it is needed where `ar` is traced.
    """
    ar = ops.value_of(ar, "unique")
    wanted = (True, return_index, return_inverse, return_counts)
    if axis is not None:
        axis = axis_of(axis, ar.ndim, "unique")
    if size is None:
        found = _unique_on_host(ar, axis, equal_nan)
    else:
        found = _unique_sized(ar, axis, equal_nan, operator.index(size), fill_value)
    chosen = [part for part, want in zip(found, wanted) if want]
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


def _unique_on_host(ar: Value, axis: int | None, equal_nan: bool) -> list[Value]:
    host = concrete(ar, "unique")
    values, index, inverse, counts = np.unique(host, True, True, True, axis, equal_nan=equal_nan)
    inverse = inverse.reshape(host.shape if axis is None else (-1,))
    return [array(values, ar.dtype), *[array(v, default_int()) for v in (index, inverse, counts)]]


def _unique_sized(
    ar: Value, axis: int | None, equal_nan: bool, size: int, fill_value: Any
) -> list[Value]:
    """Slices sorted, the first of equal ones marked, and those gathered."""
    int32 = DTYPES["int32"]
    moved = _flat(ar, "unique") if axis is None else _axis_first(ar, axis)
    n, rest = moved.shape[0], moved.shape[1:]
    if not n:
        if size:
            fill = 0 if fill_value is None else fill_value
            moved = ufuncs.add(lax.full((1, *rest), 0, ar.dtype), convert(fill, ar.dtype))
        return _nothing(moved, rest, size, ar.shape if axis is None else (0,), axis)
    rows = lax.reshape(moved, (n, moved.size // n))
    columns = [lax.index_in_dim(rows, i, 1, False) for i in range(rows.shape[1])]
    order = _order_by(*columns, axis=0) if columns else lax.iota(int32, n)
    ordered = rows[order]
    fresh = lax.reduce_or(_differ(ordered[1:], ordered[:-1], equal_nan), (1,))
    mask = lax.concatenate([lax.full((1,), True, bool), fresh], 0)
    first = sized_nonzero(mask, size)
    missing = lax.ge(first, lax.full_like(first, n))
    first = lax.select(missing, lax.full_like(first, 0), first)
    values = lax.reshape(ordered[first], (size, *rest))
    if fill_value is not None:
        held = lax.reshape(missing, (size, *[1] * len(rest)))
        values = ufuncs.where(held, convert(array(fill_value), ar.dtype), values)
    group = lax.cumsum(convert(mask, int32)) - 1
    counts = lax.full((size,), 0, int32).at[group].add(lax.full_like(group, 1), mode="drop")
    inverse = lax.full((n,), 0, int32).at[order].set(group)
    inverse = lax.reshape(inverse, ar.shape) if axis is None else inverse
    values = values if axis is None else _axis_back(values, axis)
    return [values, *[convert(v, default_int()) for v in (order[first], inverse, counts)]]


def _nothing(like: Value, rest: Any, size: int, inverse: Any, axis: int | None) -> list[Value]:
    values = ops.broadcast_to(like, (size, *rest)) if size else lax.reshape(like, (0, *rest))
    values = values if axis is None else _axis_back(values, axis)
    return [values, *[lax.full(s, 0, default_int()) for s in ((size,), inverse, (size,))]]


def _axis_first(x: Value, axis: int) -> Value:
    return lax.transpose(x, [axis, *[d for d in range(x.ndim) if d != axis]])


def _axis_back(x: Value, axis: int) -> Value:
    order = list(range(1, x.ndim))
    return lax.transpose(x, order[:axis] + [0] + order[axis:])


def _differ(x: Value, y: Value, equal_nan: bool) -> Value:
    apart = lax.ne(x, y)
    if equal_nan and ops.is_inexact(x.dtype):
        both = lax.bitwise_and(ufuncs.isnan(x), ufuncs.isnan(y))
        return lax.bitwise_and(apart, lax.bitwise_not(both))
    return apart


def unique_all(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> _UniqueAll:
    """Distinct elements, where they first occur, which each element is, and how often."""
    options = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return _UniqueAll(*unique(x, True, True, True, **options))


def unique_counts(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> _UniqueCounts:
    """Distinct elements and how often they occur."""
    options = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return _UniqueCounts(*unique(x, return_counts=True, **options))


def unique_inverse(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> _UniqueInverse:
    """Distinct elements and which of them each element is."""
    options = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return _UniqueInverse(*unique(x, return_inverse=True, **options))


def unique_values(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> Value:
    """Distinct elements."""
    return unique(x, equal_nan=False, size=size, fill_value=fill_value)


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    method: str = "auto",
) -> Value:
    """Whether each element is among the test elements."""
    element, tests = ops.promoted("isin", element, test_elements)
    tests = sort(lax.reshape(tests, (tests.size,)))
    if not tests.shape[0]:
        found = lax.full(element.shape, False, bool)
    else:
        # Out of bounds the last is read, which differs.
        found = lax.eq(tests[searchsorted(tests, element)], element)
    return lax.bitwise_not(found) if invert else found


def _two_sets(who: str, on_host: Callable, ar1: Any, ar2: Any, assume_unique: bool) -> Value:
    a, b = ops.promoted(who, ar1, ar2)
    return array(on_host(concrete(a, who), concrete(b, who), assume_unique), a.dtype)


def union1d(ar1: Any, ar2: Any, *, size: int | None = None, fill_value: Any = None) -> Value:
    """The distinct elements of either array, sorted."""
    a, b = ops.promoted("union1d", _flat(ar1, "union1d"), _flat(ar2, "union1d"))
    return unique(lax.concatenate([a, b], 0), size=size, fill_value=fill_value)


def _kept(values: Value, mask: Value, size: int, fill_value: Any) -> tuple[Value, Value]:
    """The values where the mask holds, up to `size`, and their places."""
    places = sized_nonzero(mask, size)
    if not values.shape[0]:
        fill = 0 if fill_value is None else fill_value
        return ufuncs.add(lax.full((size,), 0, values.dtype), convert(fill, values.dtype)), places
    missing = lax.ge(places, lax.full_like(places, values.shape[0]))
    chosen = values[places]
    if fill_value is None:
        fill_value = chosen[0] if size else 0
        none = lax.bitwise_not(lax.reduce_or(mask, (0,)))
        fill_value = lax.select(none, lax.full_like(fill_value, 0), fill_value) if size else 0
    return ufuncs.where(missing, convert(array(fill_value), values.dtype), chosen), places


def setdiff1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Value:
    """The distinct elements of the first array that are not in the second."""
    if size is None:
        return _two_sets("setdiff1d", np.setdiff1d, ar1, ar2, assume_unique)
    a, b = ops.promoted("setdiff1d", _flat(ar1, "setdiff1d"), _flat(ar2, "setdiff1d"))
    a = a if assume_unique else sort(a)
    mask = isin(a, b, invert=True)
    if not assume_unique:
        mask = lax.bitwise_and(mask, _firsts(a))
    return _kept(a, mask, operator.index(size), fill_value)[0]


def _firsts(ordered: Value) -> Value:
    """Whether each element of a sorted vector is the first of equals."""
    if not ordered.shape[0]:
        return lax.full((0,), True, bool)
    fresh = _differ(ordered[1:], ordered[:-1], True)
    return lax.concatenate([lax.full((1,), True, bool), fresh], 0)


def setxor1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Value:
    """The distinct elements that are in one array only."""
    if size is None:
        return _two_sets("setxor1d", np.setxor1d, ar1, ar2, assume_unique)
    a, b = ops.promoted("setxor1d", _flat(ar1, "setxor1d"), _flat(ar2, "setxor1d"))
    both = sort(lax.concatenate([a, b], 0))
    mask = lax.ne(isin(both, a), isin(both, b))
    mask = lax.bitwise_and(mask, _firsts(both))
    return _kept(both, mask, operator.index(size), fill_value)[0]


def intersect1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    return_indices: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct elements that are in both arrays, and where they first are if asked for."""
    a, b = ops.promoted("intersect1d", _flat(ar1, "intersect1d"), _flat(ar2, "intersect1d"))
    if size is None:
        hosts = concrete(a, "intersect1d"), concrete(b, "intersect1d")
        found = np.intersect1d(*hosts, assume_unique, return_indices)
        if not return_indices:
            return array(found, a.dtype)
        return array(found[0], a.dtype), *[array(i, default_int()) for i in found[1:]]
    if return_indices:
        raise ValueError(explain("intersect1d", "return_indices without size", f"size={size}"))
    ordered = sort(a)
    mask = lax.bitwise_and(isin(ordered, b), _firsts(ordered))
    return _kept(ordered, mask, operator.index(size), fill_value)[0]
