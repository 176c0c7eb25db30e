"""Drawing from given things: choice, permutation, categorical."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import array_of, axis_of, convert, kind_rank
from mjx.lax.shape import broadcast_to
from mjx.random.draws import Shape, draw_shape, float_dtype, parameter, randint, standard_gumbel
from mjx.random.draws import unit as unit_numbers
from mjx.random.keys import some_keys, words_of
from mjx.support.dtypes import DTYPES, default_float, default_int
from mjx.support.errors import explain

__all__ = ["categorical", "choice", "permutation"]


def _given(x: Any, who: str) -> Any:
    return array_of(np.asarray(x) if isinstance(x, (list, tuple)) else x, who)


def _is_count(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, (bool, np.bool_))


def permutation(
    key: Any, x: Any, axis: int = 0, independent: bool = False, *, out_sharding: Any = None
) -> Any:
    """`x` in random order along an axis, or the numbers below the integer `x`.

    With `independent`, each line along the axis gets an order of its own.
    """
    words = words_of(key, "permutation")
    if _is_count(x):
        n = operator.index(x)
        if n < 0:
            raise ValueError(explain("permutation", "0 or more elements", str(n)))
        return _shuffled_numbers(words, n=n, dtype=default_int())
    x = _given(x, "permutation")
    if not x.aval.shape:
        return permutation(key, operator.index(x), axis, independent)
    axis = axis_of(axis, len(x.aval.shape), "permutation")
    if independent or len(x.aval.shape) == 1:
        return _shuffle(words, x, axis=axis)
    order = _shuffled_numbers(words, n=x.aval.shape[axis], dtype=DTYPES["int32"])
    return _taken(x, order, axis=axis)


def _shuffled_numbers(words: Any, *, n: int, dtype: np.dtype) -> Any:
    return _shuffle(words, lax.iota(dtype, n), axis=0)


def _shuffle(words: Any, x: Any, *, axis: int) -> Any:
    # One sort by 32-bit keys has ties; this many make them unlikely.
    rounds = math.ceil(3 * math.log(max(1, x.aval.size)) / math.log(2**32 - 1))
    keys = _round_keys(words, rounds=rounds) if rounds else []
    return _shuffle_by(x, *keys, axis=axis)


# A program of its own: where the numbers are drawn, each would derive the keys anew.
@fused
def _round_keys(words: Any, *, rounds: int) -> list[Any]:
    keys = []
    for _ in range(rounds):
        words, key = some_keys(words, 2)
        keys.append(key)
    return keys


@fused
def _shuffle_by(x: Any, *keys: Any, axis: int) -> Any:
    for key in keys:
        order = lax.random_bits(key, x.aval.shape, DTYPES["uint32"])
        x = lax.sort((order, x), axis, num_keys=1)[1]
    return x


@fused
def _taken(x: Any, places: Any, *, axis: int) -> Any:
    index = (*([slice(None)] * axis), places)
    return lax.index_get(x, index, "clip")


def choice(
    key: Any,
    a: Any,
    shape: Any = (),
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    mode: str | None = None,
) -> Any:
    """Elements of `a`, or numbers below the integer `a`, with probabilities `p`."""
    words_of(key, "choice")
    count = _is_count(a)
    values = None if count else _given(a, "choice")
    if values is not None and not values.aval.shape:
        return choice(key, operator.index(values), shape, replace, p, axis, mode)
    if values is not None:
        axis = axis_of(axis, len(values.aval.shape), "choice")
    n = operator.index(a) if count else values.aval.shape[axis]
    shape = draw_shape(shape, "choice")
    draws = math.prod(shape)
    if draws and n < 1:
        raise ValueError(explain("choice", "something to choose from", f"{n} elements"))
    if not replace and draws > n:
        raise ValueError(explain("choice", f"at most {n} draws without replacement", str(draws)))
    if p is None and not replace and values is not None:
        mixed = permutation(key, values, axis)
        rest = values.aval.shape
        part = lax.slice_in_dim(mixed, 0, draws, axis=axis)
        return lax.reshape(part, (*rest[:axis], *shape, *rest[axis + 1 :]))
    places = _places(key, n, shape, replace, p, mode)
    return places if values is None else _taken(values, places, axis=axis)


def _places(key: Any, n: int, shape: Shape, replace: bool, p: Any, mode: str | None) -> Any:
    """Numbers below `n`, by probability."""
    draws = math.prod(shape)
    if p is None:
        if replace:
            return randint(key, shape, 0, n)
        return lax.reshape(lax.slice_in_dim(permutation(key, n), 0, draws), shape)
    p = _given(p, "choice")
    p = parameter(p, p.aval.dtype if kind_rank(p.aval.dtype) == 2 else default_float(), "choice")
    if p.aval.shape != (n,):
        raise ValueError(
            explain("choice", f"probabilities of shape ({n},), one an element", f"{p.aval.shape}")
        )
    words = words_of(key, "choice")
    if replace:
        return _by_probability(words, p, shape=shape)
    return _best(words, p, shape=shape, mode=mode or "low")


@fused
def _by_probability(words: Any, p: Any, *, shape: Shape) -> Any:
    total = lax.cumsum(p)
    n = p.aval.shape[0]
    last = lax.index_in_dim(total, n - 1, keepdims=False)
    u = unit_numbers(words, shape, p.aval.dtype)
    r = lax.mul(broadcast_to(last, shape), lax.sub(1.0, u))
    return convert(_first_not_below(total, r), default_int())


def _first_not_below(ordered: Any, values: Any) -> Any:
    """For each value the first place in ordered numbers that is not below it, by halving."""
    n, shape = ordered.aval.shape[0], values.aval.shape
    low = lax.full(shape, 0, np.int32)
    high = lax.full(shape, n, np.int32)
    for _ in range(max(1, n.bit_length())):
        middle = lax.shift_right_logical(lax.add(low, high), 1)
        there = lax.index_get(ordered, middle, "clip")
        open_ = lax.lt(low, high)
        below = lax.bitwise_and(open_, lax.lt(there, values))
        low = lax.select(below, lax.add(middle, 1), low)
        high = lax.select(lax.bitwise_and(open_, lax.bitwise_not(below)), middle, high)
    return low


@fused
def _best(words: Any, p: Any, *, shape: Shape, mode: str) -> Any:
    scores = lax.add(standard_gumbel(words, p.aval.shape, p.aval.dtype, mode), lax.log(p))
    places = lax.top_k(scores, math.prod(shape))[1]
    return convert(lax.reshape(places, shape), default_int())


def categorical(
    key: Any,
    logits: Any,
    axis: int = -1,
    shape: Any = None,
    replace: bool = True,
    mode: str | None = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Places along an axis, with probabilities whose logarithms are `logits` up to a constant."""
    words = words_of(key, "categorical")
    logits = _given(logits, "categorical")
    if kind_rank(logits.aval.dtype) != 2:
        logits = convert(logits, float_dtype(None, "categorical"))
    axis = axis_of(axis, len(logits.aval.shape), "categorical")
    batch = logits.aval.shape[:axis] + logits.aval.shape[axis + 1 :]
    if shape is None:
        shape = batch
    else:
        shape = draw_shape(shape, "categorical")
        if len(shape) < len(batch) or any(
            n not in (1, m) for n, m in zip(reversed(batch), reversed(shape))
        ):
            raise ValueError(
                explain("categorical", f"a shape that ends as {batch} does", f"{shape}")
            )
    prefix = shape[: len(shape) - len(batch)]
    if replace:
        return _categorical(words, logits, axis=axis, shape=shape, mode=mode or "low")
    if math.prod(prefix) > logits.aval.shape[axis]:
        raise ValueError(
            explain(
                "categorical",
                f"at most {logits.aval.shape[axis]} draws without replacement",
                str(math.prod(prefix)),
            )
        )
    return _distinct(words, logits, axis=axis, prefix=prefix, mode=mode or "low")


@fused
def _categorical(words: Any, logits: Any, *, axis: int, shape: Shape, mode: str) -> Any:
    old = logits.aval.shape
    before = len(shape) - (len(old) - 1)
    drawn = list(shape)
    drawn.insert(before + axis, old[axis])
    noise = standard_gumbel(words, tuple(drawn), logits.aval.dtype, mode)
    scores = lax.add(noise, broadcast_to(logits, tuple(drawn)))
    return lax.argmax(scores, before + axis, default_int())


@fused
def _distinct(words: Any, logits: Any, *, axis: int, prefix: Shape, mode: str) -> Any:
    noise = standard_gumbel(words, logits.aval.shape, logits.aval.dtype, mode)
    places = lax.top_k(lax.add(noise, logits), math.prod(prefix), axis=axis)[1]
    rank = len(logits.aval.shape)
    order = [axis, *[d for d in range(rank) if d != axis]]
    moved = lax.transpose(places, order)
    return convert(lax.reshape(moved, (*prefix, *moved.aval.shape[1:])), default_int())
