"""`vmap` against loops, and what it refuses."""

import itertools

import pytest

import mjx
import numpy as np
from mjx import lax
from mjx.core import as_array_or_tracer
from mjx.errors import ConcretizationTypeError, TracerArrayConversionError


def f32(x):
    return as_array_or_tracer(np.asarray(x, np.float32))


def affine(x, w):
    return lax.add(lax.mul(x, w), lax.sin(w))


A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)


def reference(x, w):
    return x * w + np.sin(w)


@pytest.mark.parametrize(
    ("in_x", "in_w", "out"), [*itertools.product([0, 1, -1], [0, -1, None], [0, 1, -1])]
)
def test_axes(in_x, in_w, out):
    x = np.moveaxis(A, 0, in_x)
    w = B[0] if in_w is None else np.moveaxis(B, 0, in_w)
    rows = [reference(A[i], B[0] if in_w is None else B[i]) for i in range(2)]
    result = mjx.vmap(affine, in_axes=(in_x, in_w), out_axes=out)(f32(x), f32(w))
    np.testing.assert_allclose(result, np.stack(rows, out), rtol=1e-6)


def test_of_vmap():
    outer = mjx.vmap(mjx.vmap(lax.mul, (0, None)), (None, 0))(f32([1, 2, 3]), f32([4, 5]))
    assert outer.tolist() == [[4, 8, 12], [5, 10, 15]]


def test_trees_and_keywords():
    f = mjx.vmap(lambda p, s, *, t: {"y": lax.mul(p["a"], s), "t": t}, in_axes=({"a": 1}, None))
    out = f({"a": f32(A)}, f32([2, 2]), t=f32([7, 8, 9]))
    np.testing.assert_allclose(out["y"], 2 * A.T)
    assert out["t"].tolist() == [7, 8, 9]


def test_results_that_do_not_vary():
    f = mjx.vmap(lambda x: (x, f32(5)), out_axes=(0, None))
    x, c = f(f32([1, 2]))
    assert x.tolist() == [1, 2] and c.item() == 5
    assert mjx.vmap(lambda x: f32(5))(f32([1, 2])).tolist() == [5, 5]
    assert mjx.vmap(lambda: f32(1), axis_size=3)().tolist() == [1, 1, 1]


def test_closures_are_shared():
    w = f32([1, 2, 3])
    f = mjx.jit(lambda w: mjx.vmap(lambda x: lax.mul(x, w))(f32(A)))
    np.testing.assert_allclose(f(w), A * [1, 2, 3])


def test_branches_on_what_does_not_vary():
    def f(x):
        def g(y):
            if lax.gt(x, 0.0):
                return lax.mul(x, y)
            return y

        return lax.reduce_sum(mjx.vmap(g)(f32([1, 2, 3])), (0,))

    assert float(mjx.grad(f)(2.0)) == 6


@pytest.mark.parametrize(
    ("use", "error"),
    [
        (lambda x: 1 if lax.gt(x, 0.0) else 2, ConcretizationTypeError),
        (lambda x: float(x), ConcretizationTypeError),
        (lambda x: np.sin(x), TracerArrayConversionError),
    ],
)
def test_batched_values_are_not_concrete(use, error):
    with pytest.raises(error, match="vmap"):
        mjx.vmap(use)(f32([1, 2]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mjx.vmap(lax.add)(f32([1, 2]), f32([1, 2, 3])),
            r"(?s)inconsistent sizes.*argument x.*: 2.*argument y.*: 3",
        ),
        (lambda: mjx.vmap(lax.sin)(1.0), "over axis 0 of argument x"),
        (lambda: mjx.vmap(lax.sin, in_axes=2)(f32(A)), "over axis 2"),
        (lambda: mjx.vmap(lax.add, in_axes=(0,))(f32(A), f32(A)), "in_axes"),
        (lambda: mjx.vmap(lax.sin, in_axes=None)(f32(A)), "at least one"),
        (lambda: mjx.vmap(lax.sin, in_axes=[{"a": 0}])(f32(A)), "in_axes"),
        (lambda: mjx.vmap(lax.sin, out_axes=3)(f32(A)), "out_axes"),
        (lambda: mjx.vmap(lax.sin, out_axes=None)(f32(A)), "out_axes|vmap"),
    ],
)
def test_value_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: mjx.vmap(lax.sin, in_axes="x"),
        lambda: mjx.vmap(lax.sin, in_axes=(0.5,))(f32(A)),
        lambda: mjx.vmap(3),
        lambda: mjx.vmap(lambda x: "text")(f32(A)),
        lambda: mjx.vmap(lambda x: x)("text"),
    ],
)
def test_type_errors(call):
    with pytest.raises(TypeError):
        call()


