"""Discrete Fourier transforms."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from mjx.core import bind
from mjx.lax.operands import Value, array_of, ints_of, refuse_dtype
from mjx.support.errors import explain

__all__ = ["FftType", "fft"]


class FftType(enum.Enum):
    """What a Fourier transform takes and gives: complex numbers, or real ones and a half."""

    FFT = 0
    IFFT = 1
    RFFT = 2
    IRFFT = 3


_TYPES = {"FFT": ("complex64", "complex128"), "IFFT": ("complex64", "complex128"),
          "RFFT": ("float32", "float64"), "IRFFT": ("complex64", "complex128")}  # fmt: skip


def fft(x: Any, fft_type: FftType | str, fft_lengths: Sequence[int]) -> Value:
    """The Fourier transform over the last dimensions, of as many points as `fft_lengths` says.

    `fft_type` is "fft" or "ifft", of complex numbers; "rfft", of real numbers of which the half
    of the last dimension is returned that determines the rest; or "irfft", the inverse of that.

    >>> mjx.lax.fft(mjx.numpy.ones(4), "rfft", (4,))
    Array([4.+0.j, 0.+0.j, 0.+0.j], dtype=complex64)
    """
    name = fft_type.name if isinstance(fft_type, FftType) else str(fft_type).upper()
    if name not in _TYPES:
        raise ValueError(
            explain("fft", 'fft_type "fft", "ifft", "rfft" or "irfft"', repr(fft_type))
        )
    x, lengths = array_of(x, "fft"), ints_of(fft_lengths, "fft", "fft_lengths")
    if x.dtype.name not in _TYPES[name]:
        raise refuse_dtype("fft", f"{' or '.join(_TYPES[name])} for {name}", x)
    wanted = lengths
    if name == "IRFFT" and lengths:
        wanted = (*lengths[:-1], lengths[-1] // 2 + 1)
    if not lengths or x.shape[-len(lengths) :] != wanted or min(lengths) < 1:
        raise ValueError(
            explain(
                "fft",
                f"fft_lengths of at least 1 that fit the last dimensions, for {name}",
                f"{lengths} for shape {x.shape}",
            )
        )
    return bind("fft", (x,), {"kind": name.lower(), "lengths": lengths})[0]
