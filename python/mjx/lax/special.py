"""Special functions of several operands, and of Bessel."""

from __future__ import annotations

from typing import Any

from mjx.core import bind
from mjx.lax.creation import full_like
from mjx.lax.eager import fused
from mjx.lax.operands import Value, arrays_of, convert, same_shape
from mjx.lax.pointwise import (
    _binary,
    _check,
    _unary,
    add,
    digamma,
    eq,
    exp,
    lgamma,
    mul,
    ne,
    neg,
    rem,
    select,
)
from mjx.support.dtypes import DTYPES

__all__ = [
    "bessel_i0e",
    "bessel_i1e",
    "betainc",
    "igamma",
    "igamma_grad_a",
    "igammac",
    "polygamma",
    "random_gamma_grad",
    "zeta",
]

bessel_i0e = _unary(
    "bessel_i0e",
    "float",
    """The modified Bessel function of order 0, times `exp(-abs(x))`.

    >>> mjx.lax.bessel_i0e(0.0)
    Array(1., dtype=float32, weak_type=True)
    """,
)
bessel_i1e = _unary(
    "bessel_i1e", "float", "The modified Bessel function of order 1, times `exp(-abs(x))`."
)
igamma = _binary(
    "igamma",
    "float",
    """The lower incomplete gamma function of order `a` at `x`, over `gamma(a)`.

    NaN unless `a > 0` and `x >= 0`. Differentiable in both.

    >>> mjx.lax.igamma(1.0, 2.0)  # 1 - exp(-2)
    Array(0.86466473, dtype=float32, weak_type=True)
    """,
)
igammac = _binary("igammac", "float", "`1 - igamma(a, x)`, accurate for large x.")
igamma_grad_a = _binary(
    "igamma_grad_a", "float", "The derivative of `igamma` in its order; has none of its own."
)
random_gamma_grad = _binary(
    "random_gamma_grad",
    "float",
    "The derivative of a gamma variate `x` in its order `a`; has none of its own.",
)
zeta = _binary(
    "zeta",
    "float",
    """The Hurwitz zeta function: the sum of `(q + k) ** -x` over k from 0.

    Infinite at `x == 1` and NaN below. Differentiable in `q`.

    >>> mjx.lax.zeta(2.0, 1.0)  # pi ** 2 / 6
    Array(1.644934, dtype=float32, weak_type=True)
    """,
)


def betainc(a: Any, b: Any, x: Any) -> Value:
    """The regularized incomplete beta function with parameters `a` and `b`.

    NaN unless the parameters are positive and `0 <= x <= 1`. Differentiable in `x`.

    >>> mjx.lax.betainc(2.0, 2.0, 0.5)
    Array(0.5, dtype=float32, weak_type=True)
    """
    operands = same_shape("betainc", arrays_of("betainc", a, b, x))
    _check("betainc", "float", operands[0])
    weak = all(v.aval.weak_type for v in operands)
    return bind("betainc", tuple(operands), None, None, weak)[0]


def polygamma(m: Any, x: Any) -> Value:
    """The derivative of order `m` of `digamma` at `x`; `m` holds integers, as floats.

    >>> mjx.lax.polygamma(1.0, 1.0)  # pi ** 2 / 6
    Array(1.644934, dtype=float32)
    """
    m, x = same_shape("polygamma", arrays_of("polygamma", m, x))
    _check("polygamma", "float", m)
    return _polygamma(m, x)


@fused
def _polygamma(m: Value, x: Value) -> Value:
    """(-1)^(m+1) m! zeta(m + 1, x), with `digamma` for m = 0."""
    is_zero = eq(m, 0.0)
    order = add(select(is_zero, full_like(m, 1), m), 1.0)
    # In double precision, as the factorial would be rounded by its logarithm.
    factorial = convert(exp(lgamma(convert(order, DTYPES["float64"]))), m.aval.dtype)
    magnitude = mul(factorial, zeta(order, x))
    is_odd = ne(rem(m, full_like(m, 2)), 0.0)
    return select(is_zero, digamma(x), select(is_odd, magnitude, neg(magnitude)))
