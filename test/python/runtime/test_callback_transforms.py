"""Callbacks under vmap and derivatives."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.experimental import io_callback

PAIR = mjx.ShapeDtypeStruct((2,), np.float32)


def barrier_after(f, *args):
    result = f(*args)
    mjx.effects_barrier()
    return result


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize(
    ("method", "shapes"),
    [
        ("sequential", [((2,), (2,))] * 3),
        ("expand_dims", [((3, 2), (1, 2))]),
        ("broadcast_all", [((3, 2), (3, 2))]),
        ("legacy_vectorized", [((3, 2), (2,))]),
    ],
)
def test_vmap_methods(jit, method, shapes):
    seen = []

    def callback(a, b):
        seen.append((a.shape, b.shape))
        return a + b

    def f(a, b):
        return mjx.pure_callback(callback, PAIR, a, b, vmap_method=method)

    a, b = np.arange(6, dtype=np.float32).reshape(3, 2), np.ones(2, np.float32)
    batched = mjx.vmap(f, in_axes=(0, None))
    found = (mjx.jit(batched) if jit else batched)(a, b)
    np.testing.assert_array_equal(found, a + b)
    assert seen == shapes


def test_vmap_of_vmap():
    def f(x):
        return mjx.pure_callback(
            np.sin, mjx.ShapeDtypeStruct((), np.float32), x, vmap_method="expand_dims"
        )

    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(mjx.vmap(mjx.vmap(f, in_axes=0), in_axes=1)(x), np.sin(x).T)


def test_vmap_wants_a_method():
    with pytest.raises(ValueError, match=r"test_callback_transforms.py:\d+.*vmap_method"):
        mjx.vmap(lambda x: mjx.pure_callback(np.sin, PAIR, x))(mnp.ones((3, 2)))


def test_a_callback_that_is_not_batched_is_called_once():
    seen = []
    mjx.vmap(lambda x: (mjx.debug.callback(seen.append, 1.0), x)[1])(mnp.arange(3.0))
    mjx.effects_barrier()
    assert seen == [1.0]


def test_lanes_have_effects_of_their_own():
    seen = []

    def f(x):
        def big(v):
            mjx.debug.callback(lambda a: seen.append(float(a)), v)
            return v

        return mjx.lax.cond(x > 1, big, lambda v: -v, x)

    for g in (mjx.vmap(f), mjx.jit(mjx.vmap(f))):
        seen.clear()
        found = barrier_after(g, mnp.arange(4.0))
        np.testing.assert_array_equal(found, [0, -1, 2, 3])
        assert seen == [2, 3]


def test_lanes_of_a_loop_stop_on_their_own():
    seen = []

    def f(n):
        def body(i):
            io_callback(lambda a: seen.append(float(a)), None, i)
            return i + 1

        return mjx.lax.while_loop(lambda i: i < n, body, 0.0)

    np.testing.assert_array_equal(
        barrier_after(mjx.jit(mjx.vmap(f)), mnp.array([1.0, 3.0])), [1, 3]
    )
    assert sorted(seen) == [0, 0, 1, 2]


def test_what_is_asked_for_while_recording_is_not_called_twice():
    seen = []

    def f(x):
        y = io_callback(
            lambda: seen.append(1) or np.float32(3), mjx.ShapeDtypeStruct((), np.float32)
        )
        if x > 1:  # does not depend on the callback
            x = x * y
        return x * x

    assert barrier_after(mjx.grad(f), 2.0) == 36
    assert seen == [1]

    def g(x):
        note = mjx.ShapeDtypeStruct((), np.float32)
        y = io_callback(lambda a: seen.append(2) or a, note, mjx.lax.stop_gradient(x))
        return x * x if y > 1 else x

    with pytest.raises(mjx.errors.TracerBoolConversionError):
        mjx.grad(g)(2.0)
    assert seen == [1]


# Derivatives.


@pytest.mark.parametrize("jit", [False, True])
def test_debug_callbacks_are_called_once_with_the_value(jit):
    seen = []

    def f(x):
        y = x * x
        mjx.debug.callback(lambda a: seen.append(float(a)), y)
        return mnp.sin(y)

    for transform in (mjx.grad(f), mjx.jacfwd(f), mjx.grad(mjx.grad(f)), mjx.value_and_grad(f)):
        seen.clear()
        barrier_after(mjx.jit(transform) if jit else transform, 2.0)
        assert seen == [4.0]
    np.testing.assert_allclose(mjx.grad(f)(2.0), 4 * np.cos(4.0), rtol=1e-6)


def test_debug_callbacks_in_loops_are_called_once_for_each_step():
    seen = []

    def note(x):
        mjx.debug.callback(lambda a: seen.append(float(a)), x)

    def scan(x):
        return mjx.lax.scan(lambda c, v: ((note(c), c * v)[1], None), x, mnp.arange(1.0, 4.0))[0]

    def nothing(x):  # a loop that is there for its effects
        mjx.lax.fori_loop(0, 3, lambda i, c: (note(c * i), c)[1], x)
        return x * x

    def branch(x):
        return mjx.lax.cond(x > 0, lambda v: (note(v), v * v)[1], lambda v: v, x)

    expected = {scan: ([2, 2, 4], 6), nothing: ([0, 2, 4], 4), branch: ([2], 4)}
    for f, (values, slope) in expected.items():
        for g in (mjx.grad(f), mjx.jit(mjx.grad(f)), mjx.jit(mjx.jacfwd(f))):
            seen.clear()
            assert barrier_after(g, 2.0) == slope
            assert seen == values, f.__name__


def test_vjp_calls_back_in_the_forward_pass_only():
    seen = []

    def f(x):
        return (mjx.debug.callback(lambda a: seen.append(float(a)), x), x * x)[1]

    _, pull = mjx.vjp(f, 3.0)
    mjx.effects_barrier()
    assert seen == [3.0]
    assert [float(pull(1.0)[0]) for _ in range(2)] == [6, 6]
    mjx.effects_barrier()
    assert seen == [3.0]


def test_checkpoint_does_not_repeat_effects():
    seen = []

    @mjx.checkpoint
    def f(x):
        y = mnp.sin(x)
        mjx.debug.callback(lambda a: seen.append(1), y)
        k = io_callback(lambda: np.float32(2), mjx.ShapeDtypeStruct((), np.float32))
        seen.append(0)
        return mnp.sin(y * k)

    found = barrier_after(mjx.jit(mjx.grad(f)), 1.0)
    np.testing.assert_allclose(found, np.cos(2 * np.sin(1)) * 2 * np.cos(1), rtol=1e-5)
    assert seen.count(1) == 1


@pytest.mark.parametrize("callback", [mjx.pure_callback, io_callback])
def test_results_have_no_derivative(callback):
    def f(x):
        return callback(np.sin, mjx.ShapeDtypeStruct((), np.float32), x)

    line = f"test_callback_transforms.py:{f.__code__.co_firstlineno + 1}"
    for transform in (mjx.grad(f), mjx.jit(mjx.grad(f)), mjx.jacfwd(f)):
        with pytest.raises(ValueError, match=f"{line}.*custom_jvp"):
            transform(1.0)

    def stopped(x):
        return x * f(mjx.lax.stop_gradient(x))

    np.testing.assert_allclose(mjx.grad(stopped)(1.0), np.sin(1.0), rtol=1e-6)


def test_a_custom_rule_gives_the_derivative():
    @mjx.custom_jvp
    def sin(x):
        return mjx.pure_callback(np.sin, mjx.ShapeDtypeStruct(x.shape, x.dtype), x)

    sin.defjvp(lambda x, dx: (sin(*x), mnp.cos(*x) * dx[0]))
    np.testing.assert_allclose(mjx.grad(sin)(1.0), np.cos(1.0), rtol=1e-6)
    np.testing.assert_allclose(mjx.jit(mjx.grad(sin))(1.0), np.cos(1.0), rtol=1e-6)
