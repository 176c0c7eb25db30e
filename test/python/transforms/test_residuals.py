"""What reverse mode stores, in bytes: the law for each kind of program."""

import math

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, random
from mjx.ad_checkpoint import saved_residuals

D = 8
KEY = random.PRNGKey(0)


def array(*shape, key=0):
    return np.random.RandomState(key).randn(*shape).astype("f") / math.sqrt(shape[-1])


def stored(f, *args):
    """Bytes stored beside the arguments, to differentiate the sum of what `f` returns."""

    def loss(*args):
        return sum([x.sum() for x in mjx.tree.leaves(f(*args))])

    found = saved_residuals(loss, *args)
    return sum(
        math.prod(aval.shape) * aval.dtype.itemsize
        for aval, what in found
        if "argument" not in what
    )


def check(f, *args, order=1):
    """The gradient is that of differences."""
    args = [np.asarray(x, np.float64) if x.dtype.kind == "f" else x for x in args]

    def loss(*args):
        return sum([x.sum() for x in mjx.tree.leaves(f(*args))])

    with mjx.enable_x64():
        gradients = mjx.jit(mjx.grad(loss, tuple(range(len(args)))))(*args)
        for x, g in zip(args, gradients):
            direction = np.random.RandomState(3).randn(*x.shape)
            h = 1e-5
            up, down = ([y + s * h * direction if y is x else y for y in args] for s in (1, -1))
            expected = (mjx.jit(loss)(*up) - mjx.jit(loss)(*down)) / (2 * h)
            np.testing.assert_allclose((g * direction).sum(), expected, rtol=1e-6, atol=1e-8)


# Programs of n steps over vectors of D floats.


def rnn(w, h, xs):
    def step(h, x):
        return mnp.tanh(w @ h + x), None

    return lax.scan(step, h, xs)[0]


def rnn_with_outputs(w, h, xs):
    def step(h, x):
        h = mnp.tanh(w @ h + x)
        return h, h

    return lax.scan(step, h, xs)


def backward_rnn(w, h, xs):
    def step(h, x):
        return mnp.tanh(w @ h + x), None

    return lax.scan(step, h, xs, reverse=True)[0]


def relu_rnn(w, h, xs):
    def step(h, x):
        return mnp.maximum(w @ h + x, 0), None

    return lax.scan(step, h, xs)[0]


def gru(w, h, xs):
    def step(h, x):
        z, r = mjx.nn.sigmoid(w[0] @ h + x), mjx.nn.sigmoid(w[1] @ h)
        return (1 - z) * h + z * mnp.tanh(w[2] @ (r * h) + x), None

    return lax.scan(step, h, xs)[0]


def lstm(w, h, xs):
    def step(state, x):
        h, c = state
        i, f, g, o = (w @ h + mnp.tile(x, 4)).reshape(4, -1)
        c = mjx.nn.sigmoid(f) * c + mjx.nn.sigmoid(i) * mnp.tanh(g)
        return (mjx.nn.sigmoid(o) * mnp.tanh(c), c), None

    return lax.scan(step, (h, mnp.zeros_like(h)), xs)[0]


def dropout_steps(w, h, xs):
    def step(h, x):
        i, x = x
        mask = random.bernoulli(random.fold_in(KEY, i), 0.5, (64,))
        return mnp.tanh(w @ mnp.where(mask, mnp.tile(h, 8), 0).reshape(8, D).sum(0) + x), None

    return lax.scan(step, h, (mnp.arange(len(xs)), xs))[0]


def attention(w, h, xs):
    def step(h, x):
        q, k, v = w @ h, mnp.outer(x, h), mnp.outer(h, x)
        return mjx.nn.softmax(k @ q) @ v, None

    return lax.scan(step, h, xs)[0]


def layers(w, h, xs):
    def layer(h, w):
        return mnp.tanh(w @ h), None

    return lax.scan(layer, h, xs[:, :, None] * w)[0]


def elementwise_chain(w, h, xs):
    def step(h, x):
        for _ in range(6):
            h = mnp.sin(h) * x
        return h, None

    return lax.scan(step, h, xs)[0]


