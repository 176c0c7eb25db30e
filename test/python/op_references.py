"""The ops of the dialect in NumPy, as plainly as they can be said."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes

import numpy as np

# Pointwise


def sign(x):
    return np.where(x == 0, x, np.sign(x))


def rsqrt(x):
    return 1 / np.sqrt(x)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def _each(function: Callable[[float], float]) -> Callable[[Any], np.ndarray]:
    def apply(x):
        return np.array([function(float(v)) for v in np.ravel(x)], float).reshape(np.shape(x))

    return apply


erf, erfc, lgamma = _each(math.erf), _each(math.erfc), _each(math.lgamma)


@_each
def erf_inv(y: float) -> float:
    """By Newton's method: erf is concave for positive numbers."""
    x = 0.0
    for _ in range(100):
        x -= (math.erf(x) - y) * math.exp(x * x) * math.sqrt(math.pi) / 2
    return x


@_each
def digamma(x: float) -> float:
    """Moved up by recurrence, then the asymptotic series."""
    terms = [-1 / (x + k) for k in range(30)]
    y = x + 30
    series = -1 / (12 * y**2) + 1 / (120 * y**4) - 1 / (252 * y**6)
    return math.fsum([math.log(y), -1 / (2 * y), series, *terms])


def _width(x) -> int:
    return x.dtype.itemsize * 8


def _unsigned(x) -> np.ndarray:
    return np.asarray(x).view(f"uint{_width(x)}")


def popcnt(x):
    return sum((_unsigned(x) >> k) & 1 for k in range(_width(x))).astype(x.dtype)


def clz(x):
    bits = [int(v).bit_length() for v in np.ravel(_unsigned(x))]
    return (_width(x) - np.array(bits, int)).reshape(x.shape).astype(x.dtype)


def _shift(x, y, by: Callable[[int, int], int]) -> np.ndarray:
    pairs = zip(np.ravel(x), np.ravel(_unsigned(y)))
    values = [by(int(v), int(n)) & (2 ** _width(x) - 1) for v, n in pairs]
    return np.array(values, f"uint{_width(x)}").view(x.dtype).reshape(x.shape)


def shl(x, y):
    return _shift(x, y, lambda v, n: v << n if n < _width(x) else 0)


def shr_arith(x, y):
    return _shift(x.view(f"int{_width(x)}"), y, lambda v, n: v >> min(n, 64)).view(x.dtype)


def shr_logical(x, y):
    return _shift(_unsigned(x), y, lambda v, n: v >> min(n, 64)).view(x.dtype)


def div(x, y):
    if np.asarray(x).dtype.kind not in "iu":
        return x / y
    quotient = np.array([
        -1 if b == 0 else abs(int(a)) // abs(int(b)) * (1 if (a < 0) == (b < 0) else -1)
        for a, b in zip(np.ravel(x), np.ravel(y))
    ], object)  # fmt: skip
    return wrap(quotient.reshape(x.shape), x.dtype)


def rem(x, y):
    if np.asarray(x).dtype.kind not in "iu":
        return np.fmod(x, y)
    pairs = zip(np.ravel(x).tolist(), np.ravel(y).tolist())
    values = [a if b == 0 else int(math.copysign(1, a)) * (abs(a) % abs(b)) for a, b in pairs]
    return np.array(values, x.dtype).reshape(x.shape)


