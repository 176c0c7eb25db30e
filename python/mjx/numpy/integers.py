"""Functions of whole numbers and of their bits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.numpy import reductions, ufuncs
from mjx.support.dtypes import DTYPES, default_int, is_kind
from mjx.support.errors import explain

__all__ = ["bitwise_count", "gcd", "lcm", "packbits", "ravel_multi_index", "unpackbits"]

_UINT8 = DTYPES["uint8"]


def _whole(who: str, *xs: Any) -> list[Value]:
    values = ops.broadcasted(who, *ops.promoted(who, *xs))
    if not is_kind(values[0].dtype, int):
        raise ValueError(explain(who, "integers", values[0].dtype.name))
    return values


@fused
def _gcd(x: Value, y: Value) -> Value:
    zero = lax.full_like(x, 0)

    def left(pair: tuple[Value, Value]) -> Value:
        return lax.reduce_or(lax.ne(pair[1], zero), tuple(range(x.ndim)))

    def step(pair: tuple[Value, Value]) -> tuple[Value, Value]:
        x, y = pair
        rest = lax.rem(x, lax.select(lax.eq(y, zero), lax.full_like(y, 1), y))
        done = lax.eq(y, zero)
        return lax.select(done, x, y), lax.select(done, zero, rest)

    return lax.while_loop(left, step, (x, y))[0]


def gcd(x1: Any, x2: Any) -> Value:
    """The greatest common divisor."""
    x, y = _whole("gcd", x1, x2)
    return _gcd(ufuncs.abs(x), ufuncs.abs(y))


def lcm(x1: Any, x2: Any) -> Value:
    """The least common multiple."""
    x, y = (ufuncs.abs(v) for v in _whole("lcm", x1, x2))
    divisor = _gcd(x, y)
    nothing = ufuncs.equal(divisor, 0)
    return ufuncs.where(nothing, 0, ufuncs.floor_divide(x, ufuncs.where(nothing, 1, divisor)) * y)


def bitwise_count(x: Any, /) -> Value:
    """How many bits of the absolute value are 1."""
    (x,) = _whole("bitwise_count", x)
    return convert(lax.population_count(ufuncs.abs(x)), _UINT8)


def _bit_places(bitorder: str, who: str) -> np.ndarray:
    if bitorder not in ("big", "little"):
        raise ValueError(explain(who, "bitorder 'big' or 'little'", repr(bitorder)))
    places = np.arange(8, dtype=np.uint8)
    return places[::-1].copy() if bitorder == "big" else places


def _axis_last(a: Any, axis: int | None, who: str) -> tuple[Value, int]:
    a = ops.value_of(a, who)
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    axis = axis_of(axis, a.ndim, who)
    return lax.transpose(a, [d for d in range(a.ndim) if d != axis] + [axis]), axis


def _axis_back(a: Value, axis: int) -> Value:
    order = list(range(a.ndim - 1))
    return lax.transpose(a, order[:axis] + [a.ndim - 1] + order[axis:])


def packbits(a: Any, axis: int | None = None, bitorder: str = "big") -> Value:
    """Bytes of which each holds eight elements as bits, padded with zeros."""
    places = _bit_places(bitorder, "packbits")
    a, axis = _axis_last(a, axis, "packbits")
    if not is_kind(a.dtype, int) and not is_kind(a.dtype, bool):
        raise TypeError(explain("packbits", "integers or booleans", a.dtype.name))
    bits = convert(ops.boolean(a, "packbits"), _UINT8)
    n = bits.shape[-1]
    edges = [(0, 0, 0)] * (bits.ndim - 1) + [(0, -n % 8, 0)]
    bits = lax.pad(bits, convert(0, _UINT8), edges)
    bits = lax.reshape(bits, (*bits.shape[:-1], bits.shape[-1] // 8, 8))
    return _axis_back(reductions.sum(ufuncs.left_shift(bits, places), -1, _UINT8), axis)


def unpackbits(
    a: Any, axis: int | None = None, count: int | None = None, bitorder: str = "big"
) -> Value:
    """The bits of bytes as elements; `count` limits how many."""
    places = _bit_places(bitorder, "unpackbits")
    a, axis = _axis_last(a, axis, "unpackbits")
    if a.dtype != _UINT8:
        raise TypeError(explain("unpackbits", "uint8", a.dtype.name))
    bits = ufuncs.right_shift(lax.expand_dims(a, (a.ndim,)), places)
    bits = ufuncs.bitwise_and(bits, np.uint8(1))
    bits = lax.reshape(bits, (*a.shape[:-1], a.shape[-1] * 8))
    if count is not None:
        n = bits.shape[-1]
        count = n + count if count < 0 else count
        edges = [(0, 0, 0)] * (bits.ndim - 1) + [(0, count - n, 0)]
        bits = lax.pad(bits, convert(0, _UINT8), edges)
    return _axis_back(bits, axis)


def ravel_multi_index(
    multi_index: Sequence[Any], dims: Sequence[int], mode: str = "clip", order: str = "C"
) -> Value:
    """The places among all elements from indices in each dimension.

    Indices out of bounds are moved inside by `mode` 'clip' or 'wrap'.
    """
    who = "ravel_multi_index"
    dims = tuple(dims)
    if len(multi_index) != len(dims):
        raise ValueError(explain(who, f"an index for each of {dims}", str(len(multi_index))))
    if mode not in ("clip", "wrap") or order not in ("C", "F"):
        raise ValueError(
            explain(who, "mode 'clip' or 'wrap' and order 'C' or 'F'", f"{mode!r}, {order!r}")
        )
    indices = _whole(who, *multi_index)
    place: Any = lax.full(indices[0].shape, 0, default_int())
    for d, (index, n) in enumerate(zip(indices, dims)):
        step = math.prod(dims[d + 1 :]) if order == "C" else math.prod(dims[:d])
        index = ufuncs.clip(index, 0, n - 1) if mode == "clip" else ufuncs.remainder(index, n)
        place = place + index * step
    return place
