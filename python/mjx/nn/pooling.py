"""Pooling: windows over the spatial dimensions of batches of features."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mjx import lax
from mjx import numpy as mnp
from mjx.lax.operands import Value, array_of
from mjx.support.dtypes import iinfo
from mjx.support.errors import explain

__all__ = ["avg_pool", "max_pool", "min_pool", "pool"]


def pool(
    inputs: Any,
    init: Any,
    reduce_fn: Callable[[Any, Any], Any],
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
) -> Value:
    """Combines the elements of windows over the dimensions before the last, the features.

    `inputs` has any number of batch dimensions, one for each number in `window_shape`, and the
    features; `strides` are 1 unless given; `padding` is "SAME", "VALID", or a pair for each spatial
    dimension.
    """
    x = array_of(inputs, "pool")
    window = tuple(window_shape)
    batch = len(x.aval.shape) - len(window) - 1
    if batch < 0:
        raise ValueError(
            explain("pool", f"at least {len(window) + 1} dimensions", str(x.aval.shape))
        )
    strides = (1,) * len(window) if strides is None else tuple(strides)
    if len(strides) != len(window):
        raise ValueError(explain("pool", f"{len(window)} strides", repr(strides)))
    if not isinstance(padding, str):
        padding = [(0, 0)] * batch + [tuple(pair) for pair in padding] + [(0, 0)]
    outer = (1,) * batch
    return lax.reduce_window(
        x, init, reduce_fn, (*outer, *window, 1), (*outer, *strides, 1), padding
    )


def avg_pool(
    inputs: Any,
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    count_include_pad: bool = True,
) -> Value:
    """The means of windows; see `pool`. Padding counts as zeros, or not at all.

    >>> x = mjx.numpy.arange(4.0).reshape(1, 4, 1)
    >>> mjx.nn.avg_pool(x, (2,), (2,)).ravel()
    Array([0.5, 2.5], dtype=float32)
    """
    sums = pool(inputs, 0, lax.add, window_shape, strides, padding)
    if count_include_pad:
        return sums / math.prod(window_shape)
    return sums / pool(mnp.ones_like(inputs), 0, lax.add, window_shape, strides, padding)


def _extreme(x: Value, sign: int) -> Any:
    """What is beyond every element, in one direction."""
    dtype = x.aval.dtype
    if dtype.kind == "b":
        return sign > 0
    if dtype.kind in "iu":
        return int(iinfo(dtype).max if sign > 0 else iinfo(dtype).min)
    return sign * math.inf


def max_pool(
    inputs: Any,
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
) -> Value:
    """The greatest elements of windows; see `pool`. Padding does not count.

    >>> x = mjx.numpy.arange(4.0).reshape(1, 4, 1)
    >>> mjx.nn.max_pool(x, (2,), (2,)).ravel()
    Array([1., 3.], dtype=float32)
    """
    x = array_of(inputs, "max_pool")
    return pool(x, _extreme(x, -1), lax.max, window_shape, strides, padding)


def min_pool(
    inputs: Any,
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
) -> Value:
    """The least elements of windows; see `pool`. Padding does not count."""
    x = array_of(inputs, "min_pool")
    return pool(x, _extreme(x, 1), lax.min, window_shape, strides, padding)
