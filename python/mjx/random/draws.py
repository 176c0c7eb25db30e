"""The basic distributions: bits, uniform, integers, normal, and those one step away.

The streams are those of JAX with partitionable counters: equal keys give equal numbers, bit for
bit where no transcendental function is involved.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import constant
from mjx.lax.eager import fused
from mjx.lax.operands import array_of, convert, kind_rank, scalar_of, shape_of
from mjx.lax.shape import broadcast_shapes, broadcast_to
from mjx.random.keys import some_keys, words_of
from mjx.support.dtypes import (
    DTYPES,
    canonicalize_dtype,
    default_float,
    default_int,
    default_uint,
    finfo,
    iinfo,
    request_dtype,
)
from mjx.support.errors import explain

__all__ = [
    "bernoulli",
    "bits",
    "cauchy",
    "exponential",
    "gumbel",
    "laplace",
    "logistic",
    "lognormal",
    "maxwell",
    "normal",
    "rademacher",
    "randint",
    "truncated_normal",
    "uniform",
]

Shape = tuple[int, ...]

# Bits drawn for a number, bits of its type, and bits of its mantissa.
_FLOATS = {
    "float16": (16, 16, 10),
    "bfloat16": (8, 16, 7),
    "float32": (32, 32, 23),
    "float64": (64, 64, 52),
}


def float_dtype(dtype: Any, who: str, complex_too: bool = False) -> np.dtype:
    """The floating dtype to draw in."""
    found = default_float() if dtype is None else request_dtype(dtype, who)
    if kind_rank(found) == 2 or (complex_too and kind_rank(found) == 3):
        return found
    raise ValueError(explain(who, "a floating-point dtype", found.name))


def parameter(x: Any, dtype: np.dtype, who: str) -> Any:
    """A parameter of a distribution in the dtype to draw in."""
    if isinstance(x, (list, tuple)):
        x = np.asarray(x)
    if isinstance(x, np.ndarray):
        x = constant(x)
    return convert(x, dtype, False, who)


def draw_shape(shape: Any, who: str, *parameters: Any) -> Shape:
    """The shape to draw: the one asked for, to which parameters are repeated, or theirs."""
    common = broadcast_shapes(*[p.aval.shape for p in parameters])
    if shape is None:
        return common
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    found = shape_of(shape, who)
    try:
        fits = broadcast_shapes(found, common) == found
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            explain(
                who, f"a shape to which parameters of shape {common} can be repeated", f"{found}"
            )
        )
    return found


def bits(key: Any, shape: Any = (), dtype: Any = None, *, out_sharding: Any = None) -> Any:
    """Random bits as unsigned integers."""
    words = words_of(key, "bits")
    found = default_uint() if dtype is None else request_dtype(dtype, "bits")
    if found.kind != "u":
        raise TypeError(explain("bits", "an unsigned integer dtype", found.name))
    return lax.random_bits(words, draw_shape(shape, "bits"), found)


# Uniform.


def unit(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    """Numbers in [0, 1): random mantissas of numbers in [1, 2), less 1."""
    drawn, width, mantissa = _FLOATS[dtype.name]
    unsigned = DTYPES[f"uint{width}"]
    raw = convert(lax.random_bits(words, shape, DTYPES[f"uint{drawn}"]), unsigned)
    fraction = lax.shift_right_logical(raw, drawn - mantissa)
    one = np.asarray(1, dtype).view(unsigned).item()
    number = lax.bitcast_convert_type(lax.bitwise_or(fraction, one), dtype)
    return lax.sub(number, 1.0)


def between(words: Any, shape: Shape, dtype: np.dtype, low: Any, high: Any) -> Any:
    """Numbers in [low, high), which are values of the dtype or Python numbers."""
    u = unit(words, shape, dtype)
    low, high = (broadcast_to(convert(b, dtype), shape) for b in (low, high))
    span = lax.sub(high, low)
    if dtype.name == "float32":
        # The product and sum are rounded once, as by a fused multiply-add: both are exact, or
        # nearly so, in 64 bits.
        f64 = DTYPES["float64"]
        wide = lax.mul(convert(u, f64), convert(span, f64))
        scaled = convert(lax.add(wide, convert(low, f64)), dtype)
    else:
        scaled = lax.add(lax.mul(u, span), low)
    return lax.max(low, scaled)


def uniform(
    key: Any,
    shape: Any = (),
    dtype: Any = None,
    minval: Any = 0.0,
    maxval: Any = 1.0,
    *,
    out_sharding: Any = None,
) -> Any:
    """Numbers uniform in [minval, maxval)."""
    words = words_of(key, "uniform")
    found = float_dtype(dtype, "uniform")
    if type(minval) in (int, float) and type(maxval) in (int, float):
        if (minval, maxval) == (0, 1):
            return _unit(words, shape=draw_shape(shape, "uniform"), dtype=found)
    low, high = parameter(minval, found, "uniform"), parameter(maxval, found, "uniform")
    return _between(words, low, high, shape=draw_shape(shape, "uniform", low, high), dtype=found)


@fused
def _unit(words: Any, *, shape: Shape, dtype: np.dtype) -> Any:
    return unit(words, shape, dtype)


@fused
def _between(words: Any, low: Any, high: Any, *, shape: Shape, dtype: np.dtype) -> Any:
    return between(words, shape, dtype, low, high)


# Integers.


def randint(
    key: Any,
    shape: Any,
    minval: Any,
    maxval: Any,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Integers uniform in [minval, maxval); minval where that is empty."""
    words = words_of(key, "randint")
    found = default_int() if dtype is None else request_dtype(dtype, "randint")
    if found.kind not in "iu":
        raise TypeError(explain("randint", "an integer dtype", found.name))
    work = found
    if found.itemsize < 4:
        work = DTYPES["int32"]
    beyond = isinstance(maxval, (int, np.integer)) and int(maxval) > iinfo(work).max
    low, high = _bound(minval, work), _bound(maxval, work)
    shape = draw_shape(shape, "randint", low, high)
    result = _integers(words, low, high, shape=shape, beyond=bool(beyond))
    return convert(result, found)


