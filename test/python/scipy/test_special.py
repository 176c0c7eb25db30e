"""Special functions against SciPy in float64, their derivatives, and float32."""

import pytest
import scipy.special as reference

import mjx
import mjx.numpy as mnp
import mjx.scipy.special as special
import numpy as np
from mjx.test_util import check_grads

NAN, INF = float("nan"), float("inf")
LINE = np.concatenate(
    [np.linspace(-6, 6, 97), np.logspace(-8, 2.5, 60), -np.logspace(-8, 2.5, 60), [0.0, -0.0, NAN]]
)
UNIT = np.concatenate([np.logspace(-300, -0.31, 60), 1 - np.logspace(-15, -0.31, 40), [0, 1, 0.5]])

UNARY = {
    "expit": LINE,
    "logit": UNIT,
    "entr": LINE,
    "gammasgn": LINE,
    "gammaln": LINE,
    "gamma": LINE[np.abs(LINE) < 150],
    "erf": LINE,
    "erfc": LINE,
    "erfcx": LINE[LINE > -20],
    "erfinv": np.linspace(-1, 1, 101),
    "ndtr": LINE,
    "ndtri": UNIT,
    "log_ndtr": LINE,
    "exp1": LINE,
    "expi": LINE,
    "dawsn": LINE,
    "spence": LINE,
    "i0e": LINE,
    "i1e": LINE,
    "i0": LINE,
    "i1": LINE,
    "factorial": np.linspace(-2, 20, 45),
}


@pytest.fixture(autouse=True)
def wide():
    with mjx.enable_x64(True):
        yield


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_variable(name):
    x = UNARY[name]
    with np.errstate(all="ignore"):
        wanted = getattr(reference, name)(x)
    # The zeta-like and tail functions are the least exact: 1e-12 is 5000 ulp, of a value of 1e-290.
    np.testing.assert_allclose(getattr(special, name)(x), wanted, rtol=1e-12, atol=1e-300)


SAMPLES = {
    "xlogy": (np.linspace(-1, 3, 9), np.linspace(-1, 3, 9)),
    "xlog1py": (np.linspace(-1, 3, 9), np.linspace(-2, 3, 11)),
    "rel_entr": (np.linspace(-1, 3, 9), np.linspace(-1, 3, 9)),
    "kl_div": (np.linspace(-1, 3, 9), np.linspace(-1, 3, 9)),
    "boxcox": (np.linspace(0, 3, 9), np.linspace(-2, 2, 9)),
    "boxcox1p": (np.linspace(0, 3, 9), np.linspace(-2, 2, 9)),
    "beta": (np.linspace(0.1, 20, 9), np.linspace(0.1, 30, 7)),
    "betaln": (np.linspace(0.1, 20, 9), np.linspace(0.1, 30, 7)),
    "gammainc": (np.linspace(0.1, 20, 9), np.linspace(0, 30, 7)),
    "gammaincc": (np.linspace(0.1, 20, 9), np.linspace(0, 30, 7)),
    "poch": (np.linspace(0.1, 20, 9), np.linspace(0, 30, 7)),
    "expn": (np.arange(6.0), np.linspace(0, 10, 31)),
    "comb": (np.arange(20.0), np.arange(-1.0, 12.0)),
    "polygamma": (np.arange(1, 4), np.linspace(0.5, 9, 10)),
    "zeta": (np.linspace(1.5, 9, 10), np.linspace(0.5, 3, 5)),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_functions_of_two_variables(name):
    x, y = np.meshgrid(*SAMPLES[name])
    with np.errstate(all="ignore"):
        wanted = getattr(reference, name)(x, y)
    np.testing.assert_allclose(getattr(special, name)(x, y), wanted, rtol=2e-12, atol=1e-300)


def test_the_rest():
    np.testing.assert_allclose(special.zeta(2.0), np.pi**2 / 6, rtol=1e-14)
    np.testing.assert_allclose(special.bernoulli(30), reference.bernoulli(30), rtol=1e-11)
    a = np.linspace(3, 9, 5)
    np.testing.assert_allclose(special.multigammaln(a, 3), reference.multigammaln(a, 3), rtol=1e-13)
    np.testing.assert_allclose(
        special.comb(5, 3, repetition=True), reference.comb(5, 3, repetition=True)
    )
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(special.softmax(x, axis=1), reference.softmax(x, axis=1))
    np.testing.assert_allclose(special.log_softmax(x), reference.log_softmax(x))
    np.testing.assert_allclose(special.logsumexp(x, axis=0), reference.logsumexp(x, axis=0))
    np.testing.assert_allclose(
        special.betainc(2.0, 3.0, np.linspace(0, 1, 9)),
        reference.betainc(2, 3, np.linspace(0, 1, 9)),
    )


AT = {
    "logit": 0.3,
    "erfinv": 0.3,
    "ndtri": 1e-4,
    "spence": 0.7,
    "gamma": 2.3,
    "exp1": 1.7,
    "entr": 0.4,
}


@pytest.mark.parametrize("name", sorted(set(UNARY) - {"gammasgn"}))
def test_derivatives(name):
    f = getattr(special, name)
    check_grads(
        f, (AT.get(name, 0.8),), 1, atol=1e-6, rtol=1e-6, eps=1e-6 if name == "ndtri" else 1e-4
    )


def test_derivatives_at_the_edge_are_finite():
    assert mjx.grad(special.xlogy)(0.0, 2.0) == 0
    assert mjx.grad(special.xlogy, 1)(0.0, 0.0) == 0
    assert mjx.grad(special.xlog1py, 1)(0.0, -1.0) == 0
    assert mjx.grad(special.rel_entr, 1)(0.0, 0.0) == 0


@pytest.mark.parametrize("name", UNARY)
def test_single_precision(name):
    x = UNARY[name].astype(np.float32)
    x = x[np.isfinite(x) & (np.abs(x) > 1e-30)]
    with np.errstate(all="ignore"):
        wanted = getattr(reference, name)(x.astype(np.float64))
    keep = (np.abs(wanted) < 1e30) & (np.abs(wanted) > 1e-30) | (wanted == 0)
    if name in ("gamma", "gammaln"):  # near the poles the argument's own rounding decides
        keep &= (np.abs(x - np.round(x)) > 1e-2) | (x > 0)
    found = special.__dict__[name](mnp.asarray(x))
    assert found.dtype == "float32"
    np.testing.assert_allclose(np.asarray(found)[keep], wanted[keep], rtol=3e-5, atol=1e-6)


def test_integers_are_made_floating():
    assert special.gammaln(mnp.arange(1, 4)).dtype == "float64"
    with mjx.enable_x64(False):
        assert special.expit(mnp.arange(3)).dtype == "float32"


def test_under_transforms():
    x = np.linspace(0.1, 2, 5)
    np.testing.assert_allclose(mjx.jit(special.expi)(x), reference.expi(x), rtol=1e-13)
    np.testing.assert_allclose(mjx.vmap(special.xlogy, (0, None))(x, 2.0), x * np.log(2.0))
