"""Examples that go different ways: `vmap` of control flow whose predicates are batched."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax


def close(got, want, **options):
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-5, atol=1e-6, **options)


def by_loop(f, *xs):
    return np.stack([np.asarray(f(*(x[i] for x in xs))) for i in range(len(xs[0]))])


WRAPS = [lambda f: f, mjx.jit]


# Branches


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("size", [1, 200])
def test_lanes_choose(wrap, size):
    x = np.random.default_rng(0).normal(size=(7, size)).astype(np.float32)

    def f(x):
        return lax.cond(x[0] > 0, lambda x: mnp.sin(x) * 2, lambda x: x.sum() - x, x)

    close(wrap(mjx.vmap(f))(x), by_loop(f, x))


@pytest.mark.parametrize("size", [1, 200])
def test_lanes_choose_among_several(size):
    x = np.random.default_rng(1).normal(size=(6, size)).astype(np.float32)
    index = np.array([0, 1, 2, -4, 9, 1], np.int32)
    branches = [lambda x, k: x * k, lambda x, k: x + k, lambda x, k: -x]
    got = mjx.vmap(lambda i, x: lax.switch(i, branches, x, 3.0))(index, x)
    close(got, np.stack([branches[i](x[lane], 3) for lane, i in enumerate([0, 1, 2, 0, 2, 1])]))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "int32", "bfloat16", "complex64"])
def test_choices_of_any_dtype(dtype):
    x = mnp.array([[0, 1], [1, 1], [1, 0]]).astype(dtype)
    got = mjx.vmap(lambda p, x: lax.cond(p, lambda x: x, lambda x: x[::-1], x))(
        np.array([True, False, False]), x
    )
    assert got.dtype == x.dtype
    np.testing.assert_array_equal(np.asarray(got.astype("complex64")), [[0, 1], [1, 1], [0, 1]])


def test_captured_values_and_trees():
    w, k = np.float32([1, 2, 3]), np.float32([4, 5, 6])

    def f(x, k):
        return lax.cond(x > 1, lambda t: {"a": t["a"] * w, "b": k}, lambda t: {"a": w, "b": -k}, {"a": x})  # fmt: skip

    x = np.float32([0, 1, 2])
    got = mjx.vmap(f, in_axes=(0, None))(x, 2.0)
    close(got["a"], [w, w, 2 * w])
    close(got["b"], [-2, -2, 2])
    both = mjx.vmap(mjx.vmap(lambda x, k: f(x, k)["b"], in_axes=(None, 0)), in_axes=(0, None))(x, k)
    close(both, [-k, -k, k])


UNSAFE = {
    "sqrt": (mnp.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "log": (mnp.log, lambda x: 1 / x),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2),
    "power": (lambda x: x**0.3, lambda x: 0.3 * x**-0.7),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_derivatives_of_what_is_not_chosen_do_not_matter(name):
    f, slope = UNSAFE[name]
    x = np.float32([-1, 0, 4, 9, np.inf])

    def guarded(x):
        return lax.cond(x > 0, f, lambda x: x, x)

    want = np.where(x > 0, slope(np.where(x > 0, x, 1)), 1)
    close(mjx.vmap(mjx.grad(guarded))(x), want)
    close(mjx.grad(lambda x: mjx.vmap(guarded)(x)[:4].sum())(x)[:4], want[:4])
    close(mjx.vmap(lambda x: mjx.jvp(guarded, (x,), (1.0,))[1])(x), want)


def test_derivatives_by_what_lanes_share():
    def f(x, w):
        return lax.cond(x > w, lambda x, w: mnp.log(x - w), lambda x, w: x * w, x, w)

    x = np.float32([0.5, 1, 3])
    by_w = mjx.grad(lambda w: mjx.vmap(f, in_axes=(0, None))(x, w).sum())(1.0)
    close(by_w, 0.5 + 1 - 1 / 2)


def test_integers_may_be_divided_by_zero_where_that_is_not_chosen():
    f = mjx.vmap(lambda n: lax.cond(n != 0, lambda n: 12 // n, lambda n: n, n))
    assert f(np.array([0, 3, 5, -4], np.int32)).tolist() == [0, 4, 2, -3]


# Loops


def test_lanes_stop_at_different_times():
    f = lambda n: lax.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, c[1] + c[0]), (0, 0))  # noqa: E731
    n = np.array([0, 3, 10, 1000, 1], np.int32)
    rounds, total = mjx.vmap(f)(n)
    np.testing.assert_array_equal(rounds, n)
    np.testing.assert_array_equal(total, n * (n - 1) // 2)


def test_lanes_that_are_done_do_not_go_on():
    """The inner loop would not end for what an outer one that goes on makes."""

    def f(x):
        def body(c):
            lax.while_loop(lambda s: s != 0, lambda s: s - 1, c)
            left = lax.while_loop(lambda s: s > 0, lambda s: s - 1, c)
            return c - 1 + left

        return lax.while_loop(lambda c: c > 0, body, x)

    assert mjx.jit(mjx.vmap(f))(np.array([1, 5, 0, 2], np.int32)).tolist() == [0, 0, 0, 0]


def test_loops_in_branches_in_loops():
    def f(x):
        def body(c):
            return lax.cond(
                c % 2 == 0,
                lambda c: c // 2,
                lambda c: lax.fori_loop(0, 2, lambda i, c: c + 1, c),
                c,
            )

        return lax.while_loop(lambda c: c > 2, body, x)

    def plain(c):
        while c > 2:
            c = c // 2 if c % 2 == 0 else c + 2
            if c in (3, 5):
                break
        return c

    x = np.array([8, 64, 6 * 0, 2, 32], np.int32)
    assert mjx.vmap(f)(x).tolist() == [plain(c) for c in x]


def test_counters_do_not_vary():
    """A loop over rows reads them at its counter, which all lanes share (jax-ml/jax#1190)."""

    def f(x):
        return lax.fori_loop(0, 4, lambda i, s: s + x[i], 0.0)

    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    text = str(mjx.make_ir(mjx.vmap(f))(x))
    assert "mjx.gather" not in text and "mjx.map" not in text
    close(mjx.vmap(f)(x), x.sum(1))


def test_slices_at_batched_places_are_gathered():
    x = np.arange(10, dtype=np.float32)
    i = np.array([0, 3, 9], np.int32)
    f = mjx.vmap(lambda x, i: lax.dynamic_slice(x, (i,), (2,)), in_axes=(None, 0))
    close(f(x, i), [x[0:2], x[3:5], x[8:10]])
    text = str(mjx.make_ir(f)(x, i))
    assert "mjx.gather" in text and "mjx.dynamic_slice" not in text
    g = mjx.vmap(lambda x, i: lax.dynamic_slice(x, (i,), (2,)), in_axes=(0, None))
    rows = np.stack([x, -x])
    close(g(rows, 4), rows[:, 4:6])
    assert "mjx.gather" not in str(mjx.make_ir(g)(rows, 4))


def test_one_batched_side_of_a_product_is_no_batch():
    text = str(mjx.make_ir(mjx.vmap(mnp.dot, (0, None)))(np.ones((5, 3)), np.ones((3, 2))))
    assert "tensor<5x3xf32>, tensor<3x2xf32> -> tensor<5x2xf32>" in text
    assert "broadcast_in_dim" not in text


def test_gathers_go_in_step():
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    i = np.array([[0, 3], [1, 1], [2, 0]], np.int32)
    f = mjx.vmap(lambda x, i: x[i])
    close(f(x, i), np.take_along_axis(x, i, 1))
    assert "batching_dims = [0], [0]" in str(mjx.make_ir(f)(x, i))
    g = mjx.vmap(lambda x, i: x.at[i].add(1.0))
    want = x.copy()
    np.add.at(want, (np.arange(3)[:, None], i), 1)
    close(g(x, i), want)


# Large maps, whose lanes run on several threads


def reference_walk(x, n):
    for _ in range(n):
        x = np.sin(x) + 0.5 * x[::-1]
    return x


@pytest.mark.parametrize("threads", [1, 4])
def test_large_maps(threads):
    """Temporaries of a lane are not those of another."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 33)).astype(np.float32)
    n = rng.integers(0, 60, 300).astype(np.int32)

    def f(x, n):
        walk = lambda i, x: mnp.sin(x) + 0.5 * x[::-1]  # noqa: E731
        y = lax.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, walk(0, c[1])), (0, x))[1]
        return mnp.sort(y), mnp.outer(y, y) @ x

    with mjx.num_threads(threads):
        for _ in range(5):
            got, products = mjx.jit(mjx.vmap(f))(x, n)
            walked = np.stack([reference_walk(a, b) for a, b in zip(x, n)])
            np.testing.assert_allclose(got, np.sort(walked, 1), rtol=1e-3, atol=1e-4)
            want = np.einsum("li,lj,lj->li", walked, walked, x)
            np.testing.assert_allclose(products, want, rtol=1e-3, atol=1e-3)


def test_large_maps_within_loops():
    x = np.random.default_rng(4).normal(size=(64, 64)).astype(np.float32)

    def step(c, k):
        lane = lambda row: lax.cond(row[0] > 0, lambda r: mnp.cumsum(r) / 64, lambda r: mnp.sort(r) * k, row)  # fmt: skip  # noqa: E731
        c = lax.map(lane, c)
        return c, c[:, 0]

    got, first = mjx.jit(lambda x: lax.scan(step, x, np.float32([0.5, -1.5, 2])))(x)
    want, firsts = x, []
    for k in (0.5, -1.5, 2):
        want = np.stack([np.cumsum(r) / 64 if r[0] > 0 else np.sort(r) * k for r in want])
        firsts.append(want[:, 0])
    close(got, want)
    close(first, firsts)


def test_large_maps_with_donated_operands():
    x = np.random.default_rng(5).normal(size=(256, 128)).astype(np.float32)
    f = mjx.jit(lambda x: lax.map(lambda r: lax.fori_loop(0, 9, lambda i, r: mnp.cos(r) + r[::-1], r), x), donate_argnums=0)  # fmt: skip
    want = x
    for _ in range(9):
        want = np.cos(want) + want[:, ::-1]
    np.testing.assert_allclose(f(mnp.array(x)), want, rtol=1e-4)


# Random numbers


@pytest.mark.parametrize("draw", ["normal", "uniform", "gumbel", "bits", "permutation"])
def test_random_numbers_are_those_of_each_key(draw):
    random = pytest.importorskip("mjx.random")
    keys = random.split(random.key(7), 5)
    take = {
        "bits": lambda key: random.bits(key, (3,)),
        "permutation": lambda key: random.permutation(key, 6),
    }.get(draw, lambda key: getattr(random, draw)(key, (3,)))
    each = np.stack([np.asarray(take(keys[i])) for i in range(5)])
    np.testing.assert_array_equal(mjx.vmap(take)(keys), each)
    split = mjx.vmap(lambda key: take(random.split(key)[1]))(keys)
    np.testing.assert_array_equal(split[2], take(random.split(keys[2])[1]))
