"""Reductions and running reductions against NumPy."""

import warnings

import ml_dtypes
import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(1)
X = RNG.normal(size=(3, 4, 5)).astype(np.float32)
AXES = [None, 0, -1, (0, 2), (1,), ()]
NAMES = "sum prod mean var std max min amax amin any all ptp count_nonzero".split()


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", NAMES)
def test_axes(name, axis):
    x = X > 0 if name in ("any", "all") else X
    if axis == () and name in ("ptp", "count_nonzero"):
        return
    for keepdims in (False, True):
        check(name, x, axis=axis, keepdims=keepdims, tolerance=1e-4)


@pytest.mark.parametrize("name", "sum mean max min prod var any".split())
@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int32, np.float16, ml_dtypes.bfloat16, bool]
)
def test_dtypes(name, dtype):
    x = np.array([[1, 0, 3], [2, 1, 0]]).astype(dtype)
    if dtype is bool and name in ("max", "min", "var"):
        return
    check(name, x, axis=1, tolerance=3e-2)


def test_result_dtypes():
    assert mnp.sum(np.ones(3, np.int8)).dtype == np.int32
    assert mnp.sum(np.ones(3, np.uint8)).dtype == np.uint32
    assert mnp.sum(np.ones(3, bool)).dtype == np.int32
    assert mnp.mean(np.ones(3, np.int32)).dtype == np.float32
    assert mnp.max(np.ones(3, np.int8)).dtype == np.int8
    assert mnp.sum(np.ones(3, np.float16)).dtype == np.float16
    assert mnp.sum(np.ones(3, np.float16), dtype=np.float32).dtype == np.float32
    assert mnp.argmax(np.ones(3)).dtype == np.int32


def test_half_precision_sums_do_not_stall():
    assert float(mnp.sum(np.ones(5000, np.float16))) == 5000
    assert float(mnp.mean(np.full(5000, 0.1, np.float16))) == pytest.approx(0.1, rel=1e-2)


@pytest.mark.parametrize("name", ["sum", "prod", "any", "all", "mean"])
def test_nothing_to_reduce(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        check(name, np.zeros((0, 3), np.float32), axis=0)
        check(name, np.zeros((0, 3), np.float32), axis=1)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_extrema_of_nothing(name):
    with pytest.raises(ValueError, match=name):
        getattr(mnp, name)(np.zeros((0, 3)), axis=0)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "std", "any"])
def test_where(name):
    options = {"initial": 0} if name in ("max", "min") else {}
    check(name, X, axis=1, where=X > -0.5, tolerance=1e-4, **options)


def test_nan_and_infinities():
    x = np.array([[1, np.nan, 3], [np.inf, 2, -np.inf]], np.float32)
    for name in ("sum", "max", "min", "mean", "argmax", "argmin"):
        check(name, x, axis=1)


@pytest.mark.parametrize("name", "nansum nanprod nanmax nanmin nanmean nanvar nanstd".split())
def test_without_nan(name):
    x = np.where(X > 1, np.nan, X).astype(np.float32)
    check(name, x, axis=1, tolerance=1e-4)
    check(name, x, tolerance=1e-4)


@pytest.mark.parametrize("name", ["nanargmax", "nanargmin", "argmax", "argmin"])
def test_places(name):
    x = np.where(X > 1, np.nan, X) if "nan" in name else X
    for axis in (None, 0, -1):
        check(name, x.astype(np.float32), axis=axis)
    check(name, np.array([1, 3, 3, 1]), axis=0)


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", ["cumsum", "cumprod", "nancumsum", "nancumprod"])
def test_running(name, axis):
    check(name, X, axis=axis, tolerance=1e-4)
    check(name, np.arange(6).reshape(2, 3), axis=axis)


def test_array_api_running():
    x = X[0]
    same(mnp.cumulative_sum(x, axis=1), np.cumsum(x, 1))
    wanted = np.concatenate([np.zeros((4, 1)), np.cumsum(x, 1)], 1)
    same(mnp.cumulative_sum(x, axis=1, include_initial=True), wanted)
    same(mnp.cumulative_prod(x, axis=0), np.cumprod(x, 0))


def test_average():
    weights = np.arange(1.0, 5.0, dtype=np.float32)
    same(mnp.average(X), np.average(X))
    same(mnp.average(X, axis=1, weights=weights), np.average(X, axis=1, weights=weights))
    same(mnp.average(X, 1, weights, returned=True), np.average(X, 1, weights, returned=True))


@pytest.mark.parametrize("ddof", [0, 1])
def test_variance(ddof):
    check("var", X, axis=0, ddof=ddof)
    check("std", X, ddof=ddof)
    z = (X[0] + 1j * X[1]).astype(np.complex64)
    check("var", z, ddof=ddof)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "var", "cumsum"])
def test_errors_name_the_function(name):
    with pytest.raises(ValueError, match=rf"{name}.*axis"):
        getattr(mnp, name)(X, axis=3)
    with pytest.raises(TypeError, match=name):
        getattr(mnp, name)([1.0, 2.0])


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "var", "std", "max", "cumsum", "cumprod", "ptp"]
)
def test_gradients(name):
    fun = getattr(mnp, name)
    check_gradient(lambda x: fun(x, 1), X[0, :, :3], tolerance=1e-4)


def test_scalars():
    for name in ("sum", "max", "mean", "any", "argmax", "cumsum"):
        check(name, np.float32(2.0))


def test_methods():
    x = mnp.array(X)
    for name in "sum mean max min std var prod any all cumsum argmax ptp".split():
        if hasattr(np.ndarray, name):
            same(getattr(x, name)(axis=1), getattr(X.astype(np.float64), name)(axis=1), 1e-4)


def test_traced():
    found = mjx.jit(mjx.vmap(lambda x: mnp.std(x, axis=0)))(X)
    same(found, X.astype(np.float64).std(axis=1))
