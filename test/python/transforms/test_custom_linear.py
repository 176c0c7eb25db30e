"""`custom_gradient`, `closure_convert`, `linear_transpose` and `linear_call`."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.custom_derivatives import linear_call

X = np.array([0.3, -1.2, 2.0], np.float32)
A = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)


def close(actual, expected, tolerance=2e-5):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


wrapped = pytest.mark.parametrize("wrap", [lambda g: g, mjx.jit], ids=["eager", "jit"])


@wrapped
class TestCustomGradient:
    def test_pullback_with_closure(self, wrap):
        @mjx.custom_gradient
        def f(x):
            y = mnp.sin(x)
            return y, lambda ct: 3 * ct * mnp.cos(x) + 0 * y

        close(wrap(f)(0.5), np.sin(0.5))
        close(wrap(mjx.grad(f))(0.5), 3 * np.cos(0.5))
        close(wrap(mjx.grad(mjx.grad(f)))(0.5), -3 * np.sin(0.5))
        close(wrap(mjx.vmap(mjx.grad(f)))(X), 3 * np.cos(X))
        close(wrap(mjx.grad(lambda x: mjx.vmap(f)(x).sum()))(X), 3 * np.cos(X))

    def test_trees(self, wrap):
        @mjx.custom_gradient
        def f(p, x):
            return {"y": p["w"] * x}, lambda ct: ({"w": ct["y"] * x}, 5 * ct["y"])

        dp, dx = wrap(mjx.grad(lambda p, x: f(p, x)["y"], (0, 1)))({"w": 2.0}, 3.0)
        assert (float(dp["w"]), float(dx)) == (3, 5)

    def test_control_flow_on_contents(self, wrap):
        @mjx.custom_gradient
        def f(x, flag=True):
            return x, lambda ct: (2 * ct if flag else ct, None)

        assert float(wrap(mjx.grad(f))(1.0)) == 2


def test_custom_gradient_errors():
    with pytest.raises(TypeError, match="pair"):
        mjx.grad(mjx.custom_gradient(lambda x: x))(1.0)
    with pytest.raises(ValueError, match=r"custom_gradient of <lambda>: its second.*output\[0\]"):
        mjx.grad(mjx.custom_gradient(lambda x: (x, lambda ct: mnp.ones(3))))(1.0)


class TestClosureConvert:
    @staticmethod
    def root(slope_of, a):
        """A function whose rule differentiates by what another closes over."""

        def solve(x, *consts):
            return slope_of(x, *consts)

        custom = mjx.custom_vjp(solve)

        def bwd(r, ct):
            _, pull = mjx.vjp(slope_of, *r)
            return tuple([10 * v for v in pull(ct)])

        custom.defvjp(lambda *args: (custom(*args), args), bwd)
        return custom

    @wrapped
    def test_by_what_is_closed_over(self, wrap):
        def f(a, x):
            converted, consts = mjx.closure_convert(lambda x: a * mnp.sin(x), x)
            assert len(consts) == 1
            return self.root(converted, a)(x, *consts)

        da, dx = wrap(mjx.grad(f, (0, 1)))(3.0, 0.5)
        close([da, dx], [10 * np.sin(0.5), 30 * np.cos(0.5)])
        close(wrap(mjx.vmap(mjx.grad(f), (0, None)))(X, 0.5), 10 * np.sin(0.5) * np.ones(3))

    def test_integers_and_arrays_stay(self):
        table = mnp.arange(2000.0)

        @mjx.jit
        def f(n, a):
            converted, consts = mjx.closure_convert(lambda x: {"y": table[n] * a * x}, 1.0)
            assert [c.shape for c in consts] == [()]
            return converted(2.0, *consts)["y"] + converted(2.0, mnp.float32(1.0))["y"]

        assert float(f(7, 3.0)) == 7 * 3 * 2 + 7 * 2

    def test_without_tracing(self):
        converted, consts = mjx.closure_convert(lambda x: 2 * x, 1.0)
        assert consts == [] and float(converted(3.0)) == 6

    def test_custom_rules_inside_survive(self):
        g = mjx.custom_jvp(mnp.sin)
        g.defjvp(lambda p, t: (g(*p), 7 * t[0]))

        def f(a):
            converted, consts = mjx.closure_convert(lambda x: g(x) + a, a)
            return converted(a, *consts)

        assert float(mjx.grad(f)(0.5)) == 8

    def test_errors(self):
        def f(a):
            converted, consts = mjx.closure_convert(lambda x: a * x, 1.0)
            with pytest.raises(TypeError, match="1 arguments and 1 closed-over"):
                converted(1.0)
            with pytest.raises(TypeError, match="structure"):
                converted((1.0,), *consts)
            with pytest.raises(TypeError, match=r"float32\[\].*float32\[3\]"):
                converted(mnp.ones(3), *consts)
            return a

        mjx.grad(f)(1.0)


class TestLinearTranspose:
    @wrapped
    def test_matrix(self, wrap):
        transposed = mjx.linear_transpose(lambda x: mnp.dot(A, x), X)
        (ct,) = wrap(transposed)(np.float32([1, 2]))
        close(ct, A.T @ [1, 2])

    @wrapped
    def test_trees_and_types_only(self, wrap):
        struct = mjx.ShapeDtypeStruct((3,), np.float32)
        f = lambda t: {"s": t["a"].sum() + 2 * t["b"]}  # noqa: E731
        (ct,) = wrap(mjx.linear_transpose(f, {"a": struct, "b": 1.0}))({"s": 3.0})
        close(ct["a"], [3, 3, 3])
        close(ct["b"], 6)

    @wrapped
    def test_control_flow(self, wrap):
        def f(x):
            step = lambda c, i: (c * mnp.cos(1.0 * i), c)  # noqa: E731
            return lax.scan(step, x, mnp.arange(4))[0]

        (ct,) = wrap(mjx.linear_transpose(f, 1.0))(2.0)
        close(ct, 2 * np.prod(np.cos(np.arange(4))))
        count = lambda x: lax.fori_loop(0, 3, lambda i, c: c * (1.0 + i), x)  # noqa: E731
        (ct,) = wrap(mjx.linear_transpose(count, 1.0))(1.0)
        close(ct, 6)

    def test_within_other_transforms(self):
        def f(w):
            (ct,) = mjx.linear_transpose(lambda x: w * x, 1.0)(3.0)
            return ct * w

        close(mjx.grad(f)(2.0), 12)
        close(mjx.vmap(f)(X), 3 * X * X)
        close(mjx.vmap(mjx.linear_transpose(lambda x: 2 * x, 1.0))(X)[0], 2 * X)

    def test_of_a_transpose(self):
        there = mjx.linear_transpose(lambda x: mnp.dot(A, x), X)
        back = mjx.linear_transpose(lambda ct: there(ct)[0], np.float32([1, 2]))
        close(back(X)[0], A @ X)

    def test_complex(self):
        (ct,) = mjx.linear_transpose(lambda z: (2 + 1j) * z, 1j)(1.0 + 0j)
        close(ct, 2 + 1j)

    @pytest.mark.parametrize(
        "f", [mnp.sin, lambda x: x * x, lambda x: mnp.where(x > 0, x, 2 * x), lambda x: x / (x + 1)]
    )
    def test_not_linear(self, f):
        with pytest.raises(TypeError, match="a linear function"):
            mjx.linear_transpose(f, 1.0)(1.0)

    def test_errors(self):
        double = mjx.linear_transpose(lambda x: 2 * x, X)
        with pytest.raises(TypeError, match="structure"):
            double((X, X))
        with pytest.raises(TypeError, match=r"float32\[3\].*float32\[\]"):
            double(1.0)
        with pytest.raises(TypeError, match="floating point or complex arguments"):
            mjx.linear_transpose(lambda n: 2 * n, 3)
        with pytest.raises(TypeError, match="floating point or complex results"):
            mjx.linear_transpose(lambda x: 2, 3.0)


def halved(n, x):
    return x / n


@wrapped
class TestLinearCall:
    def test_transpose_of_its_own(self, wrap):
        f = lambda n, x: linear_call(halved, lambda n, ct: 100 * ct * n, n, x)  # noqa: E731
        close(wrap(f)(2.0, 6.0), 3)
        close(wrap(mjx.grad(f, 1))(2.0, 6.0), 200)
        close(wrap(lambda x: mjx.jvp(lambda x: f(2.0, x), (x,), (1.0,))[1])(6.0), 0.5)
        close(wrap(mjx.grad(f, 0))(2.0, 6.0), -1.5)
        close(wrap(mjx.vmap(mjx.grad(f, 1), (0, None)))(X, 6.0), 100 * X)
        total = lambda x: mjx.vmap(f, (0, None))(X, x).sum()  # noqa: E731
        close(wrap(mjx.grad(total))(1.0), 100 * X.sum())

    def test_transposed(self, wrap):
        f = lambda x: linear_call(halved, lambda n, ct: 100 * ct, 2.0, x)  # noqa: E731
        close(wrap(mjx.linear_transpose(f, 1.0))(1.0)[0], 100)


def test_linear_call_errors():
    with pytest.raises(TypeError, match="structure of the linear arguments"):
        mjx.grad(lambda x: linear_call(halved, lambda n, ct: (ct, ct), 2.0, x))(1.0)
    with pytest.raises(TypeError, match=r"cotangent to be float32\[\].*float32\[3\]"):
        mjx.grad(lambda x: linear_call(halved, lambda n, ct: mnp.ones(3), 2.0, x))(1.0)
