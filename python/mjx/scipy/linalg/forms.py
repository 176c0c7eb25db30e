"""Matrices of a given form."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, convert
from mjx.numpy import creation as creations
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
from mjx.support.dtypes import default_float, python_dtype
from mjx.support.errors import explain

__all__ = [
    "block_diag",
    "circulant",
    "companion",
    "convolution_matrix",
    "dft",
    "fiedler",
    "fiedler_companion",
    "hadamard",
    "hankel",
    "helmert",
    "hilbert",
    "invhilbert",
    "invpascal",
    "leslie",
    "pascal",
    "toeplitz",
]


def _vector(who: str, x: Any, least: int = 0) -> Value:
    x = ops.value_of(x, who)
    if x.ndim != 1 or x.size < least:
        raise ValueError(explain(who, f"a vector of {least} or more elements", f"shape {x.shape}"))
    return x


def _size(who: str, n: Any) -> int:
    n = operator.index(n)
    if n < 0:
        raise ValueError(explain(who, "n of 0 or more", str(n)))
    return n


def block_diag(*arrs: Any) -> Value:
    """A matrix with matrices along its diagonal, and zeros elsewhere; vectors count as rows.

    >>> mjx.scipy.linalg.block_diag(mjx.numpy.array([1, 2]), 3)
    Array([[1, 2, 0],
           [0, 0, 3]], dtype=int32)
    """
    if not arrs:
        return lax.full((1, 0), 0, default_float())
    blocks = ops.promoted("linalg.block_diag", *arrs)
    if any(b.ndim > 2 for b in blocks):
        raise ValueError(
            explain("linalg.block_diag", "matrices", ", ".join(str(b.shape) for b in blocks))
        )
    blocks = [lax.reshape(b, (1, b.size)) if b.ndim < 2 else b for b in blocks]
    width, before, rows = sum(b.shape[1] for b in blocks), 0, []
    zero = convert(0, blocks[0].dtype)
    for b in blocks:
        after = width - before - b.shape[1]
        rows.append(lax.pad(b, zero, [(0, 0, 0), (before, after, 0)]))
        before += b.shape[1]
    return lax.concatenate(rows, 0)


def _along_diagonals(values: Value, rows: int, columns: int) -> Value:
    """In place i, j the element rows - 1 - i + j of values."""
    place = np.arange(columns) + (rows - 1 - np.arange(rows))[:, None]
    return values[array(place.astype(np.int32))]


def toeplitz(c: Any, r: Any = None) -> Value:
    """The matrix with first column `c`, first row `r`, and constant diagonals.

    The first of `r` is not read; by default it is the conjugate of `c`. Leading dimensions of `c` and
    `r` are a batch.

    >>> mjx.scipy.linalg.toeplitz(mjx.numpy.array([1, 2]), mjx.numpy.array([9, 3]))
    Array([[1, 3],
           [2, 1]], dtype=int32)
    """
    c = ops.value_of(c, "linalg.toeplitz")
    r = ufuncs.conj(c) if r is None else ops.value_of(r, "linalg.toeplitz")
    c, r = ops.promoted("linalg.toeplitz", c, r)
    if not c.ndim or not r.ndim:
        raise ValueError(explain("linalg.toeplitz", "vectors", f"shapes {c.shape} and {r.shape}"))
    batch = lax.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    rows, columns = c.shape[-1], r.shape[-1]
    c, r = (ops.broadcast_to(x, (*batch, x.shape[-1])) for x in (c, r))
    values = lax.concatenate([lax.rev(c, (c.ndim - 1,)), r[..., 1:]], c.ndim - 1)
    place = np.arange(columns) + (rows - 1 - np.arange(rows))[:, None]
    return values[..., array(place.astype(np.int32))]


def hankel(c: Any, r: Any = None) -> Value:
    """The matrix with first column `c`, last row `r`, and constant antidiagonals.

    The first of `r`, which is zeros by default, is not read.

    >>> mjx.scipy.linalg.hankel(mjx.numpy.array([1, 2]))
    Array([[1, 2],
           [2, 0]], dtype=int32)
    """
    c = _vector("linalg.hankel", ops.value_of(c, "linalg.hankel").ravel())
    r = lax.full_like(c, 0) if r is None else ops.value_of(r, "linalg.hankel").ravel()
    c, r = ops.promoted("linalg.hankel", c, r)
    values = lax.concatenate([c, r[1:]], 0)
    place = np.arange(r.size) + np.arange(c.size)[:, None]
    return values[array(place.astype(np.int32))]


def circulant(c: Any) -> Value:
    """The matrix of which each column is the one before, turned down by one.

    >>> mjx.scipy.linalg.circulant(mjx.numpy.array([1, 2, 3]))
    Array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]], dtype=int32)
    """
    c = ops.value_of(c, "linalg.circulant")
    if not c.ndim:
        raise ValueError(explain("linalg.circulant", "a vector", f"shape {c.shape}"))
    n = c.shape[-1]
    place = (np.arange(n)[:, None] - np.arange(n)) % max(n, 1)
    return c[..., array(place.astype(np.int32))]


def companion(a: Any) -> Value:
    """The matrix whose eigenvalues are the roots of the polynomial with coefficients `a`."""
    (a,) = ops.promoted("linalg.companion", a, inexact=True)
    a = _vector("linalg.companion", a, 2)
    first = -a[1:] / a[0]
    below = creations.eye(a.size - 2, a.size - 1, dtype=a.dtype)
    return lax.concatenate([lax.expand_dims(first, (0,)), below], 0)


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Value:
    """The matrix that convolves vectors of `n` elements with `a`; `mode` as of `convolve`."""
    a, n = _vector("linalg.convolution_matrix", a, 1), operator.index(n)
    if n < 1 or mode not in ("full", "same", "valid"):
        raise ValueError(
            explain(
                "linalg.convolution_matrix",
                "n of 1 or more and mode 'full', 'same' or 'valid'",
                f"{n} and {mode!r}",
            )  # fmt: skip
        )
    rows = a.size + n - 1
    column = lax.pad(a, convert(0, a.dtype), [(0, n - 1, 0)])
    values = lax.concatenate([lax.rev(column, (0,)), lax.full((n - 1,), 0, a.dtype)], 0)
    whole = _along_diagonals(values, rows, n)
    if mode == "full":
        return whole
    size = max(a.size, n) if mode == "same" else max(a.size, n) - min(a.size, n) + 1
    start = (rows - size) // 2 if mode == "same" else min(a.size, n) - 1
    return whole[start : start + size]


def dft(n: int, scale: str | None = None, *, dtype: Any = None) -> Value:
    """The matrix of the Fourier transform; `scale` 'sqrtn' or 'n' divides by that."""
    n = _size("linalg.dft", n)
    if scale not in (None, "sqrtn", "n"):
        raise ValueError(explain("linalg.dft", "scale 'sqrtn' or 'n'", repr(scale)))
    turns = np.exp(-2j * np.pi * (np.outer(np.arange(n), np.arange(n)) % max(n, 1)) / max(n, 1))
    turns /= {None: 1, "sqrtn": math.sqrt(max(n, 1)), "n": max(n, 1)}[scale]
    return array(turns, python_dtype(complex) if dtype is None else dtype)


def fiedler(a: Any) -> Value:
    """The matrix of distances between the elements of `a`."""
    a = ops.value_of(a, "linalg.fiedler")
    return ufuncs.abs(lax.expand_dims(a, (a.ndim,)) - lax.expand_dims(a, (a.ndim - 1,)))


def fiedler_companion(a: Any) -> Value:
    """The matrix of five diagonals whose eigenvalues are the roots of the polynomial `a`."""
    (a,) = ops.promoted("linalg.fiedler_companion", a, inexact=True)
    a = _vector("linalg.fiedler_companion", a)
    if a.size <= 2:
        return -a[1:2][:, None] / a[0] if a.size == 2 else lax.full((0,), 0, a.dtype)
    n = a.size - 1
    # Coefficients and ones alternate on the diagonals beside the main one and two off.
    rows = np.array([0, *range(0, n - 1, 2), *range(2, n, 2)])
    columns = np.array([0, *range(1, n, 2), *range(1, n - 1, 2)])
    places = np.array([1, *range(2, n + 1, 2), *range(3, n + 1, 2)])
    found = lax.full((n, n), 0, a.dtype).at[rows, columns].set(-a[places] / a[0])
    ones = [
        (1, 0),
        *((i, i + 2) for i in range(0, n - 2, 2)),
        *((i + 2, i) for i in range(1, n - 2, 2)),
    ]
    across, down = np.array(ones).T
    return found.at[across, down].set(1)


def hadamard(n: int, dtype: Any = int) -> Value:
    """The matrix of 1 and -1 with orthogonal rows, for `n` a power of two."""
    n = operator.index(n)
    if n < 1 or n & (n - 1):
        raise ValueError(explain("linalg.hadamard", "a power of two", str(n)))
    rows = np.ones((1, 1), np.int32)
    while len(rows) < n:
        rows = np.block([[rows, rows], [rows, -rows]])
    return array(rows, python_dtype(int) if dtype is int else dtype)


def helmert(n: int, full: bool = False) -> Value:
    """The orthogonal matrix of contrasts with the mean of the elements before; without the first
    row, which is constant, unless `full`."""
    n = operator.index(n)
    if n < 1:
        raise ValueError(explain("linalg.helmert", "n of 1 or more", str(n)))
    rows = np.tril(np.ones((n, n)), -1) - np.diag(np.arange(n))
    rows[0] = 1
    sizes = np.arange(n) * np.arange(1, n + 1)
    sizes[0] = n
    rows = rows / np.sqrt(sizes)[:, None]
    return array(rows if full else rows[1:], default_float())


def hilbert(n: int) -> Value:
    """The matrix of 1 / (i + j + 1).

    >>> mjx.scipy.linalg.hilbert(2)
    Array([[1.        , 0.5       ],
           [0.5       , 0.33333334]], dtype=float32)
    """
    n = _size("linalg.hilbert", n)
    return array(1 / (np.arange(n) + np.arange(n)[:, None] + 1.0), default_float())


def invhilbert(n: int) -> Value:
    """The inverse of `hilbert`, whose elements are integers."""
    n = _size("linalg.invhilbert", n)

    def element(i: int, j: int) -> int:
        sign = -1 if (i + j) % 2 else 1
        inner = math.comb(n + i, n - j - 1) * math.comb(n + j, n - i - 1)
        return sign * (i + j + 1) * inner * math.comb(i + j, i) ** 2

    found = [[float(element(i, j)) for j in range(n)] for i in range(n)]
    return array(np.array(found).reshape(n, n), default_float())


def _binomials(n: int) -> np.ndarray:
    found = [[float(math.comb(i, j)) for j in range(n)] for i in range(n)]
    return np.array(found).reshape(n, n)


_PASCAL = {
    None: lambda low: low @ low.T,
    "symmetric": lambda low: low @ low.T,
    "lower": lambda low: low,
    "upper": lambda low: low.T,
}


def pascal(n: int, kind: str | None = None) -> Value:
    """Pascal's triangle as a matrix: `kind` 'symmetric' (the default), 'lower' or 'upper'."""
    if kind not in _PASCAL:
        raise ValueError(
            explain("linalg.pascal", "kind 'symmetric', 'lower' or 'upper'", repr(kind))
        )
    return array(_PASCAL[kind](_binomials(_size("linalg.pascal", n))), default_float())


def invpascal(n: int, kind: str | None = None) -> Value:
    """The inverse of `pascal`."""
    if kind not in _PASCAL:
        raise ValueError(
            explain("linalg.invpascal", "kind 'symmetric', 'lower' or 'upper'", repr(kind))
        )
    n = _size("linalg.invpascal", n)
    signs = (-1.0) ** (np.arange(n)[:, None] + np.arange(n))
    low = _binomials(n) * signs
    found = low.T @ low if kind in (None, "symmetric") else _PASCAL[kind](low)
    return array(found, default_float())


def leslie(f: Any, s: Any) -> Value:
    """The matrix that ages a population, from births `f` and survivals `s` by age."""
    f, s = ops.promoted("linalg.leslie", f, s)
    if f.ndim != 1 or s.shape != (f.size - 1,) or not s.size:
        raise ValueError(
            explain("linalg.leslie", "n births and n - 1 survivals", f"{f.shape} and {s.shape}")
        )
    below = lax.pad(creations.diag(s), convert(0, s.dtype), [(0, 0, 0), (0, 1, 0)])
    return lax.concatenate([lax.expand_dims(f, (0,)), below], 0)
