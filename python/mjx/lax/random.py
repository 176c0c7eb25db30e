"""Counter-based random bits."""

from __future__ import annotations

import enum
import math
import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.core import bind
from mjx.lax.conversion import bitcast_convert_type
from mjx.lax.creation import iota
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Value,
    array_of,
    arrays_of,
    canonical,
    convert,
    refuse_dtype,
    same_shape,
    scalar_of,
    shape_of,
    splat,
)
from mjx.lax.pointwise import add, lt, mul, rem, shift_right_logical, sub
from mjx.lax.shape import concatenate, expand_dims, reshape, slice_in_dim
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain

__all__ = ["RandomAlgorithm", "random_bits", "rng_bit_generator", "rng_uniform", "threefry2x32"]

_UINT32 = DTYPES["uint32"]


class RandomAlgorithm(enum.IntEnum):
    """Requested generators of random bits. All names stand for threefry, the only one there is."""

    RNG_DEFAULT = 0
    RNG_THREE_FRY = 1
    RNG_PHILOX = 2


def threefry2x32(k0: Any, k1: Any, c0: Any, c1: Any) -> tuple[Value, Value]:
    """The counter (c0, c1) encrypted under the key (k0, k1), elementwise; all are uint32."""
    values = [array_of(x, "threefry2x32") for x in (k0, k1, c0, c1)]
    for x in values:
        if x.aval.dtype != _UINT32:
            raise refuse_dtype("threefry2x32", "uint32 as element", x)
    values = same_shape("threefry2x32", values)
    first, second = bind("threefry2x32", tuple(values), None, (values[0].aval.type,) * 2)
    return first, second


def random_bits(key: Any, shape: Sequence[int], dtype: Any = _UINT32) -> Value:
    """Random bits of an unsigned dtype from a key of two words."""
    key = array_of(key, "random_bits")
    found, shape = canonical(dtype, "random_bits"), shape_of(shape, "random_bits")
    if key.aval.dtype != _UINT32 or key.aval.shape != (2,):
        raise TypeError(explain("random_bits", "a key, uint32[2]", str(key.aval)))
    if found.kind != "u":
        raise TypeError(explain("random_bits", "an unsigned integer dtype", found.name))
    return bind("random_bits", (key,), None, ((found.name, shape),))[0]


def rng_bit_generator(
    key: Any,
    shape: Sequence[int],
    dtype: Any = _UINT32,
    algorithm: RandomAlgorithm = RandomAlgorithm.RNG_DEFAULT,
    *,
    out_sharding: Any = None,
) -> tuple[Value, Value]:
    """Random bits from a state, and the state to go on with.

    The state is uint32[4] or uint64[2]: the key of threefry, then a counter of blocks, from which
    the bits are made in order.

    >>> state, bits = mjx.lax.rng_bit_generator(mjx.numpy.zeros(4, "uint32"), (3,))
    >>> bits.dtype.name, state.shape
    ('uint32', (4,))
    """
    who = "rng_bit_generator"
    state, shape, found = array_of(key, who), shape_of(shape, who), canonical(dtype, who)
    RandomAlgorithm(algorithm)
    if (state.aval.dtype.name, state.aval.shape) not in (("uint32", (4,)), ("uint64", (2,))):
        raise TypeError(explain(who, "a state, uint32[4] or uint64[2]", str(state.aval)))
    if found.kind != "u":
        raise TypeError(explain(who, "an unsigned integer dtype", found.name))
    state, bits = _generate_bits(state, shape=shape, dtype=found)
    return state, bits


@fused
def _generate_bits(state: Value, *, shape: tuple[int, ...], dtype: np.dtype) -> list[Value]:
    """Encrypts one counter after the other; a pair of words serves as many elements as fit."""
    words = (
        state if state.aval.shape == (4,) else reshape(bitcast_convert_type(state, _UINT32), (4,))
    )
    k0, k1, low, high = [reshape(slice_in_dim(words, i, i + 1), ()) for i in range(4)]
    count = math.prod(shape)
    blocks = -(-count * dtype.itemsize // 8)
    step = iota(_UINT32, blocks)
    start = splat(low, (blocks,))
    counter = add(start, step)
    carry = convert(lt(counter, start), _UINT32)
    pair = threefry2x32(
        splat(k0, (blocks,)), splat(k1, (blocks,)), counter, add(splat(high, (blocks,)), carry)
    )
    bits = reshape(concatenate([expand_dims(x, (1,)) for x in pair], 1), (2 * blocks,))
    if dtype.itemsize == 8:
        bits = bitcast_convert_type(reshape(bits, (blocks, 2)), dtype)
    elif dtype != _UINT32:
        bits = bitcast_convert_type(bits, dtype)
    size = math.prod(bits.aval.shape)
    bits = reshape(slice_in_dim(reshape(bits, (size,)), 0, count), shape)
    after = add(low, scalar_of(blocks, _UINT32))
    high = add(high, convert(lt(after, low), _UINT32))
    words = concatenate([reshape(x, (1,)) for x in (k0, k1, after, high)], 0)
    if state.aval.shape == (2,):
        words = bitcast_convert_type(reshape(words, (2, 2)), state.aval.dtype)
    return [words, bits]


def rng_uniform(a: Any, b: Any, shape: Sequence[int]) -> Value:
    """Numbers between `a` and `b`, which no one can reproduce; `mjx.random` has better.

    Inside `jit` they are drawn once for each compilation.
    """
    a, b = arrays_of("rng_uniform", a, b)
    if a.aval.shape or b.aval.shape:
        raise TypeError(explain("rng_uniform", "scalar bounds", f"{a.aval}, {b.aval}"))
    seed = np.frombuffer(secrets.token_bytes(8), np.uint32)
    bits = random_bits(seed, shape)
    return _uniform(bits, a, b)


@fused
def _uniform(bits: Value, a: Value, b: Value) -> Value:
    shape, dtype = bits.aval.shape, a.aval.dtype
    if dtype.kind in "iu":
        wide = DTYPES["int64"]
        low, extent = convert(a, wide), sub(convert(b, wide), convert(a, wide))
        offset = rem(convert(bits, wide), splat(extent, shape))
        return convert(add(splat(low, shape), offset), dtype)
    fraction = mul(convert(shift_right_logical(bits, 8), dtype), 2.0**-24)
    return add(splat(a, shape), mul(fraction, splat(sub(b, a), shape)))