def wrap(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Python integers modulo the range of an integer type."""
    bits = dtype.itemsize * 8
    values = [int(v) & (2**bits - 1) for v in np.ravel(x)]
    return np.array(values, f"uint{bits}").view(dtype).reshape(np.shape(x))


def _total_key(x) -> np.ndarray:
    bits = x.view(f"int{_width(x)}")
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


COMPARISONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "total": lambda x, y: _total_key(x) < _total_key(y),
}


def convert(x, dtype: np.dtype):
    x = np.asarray(x)
    if dtype.kind == "b":
        return x != 0
    if np.iscomplexobj(x) and dtype.kind != "c":
        x = x.real
    if dtype.kind == "c":
        return x.astype(np.complex128)
    if dtype.kind not in "iu":
        return x
    if x.dtype.kind in "iub":
        return wrap(x.astype(object), dtype)
    info = np.iinfo(dtype)
    values = [0 if v != v else max(info.min, min(info.max, v if abs(v) == np.inf else int(v)))
              for v in np.ravel(x).tolist()]  # fmt: skip
    return np.array([int(v) for v in values], dtype).reshape(x.shape)


def bitcast(x, source: np.dtype, target: np.dtype):
    return np.asarray(x).astype(source).view(target)


def round_away(x):
    magnitude = np.abs(x)
    floor = np.floor(magnitude)
    return np.copysign(np.where(magnitude - floor >= 0.5, floor + 1, floor), x)


def through(x, dtype):
    return np.asarray(x).astype(dtype).astype(np.float64)


def reduce_precision(x, exponent_bits, mantissa_bits):
    """To the nearest number of a format without subnormals, halves to even."""
    least = 2 - 2 ** (exponent_bits - 1)
    exponent = np.frexp(x)[1] - 1
    unit = np.exp2(np.maximum(exponent, least) - mantissa_bits)
    rounded = np.rint(x / unit) * unit
    rounded = np.where(np.abs(rounded) < 2.0**least, 0 * x, rounded)
    return np.where(np.abs(rounded) >= 2.0 ** (2 - least), np.copysign(np.inf, x), rounded)


# Creation and shape


def give(value: np.ndarray) -> np.ndarray:
    return value


def iota(dim: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.indices(shape)[dim]


def reshape(x, shape):
    return np.reshape(x, shape)


def broadcast_in_dim(x, shape, dims):
    spread = [1] * len(shape)
    for extent, dim in zip(x.shape, dims):
        spread[dim] = extent
    return np.broadcast_to(x.reshape(spread), shape)


def concatenate(*xs, dim):
    return np.concatenate(xs, dim)


def pad(x, value, low, high, interior):
    for axis, (before, after, between) in enumerate(zip(low, high, interior)):
        x = np.moveaxis(x, axis, 0)
        extent = x.shape[0]
        spread = np.full((max(0, extent + (extent - 1) * between), *x.shape[1:]), value, x.dtype)
        spread[:: between + 1] = x
        ends = [np.full((max(0, n), *x.shape[1:]), value, x.dtype) for n in (before, after)]
        spread = spread[max(0, -before) : len(spread) - max(0, -after)]
        x = np.moveaxis(np.concatenate([ends[0], spread, ends[1]]), 0, axis)
    return x


def slice_(x, start, limit, strides):
    return x[tuple(slice(*numbers) for numbers in zip(start, limit, strides))]


def _place(kind: str, dest: np.ndarray, where: Any, x: np.ndarray) -> np.ndarray:
    out = dest.copy()
    out[where] = COMBINERS[kind](out[where], x)
    return out


COMBINERS = {
    "set": lambda old, new: new,
    "add": np.add,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}


def update_slice(dest, x, kind, start, strides):
    where = tuple(slice(s, s + n * d, d) for s, d, n in zip(start, strides, x.shape))
    return _place(kind, dest, where, x)


# Indexing


def _window(x, starts, sizes) -> tuple[slice, ...]:
    moved = [min(max(int(s), 0), n - k) for s, n, k in zip(starts, x.shape, sizes)]
    return tuple(slice(s, s + k) for s, k in zip(moved, sizes))


def dynamic_slice(x, *starts, sizes):
    return x[_window(x, starts, sizes)]


def dynamic_update_slice(dest, x, *starts, kind):
    return _place(kind, dest, _window(dest, starts, x.shape), x)


def _parts(shape, indices, numbers, mode):
    """For every index vector: its place among the vectors, and its window or None if dropped."""
    for place in np.ndindex(*indices.shape[:-1]):
        start = [0] * len(shape)
        for k, dim in enumerate(numbers["start_index_map"]):
            start[dim] = int(indices[(*place, k)])
        batching = zip(numbers["operand_batching_dims"], numbers["indices_batching_dims"])
        for dim, of_indices in batching:
            start[dim] = place[of_indices]
        sizes = numbers["slice_sizes"]
        fits = all(0 <= s <= n - k for s, n, k in zip(start, shape, sizes))
        moved = [min(max(s, 0), n - k) for s, n, k in zip(start, shape, sizes)]
        window = tuple(slice(s, s + k) for s, k in zip(moved, sizes))
        yield place, window if fits or mode == "clip" else None


def _offsets(numbers) -> list[int]:
    dropped = {*numbers["collapsed_dims"], *numbers["operand_batching_dims"]}
    return [d for d in range(len(numbers["slice_sizes"])) if d not in dropped]


def _of_result(place, numbers, rank: int):
    """The part of the result (or the updates) that belongs to an index vector."""
    rest = iter(place)
    return tuple(slice(None) if d in numbers["offset_dims"] else next(rest) for d in range(rank))


def gather(x, indices, mode, **numbers):
    kept = _offsets(numbers)
    rank = indices.ndim - 1 + len(kept)
    extents, batch = iter(numbers["slice_sizes"][d] for d in kept), iter(indices.shape[:-1])
    shape = [next(extents) if d in numbers["offset_dims"] else next(batch) for d in range(rank)]
    out = np.zeros(shape, x.dtype)
    part_shape = [numbers["slice_sizes"][d] for d in kept]
    for place, window in _parts(x.shape, indices, numbers, mode):
        if window is not None:
            out[_of_result(place, numbers, rank)] = x[window].reshape(part_shape)
    return out


def scatter(dest, indices, updates, kind, mode, **numbers):
    out = dest
    for place, window in _parts(dest.shape, indices, numbers, mode):
        if window is not None:
            part = updates[_of_result(place, numbers, updates.ndim)]
            out = _place(kind, out, window, part.reshape(numbers["slice_sizes"]))
    return out


# Reductions


def _extremum(function, x, dims):
    least = function is np.max
    if x.dtype.kind == "f":
        initial = -np.inf if least else np.inf
    elif x.dtype == bool:
        initial = not least
    else:
        initial = np.iinfo(x.dtype).min if least else np.iinfo(x.dtype).max
    return function(x, axis=dims, initial=initial)


REDUCTIONS = {
    "add": lambda x, dims: np.sum(x, axis=dims, dtype=x.dtype),
    "mul": lambda x, dims: np.prod(x, axis=dims, dtype=x.dtype),
    "min": lambda x, dims: _extremum(np.min, x, dims),
    "max": lambda x, dims: _extremum(np.max, x, dims),
    "and": lambda x, dims: np.bitwise_and.reduce(x, axis=dims),
    "or": lambda x, dims: np.bitwise_or.reduce(x, axis=dims),
    "xor": lambda x, dims: np.bitwise_xor.reduce(x, axis=dims),
}

CUMULATIVE = {
    "add": np.add,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "logaddexp": np.logaddexp,
}


def cumulate(x, function, dim, reverse):
    if reverse:
        return np.flip(cumulate(np.flip(x, dim), function, dim, False), dim)
    return function.accumulate(x, axis=dim)


def sort(*xs, dim, num_keys, descending):
    out = [np.moveaxis(np.array(x), dim, -1).copy() for x in xs]
    for place in np.ndindex(*out[0].shape[:-1]):
        columns = [x[place].copy() for x in out]
        ranks = [np.unique(c, return_inverse=True)[1] for c in columns[:num_keys]]
        keys = [-r if descending else r for r in ranks]
        order = np.lexsort(keys[::-1])
        for x, column in zip(out, columns):
            x[place] = column[order]
    out = [np.moveaxis(x, -1, dim) for x in out]
    return tuple(out) if len(out) > 1 else out[0]


# Contractions


def dot_general(lhs, rhs, lhs_batch, rhs_batch, lhs_contract, rhs_contract):
    letters = itertools.count()
    of_lhs = [next(letters) for _ in lhs.shape]
    of_rhs = [next(letters) for _ in rhs.shape]
    for i, j in zip([*lhs_batch, *lhs_contract], [*rhs_batch, *rhs_contract]):
        of_rhs[j] = of_lhs[i]
    free = [of_lhs[d] for d in range(lhs.ndim) if d not in (*lhs_batch, *lhs_contract)]
    free += [of_rhs[d] for d in range(rhs.ndim) if d not in (*rhs_batch, *rhs_contract)]
    return np.einsum(lhs, of_lhs, rhs, of_rhs, [of_lhs[d] for d in lhs_batch] + free)


def _convolution(strides: Sequence[int], low, high, lhs_dilation, rhs_dilation, **groups: int):
    return {"strides": strides, "low": low, "high": high, "lhs_dilation": lhs_dilation,
            "rhs_dilation": rhs_dilation, **groups}  # fmt: skip


CONVOLUTIONS = (
    ((2, 3, 6), (4, 3, 3), _convolution([1], [1], [1], [1], [1])),
    ((1, 2, 5, 4), (3, 2, 2, 3), _convolution([2, 1], [0, 2], [1, -1], [1, 2], [2, 1])),
    ((2, 4, 5), (6, 2, 2), _convolution([1], [0], [0], [1], [1], feature_groups=2)),
    ((4, 3, 5), (6, 3, 2), _convolution([2], [1], [0], [1], [1], batch_groups=2)),
    ((2, 3), (4, 3), _convolution([], [], [], [], [])),
)


def conv_general(lhs, rhs, strides, low, high, lhs_dilation, rhs_dilation,
                 feature_groups=1, batch_groups=1):  # fmt: skip
    if batch_groups > 1:
        parts = zip(np.split(lhs, batch_groups, 0), np.split(rhs, batch_groups, 0))
        one = [conv_general(a, b, strides, low, high, lhs_dilation, rhs_dilation)
               for a, b in parts]  # fmt: skip
        return np.concatenate(one, 1)
    if feature_groups > 1:
        parts = zip(np.split(lhs, feature_groups, 1), np.split(rhs, feature_groups, 0))
        one = [conv_general(a, b, strides, low, high, lhs_dilation, rhs_dilation)
               for a, b in parts]  # fmt: skip
        return np.concatenate(one, 1)
    x = pad(lhs, 0.0, [0, 0, *low], [0, 0, *high], [0, 0, *(d - 1 for d in lhs_dilation)])
    w = pad(rhs, 0.0, [0] * rhs.ndim, [0] * rhs.ndim, [0, 0, *(d - 1 for d in rhs_dilation)])
    space = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], w.shape[2:], strides)]
    out = np.zeros((len(x), len(w), *space), np.result_type(x, w))
    for place in np.ndindex(*space):
        part = x[(..., *(slice(p * s, p * s + k) for p, s, k in zip(place, strides, w.shape[2:])))]
        out[(..., *place)] = np.tensordot(part, w, [range(1, x.ndim), range(1, w.ndim)])
    return out


# Random bits


@np.errstate(over="ignore")
def threefry2x32(k0, k1, c0, c1):
    """Salmon, Moraes, Dror and Shaw, 2011, with 20 rounds."""
    k2 = k0 ^ k1 ^ np.uint32(0x1BD11BDA)
    keys = [k0, k1, k2]
    x, y = c0 + k0, c1 + k1
    for group in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x = x + y
            y = ((y << np.uint32(turn)) | (y >> np.uint32(32 - turn))) ^ x
        x = x + keys[(group + 1) % 3]
        y = y + keys[(group + 2) % 3] + np.uint32(group + 1)
    return x, y


def random_bits(key, shape, dtype):
    count = np.arange(math.prod(shape), dtype=np.uint64)
    high, low = (count >> np.uint64(32)).astype(np.uint32), count.astype(np.uint32)
    x, y = threefry2x32(key[:1], key[1:], high, low)
    if dtype == np.uint64:
        out = (x.astype(np.uint64) << np.uint64(32)) | y
    else:
        out = (x ^ y).astype(dtype)
    return out.reshape(shape)


# Control flow: what the regions in op_samples compute


def scan(weight, carry, items, reverse):
    outs = []
    for item in items[::-1] if reverse else items:
        carry = np.sin(weight * carry + item)
        outs.append(carry * item)
    outs = np.array(outs).reshape(len(items), *np.shape(carry))
    return carry, outs[::-1] if reverse else outs


def while_(limit, weight, count, carry):
    while count < limit:
        count, carry = count + 1, weight * np.sin(carry)
    return count, carry


def cond(index, x, y, count):
    return (x * y, np.sin(x), y - x)[min(max(int(index), 0), count - 1)]


def to_element(x: Any, element: str) -> np.ndarray:
    """Rounded to an element type."""
    dtype = np.dtype(ml_dtypes.bfloat16 if element == "bfloat16" else element)
    x = np.asarray(x)
    if dtype.kind != "c" and np.iscomplexobj(x):
        x = x.real
    with np.errstate(all="ignore"):
        return x.astype(dtype)
