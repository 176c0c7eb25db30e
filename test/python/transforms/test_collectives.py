"""Collectives of named axes, against NumPy on all examples at once."""

import doctest

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.experimental import io_callback
from mjx.lax import parallel

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3)).astype(np.float32)
SQUARE = RNG.normal(size=(4, 4, 3)).astype(np.float32)


def over_i(f, **options):
    return mjx.vmap(f, axis_name="i", **options)


def close(got, want):
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-5, atol=1e-6)


def same(got, want):
    np.testing.assert_array_equal(np.asarray(got), want)


def rows(value, count=6):
    return np.broadcast_to(value, (count, *np.shape(value)))


# Values

REDUCTIONS = {
    "psum": (lax.psum, np.sum),
    "pmean": (lax.pmean, np.mean),
    "pmax": (lax.pmax, np.max),
    "pmin": (lax.pmin, np.min),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("in_axis", [0, 1])
def test_reductions(name, in_axis):
    collective, reference = REDUCTIONS[name]
    got = over_i(lambda x: collective(x, "i"), in_axes=in_axis)(np.moveaxis(X, 0, in_axis))
    close(got, rows(reference(X, 0)))


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("groups", [[[0, 1, 2], [3, 4, 5]], [[5, 0], [1, 3], [4, 2]]])
def test_reductions_in_groups(name, groups):
    collective, reference = REDUCTIONS[name]
    want = np.empty_like(X)
    for group in groups:
        want[group] = reference(X[group], 0)
    close(over_i(lambda x: collective(x, "i", axis_index_groups=groups))(X), want)


def test_reductions_of_special_values():
    x = np.array([1, np.nan, np.inf], np.float32)
    got = over_i(lambda x: (lax.psum(x, "i"), lax.pmax(x, "i"), lax.pmin(x, "i")))(x)
    assert np.isnan(got).all()
    same(over_i(lambda x: lax.pmax(x, "i"))(np.array([-np.inf, 2], np.float32)), [2, 2])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "float16", "bfloat16", "complex64"])  # fmt: skip
def test_sums_keep_dtypes(dtype):
    x = mnp.array([1, 2, 3], dtype)
    got = over_i(lambda x: lax.psum(x, "i"))(x)
    assert got.dtype == x.dtype
    same(got.astype("complex64"), [6, 6, 6])


def test_booleans_count():
    got = over_i(lambda x: (lax.psum(x, "i"), lax.pmax(x, "i")))(np.array([True, False, True]))
    same(got[0], [2, 2, 2])
    same(got[1], [True] * 3)


def test_means_of_integers_are_inexact():
    got = over_i(lambda x: lax.pmean(x, "i"))(np.array([1, 2], np.int32))
    assert got.dtype == np.float32
    same(got, [1.5, 1.5])


def test_trees():
    got = over_i(lambda t: lax.psum({"a": t["a"], "b": (t["b"], 2)}, "i"))({"a": X, "b": X[:, 0]})
    close(got["a"], rows(X.sum(0)))
    close(got["b"][0], rows(X[:, 0].sum()))
    same(got["b"][1], [12] * 6)


def test_of_what_all_share():
    shared = np.float32([1, 2])

    def f(x, w):
        found = (lax.psum(w, "i"), lax.pmean(w, "i"), lax.pmax(w, "i"), lax.all_gather(w, "i"))
        return (*found, lax.ppermute(w, "i", [(0, 1)]), lax.psum_scatter(w, "i", tiled=True))

    got = over_i(f, in_axes=(0, None))(np.zeros(2, np.float32), shared)
    for value, want in zip(got, [2 * shared, shared, shared, rows(shared, 2)]):
        close(value, rows(want, 2))
    close(got[4], [[0, 0], [1, 2]])
    close(got[5], [[2], [4]])


def test_constants_are_known():
    seen = []

    def f(x):
        seen.extend([lax.psum(1, "i"), lax.psum(2.5, "i"), lax.axis_size("i")])
        return x * lax.psum(1, "i") + lax.psum(mnp.ones(3), "i")

    close(over_i(f)(X), X * 6 + 6)
    assert seen == [6, 15.0, 6] and all(not isinstance(x, mjx.Array) for x in seen)


