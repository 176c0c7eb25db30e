"""Quantiles, histograms, covariance, differences, interpolation, convolution against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(4)
X = RNG.normal(size=(4, 5, 3)).astype(np.float32)
V, W = X[0, :, 0], X[1, :3, 1]


@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles(method, axis):
    check("quantile", X, np.array([0.1, 0.5, 1.0]), axis=axis, method=method)
    check("percentile", X, 30, axis=axis, method=method, keepdims=True)


@pytest.mark.parametrize("axis", [None, -1, 0])
def test_medians(axis):
    x = np.where(X > 1, np.nan, X).astype(np.float32)
    check("median", X, axis=axis)
    check("median", X, axis=axis, keepdims=True)
    check("median", x, axis=axis)
    check("nanmedian", x, axis=axis)
    check("nanquantile", x, 0.3, axis=axis)
    check("nanpercentile", x, 30.0, axis=axis)


def test_quantiles_of_special_values():
    check("median", np.array([np.inf, np.inf, 1], np.float32))
    check("median", np.array([3, 1, 2]))
    assert np.isnan(float(mnp.median(np.zeros(0, np.float32))))
    assert np.isnan(float(mnp.quantile(V, 1.5)))
    with pytest.raises(ValueError, match="quantile.*method"):
        mnp.quantile(V, 0.5, method="best")


def test_bincount():
    i = np.array([0, 3, 1, 1, 7])
    check("bincount", i)
    check("bincount", i, minlength=10)
    check("bincount", i, weights=V)
    check("bincount", np.zeros(0, np.int32))
    same(mjx.jit(lambda x: mnp.bincount(x, length=4))(i), np.array([1, 2, 0, 1]))
    with pytest.raises(TypeError, match="bincount"):
        mnp.bincount(V)
    with pytest.raises(ValueError, match="bincount.*weights"):
        mnp.bincount(i, weights=W)


@pytest.mark.parametrize("right", [False, True])
def test_digitize(right):
    x = np.array([-2.0, -1, 0, 0.3, 0.5, 9], np.float32)
    check("digitize", x, np.array([-1, 0, 0.5], np.float32), right=right)
    check("digitize", x, np.array([0.5, 0, -1], np.float32), right=right)


@pytest.mark.parametrize("density", [False, True])
def test_histograms(density):
    check("histogram", X, 7, density=density)
    check("histogram", X, 4, range=(-1, 1), density=density)
    check("histogram", V, np.array([-1.0, 0, 0.3, 2]), weights=np.abs(V), density=density)
    check("histogram2d", V, X[1, :, 1], 4, density=density)
    counts, edges = mnp.histogramdd(X[:, :, 0], 2, density=density)
    wanted = np.histogramdd(X[:, :, 0], 2, density=density)
    same(counts, wanted[0])
    same(edges, list(wanted[1]))


def test_bin_edges():
    check("histogram_bin_edges", V, 5)
    check("histogram_bin_edges", np.array([2.0, 2.0]), 3)
    with pytest.raises(ValueError, match="histogram_bin_edges"):
        mnp.histogram_bin_edges(V, "auto")


def test_covariance():
    check("cov", X[0])
    check("cov", X[0], rowvar=False, bias=True)
    check("cov", V)
    check("cov", V, X[1, :, 0])
    check("cov", X[0], fweights=np.array([1, 2, 1]), aweights=np.array([0.5, 1, 2]))
    check("cov", (X[0] + 1j * X[1]).astype(np.complex64))
    check("corrcoef", X[0], tolerance=1e-4)
    check("corrcoef", V)


def test_differences():
    check("diff", X)
    check("diff", X, n=2, axis=0)
    check("diff", X, n=9)
    check("diff", V, prepend=0.0, append=np.array([1.0, 2]))
    check("diff", V > 0)
    check("ediff1d", X, to_end=3.0, to_begin=np.array([1.0]))
    check("gradient", X)
    check("gradient", V, 2.0)
    check("gradient", V, np.array([0.0, 1, 1.5, 4, 5]))
    check("gradient", X, axis=1)
    check("trapezoid", X, axis=1)
    check("trapezoid", X, x=np.array([0.0, 1, 3]))
    check("trapezoid", X, dx=0.5)
    with pytest.raises(ValueError, match="diff"):
        mnp.diff(np.float32(1))
    with pytest.raises(ValueError, match="gradient"):
        mnp.gradient(np.zeros(1))


def test_interp():
    xp, fp = np.array([0.0, 1, 3, 4]), np.array([1.0, 0, 2, 5])
    x = np.linspace(-1, 9, 23)
    check("interp", x, xp, fp)
    check("interp", x, xp, fp, left=-9.0, right=9.0)
    check("interp", x, xp, fp, period=5.0)
    check("interp", 2, xp, fp)
    same(
        mnp.interp(np.float32([-1, 5]), xp, fp, "extrapolate", "extrapolate"), np.array([2.0, 8.0])
    )
    with pytest.raises(ValueError, match="interp"):
        mnp.interp(x, xp, fp[:2])


def test_unwrap():
    phase = np.cumsum(RNG.uniform(0, 5, 20)) % (2 * np.pi)
    check("unwrap", phase)
    check("unwrap", np.array([0, 1, 2, -1, 0]), period=4)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolution(mode):
    for a, b in ((V, W), (W, V), (V, W[:2]), (W[:2], V), (V, V), (V, W[:1])):
        check("convolve", a, b, mode)
        check("correlate", a, b, mode)
    z = (V + 1j * X[1, :, 0]).astype(np.complex64)
    check("correlate", z, z[:3], mode)
    check("convolve", np.array([1, 2, 3]), np.array([0, 1]), mode)


def test_convolution_errors():
    with pytest.raises(ValueError, match="convolve"):
        mnp.convolve(X, V)
    with pytest.raises(ValueError, match="convolve.*mode"):
        mnp.convolve(V, V, "half")


GRADIENTS = {
    "median": lambda x: mnp.median(x, 1),
    "quantile": lambda x: mnp.quantile(x, np.array([0.2, 0.7]), 1),
    "cov": mnp.cov,
    "corrcoef": mnp.corrcoef,
    "diff": mnp.diff,
    "trapezoid": mnp.trapezoid,
    "gradient": mnp.gradient,
    "interp": lambda x: mnp.interp(x, np.array([-9.0, -0.4, 0.1, 9]), mnp.array([1.0, 2, 0, 1])),
    "convolve": lambda x: mnp.convolve(x[0], x[1]),
    "correlate": lambda x: mnp.correlate(x[0], x[1], "same"),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    check_gradient(GRADIENTS[name], RNG.normal(size=(3, 4)), tolerance=1e-4)
