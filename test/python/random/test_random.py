"""Keys and distributions: kinds of keys, transforms, moments, errors."""

import pytest

import mjx
import numpy as np
from mjx import lax, random
from mjx.support.config import enable_x64
from mjx.support.dtypes import issubdtype, prng_key

KEY = random.PRNGKey(3)
N = 20000


def array(x):
    return np.asarray(x)


# Keys.


def test_typed_keys():
    key = random.key(7)
    assert key.shape == () and key.ndim == 0 and str(key.dtype) == "key<fry>"
    assert issubdtype(key.dtype, prng_key)
    assert array(random.key_data(key)).tolist() == [0, 7]
    assert random.key_impl(key) == "threefry2x32"
    keys = random.split(key, (2, 3))
    assert keys.shape == (2, 3) and len(keys) == 2 and keys[1].shape == (3,)
    assert keys.size == 6 and keys.reshape(-1).shape == (6,) and keys.ravel()[5].shape == ()
    raw = random.split(random.PRNGKey(7), (2, 3))
    assert (array(random.key_data(keys)) == array(raw)).all()
    assert "key<fry>" in repr(key) and "overlaying" in repr(key)
    assert [k.shape for k in keys] == [(3,), (3,)]
    wrapped = random.wrap_key_data(random.key_data(key))
    assert (array(random.bits(wrapped, (3,))) == array(random.bits(key, (3,)))).all()
    assert array(random.clone(KEY)).tolist() == array(KEY).tolist()
    assert (random.clone(key).dtype, random.key_dtype()) == (key.dtype, key.dtype)


def test_typed_keys_through_transforms():
    keys = random.split(random.key(0), 4)
    want = array(random.normal(random.wrap_key_data(random.key_data(keys)[2]), (3,)))
    got = mjx.vmap(lambda k: random.normal(k, (3,)))(keys)
    assert (array(got)[2] == want).all()
    got = mjx.jit(lambda k: random.normal(k[2], (3,)))(keys)
    assert (array(got) == want).all()

    def step(key, _):
        key, sub = random.split(key)
        return key, random.uniform(sub)

    _, drawn = lax.scan(step, random.key(1), None, length=3)
    key, want = random.key(1), []
    for _ in range(3):
        key, sub = random.split(key)
        want.append(float(random.uniform(sub)))
    assert array(drawn).tolist() == want


def test_seeds():
    assert array(random.PRNGKey(-1)).tolist() == [0, 2**32 - 1]
    assert array(random.PRNGKey(np.int32(5))).tolist() == [0, 5]
    assert array(mjx.jit(random.PRNGKey)(-1)).tolist() == [0, 2**32 - 1]
    with enable_x64(True):
        assert array(random.PRNGKey(-1)).tolist() == [2**32 - 1] * 2
        assert array(mjx.jit(random.PRNGKey)(2**40)).tolist() == [2**8, 0]


def test_split_and_fold_in_agree():
    keys = array(random.split(KEY, 5))
    for i in range(5):
        assert (array(random.fold_in(KEY, i)) == keys[i]).all()
    folded = mjx.vmap(lambda i: random.fold_in(KEY, i))(np.arange(5, dtype=np.int32))
    assert (array(folded) == keys).all()


# Everything under every transform gives the same numbers.

