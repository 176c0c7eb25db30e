"""Activations and normalizations."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx import numpy as mnp
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.support.dtypes import as_dtype, default_float, is_kind, real_dtype, request_dtype
from mjx.support.errors import explain
from mjx.transforms import custom_jvp

__all__ = [
    "celu",
    "dot_product_attention",
    "elu",
    "gelu",
    "glu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "log1mexp",
    "log_sigmoid",
    "log_softmax",
    "logmeanexp",
    "logsumexp",
    "mish",
    "one_hot",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_sign",
    "softmax",
    "softplus",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "standardize",
    "swish",
    "tanh",
]

_INF = math.inf


def _activation(
    name: str, op: Callable[[Value], Value], doc: str, inexact: bool = True
) -> Callable[[Any], Value]:
    run = fused(op)

    def function(x: Any) -> Value:
        (x,) = ops.promoted(name, x, inexact=inexact)
        return run(x)

    function.__name__ = function.__qualname__ = op.__name__ = name
    function.__doc__ = doc
    return function


def _full(x: Value, number: float) -> Value:
    return lax.full_like(x, number)


def _zero_below(x: Value) -> Value:
    # A maximum, but for the derivative: 0 at 0, where that of a maximum is one half, and at NaN.
    zero = convert(0, x.dtype)
    return lax.select(lax.gt(x, zero), x, lax.stop_gradient(lax.max(x, zero)))


relu = _activation("relu", _zero_below, "max(x, 0), with derivative 0 at 0.", False)
relu6 = _activation(
    "relu6",
    lambda x: lax.min(lax.max(x, convert(0, x.dtype)), convert(6, x.dtype)),
    "min(max(x, 0), 6).",
    False,
)
sigmoid = _activation("sigmoid", lambda x: lax.logistic(x), "1 / (1 + exp(-x)).")
softplus = _activation(
    "softplus", lambda x: mnp.logaddexp(x, _full(x, 0)), "log(1 + exp(x)), without overflow."
)
log_sigmoid = _activation(
    "log_sigmoid",
    lambda x: lax.neg(mnp.logaddexp(lax.neg(x), _full(x, 0))),
    "log(sigmoid(x)), accurate for very negative x.",
)
silu = _activation("silu", lambda x: x * lax.logistic(x), "x * sigmoid(x).")
swish = silu
tanh = _activation("tanh", lambda x: lax.tanh(x), "Hyperbolic tangent.")
soft_sign = _activation("soft_sign", lambda x: x / (lax.abs(x) + 1), "x / (1 + |x|).")
hard_tanh = _activation(
    "hard_tanh",
    lambda x: mnp.where(x > 1, _full(x, 1), mnp.where(x < -1, _full(x, -1), x)),
    "x moved into [-1, 1].",
    False,
)
hard_sigmoid = _activation(
    "hard_sigmoid",
    lambda x: lax.min(lax.max(x + 3, _full(x, 0)), _full(x, 6)) / 6,
    "A sigmoid of straight lines: relu6(x + 3) / 6.",
)
hard_silu = _activation(
    "hard_silu",
    lambda x: x * (lax.min(lax.max(x + 3, _full(x, 0)), _full(x, 6)) / 6),
    "x * hard_sigmoid(x).",
)
hard_swish = hard_silu
mish = _activation(
    "mish",
    lambda x: x * lax.tanh(mnp.logaddexp(x, _full(x, 0))),
    "x * tanh(softplus(x)).",
)
sparse_plus = _activation(
    "sparse_plus",
    lambda x: mnp.where(x <= -1, _full(x, 0), mnp.where(x >= 1, x, (x + 1) * (x + 1) / 4)),
    "0 below -1, x above 1, (x + 1)**2 / 4 between.",
)
sparse_sigmoid = _activation(
    "sparse_sigmoid",
    lambda x: mnp.clip((x + 1) * 0.5, 0, 1),
    "0 below -1, 1 above 1, a straight line between.",
)


def identity(x: Any) -> Value:
    """`x` as an array."""
    return ops.value_of(x, "identity")


@fused
def _exponential_below(x: Value, alpha: Value, scale: Value) -> Value:
    """x above 0, alpha * (exp(x / scale) - 1) below."""
    positive = lax.gt(x, _full(x, 0))
    safe = lax.select(positive, _full(x, 0), x)
    return lax.select(positive, x, alpha * lax.expm1(safe / scale))


def _with_parameters(who: str, x: Any, *parameters: Any) -> list[Value]:
    return ops.broadcasted(who, *ops.promoted(who, x, *parameters, inexact=True))


def elu(x: Any, alpha: Any = 1.0) -> Value:
    """x above 0, alpha * (exp(x) - 1) below."""
    return _exponential_below(*_with_parameters("elu", x, alpha, 1.0))


def celu(x: Any, alpha: Any = 1.0) -> Value:
    """x above 0, alpha * (exp(x / alpha) - 1) below."""
    return _exponential_below(*_with_parameters("celu", x, alpha, alpha))


_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def selu(x: Any) -> Value:
    """`elu` with constants for which activations keep mean 0 and variance 1."""
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


def leaky_relu(x: Any, negative_slope: Any = 1e-2) -> Value:
    """x above 0, negative_slope * x below."""
    return _leaky_relu(*_with_parameters("leaky_relu", x, negative_slope))


@fused
def _leaky_relu(x: Value, slope: Value) -> Value:
    return lax.select(lax.ge(x, _full(x, 0)), x, slope * x)


def squareplus(x: Any, b: Any = 4) -> Value:
    """(x + sqrt(x**2 + b)) / 2, a smooth relu."""
    x, b = _with_parameters("squareplus", x, b)
    return _squareplus(x, b)


@fused
def _squareplus(x: Value, b: Value) -> Value:
    return (x + lax.sqrt(x * x + b)) / 2


def gelu(x: Any, approximate: bool = True) -> Value:
    """x times the probability that a normal variable is less; by tanh if `approximate`."""
    (x,) = ops.promoted("gelu", x, inexact=True)
    return _gelu(x, approximate=bool(approximate))


@fused
def _gelu(x: Value, *, approximate: bool) -> Value:
    if approximate:
        slope = math.sqrt(2 / math.pi)
        return x * (0.5 * (1 + lax.tanh(slope * (x + 0.044715 * (x * x * x)))))
    return 0.5 * x * lax.erfc(x * -math.sqrt(0.5))


def glu(x: Any, axis: int = -1) -> Value:
    """The first half along an axis, times the sigmoid of the second."""
    (x,) = ops.promoted("glu", x, inexact=True)
    axis = axis_of(axis, x.ndim, "glu")
    if x.shape[axis] % 2:
        raise ValueError(
            explain("glu", f"an even extent along axis {axis}", f"{x.shape[axis]}, {x.shape}")
        )
    return _glu(x, axis=axis)


@fused
def _glu(x: Value, *, axis: int) -> Value:
    half = x.shape[axis] // 2
    first = lax.slice_in_dim(x, 0, half, axis=axis)
    return first * lax.logistic(lax.slice_in_dim(x, half, 2 * half, axis=axis))


def log1mexp(x: Any) -> Value:
    """log(1 - exp(-x)) for x > 0, accurate everywhere."""
    (x,) = ops.promoted("log1mexp", x, inexact=True)
    return _log1mexp(x)


@fused
def _log1mexp(x: Value) -> Value:
    small = x < math.log(2)
    return mnp.where(
        small,
        lax.log(lax.neg(lax.expm1(lax.neg(lax.select(small, x, _full(x, 1)))))),
        lax.log1p(lax.neg(lax.exp(lax.neg(lax.select(small, _full(x, 1), x))))),
    )


# Normalizations.


def _masks(who: str, where: Any, x: Value) -> list[Value]:
    """`where` as a list of no or one mask of the shape of `x`."""
    if where is None:
        return []
    where = ops.boolean(where, who)
    ops.common_shape(who, [where, x])
    return [lax.broadcast_to(where, x.shape)]


def _axes(axis: Any, x: Value, who: str) -> tuple[int, ...]:
    return ops.axes_or_all(axis, x.ndim, who)


def _peak(x: Value, axes: tuple[int, ...]) -> Value:
    """The greatest elements, kept dimensions, or 0 where that is infinite."""
    if 0 in [x.shape[d] for d in axes]:
        return lax.full([1 if d in axes else n for d, n in enumerate(x.shape)], 0, x.dtype)
    peak = lax.expand_dims(lax.reduce_max(lax.stop_gradient(x), axes), axes)
    return lax.select(lax.is_finite(peak), peak, _full(peak, 0))


def _total(x: Value, axes: tuple[int, ...]) -> Value:
    return lax.expand_dims(lax.reduce_sum(x, axes), axes) if axes else x


@functools.partial(custom_jvp, nondiff_argnums=(1, 2))
def _shares(x: Value, mask: tuple[Value, ...], axes: tuple[int, ...]) -> Value:
    low = lax.select(mask[0], x, _full(x, -_INF)) if mask else x
    raised = lax.exp(low - _peak(low, axes))
    shares = raised / _total(raised, axes)
    return lax.select(mask[0], shares, _full(x, 0)) if mask else shares


@_shares.defjvp
def _shares_jvp(mask: tuple[Value, ...], axes: tuple[int, ...], primals: Any, tangents: Any) -> Any:
    # In terms of the result alone, which is all that reverse mode has to store.
    shares = _shares(*primals, mask, axes)
    weighted = shares * tangents[0]
    return shares, weighted - shares * _total(weighted, axes)


@fused
def _softmax(x: Value, *mask: Value, axes: tuple[int, ...]) -> Value:
    return _shares(x, mask, axes)


def softmax(x: Any, axis: Any = -1, where: Any = None, initial: Any = -_INF) -> Value:
    """exp(x) over its sum along axes; elements left out by `where` are 0."""
    (x,) = ops.promoted("softmax", x, inexact=True)
    axes = _axes(axis, x, "softmax")
    return _softmax(x, *_masks("softmax", where, x), axes=axes)


@fused
def _log_softmax(x: Value, *mask: Value, axes: tuple[int, ...]) -> Value:
    low = lax.select(mask[0], x, _full(x, -_INF)) if mask else x
    shifted = low - _peak(low, axes)
    out = shifted - lax.log(_total(lax.exp(shifted), axes))
    return lax.select(mask[0], out, _full(x, -_INF)) if mask else out


def log_softmax(x: Any, axis: Any = -1, where: Any = None, initial: Any = -_INF) -> Value:
    """The logarithm of `softmax`; elements left out by `where` are -inf."""
    (x,) = ops.promoted("log_softmax", x, inexact=True)
    axes = _axes(axis, x, "log_softmax")
    return _log_softmax(x, *_masks("log_softmax", where, x), axes=axes)


@fused
def _logsumexp(
    x: Value, *more: Value, axes: tuple[int, ...], keepdims: bool, masked: bool, signed: bool
) -> Any:
    more_values = list(more)
    if masked:
        x = lax.select(more_values.pop(0), x, _full(x, -_INF))
    b = more_values[0] if more_values else None
    if b is not None:
        # Infinity times 0 would be NaN.
        x = lax.select(lax.ne(b, _full(b, 0)), x, _full(x, -_INF))
    real = lax.real(x) if is_kind(x.dtype, complex) else x
    peak = _peak(real, axes)
    raised = lax.exp(x - convert(peak, x.dtype))
    total = _total(raised if b is None else raised * b, axes)
    sign = lax.sign(total)
    if signed:
        total = convert(lax.abs(total), total.dtype)
    out = lax.log(total) + convert(peak, total.dtype)
    found = [out, sign] if keepdims else [lax.squeeze(v, axes) for v in (out, sign)]
    if signed and is_kind(x.dtype, complex):
        found[0] = lax.real(found[0])
    return found if signed else found[:1]


def logsumexp(
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
    where: Any = None,
) -> Any:
    """log(sum(b * exp(a))) along axes, without overflow.

    With `return_sign` the logarithm of the absolute value of the sum, and its sign.
    """
    values = ops.promoted("logsumexp", a, *([] if b is None else [b]), inexact=True)
    values = ops.broadcasted("logsumexp", *values)
    x = values[0]
    masks = _masks("logsumexp", where, x)
    found = _logsumexp(
        x,
        *masks,
        *values[1:],
        axes=_axes(axis, x, "logsumexp"),
        keepdims=bool(keepdims),
        masked=bool(masks),
        signed=bool(return_sign),
    )
    return tuple(found) if return_sign else found[0]


def logmeanexp(x: Any, axis: Any = None, where: Any = None, keepdims: bool = False) -> Value:
    """log(mean(exp(x))) along axes, without overflow."""
    (x,) = ops.promoted("logmeanexp", x, inexact=True)
    found = logsumexp(x, axis, keepdims=keepdims, where=where)
    held = np.ones(x.shape, bool) if where is None else _masks("logmeanexp", where, x)[0]
    count = mnp.sum(held, axis=axis, keepdims=keepdims, dtype=real_dtype(x.dtype))
    return found - mnp.log(count)


def standardize(
    x: Any,
    axis: Any = -1,
    mean: Any = None,
    variance: Any = None,
    epsilon: Any = 1e-5,
    where: Any = None,
) -> Value:
    """`x` less its mean, over the root of its variance plus epsilon, along axes."""
    (x,) = ops.promoted("standardize", x, inexact=True)
    if mean is None:
        mean = mnp.mean(x, axis, keepdims=True, where=where)
    if variance is None:
        variance = mnp.mean(mnp.square(x - mean), axis, keepdims=True, where=where)
    return (x - mean) * lax.rsqrt(mnp.asarray(variance) + epsilon)


def one_hot(x: Any, num_classes: int, *, dtype: Any = None, axis: int = -1) -> Value:
    """Vectors along a new axis with a one at place x; zeros where that is out of bounds."""
    x = mnp.asarray(x)
    try:
        num_classes = operator.index(num_classes)
    except TypeError:
        raise TypeError(
            explain(
                "one_hot",
                "num_classes as a concrete integer",
                str(num_classes),
                "it decides the shape of the result: mark it static in jit",
            )
        ) from None
    if dtype is None:
        dtype = default_float()
    else:
        dtype = request_dtype(as_dtype(dtype, "one_hot"), "one_hot")
    return _one_hot(x, count=num_classes, dtype=dtype, axis=axis_of(axis, x.ndim + 1, "one_hot"))


@fused
def _one_hot(x: Value, *, count: int, dtype: Any, axis: int) -> Value:
    shape = (*x.shape[:axis], count, *x.shape[axis:])
    classes = lax.broadcasted_iota("int32", shape, axis)
    if not is_kind(x.dtype, int) or x.dtype.itemsize > 4:
        classes = convert(classes, x.dtype if not is_kind(x.dtype, bool) else np.dtype("int32"))
    x = convert(x, classes.dtype)
    return convert(lax.eq(lax.broadcast_to(lax.expand_dims(x, (axis,)), shape), classes), dtype)


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    implementation: Any = None,
) -> Value:
    """softmax(query key^T * scale + bias) value, for each head.

    Arrays are (batch, length, heads, features), the batch optional. `mask` says what may be
    attended to, as (batch, heads, query length, key length); keys may have fewer heads, each
    shared by several of the query.
    """
    q, k, v = ops.promoted("dot_product_attention", query, key, value, inexact=True)
    if not (q.ndim == k.ndim == v.ndim and q.ndim in (3, 4)):
        raise ValueError(
            explain("dot_product_attention", "arrays of 3 or 4 dimensions each", str(q.shape))
        )
    single = q.ndim == 3
    q, k, v = (lax.expand_dims(x, (0,)) if single else x for x in (q, k, v))
    heads, shared = q.shape[2], k.shape[2]
    if shared != v.shape[2] or heads % shared:
        raise ValueError(
            explain(
                "dot_product_attention",
                "a number of heads that those of key and value divide",
                f"{heads}, {shared} and {v.shape[2]}",
            )
        )
    if shared != heads:
        k, v = (mnp.repeat(x, heads // shared, 2) for x in (k, v))
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    logits = mnp.einsum("btnh,bsnh->bnts", q, k) * scale
    if bias is not None:
        logits = logits + bias
    allowed = _allowed(logits.shape, mask, is_causal)
    if allowed is not None:
        logits = mnp.where(allowed, logits, convert(-_INF, logits.dtype))
    out = mnp.einsum("bnts,bsnh->btnh", convert(softmax(logits), q.dtype), v)
    return lax.squeeze(out, (0,)) if single else out


def _allowed(shape: tuple[int, ...], mask: Any, is_causal: bool) -> Any:
    if not is_causal:
        return mask
    below = mnp.tri(*shape[-2:], dtype=bool)
    return below if mask is None else mnp.logical_and(mask, below)