def test_permutations():
    shift = [(i, (i + 1) % 6) for i in range(6)]
    close(over_i(lambda x: lax.ppermute(x, "i", shift))(X), np.roll(X, 1, 0))
    order = [3, 1, 5, 0, 2, 4]
    close(over_i(lambda x: lax.pshuffle(x, "i", order))(X), X[order])
    want = np.zeros_like(X)
    want[[0, 4, 2]] = X[[2, 0, 5]]
    close(over_i(lambda x: lax.ppermute(x, "i", [(2, 0), (0, 4), (5, 2)]))(X), want)
    close(over_i(lambda x: lax.ppermute(x, "i", []))(X), np.zeros_like(X))


@pytest.mark.parametrize("axis", [0, 1, -1, 2])
def test_all_gather(axis):
    got = over_i(lambda x: lax.all_gather(x, "i", axis=axis))(SQUARE)
    close(got, rows(np.moveaxis(SQUARE, 0, axis), 4))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_all_gather_tiled(axis):
    got = over_i(lambda x: lax.all_gather(x, "i", axis=axis, tiled=True))(SQUARE)
    close(got, rows(np.concatenate(list(SQUARE), axis), 4))


def test_all_gather_in_groups():
    groups = [[0, 3], [2, 1]]
    got = over_i(lambda x: lax.all_gather(x, "i", axis_index_groups=groups))(SQUARE)
    close(got, SQUARE[[[0, 3], [2, 1], [2, 1], [0, 3]]])


def test_psum_scatter():
    got = over_i(lambda x: lax.psum_scatter(x, "i"))(SQUARE)
    close(got, SQUARE.sum(0))
    wide = np.concatenate([SQUARE, SQUARE + 1], 1)
    got = over_i(lambda x: lax.psum_scatter(x, "i", tiled=True))(wide)
    close(got, wide.sum(0).reshape(4, 2, 3))
    got = over_i(lambda x: lax.psum_scatter(x, "i", scatter_dimension=1))(np.moveaxis(SQUARE, 1, 2))
    close(got, SQUARE.sum(0))
    groups = [[0, 1], [2, 3]]
    halves = SQUARE[:, :2]
    got = over_i(lambda x: lax.psum_scatter(x, "i", axis_index_groups=groups))(halves)
    close(got, np.concatenate([halves[:2].sum(0), halves[2:].sum(0)]))


@pytest.mark.parametrize(("split", "concat"), [(0, 0), (0, 1), (1, 0), (1, 1), (-1, 0)])
def test_all_to_all(split, concat):
    x = RNG.normal(size=(4, 4, 4)).astype(np.float32)
    got = over_i(lambda x: lax.all_to_all(x, "i", split, concat))(x)
    want = np.stack([np.stack([x[j].take(i, split) for j in range(4)], concat) for i in range(4)])
    close(got, want)


