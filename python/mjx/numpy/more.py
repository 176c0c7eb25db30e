"""Window functions, which taper a signal to its ends; the Bessel function `i0`; `spacing`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import ones
from mjx.support.dtypes import default_float, is_kind
from mjx.support.errors import explain

__all__ = ["bartlett", "blackman", "hamming", "hanning", "i0", "kaiser", "spacing"]


def i0(x: Any) -> Value:
    """The modified Bessel function of the first kind and order 0, of real numbers.

    >>> mjx.numpy.i0(0.)
    Array(1., dtype=float32, weak_type=True)
    """
    (x,) = ops.promoted("i0", x, inexact=True)
    if is_kind(x.dtype, complex):
        raise ValueError(explain("i0", "real numbers", str(x.aval)))
    return ufuncs.exp(ufuncs.abs(x)) * lax.bessel_i0e(x)


def _window(who: str, M: Any, values: Callable[[Value, int], Value]) -> Value:
    """`values(n, last)` at the places n = 0, ..., last; 1 for a window of one place."""
    count = max(operator.index(M), 0)
    if count <= 1:
        return ones(count, default_float())
    return values(lax.iota(default_float(), count), count - 1)


def bartlett(M: int) -> Value:
    """A triangle of `M` places, 0 at both ends."""
    return _window("bartlett", M, lambda n, last: 1 - ufuncs.abs(2 * n - last) / last)


def _cosines(n: Value, last: int, *weights: float) -> Value:
    angle = n * (2 * np.pi / last)
    terms = [weight * ufuncs.cos(k * angle) for k, weight in enumerate(weights)]
    return sum(terms[1:], terms[0])


def hanning(M: int) -> Value:
    """One period of a cosine of `M` places, raised to lie between 0 and 1."""
    return _window("hanning", M, lambda n, last: _cosines(n, last, 0.5, -0.5))


def hamming(M: int) -> Value:
    """As `hanning`, but with ends of 0.08, which makes the nearest side lobe small."""
    return _window("hamming", M, lambda n, last: _cosines(n, last, 0.54, -0.46))


def blackman(M: int) -> Value:
    """A sum of two cosines and a constant of `M` places, 0 at both ends."""
    return _window("blackman", M, lambda n, last: _cosines(n, last, 0.42, -0.5, 0.08))


def kaiser(M: int, beta: Any) -> Value:
    """A bell of `M` places, the narrower the greater `beta`; 0 gives a rectangle."""

    def values(n: Value, last: int) -> Value:
        x = 2 * n / last - 1
        return i0(beta * ufuncs.sqrt(1 - x * x)) / i0(beta)

    return _window("kaiser", M, values)


def spacing(x: Any, /) -> Value:
    """The distance from each number to the next one away from 0, with the sign of `x`.

    >>> mjx.numpy.spacing(1.) == mjx.numpy.finfo("float32").eps
    Array(True, dtype=bool)
    """
    (x,) = ops.promoted("spacing", x, inexact=True)
    size = ufuncs.abs(x)
    gap = ufuncs.nextafter(size, convert(np.inf, x.dtype)) - size
    return ufuncs.where(x < 0, -gap, gap)
