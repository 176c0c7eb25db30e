"""Distributions drawn by rejection: gamma and its kin, Poisson."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import convert, scalar_of
from mjx.lax.shape import broadcast_to
from mjx.random.draws import (
    Shape,
    draw_shape,
    float_dtype,
    parameter,
    rademacher,
    standard_normal,
    unit,
)
from mjx.random.keys import some_keys, split, split_words, words_of
from mjx.support.dtypes import DTYPES, default_int, iinfo, request_dtype
from mjx.support.errors import explain

__all__ = [
    "beta",
    "chisquare",
    "dirichlet",
    "f",
    "gamma",
    "generalized_normal",
    "loggamma",
    "poisson",
    "t",
]


def _both(a: Any, b: Any) -> Any:
    return lax.bitwise_and(a, b)


# Gamma, after Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.


def _positive_cube_root(words: Any, c: Any) -> tuple[Any, Any]:
    """A normal x, and v = 1 + c x, drawn until v is positive."""
    dtype = c.aval.dtype

    def draw(state: Any) -> Any:
        first, second = some_keys(state[0], 2)
        x = standard_normal(second, (), dtype)
        return first, x, lax.add(lax.mul(x, c), 1.0)

    zero, minus = scalar_of(0.0, dtype), scalar_of(-1.0, dtype)
    found = lax.while_loop(lambda s: lax.le(s[2], 0.0), draw, (words, zero, minus))
    return found[1], found[2]


def _gamma_of_one(words: Any, alpha: Any, log_space: bool) -> Any:
    """One number, from a key of its own."""
    dtype = alpha.aval.dtype
    large = lax.ge(alpha, 1.0)
    # Less than 1 is drawn as one more, and corrected by a power of a uniform number.
    raised = lax.select(large, alpha, lax.add(alpha, 1.0))
    d = lax.sub(raised, 1 / 3)
    c = lax.div(scalar_of(1 / 3, dtype), lax.sqrt(d))

    def rejected(x: Any, v: Any, u: Any) -> Any:
        near = lax.ge(u, lax.sub(1.0, lax.mul(lax.mul(x, x), 0.0331)))
        bound = lax.mul(d, lax.add(lax.sub(1.0, v), lax.log(v)))
        return _both(near, lax.ge(lax.log(u), lax.add(lax.mul(x, 0.5), bound)))

    def draw(state: Any) -> Any:
        words, x_words, u_words = some_keys(state[0], 3)
        x, v = _positive_cube_root(x_words, c)
        x, v, u = lax.mul(x, x), lax.mul(lax.mul(v, v), v), unit(u_words, (), dtype)
        return words, v, rejected(x, v, u)

    words, sub = some_keys(words, 2)
    start = (words, scalar_of(1.0, dtype), scalar_of(True, DTYPES["bool"]))
    v = lax.while_loop(lambda state: state[2], draw, start)[1]
    if not log_space:
        power = lax.pow(lax.sub(1.0, unit(sub, (), dtype)), lax.div(1.0, alpha))
        return lax.mul(lax.mul(d, v), lax.select(large, lax.full_like(power, 1), power))
    logs = lax.log1p(lax.neg(unit(sub, (), dtype)))
    none = lax.bitwise_or(large, lax.eq(logs, 0.0))
    boost = lax.select(none, lax.full_like(logs, 0), lax.mul(logs, lax.div(1.0, alpha)))
    return lax.add(lax.add(lax.log(d), lax.log(v)), boost)


@fused
def _gammas(words: Any, alpha: Any, *, shape: Shape, log_space: bool) -> Any:
    flat = lax.reshape(broadcast_to(alpha, shape), (int(np.prod(shape, dtype=np.int64)),))
    keys = split_words(words, flat.aval.shape)
    drawn = lax.map(lambda pair: _gamma_of_one(*pair, log_space), (keys, flat))
    return lax.reshape(drawn, shape)


def _draw_gamma(name: str, key: Any, a: Any, shape: Any, dtype: Any, log_space: bool) -> Any:
    words, found = words_of(key, name), float_dtype(dtype, name)
    a = parameter(a, found, name)
    return _gammas(words, a, shape=draw_shape(shape, name, a), log_space=log_space)


def gamma(
    key: Any, a: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Gamma numbers of shape parameter `a` and scale 1."""
    return _draw_gamma("gamma", key, a, shape, dtype, False)


