"""Discrete Fourier transforms.

A transform of n = p q elements is p transforms of q after q of p, the least of them products with
a matrix; a prime length goes by a convolution whose length is a power of two.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
from mjx.numpy.einsum import einsum
from mjx.numpy.shape import roll
from mjx.support.dtypes import complex_dtype, default_float, inexact_dtype, is_kind, real_dtype
from mjx.support.errors import explain

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_BY_MATRIX = 64  # up to here a product with the matrix is as fast as anything


@functools.lru_cache(maxsize=256)
def _turns(p: int, q: int, n: int, sign: int) -> np.ndarray:
    """exp(sign 2 pi i j k / n) for j < p and k < q."""
    steps = np.outer(np.arange(p), np.arange(q)) % n
    return np.exp(sign * 2j * np.pi * steps / n)


def _constant(values: np.ndarray, like: Value) -> Value:
    return array(values.astype(like.dtype))


def _divisor(n: int) -> int:
    """The greatest divisor of n that is multiplied by its matrix."""
    return max(d for d in range(1, _BY_MATRIX + 1) if n % d == 0)


def _transform(x: Value, sign: int) -> Value:
    """The sums of x[j] exp(sign 2 pi i j k / n) over the last dimension."""
    n = x.shape[-1]
    if n <= _BY_MATRIX:
        return einsum("...j,jk->...k", x, _constant(_turns(n, n, n, sign), x))
    p = _divisor(n)
    if p == 1:
        return _by_convolution(x, sign)
    q = n // p
    parts = lax.reshape(x, (*x.shape[:-1], p, q))
    parts = einsum("...jq,jk->...kq", parts, _constant(_turns(p, p, p, sign), x))
    parts = _transform(parts * _constant(_turns(p, q, n, sign), x), sign)
    order = [*range(parts.ndim - 2), parts.ndim - 1, parts.ndim - 2]
    return lax.reshape(lax.transpose(parts, order), x.shape)


def _by_convolution(x: Value, sign: int) -> Value:
    """By j k = (j^2 + k^2 - (k - j)^2) / 2, which makes the sums a convolution."""
    n = x.shape[-1]
    squares = np.arange(n) ** 2 % (2 * n)
    chirp = np.exp(sign * 1j * np.pi * squares / n)
    size = 1 << (2 * n - 1).bit_length()
    kernel = np.zeros(size, complex)
    kernel[:n] = chirp.conj()
    kernel[size - n + 1 :] = chirp[1:][::-1].conj()
    edges = [(0, 0, 0)] * (x.ndim - 1) + [(0, size - n, 0)]
    padded = lax.pad(x * _constant(chirp, x), convert(0, x.dtype), edges)
    product = _transform(padded, -1) * _constant(np.fft.fft(kernel) / size, x)
    return _transform(product, 1)[..., :n] * _constant(chirp, x)


def _along(x: Value, axis: int, fun: Callable[[Value], Value]) -> Value:
    """`fun`, which works on the last dimension, on another one."""
    order = [d for d in range(x.ndim) if d != axis] + [axis]
    back = list(np.argsort(order))
    return lax.transpose(fun(lax.transpose(x, order)), back)


def _resized(x: Value, n: int) -> Value:
    """The last dimension cut off or padded with zeros."""
    edges = [(0, 0, 0)] * (x.ndim - 1) + [(0, n - x.shape[-1], 0)]
    return x if n == x.shape[-1] else lax.pad(x, convert(0, x.dtype), edges)


def _scale(norm: str | None, n: int, sign: int) -> float:
    """What sums are multiplied by: 1 / n in the direction that `norm` names."""
    if norm == "ortho":
        return 1 / math.sqrt(n)
    return 1 / n if (norm or "backward") == ("backward" if sign > 0 else "forward") else 1.0


@fused
def _run(x: Value, *, kind: str, n: int, axis: int, norm: str | None) -> Value:
    sign = -1 if kind in ("fft", "rfft") else 1
    scale = convert(_scale(norm, n, sign), real_dtype(x.dtype))

    def one(v: Value) -> Value:
        if kind == "irfft":
            half = _resized(v, n // 2 + 1)
            rest = lax.rev(lax.conj(half[..., 1 : n - n // 2]), (v.ndim - 1,))
            v = lax.concatenate([half, rest], v.ndim - 1)
        else:
            v = _resized(v, n)
        if not is_kind(v.dtype, complex):
            v = lax.complex(v, lax.full_like(v, 0))
        found = _transform(v, sign)
        if kind == "irfft":
            return lax.real(found) * scale
        found = found * convert(scale, found.dtype)
        return found[..., : n // 2 + 1] if kind == "rfft" else found

    return _along(x, axis, one)


def _checked(who: str, a: Any, norm: str | None, real: bool = False) -> Value:
    a = ops.value_of(a, who)
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(explain(who, "norm 'backward', 'ortho' or 'forward'", repr(norm)))
    if real and is_kind(a.dtype, complex):
        raise ValueError(explain(who, "real numbers", a.dtype.name))
    # There are no complex numbers of halves.
    dtype = inexact_dtype(a.dtype)
    return convert(a, dtype if is_kind(dtype, complex) else real_dtype(complex_dtype(dtype)))


def _length(who: str, n: Any, usual: int) -> int:
    n = usual if n is None else operator.index(n)
    if n < 1:
        raise ValueError(explain(who, "at least 1 element to transform", str(n)))
    return n


def _one(who: str, kind: str, a: Any, n: Any, axis: int, norm: str | None) -> Value:
    a = _checked(who, a, norm, kind == "rfft")
    axis = axis_of(axis, a.ndim, who)
    usual = 2 * (a.shape[axis] - 1) if kind == "irfft" else a.shape[axis]
    if kind == "irfft":
        a = convert(a, complex_dtype(a.dtype))
    return _run(a, kind=kind, n=_length(who, n, usual), axis=axis, norm=norm)


def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The Fourier transform along an axis, of `n` elements."""
    return _one("fft.fft", "fft", a, n, axis, norm)


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The inverse of `fft`."""
    return _one("fft.ifft", "ifft", a, n, axis, norm)


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The first half of the transform of real numbers, which determines the rest."""
    return _one("fft.rfft", "rfft", a, n, axis, norm)


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The inverse of `rfft`, to `n` real numbers."""
    return _one("fft.irfft", "irfft", a, n, axis, norm)


_OTHER_WAY = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The real transform of numbers of which the second half mirrors the first, conjugated."""
    a = _checked("fft.hfft", a, norm)
    return irfft(ufuncs.conj(a), n, axis, _OTHER_WAY[norm])


