"""Convolutions, spectra and trends of signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.numpy import fft
from mjx.numpy import operands as ops
from mjx.support.dtypes import is_kind

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "csd",
    "detrend",
    "fftconvolve",
    "istft",
    "stft",
    "welch",
]

# Convolutions.


def _mode(who: str, mode: str) -> str:
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"{who}: expected mode 'full', 'same' or 'valid', but got {mode!r}")
    return mode


def _operands(who: str, x: Any, y: Any) -> tuple[Any, Any]:
    x, y = ops.promoted(who, x, y)
    if x.ndim != y.ndim:
        raise ValueError(
            f"{who}: expected operands of as many dimensions, but got shapes {x.shape} and {y.shape}"
        )
    if not x.size or not y.size:
        raise ValueError(f"{who}: expected operands with elements, but got {x.shape} and {y.shape}")
    return x, y


def _centered(x: Any, shape: Sequence[int]) -> Any:
    starts = [(have - want) // 2 for have, want in zip(x.shape, shape)]
    return x[tuple([slice(s, s + n) for s, n in zip(starts, shape)])]


def _swaps(x: Any, y: Any, mode: str) -> bool:
    """Whether 'valid' takes the second operand for the signal, since it covers the first."""
    return mode == "valid" and all(m >= n for n, m in zip(x.shape, y.shape))


def _direct(x: Any, y: Any, mode: str, precision: Any) -> Any:
    if _swaps(x, y, mode):
        x, y = y, x
    pads = [(n - 1, n - 1) if mode != "valid" else (0, 0) for n in y.shape]
    result = lax.conv_general_dilated(
        x[None, None],
        mnp.flip(y)[None, None],
        (1,) * x.ndim,
        pads,
        precision=precision,
    )[0, 0]
    return _centered(result, x.shape) if mode == "same" else result


def convolve(
    in1: Any, in2: Any, mode: str = "full", method: str = "auto", precision: Any = None
) -> Any:
    """The convolution of two arrays of as many dimensions.

    `mode` 'full' gives all overlaps, 'same' the middle part of the size of `in1`, 'valid' those
    without padding. `method` is 'direct', 'fft', or 'auto' (direct).

    >>> mjx.scipy.signal.convolve(mnp.ones(3), mnp.array([1.0, 2.0])).tolist()
    [1.0, 3.0, 3.0, 2.0]
    """
    x, y = _operands("convolve", in1, in2)
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"convolve: expected method 'auto', 'direct' or 'fft', but got {method!r}")
    if method == "fft":
        return fftconvolve(x, y, mode)
    return _direct(x, y, _mode("convolve", mode), precision)


def correlate(
    in1: Any, in2: Any, mode: str = "full", method: str = "auto", precision: Any = None
) -> Any:
    """The correlation of two arrays: the convolution with the conjugate of `in2`, reversed."""
    x, y = _operands("correlate", in1, in2)
    return convolve(x, mnp.flip(mnp.conj(y)), mode, method, precision)


def _two_dimensional(
    who: str, in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any, precision: Any
) -> Any:
    if boundary != "fill" or fillvalue != 0:
        raise NotImplementedError(f"{who}: expected boundary='fill' and fillvalue=0")
    x, y = _operands(who, in1, in2)
    if x.ndim != 2:
        raise ValueError(f"{who}: expected operands of 2 dimensions, but got shape {x.shape}")
    return _direct(x, y, _mode(who, mode), precision)


def convolve2d(
    in1: Any,
    in2: Any,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: Any = 0,
    precision: Any = None,
) -> Any:
    """`convolve` of matrices; beyond the edges there are zeros."""
    return _two_dimensional("convolve2d", in1, in2, mode, boundary, fillvalue, precision)


def correlate2d(
    in1: Any,
    in2: Any,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: Any = 0,
    precision: Any = None,
) -> Any:
    """`correlate` of matrices; beyond the edges there are zeros."""
    x, y = _operands("correlate2d", in1, in2)
    options = (mode, boundary, fillvalue, precision)
    if mode == "same":
        # Centred as seen from the other end, which matters for even extents.
        return mnp.flip(_two_dimensional("correlate2d", mnp.flip(x), mnp.conj(y), *options))
    return _two_dimensional("correlate2d", x, mnp.flip(mnp.conj(y)), *options)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """`convolve` by way of Fourier transforms, along `axes` (None: all); n log n steps."""
    x, y = _operands("fftconvolve", in1, in2)
    _mode("fftconvolve", mode)
    dims = range(x.ndim) if axes is None else [a % x.ndim for a in np.atleast_1d(axes)]
    others = [d for d in range(x.ndim) if d not in dims]
    if any(x.shape[d] != y.shape[d] and 1 not in (x.shape[d], y.shape[d]) for d in others):
        raise ValueError(
            f"fftconvolve: expected equal extents outside of axes, but got {x.shape} and {y.shape}"
        )
    inexact = is_kind(x.dtype, float) or is_kind(x.dtype, complex)
    if not inexact:
        x, y = x.astype(float), y.astype(float)
    if _swaps(x, y, mode):
        x, y = y, x
    dims = list(dims)
    full = [x.shape[d] + y.shape[d] - 1 for d in dims]
    if is_kind(x.dtype, complex):
        product = fft.fftn(x, full, dims) * fft.fftn(y, full, dims)
        result = fft.ifftn(product, full, dims)
    else:
        product = fft.rfftn(x, full, dims) * fft.rfftn(y, full, dims)
        result = fft.irfftn(product, full, dims)
    shape = list(result.shape)
    for d in dims:
        if mode == "same":
            shape[d] = x.shape[d]
        elif mode == "valid":
            shape[d] = x.shape[d] - y.shape[d] + 1
    return _centered(result, shape)


# Trends.


def detrend(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: None = None
) -> Any:
    """`data` without its mean ('constant') or its line of least squares ('linear') along an axis.

    `bp` are the places where another line begins.
    """
    if overwrite_data is not None:
        raise NotImplementedError("detrend: expected overwrite_data=None; arrays do not change")
    (data,) = ops.promoted("detrend", data, inexact=True)
    if type == "constant":
        return data - mnp.mean(data, axis=axis, keepdims=True)
    if type != "linear":
        raise ValueError(f"detrend: expected type 'linear' or 'constant', but got {type!r}")
    rows = mnp.moveaxis(data, axis, -1)
    n = rows.shape[-1]
    breaks = np.unique(np.concatenate([[0, n], np.atleast_1d(bp)]))
    if breaks[-1] > n or breaks[0] < 0:
        raise ValueError(f"detrend: expected break points from 0 to {n}, but got {bp}")
    parts = [_without_line(rows[..., a:b]) for a, b in zip(breaks[:-1], breaks[1:])]
    return mnp.moveaxis(mnp.concatenate(parts, axis=-1), -1, axis)


def _without_line(rows: Any) -> Any:
    n = rows.shape[-1]
    centre = mnp.mean(rows, axis=-1, keepdims=True)
    at = np.arange(n) - (n - 1) / 2
    slope = at / max(float(at @ at), 1e-300)
    at, slope = mnp.asarray(at, rows.dtype), mnp.asarray(slope, rows.dtype)
    return rows - centre - mnp.sum(rows * slope, axis=-1, keepdims=True) * at


# Spectra.

_COSINES = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
}


def _window(window: Any, length: int) -> Any:
    """A periodic window: one of cosines by name, or the elements themselves."""
    if not isinstance(window, str):
        found = mnp.asarray(window)
        if found.shape != (length,):
            raise ValueError(f"window: expected {length} elements, but got shape {found.shape}")
        return found
    if window not in _COSINES:
        raise ValueError(f"window: expected one of {', '.join(_COSINES)}, but got {window!r}")
    at = 2 * np.pi * np.arange(length) / length
    return mnp.asarray(sum((-1) ** k * a * np.cos(k * at) for k, a in enumerate(_COSINES[window])))


def _sizes(
    who: str, window: Any, nperseg: Any, noverlap: Any, nfft: Any, n: int
) -> tuple[Any, int, int, int]:
    """The window, its length, the overlap, and the length of transforms."""
    if nperseg is None:
        nperseg = 256 if isinstance(window, str) else mnp.asarray(window).shape[0]
    nperseg = min(int(nperseg), n)
    noverlap = nperseg // 2 if noverlap is None else int(noverlap)
    nfft = nperseg if nfft is None else int(nfft)
    if not 0 < nperseg <= nfft or not 0 <= noverlap < nperseg:
        raise ValueError(
            f"{who}: expected 0 <= noverlap < nperseg <= nfft, but got noverlap={noverlap}, "
            f"nperseg={nperseg}, nfft={nfft}"
        )
    return _window(window, nperseg), nperseg, noverlap, nfft


def _segments(rows: Any, length: int, step: int) -> Any:
    """Overlapping pieces [..., segments, length]."""
    count = (rows.shape[-1] - length) // step + 1
    at = np.arange(count)[:, None] * step + np.arange(length)[None, :]
    return rows[..., at]


def _detrender(detrend_: Any) -> Callable[[Any], Any]:
    if detrend_ is False or detrend_ is None:
        return lambda x: x
    if isinstance(detrend_, str):
        return lambda x: detrend(x, type=detrend_)
    return detrend_


def _spectrum(pieces: Any, window: Any, nfft: int, onesided: bool) -> Any:
    weighted = pieces * window.astype(mnp.real(pieces).dtype)
    return fft.rfft(weighted, nfft) if onesided else fft.fft(weighted, nfft)


def _frequencies(nfft: int, fs: Any, onesided: bool) -> Any:
    return (fft.rfftfreq if onesided else fft.fftfreq)(nfft, 1 / fs)


def csd(
    x: Any,
    y: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Any, Any]:
    """Frequencies, and the cross spectral density of two signals by Welch's method.

    Spectra of overlapping pieces are averaged ('mean' or 'median').
    """
    if scaling not in ("density", "spectrum"):
        raise ValueError(f"csd: expected scaling 'density' or 'spectrum', but got {scaling!r}")
    if average not in ("mean", "median"):
        raise ValueError(f"csd: expected average 'mean' or 'median', but got {average!r}")
    same = y is None or y is x
    x, y = ops.promoted("csd", x, x if same else y, inexact=True)
    x, y = mnp.moveaxis(x, axis, -1), mnp.moveaxis(y, axis, -1)
    n = max(x.shape[-1], y.shape[-1])
    x, y = (mnp.pad(v, [(0, 0)] * (v.ndim - 1) + [(0, n - v.shape[-1])]) for v in (x, y))
    win, length, overlap, nfft = _sizes("csd", window, nperseg, noverlap, nfft, n)
    onesided = return_onesided and not is_kind(x.dtype, complex)
    flat = _detrender(detrend)
    parts = [
        _spectrum(flat(_segments(v, length, length - overlap)), win, nfft, onesided)
        for v in ((x,) if same else (x, y))
    ]
    power = mnp.conj(parts[0]) * parts[-1]
    weight = fs * mnp.sum(win * win) if scaling == "density" else mnp.sum(win) ** 2
    power = power / weight.astype(mnp.real(power).dtype)
    if onesided:
        doubled = np.full(power.shape[-1], 2.0)
        doubled[0] = 1
        if nfft % 2 == 0:
            doubled[-1] = 1
        power = power * mnp.asarray(doubled, mnp.real(power).dtype)
    power = _averaged(power, average)
    return _frequencies(nfft, fs, onesided), mnp.moveaxis(
        mnp.real(power) if same else power, -1, axis
    )


def _averaged(power: Any, average: str) -> Any:
    if average == "mean":
        return mnp.mean(power, axis=-2)
    count = power.shape[-2]
    # The median of n exponential variables is biased by this much.
    bias = 1 + sum(1 / (k + 1) - 1 / k for k in range(2, count, 2))
    middle = mnp.median(mnp.real(power), axis=-2)
    if is_kind(power.dtype, complex):
        middle = middle + 1j * mnp.median(mnp.imag(power), axis=-2)
    return middle / bias


def welch(
    x: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Any, Any]:
    """Frequencies, and the power spectral density of a signal by Welch's method."""
    found = csd(
        x,
        None,
        fs,
        window,
        nperseg,
        noverlap,
        nfft,
        detrend,
        return_onesided,
        scaling,
        axis,
        average,
    )
    return found[0], mnp.real(found[1])


