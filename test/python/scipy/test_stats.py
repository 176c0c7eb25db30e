"""Distributions and statistics against SciPy in float64."""

import pytest
import scipy.stats as reference

import mjx
import mjx.numpy as mnp
import mjx.scipy.stats as stats
import numpy as np

NAN, INF = float("nan"), float("inf")
X = np.concatenate([np.linspace(-8, 8, 65), [INF, -INF, NAN, 0, 1, 2, 3]])
Q = np.concatenate([np.linspace(-0.2, 1.2, 29), [NAN, 1e-10]])

# Parameters, and whether location and scale follow.
CONTINUOUS = {
    "norm": (), "uniform": (), "expon": (), "laplace": (), "logistic": (), "cauchy": (),
    "gumbel_r": (), "gumbel_l": (), "pareto": (1.8,), "t": (2.5,), "gamma": (2.5,), "chi2": (3.0,),
    "beta": (1.5, 2.5), "truncnorm": (-1.0, 2.0),
}  # fmt: skip
PLAIN = {"gennorm": (1.7,), "vonmises": (1.3,), "wrapcauchy": (0.4,)}
DISCRETE = {
    "bernoulli": (0.3,), "binom": (5, 0.3), "betabinom": (5, 1.2, 2.3), "nbinom": (3, 0.4),
    "geom": (0.3,), "poisson": (2.5,),
}  # fmt: skip
FUNCTIONS = ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "logpmf", "pmf")


@pytest.fixture(autouse=True)
def wide():
    with mjx.enable_x64(True):
        yield


def cases():
    for table, extra in ((CONTINUOUS, (0.7, 1.9)), (PLAIN, ()), (DISCRETE, (1,))):
        for name, params in table.items():
            for function in FUNCTIONS:
                if hasattr(getattr(stats, name), function):
                    shifted = () if name == "bernoulli" and function in ("cdf", "ppf") else extra
                    yield pytest.param(name, function, (*params, *shifted), id=f"{name}.{function}")


@pytest.mark.parametrize(("name", "function", "params"), list(cases()))
def test_distributions(name, function, params):
    at = Q if function in ("ppf", "isf") else X
    with np.errstate(all="ignore"):
        wanted = getattr(getattr(reference, name), function)(at, *params)
    found = np.asarray(getattr(getattr(stats, name), function)(at, *params))
    # Probabilities within an ulp of 0 or 1 are what their difference from 1 leaves of them.
    tiny = 1e-14 if function in ("cdf", "sf", "logsf") else 0
    if function == "logcdf":
        found, wanted = np.maximum(found, -30), np.maximum(wanted, -30)
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=tiny)


@pytest.mark.parametrize("name", [*CONTINUOUS, *PLAIN])
def test_derivatives(name):
    params = {**CONTINUOUS, **PLAIN}[name]
    f = getattr(stats, name).logpdf
    at = {"beta": 0.4, "uniform": 0.4, "pareto": 1.7}.get(name, 0.6)
    slope = (f(at + 1e-6, *params) - f(at - 1e-6, *params)) / 2e-6
    np.testing.assert_allclose(mjx.grad(f)(at, *params), slope, rtol=1e-6, atol=1e-8)


def test_outside_of_the_support_derivatives_are_zero():
    assert mjx.grad(stats.expon.logpdf)(-1.0) == 0
    assert mjx.grad(stats.beta.pdf)(1.5, 2.0, 3.0) == 0


def test_arguments_have_names():
    np.testing.assert_allclose(
        stats.norm.logpdf(1.0, scale=2.0, loc=0.5), reference.norm.logpdf(1.0, 0.5, 2.0)
    )
    with pytest.raises(TypeError, match=r"norm.logpdf\(x, loc=0, scale=1\).*sigma"):
        stats.norm.logpdf(1.0, sigma=2.0)


