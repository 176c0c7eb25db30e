"""`custom_vjp`: fwd and bwd in reverse mode, in every nesting, and errors that name what is wrong."""

import functools

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.custom_derivatives import SymbolicZero, custom_vjp_primal_tree_values

X = np.array([0.3, -1.2, 2.0], np.float32)
W = np.array([1.0, -0.5, 0.25], np.float32)


def close(actual, expected, tolerance=2e-5):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def with_rule(function, fwd, bwd, **options):
    made = mjx.custom_vjp(function, **options)
    made.defvjp(fwd, bwd)
    return made


# sin, whose derivative is said to be 3 cos.
f = with_rule(mnp.sin, lambda x: (f(x), mnp.cos(x)), lambda r, ct: (3 * r * ct,))
# A product, whose rule has both factors as residuals.
scale = with_rule(
    lambda w, x: w * x,
    lambda w, x: (w * x, (w, x)),
    lambda r, ct: (2 * ct * r[1], 3 * ct * r[0]),
)


@pytest.mark.parametrize("wrap", [lambda g: g, mjx.jit], ids=["eager", "jit"])
class TestNesting:
    def test_value(self, wrap):
        close(wrap(f)(0.5), np.sin(0.5))

    def test_grad(self, wrap):
        close(wrap(mjx.value_and_grad(f))(0.5), [np.sin(0.5), 3 * np.cos(0.5)])

    def test_vjp(self, wrap):
        close(wrap(lambda x: mjx.vjp(f, x)[1](2.0)[0])(0.5), 6 * np.cos(0.5))
        y, pull = mjx.vjp(f, 0.5)
        close(wrap(lambda ct: pull(ct)[0])(2.0), 6 * np.cos(0.5))

    def test_grad_of_grad(self, wrap):
        close(wrap(mjx.grad(mjx.grad(f)))(0.5), -3 * np.sin(0.5))
        # The primal value within fwd has the rule again.
        g = with_rule(mnp.exp, lambda x: (g(x), g(x)), lambda r, ct: (2 * r * ct,))
        h = g
        for order in range(1, 4):
            h = mjx.grad(h)
            close(wrap(h)(0.5), 2**order * np.exp(0.5))

    def test_jvp_of_grad(self, wrap):
        close(wrap(lambda x: mjx.jvp(mjx.grad(f), (x,), (1.0,))[1])(0.5), -3 * np.sin(0.5))
        close(wrap(mjx.hessian(lambda x: f(x).sum()))(X), np.diag(-3 * np.sin(X)))

    def test_vmap_of_grad(self, wrap):
        close(wrap(mjx.vmap(mjx.grad(f)))(X), 3 * np.cos(X))
        dw, dx = wrap(mjx.vmap(mjx.grad(scale, (0, 1)), (None, 0)))(2.0, X)
        close(dw, 2 * X)
        close(dx, [6, 6, 6])

    def test_grad_of_vmap(self, wrap):
        close(wrap(mjx.grad(lambda x: (mjx.vmap(f)(x) * W).sum()))(X), 3 * np.cos(X) * W)

    def test_what_all_examples_share_gets_the_sum(self, wrap):
        total = lambda w, x: (mjx.vmap(scale, (None, 0))(w, x) * W).sum()  # noqa: E731
        dw, dx = wrap(mjx.grad(total, (0, 1)))(2.0, X)
        close(dw, 2 * (X * W).sum())
        close(dx, 6 * W)
        nested = lambda w: mjx.vmap(mjx.vmap(scale, (None, 0)), (None, 0))(w, X[None]).sum()  # noqa: E731
        close(wrap(mjx.grad(nested))(2.0), 2 * X.sum())

    def test_cotangents_that_do_not_vary_over_the_batch(self, wrap):
        ones = with_rule(lambda w, x: w * x, lambda w, x: (w * x, None), lambda _, ct: (1.0, 1.0))
        total = lambda w, x: mjx.vmap(ones, (None, 0))(w, x).sum()  # noqa: E731
        dw, dx = wrap(mjx.grad(total, (0, 1)))(2.0, X)
        close(dw, 3)
        close(dx, [1, 1, 1])

    def test_other_batch_axes(self, wrap):
        x = np.arange(6, dtype=np.float32).reshape(2, 3)
        rule = lambda r, ct: (2 * (ct * r[1]).sum(), 3 * ct * r[0])  # noqa: E731
        scale = with_rule(lambda w, x: w * x, lambda w, x: (w * x, (w, x)), rule)
        total = lambda w, x: mjx.vmap(scale, (0, 1), 1)(w, x).sum()  # noqa: E731
        dw, dx = wrap(mjx.grad(total, (0, 1)))(W, x)
        close(dw, 2 * x.sum(0))
        close(dx, np.broadcast_to(3 * W, (2, 3)))

    def test_jacrev(self, wrap):
        close(wrap(mjx.jacrev(f))(X), np.diag(3 * np.cos(X)))

    def test_in_control_flow(self, wrap):
        loop = lambda x: lax.scan(lambda c, _: (f(c), None), x, None, 2)[0]  # noqa: E731
        slope = 9 * np.cos(0.5) * np.cos(np.sin(0.5))
        close(wrap(mjx.grad(loop))(0.5), slope)
        close(wrap(mjx.vmap(mjx.grad(loop)))(np.float32([0.5])), [slope])
        consts = lambda w: lax.scan(lambda c, x: (c + scale(w, x), None), 0.0, X)[0]  # noqa: E731
        close(wrap(mjx.grad(consts))(2.0), 2 * X.sum())
        branch = lambda x: lax.cond(x > 0, f, mnp.cos, x)  # noqa: E731
        close(wrap(mjx.vmap(mjx.grad(branch)))(X), np.where(X > 0, 3 * np.cos(X), -np.sin(X)))
        close(wrap(mjx.grad(lambda x: lax.map(f, x).sum()))(X), 3 * np.cos(X))


