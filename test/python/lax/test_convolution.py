"""Convolutions and pooling against loops."""

import itertools

import pytest

import mjx
import numpy as np
from mjx import lax

RNG = np.random.default_rng(0)


def dilate(x, steps, axes):
    for step, axis in zip(steps, axes, strict=True):
        shape = list(x.shape)
        shape[axis] = max(0, (shape[axis] - 1) * step + 1)
        out = np.zeros(shape, x.dtype)
        out[tuple(slice(None, None, step) if a == axis else slice(None) for a in range(x.ndim))] = x
        x = out
    return x


def conv(x, w, strides, pads, spread=None, kernel_spread=None, groups=1, batch_groups=1):
    """A convolution in NCHW and OIHW, straight from its definition."""
    space = x.ndim - 2
    axes = range(2, 2 + space)
    x = dilate(x.astype(np.float64), spread or (1,) * space, axes)
    w = dilate(w.astype(np.float64), kernel_spread or (1,) * space, axes)
    x = np.pad(x, [(0, 0), (0, 0), *pads])
    if batch_groups > 1:
        parts = zip(np.split(x, batch_groups), np.split(w, batch_groups), strict=True)
        return np.concatenate([conv(a, b, strides, [(0, 0)] * space) for a, b in parts], 1)
    if groups > 1:
        parts = zip(np.split(x, groups, 1), np.split(w, groups), strict=True)
        return np.concatenate([conv(a, b, strides, [(0, 0)] * space) for a, b in parts], 1)
    size = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], w.shape[2:], strides, strict=True)]
    out = np.zeros((x.shape[0], w.shape[0], *size))
    for place in itertools.product(*map(range, size)):
        window = tuple(
            slice(p * s, p * s + k) for p, s, k in zip(place, strides, w.shape[2:], strict=True)
        )
        part = x[(slice(None), slice(None), *window)]
        out[(slice(None), slice(None), *place)] = np.tensordot(
            part, w, (range(1, x.ndim), range(1, x.ndim))
        )
    return out


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def close(got, want):
    got = np.asarray(got)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


CASES = {
    "plain": ((2, 3, 7, 8), (4, 3, 3, 2), dict()),
    "strides and pads": ((1, 2, 7, 8), (3, 2, 3, 3), dict(strides=(2, 1), pads=[(1, 2), (0, 1)])),
    "dilated kernel": ((1, 2, 9, 8), (3, 2, 3, 2), dict(kernel_spread=(2, 3))),
    "dilated input": ((1, 2, 4, 3), (3, 2, 3, 2), dict(spread=(2, 3), pads=[(1, 1), (2, 0)])),
    "groups": ((2, 4, 5, 5), (6, 2, 3, 3), dict(groups=2)),
    "depthwise": ((1, 4, 5, 5), (4, 1, 3, 3), dict(groups=4)),
    "batch groups": ((4, 3, 5, 5), (6, 3, 3, 3), dict(batch_groups=2)),
    "one dimension": ((2, 3, 9), (4, 3, 3), dict(strides=(2,), pads=[(1, 1)])),
    "three dimensions": ((1, 2, 4, 5, 3), (2, 2, 2, 2, 2), dict()),
}


@pytest.mark.parametrize("name", CASES)
def test_conv_general_dilated(name):
    x_shape, w_shape, options = CASES[name]
    x, w = normal(*x_shape), normal(*w_shape)
    space = x.ndim - 2
    strides = options.pop("strides", (1,) * space)
    pads = options.pop("pads", [(0, 0)] * space)
    want = conv(x, w, strides, pads, **options)
    got = lax.conv_general_dilated(
        x,
        w,
        strides,
        pads,
        options.get("spread"),
        options.get("kernel_spread"),
        feature_group_count=options.get("groups", 1),
        batch_group_count=options.get("batch_groups", 1),
    )
    close(got, want)
    options.update(strides=strides, pads=pads)


