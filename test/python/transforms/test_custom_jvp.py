"""`custom_jvp`: the rule decides, in both modes, in every nesting, and errors name what is wrong."""

import functools

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.custom_derivatives import SymbolicZero

X = np.array([0.3, -1.2, 2.0], np.float32)


def close(actual, expected, tolerance=2e-5):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@mjx.custom_jvp
def f(x):
    """sin, whose rule says 3 cos."""
    return mnp.sin(x)


@f.defjvp
def f_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return f(x), 3 * mnp.cos(x) * t


def wrapped(transform):
    return pytest.mark.parametrize("wrap", [lambda g: g, mjx.jit], ids=["eager", "jit"])(transform)


@wrapped
class TestNesting:
    def test_value(self, wrap):
        close(wrap(f)(0.5), np.sin(0.5))

    def test_jvp(self, wrap):
        y, t = wrap(lambda x: mjx.jvp(f, (x,), (2.0,)))(0.5)
        close([y, t], [np.sin(0.5), 6 * np.cos(0.5)])

    def test_grad(self, wrap):
        close(wrap(mjx.grad(f))(0.5), 3 * np.cos(0.5))

    def test_grad_of_grad(self, wrap):
        close(wrap(mjx.grad(mjx.grad(f)))(0.5), -3 * np.sin(0.5))

    def test_rule_that_calls_the_function_in_the_tangent(self, wrap):
        g = mjx.custom_jvp(mnp.exp)
        g.defjvp(lambda p, t: (g(*p), 2 * g(*p) * t[0]))
        h = g
        for order in range(1, 5):
            h = mjx.grad(h)
            close(wrap(h)(0.5), 2**order * np.exp(0.5))

    def test_linearize_and_vjp(self, wrap):
        close(wrap(lambda x: mjx.linearize(f, x)[1](2.0))(0.5), 6 * np.cos(0.5))
        close(wrap(lambda x: mjx.vjp(f, x)[1](2.0)[0])(0.5), 6 * np.cos(0.5))

    def test_vmap_of_grad(self, wrap):
        close(wrap(mjx.vmap(mjx.grad(f)))(X), 3 * np.cos(X))

    def test_grad_of_vmap(self, wrap):
        close(wrap(mjx.grad(lambda x: mjx.vmap(f)(x).sum()))(X), 3 * np.cos(X))

    def test_jvp_of_vmap_and_vmap_of_jvp(self, wrap):
        ones = np.ones_like(X)
        close(wrap(lambda x: mjx.jvp(mjx.vmap(f), (x,), (ones,))[1])(X), 3 * np.cos(X))
        close(wrap(mjx.vmap(lambda x: mjx.jvp(f, (x,), (1.0,))[1]))(X), 3 * np.cos(X))

    def test_hessian(self, wrap):
        close(wrap(mjx.hessian(lambda x: f(x).sum()))(X), np.diag(-3 * np.sin(X)))
        close(wrap(mjx.jacfwd(mjx.jacfwd(f)))(0.5), -3 * np.sin(0.5))

    def test_in_scan(self, wrap):
        def loop(x):
            return lax.scan(lambda c, _: (f(c), c), x, None, 3)[0]

        y = [0.5]
        for _ in range(3):
            y.append(np.sin(y[-1]))
        expected = np.prod([3 * np.cos(v) for v in y[:3]])
        close(wrap(loop)(0.5), y[3])
        close(wrap(mjx.grad(loop))(0.5), expected)
        close(wrap(lambda x: mjx.jvp(loop, (x,), (1.0,))[1])(0.5), expected)
        close(wrap(mjx.vmap(mjx.grad(loop)))(np.float32([0.5])), [expected])

    def test_in_while_cond_and_map(self, wrap):
        def loop(x):
            return lax.while_loop(lambda s: s[0] < 2, lambda s: (s[0] + 1, f(s[1])), (0, x))[1]

        close(
            wrap(lambda x: mjx.jvp(loop, (x,), (1.0,))[1])(0.5),
            9 * np.cos(0.5) * np.cos(np.sin(0.5)),
        )
        branch = lambda x: lax.cond(x > 0, f, mnp.cos, x)  # noqa: E731
        close(wrap(mjx.vmap(mjx.grad(branch)))(X), np.where(X > 0, 3 * np.cos(X), -np.sin(X)))
        close(wrap(mjx.grad(lambda x: lax.map(f, x).sum()))(X), 3 * np.cos(X))

    def test_rule_with_a_loop_over_value_and_tangent(self, wrap):
        g = mjx.custom_jvp(lambda x: x**4)

        @g.defjvp
        def rule(primals, tangents):
            body = lambda c, _: ((c[0] * primals[0], c[1] * primals[0] + c[0] * tangents[0]), None)  # noqa: E731
            one = mnp.ones_like(primals[0])
            return lax.scan(body, (one, mnp.zeros_like(one)), None, 4)[0]

        close(wrap(mjx.grad(g))(1.5), 4 * 1.5**3)
        close(wrap(mjx.grad(mjx.grad(g)))(1.5), 12 * 1.5**2)

    def test_rule_that_uses_jvp(self, wrap):
        g = mjx.custom_jvp(lambda x: x * mnp.tanh(x))
        g.defjvp(lambda p, t: mjx.jvp(lambda x: x * x * x, p, t))
        y, slope = wrap(mjx.value_and_grad(g))(0.5)
        close([y, slope], [0.125, 0.75])


