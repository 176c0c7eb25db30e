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
