"""Counts of outcomes: binomial and multinomial."""

from __future__ import annotations

from typing import Any

import mjx.numpy as mnp
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import convert, scalar_of
from mjx.lax.shape import broadcast_to
from mjx.random.draws import Shape, draw_shape, float_dtype, parameter, unit
from mjx.random.keys import some_keys, split, words_of
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain

__all__ = ["binomial", "multinomial"]

# Of this many expected successes on, rejection takes fewer rounds than counting gaps.
_MANY = 10.0


def binomial(key: Any, n: Any, p: Any, shape: Any = None, dtype: Any = None) -> Any:
    """How many of `n` trials succeed if each does with probability `p`, as floating numbers.

    NaN where `n` is negative or infinite, or `p` outside of [0, 1].
    """
    words, found = words_of(key, "binomial"), float_dtype(dtype, "binomial")
    n, p = parameter(n, found, "binomial"), parameter(p, found, "binomial")
    return _binomial(words, n, p, shape=draw_shape(shape, "binomial", n, p))


@fused
def _binomial(words: Any, n: Any, p: Any, *, shape: Shape) -> Any:
    n, p = broadcast_to(n, shape), broadcast_to(p, shape)
    valid = (n >= 0) & (n < mnp.inf) & (p >= 0) & (p <= 1)
    n = mnp.where(valid, n, 0)
    # The rarer of success and failure is counted.
    rare = p < 0.5
    q = mnp.where(valid, mnp.where(rare, p, 1 - p), 0.25)
    few = n * q <= _MANY
    counted = _by_gaps(words, mnp.where(few, n, 0), q)
    # What is drawn in the other way takes no rounds of this one, and is not used.
    rejected = _by_rejection(words, mnp.where(few, 1e4, n), mnp.where(few, 0.5, q))
    drawn = mnp.where(few, counted, rejected)
    return mnp.where(valid, mnp.where(rare, drawn, n - drawn), mnp.nan)


def _by_gaps(words: Any, n: Any, p: Any) -> Any:
    """Adds up gaps between successes, which are geometric, until they exceed `n` trials."""
    shape, dtype = n.aval.shape, n.aval.dtype
    scale = lax.log1p(lax.neg(p))

    def going(state: Any) -> Any:
        return mnp.any(state[1] <= n)

    def draw(state: Any) -> Any:
        successes, trials, words = state
        sub, words = some_keys(words, 2)
        successes = mnp.where(trials <= n, successes + 1, successes)
        gap = lax.ceil(lax.log(unit(sub, shape, dtype)) / scale)
        return successes, trials + gap, words

    zero = lax.full_like(n, 0)
    return lax.while_loop(going, draw, (zero, zero, words))[0] - 1


# Transformed rejection, after Hoermann, "The generation of binomial random variates", 1993.


def _by_rejection(words: Any, n: Any, p: Any) -> Any:
    shape = n.aval.shape
    deviation = lax.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * deviation
    ceiling, center = 0.92 - 4.2 / b, n * p + 0.5
    density = _log_density(n, p)

    def attempt(words: Any) -> tuple[Any, Any, Any]:
        words, first, second = some_keys(words, 3)
        u = unit(first, shape, n.aval.dtype) - 0.5
        v = unit(second, shape, n.aval.dtype)
        edge = 0.5 - lax.abs(u)
        k = lax.floor((2 * a / edge + b) * u + center)
        inside = (edge >= 0.07) & (v <= ceiling)
        possible = (k >= 0) & (k <= n)
        hat = lax.log(v * alpha / (a / (edge * edge) + b))
        return words, k, inside | (possible & (hat <= density(mnp.clip(k, 0, n))))

    def draw(state: Any) -> Any:
        kept, accepted, words = state
        words, k, accept = attempt(words)
        return mnp.where(accept, k, kept), accepted | accept, words

    start = (lax.full_like(n, -1), lax.full(shape, False), words)
    return lax.while_loop(lambda state: ~mnp.all(state[1]), draw, start)[0]


def _log_density(n: Any, p: Any) -> Any:
    """The logarithm of the probability of k over that of the likeliest number."""
    odds = p / (1 - p)
    m = lax.floor((n + 1) * p)
    fixed = (m + 0.5) * lax.log((m + 1) / (odds * (n - m + 1)))
    fixed = fixed + _stirling_rest(m) + _stirling_rest(n - m)

    def density(k: Any) -> Any:
        above = (n + 1) * lax.log((n - m + 1) / (n - k + 1))
        ratio = (k + 0.5) * lax.log(odds * (n - k + 1) / (k + 1))
        return fixed + above + ratio - _stirling_rest(k) - _stirling_rest(n - k)

    return density


# log(k!) less Stirling's formula (k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2.
_RESTS = (
    *(0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.0207906721037650),
    *(0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720),
    *(0.00925546218271273, 0.00833056343336287),
)


def _stirling_rest(k: Any) -> Any:
    """What Stirling's formula lacks of log(k!): a table for small k, then a series."""
    small = k < len(_RESTS)
    square = lax.square(k + 1)
    series = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
    table = mnp.asarray(_RESTS, k.aval.dtype)
    place = convert(mnp.where(small, k, 0), DTYPES["int32"])
    return mnp.where(small, table[place], series)


def multinomial(
    key: Any,
    n: Any,
    p: Any,
    *,
    shape: Any = None,
    dtype: Any = None,
    unroll: int | bool = 1,
) -> Any:
    """How often each outcome comes up in `n` trials, with probabilities along the last axis of `p`.

    `shape` is that of the result without its last dimension; `n` and `p.shape[:-1]` are repeated to
    it.
    """
    found = float_dtype(dtype, "multinomial")
    n, p = parameter(n, found, "multinomial"), parameter(p, found, "multinomial")
    if not p.aval.shape:
        raise ValueError(explain("multinomial", "a dimension of outcomes in p", str(p.aval)))
    batch = draw_shape(shape, "multinomial", n, scalar_of(0, found) if p.ndim == 1 else p[..., 0])
    rows = mnp.moveaxis(mnp.broadcast_to(p, (*batch, p.shape[-1])), -1, 0)
    # Each outcome is a success among what those before it left.
    left = lax.cumsum(rows, 0, reverse=True)
    shares = mnp.clip(rows / mnp.where(left == 0, 1, left), 0, 1)

    def draw(trials: Any, row: Any) -> tuple[Any, Any]:
        share, own = row
        count = binomial(own, trials, share, dtype=found)
        return trials - count, count

    start = mnp.broadcast_to(n, batch)
    counts = lax.scan(draw, start, (shares, split(key, len(rows))), unroll=unroll)[1]
    return mnp.moveaxis(counts, 0, -1)
