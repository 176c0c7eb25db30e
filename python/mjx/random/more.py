"""Further distributions that are a function of uniform or normal numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import convert
from mjx.lax.shape import broadcast_to
from mjx.random.draws import Shape, draw_shape, float_dtype, parameter, standard_normal, unit
from mjx.random.keys import some_keys, words_of
from mjx.support.dtypes import default_float, default_int, request_dtype
from mjx.support.errors import explain

__all__ = ["geometric", "pareto", "rayleigh", "triangular", "wald", "weibull_min"]


def _exponential(words: Any, shape: Shape, dtype: np.dtype) -> Any:
    return lax.neg(lax.log1p(lax.neg(unit(words, shape, dtype))))


def _pareto(words: Any, shape: Shape, dtype: np.dtype, b: Any) -> Any:
    return lax.exp(lax.div(_exponential(words, shape, dtype), b))


def _rayleigh(words: Any, shape: Shape, dtype: np.dtype, scale: Any) -> Any:
    return lax.mul(scale, lax.sqrt(lax.mul(lax.log(unit(words, shape, dtype)), -2.0)))


def _weibull(words: Any, shape: Shape, dtype: np.dtype, scale: Any, concentration: Any) -> Any:
    drawn = lax.neg(lax.log1p(lax.neg(unit(words, shape, dtype))))
    return lax.mul(lax.pow(drawn, lax.div(1.0, concentration)), scale)


def _triangular(words: Any, shape: Shape, dtype: np.dtype, left: Any, mode: Any, right: Any) -> Any:
    width, rise, fall = lax.sub(right, left), lax.sub(mode, left), lax.sub(right, mode)
    u = unit(words, shape, dtype)
    on_rise = lax.add(left, lax.sqrt(lax.mul(u, lax.mul(width, rise))))
    on_fall = lax.sub(right, lax.sqrt(lax.mul(lax.sub(1.0, u), lax.mul(width, fall))))
    return lax.select(lax.lt(u, lax.div(rise, width)), on_rise, on_fall)


def _wald(words: Any, shape: Shape, dtype: np.dtype, mean: Any) -> Any:
    first, second = some_keys(words, 2)
    v, z = standard_normal(first, shape, dtype), unit(second, shape, dtype)
    y, squared = lax.square(v), lax.square(mean)
    root = lax.sqrt(lax.add(lax.mul(lax.mul(mean, y), 4.0), lax.mul(squared, lax.square(y))))
    x = lax.sub(lax.add(mean, lax.div(lax.mul(squared, y), 2.0)), lax.mul(lax.div(mean, 2.0), root))
    return lax.select(lax.le(z, lax.div(mean, lax.add(mean, x))), x, lax.div(squared, x))


def _geometric(words: Any, shape: Shape, dtype: np.dtype, p: Any) -> Any:
    log_u = lax.log(unit(words, shape, dtype))
    return lax.add(lax.floor(lax.div(log_u, lax.log1p(lax.neg(p)))), 1.0)


_FORMS: dict[str, Callable[..., Any]] = {
    "pareto": _pareto,
    "rayleigh": _rayleigh,
    "weibull_min": _weibull,
    "triangular": _triangular,
    "wald": _wald,
    "geometric": _geometric,
}


@fused
def _draw(words: Any, *parameters: Any, name: str, shape: Shape, dtype: np.dtype) -> Any:
    parameters = [broadcast_to(p, shape) for p in parameters]
    return _FORMS[name](words, shape, dtype, *parameters)


def _drawn(name: str, key: Any, shape: Any, dtype: np.dtype, *parameters: Any) -> Any:
    words = words_of(key, name)
    values = [parameter(p, dtype, name) for p in parameters]
    return _draw(words, *values, name=name, shape=draw_shape(shape, name, *values), dtype=dtype)


def pareto(
    key: Any, b: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Pareto numbers of exponent `b`, from 1 on."""
    return _drawn("pareto", key, shape, float_dtype(dtype, "pareto"), b)


def rayleigh(
    key: Any, scale: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Rayleigh numbers: lengths of normal vectors in the plane."""
    return _drawn("rayleigh", key, shape, float_dtype(dtype, "rayleigh"), scale)


def weibull_min(
    key: Any, scale: Any, concentration: Any, shape: Any = (), dtype: Any = None
) -> Any:
    """Weibull numbers."""
    found = float_dtype(dtype, "weibull_min")
    return _drawn("weibull_min", key, shape, found, scale, concentration)


def triangular(
    key: Any,
    left: Any,
    mode: Any,
    right: Any,
    shape: Any = None,
    dtype: Any = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Numbers between `left` and `right`, most often near `mode`."""
    found = float_dtype(dtype, "triangular")
    return _drawn("triangular", key, shape, found, left, mode, right)


def wald(
    key: Any, mean: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """Inverse Gaussian numbers of scale 1."""
    return _drawn("wald", key, shape, float_dtype(dtype, "wald"), mean)


def geometric(
    key: Any, p: Any, shape: Any = None, dtype: Any = None, *, out_sharding: Any = None
) -> Any:
    """How many trials of probability `p` it takes to the first success."""
    found = default_int() if dtype is None else request_dtype(dtype, "geometric")
    if found.kind not in "iu":
        raise ValueError(explain("geometric", "an integer dtype", found.name))
    return convert(_drawn("geometric", key, shape, default_float(), p), found)
