"""Exponential and related integrals, by series near zero and continued fractions beyond."""

from __future__ import annotations

import math
from typing import Any

import mjx.numpy as mnp
from mjx import lax
from mjx.numpy import operands as ops
from mjx.scipy.elementwise import constant, elementwise

__all__ = ["dawsn", "exp1", "expi", "expn", "spence"]

_EULER = 0.5772156649015329
_INFINITY = float("inf")


def _series(x: Any, terms: int) -> Any:
    """The sum of x ** k / (k k!) from k = 1, nested so that no factor underflows."""
    total = constant(x, 0)
    for k in range(terms, 0, -1):
        total = lax.mul(lax.div(x, constant(x, k)), lax.add(constant(x, 1 / k), total))
    return total


def _fraction(x: Any, n: Any, depth: int) -> Any:
    """E_n(x) exp(x) by its continued fraction, for x > 1 (Abramowitz and Stegun 5.1.22)."""
    b = lax.add(x, lax.add(n, constant(x, 2 * depth)))
    for k in range(depth, 0, -1):
        a = lax.mul(constant(x, k), lax.add(n, constant(x, k - 1)))
        b = lax.sub(lax.add(x, lax.add(n, constant(x, 2 * (k - 1)))), lax.div(a, b))
    return lax.div(constant(x, 1), b)


@elementwise
def exp1(x: Any) -> Any:
    """The exponential integral E_1: exp(-t) / t from x to infinity. Infinite at 0, NaN below."""
    small = lax.le(x, constant(x, 2))
    near = lax.select(small, x, constant(x, 1))
    series = lax.neg(
        lax.add(lax.add(lax.log(near), constant(x, _EULER)), _series(lax.neg(near), 30))
    )
    far = lax.select(small, constant(x, 3), x)
    tail = lax.mul(lax.exp(lax.neg(far)), _fraction(far, constant(x, 1), 50))
    return lax.select(small, series, tail)


@elementwise
def expi(x: Any) -> Any:
    """The exponential integral Ei: the principal value of exp(t) / t from minus infinity to x."""
    negative = lax.lt(x, constant(x, 0))
    below = lax.neg(exp1(lax.select(negative, lax.neg(x), constant(x, 1))))
    size = lax.select(negative, constant(x, 1), x)
    large = lax.gt(size, constant(x, 40))
    near = lax.select(large, constant(x, 1), size)
    series = lax.add(lax.add(lax.log(near), constant(x, _EULER)), _series(near, 120))
    far = lax.select(large, size, constant(x, 50))
    value = lax.select(negative, below, lax.select(large, _asymptotic(far), series))
    return lax.select(lax.eq(x, constant(x, _INFINITY)), x, value)


def _asymptotic(x: Any) -> Any:
    """exp(x) / x times the sum of k! / x ** k, of which 40 terms fall for x > 40."""
    total = constant(x, 1)
    for k in range(38, 0, -1):
        total = lax.add(constant(x, 1), lax.mul(lax.div(constant(x, k), x), total))
    return lax.mul(lax.div(lax.exp(x), x), total)


def expn(n: Any, x: Any) -> Any:
    """The exponential integral E_n of whole n >= 0: exp(-x t) / t ** n from 1 to infinity."""
    n, x = ops.broadcasted("expn", *ops.promoted("expn", n, x, inexact=True))
    safe = mnp.where(x > 0, x, 1.0)
    far = mnp.where(safe > 1, safe, 2.0)
    tail = lax.exp(-far) * _fraction(far, n, 80)
    near = _expn_near(n, mnp.where(safe > 1, 0.5, safe))
    value = mnp.where(safe > 1, tail, near)
    value = mnp.where(n == 0, lax.exp(-safe) / safe, value)
    at_zero = mnp.where(n > 1, 1 / mnp.where(n > 1, n - 1, 1.0), _INFINITY)
    return mnp.where(x > 0, value, mnp.where(x == 0, at_zero, mnp.nan))


