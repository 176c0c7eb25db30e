"""Many elements to one: sums, means, extrema, and running versions of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.support.dtypes import (
    as_dtype,
    default_int,
    iinfo,
    inexact_dtype,
    is_kind,
    real_dtype,
    request_dtype,
    sum_dtype,
)
from mjx.support.errors import explain

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "cumprod",
    "cumsum", "cumulative_prod", "cumulative_sum", "max", "mean", "min", "nanargmax", "nanargmin",
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum",
    "nanvar", "prod", "ptp", "std", "sum", "var",
]  # fmt: skip


def _kept(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 if d in axes else n for d, n in enumerate(shape))


def _masked(x: Value, where: Any, neutral: Any, who: str) -> Value:
    """`x` with the neutral element where `where` does not hold."""
    if where is None:
        return x
    return ufuncs.where(ops.boolean(where, who), x, convert(neutral, x.dtype))


@fused
def _reduced(x: Value, *, op: Callable, axes: Any, dtype: Any, keepdims: bool) -> Value:
    weak = x.aval.weak_type
    out = op(convert(x, dtype, weak), axes)
    return lax.reshape(out, _kept(x.shape, axes)) if keepdims else out


def _add_up(
    who: str,
    op: Callable,
    combine: Callable,
    neutral: int,
    a: Any,
    axis: Any,
    dtype: Any,
    keepdims: bool,
    initial: Any,
    where: Any,
) -> Value:
    a = ops.value_of(a, who)
    axes = ops.axes_or_all(axis, a.ndim, who)
    found = sum_dtype(a.dtype) if dtype is None else request_dtype(as_dtype(dtype, who), who)
    a = _masked(a, where, neutral, who)
    out = _reduced(a, op=op, axes=axes, dtype=found, keepdims=bool(keepdims))
    return out if initial is None else combine(out, initial)


def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
    promote_integers: bool = True,
) -> Value:
    """Sum along axes; small integers are added up in the default integer."""
    return _add_up("sum", lax.reduce_sum, ufuncs.add, 0, a, axis, dtype, keepdims, initial, where)


def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
    promote_integers: bool = True,
) -> Value:
    """Product along axes."""
    return _add_up(
        "prod", lax.reduce_prod, ufuncs.multiply, 1, a, axis, dtype, keepdims, initial, where
    )


def _extreme(
    who: str,
    op: Callable,
    combine: Callable,
    a: Any,
    axis: Any,
    keepdims: bool,
    initial: Any,
    where: Any,
    least: bool,
) -> Value:
    a = ops.value_of(a, who)
    if is_kind(a.dtype, complex):
        raise TypeError(explain(who, "real numbers", str(a.dtype)))
    axes = ops.axes_or_all(axis, a.ndim, who)
    if initial is None and (where is not None or any_zero(a.shape, axes)):
        raise ValueError(
            explain(who, "at least one element, or initial", f"shape {a.shape} along {axes}")
        )
    a = _masked(a, where, _bound(a.dtype, least), who)
    if initial is not None and any_zero(a.shape, axes):
        shape = (
            _kept(a.shape, axes)
            if keepdims
            else tuple(n for d, n in enumerate(a.shape) if d not in axes)
        )
        return lax.full(shape, initial, a.dtype)
    out = _reduced(a, op=op, axes=axes, dtype=a.dtype, keepdims=bool(keepdims))
    return out if initial is None else combine(out, convert(initial, a.dtype))


def any_zero(shape: tuple[int, ...], axes: tuple[int, ...]) -> bool:
    """Whether an extent along the axes is 0."""
    return 0 in [shape[d] for d in axes]


def _bound(dtype: np.dtype, least: bool) -> Any:
    if is_kind(dtype, bool):
        return not least
    if is_kind(dtype, int):
        return int(iinfo(dtype).max if least is False else iinfo(dtype).min)
    return float("-inf") if least else float("inf")


def max(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Value:
    """Greatest element along axes; NaN if there is one."""
    return _extreme("max", lax.reduce_max, ufuncs.maximum, a, axis, keepdims, initial, where, True)


def min(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Value:
    """Least element along axes; NaN if there is one."""
    return _extreme("min", lax.reduce_min, ufuncs.minimum, a, axis, keepdims, initial, where, False)


amax, amin = max, min


def ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """Greatest less least element along axes."""
    return max(a, axis, None, keepdims) - min(a, axis, None, keepdims)


def _logical(
    who: str, op: Callable, neutral: bool, a: Any, axis: Any, keepdims: bool, where: Any
) -> Value:
    a = _masked(ops.boolean(a, who), where, neutral, who)
    axes = ops.axes_or_all(axis, a.ndim, who)
    return _reduced(a, op=op, axes=axes, dtype=a.dtype, keepdims=bool(keepdims))


def all(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None
) -> Value:
    """Whether all elements along axes are not zero."""
    return _logical("all", lax.reduce_and, True, a, axis, keepdims, where)


def any(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None
) -> Value:
    """Whether some element along axes is not zero."""
    return _logical("any", lax.reduce_or, False, a, axis, keepdims, where)


def count_nonzero(a: Any, axis: Any = None, keepdims: bool = False) -> Value:
    """How many elements along axes are not zero."""
    return sum(convert(ops.boolean(a, "count_nonzero"), default_int()), axis, keepdims=keepdims)


# Means and spreads.


def _count(a: Value, axes: tuple[int, ...], where: Any, keepdims: bool, dtype: np.dtype) -> Any:
    if where is None:
        return float(np.prod([a.shape[d] for d in axes], dtype=np.float64))
    held = convert(lax.broadcast_to(ops.boolean(where, "mean"), a.shape), dtype)
    return sum(held, axes, keepdims=keepdims)


def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = None,
) -> Value:
    """Arithmetic mean along axes; NaN of no elements."""
    a = ops.value_of(a, "mean")
    axes = ops.axes_or_all(axis, a.ndim, "mean")
    found = (
        inexact_dtype(a.dtype) if dtype is None else request_dtype(as_dtype(dtype, "mean"), "mean")
    )
    wide = np.dtype("float32") if found.itemsize < 4 else found
    total = sum(convert(a, wide, a.weak_type), axes, keepdims=keepdims, where=where)
    count = _count(a, axes, where, keepdims, real_dtype(wide))
    value = ufuncs.divide(total, count) if where is not None or count else total * float("nan")
    return convert(value, found, a.weak_type)


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    correction: float | None = None,
    mean: Any = None,
) -> Value:
    """Mean square distance from the mean; `ddof` is taken from the number of elements."""
    a = ops.value_of(a, "var")
    axes = ops.axes_or_all(axis, a.ndim, "var")
    found = (
        inexact_dtype(a.dtype) if dtype is None else request_dtype(as_dtype(dtype, "var"), "var")
    )
    wide = np.dtype("float32") if found.itemsize < 4 else found
    a = convert(a, wide, a.weak_type)
    center = _mean(a, axes, where) if mean is None else mean
    apart = a - center
    if is_kind(wide, complex):
        apart = lax.square(lax.real(apart)) + lax.square(lax.imag(apart))
    else:
        apart = lax.square(apart)
    total = sum(apart, axes, keepdims=keepdims, where=where)
    count = _count(a, axes, where, keepdims, real_dtype(wide)) - (
        ddof if correction is None else correction
    )
    return convert(ufuncs.divide(total, count), real_dtype(found), a.weak_type)


def _mean(a: Value, axes: tuple[int, ...], where: Any) -> Value:
    return mean(a, axes, keepdims=True, where=where)


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    correction: float | None = None,
    mean: Any = None,
) -> Value:
    """Square root of the variance."""
    return lax.sqrt(
        var(a, axis, dtype, None, ddof, keepdims, where=where, correction=correction, mean=mean)
    )


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False
) -> Any:
    """Mean along axes in which elements count by their weights."""
    a = ops.value_of(a, "average")
    if weights is None:
        value = mean(a, axis, keepdims=keepdims)
        axes = ops.axes_or_all(axis, a.ndim, "average")
        count = float(np.prod([a.shape[d] for d in axes]))
        return (value, lax.full_like(value, count)) if returned else value
    a, weights = ops.promoted("average", a, weights, inexact=True)
    if weights.shape != a.shape:
        if axis is None or weights.ndim != 1:
            raise ValueError(
                explain(
                    "average",
                    f"weights of shape {a.shape}, or a vector and an axis",
                    str(weights.shape),
                )
            )
        place = ops.axis_of(axis, a.ndim, "average")
        weights = lax.broadcast_in_dim(weights, a.shape, (place,))
    total = sum(weights, axis, keepdims=keepdims)
    value = sum(a * weights, axis, keepdims=keepdims) / total
    return (value, lax.broadcast_to(total, value.shape)) if returned else value


# Positions.


def _arg(who: str, op: Callable, a: Any, axis: int | None, keepdims: bool | None) -> Value:
    a = ops.value_of(a, who)
    if a.size == 0 and axis is None:
        raise ValueError(explain(who, "at least one element", "none"))
    flat = lax.reshape(a, (a.size,)) if axis is None else a
    place = 0 if axis is None else ops.axis_of(axis, a.ndim, who)
    out = op(flat, place, default_int())
    if not keepdims:
        return out
    return lax.reshape(out, (1,) * a.ndim if axis is None else _kept(a.shape, (place,)))


def argmax(
    a: Any, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Value:
    """Index of the greatest element; the first of equals, and the first NaN if there is one."""
    return _arg("argmax", lax.argmax, a, axis, keepdims)


def argmin(
    a: Any, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Value:
    """Index of the least element; the first of equals, and the first NaN if there is one."""
    return _arg("argmin", lax.argmin, a, axis, keepdims)


# Without NaN.


def _without_nan(a: Any, instead: Any, who: str) -> Value:
    a = ops.value_of(a, who)
    if not ops.is_inexact(a.dtype):
        return a
    return ufuncs.where(ufuncs.isnan(a), convert(instead, a.dtype), a)


def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Value:
    """Sum in which NaN counts as 0."""
    return sum(_without_nan(a, 0, "nansum"), axis, dtype, None, keepdims, initial, where)


def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Value:
    """Product in which NaN counts as 1."""
    return prod(_without_nan(a, 1, "nanprod"), axis, dtype, None, keepdims, initial, where)


def _nan_extreme(op: Callable, bound: float, a: Any, axis: Any, keepdims: bool, who: str) -> Value:
    a = ops.value_of(a, who)
    value = op(_without_nan(a, bound, who), axis, None, keepdims)
    if not ops.is_inexact(a.dtype):
        return value
    empty = all(ufuncs.isnan(a), axis, keepdims=keepdims)
    return ufuncs.where(empty, convert(float("nan"), a.dtype), value)


def nanmax(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """Greatest element that is a number."""
    return _nan_extreme(max, float("-inf"), a, axis, keepdims, "nanmax")


def nanmin(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Value:
    """Least element that is a number."""
    return _nan_extreme(min, float("inf"), a, axis, keepdims, "nanmin")


def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False
) -> Value:
    """Mean of the elements that are numbers."""
    return mean(a, axis, dtype, None, keepdims, where=ufuncs.logical_not(ufuncs.isnan(a)))


def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Value:
    """Variance of the elements that are numbers."""
    numbers = ufuncs.logical_not(ufuncs.isnan(a))
    return var(_without_nan(a, 0, "nanvar"), axis, dtype, None, ddof, keepdims, where=numbers)


def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Value:
    """Standard deviation of the elements that are numbers."""
    return lax.sqrt(nanvar(a, axis, dtype, None, ddof, keepdims))


def nanargmax(
    a: Any, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Value:
    """Index of the greatest element that is a number; -1 if none is."""
    return _nan_arg(argmax, float("-inf"), a, axis, keepdims, "nanargmax")


def nanargmin(
    a: Any, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Value:
    """Index of the least element that is a number; -1 if none is."""
    return _nan_arg(argmin, float("inf"), a, axis, keepdims, "nanargmin")


def _nan_arg(op: Callable, bound: float, a: Any, axis: Any, keepdims: Any, who: str) -> Value:
    a = ops.value_of(a, who)
    place = op(_without_nan(a, bound, who), axis, None, keepdims)
    return ufuncs.where(all(ufuncs.isnan(a), axis, keepdims=bool(keepdims)), -1, place)


# Running.


def _running(who: str, op: Callable, a: Any, axis: int | None, dtype: Any) -> Value:
    a = ops.value_of(a, who)
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    found = sum_dtype(a.dtype) if dtype is None else request_dtype(as_dtype(dtype, who), who)
    return op(convert(a, found), ops.axis_of(axis, a.ndim, who))


def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Value:
    """Sums of the elements up to each one."""
    return _running("cumsum", lax.cumsum, a, axis, dtype)


def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Value:
    """Products of the elements up to each one."""
    return _running("cumprod", lax.cumprod, a, axis, dtype)


def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Value:
    """`cumsum` in which NaN counts as 0."""
    return cumsum(_without_nan(a, 0, "nancumsum"), axis, dtype)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Value:
    """`cumprod` in which NaN counts as 1."""
    return cumprod(_without_nan(a, 1, "nancumprod"), axis, dtype)


def _cumulative(
    who: str,
    op: Callable,
    neutral: int,
    x: Any,
    axis: int | None,
    dtype: Any,
    include_initial: bool,
) -> Value:
    x = ops.value_of(x, who)
    if axis is None:
        if x.ndim != 1:
            raise ValueError(explain(who, "an axis, of more than one dimension", "none"))
        axis = 0
    axis = ops.axis_of(axis, x.ndim, who)
    out = op(x, axis, dtype)
    if not include_initial:
        return out
    first = lax.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), neutral, out.dtype)
    return lax.concatenate([first, out], axis)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Value:
    """`cumsum`, starting with 0 if `include_initial`."""
    return _cumulative("cumulative_sum", cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Value:
    """`cumprod`, starting with 1 if `include_initial`."""
    return _cumulative("cumulative_prod", cumprod, 1, x, axis, dtype, include_initial)
