"""Neural networks out of layers, each a pair of functions.

`init_fun(rng, input_shape)` gives the shape of the output and parameters, `apply_fun(params,
inputs, rng=None)` the output.

    init, apply = stax.serial(stax.Dense(32), stax.Relu, stax.Dense(10), stax.LogSoftmax)
    shape, params = init(mjx.random.key(0), (-1, 28 * 28))

The extent of a batch may be left open as -1.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import mjx.numpy as mnp
from mjx import lax, random
from mjx.nn import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    standardize,
)
from mjx.nn.initializers import glorot_normal, normal, ones, zeros
from mjx.support.errors import explain

# The names under which they are known here.
glorot, randn, logsoftmax = glorot_normal, normal, log_softmax

Layer = tuple[Callable, Callable]
_WEIGHTS, _SHIFT, _NEAR_ZERO = glorot_normal(), normal(), normal(1e-6)
Shape = tuple[int, ...]


def elementwise(fun: Callable, **fun_kwargs: Any) -> Layer:
    """A layer without parameters that applies a function to its input."""

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        return fun(inputs, **fun_kwargs)

    return _keep_shape, apply_fun


def _keep_shape(rng: Any, input_shape: Any) -> tuple[Any, tuple]:
    return input_shape, ()


Tanh = elementwise(mnp.tanh)
Relu = elementwise(relu)
Exp = elementwise(mnp.exp)
LogSoftmax = elementwise(log_softmax, axis=-1)
Softmax = elementwise(softmax, axis=-1)
Softplus = elementwise(softplus)
Sigmoid = elementwise(sigmoid)
Elu = elementwise(elu)
LeakyRelu = elementwise(leaky_relu)
Selu = elementwise(selu)
Gelu = elementwise(gelu)
Identity = elementwise(lambda x: x)


def Dense(  # noqa: N802
    out_dim: int, W_init: Callable = _WEIGHTS, b_init: Callable = _SHIFT
) -> Layer:
    """An affine map of the last dimension to `out_dim` features."""

    def init_fun(rng: Any, input_shape: Shape) -> tuple[Shape, tuple]:
        first, second = random.split(rng)
        params = W_init(first, (input_shape[-1], out_dim)), b_init(second, (out_dim,))
        return (*input_shape[:-1], out_dim), params

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        W, b = params
        return mnp.dot(inputs, W) + b

    return init_fun, apply_fun


def _convolution(
    convolve: Callable,
    shape_tuple: Callable,
    dimension_numbers: Sequence[str],
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Sequence[int] | None,
    padding: Any,
    W_init: Callable | None,
    b_init: Callable,
) -> Layer:
    lhs, rhs, out = dimension_numbers
    strides = (1,) * len(filter_shape) if strides is None else tuple(strides)
    draw = glorot_normal(rhs.index("I"), rhs.index("O")) if W_init is None else W_init

    def init_fun(rng: Any, input_shape: Shape) -> tuple[Shape, tuple]:
        extents = iter(filter_shape)
        features = {"O": out_chan, "I": input_shape[lhs.index("C")]}
        kernel = tuple(features[c] if c in features else next(extents) for c in rhs)
        bias = [out_chan if c == "C" else 1 for c in out]
        bias = tuple(itertools.dropwhile(lambda n: n == 1, bias))
        first, second = random.split(rng)
        shape = shape_tuple(input_shape, kernel, strides, padding, dimension_numbers)
        return shape, (draw(first, kernel), b_init(second, bias))

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        W, b = params
        return convolve(inputs, W, strides, padding, dimension_numbers=dimension_numbers) + b

    return init_fun, apply_fun


def GeneralConv(  # noqa: N802
    dimension_numbers: Sequence[str],
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    W_init: Callable | None = None,
    b_init: Callable = _NEAR_ZERO,
) -> Layer:
    """A convolution to `out_chan` features, in layouts such as ("NHWC", "HWIO", "NHWC")."""
    tail = (out_chan, filter_shape, strides, padding, W_init, b_init)
    return _convolution(
        lax.conv_general_dilated, lax.conv_general_shape_tuple, dimension_numbers, *tail
    )


def GeneralConvTranspose(  # noqa: N802
    dimension_numbers: Sequence[str],
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    W_init: Callable | None = None,
    b_init: Callable = _NEAR_ZERO,
) -> Layer:
    """A transposed convolution to `out_chan` features, whose strides enlarge."""
    tail = (out_chan, filter_shape, strides, padding, W_init, b_init)
    return _convolution(
        lax.conv_transpose, lax.conv_transpose_shape_tuple, dimension_numbers, *tail
    )


Conv = functools.partial(GeneralConv, ("NHWC", "HWIO", "NHWC"))
ConvTranspose = functools.partial(GeneralConvTranspose, ("NHWC", "HWIO", "NHWC"))
Conv1DTranspose = functools.partial(GeneralConvTranspose, ("NHC", "HIO", "NHC"))


def BatchNorm(  # noqa: N802
    axis: int | Sequence[int] = (0, 1, 2),
    epsilon: float = 1e-5,
    center: bool = True,
    scale: bool = True,
    beta_init: Callable = zeros,
    gamma_init: Callable = ones,
) -> Layer:
    """Standardizes over axes; then, for each element of the others, times gamma and plus beta."""
    axes = (axis,) if mnp.ndim(axis) == 0 else tuple(axis)

    def init_fun(rng: Any, input_shape: Shape) -> tuple[Shape, tuple]:
        shape = tuple(n for d, n in enumerate(input_shape) if d not in axes)
        first, second = random.split(rng)
        beta = beta_init(first, shape) if center else ()
        return input_shape, (beta, gamma_init(second, shape) if scale else ())

    def apply_fun(params: Any, x: Any, *, rng: Any = None) -> Any:
        beta, gamma = params
        spread = tuple(None if d in axes else slice(None) for d in range(mnp.ndim(x)))
        z = standardize(x, axes, epsilon=epsilon)
        z = z * gamma[spread] if scale else z
        return z + beta[spread] if center else z

    return init_fun, apply_fun


def _pooling(reducer: Callable, start: float, mean: bool, name: str, doc: str) -> Callable:
    def make(
        window_shape: Sequence[int],
        strides: Sequence[int] | None = None,
        padding: Any = "VALID",
        spec: str | None = None,
    ) -> Layer:
        strides = (1,) * len(window_shape) if strides is None else strides
        window, steps = _full(window_shape, spec), _full(strides, spec)

        def init_fun(rng: Any, input_shape: Shape) -> tuple[Shape, tuple]:
            pads = lax.padtype_to_pads(input_shape, window, steps, padding)
            places = zip(input_shape, window, steps, pads, strict=True)
            return tuple((n + a + b - w) // s + 1 for n, w, s, (a, b) in places), ()

        def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
            inputs = mnp.asarray(inputs)
            found = lax.reduce_window(inputs, start, reducer, window, steps, padding)
            if not mean:
                return found
            one = mnp.ones_like(inputs)
            return found / lax.reduce_window(one, start, reducer, window, steps, padding)

        return init_fun, apply_fun

    make.__name__ = make.__qualname__ = name
    make.__doc__ = doc
    return make


def _full(spatial: Sequence[int], spec: str | None) -> Shape:
    """Extents of all dimensions: 1 for the batch ('N', the first) and features ('C', the last)."""
    if spec is None:
        return (1, *spatial, 1)
    rest = iter(spatial)
    return tuple(1 if c in "NC" else next(rest) for c in spec)


MaxPool = _pooling(lax.max, -math.inf, False, "MaxPool", "The greatest of each window.")
SumPool = _pooling(lax.add, 0.0, False, "SumPool", "The sum of each window.")
AvgPool = _pooling(
    lax.add, 0.0, True, "AvgPool", "The mean of each window, of what is not padding."
)


def _flat_shape(rng: Any, input_shape: Shape) -> tuple[Shape, tuple]:
    return (input_shape[0], math.prod(input_shape[1:])), ()


def _flat(params: Any, inputs: Any, *, rng: Any = None) -> Any:
    return mnp.reshape(inputs, (inputs.shape[0], -1))


Flatten = (_flat_shape, _flat)


def FanOut(num: int) -> Layer:  # noqa: N802
    """Its input `num` times."""

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        return [inputs] * num

    return lambda rng, input_shape: ([input_shape] * num, ()), apply_fun


def _sum(params: Any, inputs: Any, *, rng: Any = None) -> Any:
    return functools.reduce(operator.add, inputs)


FanInSum = (lambda rng, input_shape: (input_shape[0], ()), _sum)


def FanInConcat(axis: int = -1) -> Layer:  # noqa: N802
    """Its inputs, one behind the other along an axis."""

    def init_fun(rng: Any, input_shape: Sequence[Shape]) -> tuple[Shape, tuple]:
        shape = list(input_shape[0])
        shape[axis] = sum(other[axis] for other in input_shape)
        return tuple(shape), ()

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        return mnp.concatenate(inputs, axis)

    return init_fun, apply_fun


def Dropout(rate: float, mode: str = "train") -> Layer:  # noqa: N802
    """Keeps elements with probability `rate`, over which they are divided; others become 0.

    With `mode` "test" nothing changes. For "train" the network must be applied with `rng=`.
    """
    if mode not in ("train", "test"):
        raise ValueError(explain("Dropout", "mode 'train' or 'test'", repr(mode)))

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        if mode == "test":
            return inputs
        if rng is None:
            raise ValueError(
                explain("Dropout", "a random key", "None", "apply_fun(params, inputs, rng=key)")
            )
        keep = random.bernoulli(rng, rate, inputs.shape)
        return mnp.where(keep, inputs / rate, 0)

    return _keep_shape, apply_fun


def serial(*layers: Layer) -> Layer:
    """Layers one after the other."""
    inits, applies = [init for init, _ in layers], [apply for _, apply in layers]

    def init_fun(rng: Any, input_shape: Any) -> tuple[Any, list]:
        params = []
        for init in inits:
            rng, own = random.split(rng)
            input_shape, found = init(own, input_shape)
            params.append(found)
        return input_shape, params

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        for apply, own, key in zip(applies, params, _keys(rng, len(layers)), strict=True):
            inputs = apply(own, inputs, rng=key)
        return inputs

    return init_fun, apply_fun


def parallel(*layers: Layer) -> Layer:
    """Layers side by side: of a list of inputs, one for each, to a list of outputs."""
    inits, applies = [init for init, _ in layers], [apply for _, apply in layers]

    def init_fun(rng: Any, input_shape: Sequence[Any]) -> tuple[list, tuple]:
        rows = zip(inits, _keys(rng, len(layers)), input_shape, strict=True)
        found = [init(key, shape) for init, key, shape in rows]
        return [shape for shape, _ in found], tuple(params for _, params in found)

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> list:
        rows = zip(applies, params, inputs, _keys(rng, len(layers)), strict=True)
        return [apply(own, x, rng=key) for apply, own, x, key in rows]

    return init_fun, apply_fun


def _keys(rng: Any, count: int) -> Sequence[Any]:
    return [None] * count if rng is None else list(random.split(rng, count))


def shape_dependent(make_layer: Callable[[Shape], Layer]) -> Layer:
    """The layer that `make_layer` makes for the shape of the input."""

    def init_fun(rng: Any, input_shape: Shape) -> tuple[Shape, Any]:
        return make_layer(input_shape)[0](rng, input_shape)

    def apply_fun(params: Any, inputs: Any, *, rng: Any = None) -> Any:
        return make_layer(inputs.shape)[1](params, inputs, rng=rng)

    return init_fun, apply_fun


__all__ = [
    *("AvgPool", "BatchNorm", "Conv", "Conv1DTranspose", "ConvTranspose", "Dense", "Dropout"),
    *("Elu", "Exp", "FanInConcat", "FanInSum", "FanOut", "Flatten", "Gelu", "GeneralConv"),
    *("GeneralConvTranspose", "Identity", "LeakyRelu", "LogSoftmax", "MaxPool", "Relu", "Selu"),
    *("Sigmoid", "Softmax", "Softplus", "SumPool", "Tanh", "elementwise", "elu", "gelu", "glorot"),
    *("glorot_normal", "leaky_relu", "log_softmax", "logsoftmax", "normal", "ones", "parallel"),
    *("randn", "relu", "selu", "serial", "shape_dependent", "sigmoid", "softmax", "softplus"),
    *("standardize", "zeros"),
]
