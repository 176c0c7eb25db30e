"""The error function and the normal distribution."""

from __future__ import annotations

import math
from typing import Any

from mjx import lax
from mjx.scipy.elementwise import constant, elementwise

__all__ = ["erf", "erfc", "erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]


@elementwise
def erf(x: Any) -> Any:
    """The error function."""
    return lax.erf(x)


@elementwise
def erfc(x: Any) -> Any:
    """1 - erf(x), accurate for large x."""
    return lax.erfc(x)


@elementwise
def erfinv(x: Any) -> Any:
    """The inverse of `erf`; infinite at -1 and 1, NaN beyond."""
    return lax.erf_inv(x)


@elementwise
def ndtr(x: Any) -> Any:
    """The distribution function of the standard normal distribution."""
    return lax.mul(lax.erfc(lax.mul(x, constant(x, -math.sqrt(0.5)))), constant(x, 0.5))


@elementwise
def ndtri(p: Any) -> Any:
    """The inverse of `ndtr`: quantiles of the standard normal distribution.

    Near 0 and 1 it is found from the logarithm of the tail by Newton's method, since 2 p - 1 would
    round.
    """
    tail = lax.min(p, lax.sub(constant(p, 1), p))
    middle = lax.mul(
        constant(p, math.sqrt(2)),
        lax.erf_inv(lax.sub(lax.mul(p, constant(p, 2)), constant(p, 1))),
    )
    is_tail = lax.bitwise_and(lax.lt(tail, constant(p, 0.02)), lax.gt(tail, constant(p, 0)))
    safe = lax.select(is_tail, tail, constant(p, 0.01))
    x = _tail_quantile(safe)
    x = lax.select(lax.lt(p, constant(p, 0.5)), x, lax.neg(x))
    return lax.select(is_tail, x, middle)


def _tail_quantile(p: Any) -> Any:
    """The quantile of a small probability: from its asymptotic form by Newton steps on the log."""
    log_p = lax.log(p)
    y = lax.sqrt(lax.mul(log_p, constant(p, -2)))
    correction = lax.div(lax.log(lax.mul(y, constant(p, math.sqrt(2 * math.pi)))), y)
    x = lax.sub(correction, y)
    for _ in range(4):
        value = log_ndtr(x)
        density = lax.sub(lax.mul(lax.mul(x, x), constant(p, -0.5)), constant(p, _HALF_LOG_2PI))
        slope = lax.exp(lax.sub(density, value))
        x = lax.sub(x, lax.div(lax.sub(value, log_p), slope))
    return x


_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@elementwise
def erfcx(x: Any) -> Any:
    """exp(x ** 2) erfc(x), which falls like 1 / x.

    Directly below 3 (for x > -9 in float32 the result is finite), by Laplace's continued fraction
    from there on (Abramowitz and Stegun 7.1.14).
    """
    large = lax.gt(x, constant(x, 3))
    far = lax.select(large, x, constant(x, 3))
    fraction = far
    for k in range(60, 0, -1):
        fraction = lax.add(far, lax.div(constant(x, k / 2), fraction))
    tail = lax.div(constant(x, 1 / math.sqrt(math.pi)), fraction)
    near = lax.select(large, constant(x, 0), x)
    return lax.select(large, tail, lax.mul(lax.exp(lax.mul(near, near)), lax.erfc(near)))


def log_ndtr(x: Any, series_order: int = 3) -> Any:
    """The logarithm of `ndtr`, accurate in both tails. `series_order` is accepted and not needed."""
    return _log_ndtr(x)


@elementwise
def _log_ndtr(x: Any) -> Any:
    # Below -1: log(erfcx(-x / sqrt 2) / 2) - x**2 / 2; above: log1p of minus the other tail.
    scaled = lax.mul(x, constant(x, -math.sqrt(0.5)))
    low = lax.lt(x, constant(x, -1))
    below = lax.sub(
        lax.log(lax.mul(erfcx(lax.select(low, scaled, constant(x, 1))), constant(x, 0.5))),
        lax.mul(lax.mul(x, x), constant(x, 0.5)),
    )
    other = lax.mul(lax.erfc(lax.neg(lax.select(low, constant(x, 0), scaled))), constant(x, 0.5))
    return lax.select(low, below, lax.log1p(lax.neg(other)))