def loggamma(
    key: Any, a: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Logarithms of gamma numbers, accurate for small `a`."""
    return _draw_gamma("loggamma", key, a, shape, dtype, True)


def beta(
    key: Any,
    a: Any,
    b: Any,
    shape: Any = None,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Beta numbers of parameters `a` and `b`."""
    found = float_dtype(dtype, "beta")
    a, b = parameter(a, found, "beta"), parameter(b, found, "beta")
    shape = draw_shape(shape, "beta", a, b)
    first, second = split(key)
    x, y = loggamma(first, a, shape, found), loggamma(second, b, shape, found)
    return _share(x, y)


@fused
def _share(x: Any, y: Any) -> Any:
    """exp(x) / (exp(x) + exp(y))."""
    most = lax.max(x, y)
    x, y = lax.exp(lax.sub(x, most)), lax.exp(lax.sub(y, most))
    return lax.div(x, lax.add(x, y))


def dirichlet(
    key: Any, alpha: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Vectors of shares that add up to 1, with concentrations `alpha`."""
    found = float_dtype(dtype, "dirichlet")
    alpha = parameter(alpha, found, "dirichlet")
    if not alpha.aval.shape:
        raise ValueError(explain("dirichlet", "at least one dimension of alpha", str(alpha.aval)))
    shape = alpha.aval.shape[:-1] if shape is None else draw_shape(shape, "dirichlet")
    return _softmax(loggamma(key, alpha, (*shape, alpha.aval.shape[-1]), found))


@fused
def _softmax(x: Any) -> Any:
    shape, last = x.aval.shape, len(x.aval.shape) - 1

    def spread(v: Any) -> Any:
        return lax.broadcast_in_dim(v, shape, tuple(range(last)))

    powers = lax.exp(lax.sub(x, spread(lax.reduce_max(x, (last,)))))
    return lax.div(powers, spread(lax.reduce_sum(powers, (last,))))


def chisquare(
    key: Any, df: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Chi-square numbers of `df` degrees of freedom."""
    found = float_dtype(dtype, "chisquare")
    df = parameter(df, found, "chisquare")
    return lax.mul(lax.exp(loggamma(key, lax.mul(df, 0.5), shape, found)), 2.0)


def t(key: Any, df: Any, shape: Any = (), dtype: Any = None, *, out_sharding: Any = None) -> Any:
    """Student's t numbers of `df` degrees of freedom."""
    found = float_dtype(dtype, "t")
    df = parameter(df, found, "t")
    shape = draw_shape(shape, "t", df)
    first, second = (words_of(k, "t") for k in split(key))
    half = lax.div(df, 2.0)
    drawn = gamma(second, half, shape, found)
    return _t(first, half, drawn)


@fused
def _t(words: Any, half: Any, drawn: Any) -> Any:
    shape, dtype = drawn.aval.shape, drawn.aval.dtype
    root = lax.sqrt(lax.div(broadcast_to(half, shape), drawn))
    return lax.mul(standard_normal(words, shape, dtype), root)


def f(
    key: Any,
    dfnum: Any,
    dfden: Any,
    shape: Any = None,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """F numbers: ratios of chi-square numbers, each by its degrees of freedom."""
    found = float_dtype(dtype, "f")
    dfnum, dfden = parameter(dfnum, found, "f"), parameter(dfden, found, "f")
    shape = draw_shape(shape, "f", dfnum, dfden)
    of_below, of_above = split(key)
    above = lax.div(chisquare(of_above, dfnum, shape, found), broadcast_to(dfnum, shape))
    below = lax.div(chisquare(of_below, dfden, shape, found), broadcast_to(dfden, shape))
    return lax.div(above, below)


def generalized_normal(key: Any, p: float, shape: Any = (), dtype: Any = None) -> Any:
    """Numbers of density proportional to exp(-|x|^p)."""
    found = float_dtype(dtype, "generalized_normal")
    first, second = split(key)
    drawn = gamma(first, 1 / p, draw_shape(shape, "generalized_normal"), found)
    signs = convert(rademacher(second, drawn.aval.shape), found)
    return lax.mul(signs, lax.pow(drawn, 1 / p))


# Poisson: products of uniform numbers for small rates (Knuth), transformed rejection for others
# (Hoermann, "The transformed rejection method for generating Poisson random variables", 1993).


def poisson(
    key: Any, lam: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Poisson numbers of rate `lam`."""
    words = words_of(key, "poisson")
    found = default_int() if dtype is None else request_dtype(dtype, "poisson")
    if found.kind not in "iu":
        raise TypeError(explain("poisson", "an integer dtype", found.name))
    lam = parameter(lam, DTYPES["float32"], "poisson")
    return _poisson(words, lam, shape=draw_shape(shape, "poisson", lam), dtype=found)


@fused
def _poisson(words: Any, lam: Any, *, shape: Shape, dtype: np.dtype) -> Any:
    lam = broadcast_to(lam, shape)
    small = lax.bitwise_or(lax.ne(lam, lam), lax.lt(lam, 10.0))
    for_product = lax.select(small, lam, lax.full_like(lam, 0))
    for_rejection = lax.select(small, lax.full_like(lam, 1e5), lam)
    limit = int(iinfo(dtype).max) if dtype.itemsize <= 4 else 2**31 - 1
    drawn = lax.select(
        small,
        _by_products(words, for_product, dtype, limit),
        _by_rejection(words, for_rejection, dtype, limit),
    )
    return lax.select(lax.eq(lam, 0.0), lax.full_like(drawn, 0), drawn)


def _any(x: Any) -> Any:
    return lax.reduce_or(x, tuple(range(len(x.aval.shape))))


def _by_products(words: Any, lam: Any, dtype: np.dtype, limit: int) -> Any:
    shape = lam.aval.shape

    def going(state: Any) -> Any:
        i, _, _, log_product = state
        return _both(_any(lax.gt(log_product, lax.neg(lam))), lax.lt(i, limit))

    def draw(state: Any) -> Any:
        i, k, words, log_product = state
        words, sub = some_keys(words, 2)
        k = lax.select(lax.gt(log_product, lax.neg(lam)), lax.add(k, 1), k)
        u = unit(sub, shape, DTYPES["float32"])
        return lax.add(i, 1), k, words, lax.add(log_product, lax.log(u))

    zero = scalar_of(0, DTYPES["int32"])
    start = (zero, lax.full(shape, 0, dtype), words, lax.full_like(lam, 0))
    return lax.sub(lax.while_loop(going, draw, start)[1], 1)


def _by_rejection(words: Any, lam: Any, dtype: np.dtype, limit: int) -> Any:
    shape = lam.aval.shape
    log_lam = lax.log(lam)
    b = lax.add(lax.mul(lax.sqrt(lam), 2.53), 0.931)
    a = lax.add(lax.mul(b, 0.02483), -0.059)
    inverse = lax.add(lax.div(1.1328, lax.sub(b, 3.4)), 1.1239)
    ceiling = lax.sub(0.9277, lax.div(3.6224, lax.sub(b, 2.0)))

    def attempt(words: Any) -> tuple[Any, Any, Any]:
        words, first, second = some_keys(words, 3)
        u = lax.sub(unit(first, shape, lam.aval.dtype), 0.5)
        v = unit(second, shape, lam.aval.dtype)
        edge = lax.sub(0.5, lax.abs(u))
        slope = lax.add(lax.div(lax.mul(a, 2.0), edge), b)
        k = lax.floor(lax.add(lax.add(lax.mul(slope, u), lam), 0.43))
        hat = lax.add(lax.div(a, lax.mul(edge, edge)), b)
        s = lax.log(lax.div(lax.mul(v, inverse), hat))
        density = lax.sub(lax.sub(lax.mul(k, log_lam), lam), lax.lgamma(lax.add(k, 1.0)))
        inside = _both(lax.ge(edge, 0.07), lax.le(v, ceiling))
        corner = _both(lax.lt(edge, 0.013), lax.gt(v, edge))
        out = lax.bitwise_or(lax.lt(k, 0.0), corner)
        under = _both(lax.bitwise_not(out), lax.le(s, density))
        return words, k, lax.bitwise_or(inside, under)

    def going(state: Any) -> Any:
        i, _, accepted, _ = state
        return _both(_any(lax.bitwise_not(accepted)), lax.lt(i, limit))

    def draw(state: Any) -> Any:
        i, kept, accepted, words = state
        words, k, accept = attempt(words)
        kept = lax.select(accept, k, kept)
        return lax.add(i, 1), kept, lax.bitwise_or(accepted, accept), words

    zero = scalar_of(0, DTYPES["int32"])
    start = (zero, lax.full_like(lam, -1), lax.full(shape, False), words)
    return convert(lax.while_loop(going, draw, start)[1], dtype)
