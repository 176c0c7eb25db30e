"""Ways of padding that compute what they put around an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.numpy import reductions, ufuncs
from mjx.numpy.statistics import median
from mjx.support.dtypes import is_kind

STATISTICS = {
    "maximum": reductions.max,
    "minimum": reductions.min,
    "mean": reductions.mean,
    "median": median,
}


def with_statistics(
    a: Value, widths: Sequence[tuple[int, int]], mode: str, stat_length: Any = None
) -> Value:
    """Padded along each axis with a statistic of the nearest `stat_length` elements, or of all."""
    lengths = np.broadcast_to(np.asarray(stat_length, dtype=object), (a.ndim, 2))
    for d, (low, high) in enumerate(widths):
        n = a.shape[d]
        first, last = (n if m is None else min(int(m), n) for m in lengths[d])
        before = _statistic(lax.slice_in_dim(a, 0, first, axis=d), d, mode, a.dtype)
        after = _statistic(lax.slice_in_dim(a, n - last, n, axis=d), d, mode, a.dtype)
        a = _around(a, d, _repeated(before, d, low), _repeated(after, d, high))
    return a


def _statistic(part: Value, d: int, mode: str, dtype: Any) -> Value:
    found = STATISTICS[mode](part, d, keepdims=True)
    rounded = is_kind(dtype, int) and not is_kind(found.dtype, int)
    return convert(ufuncs.rint(found) if rounded else found, dtype)


def _repeated(x: Value, d: int, count: int) -> Value:
    shape = tuple([count if i == d else n for i, n in enumerate(x.shape)])
    return lax.broadcast_in_dim(x, shape, tuple(range(x.ndim)))


def _around(a: Value, d: int, before: Value, after: Value) -> Value:
    return lax.concatenate([before, a, after], d)


def with_ramps(a: Value, widths: Sequence[tuple[int, int]], end_values: Any = 0) -> Value:
    """Padded along each axis with straight lines from the edge to the end value."""
    ends = np.broadcast_to(np.asarray(end_values), (a.ndim, 2))
    for d, (low, high) in enumerate(widths):
        n = a.shape[d]
        first, last = lax.slice_in_dim(a, 0, 1, axis=d), lax.slice_in_dim(a, n - 1, n, axis=d)
        before = _ramp(first, d, low, ends[d, 0].item())
        after = lax.rev(_ramp(last, d, high, ends[d, 1].item()), (d,))
        a = _around(a, d, before, after)
    return a


def _ramp(edge: Value, d: int, count: int, end: Any) -> Value:
    """From the end value on towards the edge, which is left out."""
    share = np.arange(count).reshape([count if i == d else 1 for i in range(edge.ndim)])
    rise = ufuncs.subtract(edge, end) * (share.astype(np.float32) / max(count, 1))
    found = ufuncs.add(rise, end)
    return convert(lax.floor(found) if is_kind(edge.dtype, int) else found, edge.dtype)