def test_trees():
    g = mjx.custom_vjp(lambda p, x: {"y": p["w"] * x, "z": (p["b"],)})

    def fwd(p, x):
        return g(p, x), {"p": p, "x": x}

    def bwd(r, ct):
        return {"w": 2 * ct["y"] * r["x"], "b": 5 * ct["z"][0]}, 3 * ct["y"] * r["p"]["w"]

    g.defvjp(fwd, bwd)
    out, pull = mjx.vjp(g, {"w": 2.0, "b": 1.0}, 3.0)
    dp, dx = pull({"y": 1.0, "z": (1.0,)})
    assert float(out["y"]) == 6
    assert [float(v) for v in (dp["w"], dp["b"], dx)] == [6, 5, 6]


def test_none_stands_for_zeros():
    rule = lambda bwd: with_rule(  # noqa: E731
        lambda p, x: p["a"] * p["b"] * x, lambda p, x: (p["a"] * p["b"] * x, ()), lambda _, ct: bwd
    )
    p = {"a": 2.0, "b": 3.0}
    for bwd, expected in [
        ((None, 7.0), (0, 0, 7)),
        (({"a": 1.0, "b": None}, None), (1, 0, 0)),
        ([{"a": 1.0, "b": 2.0}, 7.0], (1, 2, 7)),
    ]:
        dp, dx = mjx.grad(rule(bwd), (0, 1))(p, 1.0)
        assert (float(dp["a"]), float(dp["b"]), float(dx)) == expected


def test_integers():
    seen = []
    g = mjx.custom_vjp(lambda x, n: (x * n, n + 1))

    def bwd(n, ct):
        seen.append(ct[1].dtype)
        return 2 * ct[0] * n, np.zeros((), mjx.float0)

    g.defvjp(lambda x, n: (g(x, n), n), bwd)
    assert float(mjx.grad(lambda x: g(x, 3)[0])(2.0)) == 6
    assert float(mjx.jit(mjx.grad(lambda x, n: g(x, n)[0]))(2.0, 3)) == 6
    assert seen == [mjx.float0] * 2


def test_residuals_may_be_anything():
    def fwd(x, name):
        return x * x, {"x": x, "name": name, "n": 3, "a": np.arange(3)}

    def bwd(name, r, ct):
        assert name == r["name"] == "text" and r["a"].sum() == 3
        return (r["n"] * r["x"] * ct,)

    g = with_rule(lambda x, name: x * x, fwd, bwd, nondiff_argnums=(1,))
    assert float(mjx.grad(g)(2.0, "text")) == 6
    assert float(mjx.jit(mjx.grad(lambda x: g(x, "text")))(2.0)) == 6


def test_nondiff_arguments():
    g = with_rule(
        lambda fun, x, n: fun(x) * n,
        lambda fun, x, n: (fun(x) * n, x),
        lambda fun, n, x, ct: (ct * x * n * 10,),
        nondiff_argnums=(0,),
        nondiff_argnames=("n",),
    )
    assert g.nondiff_argnums == (0, 2)
    assert float(mjx.grad(g, 1)(mnp.sin, 2.0, 3)) == 60
    assert float(mjx.grad(g, 1)(mnp.sin, 2.0, n=3)) == 60
    # Traced values may stand there too.
    close(mjx.jit(lambda n: mjx.grad(g, 1)(mnp.sin, 2.0, n))(3), 60)
    close(mjx.vmap(lambda n: mjx.grad(g, 1)(mnp.sin, 2.0, n))(X), 20 * X)
    close(mjx.jit(mjx.grad(lambda x, m: g(lambda v: v * m, x, 2)))(3.0, 4.0), 60)


