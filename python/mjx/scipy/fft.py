"""Cosine transforms, by Fourier transforms of the same length."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.numpy.creation import array
from mjx.support.dtypes import complex_dtype, is_kind, real_dtype
from mjx.support.errors import explain

__all__ = ["dct", "dctn", "idct", "idctn"]


def _turns(n: int, dtype: Any, sign: int) -> Value:
    """exp(sign i pi k / 2 n)"""
    return array(np.exp(sign * 1j * np.pi * np.arange(n) / (2 * n)).astype(complex_dtype(dtype)))


def _weights(n: int, dtype: Any) -> Value:
    """What makes the transform orthogonal."""
    found = np.full(n, math.sqrt(1 / (2 * n)))
    found[0] = math.sqrt(1 / (4 * n))
    return array(found.astype(dtype))


def _cosines(x: Value, norm: str | None) -> Value:
    """2 sum of x[j] cos(pi k (2 j + 1) / 2 n): the even elements, then the odd ones backwards,
    make it a transform of n elements."""
    n = x.shape[-1]
    last = x.ndim - 1
    even = lax.slice_in_dim(x, 0, n, 2, last)
    parts = [even, lax.rev(lax.slice_in_dim(x, 1, n, 2, last), (last,))] if n > 1 else [even]
    v = lax.concatenate(parts, last)
    found = lax.fft(lax.complex(v, lax.full_like(v, 0)), "fft", (n,))
    found = lax.real(found * _turns(n, x.dtype, -1)) * convert(2, x.dtype)
    return found * _weights(n, x.dtype) if norm == "ortho" else found


def _inverse_cosines(x: Value, norm: str | None) -> Value:
    n = x.shape[-1]
    last = x.ndim - 1
    if norm == "ortho":
        x = x / _weights(n, x.dtype)
    # The transform of the reordered elements has x[k] and -x[n - k] as parts.
    zero = lax.full((*x.shape[:-1], 1), 0, x.dtype)
    mirrored = [zero]
    if n > 1:
        mirrored.append(lax.rev(lax.slice_in_dim(x, 1, n, 1, last), (last,)))
    spectrum = lax.complex(x, -lax.concatenate(mirrored, last)) * _turns(n, x.dtype, 1)
    v = lax.real(lax.fft(spectrum * convert(0.5, spectrum.dtype), "ifft", (n,)))
    half = (n + 1) // 2
    zeros = lax.full((*x.shape[:-1], half), 0, x.dtype)
    odd = lax.rev(lax.slice_in_dim(v, half, n, 1, last), (last,))
    odd = lax.concatenate([odd, lax.slice_in_dim(zeros, 0, half - n // 2, 1, last)], last)
    even = lax.slice_in_dim(v, 0, half, 1, last)
    pairs = [lax.expand_dims(part, (v.ndim,)) for part in (even, odd)]
    woven = lax.reshape(lax.concatenate(pairs, v.ndim), (*x.shape[:-1], 2 * half))
    return lax.slice_in_dim(woven, 0, n, 1, last)


@fused
def _run(
    x: Value, *, back: bool, sizes: tuple[int, ...], axes: tuple[int, ...], norm: str | None
) -> Value:
    transform = _inverse_cosines if back else _cosines
    for n, d in zip(sizes, axes):
        order = [i for i in range(x.ndim) if i != d] + [d]
        x = lax.transpose(x, order)
        if n != x.shape[-1]:
            edges = [(0, 0, 0)] * (x.ndim - 1) + [(0, n - x.shape[-1], 0)]
            x = lax.pad(x, convert(0, x.dtype), edges)
        x = lax.transpose(transform(x, norm), list(np.argsort(order)))
    return x


def _checked(who: str, x: Any, type: int, norm: str | None) -> Value:
    (x,) = ops.promoted(who, x, inexact=True)
    if type != 2:
        raise ValueError(explain(who, "type 2, the one there is", str(type)))
    if norm not in (None, "backward", "ortho"):
        raise ValueError(explain(who, "norm 'backward' or 'ortho'", repr(norm)))
    if is_kind(x.dtype, complex):
        raise ValueError(explain(who, "real numbers", x.dtype.name))
    return convert(x, real_dtype(complex_dtype(x.dtype)))


def _lengths(who: str, x: Value, sizes: Sequence[Any], axes: Sequence[int]) -> tuple[int, ...]:
    found = tuple([x.shape[d] if n is None else operator.index(n) for n, d in zip(sizes, axes)])
    if len(sizes) != len(axes) or (found and min(found) < 1):
        raise ValueError(explain(who, f"a length of 1 or more for each of axes {axes}", str(sizes)))
    return found


def _one(who: str, back: bool, x: Any, type: int, n: Any, axis: int, norm: str | None) -> Value:
    x = _checked(who, x, type, norm)
    axes = (axis_of(axis, x.ndim, who),)
    return _run(x, back=back, sizes=_lengths(who, x, [n], axes), axes=axes, norm=norm)


def dct(
    x: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None
) -> Value:
    """The cosine transform of type 2 along an axis, of `n` elements.

    Twice the sums of `x[j] * cos(pi * k * (2 * j + 1) / (2 * n))`; with `norm="ortho"` orthogonal.

    >>> mjx.scipy.fft.dct(mjx.numpy.ones(2))
    Array([4., 0.], dtype=float32)
    """
    return _one("fft.dct", False, x, type, n, axis, norm)


def idct(
    x: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None
) -> Value:
    """The inverse of `dct`."""
    return _one("fft.idct", True, x, type, n, axis, norm)


def _several(name: str, back: bool, doc: str) -> Callable[..., Value]:
    def function(
        x: Any,
        type: int = 2,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: str | None = None,
    ) -> Value:
        who = f"fft.{name}"
        x = _checked(who, x, type, norm)
        if axes is None:
            axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
        axes = tuple([axis_of(d, x.ndim, who) for d in axes])
        sizes = _lengths(who, x, [None] * len(axes) if s is None else list(s), axes)
        return _run(x, back=back, sizes=sizes, axes=axes, norm=norm)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


dctn = _several("dctn", False, "The cosine transform along several axes, all by default.")
idctn = _several("idctn", True, "The inverse of `dctn`.")