def test_vectors():
    rng = np.random.default_rng(0)
    points, mean = rng.normal(size=(4, 5, 3)), rng.normal(size=3)
    factor = rng.normal(size=(3, 3))
    cov = factor @ factor.T + np.eye(3)
    np.testing.assert_allclose(
        stats.multivariate_normal.logpdf(points, mean, cov),
        reference.multivariate_normal.logpdf(points, mean, cov),
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        stats.multivariate_normal.pdf(0.3, 0.1, 2.0), reference.norm.pdf(0.3, 0.1, 2.0**0.5)
    )
    p, alpha = np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(
        stats.dirichlet.logpdf(p, alpha), reference.dirichlet.logpdf(p, alpha)
    )
    np.testing.assert_allclose(
        stats.dirichlet.pdf(p[:2], alpha), reference.dirichlet.pdf(p, alpha), rtol=1e-12
    )
    assert stats.dirichlet.logpdf(np.array([0.2, 0.3, 0.6]), alpha) == -INF
    np.testing.assert_allclose(
        stats.multinomial.logpmf(np.array([1, 2, 3]), 6, p),
        reference.multinomial.logpmf([1, 2, 3], 6, p),
    )
    assert stats.multinomial.pmf(np.array([1, 2, 2]), 6, p) == 0


def test_entropy_of_poisson():
    mu = np.array([0.0, 0.1, 1, 50, 99, 150])
    np.testing.assert_allclose(stats.poisson.entropy(mu), reference.poisson.entropy(mu), rtol=1e-9)


@pytest.mark.parametrize("method", ["average", "min", "max", "dense", "ordinal"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_ranks(method, axis):
    a = np.random.default_rng(1).integers(0, 5, (7, 6))
    wanted = reference.rankdata(a, method, axis=axis)
    found = stats.rankdata(a, method, axis=axis)
    np.testing.assert_array_equal(np.asarray(found).reshape(wanted.shape), wanted)


def test_modes_and_standard_errors():
    a = np.random.default_rng(1).integers(0, 5, (7, 6))
    for axis in (0, 1, None):
        found, wanted = stats.mode(a, axis=axis), reference.mode(a, axis=axis)
        np.testing.assert_array_equal(found.mode, wanted.mode)
        np.testing.assert_array_equal(found.count, wanted.count)
    np.testing.assert_allclose(stats.sem(a), reference.sem(a))
    b = np.where(a == 3, NAN, a)
    np.testing.assert_allclose(
        stats.sem(b, nan_policy="omit"), np.asarray(reference.sem(b, nan_policy="omit"))
    )
    with pytest.raises(ValueError, match="nan_policy"):
        stats.mode(a, nan_policy="raise")


@pytest.mark.parametrize("method", [None, "silverman", 0.4])
def test_kernel_densities(method):
    rng = np.random.default_rng(2)
    data, weights, at = rng.normal(size=(2, 40)), rng.uniform(size=40), rng.normal(size=(2, 6))
    found = stats.gaussian_kde(data, method, weights)
    wanted = reference.gaussian_kde(data, method, weights)
    cov = np.array([[2, 0.5], [0.5, 1.0]])
    np.testing.assert_allclose(found(at), wanted(at), rtol=1e-11)
    np.testing.assert_allclose(found.logpdf(at), wanted.logpdf(at), rtol=1e-11)
    np.testing.assert_allclose(
        found.integrate_gaussian(np.zeros(2), cov), wanted.integrate_gaussian(np.zeros(2), cov)
    )
    np.testing.assert_allclose(found.integrate_kde(found), wanted.integrate_kde(wanted))
    line, line_ref = stats.gaussian_kde(data[0]), reference.gaussian_kde(data[0])
    np.testing.assert_allclose(line.integrate_box_1d(-1, 0.5), line_ref.integrate_box_1d(-1, 0.5))
    assert found.resample(mjx.random.key(0), (3,)).shape == (2, 3)
    assert mjx.jit(lambda k, x: k(x))(found, mnp.asarray(at)).shape == (6,)