def test_default_arguments_and_optimize_remat():
    g = mjx.custom_vjp(lambda x, y=3.0: x * y)
    g.defvjp(lambda x, y: (x * y, y), lambda y, ct: (2 * y * ct, None), optimize_remat=True)
    assert float(mjx.grad(g)(1.0)) == 6 and float(mjx.grad(g)(1.0, y=2.0)) == 4


def test_methods():
    class Layer:
        @functools.partial(mjx.custom_vjp, nondiff_argnums=(0,))
        def apply(self, x):
            return 2 * x

        apply.defvjp(lambda self, x: (2 * x, None), lambda self, _, ct: (100 * ct,))

    assert float(mjx.grad(Layer().apply)(1.0)) == 100


def test_python_control_flow_runs_on_contents():
    def fwd(x):
        return (x * x if x > 0 else -x), x

    def bwd(x, ct):
        return (10 * ct if x > 0 else 20 * ct,)

    g = with_rule(lambda x: x * x if x > 0 else -x, fwd, bwd)
    assert [float(mjx.grad(g)(v)) for v in (2.0, -2.0)] == [10, 20]
    with pytest.raises(mjx.errors.TracerBoolConversionError):
        mjx.jit(mjx.grad(g))(2.0)


class TestSymbolicZeros:
    def test_which_are_perturbed(self):
        seen = []
        g = mjx.custom_vjp(lambda x, y: (x * y, 3))

        def fwd(x, y):
            seen.append((x.perturbed, y.perturbed))
            return g(*custom_vjp_primal_tree_values((x, y))), (x.value, y.value)

        def bwd(r, ct):
            assert type(ct[1]) is SymbolicZero and ct[1].dtype == mjx.float0
            return ct[0] * r[1], SymbolicZero(r[1].aval)

        g.defvjp(fwd, bwd, symbolic_zeros=True)
        first = lambda x, y: g(x, y)[0]  # noqa: E731
        assert float(mjx.grad(first)(2.0, 3.0)) == 3
        assert float(mjx.jit(mjx.grad(first))(2.0, 3.0)) == 3
        assert float(mjx.grad(first, 1)(2.0, 3.0)) == 0
        assert seen == [(True, False), (True, False), (False, True)]


def test_closures():
    def outer(a, x):
        g = with_rule(lambda x: a * x, lambda x: (a * x, None), lambda _, ct: (10 * a * ct,))
        return g(x)

    # What is used is not differentiated by at that level.
    assert float(mjx.grad(outer, 1)(3.0, 2.0)) == 30
    assert float(mjx.grad(lambda a: mjx.grad(outer, 1)(a, 2.0))(3.0)) == 10
    close(mjx.vmap(mjx.grad(outer, 1))(X, X), 10 * X)
    close(mjx.grad(lambda x: mjx.vmap(outer, (0, None))(X, x).sum())(2.0), 10 * X.sum())
    with pytest.raises(ValueError, match=r"closes over.*<lambda> at .*test_custom_vjp.py:\d+") as e:
        mjx.grad(outer, 0)(3.0, 2.0)
    assert "stop_gradient" in str(e.value)
    with pytest.raises(ValueError, match="closes over"):
        mjx.grad(outer, (0, 1))(3.0, 2.0)


class TestForwardMode:
    @pytest.mark.parametrize(
        "call",
        [
            lambda: mjx.jvp(f, (0.5,), (1.0,)),
            lambda: mjx.jit(lambda x: mjx.jvp(f, (x,), (1.0,)))(0.5),
            lambda: mjx.jacfwd(f)(0.5),
            lambda: mjx.linearize(f, 0.5)[1](1.0),
            lambda: mjx.jit(lambda x: mjx.linearize(f, x)[1](1.0))(0.5),
            lambda: mjx.jvp(
                lambda x: lax.scan(lambda c, _: (f(c), None), x, None, 2), (0.5,), (1.0,)
            ),
            lambda: mjx.grad(lambda x: mjx.jvp(f, (x,), (1.0,))[1])(0.5),
        ],
    )
    def test_is_an_error(self, call):
        with pytest.raises(TypeError, match=r"forward mode.*sin at .*test_custom_vjp.py:\d+"):
            call()

    def test_linear_maps_may_still_be_transposed(self):
        y, push = mjx.linearize(f, 0.5)
        close(mjx.grad(push)(0.0), 3 * np.cos(0.5))