def test_several_arguments_and_results():
    g = mjx.custom_jvp(lambda x, y: (x * y, {"s": x + y}))

    @g.defjvp
    def rule(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        return g(x, y), (dx * y + x * dy, {"s": 10 * dx})

    (p, s), (dp, ds) = mjx.jvp(g, (2.0, 3.0), (1.0, 1.0))
    assert [float(v) for v in (p, s["s"], dp, ds["s"])] == [6, 5, 5, 10]
    total = lambda x, y: g(x, y)[0] + g(x, y)[1]["s"]  # noqa: E731
    assert [float(v) for v in mjx.grad(total, (0, 1))(2.0, 3.0)] == [13, 2]


def test_the_rule_is_not_asked_without_derivatives():
    g = mjx.custom_jvp(mnp.sin)
    g.defjvp(lambda p, t: pytest.fail("the rule was asked"))
    close(g(0.5), np.sin(0.5))
    close(mjx.jit(g)(0.5), np.sin(0.5))
    close(mjx.vmap(g)(X), np.sin(X))
    assert "custom" not in mjx.make_ir(g)(0.5)
    # Constants have no derivatives.
    close(mjx.grad(lambda x: x * g(0.5))(1.0), np.sin(0.5))


class TestClosures:
    def test_captured_values_are_differentiated_as_they_are(self):
        def outer(a, x):
            g = mjx.custom_jvp(lambda x: a * a * x)
            g.defjvp(lambda p, t: (g(*p), 100 * t[0]))
            return g(x)

        da, dx = mjx.grad(outer, (0, 1))(3.0, 2.0)
        assert float(da) == 12 and float(dx) == 100
        close(mjx.jvp(lambda a: outer(a, 2.0), (3.0,), (1.0,))[1], 12)
        # One level by x, with the rule; the other by a, of what the rule uses.
        assert float(mjx.grad(lambda a: mjx.grad(outer, 1)(a, 2.0))(3.0)) == 0

    def test_captured_by_the_rule(self):
        def outer(a, x):
            g = mjx.custom_jvp(mnp.sin)
            g.defjvp(lambda p, t: (mnp.sin(p[0]), a * a * t[0]))
            return g(x)

        assert float(mjx.grad(outer, 1)(3.0, 2.0)) == 9
        assert float(mjx.grad(lambda a: mjx.grad(outer, 1)(a, 2.0))(3.0)) == 6

    def test_captured_batches(self):
        def outer(a, x):
            g = mjx.custom_jvp(lambda x: a * x)
            g.defjvp(lambda p, t: (g(*p), 2 * a * t[0]))
            return g(x)

        close(mjx.vmap(mjx.grad(outer, 1))(X, X), 2 * X)
        close(mjx.grad(lambda x: mjx.vmap(outer, (0, None))(X, x).sum())(2.0), 2 * X.sum())


class TestNondiff:
    def test_functions_and_text(self):
        @functools.partial(mjx.custom_jvp, nondiff_argnums=(0, 2))
        def apply(fun, x, mode):
            return fun(x) if mode == "plain" else -fun(x)

        @apply.defjvp
        def rule(fun, mode, primals, tangents):
            return apply(fun, primals[0], mode), (5 if mode == "plain" else 7) * tangents[0]

        close(apply(mnp.sin, 0.5, "minus"), -np.sin(0.5))
        assert float(mjx.grad(lambda x: apply(mnp.sin, x, "plain"))(0.5)) == 5
        assert float(mjx.grad(lambda x: apply(mnp.sin, x, "minus"))(0.5)) == 7

    def test_names(self):
        @functools.partial(mjx.custom_jvp, nondiff_argnames=("n",))
        def power(x, n=2):
            return x**n

        power.defjvp(lambda n, p, t: (power(p[0], n), n * 10 * t[0]))
        assert float(mjx.grad(power)(3.0)) == 20
        assert float(mjx.grad(power)(3.0, n=3)) == 30
        with pytest.raises(ValueError, match="'m'"):
            mjx.custom_jvp(lambda x: x, nondiff_argnames="m")

    def test_traced_values(self):
        scaled = mjx.custom_jvp(lambda s, x: s * x, nondiff_argnums=(0,))
        scaled.defjvp(lambda s, p, t: (scaled(s, *p), 10 * s * t[0]))
        close(mjx.jit(mjx.grad(scaled, 1))(2.0, 3.0), 20)
        close(mjx.vmap(mjx.grad(scaled, 1), (0, None))(X, 3.0), 10 * X)
        close(mjx.grad(scaled, 0)(2.0, 3.0), 3)

    def test_default_and_keyword_arguments(self):
        @mjx.custom_jvp
        def g(x, y=3.0):
            return x * y

        g.defjvp(lambda p, t: (g(*p), t[0] * p[1] * 2 + t[1] * 7))
        assert float(g(2.0)) == 6 and float(mjx.grad(g)(2.0)) == 6
        assert float(mjx.grad(lambda y: g(y=y, x=2.0))(1.0)) == 7
        h = mjx.custom_jvp(lambda x, *, k: x)
        h.defjvp(f_jvp)
        with pytest.raises(TypeError, match="keyword only"):
            h(1.0, k=2)


class TestDefjvps:
    def test_a_rule_for_each(self):
        g = mjx.custom_jvp(lambda x, y: mnp.sin(x) * y)
        g.defjvps(lambda t, ans, x, y: 2 * t * ans, lambda t, ans, x, y: t)
        close(mjx.grad(g, (0, 1))(0.5, 3.0), [6 * np.sin(0.5), 1])
        y, t = mjx.jvp(g, (0.5, 3.0), (1.0, 1.0))
        close(t, 6 * np.sin(0.5) + 1)

    def test_none(self):
        g = mjx.custom_jvp(lambda x, y: x * y)
        g.defjvps(None, None)
        assert [float(v) for v in mjx.grad(g, (0, 1))(2.0, 3.0)] == [0, 0]

    def test_not_with_nondiff_arguments(self):
        with pytest.raises(TypeError, match="nondiff_argnums"):
            mjx.custom_jvp(lambda x, y: x, nondiff_argnums=(1,)).defjvps(None)


class TestSymbolicZeros:
    @staticmethod
    def function(seen):
        g = mjx.custom_jvp(lambda x, y, n: x * y)

        def rule(primals, tangents):
            seen.append([type(t) is SymbolicZero for t in tangents])
            x, y, _ = primals
            terms = [t * o for t, o in zip(tangents, (y, x)) if type(t) is not SymbolicZero]
            return x * y, sum(terms[1:], terms[0]) if terms else SymbolicZero(primals[0].aval)

        g.defjvp(rule, symbolic_zeros=True)
        return g

    @pytest.mark.parametrize("wrap", [lambda g: g, mjx.jit], ids=["eager", "jit"])
    def test_which_are_zero(self, wrap):
        seen = []
        g = self.function(seen)
        assert float(wrap(mjx.grad(lambda x, y: g(x, y, 1)))(2.0, 3.0)) == 3
        assert seen == [[False, True, True]]
        assert float(wrap(mjx.grad(lambda x, y: g(x, y, 1), 1))(2.0, 3.0)) == 2
        assert seen[1:] == [[True, False, True]]

    def test_through_vmap_and_inner_levels(self):
        seen = []
        g = self.function(seen)
        close(mjx.vmap(mjx.grad(lambda x, y: g(x, y, 1)), (0, None))(X, 3.0), [3, 3, 3])
        assert seen == [[False, True, True]]

    def test_attributes(self):
        zero = mjx.custom_derivatives.zero_from_primal(mnp.ones((2, 3)), symbolic_zeros=True)
        assert zero.shape == (2, 3) and zero.dtype == np.float32
        assert (zero.ndim, zero.size, zero.weak_type) == (2, 6, False)
        tree = mjx.custom_derivatives.zero_from_primal({"a": 1, "b": np.ones(2, np.float32)})
        assert tree["a"].dtype == mjx.float0 and np.all(np.asarray(tree["b"]) == 0)


class TestIntegers:
    def test_tangents_are_float0(self):
        seen = []
        g = mjx.custom_jvp(lambda x, n: (x * n, n + 1))

        @g.defjvp
        def rule(primals, tangents):
            seen.append(tangents[1].dtype)
            out = g(*primals)
            return out, (2 * tangents[0], np.zeros((), mjx.float0))

        y, slope = mjx.value_and_grad(lambda x, n: g(x, n)[0])(2.0, 3)
        assert (float(y), float(slope)) == (6, 2) and seen == [mjx.float0]
        _, (t, none) = mjx.jit(lambda x: mjx.jvp(lambda x: g(x, 3), (x,), (1.0,)))(2.0)
        assert float(t) == 2 and none.dtype == mjx.float0


def test_python_control_flow_runs_on_contents():
    @mjx.custom_jvp
    def g(x):
        return x * x if x > 0 else -x

    @g.defjvp
    def rule(primals, tangents):
        (x,), (t,) = primals, tangents
        return g(x), (10 * t if x > 0 else 20 * t)

    assert [float(mjx.grad(g)(v)) for v in (2.0, -2.0)] == [10, 20]
    assert [float(g(v)) for v in (3.0, -3.0)] == [9, 3]

    def after(x):
        return x if g(x) > 5 else 2 * x

    assert [float(mjx.grad(after)(v)) for v in (3.0, -3.0)] == [1, 2]


def test_methods_and_jitted_functions():
    class Layer:
        def __init__(self, scale):
            self.scale = scale

        @functools.partial(mjx.custom_jvp, nondiff_argnums=(0,))
        def apply(self, x):
            return self.scale * x

        @apply.defjvp
        def rule(self, primals, tangents):
            return self.apply(*primals), 100 * tangents[0]

    layer = Layer(2.0)
    assert float(layer.apply(3.0)) == 6 and float(mjx.grad(layer.apply)(3.0)) == 100

    g = mjx.custom_jvp(mjx.jit(mnp.sin))
    g.defjvp(lambda p, t: (g(*p), 2 * t[0]))
    assert float(mjx.grad(mjx.jit(g))(0.5)) == 2
    assert mjx.custom_jvp(f_jvp).__name__ == "f_jvp" and f.__doc__.startswith("sin")


def test_complex_values():
    g = mjx.custom_jvp(lambda z: z * z)
    g.defjvp(lambda p, t: (g(*p), 3j * t[0]))
    close(mjx.grad(g, holomorphic=True)(1 + 2j), 3j)


class TestErrors:
    def rule(self, rule, call=lambda g: mjx.grad(g)(1.0), function=lambda x: x * x):
        g = mjx.custom_jvp(function)
        g.defjvp(rule)
        return call(g)

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (lambda p, t: p[0], "rule .*pair"),
            (lambda p, t: ((p[0], p[0]), t[0]), "output of the structure"),
            (lambda p, t: (p[0], (t[0], t[0])), "tangent of the structure"),
            (lambda p, t: (p[0] + mnp.ones(3), t[0]), r"output to be float32\[\].*float32\[3\]"),
            (lambda p, t: (p[0], t[0] + mnp.ones(3)), r"tangent to be float32\[\].*float32\[3\]"),
            (lambda p, t: (p[0], mnp.int32(3)), r"tangent to be float32.*int32"),
            (lambda p, t: (p[0], 1j * t[0]), r"tangent to be float32.*complex64"),
            (lambda p, t: (p[0], "text"), "text"),
        ],
    )
    def test_wrong_rules(self, rule, message):
        with pytest.raises(TypeError, match=message) as caught:
            self.rule(rule)
        assert "test_custom_jvp.py" in str(caught.value) and "<lambda>" in str(caught.value)

    def test_the_path_is_named(self):
        rule = lambda p, t: ({"a": p[0], "b": p[0]}, {"a": t[0], "b": mnp.ones(2)})  # noqa: E731
        with pytest.raises(TypeError, match=r"tangent\['b'\] to be float32\[\]"):
            self.rule(rule, lambda g: mjx.jvp(g, (1.0,), (1.0,)), lambda x: {"a": x, "b": x})

    def test_integer_output(self):
        rule = lambda p, t: ((p[0], 3), (t[0], 3))  # noqa: E731
        with pytest.raises(TypeError, match=r"tangent\[1\] to be float0"):
            self.rule(rule, lambda g: mjx.jvp(g, (1.0,), (1.0,)), lambda x: (x, 3))

    def test_no_rule(self):
        with pytest.raises(AttributeError, match="No JVP defined"):
            mjx.custom_jvp(mnp.sin)(1.0)

    def test_not_callable(self):
        with pytest.raises(TypeError, match="callable"):
            mjx.custom_jvp(3)

    def test_arguments_that_are_no_numbers(self):
        with pytest.raises(TypeError, match="argument mode to be an array.*'text'"):
            self.rule(f_jvp, lambda g: mjx.grad(g)(1.0, "text"), lambda x, mode: x)

    def test_nondiff_argnums_out_of_range(self):
        g = mjx.custom_jvp(lambda x: x, nondiff_argnums=(3,))
        g.defjvp(f_jvp)
        with pytest.raises(ValueError, match="nondiff_argnums below 1"):
            mjx.grad(g)(1.0)
