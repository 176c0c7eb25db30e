"""Loops and branches, eagerly, under jit, and differentiated."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax


def same(got, want, **kwargs):
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-6, **kwargs)


def both(f):
    """The function as it is, and jitted."""
    return pytest.mark.parametrize("mode", [lambda g: g, mjx.jit], ids=["eager", "jit"])(f)


XS = np.arange(6, dtype=np.float32)


@both
def test_scan(mode):
    def f(xs):
        return lax.scan(lambda c, x: (lax.add(c, x), lax.mul(c, x)), 1.0, xs)

    carry, ys = mode(f)(XS)
    c, want = 1.0, []
    for x in XS:
        want.append(c * x)
        c += x
    same(carry, c)
    same(ys, want)


@both
def test_scan_of_trees_in_reverse(mode):
    def step(carry, x):
        a, b = carry["a"], x["b"]
        return {"a": lax.sub(b, a)}, (a, None, {"s": lax.add(a, b)})

    def f(xs):
        return lax.scan(step, {"a": np.float32(2)}, xs, reverse=True)

    carry, (a, nothing, s) = mode(f)({"b": XS})
    state, seen, sums = 2.0, [0] * 6, [0] * 6
    for i in reversed(range(6)):
        seen[i], sums[i] = state, state + XS[i]
        state = XS[i] - state
    assert nothing is None
    same(carry["a"], state)
    same(a, seen)
    same(s["s"], sums)


@both
def test_scan_without_xs(mode):
    carry, ys = mode(lambda x: lax.scan(lambda c, _: (lax.mul(c, 2), c), x, None, length=5))(3)
    assert int(carry) == 96
    assert np.asarray(ys).tolist() == [3, 6, 12, 24, 48]


def test_scan_of_no_steps():
    carry, ys = lax.scan(lambda c, x: (c, lax.add(c, x)), np.float32(1), XS[:0])
    same(carry, 1)
    assert np.asarray(ys).shape == (0,)


def test_scan_promotes_a_weak_carry():
    carry, ys = lax.scan(lambda c, x: (lax.add(lax.convert_element_type(c, x.dtype), x), c), 0, XS)
    assert carry.dtype == np.float32 and ys.dtype == np.float32
    same(carry, XS.sum())


def test_scan_keeps_closed_over_values():
    w = lax.full((6,), 2.0)

    def f(x):
        return lax.scan(lambda c, i: (lax.add(c, lax.mul(w, x)), i), lax.full((6,), 0.0), XS)[0]

    same(f(XS), 12 * XS)
    same(mjx.jit(f)(XS), 12 * XS)


@both
def test_nested_loops(mode):
    def inner(c, x):
        return lax.while_loop(lambda v: lax.lt(v, x), lambda v: lax.add(v, c), c), c

    def f(xs):
        return lax.scan(inner, np.float32(1), xs)

    carry, ys = mode(f)(XS)
    c, want = 1.0, []
    for x in XS:
        want.append(c)
        v = c
        while v < x:
            v += c
        c = v
    same(carry, c)
    same(ys, want)


@both
def test_while_loop(mode):
    def f(n):
        return lax.while_loop(
            lambda s: lax.lt(s[0], n), lambda s: (lax.add(s[0], 1), lax.mul(s[1], 2.0)), (0, 1.0)
        )

    i, x = mode(f)(5)
    assert int(i) == 5
    same(x, 32)


def test_while_loop_that_does_not_run():
    same(lax.while_loop(lambda x: lax.lt(x, 0.0), lambda x: lax.add(x, 1.0), XS[3]), 3)


def test_while_loop_with_a_bound_differentiates():
    def f(x):
        return lax.while_loop(lambda v: lax.lt(v, 10.0), lambda v: lax.mul(v, x), x, max_steps=8)

    same(f(np.float32(2)), 16)
    same(mjx.grad(f)(np.float32(2)), 4 * 2.0**3)


@both
def test_fori_loop(mode):
    def f(n):
        return lax.fori_loop(0, n, lambda i, s: lax.add(s, i), 0)

    assert int(mode(f)(5)) == 10
    assert int(mode(lambda x: lax.fori_loop(2, 6, lambda i, s: lax.add(s, i), x))(1)) == 15
    assert int(lax.fori_loop(3, 2, lambda i, s: lax.add(s, 1), 7)) == 7


def test_fori_loop_with_fixed_bounds_differentiates():
    def f(x):
        return lax.fori_loop(0, 4, lambda i, s: lax.mul(s, x), np.float32(1))

    same(mjx.grad(f)(np.float32(3)), 4 * 27)


def test_gradient_of_scan():
    def f(x):
        return lax.scan(lambda c, y: (lax.mul(c, lax.sin(lax.add(x, y))), c), np.float32(1), XS)[0]

    x, eps = 0.3, 1e-6
    value = lambda t: np.prod(np.sin(t + XS.astype(np.float64)))  # noqa: E731
    want = (value(x + eps) - value(x - eps)) / (2 * eps)
    np.testing.assert_allclose(mjx.grad(f)(np.float32(x)), want, rtol=1e-4)


def test_gradient_of_a_carry_that_slices_replace():
    def f(x):
        return lax.scan(lambda c, y: ((c[0], y), c[0]), (XS, x), XS)[0][1]

    assert mjx.jit(mjx.grad(f))(np.float32(2)) == 0
    assert mjx.jvp(f, (np.float32(2),), (np.float32(1),))[1] == 0


@both
def test_cond(mode):
    def f(p, x):
        return lax.cond(p, lambda v: lax.mul(v, 2.0), lambda v: lax.neg(v), x)

    same(mode(f)(True, XS), 2 * XS)
    same(mode(f)(False, XS), -XS)
    same(mode(f)(3, XS), 2 * XS)
    same(mode(f)(0.0, XS), -XS)


def test_cond_promotes_weak_results():
    out = lax.cond(True, lambda: 1.0, lambda: np.float16(2))
    assert out.dtype == np.float16
    assert lax.cond(False, lambda: 1, lambda: 2.5).dtype == np.float32


def test_cond_with_operand_and_in_its_old_form():
    same(lax.cond(True, lambda x: lax.neg(x), lambda x: x, operand=XS), -XS)
    same(lax.cond(False, XS, lambda x: lax.neg(x), 2 * XS, lambda x: x), 2 * XS)


def test_gradient_of_cond():
    def f(x):
        return lax.cond(lax.gt(x, 0.0), lambda v: lax.mul(v, v), lambda v: lax.neg(v), x)

    same(mjx.grad(f)(np.float32(3)), 6)
    same(mjx.grad(f)(np.float32(-3)), -1)


@both
def test_switch(mode):
    branches = [lambda x: lax.neg(x), lambda x: lax.mul(x, 10.0), lambda x: lax.add(x, 1.0)]
    f = mode(lambda i, x: lax.switch(i, branches, x))
    for i, want in ((-1, -XS), (0, -XS), (1, 10 * XS), (2, XS + 1), (5, XS + 1)):
        same(f(i, XS), want)
    same(lax.switch(7, branches[:1], XS), -XS)


@both
def test_map(mode):
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    got = mode(lambda v: lax.map(lambda r: (lax.reduce_sum(r, (0,)), lax.neg(r)), v))(x)
    same(got[0], x.sum(1))
    same(got[1], -x)
    same(lax.map(lambda r: lax.sin(r), x, batch_size=2), np.sin(x))


def test_slices_without_elements():
    for x in (np.zeros((3, 0, 2), np.float32), np.zeros((0, 2), np.float32)):
        assert mjx.jit(lambda x: lax.map(mnp.sin, x))(x).shape == x.shape
    found = mjx.jit(lambda c, x: lax.scan(lambda c, x: (c, c), c, x))(x, XS)
    assert [y.shape for y in found] == [(0, 2), (len(XS), 0, 2)]


def test_carries_that_are_stacked_too():
    """Nobody uses what is stacked, so that both stacks start as the same unwritten memory."""

    def step(carry, x):
        a, b = carry
        both = mnp.tanh(a) + x * mnp.sum(b), mnp.tanh(b) - x * mnp.sum(a)
        return both, both

    start = np.arange(3.0, dtype=np.float32), np.ones(3, np.float32)
    found = mjx.jit(lambda a, b: lax.scan(step, (a, b), XS)[0])(*start)
    a, b = start
    for x in XS:
        a, b = np.tanh(a) + x * b.sum(), np.tanh(b) - x * a.sum()
    np.testing.assert_allclose(found[0], a, rtol=1e-5)
    np.testing.assert_allclose(found[1], b, rtol=1e-5)


def test_bounded_while_that_yields_a_constant():
    def f(n, x):
        step = lambda s: (s[0] + 1, np.float32(0.5))  # noqa: E731
        return lax.while_loop(lambda s: s[0] < 3, step, (n, x), max_steps=4)[1]

    assert float(mjx.jit(f)(np.int32(1), np.float32(2))) == 0.5
    assert float(mjx.jit(f)(np.int32(5), np.float32(2))) == 2


def test_associative_scan():
    for n in (1, 2, 3, 7, 8, 13):
        x = np.arange(1, n + 1, dtype=np.float32)
        same(lax.associative_scan(lax.add, x), np.cumsum(x))
        same(lax.associative_scan(lax.mul, x, reverse=True), np.cumprod(x[::-1])[::-1])
        same(lax.associative_scan(lax.max, -x), np.maximum.accumulate(-x))
    flags = np.array([True, True, False, True])
    got = lax.associative_scan(lax.bitwise_and, flags)
    assert np.asarray(got).tolist() == [True, True, False, False]


def test_associative_scan_of_trees():
    a = np.random.default_rng(0).normal(size=(9, 2, 2)).astype(np.float32)

    def combine(p, q):
        return {"m": lax.batch_matmul(q["m"], p["m"])}

    got = np.asarray(lax.associative_scan(combine, {"m": a})["m"])
    want = [a[0]]
    for m in a[1:]:
        want.append(m @ want[-1])
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_without_jit_loops_run_in_python():
    seen = []

    def step(c, x):
        seen.append(float(c))
        return lax.add(c, x), c

    with mjx.disable_jit():
        carry, ys = lax.scan(step, np.float32(0), XS)
        same(lax.fori_loop(0, 3, lambda i, s: lax.add(s, i), 1), 4)
        same(lax.while_loop(lambda v: bool(v < 3), lambda v: v + 1, 0), 3)
        assert lax.cond(True, lambda: "yes", lambda: "no") == "yes"
        same(lax.map(lambda x: lax.neg(x), XS), -XS)
    assert seen == [0, 0, 1, 3, 6, 10]
    same(carry, 15)
    same(ys, seen)


ERRORS = {
    "lengths": (ValueError, lambda: lax.scan(lambda c, x: (c, x), 0, (XS, XS[:3]))),
    "no length": (ValueError, lambda: lax.scan(lambda c, x: (c, x), 0)),
    "scalar xs": (ValueError, lambda: lax.scan(lambda c, x: (c, x), 0, 1.0)),
    "no pair": (TypeError, lambda: lax.scan(lambda c, x: c, 0, XS)),
    "carry dtype": (
        TypeError,
        lambda: lax.scan(lambda c, x: (lax.convert_element_type(c, "int32"), x), np.float32(0), XS),
    ),
    "carry shape": (TypeError, lambda: lax.scan(lambda c, x: (XS, x), 0.0, XS)),
    "carry tree": (TypeError, lambda: lax.scan(lambda c, x: ((c, c), x), 0.0, XS)),
    "not a function": (TypeError, lambda: lax.scan(3, 0.0, XS)),
    "while pred": (TypeError, lambda: lax.while_loop(lambda x: x, lambda x: x, XS)),
    "while dtype": (TypeError, lambda: lax.while_loop(lambda x: x, lambda x: x, 1)),
    "cond branches": (
        TypeError,
        lambda: lax.cond(True, lambda: np.float32(1), lambda: np.int32(1)),
    ),
    "cond trees": (TypeError, lambda: lax.cond(True, lambda: (1, 2), lambda: 1)),
    "cond shapes": (TypeError, lambda: lax.cond(True, lambda: XS, lambda: XS[:2])),
    "cond pred": (TypeError, lambda: lax.cond(np.array([True]), lambda: 1, lambda: 1)),
    "cond list": (TypeError, lambda: lax.cond([True], lambda: 1, lambda: 1)),
    "switch index": (TypeError, lambda: lax.switch(1.0, [lambda: 1, lambda: 2])),
    "switch empty": (ValueError, lambda: lax.switch(1, [])),
    "fori bounds": (TypeError, lambda: lax.fori_loop(0, 2.5, lambda i, x: x, 0)),
    "map extents": (ValueError, lambda: lax.map(lambda x: x, (XS, XS[:2]))),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cls, call = ERRORS[name]
    with pytest.raises(cls, match="expected"):
        call()


def test_reverse_of_while_is_refused():
    def f(x):
        return lax.while_loop(lambda v: lax.lt(v, 10.0), lambda v: lax.mul(v, x), x)

    with pytest.raises(ValueError):
        mjx.grad(f)(np.float32(2))
