"""Initial values of parameters: functions of a key, a shape and a dtype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from mjx import numpy as mnp
from mjx import random
from mjx.lax.operands import Value, axes_of
from mjx.support.dtypes import as_dtype, default_float, real_dtype, request_dtype
from mjx.support.errors import explain

__all__ = [
    "Initializer",
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Shape = Sequence[int]


class Initializer(Protocol):
    """A function that draws initial values."""

    def __call__(
        self, key: Any, shape: Shape, dtype: Any = None, out_sharding: Any = None
    ) -> Value:
        """Values of a shape and a dtype from a random key."""


def _dtype(wanted: Any, usual: Any) -> np.dtype:
    dtype = wanted if wanted is not None else usual
    if dtype is None:
        return default_float()
    return request_dtype(as_dtype(dtype, "initializer"), "initializer")


def zeros(key: Any, shape: Shape, dtype: Any = None, out_sharding: Any = None) -> Value:
    """Zeros, whatever the key."""
    return mnp.zeros(shape, _dtype(dtype, None))


def ones(key: Any, shape: Shape, dtype: Any = None, out_sharding: Any = None) -> Value:
    """Ones, whatever the key."""
    return mnp.ones(shape, _dtype(dtype, None))


def constant(value: Any, dtype: Any = None) -> Initializer:
    """An initializer that gives one value."""

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        return mnp.full(shape, value, _dtype(own, dtype))

    return _named(init)


def _named(init: Any) -> Initializer:
    def initializer(key: Any, shape: Shape, dtype: Any = None, out_sharding: Any = None) -> Value:
        return init(key, tuple(shape), dtype, out_sharding)

    return initializer


def uniform(scale: Any = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer that draws evenly from [0, scale)."""

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        found = _dtype(own, dtype)
        return random.uniform(key, shape, found) * mnp.asarray(scale, found)

    return _named(init)