DRAWS = {
    "bits": lambda k: random.bits(k, (3,)),
    "uniform": lambda k: random.uniform(k, (2, 3), minval=-2, maxval=5.0),
    "normal": lambda k: random.normal(k, (3,)),
    "randint": lambda k: random.randint(k, (4,), -3, 100),
    "bernoulli": lambda k: random.bernoulli(k, 0.3, (5,)),
    "rademacher": lambda k: random.rademacher(k, (4,)),
    "split": lambda k: random.split(k, 3),
    "fold_in": lambda k: random.fold_in(k, 12),
    "permutation": lambda k: random.permutation(k, 7),
    "permutation of rows": lambda k: random.permutation(k, np.arange(6).reshape(3, 2)),
    "choice": lambda k: random.choice(k, 10, (3,)),
    "choice by probability": lambda k: random.choice(k, 3, (6,), p=np.float32([0.2, 0.5, 0.3])),
    "choice without": lambda k: random.choice(k, np.arange(5.0), (2,), replace=False),
    "categorical": lambda k: random.categorical(k, np.float32([[1, 2, 3], [3, 2, 1]])),
    "gumbel": lambda k: random.gumbel(k, (3,)),
    "exponential": lambda k: random.exponential(k, (3,)),
    "truncated_normal": lambda k: random.truncated_normal(k, -1.0, 1.0, (3,)),
    "laplace": lambda k: random.laplace(k, (3,)),
    "poisson": lambda k: random.poisson(k, 5.0, (3,)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_transforms(name):
    draw = DRAWS[name]
    keys = random.split(KEY, 3)
    want = np.stack([array(draw(k)) for k in lax.unstack(keys)])
    checks = {
        "jit": np.stack([array(mjx.jit(draw)(np.asarray(k))) for k in array(keys)]),
        "vmap": array(mjx.vmap(draw)(keys)),
        "scan": array(lax.scan(lambda c, k: (c, draw(k)), 0, keys)[1]),
        "map": array(lax.map(draw, keys)),
    }
    for transform, got in checks.items():
        assert got.dtype == want.dtype and got.shape == want.shape, transform
        if want.dtype.kind == "f":
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=transform)
        else:
            np.testing.assert_array_equal(got, want, err_msg=transform)


# Moments, to see that parameters mean what they should.

MOMENTS = {
    "uniform": (lambda: random.uniform(KEY, (N,), minval=2.0, maxval=4.0), 3, 1 / 3),
    "normal": (lambda: random.normal(KEY, (N,)), 0, 1),
    "exponential": (lambda: random.exponential(KEY, (N,)), 1, 1),
    "gumbel": (lambda: random.gumbel(KEY, (N,)), 0.5772, np.pi**2 / 6),
    "laplace": (lambda: random.laplace(KEY, (N,)), 0, 2),
    "logistic": (lambda: random.logistic(KEY, (N,)), 0, np.pi**2 / 3),
    "maxwell": (lambda: random.maxwell(KEY, (N,)), 1.5958, 3 - 8 / np.pi),
    "lognormal": (lambda: random.lognormal(KEY, 0.5, (N,)), np.exp(0.125), 0.3646),
    "rayleigh": (lambda: random.rayleigh(KEY, 2.0, (N,)), 2 * 1.2533, 4 * 0.4292),
    "pareto": (lambda: random.pareto(KEY, 5.0, (N,)), 1.25, 5 / 48),
    "weibull": (lambda: random.weibull_min(KEY, 2.0, 1.0, (N,)), 2, 4),
    "triangular": (lambda: random.triangular(KEY, 0.0, 1.0, 2.0, (N,)), 1, 1 / 6),
    "wald": (lambda: random.wald(KEY, 1.0, (N,)), 1, 1),
    "geometric": (lambda: random.geometric(KEY, 0.5, (N,)), 2, 2),
    "bernoulli": (lambda: random.bernoulli(KEY, 0.3, (N,)), 0.3, 0.21),
    "bernoulli high": (lambda: random.bernoulli(KEY, 0.3, (N,), "high"), 0.3, 0.21),
    "poisson": (lambda: random.poisson(KEY, 3.0, (N,)), 3, 3),
    "poisson large": (lambda: random.poisson(KEY, 50.0, (N,)), 50, 50),
    "gamma": (lambda: random.gamma(KEY, 3.0, (N,)), 3, 3),
    "beta": (lambda: random.beta(KEY, 2.0, 3.0, (N,)), 0.4, 0.04),
    "chisquare": (lambda: random.chisquare(KEY, 4.0, (N,)), 4, 8),
    "t": (lambda: random.t(KEY, 10.0, (N,)), 0, 1.25),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments(name):
    draw, mean, variance = MOMENTS[name]
    x = array(draw()).astype(np.float64)
    assert abs(x.mean() - mean) < 5 * np.sqrt(variance / N)
    assert abs(x.var() - variance) < 0.12 * variance


def test_truncated_normal_stays_inside():
    x = array(random.truncated_normal(KEY, -0.5, 0.25, (N,)))
    assert x.min() > -0.5 and x.max() < 0.25


def test_parameters_are_repeated():
    low = np.float32([[0], [10]])
    x = array(random.uniform(KEY, (2, 100), minval=low, maxval=low + 1))
    assert (x[0] < 1).all() and (x[1] >= 10).all()
    assert array(random.randint(KEY, (2,), np.array([0, 5]), np.array([1, 6]))).tolist() == [0, 5]
    assert random.bernoulli(KEY, np.float32([0.5, 0.5])).shape == (2,)
    assert random.normal(KEY, 3).shape == (3,)


def test_permutation_is_one():
    assert sorted(array(random.permutation(KEY, 1000)).tolist()) == list(range(1000))
    x = np.arange(60).reshape(20, 3)
    mixed = array(random.permutation(KEY, x))
    assert sorted(map(tuple, mixed)) == sorted(map(tuple, x))
    assert sorted(array(random.permutation(KEY, x, independent=True)).ravel()) == list(range(60))
    assert array(random.permutation(KEY, 0)).tolist() == []


def test_choice_follows_probabilities():
    p = np.float32([0.1, 0.0, 0.6, 0.3])
    counts = np.bincount(array(random.choice(KEY, 4, (N,), p=p)), minlength=4) / N
    np.testing.assert_allclose(counts, p, atol=0.02)
    rows = array(random.choice(KEY, np.arange(12).reshape(4, 3), (5,), axis=0))
    assert rows.shape == (5, 3) and (rows[:, 1] - rows[:, 0] == 1).all()
    drawn = array(random.choice(KEY, 4, (3,), False, np.float32([0, 0.2, 0.3, 0.5])))
    assert sorted(drawn.tolist()) == [1, 2, 3]


def test_categorical_without_replacement():
    logits = np.zeros((2, 6), np.float32)
    places = array(random.categorical(KEY, logits, shape=(6, 2), replace=False))
    for column in places.T:
        assert sorted(column.tolist()) == list(range(6))


def test_dtypes():
    assert random.uniform(KEY, (2,), "bfloat16").dtype == "bfloat16"
    assert random.normal(KEY, (2,), np.float16).dtype == np.float16
    assert random.bits(KEY, (), np.uint8).dtype == np.uint8
    with enable_x64(True):
        assert random.uniform(KEY).dtype == np.float64
        assert random.randint(KEY, (2,), 0, 2**40).dtype == np.int64
        assert random.bits(KEY).dtype == np.uint64


ERRORS = {
    "key of floats": (TypeError, lambda: random.uniform(np.float32([1, 2]))),
    "key of one word": (TypeError, lambda: random.uniform(np.zeros(3, np.uint32))),
    "no key": (TypeError, lambda: random.uniform("key")),
    "several keys": (ValueError, lambda: random.uniform(random.split(KEY))),
    "several typed keys": (ValueError, lambda: random.split(random.split(random.key(0)))),
    "float seed": (TypeError, lambda: random.PRNGKey(1.5)),
    "seed of several": (TypeError, lambda: random.PRNGKey(np.arange(2))),
    "key as seed": (TypeError, lambda: random.PRNGKey(random.key(0))),
    "impl": (ValueError, lambda: random.key(0, impl="rbg")),
    "uniform of ints": (ValueError, lambda: random.uniform(KEY, (2,), np.int32)),
    "randint of floats": (TypeError, lambda: random.randint(KEY, (2,), 0, 5, np.float32)),
    "randint bounds": (TypeError, lambda: random.randint(KEY, (2,), 0.5, 5)),
    "shape": (ValueError, lambda: random.bernoulli(KEY, np.float32([0.1, 0.2]), (3,))),
    "too many": (ValueError, lambda: random.choice(KEY, 3, (4,), replace=False)),
    "probabilities": (ValueError, lambda: random.choice(KEY, 3, (4,), p=np.float32([1]))),
    "fold_in": (TypeError, lambda: random.fold_in(KEY, 1.5)),
    "bits": (TypeError, lambda: random.bits(KEY, (), np.int32)),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cls, call = ERRORS[name]
    with pytest.raises(cls, match="expected .*, but got"):
        call()