def power_of_matrix(w, h, xs):
    """A loop whose body depends on constants except for the carry."""
    return lax.fori_loop(0, len(xs), lambda i, h: mnp.exp(w) @ h, h) + xs.sum(0)


def mapped(w, h, xs):
    return lax.map(lambda x: mnp.sin(w @ mnp.sin(x * h)), xs)


def cumulative_product(w, h, xs):
    return lax.scan(lambda h, x: (h * x, None), h, xs)[0]


def rematerialized(w, h, xs):
    def step(h, x):
        return mnp.tanh(w @ mnp.sin(w @ mnp.exp(w @ h)) + x), None

    return lax.scan(mjx.checkpoint(step), h, xs)[0]


def nothing_to_store(w, h, xs):
    return lax.scan(lambda h, x: (h * 2 + x, h - x), h, xs)


# Floats that a step may store: vectors that no cheap op gives from the others.
PROGRAMS = {
    rnn: D,  # the state; that of the next step is its neighbour
    rnn_with_outputs: D,  # the outputs; the state is one of them
    backward_rnn: D,
    relu_rnn: D + D // 4,  # the state, and where it was positive
    gru: 4 * D,  # the state, and three products
    lstm: 6 * D,  # both states, and the product for the gates
    dropout_steps: 2 * D,  # the vector into the product, and the slope; no mask
    attention: 3 * D + 1,  # the state, the weights and one product
    layers: D,
    elementwise_chain: D,
    power_of_matrix: D,
    mapped: D,
    cumulative_product: D,
    rematerialized: D,
    nothing_to_store: 0,
}


def arguments(f, n):
    w = {gru: (3, D, D), lstm: (4 * D, D)}.get(f, (D, D))
    return array(*w), array(D, key=1), array(n, D, key=2)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_each_step_stores_what_it_must(f):
    few, some, many = (stored(f, *arguments(f, n)) for n in (10, 20, 40))
    assert many - some == 2 * (some - few) <= 20 * 4 * PROGRAMS[f]
    check(f, *arguments(f, 3))


# Loops of unknown length


def bounded(w, h, xs, steps):
    return lax.while_loop(
        lambda h: (h * h).sum() < 50, lambda h: mnp.sin(w @ h) + 1.5 * h, h, max_steps=steps
    )


def test_a_bounded_loop_stores_checkpoints():
    """At most one carry (D floats, the counter, the condition) for each of sqrt(n) blocks."""
    w, h, xs = arguments(rnn, 1)
    for steps in (100, 2500, 10000):
        root = math.isqrt(steps)
        assert stored(lambda w, h, n=steps: bounded(w, h, xs, n), w, h) == root * (4 * D + 4 + 1)


@pytest.mark.parametrize("steps", [1, 2, 5, 16, 17, 40, 1000])
def test_a_bounded_loop_is_differentiated(steps):
    w, h, xs = arguments(rnn, 1)
    check(lambda w, h: bounded(w, h, xs, steps), w, h)
    reverse = mjx.jacrev(lambda h: bounded(w, h, xs, steps))(h)
    forward = mjx.jacfwd(lambda h: bounded(w, h, xs, steps))(h)
    np.testing.assert_allclose(reverse, forward, rtol=1e-4, atol=1e-5)


def test_the_bound_ends_the_loop():
    for loop in (lambda f: f, mjx.jit):
        count = loop(
            lambda x, n=7: lax.while_loop(lambda v: v < 100, lambda v: v + 1, x, max_steps=n)
        )
        assert count(0) == 7 and count(98) == 100 and count(200) == 200
    assert lax.while_loop(lambda v: True, lambda v: v + 1, 3, max_steps=0) == 3
    with pytest.raises(ValueError, match="max_steps of 0 or more"):
        lax.while_loop(lambda v: True, lambda v: v + 1, 3, max_steps=-1)


