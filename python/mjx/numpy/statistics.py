"""Order statistics, covariance, differences, interpolation and convolution."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Tracer
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.lax.shape import broadcast_to
from mjx.numpy import operands as ops
from mjx.numpy import reductions, ufuncs
from mjx.numpy.creation import array, diagonal
from mjx.numpy.products import dot
from mjx.numpy.sorting import searchsorted
from mjx.support.dtypes import DTYPES, finfo, is_kind, real_dtype
from mjx.support.errors import explain

__all__ = [
    "convolve",
    "corrcoef",
    "correlate",
    "cov",
    "diff",
    "ediff1d",
    "gradient",
    "interp",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
    "trapezoid",
    "unwrap",
]

_INT32 = DTYPES["int32"]


# Quantiles.


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: None = None,
) -> Value:
    """The elements of rank `q`, in [0, 1], along axes; between two of them by `method`."""
    return _quantiles("quantile", a, q, axis, method, keepdims, False)


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: None = None,
) -> Value:
    """The quantiles of the elements that are not NaN."""
    return _quantiles("nanquantile", a, q, axis, method, keepdims, True)


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: None = None,
) -> Value:
    """As `quantile`, with `q` in [0, 100]."""
    return _quantiles("percentile", a, _hundredth(q), axis, method, keepdims, False)


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: None = None,
) -> Value:
    """The percentiles of the elements that are not NaN."""
    return _quantiles("nanpercentile", a, _hundredth(q), axis, method, keepdims, True)


def median(
    a: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Value:
    """The middle element, or the mean of the two in the middle."""
    return _quantiles("median", a, 0.5, axis, "midpoint", keepdims, False)


def nanmedian(
    a: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Value:
    """The median of the elements that are not NaN."""
    return _quantiles("nanmedian", a, 0.5, axis, "midpoint", keepdims, True)


def _hundredth(q: Any) -> Any:
    return q / 100 if isinstance(q, (int, float)) else ufuncs.divide(array(q), 100)


_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantiles(
    who: str, a: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool
) -> Value:
    if method not in _METHODS:
        raise ValueError(explain(who, f"a method of {', '.join(_METHODS)}", repr(method)))
    (a,) = ops.promoted(who, a, inexact=True)
    if is_kind(a.dtype, complex):
        raise ValueError(explain(who, "real numbers", a.dtype.name))
    q = convert(array(q), a.dtype)
    axes = ops.axes_or_all(axis, a.ndim, who)
    return _quantile(
        a, q, axes=axes, method=method, keepdims=bool(keepdims), skip_nan=bool(skip_nan)
    )


@fused
def _quantile(
    a: Value, q: Value, *, axes: tuple[int, ...], method: str, keepdims: bool, skip_nan: bool
) -> Value:
    kept = [d for d in range(a.ndim) if d not in axes]
    rest = tuple([a.shape[d] for d in kept])
    count = math.prod([a.shape[d] for d in axes])
    shown = tuple([1 if d in axes else n for d, n in enumerate(a.shape)]) if keepdims else rest
    shape = (*q.shape, *shown)
    if not count:
        return lax.full(shape, math.nan, a.dtype)
    rows = lax.reshape(lax.transpose(a, [*axes, *kept]), (count, math.prod(rest)))
    rows = lax.sort(rows, 0)
    nan = ufuncs.isnan(rows)
    if skip_nan:
        last = reductions.sum(convert(lax.bitwise_not(nan), a.dtype), 0) - 1
        bad = ufuncs.less(last, 0)
        last = ufuncs.maximum(last, 0)
    else:
        last = lax.full((rows.shape[1],), count - 1, a.dtype)
        bad = lax.index_in_dim(nan, count - 1, 0, False)
    ranks = lax.reshape(q, (q.size, 1)) * lax.reshape(last, (1, last.size))
    found = _between(rows, ranks, method)
    valid = ufuncs.logical_and(ufuncs.greater_equal(q, 0), ufuncs.less_equal(q, 1))
    wrong = ufuncs.logical_or(ufuncs.logical_not(lax.reshape(valid, (q.size, 1))), bad)
    found = ufuncs.where(wrong, math.nan, found)
    return lax.reshape(found, shape)


def _between(rows: Value, ranks: Value, method: str) -> Value:
    """Elements of sorted columns at fractional ranks."""
    ranks = lax.stop_gradient(ranks) if method != "linear" else ranks
    low, high = lax.floor(ranks), lax.ceil(ranks)
    columns = lax.broadcasted_iota(_INT32, ranks.shape, 1)

    def at(rank: Value) -> Value:
        return rows[convert(rank, _INT32), columns]

    if method == "lower":
        return at(low)
    if method == "higher":
        return at(high)
    if method == "nearest":
        return at(lax.round(ranks, lax.RoundingMethod.TO_NEAREST_EVEN))
    below, above = at(low), at(high)
    if method == "midpoint":
        # Halves first, so that nothing overflows; equal infinities stay.
        return ufuncs.where(lax.eq(below, above), below, below * 0.5 + above * 0.5)
    weight = ranks - low
    mixed = below * (1 - weight) + above * weight
    return ufuncs.where(lax.eq(below, above), below + weight * 0, mixed)


# Covariance.


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Value:
    """The covariance matrix of variables, which are rows, or columns without `rowvar`."""
    given = ops.promoted("cov", m, *([] if y is None else [y]), inexact=True)
    for x in given:
        if x.ndim > 2:
            raise ValueError(explain("cov", "at most 2 dimensions", str(x.aval)))
    rows = [lax.reshape(x, (1, x.size)) if x.ndim < 2 else x for x in given]
    rows = [r.T if not rowvar and x.ndim == 2 else r for r, x in zip(rows, given)]
    x = ops.to_dtype(lax.concatenate(rows, 0), dtype, "cov")
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = _observation_weights(x, fweights, aweights)
    if weights is None:
        total = scale = lax.full((), x.shape[1], real_dtype(x.dtype))
        mean = reductions.mean(x, 1, keepdims=True)
        freedom = scale - ddof
    else:
        total = reductions.sum(weights)
        mean = reductions.sum(x * weights, 1, keepdims=True) / total
        freedom = _freedom(weights, aweights, total, ddof)
    centred = x - mean
    weighted = centred if weights is None else centred * weights
    found = dot(weighted, ufuncs.conj(centred.T)) / ufuncs.maximum(freedom, 0)
    return lax.reshape(found, ()) if found.shape == (1, 1) else found


def _observation_weights(x: Value, fweights: Any, aweights: Any) -> Value | None:
    weights = None
    for w in (fweights, aweights):
        if w is None:
            continue
        w = ops.value_of(w, "cov")
        if w.shape != x.shape[1:]:
            raise RuntimeError(
                explain("cov", f"a weight for each of {x.shape[1]} observations", str(w.shape))
            )
        w = convert(w, real_dtype(x.dtype))
        weights = w if weights is None else weights * w
    return weights


def _freedom(weights: Value, aweights: Any, total: Value, ddof: int) -> Value:
    if not ddof:
        return total
    if aweights is None:
        return total - ddof
    return total - ddof * reductions.sum(weights * convert(array(aweights), weights.dtype)) / total


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Value:
    """The correlation matrix of variables, which are rows, or columns without `rowvar`."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = lax.sqrt(ufuncs.real(diagonal(c)))
    c = c / lax.reshape(deviation, (deviation.shape[0], 1)) / deviation
    if is_kind(c.dtype, complex):
        return lax.complex(ufuncs.clip(lax.real(c), -1, 1), ufuncs.clip(lax.imag(c), -1, 1))
    return ufuncs.clip(c, -1, 1)


