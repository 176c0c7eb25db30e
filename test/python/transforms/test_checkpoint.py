"""`checkpoint`: the same numbers as without, and what it stores."""

import re

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import checkpoint_policies as policies
from mjx import lax
from mjx.ad_checkpoint import checkpoint_name, print_saved_residuals, saved_residuals

W = np.random.RandomState(0).randn(4, 4).astype("f") * 0.5
X = np.random.RandomState(1).randn(4).astype("f")
XS = np.random.RandomState(2).randn(7, 4).astype("f")


def layer(w, x):
    hidden = checkpoint_name(mnp.sin(w @ x), "hidden")
    return mnp.tanh(checkpoint_name(w @ hidden, "out"))


def stored(f, *args):
    """Shapes of what is stored beside the arguments."""
    found = saved_residuals(lambda *a: f(*a).sum(), *args)
    return sorted(aval.shape for aval, what in found if "argument" not in what)


def close(x, y, tolerance=1e-5):
    mjx.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), x, y
    )


POLICIES = {
    "none": None,
    "nothing": policies.nothing_saveable,
    "everything": policies.everything_saveable,
    "dots": policies.dots_saveable,
    "dots_without_batch": policies.dots_with_no_batch_dims_saveable,
    "only": policies.save_only_these_names("hidden"),
    "names_but": policies.save_any_names_but_these("hidden"),
    "all_but": policies.save_anything_except_these_names("hidden", "out"),
    "both": policies.save_from_both_policies(
        policies.dots_saveable, policies.save_only_these_names("hidden")
    ),
    "offload": policies.save_and_offload_only_these_names(
        names_which_can_be_saved=["hidden"],
        names_which_can_be_offloaded=["out"],
        offload_src="device",
        offload_dst="pinned_host",
    ),
}


@pytest.mark.parametrize("name", ["none", "dots", "only", "all_but"])
def test_transforms_do_not_see_it(name):
    f = mjx.checkpoint(layer, policy=POLICIES[name], prevent_cse=name != "dots")

    def loss(f):
        return lambda w, x: f(w, f(w, x)).sum()

    for transform in (
        lambda h: mjx.jit(h)(W, X),
        lambda h: mjx.grad(h, (0, 1))(W, X),
        lambda h: mjx.jit(mjx.grad(h, (0, 1)))(W, X),
        lambda h: mjx.jvp(h, (W, X), (W, X)),
        lambda h: mjx.vmap(mjx.grad(h, (0, 1)), (None, 0))(W, XS),
        lambda h: mjx.grad(lambda w: mjx.vmap(h, (None, 0))(w, XS).sum())(W),
        lambda h: mjx.hessian(h, 1)(W, X),
        lambda h: mjx.jacrev(mjx.jacrev(h, 1), 1)(W, X),
        lambda h: mjx.jacrev(mjx.jacfwd(h, 1), 1)(W, X),
        lambda h: mjx.vjp(h, W, X)[1](1.0),
        lambda h: mjx.linearize(h, W, X)[1](W, X),
    ):
        close(transform(loss(f)), transform(loss(layer)), 2e-5)


@pytest.mark.parametrize(
    "name, shapes",
    [
        ("none", []),
        ("nothing", []),
        ("dots", [(4,), (4,)]),
        ("dots_without_batch", [(4,), (4,)]),
        ("only", [(4,)]),
        ("names_but", [(4,)]),
        ("both", [(4,), (4,), (4,)]),
        ("offload", [(4,), (4,)]),
    ],
)
def test_policies_store(name, shapes):
    assert stored(mjx.checkpoint(layer, policy=POLICIES[name]), W, X) == shapes


@pytest.mark.parametrize("name", POLICIES)
def test_policies_do_not_change_gradients(name):
    f = mjx.checkpoint(layer, policy=POLICIES[name])
    found, expected = (mjx.grad(lambda w, g=g: g(w, X).sum())(W) for g in (f, layer))
    close(found, expected)


def test_dots_with_batch_dimensions():
    def f(x):
        return mnp.sin(mnp.einsum("bij,bj->bi", x, mnp.sin(x[:, 0])))

    x = np.ones((2, 3, 3), "f")
    assert stored(mjx.checkpoint(f, policy=policies.dots_saveable), x) == [(2, 3)]
    assert stored(mjx.checkpoint(f, policy=policies.checkpoint_dots_with_no_batch_dims), x) == []