def normal(stddev: Any = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer that draws from a normal distribution around 0."""

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        found = _dtype(own, dtype)
        return random.normal(key, shape, found) * mnp.asarray(stddev, found)

    return _named(init)


def truncated_normal(
    stddev: Any = 1e-2, dtype: Any = None, lower: Any = -2.0, upper: Any = 2.0
) -> Initializer:
    """An initializer that draws from a normal distribution cut off at `lower` and `upper`.

    The bounds are in units of `stddev`, which is that before cutting.
    """

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        found = _dtype(own, dtype)
        drawn = random.truncated_normal(key, lower, upper, shape, found)
        return drawn * mnp.asarray(stddev, found)

    return _named(init)


def _fans(
    shape: Shape, in_axis: Any, out_axis: Any, batch_axis: Any, who: str
) -> tuple[float, float]:
    """How many inputs and outputs a unit has; other axes but batches are receptive fields."""
    if len(shape) <= 1:
        raise ValueError(
            explain(who, "a shape of at least 2 dimensions, for inputs and outputs", str(shape))
        )
    axes = [axes_of(axis, len(shape), who) for axis in (in_axis, out_axis, batch_axis)]
    sizes = [math.prod([shape[d] for d in group]) for group in axes]
    field = math.prod(shape) / max(math.prod(sizes), 1)
    return sizes[0] * field, sizes[1] * field


# The deviation of a normal variable cut off at twice its deviation.
_CUT_DEVIATION = 0.87962566103423978


def variance_scaling(
    scale: float,
    mode: str,
    distribution: str,
    in_axis: Any = -2,
    out_axis: Any = -1,
    batch_axis: Any = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer whose variance is `scale` over the number of inputs, outputs, or their mean.

    `mode` is 'fan_in', 'fan_out', 'fan_avg' or 'fan_geo_avg', `distribution` 'normal', 'uniform'
    or 'truncated_normal'.
    """
    who = "variance_scaling"
    modes = {
        "fan_in": lambda i, o: i,
        "fan_out": lambda i, o: o,
        "fan_avg": lambda i, o: (i + o) / 2,
        "fan_geo_avg": lambda i, o: math.sqrt(i * o),
    }
    if mode not in modes:
        raise ValueError(explain(who, f"a mode of {', '.join(modes)}", repr(mode)))
    if distribution not in ("normal", "uniform", "truncated_normal"):
        raise ValueError(
            explain(who, "distribution normal, uniform or truncated_normal", repr(distribution))
        )

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        found = _dtype(own, dtype)
        units = modes[mode](*_fans(shape, in_axis, out_axis, batch_axis, who))
        deviation = math.sqrt(scale / max(1.0, units))
        if distribution == "normal":
            return random.normal(key, shape, found) * mnp.asarray(deviation, found)
        if distribution == "uniform":
            drawn = random.uniform(key, shape, found, -1)
            return drawn * mnp.asarray(math.sqrt(3) * deviation, found)
        deviation = mnp.asarray(deviation / _CUT_DEVIATION, real_dtype(found))
        return random.truncated_normal(key, -2, 2, shape, found) * deviation

    return _named(init)


def _preset(name: str, scale: float, mode: str, distribution: str, doc: str) -> Any:
    def function(
        in_axis: Any = -2, out_axis: Any = -1, batch_axis: Any = (), dtype: Any = None
    ) -> Initializer:
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


glorot_uniform = xavier_uniform = _preset(
    "glorot_uniform", 1.0, "fan_avg", "uniform", "Uniform, with variance 2 / (inputs + outputs)."
)
glorot_normal = xavier_normal = _preset(
    "glorot_normal",
    1.0,
    "fan_avg",
    "truncated_normal",
    "Truncated normal, with variance 2 / (inputs + outputs).",
)
lecun_uniform = _preset(
    "lecun_uniform", 1.0, "fan_in", "uniform", "Uniform, with variance 1 / inputs."
)
lecun_normal = _preset(
    "lecun_normal", 1.0, "fan_in", "truncated_normal", "Truncated normal, with variance 1 / inputs."
)
he_uniform = kaiming_uniform = _preset(
    "he_uniform", 2.0, "fan_in", "uniform", "Uniform, with variance 2 / inputs."
)
he_normal = kaiming_normal = _preset(
    "he_normal", 2.0, "fan_in", "truncated_normal", "Truncated normal, with variance 2 / inputs."
)


def orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """An initializer of orthogonal matrices, times `scale`, uniform over all.

    The rows or the columns, whichever are fewer, are orthonormal; `column_axis` counts columns, and
    all other axes together rows.
    """

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        if len(shape) < 2:
            raise ValueError(explain("orthogonal", "a shape of 2 or more dimensions", str(shape)))
        found = _dtype(own, dtype)
        columns = shape[column_axis]
        rows = math.prod(shape) // max(columns, 1)
        drawn = random.orthogonal(key, columns, (), found, rows)
        if rows == columns:
            drawn = drawn.T  # of a square one the rows come first, as in JAX's streams
        others = list(shape)
        del others[column_axis]
        drawn = mnp.moveaxis(mnp.reshape(drawn, (columns, *others)), 0, column_axis)
        return drawn * mnp.asarray(scale, found)

    return _named(init)


def delta_orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """An initializer of convolutions that are orthogonal: such a matrix in the middle, else zeros.

    The last two dimensions are inputs and outputs, of which there must be as many at least.
    """
    matrix = orthogonal(scale, column_axis, dtype)

    def init(key: Any, shape: Shape, own: Any = None, out_sharding: Any = None) -> Value:
        who = "delta_orthogonal"
        if len(shape) not in (3, 4, 5):
            raise ValueError(explain(who, "a shape of 3, 4 or 5 dimensions", str(shape)))
        if shape[-1] < shape[-2]:
            raise ValueError(explain(who, "no more inputs than outputs", str(shape)))
        drawn = matrix(key, shape[-2:], own)
        middle = tuple((n - 1) // 2 for n in shape[:-2])
        return mnp.zeros(shape, drawn.dtype).at[middle].set(drawn)

    return _named(init)
