"""Discrete Fourier transforms, of any length, along any axes: `mjx.lax.fft` with NumPy's options.

`norm` says where the division by the number of elements is: "backward" (the default: in inverses),
"forward", or "ortho" (by its root, in both).
"""

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
from mjx.numpy import ufuncs
from mjx.numpy.creation import array
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


def _along(x: Value, axes: Sequence[int], fun: Callable[[Value], Value]) -> Value:
    """`fun`, which works on the last dimensions, on others."""
    order = [d for d in range(x.ndim) if d not in axes] + list(axes)
    if order == list(range(x.ndim)):
        return fun(x)
    return lax.transpose(fun(lax.transpose(x, order)), list(np.argsort(order)))


def _resized(x: Value, sizes: Sequence[int]) -> Value:
    """The last dimensions cut off or padded with zeros."""
    first = x.ndim - len(sizes)
    if x.shape[first:] == tuple(sizes):
        return x
    edges = [(0, 0, 0)] * first + [(0, n - x.shape[first + i], 0) for i, n in enumerate(sizes)]
    return lax.pad(x, convert(0, x.dtype), edges)


def _scale(norm: str | None, points: int, back: bool) -> float:
    """What is to be multiplied to transforms of which the inverse ones have 1 / points."""
    if norm == "ortho":
        return math.sqrt(points) if back else 1 / math.sqrt(points)
    if norm == "forward":
        return points if back else 1 / points
    return 1.0


@fused
def _run(
    x: Value, *, kind: str, sizes: tuple[int, ...], axes: tuple[int, ...], norm: str | None
) -> Value:
    back = kind in ("ifft", "irfft")
    scale = _scale(norm, math.prod(sizes), back)
    held = (*sizes[:-1], sizes[-1] // 2 + 1) if kind == "irfft" else sizes

    def transform(v: Value) -> Value:
        v = _resized(v, held)
        if kind != "rfft" and not is_kind(v.dtype, complex):
            v = lax.complex(v, lax.full_like(v, 0))
        found = lax.fft(v, kind, sizes)
        return found if scale == 1 else found * convert(scale, found.dtype)

    return _along(x, axes, transform)


def _checked(who: str, a: Any, norm: str | None, real: bool = False) -> Value:
    a = ops.value_of(a, who)
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(explain(who, "norm 'backward', 'ortho' or 'forward'", repr(norm)))
    if real and is_kind(a.dtype, complex):
        raise ValueError(explain(who, "real numbers", a.dtype.name))
    # There are no complex numbers of halves.
    dtype = inexact_dtype(a.dtype)
    return convert(a, dtype if is_kind(dtype, complex) else real_dtype(complex_dtype(dtype)))


def _lengths(who: str, sizes: Sequence[Any], usual: Sequence[int]) -> tuple[int, ...]:
    found = tuple([m if n is None else operator.index(n) for n, m in zip(sizes, usual)])
    if min(found) < 1:
        raise ValueError(explain(who, "at least 1 element to transform", str(min(found))))
    return found


def _usual(kind: str, x: Value, axes: Sequence[int]) -> list[int]:
    """How many elements are transformed where nobody says it."""
    usual = [x.shape[d] for d in axes]
    if kind == "irfft":
        usual[-1] = 2 * (usual[-1] - 1)
    return usual


def _one(who: str, kind: str, a: Any, n: Any, axis: int, norm: str | None) -> Value:
    a = _checked(who, a, norm, kind == "rfft")
    axes = (axis_of(axis, a.ndim, who),)
    sizes = _lengths(who, [n], _usual(kind, a, axes))
    return _run(a, kind=kind, sizes=sizes, axes=axes, norm=norm)


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
    sizes = _lengths(who, sizes, _usual(kind, a, axes))
    if len(set(axes)) < len(axes):
        return _in_turn(kind, a, sizes, axes, norm)
    return _run(a, kind=kind, sizes=sizes, axes=tuple(axes), norm=norm)


def _in_turn(kind: str, a: Value, sizes: Sequence[int], axes: Sequence[int], norm: Any) -> Value:
    """Along axes of which some come twice, the last one first, but for that of an inverse."""
    steps = [(kind.replace("r", ""), n, d) for n, d in zip(sizes[:-1], axes[:-1])]
    last = (kind, sizes[-1], axes[-1])
    for name, n, d in [*steps, last] if kind == "irfft" else [last, *steps[::-1]]:
        a = _run(a, kind=name, sizes=(n,), axes=(d,), norm=norm)
    return a


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