def test_a_cheap_result_of_a_saveable_op_is_computed_again():
    """Saving everything is what happens anyway: no more is stored than is needed."""
    f = mjx.checkpoint(layer, policy=policies.everything_saveable)
    assert stored(f, W, X) == stored(layer, W, X) == [(4,), (4,)]


def test_nested():
    def inner(x):
        return mnp.sin(W @ mnp.sin(x))

    def outer(f):
        return lambda x: f(W @ f(mnp.cos(x)))

    f = mjx.checkpoint(outer(mjx.checkpoint(inner)))
    close(mjx.grad(lambda x: f(x).sum())(X), mjx.grad(lambda x: outer(inner)(x).sum())(X))
    close(mjx.hessian(lambda x: f(x).sum())(X), mjx.hessian(lambda x: outer(inner)(x).sum())(X))
    assert stored(f, X) == []


@pytest.mark.parametrize("policy", [None, policies.dots_saveable], ids=["none", "dots"])
def test_in_every_control_flow_body(policy):
    def body(x):
        return mnp.tanh(W @ mnp.sin(W @ x))

    def programs(f):
        yield lambda x: lax.scan(lambda c, y: (f(c) + y, f(y)), x, XS)[0].sum()
        yield lambda x: lax.map(lambda y: f(x + y), XS).sum()
        yield lambda x: lax.cond(x[0] > 0, f, mnp.cos, x).sum()
        yield lambda x: lax.fori_loop(0, 4, lambda i, c: f(c) * i, x).sum()
        yield lambda x: lax.while_loop(lambda c: c[0] < 9, lambda c: f(c) + 2, x, max_steps=30)[1]

    for f, g in zip(programs(mjx.checkpoint(body, policy=policy)), programs(body)):
        close(mjx.vmap(mjx.grad(f))(XS), mjx.vmap(mjx.grad(g))(XS))
        close(mjx.jacrev(mjx.grad(f))(X), mjx.jacfwd(mjx.grad(g))(X), 1e-4)


def test_remat_scan_stores_carries_only():
    def step(c, x):
        return mnp.tanh(W @ mnp.sin(W @ c) + x), None

    def run(step):
        return lambda c: lax.scan(step, c, XS)[0]

    assert stored(run(step), X) == [(7, 4), (7, 4)]
    assert stored(run(mjx.remat(step)), X) == [(7, 4)]


def test_the_recomputation_is_not_merged_with_the_original():
    def count(**options):
        f = mjx.checkpoint(lambda x: mnp.sin(mnp.sin(x)), **options)
        text = mjx.jit(mjx.value_and_grad(lambda x: f(x).sum())).lower(X).as_text("linalg")
        return len(re.findall(r"math\.sin", text))

    assert count() == 3
    assert count(prevent_cse=False) == 2


def test_static_arguments():
    @lambda f: mjx.checkpoint(f, static_argnums=(1, -1), static_argnames="flag")
    def f(x, n, mode, *, flag):
        assert isinstance(n, int) and mode == "sin" and flag is True
        return mnp.sin(x) * n

    def loss(x):
        return f(x, 3, "sin", flag=True).sum()

    close(mjx.grad(loss)(X), 3 * np.cos(X))
    with pytest.raises(ValueError, match="static_argnums among the 1 positional arguments"):
        mjx.grad(lambda x: mjx.checkpoint(mnp.sin, static_argnums=2)(x).sum())(X)


def test_trees_and_keywords():
    @mjx.checkpoint
    def f(p, *, scale):
        return {"y": p["a"] * scale, "n": p["n"]}

    def loss(a, scale):
        out = f({"a": mnp.sin(a), "n": 3}, scale=scale)
        return (out["y"] * out["n"]).sum()

    close(mjx.grad(loss, (0, 1))(X, 2.0), (6 * np.cos(X), 3 * np.sin(X).sum()))


def test_it_calls_the_function_itself_outside_of_programs():
    assert mjx.checkpoint(lambda x: x if x > 0 else -x)(-2.0) == 2.0
    with mjx.disable_jit():
        assert mjx.checkpoint(lambda x: x + 1)(1.0) == 2.0


