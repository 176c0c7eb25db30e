"""Polynomials, as vectors of coefficients from the highest power to the constant."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
from mjx.numpy.statistics import convolve
from mjx.support.errors import explain

__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "vander",
]


def _vector(who: str, *given: Any, inexact: bool = False) -> list[Value]:
    xs = ops.promoted(who, *[array(x) if np.ndim(x) == 0 else x for x in given], inexact=inexact)
    xs = [lax.reshape(x, (1,)) if not x.ndim else x for x in xs]
    for x in xs:
        if x.ndim != 1:
            raise ValueError(explain(who, "vectors of coefficients", str(x.aval)))
    return xs


def polyval(p: Any, x: Any, *, unroll: int = 16) -> Value:
    """The value of a polynomial at each element of `x`."""
    p, x = ops.promoted("polyval", p, x)
    if p.ndim != 1:
        raise ValueError(explain("polyval", "a vector of coefficients", str(p.aval)))
    start = lax.full_like(x, 0)
    if p.shape[0] <= unroll:
        for coefficient in lax.unstack(p, 0) if p.shape[0] else ():
            start = start * x + coefficient
        return start
    return lax.scan(lambda y, c: (y * x + c, None), start, p)[0]


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Value:
    """The powers of each element of a vector, one row for each."""
    x = ops.value_of(x, "vander")
    if x.ndim != 1:
        raise ValueError(explain("vander", "a vector", str(x.aval)))
    count = x.shape[0] if N is None else operator.index(N)
    if count < 0:
        raise ValueError(explain("vander", "N of 0 or more", str(count)))
    columns = [lax.full_like(x, 1)]
    while len(columns) < count:
        columns.append(columns[-1] * x)
    columns = columns[:count] if increasing else columns[:count][::-1]
    return lax.stack(columns, 1) if columns else lax.full((x.shape[0], 0), 0, x.dtype)


def _sum(who: str, a1: Any, a2: Any, combine: Any) -> Value:
    a, b = _vector(who, a1, a2)
    n = max(a.shape[0], b.shape[0])
    zero = convert(0, a.dtype)
    return combine(*[lax.pad(x, zero, [(n - x.shape[0], 0, 0)]) for x in (a, b)])


def polyadd(a1: Any, a2: Any) -> Value:
    """The sum of two polynomials."""
    return _sum("polyadd", a1, a2, ufuncs.add)


def polysub(a1: Any, a2: Any) -> Value:
    """The difference of two polynomials."""
    return _sum("polysub", a1, a2, ufuncs.subtract)


def polymul(a1: Any, a2: Any, *, trim_leading_zeros: bool = False) -> Value:
    """The product of two polynomials."""
    a, b = _vector("polymul", a1, a2)
    if trim_leading_zeros:
        a, b = (array(np.trim_zeros(np.asarray(x), "f"), x.dtype) for x in (a, b))
        a, b = (x if x.size else lax.full((1,), 0, x.dtype) for x in (a, b))
    return convolve(a, b)


def polydiv(u: Any, v: Any, *, trim_leading_zeros: bool = False) -> tuple[Value, Value]:
    """The quotient and the remainder of two polynomials."""
    u, v = _vector("polydiv", u, v, inexact=True)
    count = max(u.shape[0] - v.shape[0] + 1, 1)
    if u.shape[0] < v.shape[0]:
        return lax.full((1,), 0, u.dtype), u
    quotients, rest = [], u
    for k in range(count):
        factor = rest[k] / v[0]
        quotients.append(factor)
        rest = rest.at[k : k + v.shape[0]].add(-factor * v)
    if trim_leading_zeros:
        host = np.trim_zeros(np.asarray(rest), "f")
        rest = array(host if host.size else np.zeros(1), rest.dtype)
    return lax.stack(quotients, 0), rest


def polyder(p: Any, m: int = 1) -> Value:
    """The derivative of a polynomial, taken `m` times."""
    (p,) = _vector("polyder", p)
    m = operator.index(m)
    if m < 0:
        raise ValueError(explain("polyder", "m of 0 or more", str(m)))
    for _ in range(m):
        n = max(p.shape[0] - 1, 0)
        p = ufuncs.multiply(p[:n], lax.rev(lax.iota(p.dtype, n) + convert(1, p.dtype), (0,)))
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Value:
    """The integral of a polynomial, taken `m` times, with constants `k`."""
    (p,) = _vector("polyint", p, inexact=True)
    m = operator.index(m)
    if m < 0:
        raise ValueError(explain("polyint", "m of 0 or more", str(m)))
    constants = lax.full((m,), 0, p.dtype) if k is None else convert(array(k), p.dtype)
    constants = lax.reshape(constants, (constants.size,))
    if constants.shape[0] not in (1, m):
        raise ValueError(explain("polyint", f"1 or {m} constants k", str(constants.shape[0])))
    for i in range(m):
        n = p.shape[0]
        p = p / lax.rev(lax.iota(p.dtype, n) + convert(1, p.dtype), (0,))
        constant = constants[min(i, constants.shape[0] - 1)]
        p = lax.concatenate([p, lax.reshape(constant, (1,))], 0)
    return p


def poly(seq_of_zeros: Any) -> Value:
    """The polynomial with the given roots and a leading coefficient of 1."""
    (roots,) = _vector("poly", array(seq_of_zeros), inexact=True)
    found = lax.full((1,), 1, roots.dtype)
    for root in lax.unstack(roots, 0) if roots.shape[0] else ():
        one = lax.full_like(root, 1)
        found = convolve(found, lax.stack([one, lax.neg(root)], 0))
    return found