@pytest.mark.parametrize(("split", "concat"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_all_to_all_tiled(split, concat):
    x = RNG.normal(size=(2, 4, 6)).astype(np.float32)
    got = over_i(lambda x: lax.all_to_all(x, "i", split, concat, tiled=True))(x)
    parts = [np.split(x[j], 2, split) for j in range(2)]
    close(got, np.stack([np.concatenate([p[i] for p in parts], concat) for i in range(2)]))


def test_swaps_and_broadcasts():
    close(over_i(lambda x: lax.pswapaxes(x, "i", 0))(SQUARE), np.swapaxes(SQUARE, 0, 1))
    close(over_i(lambda x: lax.pbroadcast(x, "i", -2))(X), rows(X[4]))


def test_positions():
    same(over_i(lambda x: lax.axis_index("i"))(X), np.arange(6))
    same(mjx.vmap(lambda: lax.axis_index("k"), axis_name="k", axis_size=3)(), np.arange(3))
    assert over_i(lambda x: lax.axis_index("i"))(X).dtype == np.int32


@pytest.mark.parametrize("size", [0, 1])
def test_batches_of_none_and_one(size):
    def f(x):
        total = lax.psum(x, "i")
        turned = lax.ppermute(x, "i", [(k, k) for k in range(size)])
        return x + total, lax.axis_index("i"), turned, lax.all_gather(x, "i").sum(0)

    x = X[:size]
    got = over_i(f)(x)
    close(got[0], 2 * x)
    same(got[1], np.arange(size))
    close(got[2], x)
    close(got[3], x)


# Several axes


def nested(f, x):
    return mjx.vmap(mjx.vmap(f, axis_name="j"), axis_name="i")(x)


def test_each_axis_of_two():
    total = SQUARE.sum((0, 1))
    close(nested(lambda x: lax.psum(x, "i"), SQUARE), np.broadcast_to(SQUARE.sum(0), SQUARE.shape))
    close(
        nested(lambda x: lax.psum(x, "j"), SQUARE),
        np.broadcast_to(SQUARE.sum(1, keepdims=True), SQUARE.shape),
    )
    for names in (("i", "j"), ("j", "i")):
        close(nested(lambda x: lax.psum(x, names), SQUARE), np.broadcast_to(total, SQUARE.shape))  # noqa: B023
        close(
            nested(lambda x: lax.pmean(x, names), SQUARE),  # noqa: B023
            np.broadcast_to(total / 16, SQUARE.shape),
        )


def test_tuples_of_names_count_the_last_fastest():
    both = np.arange(16).reshape(4, 4)
    same(nested(lambda x: lax.axis_index(("i", "j")), SQUARE), both)
    same(nested(lambda x: lax.axis_index(("j", "i")), SQUARE), both.T)
    flat = SQUARE.reshape(16, 3)
    close(nested(lambda x: lax.all_gather(x, ("i", "j")), SQUARE)[1, 2], flat)
    turned = nested(
        lambda x: lax.ppermute(x, ("i", "j"), [(k, k - 1) for k in range(1, 16)]), SQUARE
    )
    close(turned, np.concatenate([flat[1:], np.zeros((1, 3))]).reshape(SQUARE.shape))
    parts = RNG.normal(size=(2, 3, 6, 2)).astype(np.float32)
    close(
        nested(lambda x: lax.psum_scatter(x, ("i", "j")), parts),
        parts.sum((0, 1)).reshape(2, 3, 2),
    )
    close(
        nested(lambda x: lax.all_to_all(x, ("i", "j"), 0, 0), parts),
        parts.reshape(6, 6, 2).swapaxes(0, 1).reshape(parts.shape),
    )
    assert nested(lambda x: x[0] * 0 + lax.axis_size(("i", "j")), SQUARE).max() == 16


def test_inner_names_shadow():
    def inner(y):
        return lax.psum(y, "i")

    got = over_i(lambda x: lax.psum(mjx.vmap(inner, axis_name="i")(x), "i"))(SQUARE)
    want = np.broadcast_to(SQUARE.sum(1, keepdims=True), SQUARE.shape).sum(0)
    close(got, rows(want, 4))


def test_outer_derivatives_keep_their_axis_in_inner_ones_of_the_same_name():
    def f(x):
        _, pull = mjx.vjp(lambda y: lax.psum(y, "i"), x)
        return mjx.vmap(lambda ct: pull(ct)[0], axis_name="i")(mnp.arange(2.0))

    close(over_i(f)(np.float32([5, 6, 7])), [[0, 3]] * 3)


def test_other_hashable_names():
    marker = object()
    got = mjx.vmap(
        lambda x: mjx.vmap(lambda y: lax.psum(y, marker) + lax.psum(y, 7), axis_name=7)(x),
        axis_name=marker,
    )(SQUARE)
    close(got, SQUARE.sum(0) + SQUARE.sum(1, keepdims=True))


# Names reach through transforms


def centered(x):
    return x - lax.pmean(x, "i")


@pytest.mark.parametrize(
    "within",
    [
        mjx.jit(centered),
        lambda x: mjx.jit(lambda k: x - lax.pmean(x, "i") + 0 * k)(1.0),
        lambda x: lax.cond(True, centered, lambda x: x, x),
        lambda x: lax.scan(lambda c, _: (c, centered(x)), 0, None, length=2)[1][1],
        lambda x: lax.fori_loop(0, 3, lambda i, c: centered(c), x),
        lambda x: lax.while_loop(lambda c: c[1] < 2, lambda c: (centered(c[0]), c[1] + 1), (x, 0))[
            0
        ],  # fmt: skip
        lambda x: mjx.jvp(centered, (x,), (x,))[1],
        lambda x: mjx.linearize(centered, x)[1](x),
        lambda x: mjx.vjp(centered, x)[1](x)[0],
        lambda x: lax.map(lambda y: centered(y), x),
        mjx.vmap(centered),
        mjx.checkpoint(centered) if hasattr(mjx, "checkpoint") else centered,
    ],
)
@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit])
def test_names_within_transforms(within, wrap):
    close(wrap(over_i(within))(X), X - X.mean(0))