def _bound(x: Any, dtype: np.dtype) -> Any:
    """A bound in the dtype to draw in, moved into its range."""
    limits = iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    if isinstance(x, (int, np.integer)) and not isinstance(x, (bool, np.bool_)):
        return constant(np.asarray(min(max(operator.index(x), low), high), dtype))
    x = array_of(np.asarray(x) if isinstance(x, (list, tuple)) else x, "randint")
    if x.aval.dtype.kind not in "iu":
        raise TypeError(explain("randint", "integer bounds", x.aval.dtype.name))
    own = iinfo(x.aval.dtype)
    if int(own.max) > high:
        x = lax.min(x, scalar_of(high, x.aval.dtype))
    if int(own.min) < low:
        x = lax.max(x, scalar_of(low, x.aval.dtype))
    return convert(x, dtype)


@fused
def _integers(words: Any, low: Any, high: Any, *, shape: Shape, beyond: bool) -> Any:
    dtype = low.aval.dtype
    unsigned = DTYPES[f"uint{8 * dtype.itemsize}"]
    first, second = some_keys(words, 2)
    upper = lax.random_bits(first, shape, unsigned)
    lower = lax.random_bits(second, shape, unsigned)
    empty = lax.le(high, low)
    span = convert(lax.sub(high, low), unsigned)
    if beyond:
        span = lax.add(span, 1)
    span = lax.select(empty, lax.full_like(span, 1), span)
    # 2^bits modulo span, as the square of its root.
    factor = lax.rem(lax.full_like(span, 1 << (4 * dtype.itemsize)), span)
    factor = lax.rem(lax.mul(factor, factor), span)
    span, factor, low = (broadcast_to(x, shape) for x in (span, factor, low))
    offset = lax.add(lax.mul(lax.rem(upper, span), factor), lax.rem(lower, span))
    return lax.add(low, convert(lax.rem(offset, span), dtype))


