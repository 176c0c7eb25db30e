"""Fourier transforms against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(8)
Z = (RNG.normal(size=(3, 4, 6)) + 1j * RNG.normal(size=(3, 4, 6))).astype(np.complex64)
X = Z.real.copy()


@pytest.mark.parametrize("n", [1, 2, 5, 64, 67, 96, 128, 331, 1000])
def test_lengths(n):
    x = RNG.normal(size=n).astype(np.float32)
    check("fft.fft", x)
    check("fft.rfft", x)
    check("fft.ifft", x + 1j * x[::-1])
    check("fft.irfft", np.fft.rfft(x), n)


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_norms_and_sizes(name, norm):
    x = X if name in ("rfft", "ihfft") else Z
    for n in (None, 4, 9):
        check(f"fft.{name}", x, n, 1, norm)


@pytest.mark.parametrize(
    "name", ["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2"]
)
def test_several_axes(name):
    x = X if name.startswith("r") else Z
    check(f"fft.{name}", x)
    check(f"fft.{name}", x, (3, 5), (0, 2), "ortho")


def test_frequencies():
    for n in (4, 5):
        check("fft.fftfreq", n, 0.5)
        check("fft.rfftfreq", n)
    check("fft.fftshift", X)
    check("fft.ifftshift", X, 1)


def test_dtypes():
    assert mnp.fft.fft(X).dtype == np.complex64
    assert mnp.fft.irfft(Z).dtype == np.float32
    assert mnp.fft.fft(np.arange(4)).dtype == np.complex64
    assert mnp.fft.rfft(X.astype(np.float16)).dtype == np.complex64
    with mjx.enable_x64(True):
        same(mnp.fft.fft(Z.astype(complex)), np.fft.fft(Z.astype(complex)))


@pytest.mark.parametrize("n", [5, 70, 67])
def test_gradients(n):
    x = RNG.normal(size=n)
    check_gradient(lambda v: mnp.abs(mnp.fft.fft(v)), x, tolerance=1e-4)
    check_gradient(lambda v: mnp.fft.irfft(mnp.fft.rfft(v)[1:]), x, tolerance=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="fft.rfft.*real"):
        mnp.fft.rfft(Z)
    with pytest.raises(ValueError, match="fft.fft.*norm"):
        mnp.fft.fft(X, norm="half")
    with pytest.raises(ValueError, match="fft.fft.*axis"):
        mnp.fft.fft(X, axis=5)
    with pytest.raises(ValueError, match="fft.fft"):
        mnp.fft.fft(X, 0)