def test_layouts():
    x, w = normal(2, 3, 7, 8), normal(4, 3, 3, 3)
    want = conv(x, w, (1, 1), [(1, 1), (1, 1)])
    got = lax.conv_general_dilated(
        x.transpose(0, 2, 3, 1),
        w.transpose(2, 3, 1, 0),
        (1, 1),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    close(np.asarray(got).transpose(0, 3, 1, 2), want)
    numbers = lax.conv_dimension_numbers(x.shape, w.shape, ("NCHW", "OIHW", "NHWC"))
    got = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=numbers)
    close(np.asarray(got).transpose(0, 3, 1, 2), want)
    shape = lax.conv_general_shape_tuple(x.shape, w.shape, (1, 1), "SAME", ("NCHW", "OIHW", "NHWC"))
    assert shape == got.shape


def test_named_padding():
    assert lax.padtype_to_pads((7,), (3,), (2,), "SAME") == [(1, 1)]
    assert lax.padtype_to_pads((8,), (3,), (2,), "SAME") == [(0, 1)]
    assert lax.padtype_to_pads((8,), (3,), (2,), "SAME_LOWER") == [(1, 0)]
    assert lax.padtype_to_pads((8,), (3,), (2,), "VALID") == [(0, 0)]
    x, w = normal(1, 2, 8, 8), normal(3, 2, 3, 3)
    close(lax.conv(x, w, (2, 2), "SAME"), conv(x, w, (2, 2), [(0, 1), (0, 1)]))


def test_gradients():
    x, w = normal(2, 3, 6, 6), normal(4, 3, 3, 3)
    cotangent = normal(2, 4, 3, 3)

    def f(x, w):
        y = lax.conv_general_dilated(x, w, (2, 2), "SAME")
        return lax.reduce_sum(lax.mul(y, cotangent), range(4))

    gx, gw = mjx.grad(f, (0, 1))(x, w)
    step = 1e-3
    for g, i in ((gx, 0), (gw, 1)):
        direction = normal(*g.shape)
        moved = [[x, w], [x, w]]
        moved[0][i] = moved[0][i] + step * direction
        moved[1][i] = moved[1][i] - step * direction
        values = [(conv(a, b, (2, 2), [(0, 1), (0, 1)]) * cotangent).sum() for a, b in moved]
        want = (values[0] - values[1]) / (2 * step)
        np.testing.assert_allclose((np.asarray(g) * direction).sum(), want, rtol=1e-3)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_conv_transpose_is_the_gradient_of_conv(padding, stride):
    x, w = normal(2, 4, 4, 5), normal(3, 3, 3, 5)
    got = lax.conv_transpose(x, w.transpose(0, 1, 3, 2), (stride, stride), padding)
    big = got.shape
    assert big == lax.conv_transpose_shape_tuple(
        x.shape, (3, 3, 5, 3), (stride, stride), padding, ("NHWC", "HWIO", "NHWC")
    )
    got = lax.conv_transpose(x, w, (stride, stride), padding, transpose_kernel=True)

    def forward(y):
        numbers = ("NHWC", "HWIO", "NHWC")
        out = lax.conv_general_dilated(y, w, (stride, stride), padding, dimension_numbers=numbers)
        return lax.reduce_sum(lax.mul(out, x), range(4))

    close(got, np.asarray(mjx.grad(forward)(np.zeros(big, np.float32))))


def test_patches():
    x = normal(2, 3, 5, 6)
    got = np.asarray(lax.conv_general_dilated_patches(x, (2, 3), (1, 1), "VALID"))
    assert got.shape == (2, 18, 4, 4)
    want = np.stack([x[:, :, i : i + 4, j : j + 4] for i in range(2) for j in range(3)], 2)
    np.testing.assert_allclose(got, want.reshape(2, 18, 4, 4), rtol=1e-6)