def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Value:
    """The inverse of `hfft`."""
    a = _checked("fft.ihfft", a, norm, True)
    return ufuncs.conj(rfft(a, n, axis, _OTHER_WAY[norm]))


def _many(
    who: str, kind: str, a: Any, s: Sequence[int] | None, axes: Sequence[int] | None, norm: Any
) -> Value:
    a = _checked(who, a, norm, kind == "rfft")
    if axes is None:
        axes = range(a.ndim) if s is None else range(a.ndim - len(s), a.ndim)
    axes = [axis_of(d, a.ndim, who) for d in axes]
    sizes: list[Any] = [None] * len(axes) if s is None else list(s)
    if len(sizes) != len(axes):
        raise ValueError(explain(who, f"a length for each of axes {axes}", str(sizes)))
    if not axes:
        return a
    others = list(zip(axes[:-1], sizes[:-1]))
    if kind == "rfft":
        a = _one(who, kind, a, sizes[-1], axes[-1], norm)
    for d, n in reversed(others):
        a = _one(who, "fft" if kind == "rfft" else kind.replace("r", ""), a, n, d, norm)
    return a if kind == "rfft" else _one(who, kind, a, sizes[-1], axes[-1], norm)


def _several(name: str, kind: str, two: bool, doc: str) -> Callable[..., Value]:
    def function(
        a: Any,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = (-2, -1) if two else None,
        norm: str | None = None,
    ) -> Value:
        return _many(f"fft.{name}", kind, a, s, axes, norm)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


fftn = _several("fftn", "fft", False, "The Fourier transform along several axes.")
ifftn = _several("ifftn", "ifft", False, "The inverse of `fftn`.")
rfftn = _several("rfftn", "rfft", False, "As `fftn`, of real numbers; half of the last axis.")
irfftn = _several("irfftn", "irfft", False, "The inverse of `rfftn`.")
fft2 = _several("fft2", "fft", True, "The Fourier transform along two axes.")
ifft2 = _several("ifft2", "ifft", True, "The inverse of `fft2`.")
rfft2 = _several("rfft2", "rfft", True, "As `fft2`, of real numbers; half of the last axis.")
irfft2 = _several("irfft2", "irfft", True, "The inverse of `rfft2`.")


def fftfreq(n: int, d: Any = 1.0, *, dtype: Any = None) -> Value:
    """The frequencies of the elements of a transform, for samples `d` apart."""
    found = array(np.fft.fftfreq(operator.index(n)), default_float() if dtype is None else dtype)
    return found / d


def rfftfreq(n: int, d: Any = 1.0, *, dtype: Any = None) -> Value:
    """The frequencies of the elements of the transform of real numbers."""
    found = array(np.fft.rfftfreq(operator.index(n)), default_float() if dtype is None else dtype)
    return found / d


def _shifted(who: str, x: Any, axes: Any, back: bool) -> Value:
    x = ops.value_of(x, who)
    axes = ops.axes_or_all(axes, x.ndim, who)
    halves = [x.shape[d] // 2 for d in axes]
    return roll(x, [-h if back else h for h in halves], axes) if axes else x


def fftshift(x: Any, axes: Any = None) -> Value:
    """The zero frequency moved to the middle."""
    return _shifted("fft.fftshift", x, axes, False)


def ifftshift(x: Any, axes: Any = None) -> Value:
    """The inverse of `fftshift`."""
    return _shifted("fft.ifftshift", x, axes, True)
