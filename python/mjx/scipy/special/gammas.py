"""The gamma function, the beta function, and what is counted with them."""

from __future__ import annotations

import math
from typing import Any

import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.numpy import operands as ops
from mjx.scipy.elementwise import constant, elementwise

__all__ = [
    "bernoulli",
    "beta",
    "betainc",
    "betaln",
    "comb",
    "digamma",
    "factorial",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "loggamma",
    "multigammaln",
    "poch",
    "polygamma",
    "zeta",
]


@elementwise
def gammaln(x: Any) -> Any:
    """The logarithm of the absolute value of the gamma function."""
    return lax.lgamma(x)


loggamma = gammaln


@elementwise
def gammasgn(x: Any) -> Any:
    """The sign of the gamma function; NaN at negative integers."""
    floor = lax.floor(x)
    pole = lax.bitwise_and(lax.eq(x, floor), lax.lt(x, constant(x, 0)))
    odd = lax.ne(lax.rem(floor, constant(x, 2)), constant(x, 0))
    negative = lax.bitwise_and(lax.lt(x, constant(x, 0)), odd)
    sign = lax.select(negative, constant(x, -1), constant(x, 1))
    # 1 / x tells the zeros apart.
    below = lax.bitwise_and(
        lax.eq(x, constant(x, 0)), lax.lt(lax.div(constant(x, 1), x), constant(x, 0))
    )
    sign = lax.select(below, constant(x, -1), sign)
    return lax.select(lax.bitwise_or(pole, lax.ne(x, x)), constant(x, math.nan), sign)


@elementwise
def gamma(x: Any) -> Any:
    """The gamma function; infinite at 0 and NaN at negative integers.

    >>> mjx.scipy.special.gamma(5.0).round()  # 4!
    Array(24., dtype=float32, weak_type=True)
    """
    return lax.mul(gammasgn(x), lax.exp(lax.lgamma(x)))


def factorial(n: Any, exact: bool = False) -> Any:
    """1 2 ... n, by the gamma function; 0 for negative n. `exact` would need integers of any size."""
    if exact:
        raise NotImplementedError("factorial: expected exact=False; arrays hold floating numbers")
    (n,) = ops.promoted("factorial", n, inexact=True)
    return mnp.where(n < 0, 0, lax.exp(lax.lgamma(n + 1)))


@elementwise
def digamma(x: Any) -> Any:
    """The derivative of `gammaln`."""
    return lax.digamma(x)


@elementwise
def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of `digamma`."""
    return lax.polygamma(n, x)


def zeta(x: Any, q: Any = None) -> Any:
    """The Hurwitz zeta function, the sum of (q + k) ** -x over k >= 0; Riemann's for `q` None."""
    return _zeta(x, 1.0 if q is None else q)


@elementwise
def _zeta(x: Any, q: Any) -> Any:
    return lax.zeta(x, q)


@elementwise
def gammainc(a: Any, x: Any) -> Any:
    """The lower incomplete gamma function, divided by gamma(a)."""
    return lax.igamma(a, x)


@elementwise
def gammaincc(a: Any, x: Any) -> Any:
    """The upper incomplete gamma function, divided by gamma(a)."""
    return lax.igammac(a, x)


@elementwise
def betaln(a: Any, b: Any) -> Any:
    """The logarithm of the absolute value of the beta function.

    gammaln(a) + gammaln(b) - gammaln(a + b), of which the smaller argument is taken first: the two
    large terms then nearly cancel before the third is added.
    """
    small, large = lax.min(a, b), lax.max(a, b)
    return lax.add(lax.lgamma(small), lax.sub(lax.lgamma(large), lax.lgamma(lax.add(a, b))))


@elementwise
def beta(a: Any, b: Any) -> Any:
    """The beta function gamma(a) gamma(b) / gamma(a + b)."""
    sign = lax.mul(lax.mul(gammasgn(a), gammasgn(b)), gammasgn(lax.add(a, b)))
    return lax.mul(sign, lax.exp(betaln(a, b)))


@elementwise
def betainc(a: Any, b: Any, x: Any) -> Any:
    """The regularized incomplete beta function."""
    return lax.betainc(a, b, x)


@elementwise
def poch(z: Any, m: Any) -> Any:
    """gamma(z + m) / gamma(z): z (z + 1) ... (z + m - 1) for whole m."""
    total = lax.add(z, m)
    size = lax.exp(lax.sub(lax.lgamma(total), lax.lgamma(z)))
    value = lax.mul(lax.mul(gammasgn(total), gammasgn(z)), size)
    return lax.select(lax.eq(m, constant(m, 0)), constant(m, 1), value)


def comb(N: Any, k: Any, *, repetition: bool = False) -> Any:
    """How many choices of k among N there are, each at most once unless `repetition`."""
    N, k = ops.promoted("comb", N, k, inexact=True)
    if repetition:
        N = N + k - 1
    inside = (k >= 0) & (N >= 0) & (k <= N)
    n, m = mnp.where(inside, N, 1.0), mnp.where(inside, k, 0.0)
    value = lax.exp(lax.neg(mnp.log(n + 1) + betaln(n - m + 1, m + 1)))
    whole = (n == mnp.floor(n)) & (m == mnp.floor(m))
    value = mnp.where(whole & (value < 2.0**20), mnp.round(value), value)
    return mnp.where(inside, value, 0.0)


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the gamma function of matrices of `d` rows; `d` is a static integer."""
    (a,) = ops.promoted("multigammaln", a, inexact=True)
    shifts = -0.5 * np.arange(d)
    total = mnp.sum(gammaln(a[..., None] + shifts.astype(a.dtype)), axis=-1)
    return total + d * (d - 1) / 4 * math.log(math.pi)


def bernoulli(n: int) -> Any:
    """The Bernoulli numbers B_0 to B_n (with B_1 = -1/2), by the zeta function."""
    if n < 0:
        raise ValueError(f"bernoulli: expected n >= 0, but got {n}")
    numbers = [1.0, -0.5][: n + 1] + [0.0] * (n - 1)
    for k in range(2, n + 1, 2):
        zeta_k = sum(float(j) ** -k for j in range(1, 60)) if k < 40 else 1.0
        if k < 20:
            zeta_k = _EVEN_ZETA.get(k, zeta_k)
        numbers[k] = (-1) ** (k // 2 + 1) * 2 * math.factorial(k) * zeta_k / (2 * math.pi) ** k
    return mnp.asarray(numbers)


# Where the sum would need many terms: zeta(k), as pi ** k times a rational number.
_EVEN_ZETA = {
    2: math.pi**2 / 6,
    4: math.pi**4 / 90,
    6: math.pi**6 / 945,
    8: math.pi**8 / 9450,
    10: math.pi**10 / 93555,
    12: 691 * math.pi**12 / 638512875,
    14: 2 * math.pi**14 / 18243225,
}


@elementwise
def i0e(x: Any) -> Any:
    """The modified Bessel function of order 0, times exp(-|x|)."""
    return lax.bessel_i0e(x)


@elementwise
def i1e(x: Any) -> Any:
    """The modified Bessel function of order 1, times exp(-|x|)."""
    return lax.bessel_i1e(x)


@elementwise
def i0(x: Any) -> Any:
    """The modified Bessel function of order 0."""
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i0e(x))


@elementwise
def i1(x: Any) -> Any:
    """The modified Bessel function of order 1."""
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i1e(x))
