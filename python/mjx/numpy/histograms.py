"""Counting: histograms and the bins of elements."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.lax.shape import broadcast_to
from mjx.numpy import operands as ops
from mjx.numpy import reductions, ufuncs
from mjx.numpy.creation import array, linspace
from mjx.numpy.sorting import concrete, searchsorted
from mjx.numpy.statistics import diff
from mjx.support.dtypes import default_int, is_kind
from mjx.support.errors import explain

__all__ = [
    "bincount",
    "digitize",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
]


def bincount(
    x: Any, weights: Any = None, minlength: int = 0, *, length: int | None = None
) -> Value:
    """How often each number from 0 on occurs, or the sums of their weights.

    `length` fixes how many numbers are counted; it is needed where `x` is traced.
    """
    x = ops.value_of(x, "bincount")
    if not is_kind(x.dtype, int) and not is_kind(x.dtype, bool):
        raise TypeError(explain("bincount", "integers", x.dtype.name))
    if x.ndim != 1:
        raise ValueError(explain("bincount", "a vector", str(x.aval)))
    minlength = operator.index(minlength)
    if length is None:
        host = concrete(x, "bincount", "length")
        length = max(minlength, int(host.max()) + 1 if host.size else 0)
    x = ufuncs.maximum(convert(x, default_int()), 0)
    if weights is None:
        weights = lax.full(x.shape, 1, default_int())
    weights = ops.value_of(weights, "bincount")
    if weights.shape != x.shape:
        raise ValueError(explain("bincount", f"weights of shape {x.shape}", str(weights.shape)))
    total = lax.full((operator.index(length),), 0, weights.dtype)
    return total.at[x].add(weights, mode="drop")


def digitize(x: Any, bins: Any, right: bool = False, *, method: str | None = None) -> Value:
    """The number of the bin, between monotonic edges, that each element falls into."""
    x, bins = ops.promoted("digitize", x, array(bins))
    if bins.ndim != 1:
        raise ValueError(explain("digitize", "a vector of bins", str(bins.aval)))
    side = "left" if right else "right"
    if not bins.shape[0]:
        return lax.full(x.shape, 0, default_int())
    rising = searchsorted(bins, x, side)
    falling = bins.shape[0] - searchsorted(lax.rev(bins, (0,)), x, side)
    return ufuncs.where(ufuncs.greater_equal(bins[-1], bins[0]), rising, falling)


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Value:
    """The edges of equal bins over `range`, the extent of the elements unless given."""
    if isinstance(bins, str):
        raise ValueError(explain("histogram_bin_edges", "a number of bins, or edges", repr(bins)))
    if np.ndim(bins) == 1:
        return array(bins)
    (a,) = ops.promoted("histogram_bin_edges", a, inexact=True)
    if range is None:
        low, high = (f(a) if a.size else i for i, f in enumerate((reductions.min, reductions.max)))
    else:
        low, high = range
    low, high = (convert(array(v), a.dtype) for v in (low, high))
    same = lax.eq(low, high)
    low, high = ufuncs.where(same, low - 0.5, low), ufuncs.where(same, high + 0.5, high)
    return linspace(low, high, operator.index(bins) + 1, dtype=a.dtype)


def _bin_of(x: Value, edges: Value) -> tuple[Value, Value]:
    """The bins that elements fall into, the last closed, and whether there is one."""
    count = edges.shape[0] - 1
    place = searchsorted(edges, x, "right") - 1
    place = ufuncs.where(lax.eq(x, broadcast_to(edges[-1], x.shape)), count - 1, place)
    inside = ufuncs.logical_and(ufuncs.greater_equal(x, edges[0]), ufuncs.less_equal(x, edges[-1]))
    return place, inside


def histogram(
    a: Any, bins: Any = 10, range: Any = None, weights: Any = None, density: bool | None = None
) -> tuple[Value, Value]:
    """How many elements fall into each bin, or the sums of their weights, and the edges."""
    a = ops.value_of(a, "histogram")
    edges = histogram_bin_edges(a, bins, range, weights)
    counts, _ = histogramdd(
        lax.reshape(a, (a.size, 1)),
        [edges],
        None,
        None if weights is None else reductions.sum(lax.reshape(array(weights), (a.size, 1)), 1),
        density,
    )
    return counts, edges


def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: bool | None = None,
) -> tuple[Value, Value, Value]:
    """The histogram of points in the plane, and the edges along both axes."""
    x, y = ops.promoted("histogram2d", x, y)
    if np.ndim(bins) == 1 and len(bins) != 2:
        bins = [bins, bins]
    counts, edges = histogramdd(lax.stack([x, y], 1), bins, range, weights, density)
    return counts, *edges


def histogramdd(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: bool | None = None,
) -> tuple[Value, list[Value]]:
    """The histogram of points, one in each row, and the edges along each axis."""
    if isinstance(sample, (list, tuple)):
        sample = lax.stack(ops.promoted("histogramdd", *sample), 1)
    (sample,) = ops.promoted("histogramdd", sample, inexact=True)
    points, rank = sample.shape
    bins = [bins] * rank if np.ndim(bins) == 0 and not isinstance(bins, (list, tuple)) else bins
    range = [None] * rank if range is None else range
    if len(bins) != rank:
        raise ValueError(explain("histogramdd", f"bins for {rank} dimensions", str(len(bins))))
    columns = [sample[:, d] for d in np.arange(rank)]
    edges = [histogram_bin_edges(c, b, r) for c, b, r in zip(columns, bins, range)]
    edges = [convert(e, sample.dtype) for e in edges]
    shape = tuple([e.shape[0] - 1 for e in edges])
    place, inside = lax.full((points,), 0, default_int()), lax.full((points,), True, bool)
    for column, e, n in zip(columns, edges, shape):
        own, within = _bin_of(column, e)
        place, inside = place * n + own, lax.bitwise_and(inside, within)
    place = ufuncs.where(inside, place, math.prod(shape))
    if weights is None:
        weights = lax.full((points,), 1, sample.dtype)
    (weights,) = ops.promoted("histogramdd", weights)
    flat = bincount(place, weights, length=math.prod(shape))
    counts = lax.reshape(flat, shape)
    if density:
        counts = _density(counts, edges)
    return counts, edges


def _density(counts: Value, edges: Sequence[Value]) -> Value:
    counts = ufuncs.divide(counts, reductions.sum(counts))
    for d, e in enumerate(edges):
        widths = [1] * len(edges)
        widths[d] = e.shape[0] - 1
        counts = counts / lax.reshape(diff(e), widths)
    return counts