def bernoulli(
    key: Any, p: Any = 0.5, shape: Any = None, mode: str = "low", *, out_sharding: Any = None
) -> Any:
    """Truth values that hold with probability `p`."""
    words = words_of(key, "bernoulli")
    p = probability(p, "bernoulli")
    if mode not in ("low", "high"):
        raise ValueError(explain("bernoulli", "mode 'low' or 'high'", repr(mode)))
    shape = draw_shape(shape, "bernoulli", p)
    return _bernoulli(words, p, shape=shape, mode=mode)


def probability(p: Any, who: str) -> Any:
    """Probabilities in a floating dtype."""
    dtype = getattr(p, "dtype", None)
    if dtype is None or kind_rank(canonicalize_dtype(dtype)) != 2:
        return parameter(p, default_float(), who)
    return parameter(p, canonicalize_dtype(dtype), who)


@fused
def _bernoulli(words: Any, p: Any, *, shape: Shape, mode: str) -> Any:
    dtype = p.aval.dtype
    p = broadcast_to(p, shape)
    if mode == "low":
        return lax.lt(unit(words, shape, dtype), p)
    both = unit(words, (2, *shape), dtype)
    coarse, fine = (lax.index_in_dim(both, i, keepdims=False) for i in range(2))
    return lax.lt(lax.mul(fine, 2.0 ** -_FLOATS[dtype.name][2]), lax.sub(p, coarse))


def rademacher(key: Any, shape: Any = (), dtype: Any = None, *, out_sharding: Any = None) -> Any:
    """-1 and 1, equally often."""
    found = default_int() if dtype is None else request_dtype(dtype, "rademacher")
    coin = bernoulli(key, 0.5, draw_shape(shape, "rademacher"))
    return lax.sub(lax.mul(convert(coin, found), 2), 1)


# Normal, and others by a function of a uniform number.


def standard_normal(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    """Normal numbers within a program."""
    if dtype.kind == "c":
        real = DTYPES["float64" if dtype.itemsize == 16 else "float32"]
        first, second = some_keys(words, 2)
        pair = [standard_normal(k, shape, real) for k in (first, second)]
        return lax.div(lax.complex(*pair), math.sqrt(2))
    low = np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype), dtype=dtype).item()
    u = between(words, shape, dtype, low, 1.0)
    return lax.mul(lax.erf_inv(u), math.sqrt(2))


