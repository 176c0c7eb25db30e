"""Functions of logarithms and exponentials, with their limits at zero."""

from __future__ import annotations

from typing import Any

from mjx import lax
from mjx.scipy.elementwise import constant, elementwise

__all__ = [
    "boxcox",
    "boxcox1p",
    "entr",
    "expit",
    "kl_div",
    "logit",
    "rel_entr",
    "xlog1py",
    "xlogy",
]


def _where(condition: Any, x: Any, otherwise: float) -> Any:
    return lax.select(condition, x, constant(x, otherwise))


def _safe(x: Any) -> Any:
    """`x` with 1 in place of what has no logarithm, so that derivatives there stay finite."""
    return _where(lax.gt(x, constant(x, 0)), x, 1)


@elementwise
def expit(x: Any) -> Any:
    """The logistic function 1 / (1 + exp(-x)).

    >>> mjx.scipy.special.expit(0.0)
    Array(0.5, dtype=float32, weak_type=True)
    """
    return lax.logistic(x)


@elementwise
def logit(x: Any) -> Any:
    """log(x / (1 - x)), the inverse of `expit`."""
    return lax.sub(lax.log(x), lax.log1p(lax.neg(x)))


@elementwise
def xlogy(x: Any, y: Any) -> Any:
    """x log(y), and 0 where x is 0, whatever y is (but NaN for NaN)."""
    zero = lax.bitwise_and(lax.eq(x, constant(x, 0)), lax.eq(y, y))
    return _where(
        lax.bitwise_not(zero), lax.mul(x, lax.log(lax.select(zero, constant(y, 1), y))), 0
    )


@elementwise
def xlog1py(x: Any, y: Any) -> Any:
    """x log(1 + y), and 0 where x is 0, whatever y is (but NaN for NaN)."""
    zero = lax.bitwise_and(lax.eq(x, constant(x, 0)), lax.eq(y, y))
    safe = lax.select(zero, constant(y, 0), y)
    return _where(lax.bitwise_not(zero), lax.mul(x, lax.log1p(safe)), 0)


def _by_sign(x: Any, positive: Any, zero: Any, negative: Any) -> Any:
    """By the sign of x; NaN stays."""
    result = lax.select(lax.gt(x, constant(x, 0)), positive, negative)
    result = lax.select(lax.eq(x, constant(x, 0)), zero, result)
    return lax.select(lax.ne(x, x), x, result)


@elementwise
def entr(x: Any) -> Any:
    """-x log(x), 0 at 0, and minus infinity below: the entropy of a probability."""
    inside = lax.neg(lax.mul(x, lax.log(_safe(x))))
    return _by_sign(x, inside, constant(x, 0), constant(x, -float("inf")))


def _relative(p: Any, q: Any, inside: Any, at_zero: Any) -> Any:
    zero, infinity = constant(p, 0), constant(p, float("inf"))
    both = lax.bitwise_and(lax.gt(p, zero), lax.gt(q, zero))
    none = lax.bitwise_and(lax.eq(p, zero), lax.ge(q, zero))
    result = lax.select(both, inside, lax.select(none, at_zero, infinity))
    return lax.select(lax.bitwise_or(lax.ne(p, p), lax.ne(q, q)), lax.add(p, q), result)


@elementwise
def rel_entr(p: Any, q: Any) -> Any:
    """p log(p / q), 0 where p is 0, and infinity outside of p >= 0, q >= 0."""
    inside = lax.mul(p, lax.sub(lax.log(_safe(p)), lax.log(_safe(q))))
    return _relative(p, q, inside, constant(p, 0))


@elementwise
def kl_div(p: Any, q: Any) -> Any:
    """p log(p / q) - p + q: the terms of the Kullback-Leibler divergence, each >= 0."""
    inside = lax.mul(p, lax.sub(lax.log(_safe(p)), lax.log(_safe(q))))
    return _relative(p, q, lax.add(lax.sub(inside, p), q), q)


def _box_cox(log: Any, lmbda: Any) -> Any:
    zero = lax.eq(lmbda, constant(lmbda, 0))
    safe = lax.select(zero, constant(lmbda, 1), lmbda)
    return lax.select(zero, log, lax.div(lax.expm1(lax.mul(safe, log)), safe))


@elementwise
def boxcox(x: Any, lmbda: Any) -> Any:
    """(x ** lmbda - 1) / lmbda, and its limit log(x) where lmbda is 0."""
    return _box_cox(lax.log(x), lmbda)


@elementwise
def boxcox1p(x: Any, lmbda: Any) -> Any:
    """`boxcox` of 1 + x."""
    return _box_cox(lax.log1p(x), lmbda)