def windows(x, window, strides, pads, value):
    x = np.pad(x, pads, constant_values=value)
    view = np.lib.stride_tricks.sliding_window_view(x, window)
    return view[tuple(slice(None, None, s) for s in strides)]


@pytest.mark.parametrize(
    "name, init, reference",
    [("add", 0.0, np.sum), ("max", -np.inf, np.max), ("min", np.inf, np.min)],
)
@pytest.mark.parametrize(
    "window, strides, padding",
    [
        ((1, 2, 2, 1), (1, 2, 2, 1), "VALID"),
        ((1, 3, 3, 1), (1, 2, 1, 1), "SAME"),
        ((1, 7, 8, 1), (1, 1, 1, 1), "VALID"),
        ((1, 5, 1, 2), (1, 1, 3, 1), [(0, 0), (2, 1), (0, 0), (1, 0)]),
    ],
)
def test_pooling(name, init, reference, window, strides, padding):
    x = normal(2, 7, 8, 3)
    pads = padding
    if isinstance(padding, str):
        pads = lax.padtype_to_pads(x.shape, window, strides, padding)
    want = reference(windows(x, window, strides, pads, np.float32(init)), axis=(-4, -3, -2, -1))
    f = lambda v: lax.reduce_window(v, init, getattr(lax, name), window, strides, padding)  # noqa: E731
    close(f(x), want)
    close(mjx.jit(f)(x), want)
    shape = lax.reduce_window_shape_tuple(x.shape, window, strides, padding)
    assert shape == want.shape


def test_windows_by_any_function():
    x = normal(9)
    got = lax.reduce_window(x, np.float32(1), lambda a, b: lax.mul(a, b), (3,), (2,), "VALID")
    close(got, np.prod(windows(x, (3,), (2,), [(0, 0)], 1), -1))
    got = lax.reduce_window(x, 5.0, lax.add, (3,), (2,), "VALID")
    close(got, 5 + np.sum(windows(x, (3,), (2,), [(0, 0)], 0), -1))
    got = lax.reduce_window(x, 0.0, lax.add, (2,), (1,), "VALID", (2,), (3,))
    spread = dilate(x, (2,), (0,))
    close(got, spread[:-3] + spread[3:])


def test_gradient_of_max_pooling():
    x = normal(1, 4, 4, 1)
    f = lambda v: lax.reduce_sum(  # noqa: E731
        lax.reduce_window(v, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"), range(4)
    )
    blocks = x.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(2, 2, 4)
    want = (blocks == blocks.max(-1, keepdims=True)).astype(np.float32)
    want = want.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(x.shape)
    close(mjx.grad(f)(x), want)


ERRORS = {
    "features": (
        TypeError,
        lambda: lax.conv(normal(1, 2, 5, 5), normal(3, 3, 2, 2), (1, 1), "SAME"),
    ),
    "ranks": (TypeError, lambda: lax.conv(normal(1, 2, 5), normal(3, 2, 2, 2), (1,), "SAME")),
    "padding": (
        RuntimeError,
        lambda: lax.conv(normal(1, 2, 5, 5), normal(3, 2, 2, 2), (1, 1), "FULL"),
    ),
    "strides": (TypeError, lambda: lax.conv(normal(1, 2, 5, 5), normal(3, 2, 2, 2), (1,), "SAME")),
    "names": (
        TypeError,
        lambda: lax.conv_general_dilated(
            normal(1, 2, 5, 5), normal(3, 2, 2, 2), (1, 1), "SAME", dimension_numbers="NCHW"
        ),
    ),
    "groups": (
        ValueError,
        lambda: lax.conv_general_dilated(
            normal(1, 4, 5, 5), normal(3, 2, 2, 2), (1, 1), "SAME", feature_group_count=2
        ),
    ),
    "window": (ValueError, lambda: lax.reduce_window(normal(4), 0.0, lax.add, (2, 2))),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cls, call = ERRORS[name]
    with pytest.raises(cls, match="expected .*, but got"):
        call()
