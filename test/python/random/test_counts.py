"""Binomial and multinomial numbers: distribution, edges, shapes, errors."""

import pytest
import scipy.stats

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import random

KEY = random.key(5)
N = 20000


@pytest.mark.parametrize(
    "n, p", [(1, 0.3), (12, 0.5), (12, 0.9), (40, 0.4), (1000, 0.02), (90, 0.7)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binomial_distribution(n, p, dtype):
    with mjx.enable_x64(dtype == "float64"):
        x = np.asarray(random.binomial(KEY, n, p, (N,), dtype))
    assert x.dtype == dtype and (x == np.floor(x)).all() and x.min() >= 0 and x.max() <= n
    counts = np.bincount(x.astype(int), minlength=n + 1)
    wanted = N * scipy.stats.binom.pmf(np.arange(n + 1), n, p)
    often = wanted > 5
    rest = counts[~often].sum(), max(wanted[~often].sum(), 1e-9)
    square = ((counts - wanted)[often] ** 2 / wanted[often]).sum()
    if rest[1] > 5:
        square += (rest[0] - rest[1]) ** 2 / rest[1]
    assert scipy.stats.chi2.sf(square, often.sum()) > 1e-4


def test_binomial_edges():
    n = mnp.array([0, 5, 5, 5000, 5000, -1, 5, 5, np.nan, 5, np.inf])
    p = mnp.array([0.5, 0, 1, 0, 1, 0.5, -0.1, 1.1, 0.5, np.nan, 0.5])
    x = np.asarray(random.binomial(KEY, n, p))
    np.testing.assert_array_equal(x, [0, 0, 5, 0, 5000] + [np.nan] * 6)
    assert random.binomial(KEY, 3, 0.5, (0, 2)).shape == (0, 2)


def test_binomial_shapes_and_transforms():
    assert random.binomial(KEY, mnp.ones((3, 1)), mnp.full((2,), 0.5)).shape == (3, 2)
    f = lambda key, n: random.binomial(key, n, 0.4, (7,))  # noqa: E731
    keys = random.split(KEY, 3)
    n = mnp.array([4.0, 60.0, 0.0])
    rows = [np.asarray(f(keys[i], n[i])) for i in range(3)]
    np.testing.assert_array_equal(mjx.jit(mjx.vmap(f))(keys, n), rows)
    with pytest.raises(ValueError, match="floating-point dtype"):
        random.binomial(KEY, 3, 0.5, dtype="int32")
    with pytest.raises(ValueError, match="binomial"):
        random.binomial(KEY, mnp.ones(3), 0.5, (2,))


def test_multinomial_distribution():
    p = np.array([0.1, 0.2, 0.0, 0.65, 0.05])
    x = np.asarray(random.multinomial(KEY, 30, p, shape=(N,)))
    assert x.shape == (N, 5) and (x.sum(1) == 30).all() and (x[:, 2] == 0).all() and x.min() >= 0
    np.testing.assert_allclose(x.mean(0), 30 * p, atol=0.08)
    covariance = 30 * (np.diag(p) - np.outer(p, p))
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=0.25)


def test_multinomial_shapes():
    p = np.full((2, 3), 1 / 3)
    assert random.multinomial(KEY, 4, p).shape == (2, 3)
    assert random.multinomial(KEY, np.array([4, 9]), p[0]).shape == (2, 3)
    x = np.asarray(random.multinomial(KEY, np.array([4, 9]), p, shape=(5, 2), unroll=True))
    assert x.shape == (5, 2, 3) and (x.sum(-1) == [4, 9]).all()
    np.testing.assert_array_equal(
        mjx.jit(lambda k: random.multinomial(k, 9, p))(KEY), random.multinomial(KEY, 9, p)
    )
    # Weights that add up to less than 1 are shares all the same: every trial has an outcome.
    assert (np.asarray(random.multinomial(KEY, 6, p / 2)).sum(-1) == 6).all()
    with pytest.raises(ValueError, match="outcomes"):
        random.multinomial(KEY, 3, 0.5)
    with pytest.raises(TypeError):
        random.multinomial(KEY, 3, p, nonsense=1)