# Differences and integrals.


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Value:
    """The differences of neighbours along an axis, taken `n` times."""
    a = ops.value_of(a, "diff")
    n = operator.index(n)
    if n < 0:
        raise ValueError(explain("diff", "n of 0 or more", str(n)))
    if not a.ndim:
        raise ValueError(explain("diff", "at least 1 dimension", "a scalar"))
    if n == 0:
        return a
    axis = axis_of(axis, a.ndim, "diff")
    parts = [p if p is None else ops.value_of(p, "diff") for p in (prepend, a, append)]
    one = tuple([1 if d == axis else m for d, m in enumerate(a.shape)])
    parts = [p if p is None or p.ndim else broadcast_to(p, one) for p in parts]
    parts = ops.promoted("diff", *[p for p in parts if p is not None])
    a = lax.concatenate(parts, axis) if len(parts) > 1 else parts[0]
    apart = ufuncs.not_equal if is_kind(a.dtype, bool) else ufuncs.subtract
    for _ in range(n):
        m = a.shape[axis]
        low = lax.slice_in_dim(a, 0, max(m - 1, 0), axis=axis)
        a = apart(lax.slice_in_dim(a, min(1, m), m, axis=axis), low)
    return a


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Value:
    """The differences of neighbours among all elements, between other numbers."""
    a = ops.value_of(ary, "ediff1d")
    found = diff(lax.reshape(a, (a.size,)))
    ends = [None if v is None else convert(array(v), a.dtype) for v in (to_begin, to_end)]
    first, last = [[] if v is None else [lax.reshape(v, (v.size,))] for v in ends]
    return lax.concatenate([*first, found, *last], 0)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Value:
    """The integral along an axis by straight lines between points."""
    if x is None:
        y, dx = ops.promoted("trapezoid", y, dx, inexact=True)
    else:
        y, x = ops.promoted("trapezoid", y, x, inexact=True)
    axis = axis_of(axis, y.ndim, "trapezoid")
    y = lax.transpose(y, [d for d in range(y.ndim) if d != axis] + [axis])
    if x is not None:
        x = x if x.ndim <= 1 else lax.transpose(x, [d for d in range(x.ndim) if d != axis] + [axis])
        dx = diff(x)
    return reductions.sum(dx * (y[..., 1:] + y[..., :-1]), -1) * 0.5


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int | None = None) -> Any:
    """The slopes along each axis: central differences inside, one-sided ones at the ends."""
    if edge_order not in (None, 1):
        raise ValueError(explain("gradient", "edge_order of 1", str(edge_order)))
    (f,) = ops.promoted("gradient", f, inexact=True)
    axes = ops.axes_or_all(axis, f.ndim, "gradient")
    spacing = list(varargs) if len(varargs) != 1 else list(varargs) * len(axes)
    spacing = spacing or [1.0] * len(axes)
    if len(spacing) != len(axes):
        raise TypeError(explain("gradient", f"no, one or {len(axes)} spacings", str(len(varargs))))
    found = [_slope(f, convert(array(h), f.dtype), d) for h, d in zip(spacing, axes)]
    return found[0] if axis is not None and np.ndim(axis) == 0 or len(axes) == 1 else found