def stft(
    x: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int = 256,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = False,
    return_onesided: bool = True,
    boundary: str | None = "zeros",
    padded: bool = True,
    axis: int = -1,
) -> tuple[Any, Any, Any]:
    """Frequencies, times, and the short-time Fourier transform [..., frequency, time].

    The signal is continued at both ends as `boundary` says ('zeros', 'even', 'odd', 'constant' or
    None) and, if `padded`, with zeros to a whole number of pieces.
    """
    (x,) = ops.promoted("stft", x, inexact=True)
    x = mnp.moveaxis(x, axis, -1)
    win, length, overlap, nfft = _sizes("stft", window, nperseg, noverlap, nfft, x.shape[-1])
    step = length - overlap
    if boundary is not None:
        x = _continued(x, length // 2, boundary)
    if padded:
        missing = -(x.shape[-1] - length) % step
        x = mnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])
    onesided = return_onesided and not is_kind(x.dtype, complex)
    pieces = _detrender(detrend)(_segments(x, length, step))
    result = _spectrum(pieces, win, nfft, onesided) / mnp.sum(win).astype(mnp.real(x).dtype)
    first = 0 if boundary is not None else length / 2
    times = (mnp.arange(result.shape[-2]) * step + first) / fs
    # [..., time, frequency] so far; the frequencies belong where the signal was.
    result = mnp.moveaxis(result, -1, axis - 1 if axis < 0 else axis)
    return _frequencies(nfft, fs, onesided), times, result


