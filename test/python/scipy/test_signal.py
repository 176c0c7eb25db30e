"""Signals against SciPy in float64."""

import pytest
import scipy.signal as reference

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.scipy import signal

RNG = np.random.default_rng(0)
SIGNAL, OTHER = RNG.normal(size=(2, 2, 500))
MODES = ["full", "same", "valid"]


@pytest.fixture(autouse=True)
def wide():
    with mjx.enable_x64(True):
        yield


def check(name, *args, **options):
    found, wanted = (
        getattr(signal, name)(*args, **options),
        getattr(reference, name)(*args, **options),
    )
    for a, b in zip(*(x if isinstance(x, tuple) else (x,) for x in (found, wanted))):
        np.testing.assert_allclose(a, b, atol=1e-12)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [(7, 3), (3, 7), (5, 5), (1, 4)])
def test_convolutions(name, mode, sizes):
    check(name, RNG.normal(size=sizes[0]), RNG.normal(size=sizes[1]), mode)
    check(name, RNG.normal(size=sizes[0]), RNG.normal(size=sizes[1]) * 1j, mode)


@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
@pytest.mark.parametrize("mode", MODES)
def test_convolutions_of_matrices(name, mode):
    check(name, RNG.normal(size=(6, 7)), RNG.normal(size=(3, 2)), mode)
    if mode != "valid":
        check(name, RNG.normal(size=(3, 2)), RNG.normal(size=(6, 7)), mode)


def test_convolutions_along_axes():
    x, y = RNG.normal(size=(4, 9)), RNG.normal(size=(4, 3))
    check("fftconvolve", x, y, axes=1)
    check("convolve", x, y, method="fft")
    with pytest.raises(ValueError, match="mode 'full'"):
        signal.convolve(x, y, "half")
    with pytest.raises(ValueError, match="as many dimensions"):
        signal.convolve(x, y[0])


@pytest.mark.parametrize("options", [{}, {"type": "constant"}, {"bp": [100, 300]}, {"axis": 0}])
def test_trends(options):
    check("detrend", SIGNAL, **options)


SPECTRA = [
    {},
    {"nperseg": 100, "scaling": "spectrum", "window": "hamming"},
    {"average": "median", "nperseg": 64},
    {"return_onesided": False, "window": "blackman"},
    {"nfft": 300, "window": np.ones(128)},
    {"axis": 0, "nperseg": 2, "detrend": "linear"},
]


@pytest.mark.parametrize("options", SPECTRA)
def test_spectra(options):
    check("welch", SIGNAL, 2.0, **options)
    check("csd", SIGNAL, OTHER, 2.0, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"nperseg": 101},
        {"boundary": None, "padded": False},
        {"boundary": "even"},
        {"boundary": "odd"},
        {"boundary": "constant"},
        {"detrend": "constant", "noverlap": 10},
    ],
)
def test_short_time_transforms(options):
    check("stft", SIGNAL, 2.0, **options)


def test_short_time_transforms_come_back():
    spectrum = signal.stft(SIGNAL, 2.0, nperseg=100)[2]
    back = signal.istft(spectrum, 2.0, nperseg=100)[1]
    np.testing.assert_allclose(back[:, : SIGNAL.shape[1]], SIGNAL, atol=1e-12)
    with pytest.raises(ValueError, match="noverlap < nperseg"):
        signal.istft(spectrum, nperseg=100, noverlap=100)


def test_convolutions_are_differentiable():
    x, y = mnp.asarray(SIGNAL[0, :20]), mnp.asarray(OTHER[0, :5])
    found = mjx.grad(lambda y: mnp.sum(signal.convolve(x, y) ** 2))(y)
    by_fft = mjx.grad(lambda y: mnp.sum(signal.fftconvolve(x, y) ** 2))(y)
    np.testing.assert_allclose(found, by_fft, rtol=1e-10)