def test_names_within_custom_rules():
    @mjx.custom_jvp
    def f(x):
        return lax.psum(x, "i")

    f.defjvp(lambda primals, tangents: (f(*primals), 3 * lax.psum(tangents[0], "i")))
    close(over_i(lambda x: mjx.jvp(f, (x,), (x,))[1])(X), rows(3 * X.sum(0)))

    @mjx.custom_vjp
    def g(x):
        return lax.psum(x, "i")

    g.defvjp(lambda x: (g(x), None), lambda _, ct: (lax.pmax(ct, "i"),))
    got = over_i(mjx.grad(lambda x, w: (g(x) * w).sum()))(X, X)
    close(got, rows(X.max(0)))


def test_positions_in_loops_without_batched_operands():
    def f(x):
        return lax.fori_loop(0, 3, lambda i, c: c + lax.axis_index("i"), 0)

    same(over_i(f)(X), 3 * np.arange(6))
    got = over_i(lambda x: lax.scan(lambda c, _: (c, lax.axis_index("i")), 0, None, length=2)[1])(X)
    same(got, np.arange(6)[:, None].repeat(2, 1))
    got = over_i(lambda x: lax.cond(x[0] * 0 == 0, lambda: lax.axis_index("i"), lambda: -1))(X)
    same(got, np.arange(6))


def test_lanes_that_combine_take_all_branches():
    got = over_i(lambda x: lax.cond(x > 2, lambda x: lax.psum(x, "i"), lambda x: -x, x))(
        np.float32([1, 2, 3, 4])
    )
    close(got, [-1, -2, 10, 10])
    got = over_i(lambda i, x: lax.switch(i, [lambda x: x, lambda x: lax.pmax(x, "i")], x))(
        np.array([0, 1, 7, -1]), np.float32([1, 2, 3, 4])
    )
    close(got, [1, 4, 4, 4])


def test_lanes_that_combine_go_round_together():
    def f(x):
        return lax.while_loop(lambda c: c < 6, lambda c: c + lax.pmin(c, "i"), x)

    c = np.float32([1, 2, 7])
    got = over_i(f)(c)
    while (c < 6).any():
        c = np.where(c < 6, c + c.min(), c)
    close(got, c)


def test_loops_whose_end_all_lanes_know():
    def f(x):
        total = lambda c: lax.psum(c, "i") < 50  # noqa: E731
        return lax.while_loop(total, lambda c: c * 2, x)

    got = mjx.vmap(f, axis_name="i")(np.float32([1, 2, 3]))
    close(got, [16, 32, 48])


# Derivatives


def stacked_gradient(f, x):
    """The gradient of the sum of f over all examples, f being given all of them."""
    return np.asarray(mjx.grad(lambda x: mjx.vmap(f, axis_name="i")(x).sum())(x))