def test_traced_bounds():
    @mjx.jit
    def f(n, x):
        def loss(x):
            return lax.fori_loop(n[0], n[1], lambda i, v: mnp.sin(v) * (i + 1) + x, x).sum()

        return mjx.value_and_grad(loss)(x)

    x = array(D)
    for lower, upper in ((0, 0), (3, 2), (0, 1), (2, 9), (0, 300)):

        def known(x, bounds=(lower, upper)):
            return lax.fori_loop(*bounds, lambda i, v: mnp.sin(v) * (i + 1) + x, x).sum()

        found = f(np.array([lower, upper], np.int32), x)
        expected = mjx.jit(mjx.value_and_grad(known))(x)
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=2e-3 if upper == 300 else 1e-5)


def test_traced_bounds_under_vmap_and_twice():
    def loss(n, x):
        return lax.fori_loop(0, n, lambda i, v: mnp.sin(v) + x, x).sum()

    def unrolled(n, x):
        v = x
        for _ in range(n):
            v = mnp.sin(v) + x
        return v.sum()

    x = array(3, D)
    found = mjx.jit(mjx.vmap(mjx.grad(loss, 1)))(np.arange(3), x)
    expected = [mjx.grad(unrolled, 1)(n, x[n]) for n in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    found = mjx.jit(lambda n, x: mjx.jacfwd(mjx.grad(loss, 1), 1)(n, x))(4, x[0])
    expected = mjx.hessian(lambda x: unrolled(4, x))(x[0])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


# Without loops


def mlp(w, x, rate=0.0):
    for i in range(3):
        x = mjx.nn.gelu(x @ w)
        if rate:
            x = mnp.where(random.bernoulli(random.fold_in(KEY, i), 1 - rate, x.shape), x, 0)
    return x


def test_masks_are_not_stored():
    w, x = array(D, D), array(32, D, key=1)
    keys = 3 * KEY.nbytes
    assert stored(lambda w, x: mlp(w, x, 0.5), w, x) <= stored(mlp, w, x) + keys


def test_an_eager_vjp_keeps_no_more_than_it_must():
    """A layer stores what goes into its product and what comes out of it."""
    w, x = array(D, D), array(32, D, key=1)
    assert stored(mlp, w, x) <= 2 * 3 * x.nbytes
    assert stored(lambda x: mnp.exp(mnp.sin(mnp.cos(x))), x) == 0


def test_a_long_chain_is_not_run_again_for_one_value():
    def f(x):
        for _ in range(40):
            x = mnp.sin(x)
        return mnp.sin(mjx.lax.stop_gradient(x) * x.sum())

    x = array(32)
    assert 0 < stored(f, x) <= 40 / 8 * x.nbytes


def test_branches_share_what_they_store():
    w, x = array(D, D), array(D)

    def f(p, w, x):
        branches = [lambda x: mnp.sin(w @ x), lambda x: mnp.exp(w @ x), mnp.cos]
        return lax.switch(p, branches, x)

    found = [stored(lambda w, x, p=p: f(mnp.argmax(x) * 0 + p, w, x), w, x) for p in range(3)]
    # The result, a slot for what else a branch needs, and which it was.
    assert found == [2 * 4 * D + 4] * 3


def test_forward_mode_stores_nothing():
    w, h, xs = arguments(rnn, 10)
    text = str(mjx.make_ir(lambda h: mjx.jvp(lambda h: rnn(w, h, xs), (h,), (h,)))(h))
    assert "mjx.scan" in text and "10x8xf32>)" not in text.split("->")[-1]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_loops(n, reverse):
    """Where the first step is the last one, or there is none, neighbours need care."""
    w, h, xs = arguments(rnn, 2)

    def run(h, xs):
        return lax.scan(lambda s, x: (mnp.tanh(w @ s + x), mnp.sin(s)), h, xs, reverse=reverse)

    def unrolled(h, xs):
        ys = []
        for i in range(n)[::-1] if reverse else range(n):
            ys.append(mnp.sin(h))
            h = mnp.tanh(w @ h + xs[i])
        return h, ys

    for k in (0, 1):

        def loss(f, h, xs, k=k):
            return sum([x.sum() for x in mjx.tree.leaves(f(h, xs)[k])]) + 0.0 * h.sum()

        found, expected = (
            mjx.grad(lambda h, xs, f=f: loss(f, h, xs), (0, 1))(h, xs[:n]) for f in (run, unrolled)
        )
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