class TestErrors:
    def rule(self, fwd, bwd, args=(1.0,), function=lambda x: x * x):
        return mjx.grad(with_rule(function, fwd, bwd))(*args)

    @pytest.mark.parametrize(
        ("fwd", "message"),
        [
            (lambda x: x, "fwd .*pair"),
            (lambda x: ((x, x), None), "output of the structure"),
            (lambda x: (x + mnp.ones(3), None), r"output to be float32\[\].*float32\[3\]"),
            (lambda x: ("text", None), "text"),
        ],
    )
    def test_wrong_fwd(self, fwd, message):
        with pytest.raises(TypeError, match=message) as caught:
            self.rule(fwd, lambda r, ct: (ct,))
        assert "test_custom_vjp.py" in str(caught.value)

    @pytest.mark.parametrize(
        ("bwd", "error", "message"),
        [
            (lambda r, ct: ct, TypeError, "a tuple with a cotangent for each of the 1 arguments"),
            (lambda r, ct: (ct, ct), TypeError, "a tuple with a cotangent for each of the 1"),
            (lambda r, ct: ({"a": ct},), TypeError, "structure of the arguments"),
            (lambda r, ct: (mnp.ones(3),), ValueError, r"output\[0\].*argument x.*float32\[3\]"),
            (lambda r, ct: (mnp.int32(1),), ValueError, r"output\[0\].*float32\[\].*int32\[\]"),
            (lambda r, ct: (1j * ct,), ValueError, r"output\[0\].*complex64"),
        ],
    )
    def test_wrong_bwd(self, bwd, error, message):
        with pytest.raises(error, match=message) as caught:
            self.rule(lambda x: (x * x, x), bwd)
        assert "test_custom_vjp.py" in str(caught.value) and "bwd <lambda>" in str(caught.value)

    def test_the_path_is_named(self):
        with pytest.raises(ValueError, match=r"output\[0\]\['w'\].*argument p\['w'\]"):
            self.rule(
                lambda p: (p["w"], None),
                lambda _, ct: ({"w": mnp.ones(3)},),
                ({"w": 1.0},),
                lambda p: p["w"],
            )

    def test_no_rule(self):
        with pytest.raises(AttributeError, match="No VJP defined"):
            mjx.custom_vjp(mnp.sin)(1.0)

    def test_not_callable(self):
        with pytest.raises(TypeError, match="callable"):
            mjx.custom_vjp(mnp.sin).defvjp(3, 4)


class TestWithOtherTransforms:
    def test_named_axes(self):
        g = mjx.custom_vjp(lambda x: lax.psum(x, "i") * x)
        g.defvjp(lambda x: (g(x), x), lambda r, ct: (2 * ct * lax.psum(r, "i"),))
        total = lambda x: mjx.vmap(g, axis_name="i")(x).sum()  # noqa: E731
        close(total(X), X.sum() ** 2)
        close(mjx.grad(total)(X), np.full(3, 2 * X.sum()))
        close(mjx.vmap(mjx.grad(g), axis_name="i")(X), np.full(3, 2 * X.sum()))

    def test_positions_in_a_named_axis(self):
        g = mjx.custom_jvp(lambda x: x * lax.axis_index("i"))
        g.defjvp(lambda p, t: (g(*p), t[0] * (1 + lax.axis_index("i"))))
        batch = mjx.vmap(g, in_axes=None, axis_size=3, axis_name="i")
        close(mjx.grad(lambda x: batch(x).sum())(2.0), 6)

    def test_checkpoint(self):
        slope = 9 * np.cos(0.5) * np.cos(np.sin(0.5))
        close(mjx.grad(mjx.checkpoint(lambda x: f(f(x))))(0.5), slope)
        step = mjx.checkpoint(lambda c, _: (f(c), None))
        close(mjx.jit(mjx.grad(lambda x: lax.scan(step, x, None, 2)[0]))(0.5), slope)

    def test_bounded_while(self):
        loop = lambda x: lax.while_loop(lambda s: s < 1.2, lambda s: f(s) + 1, x, max_steps=3)  # noqa: E731
        close(mjx.grad(loop)(0.5), 3 * np.cos(0.5))

    def test_printing_in_bwd(self, capfd):
        def bwd(_, ct):
            mjx.debug.print("cotangent {}", ct)
            return (ct,)

        g = with_rule(lambda x: x, lambda x: (x, None), bwd)
        assert float(mjx.grad(lambda x: 2 * g(x))(3.0)) == 2
        mjx.effects_barrier()
        assert "cotangent 2.0" in capfd.readouterr().out

    def test_a_rule_within_a_rule(self):
        g = mjx.custom_jvp(lambda x: 2 * f(x))
        g.defjvp(lambda p, t: (g(*p), t[0] * f(p[0])))
        close(mjx.grad(mjx.grad(g))(0.5), 3 * np.cos(0.5))