PROGRAMS = {
    "psum": lambda x: lax.psum(x * x, "i") * x,
    "pmean": lambda x: (x - lax.pmean(x, "i")) ** 2,
    "pmax": lambda x: lax.pmax(x, "i") * x,
    "pmin": lambda x: lax.pmin(x * x, "i") * x,
    "ppermute": lambda x: lax.ppermute(x, "i", [(0, 2), (1, 0), (3, 1)]) * x * x,
    "pshuffle": lambda x: lax.pshuffle(x, "i", [3, 1, 0, 2]) * x,
    "all_gather": lambda x: (lax.all_gather(x, "i") * x).sum(0) ** 2,
    "psum_scatter": lambda x: lax.psum_scatter(mnp.outer(mnp.arange(4.0), x * x), "i") * x,
    "all_to_all": lambda x: lax.all_to_all(mnp.outer(mnp.arange(4.0), x), "i", 0, 1) * x[:, None],
    "scan": lambda x: lax.scan(
        lambda c, y: (0.5 * c + lax.psum(mnp.sin(y) * c, "i"), c * y), x[0], x
    )[1],
    "shared_cond": lambda x: lax.cond(
        lax.psum(x, "i")[0] < 9, lambda x: lax.pmean(x * x, "i") * x, lambda x: 3 * x, x
    ),
    "map": lambda x: lax.map(lambda y: y * lax.psum(y * y, "i"), x),
    "checkpoint": mjx.checkpoint(lambda x: mnp.sin(lax.psum(mnp.sin(x), "i")) * x),
    "groups": lambda x: lax.psum(x, "i", axis_index_groups=[[0, 2], [1, 3]]) * x,
    "gather_groups": lambda x: lax.all_gather(x, "i", axis_index_groups=[[0, 2], [1, 3]])[0] * x,
}


