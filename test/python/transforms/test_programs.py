"""Whole small programs, as a user writes them."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import jit, lax, random
from mjx.core.execute import statistics
from mjx.errors import TracerBoolConversionError


def test_normal_and_dot():
    x = random.normal(random.PRNGKey(0), (10,))
    y = mnp.dot(x, x.T).block_until_ready()
    np.testing.assert_allclose(y, np.sum(np.asarray(x, np.float64) ** 2), rtol=1e-6)


def test_default_arguments():
    @jit
    def diff(a, b, w=0):
        return mnp.dot(a, b) + w

    assert float(diff(mnp.arange(3.0), mnp.arange(3.0))) == 5
    assert float(diff(mnp.arange(3.0), mnp.arange(3.0), w=2)) == 7


def test_python_loops_unroll():
    @jit
    def f(x):
        for _ in range(3):
            x = 2 * x
        return x

    @jit
    def g(x):
        y = 0.0
        for i in range(x.shape[0]):
            y = y + x[i]
        return y

    assert f(3) == 24 and g(mnp.array([1.0, 2.0, 3.0])) == 6.0


def branch(x):
    if x < 3:
        return 3.0 * x**2
    else:
        return -4 * x


def test_branches():
    with pytest.raises(TracerBoolConversionError, match=r"lax\.cond"):
        jit(branch)(2)
    assert jit(branch, static_argnums=(0,))(2.0) == 12
    assert mjx.grad(branch)(2.0) == 12
    assert mjx.grad(branch)(4.0) == -4


def mlp(params, x):
    for w, b in params[:-1]:
        x = mnp.tanh(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def loss(params, x, y):
    return mnp.mean((mlp(params, x) - y) ** 2)


def make_params(sizes=(3, 8, 2)):
    rng = np.random.default_rng(0)
    return [
        (mnp.array(rng.normal(size=(m, n)) / 2, mnp.float32), mnp.zeros(n))
        for m, n in zip(sizes[:-1], sizes[1:])
    ]


X = np.random.default_rng(1).normal(size=(16, 3)).astype(np.float32)
Y = np.random.default_rng(2).normal(size=(16, 2)).astype(np.float32)


def numpy_gradient(params, x, y):
    (w1, b1), (w2, b2) = [[np.asarray(p, np.float64) for p in layer] for layer in params]
    h = np.tanh(x @ w1 + b1)
    d = 2 * (h @ w2 + b2 - y) / y.size
    dh = d @ w2.T * (1 - h**2)
    return [(x.T @ dh, dh.sum(0)), (h.T @ d, d.sum(0))]


@pytest.mark.parametrize("wrap", [lambda f: f, jit], ids=["eager", "jit"])
def test_gradients_of_a_network(wrap):
    params = make_params()
    found = wrap(mjx.grad(loss))(params, X, Y)
    for layer, expected in zip(found, numpy_gradient(params, X, Y)):
        for a, b in zip(layer, expected):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("wrap", [lambda f: f, jit], ids=["eager", "jit"])
def test_gradients_per_example(wrap):
    params = make_params()
    each = wrap(mjx.vmap(mjx.grad(loss), in_axes=(None, 0, 0)))(params, X, Y)
    mean = mjx.tree.map(lambda g: g.mean(0), each)
    whole = mjx.grad(loss)(params, X, Y)
    for a, b in zip(mjx.tree.leaves(mean), mjx.tree.leaves(whole)):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_training_in_a_scan_with_donation():
    @jit(donate_argnums=0)
    def train(params, x, y):
        def step(params, batch):
            value, gradient = mjx.value_and_grad(loss)(params, *batch)
            return mjx.tree.map(lambda p, g: p - 0.1 * g, params, gradient), value

        def epoch(params, _):
            return lax.scan(step, params, (x.reshape(4, 4, 3), y.reshape(4, 4, 2)))

        return lax.scan(epoch, params, None, length=20)

    params = make_params()
    before = float(loss(params, X, Y))
    trained, values = train(params, X, Y)
    assert values.shape == (20, 4)
    assert float(loss(trained, X, Y)) < 0.9 * before
    assert all(leaf.is_deleted() for leaf in mjx.tree.leaves(params))


def test_learning_rates_do_not_recompile():
    def step(x, rate):
        return x - rate * mjx.grad(lambda x: mnp.sum(x**2))(x)

    x = mnp.array([1.0, 2.0])
    x = step(x, 0.1)
    before = statistics["compiles"]
    for rate in (0.05, 0.025, 0.0125):
        x = step(x, rate)
    assert statistics["compiles"] == before


def test_results_come_before_the_work_is_done():
    x = mnp.ones((600, 600))
    y = mjx.block_until_ready({"y": jit(lambda x: x @ x @ x)(x)})["y"]
    np.testing.assert_allclose(np.asarray(y)[0, 0], 600.0**2)
