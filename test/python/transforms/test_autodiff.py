"""Derivatives against closed forms and differences, in every nesting."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.core import as_array_or_tracer
from mjx.core.execute import statistics


def f32(x):
    return as_array_or_tracer(np.asarray(x, np.float32))


def total(x):
    return lax.reduce_sum(x, tuple(range(x.ndim)))


def dot(x, y):
    return lax.dot_general(x, y, (((x.ndim - 1,), (0,)), ((), ())))


def cube(x):
    return lax.mul(x, lax.mul(x, x))


X = np.array([0.3, -1.2, 2.0], np.float32)


def close(actual, expected, tolerance=2e-5):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def slope(f, x, step=1e-6):
    return (f(x + step) - f(x - step)) / (2 * step)


@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit], ids=["eager", "jit"])
class TestNesting:
    def test_grad(self, wrap):
        close(wrap(mjx.grad(lax.sin))(0.5), np.cos(0.5))

    def test_value_and_grad(self, wrap):
        value, gradient = wrap(mjx.value_and_grad(lambda x: total(cube(x))))(f32(X))
        close(value, (X**3).sum())
        close(gradient, 3 * X**2)

    def test_higher_orders(self, wrap):
        f = lax.sin
        for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
            f = mjx.grad(f)
            close(wrap(f)(0.7), expected(0.7))

    def test_no_perturbation_confusion(self, wrap):
        inner = lambda x: mjx.grad(lambda y: lax.add(x, y))(1.0)  # noqa: E731
        close(wrap(mjx.grad(lambda x: lax.mul(x, inner(x))))(1.0), 1.0)

    def test_vmap_of_grad(self, wrap):
        close(wrap(mjx.vmap(mjx.grad(cube)))(f32(X)), 3 * X**2)

    def test_grad_of_vmap(self, wrap):
        f = mjx.grad(lambda x: total(mjx.vmap(cube)(x)))
        close(wrap(f)(f32(X)), 3 * X**2)

    def test_hessian(self, wrap):
        close(wrap(mjx.hessian(lambda x: total(cube(x))))(f32(X)), np.diag(6 * X))

    def test_jacobians_agree(self, wrap):
        a = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
        f = lambda x: lax.tanh(dot(f32(a), x))  # noqa: E731
        expected = (1 - np.tanh(a @ X)[:, None] ** 2) * a
        close(wrap(mjx.jacfwd(f))(f32(X)), expected)
        close(wrap(mjx.jacrev(f))(f32(X)), expected)

    def test_jvp_of_grad_is_grad_of_jvp(self, wrap):
        f = lambda x: total(lax.mul(lax.sin(x), cube(x)))  # noqa: E731
        v = f32([1.0, -0.5, 0.25])
        hvp = wrap(lambda x: mjx.jvp(mjx.grad(f), (x,), (v,))[1])(f32(X))
        other = wrap(mjx.grad(lambda x: mjx.jvp(f, (x,), (v,))[1]))(f32(X))
        close(hvp, other)

    def test_vjp_within_functions(self, wrap):
        def f(x):
            y, pull = mjx.vjp(lax.sin, x)
            return lax.mul(y, pull(y)[0])

        close(wrap(f)(0.4), np.sin(0.4) ** 2 * np.cos(0.4))
        close(wrap(mjx.grad(f))(0.4), slope(lambda x: np.sin(x) ** 2 * np.cos(x), 0.4))

    def test_through_control_flow(self, wrap):
        def power(x, n=5):
            return lax.fori_loop(0, n, lambda i, c: lax.mul(c, x), 1.0)

        close(wrap(mjx.grad(power))(1.5), 5 * 1.5**4)
        close(wrap(mjx.grad(mjx.grad(power)))(1.5), 20 * 1.5**3)
        branch = lambda x: lax.cond(lax.gt(x, 0.0), lax.sin, lax.cos, x)  # noqa: E731
        close(wrap(mjx.vmap(mjx.grad(branch)))(f32([1.0, -1.0])), [np.cos(1), np.sin(1)])


def test_trees_of_parameters():
    def loss(params, x):
        hidden = lax.tanh(dot(params["w"], x))
        return total(lax.mul(hidden, params["b"][0])), {"hidden": hidden}

    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=4).astype(np.float32)
    params = {"w": f32(w), "b": (f32(b),)}
    (value, aux), gradient = mjx.value_and_grad(loss, has_aux=True)(params, f32(X))
    h = np.tanh(w @ X)
    close(value, h @ b)
    close(aux["hidden"], h)
    close(gradient["b"][0], h)
    close(gradient["w"], np.outer(b * (1 - h**2), X))
    assert set(gradient) == {"w", "b"} and isinstance(gradient["b"], tuple)


def test_several_arguments():
    f = lambda x, y, z: lax.add(lax.mul(x, y), z)  # noqa: E731
    assert [float(g) for g in mjx.grad(f, argnums=(0, 1))(2.0, 3.0, 4.0)] == [3, 2]
    assert float(mjx.grad(f, argnums=-1)(2.0, 3.0, 4.0)) == 1
    assert float(mjx.grad(f)(2.0, y=3.0, z=4.0)) == 3


def test_aux_of_grad_may_be_anything():
    g, aux = mjx.grad(lambda x: (lax.sin(x), {"x": x, "n": 3, "s": "text"}), has_aux=True)(0.5)
    assert float(aux["x"]) == 0.5 and aux["n"] == 3 and aux["s"] == "text"
    close(g, np.cos(0.5))


def test_branches_on_recorded_values():
    def f(x):
        if lax.lt(x, 3.0):
            return lax.mul(3.0, lax.mul(x, x))
        return lax.mul(-4.0, x)

    assert float(mjx.grad(f)(2.0)) == 12 and float(mjx.grad(f)(5.0)) == -4
    assert float(mjx.grad(mjx.grad(f))(2.0)) == 6


def test_loops_on_recorded_values():
    steps = []

    def root(x):
        y = 1.0
        while abs(float(lax.sub(lax.mul(y, y), x))) > 1e-4:
            steps.append(1)
            y = lax.mul(0.5, lax.add(y, lax.div(x, y)))
        return y

    close(mjx.grad(root)(2.0), 0.5 / np.sqrt(2), 1e-3)
    before = statistics["compiles"]
    close(mjx.grad(root)(2.01), 0.5 / np.sqrt(2.01), 1e-3)
    assert statistics["compiles"] == before and len(steps) > 4


def test_recorded_values_convert():
    def f(x):
        assert int(lax.convert_element_type(x, np.int32)) == 2
        assert np.asarray(x).shape == () and [5, 6, 7][lax.convert_element_type(x, np.int32)] == 7
        return lax.sin(x)

    close(mjx.grad(f)(2.0), np.cos(2.0))


def test_an_eager_gradient_is_compiled_once():
    f = mjx.grad(lambda x: lax.tanh(lax.mul(x, lax.exp(x))))
    f(0.1)
    before = statistics["compiles"]
    for x in (0.2, 0.3, 1 / 3):
        f(x)
    assert statistics["compiles"] == before


def test_vjp_outlives_its_program():
    y, pull = mjx.vjp(lambda x, w: lax.tanh(dot(w, x)), f32(X), f32(np.eye(3)))
    close(y, np.tanh(X))
    dx, dw = pull(f32([1.0, 0.0, 0.0]))
    slope = 1 - np.tanh(X) ** 2
    close(dx, [slope[0], 0, 0])
    close(dw[0] if isinstance(dw, tuple) else np.asarray(dw)[0], slope[0] * X)
    rows = mjx.vmap(pull)(f32(np.eye(3)))[0]
    close(rows, np.diag(slope))
    close(mjx.jit(lambda ct: pull(ct)[0])(f32([0, 1, 0])), [0, slope[1], 0])


def test_linearize_is_linear():
    y, push = mjx.linearize(lambda x: lax.mul(lax.sin(x), x), 0.7)
    close(y, np.sin(0.7) * 0.7)
    close(push(2.0), 2 * (np.cos(0.7) * 0.7 + np.sin(0.7)))
    close(mjx.vmap(push)(f32([0.0, 1.0])), [0, np.cos(0.7) * 0.7 + np.sin(0.7)])


def test_adjoints_agree():
    f = lambda x: lax.sin(lax.mul(x, lax.rev(x, (0,))))  # noqa: E731
    u, v = f32([0.5, 1.0, -2.0]), f32([1.0, 0.25, 3.0])
    _, push = mjx.linearize(f, f32(X))
    _, pull = mjx.vjp(f, f32(X))
    close(np.dot(u, push(v)), np.dot(pull(u)[0], v))


def test_jvp_gives_value_tangent_and_aux():
    y, t, aux = mjx.jvp(lambda x: (lax.sin(x), x), (0.5,), (2.0,), has_aux=True)
    close([y, t, aux], [np.sin(0.5), 2 * np.cos(0.5), 0.5])


def test_integers_have_no_tangents():
    gradient = mjx.grad(lambda n, x: x, argnums=0, allow_int=True)(3, 1.0)
    assert gradient.dtype == mjx.float0 and gradient.shape == ()
    y, pull = mjx.vjp(lambda x, n: (lax.sin(x), n), 0.5, 3)
    dx, dn = pull((1.0, np.zeros((), mjx.float0)))
    close(dx, np.cos(0.5))
    assert dn.dtype == mjx.float0


def test_gradients_are_as_weak_as_their_arguments():
    assert mjx.grad(lax.sin)(1.0).weak_type
    assert not mjx.grad(lax.sin)(f32(1.0)).weak_type


def test_complex_gradients_must_be_asked_for():
    with pytest.raises(TypeError, match="holomorphic"):
        mjx.grad(lambda z: lax.mul(z, z))(1 + 2j)


class TestComplex:
    """Of f: C -> R the gradient is df/dx - i df/dy; maps C -> C are multiplied, not conjugated."""

    Z = np.complex64(1 + 2j)

    def test_real_results(self):
        close(mjx.grad(lambda z: mnp.abs(z) ** 2)(self.Z), 2 - 4j)
        close(mjx.grad(lambda z: mnp.real(z * z))(self.Z), 2 + 4j)
        close(mjx.grad(mnp.abs)(self.Z), np.conj(self.Z) / abs(self.Z))
        assert complex(mjx.grad(mnp.abs)(np.complex64(0))) == 0
        close(mjx.jacrev(lambda z: mnp.abs(z) ** 2)(f32([0, 1]) + 1j), [[-2j, 0], [0, 2 - 2j]])

    def test_real_arguments(self):
        close(mjx.grad(lambda x: mnp.real(mnp.exp(1j * x)))(0.5), -np.sin(0.5))
        close(mjx.jacfwd(lambda x: mnp.exp(1j * x))(0.5), 1j * np.exp(0.5j))

    def test_holomorphic(self):
        f = lambda z: mnp.sin(z) * z  # noqa: E731
        slope = np.cos(self.Z) * self.Z + np.sin(self.Z)
        for derivative in (mjx.grad, mjx.jacfwd, mjx.jacrev):
            close(derivative(f, holomorphic=True)(self.Z), slope)
        cube = lambda z: z * z * z  # noqa: E731
        close(mjx.hessian(cube, holomorphic=True)(self.Z), 6 * self.Z)

    def test_maps(self):
        close(mjx.vjp(mnp.conj, self.Z)[1](np.complex64(1j))[0], -1j)
        close(mjx.jvp(mnp.conj, (self.Z,), (np.complex64(1j),))[1], -1j)
        close(mjx.vjp(lambda z: (2 + 1j) * z, self.Z)[1](np.complex64(1))[0], 2 + 1j)


class TestIntegers:
    """They have tangents without contents."""

    ZERO = np.zeros((), mjx.float0)

    def test_jvp_and_linearize(self):
        y, t = mjx.jvp(lambda n, x: (n + 1, n * x), (3, 2.0), (self.ZERO, 1.0))
        assert (int(y[0]), float(t[1])) == (4, 3) and t[0].dtype == mjx.float0
        _, push = mjx.linearize(lambda n, x: (n, x * n), 3, 2.0)
        assert push(self.ZERO, 1.0)[0].dtype == mjx.float0

    def test_results_of_jitted_functions(self):
        g = mjx.jit(mjx.grad(lambda p: p["x"] * p["n"], allow_int=True))({"x": 2.0, "n": 3})
        assert float(g["x"]) == 3 and g["n"].dtype == mjx.float0 and g["n"].shape == ()

    def test_jacobians(self):
        found = mjx.jacrev(lambda p: p["x"] * p["n"], allow_int=True)({"x": f32(X), "n": 3})
        close(found["x"], 3 * np.eye(3))
        assert found["n"].dtype == mjx.float0 and found["n"].shape == (3,)
        found = mjx.jacfwd(lambda x: (x * x, lax.convert_element_type(x, np.int32)))(f32(X))
        close(found[0], np.diag(2 * X))
        assert found[1].dtype == mjx.float0 and found[1].shape == (3, 3)


@pytest.mark.parametrize("jacobian", [mjx.jacfwd, mjx.jacrev])
@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit], ids=["eager", "jit"])
class TestJacobians:
    def test_trees_of_several_arguments(self, jacobian, wrap):
        f = lambda p, q, k=2.0: {"u": p["a"] * q.sum() * k, "v": (q * q,)}  # noqa: E731
        found = wrap(jacobian(f, (0, 1)))({"a": 2.0}, f32(X), k=3.0)
        close(found["u"][0]["a"], 3 * X.sum())
        close(found["u"][1], [6, 6, 6])
        close(found["v"][0][0]["a"], [0, 0, 0])
        close(found["v"][0][1], np.diag(2 * X))
        single = wrap(jacobian(f, argnums=(1,)))({"a": 2.0}, f32(X))
        assert isinstance(single["u"], tuple) and len(single["u"]) == 1
        close(wrap(jacobian(f, argnums=-1))({"a": 2.0}, f32(X))["u"], [4, 4, 4])

    def test_aux(self, jacobian, wrap):
        f = lambda x: (x * x, {"sum": x.sum(), "n": 3})  # noqa: E731
        found, aux = wrap(jacobian(f, has_aux=True))(f32(X))
        close(found, np.diag(2 * X))
        close(aux["sum"], X.sum())
        assert int(aux["n"]) == 3

    def test_shapes(self, jacobian, wrap):
        x = f32(np.arange(6).reshape(2, 3))
        assert wrap(jacobian(lambda x: x.T))(x).shape == (3, 2, 2, 3)
        assert wrap(jacobian(lambda x: 2 * x))(f32(np.zeros(0))).shape == (0, 0)


def test_hessians():
    f = lambda p, q: p["a"] * (q * q).sum()  # noqa: E731
    by_p, (qa, qq) = mjx.hessian(f, argnums=(0, 1))({"a": 2.0}, f32(X))
    close(by_p["a"][0]["a"], 0)
    close(by_p["a"][1], 2 * X)
    close(qa["a"], 2 * X)
    close(qq, 4 * np.eye(3))
    found, aux = mjx.hessian(lambda x: ((x**3).sum(), x.sum()), has_aux=True)(f32(X))
    close(found, np.diag(6 * X))
    close(aux, X.sum())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mjx.jacfwd(lambda z: z)(1j), TypeError, "real-valued inputs.*argument z"),
        (lambda: mjx.jacrev(lambda x: 1j * x)(1.0), TypeError, "real-valued.*holomorphic=True"),
        (lambda: mjx.jacfwd(mnp.abs, holomorphic=True)(1j), TypeError, "complex outputs"),
        (lambda: mjx.jacrev(mnp.abs, holomorphic=True)(1j), TypeError, "complex outputs"),
        (lambda: mjx.jacrev(lambda x: x > 0)(1.0), TypeError, "real-valued .* outputs"),
        (lambda: mjx.jacfwd(lambda p: p)({"n": 1}), TypeError, r"argument p\['n'\] is ~int32"),
        (lambda: mjx.grad(lambda z: z, holomorphic=True)(1.0), TypeError, "complex inputs.*z is"),
        (lambda: mjx.jvp(lambda n: n, (3,), (1,)), TypeError, "tangent of n to have dtype float0"),
        (
            lambda: mjx.vjp(lambda p: {"a": p}, f32(X))[1]({"a": 1.0}),
            ValueError,
            r"cotangent\['a'\] to be float32\[3\].*float32\[\]",
        ),
        (
            lambda: mjx.grad(lambda x: lax.while_loop(lambda v: v < 9, lambda v: 2 * v, x))(1.0),
            ValueError,
            r"(?s)reverse mode.*max_steps.*scan.*forward mode.*test_autodiff.py:\d+",
        ),
        (
            lambda: mjx.vmap(lambda p: p["w"], in_axes=({"v": 0},))({"w": f32(X)}),
            ValueError,
            r"(?s)in_axes: at \[0\].*\['w'\].*\['v'\]",
        ),
    ],
)
def test_what_cannot_be_done_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mjx.grad(lax.sin)(3), "argument x is ~int32"),
        (lambda: mjx.grad(lambda p: p["a"])({"a": 1}), r"argument p\['a'\]"),
        (lambda: mjx.grad(lambda x: x)(f32(X)), r"scalar output.*float32\[3\]"),
        (lambda: mjx.grad(lambda x: (x, x))(1.0), "scalar output"),
        (lambda: mjx.grad(lambda x: None)(1.0), "scalar output"),
        (lambda: mjx.grad(lambda x: 3)(1.0), "real-valued output"),
        (lambda: mjx.grad(lax.sin, argnums=1)(1.0), "argnums=1"),
        (lambda: mjx.grad(lax.sin)(x=1.0), "positional"),
        (lambda: mjx.grad(lambda x: x, has_aux=True)(1.0), "pair"),
        (lambda: mjx.grad(lambda s: 1.0)("text"), "argument s is 'text'"),
        (lambda: mjx.grad(3), "callable"),
        (lambda: mjx.jvp(lax.sin, (1.0,), (1,)), "dtype"),
        (lambda: mjx.jvp(lax.sin, (1.0,), (1.0, 2.0)), "structure"),
        (lambda: mjx.jvp(lax.sin, 1.0, 1.0), "tuple"),
    ],
)
def test_type_errors(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: mjx.vjp(lax.sin, 1.0)[1]((1.0, 2.0)),
        lambda: mjx.vjp(lax.sin, 1.0)[1](f32(X)),
        lambda: mjx.jvp(lax.sin, (1.0,), (f32(X),)),
    ],
)
def test_wrong_tangents(call):
    with pytest.raises(ValueError, match="expected"):
        call()


def test_failures_leave_nothing_behind():
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            mjx.grad(lambda x: 1 / 0)(1.0)
        with pytest.raises(TypeError):
            mjx.grad(lambda x: mjx.vmap(lambda y: "text")(x))(f32(X))
    close(mjx.grad(lax.sin)(0.5), np.cos(0.5))


def test_leaked_recorded_values():
    kept = []
    mjx.grad(lambda x: kept.append(x) or lax.sin(x))(1.0)
    with pytest.raises(mjx.errors.UnexpectedTracerError, match="kept.append"):
        lax.sin(kept[0])


def test_endless_recordings_are_stopped():
    def f(x):
        while True:
            x = lax.sin(x)

    with mjx.support.config.eager_max_ops(100), pytest.raises(RuntimeError, match="fori_loop"):
        mjx.grad(f)(1.0)