def _tiny_uniform(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    return between(words, shape, dtype, float(finfo(dtype).tiny), 1.0)


def standard_gumbel(words: Any, shape: Shape, dtype: np.dtype, mode: str) -> Any:
    """Gumbel numbers within a program."""
    if mode == "low":
        return lax.neg(lax.log(lax.neg(lax.log(_tiny_uniform(words, shape, dtype)))))
    both = unit(words, (2, *shape), dtype)
    coarse, fine = (lax.index_in_dim(both, i, keepdims=False) for i in range(2))
    limits = finfo(dtype)
    refined = lax.add(coarse, lax.mul(fine, 2.0 ** -int(limits.nmant)))
    refined = lax.add(refined, float(limits.tiny))
    u = lax.select(lax.ge(coarse, 0.5), coarse, refined)
    return lax.neg(lax.log(lax.neg(lax.log1p(lax.neg(u)))))


def _standard_exponential(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    return lax.neg(lax.log1p(lax.neg(unit(words, shape, dtype))))


def _standard_laplace(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    u = between(words, shape, dtype, -1 + float(finfo(dtype).epsneg), 1.0)
    return lax.mul(lax.sign(u), lax.log1p(lax.neg(lax.abs(u))))


def _standard_logistic(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    u = _tiny_uniform(words, shape, dtype)
    return lax.sub(lax.log(u), lax.log1p(lax.neg(u)))


def _standard_cauchy(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    u = between(words, shape, dtype, float(finfo(dtype).eps), 1.0)
    return lax.tan(lax.mul(lax.sub(u, 0.5), math.pi))


def _standard_maxwell(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    cube = standard_normal(words, (*shape, 3), dtype)
    return lax.sqrt(lax.reduce_sum(lax.mul(cube, cube), (len(shape),)))


_STANDARD = {
    "normal": standard_normal,
    "exponential": _standard_exponential,
    "laplace": _standard_laplace,
    "logistic": _standard_logistic,
    "cauchy": _standard_cauchy,
    "maxwell": _standard_maxwell,
}


@fused
def _standard(words: Any, *, name: str, shape: Shape, dtype: np.dtype) -> Any:
    return _STANDARD[name](words, shape, dtype)


def _without_parameters(name: str, doc: str, complex_too: bool = False) -> Any:
    def function(key: Any, shape: Any = (), dtype: Any = None, *, out_sharding: Any = None) -> Any:
        words = words_of(key, name)
        found = float_dtype(dtype, name, complex_too)
        return _standard(words, name=name, shape=draw_shape(shape, name), dtype=found)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


normal = _without_parameters("normal", "Normal numbers, of mean 0 and variance 1.", True)
exponential = _without_parameters("exponential", "Exponential numbers, of mean 1.")
laplace = _without_parameters("laplace", "Laplace numbers, of location 0 and scale 1.")
logistic = _without_parameters("logistic", "Logistic numbers, of location 0 and scale 1.")
cauchy = _without_parameters("cauchy", "Cauchy numbers, of location 0 and scale 1.")
maxwell = _without_parameters("maxwell", "Maxwell numbers: lengths of normal vectors in space.")


def gumbel(
    key: Any,
    shape: Any = (),
    dtype: Any = None,
    mode: str | None = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Gumbel numbers, of location 0 and scale 1. Mode 'high' draws more bits for each."""
    words = words_of(key, "gumbel")
    found, mode = float_dtype(dtype, "gumbel"), mode or "low"
    if mode not in ("low", "high"):
        raise ValueError(explain("gumbel", "mode 'low' or 'high'", repr(mode)))
    return _gumbel(words, shape=draw_shape(shape, "gumbel"), dtype=found, mode=mode)


@fused
def _gumbel(words: Any, *, shape: Shape, dtype: np.dtype, mode: str) -> Any:
    return standard_gumbel(words, shape, dtype, mode)


def lognormal(
    key: Any,
    sigma: Any = 1.0,
    shape: Any = None,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Numbers whose logarithm is normal, of standard deviation `sigma`."""
    found = float_dtype(dtype, "lognormal")
    sigma = parameter(sigma, found, "lognormal")
    shape = draw_shape(shape, "lognormal", sigma)
    return lax.exp(lax.mul(normal(key, shape, found), broadcast_to(sigma, shape)))


def truncated_normal(
    key: Any,
    lower: Any,
    upper: Any,
    shape: Any = None,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Normal numbers between `lower` and `upper`."""
    words = words_of(key, "truncated_normal")
    found = float_dtype(dtype, "truncated_normal")
    lower = parameter(lower, found, "truncated_normal")
    upper = parameter(upper, found, "truncated_normal")
    shape = draw_shape(shape, "truncated_normal", lower, upper)
    return _truncated(words, lower, upper, shape=shape)


@fused
def _truncated(words: Any, lower: Any, upper: Any, *, shape: Shape) -> Any:
    dtype = lower.aval.dtype
    lower, upper = broadcast_to(lower, shape), broadcast_to(upper, shape)
    low, high = (lax.erf(lax.div(b, math.sqrt(2))) for b in (lower, upper))
    u = between(words, shape, dtype, low, high)
    drawn = lax.mul(lax.erf_inv(u), math.sqrt(2))
    lower, upper = lax.stop_gradient(lower), lax.stop_gradient(upper)
    above = lax.nextafter(lower, lax.full_like(lower, math.inf))
    below = lax.nextafter(upper, lax.full_like(upper, -math.inf))
    return lax.clamp(above, drawn, below)