def _slope(f: Value, h: Value, axis: int) -> Value:
    n = f.shape[axis]
    if n < 2:
        raise ValueError(
            explain("gradient", f"at least 2 elements along axis {axis}", str(f.shape))
        )

    def cut(low: int, high: int) -> Value:
        return lax.slice_in_dim(f, low, high, axis=axis)

    if not h.ndim:
        first, last = (cut(1, 2) - cut(0, 1)) / h, (cut(n - 1, n) - cut(n - 2, n - 1)) / h
        middle = (cut(2, n) - cut(0, n - 2)) / (2 * h)
        return lax.concatenate([first, middle, last], axis)
    steps = lax.reshape(diff(h), [n - 1 if d == axis else 1 for d in range(f.ndim)])
    rises = (cut(1, n) - cut(0, n - 1)) / steps

    def part(x: Value, low: int, high: int) -> Value:
        return lax.slice_in_dim(x, low, high, axis=axis)

    before, after = part(steps, 0, n - 2), part(steps, 1, n - 1)
    middle = (part(rises, 0, n - 2) * after + part(rises, 1, n - 1) * before) / (before + after)
    return lax.concatenate([part(rises, 0, 1), middle, part(rises, n - 2, n - 1)], axis)


# Interpolation.


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Value:
    """Straight lines between the points (xp, fp), at x; beyond them `left` and `right`.

    'extrapolate' for `left` or `right` goes on with the line at that end.
    """
    x, xp = ops.promoted("interp", x, xp, inexact=True)
    (fp,) = ops.promoted("interp", fp, inexact=True)
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(
            explain("interp", "vectors xp and fp of one length", f"{xp.aval} and {fp.aval}")
        )
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, period)
        left = right = None
    i = ufuncs.clip(searchsorted(xp, x, "right"), 1, max(xp.shape[0] - 1, 1))
    low = ufuncs.minimum(i - 1, xp.shape[0] - 1)
    high = ufuncs.minimum(i, xp.shape[0] - 1)
    run = xp[high] - xp[low]
    flat = ufuncs.less_equal(ufuncs.abs(run), float(finfo(xp.dtype).tiny))
    share = ufuncs.where(flat, 0, (x - xp[low]) / ufuncs.where(flat, 1, run))
    found = fp[low] + share * (fp[high] - fp[low])
    if left != "extrapolate":
        found = ufuncs.where(ufuncs.less(x, xp[0]), fp[0] if left is None else left, found)
    if right != "extrapolate":
        found = ufuncs.where(ufuncs.greater(x, xp[-1]), fp[-1] if right is None else right, found)
    return found