def _continued(x: Any, n: int, boundary: str) -> Any:
    pads = [(0, 0)] * (x.ndim - 1) + [(n, n)]
    modes = {"zeros": "constant", "even": "reflect", "constant": "edge"}
    if boundary in modes:
        return mnp.pad(x, pads, mode=modes[boundary])
    if boundary != "odd":
        raise ValueError(
            f"stft: expected a boundary among zeros, even, odd, constant, but got {boundary!r}"
        )
    left = 2 * x[..., :1] - mnp.flip(x[..., 1 : n + 1], -1)
    right = 2 * x[..., -1:] - mnp.flip(x[..., -n - 1 : -1], -1)
    return mnp.concatenate([left, x, right], axis=-1)


def istft(
    Zxx: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    input_onesided: bool = True,
    boundary: bool = True,
    time_axis: int = -1,
    freq_axis: int = -2,
) -> tuple[Any, Any]:
    """Times, and the signal of a short-time Fourier transform: the pieces added with overlap."""
    (Z,) = ops.promoted("istft", Zxx, inexact=True)
    Z = mnp.moveaxis(Z, (time_axis, freq_axis), (-2, -1))
    bins = Z.shape[-1]
    nfft = (2 * (bins - 1) if input_onesided else bins) if nfft is None else nfft
    nperseg = nfft if nperseg is None else nperseg
    overlap = nperseg // 2 if noverlap is None else noverlap
    if not 0 <= overlap < nperseg <= nfft:
        raise ValueError(
            f"istft: expected 0 <= noverlap < nperseg <= nfft, but got noverlap={overlap}, "
            f"nperseg={nperseg}, nfft={nfft}"
        )
    step = nperseg - overlap
    pieces = (fft.irfft if input_onesided else fft.ifft)(Z, nfft)[..., :nperseg]
    win = _window(window, nperseg).astype(mnp.real(pieces).dtype)
    count = pieces.shape[-2]
    length = nperseg + (count - 1) * step
    at = (np.arange(count)[:, None] * step + np.arange(nperseg)[None, :]).reshape(-1)
    shape = (*pieces.shape[:-2], -1)
    signal = mnp.zeros((*pieces.shape[:-2], length), pieces.dtype)
    signal = signal.at[..., at].add((pieces * win * mnp.sum(win)).reshape(shape))
    weight = mnp.zeros(length, win.dtype).at[at].add(mnp.tile(win * win, count))
    signal = signal / mnp.where(weight > 1e-10, weight, 1)
    if boundary:
        signal = signal[..., nperseg // 2 : length - nperseg // 2]
    times = mnp.arange(signal.shape[-1]) / fs
    return times, signal