def _expn_near(n: Any, x: Any) -> Any:
    """By the series of Abramowitz and Stegun 5.1.12, whose n-1st term is another."""
    last = mnp.maximum(n - 1, 0)
    power = lax.exp(last * mnp.log(x) - lax.lgamma(last + 1)) * mnp.where(last % 2 == 0, 1.0, -1.0)
    total = power * (lax.digamma(last + 1) - mnp.log(x))
    term = mnp.ones_like(x)
    for k in range(25):
        divisor = k - n + 1
        skipped = divisor == 0
        total = total - mnp.where(skipped, 0, term / mnp.where(skipped, 1, divisor))
        term = term * -x / (k + 1)
    return total


@elementwise
def dawsn(x: Any) -> Any:
    """Dawson's integral exp(-x**2) times the integral of exp(t**2) from 0 to x.

    Rybicki's sum of Gaussians on a grid of step 0.4 (Numerical Recipes 6.10): the error is
    exp(-(pi / (2 h)) ** 2), 2e-7 for 0.4 and 5e-18 for 0.25.
    """
    step, terms = 0.25, 40
    size = lax.min(lax.abs(x), constant(x, 1e30))
    centre = lax.mul(constant(x, 2), lax.round(lax.div(size, constant(x, 2 * step))))
    offset = lax.sub(size, lax.mul(centre, constant(x, step)))
    total = constant(x, 0)
    for k in range(-terms - 1, terms + 1, 2):
        weight = lax.exp(lax.neg(lax.square(lax.sub(offset, constant(x, k * step)))))
        total = lax.add(total, lax.div(weight, lax.add(centre, constant(x, k))))
    value = lax.mul(total, constant(x, 1 / math.sqrt(math.pi)))
    value = lax.select(lax.lt(x, constant(x, 0)), lax.neg(value), value)
    return lax.select(lax.lt(size, constant(x, 0.5)), _dawson_near_zero(x), value)


def _dawson_near_zero(x: Any) -> Any:
    """x times the sum of (-2 x**2) ** k / (1 3 5 ... (2 k + 1)), for |x| < 1/2."""
    inside = lax.lt(lax.abs(x), constant(x, 0.5))
    near = lax.select(inside, x, constant(x, 0))
    square = lax.mul(lax.square(near), constant(x, -2))
    total = constant(x, 1)
    for k in range(16, 0, -1):
        total = lax.add(constant(x, 1), lax.mul(lax.div(square, constant(x, 2 * k + 1)), total))
    return lax.mul(near, total)


@elementwise
def spence(x: Any) -> Any:
    """The dilogarithm of 1 - x: the integral of log(t) / (1 - t) from 1 to x. NaN below 0."""
    # By reflection and inversion the argument comes to [0.5, 1.5], where a series in 1 - x serves.
    inverted = lax.gt(x, constant(x, 1.5))
    y = lax.select(inverted, lax.div(constant(x, 1), lax.max(x, constant(x, 1))), x)
    reflected = lax.lt(y, constant(x, 0.5))
    z = lax.select(reflected, lax.sub(constant(x, 1), y), y)
    value = _dilogarithm(lax.sub(constant(x, 1), z))
    log_y = lax.log(lax.max(y, constant(x, 1e-300 if x.dtype == "float64" else 1e-37)))
    product = lax.mul(log_y, lax.log1p(lax.neg(lax.select(reflected, y, constant(x, 0.25)))))
    sixth = constant(x, math.pi**2 / 6)
    at_zero = lax.eq(y, constant(x, 0))
    product = lax.select(at_zero, constant(x, 0), product)
    value = lax.select(reflected, lax.sub(lax.sub(sixth, product), value), value)
    half_square = lax.mul(lax.square(lax.log(lax.max(x, constant(x, 1)))), constant(x, 0.5))
    value = lax.select(inverted, lax.neg(lax.add(value, half_square)), value)
    return lax.select(lax.lt(x, constant(x, 0)), constant(x, math.nan), value)


def _dilogarithm(z: Any) -> Any:
    """The sum of z ** k / k ** 2 for |z| <= 1/2."""
    total = constant(z, 0)
    for k in range(50, 0, -1):
        total = lax.mul(z, lax.add(constant(z, 1 / k**2), total))
    return total