def _periodic(x: Value, xp: Value, fp: Value, period: Any) -> tuple[Value, Value, Value]:
    if not isinstance(period, Tracer) and float(period) == 0:
        raise ValueError(explain("interp", "a period other than 0", str(period)))
    period = ufuncs.abs(convert(array(period), xp.dtype))
    x, xp = ufuncs.remainder(x, period), ufuncs.remainder(xp, period)
    xp, fp = lax.sort((xp, fp), 0)
    xp = lax.concatenate([xp[-1:] - period, xp, xp[:1] + period], 0)
    return x, xp, lax.concatenate([fp[-1:], fp, fp[:1]], 0)


def unwrap(p: Any, discont: Any = None, axis: int = -1, period: Any = 2 * math.pi) -> Value:
    """Angles along an axis with whole periods added, so that no step is longer than half of one."""
    p = ops.value_of(p, "unwrap")
    if is_kind(p.dtype, int) and type(period) is int:
        half, whole = period // 2, period
    else:
        (p,) = ops.promoted("unwrap", p, inexact=True)
        half, whole = period / 2, period
    axis = axis_of(axis, p.ndim, "unwrap")
    if p.shape[axis] < 2:
        return p
    steps = diff(p, axis=axis)
    wrapped = ufuncs.remainder(steps + half, whole) - half
    edge = ufuncs.logical_and(ufuncs.equal(wrapped, -half), ufuncs.greater(steps, 0))
    wrapped = ufuncs.where(edge, half, wrapped)
    least = half if discont is None else ufuncs.maximum(discont, half)
    correction = ufuncs.where(ufuncs.less(ufuncs.abs(steps), least), 0, wrapped - steps)
    first = lax.slice_in_dim(p, 0, 1, axis=axis)
    rest = lax.slice_in_dim(p, 1, p.shape[axis], axis=axis)
    shifted = rest + lax.cumsum(convert(correction, p.dtype), axis)
    return lax.concatenate([first, convert(shifted, p.dtype)], axis)


# Convolution.


def convolve(
    a: Any,
    v: Any,
    mode: str = "full",
    *,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """The convolution of two vectors: 'full', as long as the longer ('same') or 'valid'."""
    a, v = _vectors("convolve", a, v, mode, preferred_element_type)
    if a.shape[0] < v.shape[0]:
        a, v = v, a
    return _sliding(a, lax.rev(v, (0,)), mode)


def correlate(
    a: Any,
    v: Any,
    mode: str = "valid",
    *,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """The products of a vector with the conjugate of another, shifted along it."""
    a, v = _vectors("correlate", a, v, mode, preferred_element_type)
    v = ufuncs.conj(v)
    if a.shape[0] >= v.shape[0]:
        return _sliding(a, v, mode)
    return lax.rev(_sliding(v, a, mode), (0,))


def _vectors(who: str, a: Any, v: Any, mode: str, preferred: Any) -> list[Value]:
    a, v = ops.promoted(who, a, v)
    for x in (a, v):
        if x.ndim != 1 or not x.size:
            raise ValueError(explain(who, "vectors that are not empty", f"{a.aval} and {v.aval}"))
    if mode not in ("full", "same", "valid"):
        raise ValueError(explain(who, "mode 'full', 'same' or 'valid'", repr(mode)))
    return [ops.to_dtype(x, preferred, who) for x in (a, v)]


def _sliding(a: Value, v: Value, mode: str) -> Value:
    """Products of `v` with windows of the longer `a`, padded with zeros unless 'valid'."""
    n = v.shape[0]
    low, high = {"full": (n - 1, n - 1), "same": (n // 2, (n - 1) // 2), "valid": (0, 0)}[mode]
    truth = is_kind(a.dtype, bool)
    if truth:
        a, v = convert(a, _INT32), convert(v, _INT32)
    image, kernel = lax.reshape(a, (1, 1, a.shape[0])), lax.reshape(v, (1, 1, n))
    found = lax.conv_general_dilated(image, kernel, (1,), [(low, high)])
    found = lax.reshape(found, (found.size,))
    return lax.ne(found, convert(0, _INT32)) if truth else found