def test_integers_and_unused_arguments():
    f = mjx.checkpoint(lambda x, n, unused: x * n)
    close(mjx.grad(lambda x, u: f(x, np.int32(3), u).sum(), (0, 1))(X, X), (X * 0 + 3, X * 0))


def test_a_policy_is_data():
    with pytest.raises(TypeError, match="expected a policy of mjx.checkpoint_policies"):
        mjx.checkpoint(mnp.sin, policy=lambda prim, *_, **params: True)
    with pytest.raises(TypeError, match="call it to get one"):
        mjx.checkpoint(mnp.sin, policy=policies.save_only_these_names)
    with pytest.raises(TypeError, match="a string that is not empty, without commas"):
        policies.save_only_these_names("a,b")
    with pytest.raises(TypeError, match="checkpoint_name: .*a name"):
        checkpoint_name(X, 3)
    with pytest.raises(ValueError, match="each name in one list"):
        policies.save_and_offload_only_these_names(
            names_which_can_be_saved=["a"],
            names_which_can_be_offloaded=["a"],
            offload_src="device",
            offload_dst="pinned_host",
        )


def test_unions_of_policies():
    both = policies.save_from_both_policies
    only, but = policies.save_only_these_names, policies.save_any_names_but_these
    assert both(only("a"), only("b")) == only("a", "b")
    assert both(but("a", "b"), only("a")) == both(only("a"), but("a", "b")) == but("b")
    assert both(but("a", "b"), but("b", "c")) == but("b")
    assert both(policies.dots_saveable, policies.nothing_saveable) == policies.dots_saveable
    assert both(policies.dots_with_no_batch_dims_saveable, policies.dots_saveable).saves == "dots"
    assert both(policies.everything_saveable, only("a")) == policies.everything_saveable
    except_a = policies.save_anything_except_these_names("a")
    assert both(except_a, only("a")) == policies.everything_saveable


def test_saved_residuals_are_described(capsys):
    def f(x, w):
        return mnp.sin(mnp.exp(x) @ w).sum()

    found = saved_residuals(f, X, W)
    arguments = {what for _, what in found if "argument" in what}
    assert arguments == {"from the argument x", "from the argument w"}
    (rest,) = [(a, what) for a, what in found if "argument" not in what]
    assert rest[0].shape == (4,) and re.match(
        r"output of \w+ from .*test_checkpoint.py:\d+", rest[1]
    )
    print_saved_residuals(f, X, W)
    assert "float32[4,4] from the argument w" in capsys.readouterr().out


def test_names():
    tree = checkpoint_name({"a": X, "b": 2.0}, "h")
    close(tree, {"a": X, "b": 2.0})
    assert mjx.remat is mjx.checkpoint is mjx.ad_checkpoint.checkpoint


def test_rules_of_the_user_inside():
    @mjx.custom_vjp
    def f(x):
        return mnp.sin(x)

    f.defvjp(lambda x: (mnp.sin(x), mnp.cos(x)), lambda cos, ct: (2 * cos * ct,))

    @mjx.custom_jvp
    def g(x):
        return mnp.exp(x)

    g.defjvp(lambda x, dx: (mnp.exp(x[0]), 3 * mnp.exp(x[0]) * dx[0]))

    def body(x):
        return g(W @ f(W @ x)) * 0.1

    def looped(f):
        return lambda x: lax.scan(lambda c, _: (f(c), None), x, None, 3)[0].sum()

    close(mjx.grad(looped(mjx.checkpoint(body)))(X), mjx.grad(looped(body))(X))


def test_collectives_inside():
    def body(x):
        return mnp.sin(lax.psum(mnp.sin(x), "i") * x)

    def total(f):
        return lambda x: mjx.vmap(f, axis_name="i")(x).sum()

    close(mjx.grad(total(mjx.checkpoint(body)))(XS), mjx.grad(total(body))(XS))


def test_effects_happen_once(capfd):
    @mjx.checkpoint
    def f(x):
        mjx.debug.print("seen")
        return mnp.sin(x)

    mjx.jit(mjx.grad(lambda x: f(x).sum()))(X).block_until_ready()
    mjx.effects_barrier()
    assert capfd.readouterr().out.count("seen") == 1