def test_loops_of_different_lengths():
    f = mjx.vmap(lambda n: lax.while_loop(lambda c: lax.lt(c, n), lambda c: lax.add(c, 1.0), 0.0))
    assert f(f32([0, 3, 1.5])).tolist() == [0, 3, 2]


def test_trees_of_axes():
    def f(t, x):
        return {"s": lax.mul(t["a"], x), "same": t["b"], "u": (t["a"], x)}

    a, b, x = A.T, f32([7]), f32([2, 3])
    axes = ({"a": -1, "b": None}, 0)
    out = mjx.vmap(
        lambda t, x: f(t, lax.broadcast(x, (3,))), axes, {"s": -1, "same": None, "u": 1}
    )({"a": f32(a), "b": b}, x)
    np.testing.assert_allclose(out["s"], a * np.float32([2, 3]))
    assert out["same"].tolist() == [7]
    np.testing.assert_allclose(out["u"][0], a)
    assert out["u"][1].shape == (3, 2)


def rows_of(f, x, shape):
    return np.stack([np.asarray(f(row)) for row in x]) if len(x) else np.zeros((0, *shape))


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: lax.cond(x[0] > 0, lax.sin, lax.neg, x),
        lambda x: lax.cond(x[0] > 0, lax.cumsum, lax.neg, x),
        lambda x: lax.switch(
            lax.convert_element_type(x[0], "int32"), [lax.sin, lax.neg, lax.exp], x
        ),
        lambda x: lax.while_loop(lambda c: c[0] < 4, lambda c: c + 1, x),
        lambda x: lax.scan(lambda c, y: (c + y, c * y), x[0], x)[1],
        lambda x: lax.map(lambda y: y + x[0], x),
        lambda x: lax.sort(x),
        lambda x: lax.dynamic_slice(x, (lax.convert_element_type(x[0], "int32"),), (3,)),
        lambda x: mjx.grad(lambda x: lax.reduce_sum(lax.sin(x), (0,)))(x),
    ],
)
def test_batches_of_none_and_one(f, size):
    x = A[1:, :][:size]
    got = mjx.vmap(f)(f32(x))
    assert got.shape == (size, 3)
    np.testing.assert_allclose(got, rows_of(f, f32(x), (3,)), rtol=1e-6)


def test_regions_capture_values_of_every_level():
    def program(x, y):
        def outer(x):
            def inner(y):
                def body(c, k):
                    return lax.cond(k > 1, lambda c: c * x, lambda c: c + y, c), x * k + y

                return lax.scan(body, y * x, f32([1, 2, 3]))

            return mjx.vmap(inner)(y)

        return mjx.vmap(outer)(x)

    x, y = f32([1, -2, 3]), f32([4, 5])
    carry, stacked = mjx.jit(program)(x, y)
    c = np.multiply.outer(np.asarray(x), np.asarray(y))
    xs, ys = np.asarray(x)[:, None], np.asarray(y)[None]
    np.testing.assert_allclose(carry, (c + ys) * xs * xs)
    np.testing.assert_allclose(stacked, xs[..., None] * [1, 2, 3] + ys[..., None])


def test_varying_results_need_an_axis():
    with pytest.raises(ValueError, match=r"result 1 not to vary[\s\S]*test_batching\.py"):
        mjx.vmap(lambda x: (x, x), out_axes=(0, None))(f32(A))


@pytest.mark.parametrize("size", [-1, 0.5, "3"])
def test_sizes_that_are_none(size):
    with pytest.raises((TypeError, ValueError), match="axis_size"):
        mjx.vmap(lambda: f32(1), axis_size=size)