def gradient_by_differences(f, x):
    """The gradient of the sum of f over all examples."""
    value = lambda x: float(mjx.vmap(f, axis_name="i")(x).sum())  # noqa: E731
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        gradient[place] = (value(x + step) - value(x - step)) / 2e-6
    return gradient


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name):
    """grad of vmap, by differences; and vmap of grad is the adjoint over all lanes."""
    f, x = PROGRAMS[name], SQUARE[0].astype(np.float64)
    with mjx.enable_x64(True):
        want = gradient_by_differences(f, x)
        np.testing.assert_allclose(stacked_gradient(f, x), want, rtol=1e-7, atol=1e-7)
        inside = mjx.vmap(mjx.grad(lambda x: f(x).sum()), axis_name="i")(x)
        np.testing.assert_allclose(inside, want, rtol=1e-7, atol=1e-7)
        v = RNG.normal(size=x.shape)
        tangents = mjx.vmap(lambda x, v: mjx.jvp(f, (x,), (v,))[1], axis_name="i")(x, v)
        outside = mjx.jvp(lambda x: mjx.vmap(f, axis_name="i")(x), (x,), (v,))[1]
        np.testing.assert_allclose(tangents, outside, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(tangents.sum(), (want * v).sum(), rtol=1e-6)


def test_derivatives_where_lanes_combine_and_go_different_ways():
    """All lanes take part in the sum, those too that do not use it."""

    def f(x):
        is_even = lax.axis_index("i") % 2 == 0
        return lax.cond(is_even, lambda x: lax.psum(x * x, "i") * x, lambda x: 3 * x, x)

    x = SQUARE[0].astype(np.float64)
    with mjx.enable_x64(True):
        want = gradient_by_differences(f, x)
        np.testing.assert_allclose(stacked_gradient(f, x), want, rtol=1e-7, atol=1e-7)


def test_ties_share_the_derivative():
    x = np.float32([1, 3, 3, 0])
    got = mjx.vmap(lambda x: mjx.jvp(lambda x: lax.pmax(x, "i"), (x,), (x * 2,))[1], axis_name="i")(
        x
    )
    close(got, [6] * 4)
    got = stacked_gradient(lambda x: lax.pmax(x, "i"), x)
    close(got, [0, 2, 2, 0])


def test_batch_normalization_within_gradients():
    """Per-example gradients through statistics of the batch, against the whole batch at once."""
    x = RNG.normal(size=(5, 3)).astype(np.float32)
    w = RNG.normal(size=3).astype(np.float32)

    def normalized(x, w):
        mean = lax.pmean(x, "batch")
        variance = lax.pmean((x - mean) ** 2, "batch")
        return w * (x - mean) / mnp.sqrt(variance + 1e-3)

    def loss(x, w):
        return mnp.sum(mnp.tanh(normalized(x, w)))

    def whole(x, w):
        mean, variance = x.mean(0), x.var(0)
        return mnp.sum(mnp.tanh(w * (x - mean) / mnp.sqrt(variance + 1e-3)))

    each = mjx.vmap(mjx.grad(loss, (0, 1)), in_axes=(0, None), axis_name="batch")
    by_x, by_w = mjx.jit(each)(x, w)
    want_x, want_w = mjx.grad(whole, (0, 1))(x, w)
    close(by_x, want_x)
    close(by_w.sum(0), want_w)


# Programs of several devices, on one


def test_pmap():
    got = mjx.pmap(lambda x, k: x / lax.psum(x, "i") * k, "i", in_axes=(0, None))(X + 10, 2.0)
    close(got, 2 * (X + 10) / (X + 10).sum(0))
    static = mjx.pmap(lambda x, n, y: x**n + y, static_broadcasted_argnums=1)
    close(static(X, 3, X), X**3 + X)
    step = mjx.pmap(
        lambda w, x: w - 0.1 * lax.pmean(mjx.grad(lambda w: ((x @ w) ** 2).sum())(w), "d"),
        axis_name="d",
        in_axes=(None, 0),
        out_axes=None,
    )
    w = np.float32([1, 2, 3])
    close(step(w, SQUARE), w - 0.2 * np.mean([x.T @ x @ w for x in SQUARE], 0))


# Refusals


@pytest.mark.parametrize(
    "use",
    [
        lambda x: lax.psum(x, "nobody"),
        lambda x: lax.psum(1, "nobody"),
        lambda x: lax.axis_index("nobody"),
        lambda x: lax.axis_size("nobody"),
        lambda x: lax.all_gather(x, ("i", "nobody")),
    ],
)
@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit, over_i])
def test_unbound_names(use, wrap):
    wrapped = wrap(use)
    with pytest.raises(
        NameError, match=r"unbound axis name: (nobody|i)[\s\S]*test_collectives\.py"
    ):
        wrapped(X)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: lax.ppermute(x, "i", [(0, 1), (2, 1)]),
        lambda x: lax.ppermute(x, "i", [(0, 6)]),
        lambda x: lax.pshuffle(x, "i", [0, 1]),
        lambda x: lax.psum(x, "i", axis_index_groups=[[0, 1], [2, 3]]),
        lambda x: lax.psum(x, "i", axis_index_groups=[[0, 1, 2], [3, 4], [5]]),
        lambda x: lax.psum_scatter(x, "i"),
        lambda x: lax.psum_scatter(x, "i", tiled=True),
        lambda x: lax.all_to_all(x, "i", 0, 0),
        lambda x: lax.all_gather(x, "i", axis=5),
        lambda x: lax.pbroadcast(x, "i", 6),
    ],
)
def test_refused_arguments(use):
    with pytest.raises(ValueError):
        over_i(use)(X)


def test_effects_where_lanes_combine_and_go_different_ways():
    def branch(x):
        io_callback(lambda v: None, None, x)
        return lax.psum(x, "i")

    with pytest.raises(ValueError, match="no effects where lanes of axis"):
        over_i(lambda x: lax.cond(x > 1, branch, lambda x: x, x))(X[:, 0])
    with pytest.raises(ValueError, match="no effects where lanes of axis"):
        over_i(lambda x: lax.while_loop(lambda c: c < 1, branch, x))(X[:, 0])


@pytest.mark.parametrize("function", [*map(lax.__dict__.get, parallel.__all__), mjx.vmap, mjx.pmap])
def test_examples(function):
    names = {"lax": lax, "mnp": mnp, "vmap": mjx.vmap, "pmap": mjx.pmap}
    runner = doctest.DocTestRunner()
    (example,) = doctest.DocTestFinder(recurse=False).find(function, "example", globs=names)
    assert example.examples and runner.run(example).failed == 0
