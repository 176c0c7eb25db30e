"""Windows, greatest elements, and what else of `mjx.lax` has no op of its own."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, nn

RNG = np.random.default_rng(3)


def windows_of(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    view = np.lib.stride_tricks.sliding_window_view(x, shape)
    return view[tuple(slice(None, None, s) for s in strides)]


def test_initial_values_count_once_and_in_padding():
    x = mnp.arange(4.0)
    assert lax.reduce_window(x, 10.0, lax.add, (2,), (1,), [(1, 0)]).tolist() == [20, 11, 13, 15]
    assert lax.reduce_window(x, 2.5, lax.max, (2,)).tolist() == [2.5, 2.5, 3.0]
    assert lax.reduce_window(x, mnp.inf, lax.min, (3,), (2,), "SAME").tolist() == [0.0, 2.0]
    assert lax.reduce_window(np.int8([3, -4]), np.int8(-128), lax.max, (2,)).tolist() == [3]
    assert lax.reduce_window(np.array([True, False]), False, lax.bitwise_or, (2,)).tolist() == [
        True
    ]


def test_functions_that_are_no_ops():
    x = RNG.normal(size=(5, 6)).astype(np.float32)
    largest = lax.reduce_window(
        x, 0.0, lambda a, b: mnp.where(abs(a) > abs(b), a, b), (2, 3), (1, 2)
    )
    parts = windows_of(x, (2, 3), (1, 2)).reshape(4, 2, 6)
    want = np.take_along_axis(parts, np.abs(parts).argmax(-1)[..., None], -1)[..., 0]
    np.testing.assert_array_equal(largest, want)
    sums, maxima = lax.reduce_window(
        (x, x), (0.0, -np.inf), lambda a, b: (a[0] + b[0], mnp.maximum(a[1], b[1])), (2, 2)
    )
    np.testing.assert_allclose(sums, windows_of(x, (2, 2), (1, 1)).sum((2, 3)), rtol=1e-5)
    np.testing.assert_array_equal(maxima, windows_of(x, (2, 2), (1, 1)).max((2, 3)))


@pytest.mark.parametrize(
    "combine, window",
    [(lax.add, (2, 2)), (lax.add, (5, 7)), (lax.max, (2, 2)), (lax.max, (5, 7)), (lax.mul, (2, 2))],
)
def test_second_derivatives(combine, window):
    x = RNG.uniform(0.5, 1.5, (6, 8))
    x[1, 1] = x[2, 2] = 0.0
    with mjx.enable_x64(True):
        init = -np.inf if combine is lax.max else float(combine is lax.mul)
        weights = RNG.normal(size=(7 - window[0], 9 - window[1]))

        def f(x):
            return (lax.reduce_window(x, init, combine, window) * weights).sum()

        def slope(x):
            return (mjx.grad(lambda x: f(x) ** 2)(x) * direction).sum()

        direction, step = RNG.normal(size=x.shape), 1e-6
        got = float((mjx.grad(slope)(x) * direction).sum())
        want = (float(slope(x + step * direction)) - float(slope(x - step * direction))) / 2 / step
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-9)


def test_sums_of_narrow_floats():
    x = np.full((1, 4096), 0.1, "float16")
    got = float(lax.reduce_window(x, np.float16(0), lax.add, (1, 4096))[0, 0])
    assert abs(got - 4096 * float(x[0, 0])) < 0.25


def test_select_and_scatter():
    x = np.float32([[1, 5, 5, 2], [0, np.nan, 3, 4]])
    source = np.float32([[1, 2], [3, 4]])
    scattered = lax.select_and_scatter_add(source, x, lax.ge, (1, 2), (1, 2))
    np.testing.assert_array_equal(scattered, [[0, 1, 2, 0], [0, 3, 0, 4]])
    gathered = lax.select_and_gather_add(scattered, x, lax.ge, (1, 2), (1, 2))
    np.testing.assert_array_equal(gathered, source)
    overlapping = lax.select_and_scatter_add(np.ones(3, np.float32), x[0], lax.le, (2,))
    np.testing.assert_array_equal(overlapping, [1, 1, 0, 1])
    with pytest.raises(ValueError, match="lax.ge or lax.le"):
        lax.select_and_scatter_add(source, x, lax.eq, (1, 2), (1, 2))


def test_wrong_windows():
    with pytest.raises(ValueError, match="2 positive numbers as window_strides"):
        lax.reduce_window(mnp.ones((3, 3)), 0.0, lax.add, (2, 2), (1, 0))
    with pytest.raises(TypeError, match="complex64"):
        lax.reduce_window(mnp.ones((3,), "complex64"), 0.0, lax.max, (2,))


@pytest.mark.parametrize("padding", ["VALID", "SAME", ((1, 0), (0, 1))])
def test_pooling(padding):
    x = RNG.normal(size=(2, 5, 6, 3)).astype(np.float32)
    pads = {"VALID": ((0, 0), (0, 0)), "SAME": ((0, 1), (0, 0))}.get(padding, padding)
    config = ((0, 0), *pads, (0, 0))

    def parts(fill):
        padded = np.pad(x, config, constant_values=fill)
        return windows_of(padded, (1, 2, 2, 1), (1, 2, 2, 1)).reshape(2, -1, 4 * 3)

    def pooled(reduce, fill):
        padded = np.pad(x.astype(float), config, constant_values=fill)
        return reduce(windows_of(padded, (1, 2, 2, 1), (1, 2, 2, 1)), axis=(4, 5, 6, 7))

    np.testing.assert_array_equal(nn.max_pool(x, (2, 2), (2, 2), padding), pooled(np.max, -np.inf))
    np.testing.assert_array_equal(nn.min_pool(x, (2, 2), (2, 2), padding), pooled(np.min, np.inf))
    mean = nn.avg_pool(x, (2, 2), (2, 2), padding)
    np.testing.assert_allclose(mean, pooled(np.mean, 0), rtol=1e-4, atol=1e-6)
    mean = nn.avg_pool(x, (2, 2), (2, 2), padding, count_include_pad=False)
    np.testing.assert_allclose(mean, pooled(np.nanmean, np.nan), rtol=1e-4, atol=1e-6)
    assert nn.max_pool(x[0], (2, 2)).shape == (4, 5, 3)
    assert nn.max_pool(np.int8([[[3], [-5]]]), (2,)).tolist() == [[[3]]]


@pytest.mark.parametrize("k", [0, 1, 5, 40, 200])
def test_top_k(k):
    x = RNG.integers(-9, 9, (3, 200)).astype(np.int16)
    values, places = lax.top_k(x, k)
    order = np.argsort(-x, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(places, order)
    np.testing.assert_array_equal(values, np.take_along_axis(x, order, 1))
    columns = lax.top_k(x.T, k, axis=0)
    np.testing.assert_array_equal(columns[1], order.T)


def test_top_k_of_floats():
    x = np.float32([0.0, np.nan, -0.0, np.inf, -np.nan, -np.inf, 0.0])
    values, places = lax.top_k(x, 7)
    assert places.tolist() == [1, 4, 3, 0, 2, 6, 5]
    assert lax.approx_max_k(x[2:4], 1)[1].tolist() == [1]
    assert lax.approx_min_k(x[2:4], 1)[1].tolist() == [0]
    weights = np.float32([2, 3])
    y = RNG.normal(size=(4, 9)).astype(np.float32)
    got = mjx.vmap(mjx.grad(lambda y: (lax.top_k(y, 2)[0] * weights).sum()))(y)
    want = np.zeros_like(y)
    np.put_along_axis(want, np.argsort(-y, 1)[:, :2], weights, 1)
    np.testing.assert_array_equal(got, want)
    with pytest.raises(ValueError, match=r"k in \[0, 7\]"):
        lax.top_k(x, 8)


def test_local_convolution():
    x = RNG.normal(size=(2, 3, 6, 5)).astype(np.float32)
    kernels = RNG.normal(size=(4, 3 * 2 * 3, 5, 3)).astype(np.float32)
    got = lax.conv_general_dilated_local(x, kernels, (1, 1), "VALID", (2, 3))
    patches = np.lib.stride_tricks.sliding_window_view(x, (2, 3), (2, 3))
    want = np.einsum("nchwij,ocijhw->nohw", patches, kernels.reshape(4, 3, 2, 3, 5, 3))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    same = np.repeat(np.repeat(kernels[:, :, :1, :1], 5, 2), 3, 3)
    shared = lax.conv(x, same[:, :, 0, 0].reshape(4, 3, 2, 3), (1, 1), "VALID")
    local = lax.conv_general_dilated_local(x, same, (1, 1), "VALID", (2, 3))
    np.testing.assert_allclose(local, shared, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("element", ["int8", "uint16", "int32", "uint32", "int64", "uint64"])
def test_upper_halves_of_products(element):
    info = np.iinfo(element)
    edges = [info.min, info.min + 1, 0, 1, info.max // 2, info.max - 1, info.max]
    x, y = (m.ravel().astype(element) for m in np.meshgrid(*[np.array(edges, element)] * 2))
    with mjx.enable_x64("64" in element):
        got = np.asarray(lax.mulhi(x, y))
    want = [(int(a) * int(b)) >> info.bits for a, b in zip(x, y)]
    np.testing.assert_array_equal(got, np.array(want, element))


def test_ragged_products():
    x, w = RNG.normal(size=(6, 3)), RNG.normal(size=(3, 3, 2))
    sizes = np.array([2, 0, 3])
    got = lax.ragged_dot(x.astype(np.float32), w.astype(np.float32), sizes)
    want = np.concatenate([x[:2] @ w[0], x[2:5] @ w[2], np.zeros((1, 2))])
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    gradient = mjx.grad(lambda w: lax.ragged_dot(x.astype(np.float32), w, sizes).sum())
    got = gradient(w.astype(np.float32))
    want = np.stack([x[:2].sum(0), np.zeros(3), x[2:5].sum(0)])[..., None] * np.ones(2)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_random_bits_from_states():
    state = np.uint32([1, 2, 2**32 - 1, 0])
    after, bits = lax.rng_bit_generator(state, (5,))
    # Three blocks; the counter runs over into its upper word.
    assert after.tolist() == [1, 2, 2, 1]
    counters = np.uint32([2**32 - 1, 0, 1]), np.uint32([0, 1, 1])
    words = lax.threefry2x32(np.uint32([1] * 3), np.uint32([2] * 3), *counters)
    np.testing.assert_array_equal(bits, np.stack([np.asarray(w) for w in words], 1).ravel()[:5])
    for element in ("uint8", "uint16"):
        narrow = lax.rng_bit_generator(state, (7,), element)[1]
        assert narrow.dtype == element
        size = np.dtype(element).itemsize
        np.testing.assert_array_equal(
            narrow, np.asarray(lax.rng_bit_generator(state, (8,))[1]).view(element)[:7]
        )
        assert size * 7 <= 32
    x = np.asarray(lax.rng_uniform(2.0, 3.0, (1000,)))
    assert x.dtype == np.float32 and (x >= 2).all() and (x < 3).all() and 2.4 < x.mean() < 2.6
    n = np.asarray(lax.rng_uniform(-3, 4, (1000,)))
    assert n.dtype == np.int32 and set(n.tolist()) == set(range(-3, 4))


def test_wrapped_products_of_scatter_have_second_derivatives():
    """Two zeros in one place: the product of the others is zero, that of pairs is not."""
    places = np.array([0, 0, 0, 1])

    def f(u):
        return mnp.ones(2, u.dtype).at[places].multiply(u).sum()

    u = np.float32([0.0, 0.0, 3.0, 2.0])
    assert mjx.grad(f)(u).tolist() == [0.0, 0.0, 0.0, 1.0]
    hessian = np.asarray(mjx.hessian(f)(u))
    want = np.zeros((4, 4))
    want[0, 1] = want[1, 0] = 3.0
    np.testing.assert_allclose(hessian, want, atol=1e-6)
