"""Initial values: variances, bounds and dtypes."""

import math

import pytest

import mjx
import numpy as np
from mjx import random
from mjx.nn import initializers

KEY = random.key(0)
SHAPE = (200, 300)

PRESETS = {
    "glorot_uniform": 2 / 500, "glorot_normal": 2 / 500, "xavier_uniform": 2 / 500,
    "xavier_normal": 2 / 500, "lecun_uniform": 1 / 200, "lecun_normal": 1 / 200,
    "he_uniform": 2 / 200, "he_normal": 2 / 200, "kaiming_uniform": 2 / 200,
    "kaiming_normal": 2 / 200,
}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name):
    x = np.asarray(getattr(initializers, name)()(KEY, SHAPE))
    assert x.shape == SHAPE and x.dtype == np.float32
    assert abs(x.mean()) < 0.01 * math.sqrt(PRESETS[name])
    assert x.var() == pytest.approx(PRESETS[name], rel=0.02)
    if "uniform" in name:
        assert abs(x).max() <= math.sqrt(3 * PRESETS[name]) * 1.0001


@pytest.mark.parametrize(
    "mode, units",
    [("fan_in", 40), ("fan_out", 60), ("fan_avg", 50), ("fan_geo_avg", math.sqrt(2400))],
)
def test_fans_of_kernels(mode, units):
    init = initializers.variance_scaling(3.0, mode, "normal", in_axis=1, out_axis=2)
    x = np.asarray(init(KEY, (20, 2, 3)))
    assert x.shape == (20, 2, 3)
    big = np.asarray(init(KEY, (20, 2, 3)))
    np.testing.assert_array_equal(x, big)
    scaled = initializers.variance_scaling(12.0, mode, "normal", in_axis=1, out_axis=2)
    np.testing.assert_allclose(np.asarray(scaled(KEY, (20, 2, 3))), 2 * x, rtol=1e-5)
    ones = np.asarray(random.normal(KEY, (20, 2, 3))) * math.sqrt(3 / units)
    np.testing.assert_allclose(x, ones, rtol=1e-5)


def test_simple_ones():
    assert np.asarray(initializers.zeros(KEY, (2, 3))).sum() == 0
    assert np.asarray(initializers.ones(KEY, (2, 3), np.int32)).dtype == np.int32
    assert np.asarray(initializers.constant(3.5)(KEY, (2,))).tolist() == [3.5, 3.5]
    x = np.asarray(initializers.uniform(2.0)(KEY, SHAPE))
    assert 0 <= x.min() and x.max() < 2 and x.mean() == pytest.approx(1, rel=0.02)
    x = np.asarray(initializers.normal(0.5)(KEY, SHAPE))
    assert x.std() == pytest.approx(0.5, rel=0.02)
    x = np.asarray(initializers.truncated_normal(0.5, lower=-1.0, upper=1.0)(KEY, SHAPE))
    assert abs(x).max() <= 0.5


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_dtypes(dtype):
    for init in (initializers.he_normal(dtype=dtype), initializers.normal(1.0, dtype)):
        assert init(KEY, (4, 4)).dtype == np.dtype(dtype)
        assert init(KEY, (4, 4), "float32").dtype == np.float32


def test_under_jit():
    init = initializers.lecun_normal()
    np.testing.assert_allclose(
        mjx.jit(lambda k: init(k, (4, 5)))(KEY), init(KEY, (4, 5)), rtol=1e-6
    )


def test_errors():
    with pytest.raises(ValueError, match="variance_scaling.*mode"):
        initializers.variance_scaling(1.0, "fan", "normal")
    with pytest.raises(ValueError, match="variance_scaling.*distribution"):
        initializers.variance_scaling(1.0, "fan_in", "cauchy")
    with pytest.raises(ValueError, match="variance_scaling.*2 dimensions"):
        initializers.he_normal()(KEY, (3,))


@pytest.mark.parametrize("shape, axis", [((6, 4), -1), ((4, 6), -1), ((3, 5, 2), 0), ((5, 5), 1)])
def test_orthogonal(shape, axis):
    x = np.asarray(initializers.orthogonal(2.0, axis)(KEY, shape))
    assert x.shape == shape and x.dtype == np.float32
    matrix = np.moveaxis(x, axis, 0).reshape(shape[axis], -1) / 2
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-5)


def test_orthogonal_types_and_errors():
    x = np.asarray(initializers.orthogonal(dtype="complex64")(KEY, (3, 3)))
    assert x.dtype == np.complex64
    np.testing.assert_allclose(x @ x.conj().T, np.eye(3), atol=1e-5)
    traced = mjx.jit(lambda key: initializers.orthogonal()(key, (4, 3)))(KEY)
    np.testing.assert_allclose(traced, initializers.orthogonal()(KEY, (4, 3)), atol=1e-6)
    with pytest.raises(ValueError, match="2 or more"):
        initializers.orthogonal()(KEY, (3,))


@pytest.mark.parametrize("window", [(3,), (3, 4), (1, 2, 3)])
def test_delta_orthogonal(window):
    x = np.array(initializers.delta_orthogonal()(KEY, (*window, 2, 5)))
    middle = tuple((n - 1) // 2 for n in window)
    np.testing.assert_allclose(x[middle] @ x[middle].T, np.eye(2), atol=1e-5)
    x[middle] = 0
    assert not x.any()


def test_delta_orthogonal_errors():
    with pytest.raises(ValueError, match="no more inputs"):
        initializers.delta_orthogonal()(KEY, (3, 5, 2))
    with pytest.raises(ValueError, match="3, 4 or 5"):
        initializers.delta_orthogonal()(KEY, (2, 2))


def test_square_orthogonal_matrices_are_those_of_random():
    found = initializers.orthogonal()(KEY, (4, 4))
    np.testing.assert_allclose(found, mjx.random.orthogonal(KEY, 4), atol=1e-6)
