"""mjx.scipy.fft against SciPy."""

import pytest
import scipy.fft

import mjx.scipy.fft as mfft
import numpy as np
from numpy_checks import check_gradient, same

RNG = np.random.default_rng(23)


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_cosines(n, norm):
    x = RNG.normal(size=(n, 2)).astype(np.float32)
    for name in ("dct", "idct"):
        for size in (None, n + 3):
            wanted = getattr(scipy.fft, name)(x.astype(float), n=size, axis=0, norm=norm)
            same(getattr(mfft, name)(x, n=size, axis=0, norm=norm), wanted, 1e-5)


def test_cosines_along_several_axes():
    x = RNG.normal(size=(3, 4, 5)).astype(np.float32)
    for name in ("dctn", "idctn"):
        for options in ({}, {"s": (4, 6), "axes": (0, 2)}, {"norm": "ortho"}):
            wanted = getattr(scipy.fft, name)(x.astype(float), **options)
            same(getattr(mfft, name)(x, **options), wanted, 1e-5)


def test_cosines_have_gradients():
    check_gradient(mfft.dct, RNG.normal(size=5))
    check_gradient(mfft.idct, RNG.normal(size=6))


def test_misuse_is_explained():
    with pytest.raises(ValueError, match="type 2"):
        mfft.dct(np.ones(3), type=3)
    with pytest.raises(ValueError, match="real"):
        mfft.dct(np.ones(3) + 1j)
