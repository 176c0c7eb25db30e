"""Statistics of samples: mode, ranks and standard errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import mjx.numpy as mnp
from mjx import lax

__all__ = ["ModeResult", "mode", "rankdata", "sem"]


class ModeResult(NamedTuple):
    """The most frequent values, and how often they occur."""

    mode: Any
    count: Any


def _check_policy(who: str, nan_policy: str) -> None:
    if nan_policy != "propagate":
        raise ValueError(f"{who}: expected nan_policy='propagate', but got {nan_policy!r}")


def _along_last(x: Any, axis: int | None) -> Any:
    return mnp.ravel(x) if axis is None else mnp.moveaxis(x, axis, -1)


def mode(
    a: Any, axis: int | None = 0, nan_policy: str = "propagate", keepdims: bool = False
) -> ModeResult:
    """The most frequent value along an axis, the least of them if there are several."""
    _check_policy("mode", nan_policy)
    a = mnp.asarray(a)
    rows = mnp.sort(_along_last(a, axis), axis=-1)
    if not rows.shape[-1]:
        raise ValueError(f"mode: expected elements along axis {axis}, but got shape {a.shape}")
    starts = mnp.concatenate(
        [mnp.ones((*rows.shape[:-1], 1), bool), rows[..., 1:] != rows[..., :-1]], axis=-1
    )
    at = mnp.arange(rows.shape[-1])
    first = lax.cummax(mnp.where(starts, at, 0), axis=rows.ndim - 1)
    counts = at - first + 1
    best = mnp.argmax(counts, axis=-1, keepdims=True)
    value = mnp.take_along_axis(rows, best, axis=-1)
    count = mnp.take_along_axis(counts, best, axis=-1)
    nan = mnp.any(rows != rows, axis=-1, keepdims=True)
    if mnp.issubdtype(rows.dtype, mnp.inexact):
        value = mnp.where(nan, mnp.nan, value)
    if not keepdims:
        return ModeResult(value[..., 0], count[..., 0])
    if axis is None:
        shape = (1,) * a.ndim
        return ModeResult(value.reshape(shape), count.reshape(shape))
    return ModeResult(mnp.moveaxis(value, -1, axis), mnp.moveaxis(count, -1, axis))


def rankdata(
    a: Any, method: str = "average", *, axis: int | None = None, nan_policy: str = "propagate"
) -> Any:
    """The rank of each element, from 1.

    Equal elements share the mean of their ranks ('average'), the least ('min') or the greatest
    ('max'); or have ranks in order ('ordinal'); or ranks count distinct values ('dense').
    """
    _check_policy("rankdata", nan_policy)
    if method not in ("average", "min", "max", "dense", "ordinal"):
        raise ValueError(f"rankdata: expected a known method, but got {method!r}")
    a = mnp.asarray(a)
    rows = _along_last(a, axis)
    order = mnp.argsort(rows, axis=-1, stable=True)
    inverse = mnp.argsort(order, axis=-1, stable=True)
    ranks = _ranks_in_order(mnp.take_along_axis(rows, order, axis=-1), method)
    ranks = mnp.take_along_axis(ranks, inverse, axis=-1)
    return ranks if axis is None else mnp.moveaxis(ranks, -1, axis)


def _ranks_in_order(rows: Any, method: str) -> Any:
    n = rows.shape[-1]
    at = mnp.broadcast_to(mnp.arange(n), rows.shape)
    if method == "ordinal":
        return at + 1
    ones = mnp.ones((*rows.shape[:-1], min(n, 1)), bool)
    change = rows[..., 1:] != rows[..., :-1]
    starts = mnp.concatenate([ones, change], axis=-1)
    if method == "dense":
        return mnp.cumsum(starts, axis=-1)
    ends = mnp.concatenate([change, ones], axis=-1)
    last = rows.ndim - 1
    first = lax.cummax(mnp.where(starts, at, 0), axis=last) + 1
    final = lax.cummin(mnp.where(ends, at, n), axis=last, reverse=True) + 1
    if method == "average":
        return (first + final) / 2
    return first if method == "min" else final


def sem(
    a: Any,
    axis: int | None = 0,
    ddof: int = 1,
    nan_policy: str = "propagate",
    *,
    keepdims: bool = False,
) -> Any:
    """The standard error of the mean; with nan_policy='omit' of the elements that are not NaN."""
    if nan_policy not in ("propagate", "omit"):
        raise ValueError(f"sem: expected nan_policy 'propagate' or 'omit', but got {nan_policy!r}")
    a = mnp.asarray(a)
    if axis is None:
        a, axis = mnp.ravel(a), 0
    if nan_policy == "omit":
        count = mnp.sum(~mnp.isnan(a), axis=axis, keepdims=keepdims)
        deviation = mnp.nanstd(a, axis=axis, ddof=ddof, keepdims=keepdims)
        return deviation / mnp.sqrt(count.astype(deviation.dtype))
    deviation = mnp.std(a, axis=axis, ddof=ddof, keepdims=keepdims)
    return deviation / a.shape[axis] ** 0.5
