"""Sorting, searching and sets against NumPy."""

import ml_dtypes
import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.errors import ConcretizationTypeError
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(3)
X = RNG.integers(0, 9, size=(3, 4, 5)).astype(np.int32)
SPECIAL = np.array([1, np.nan, -np.inf, 3, 1, 0, np.inf, -2, np.nan], np.float32)


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("dtype", [np.int32, np.float32, np.uint8, np.float16, ml_dtypes.bfloat16])
def test_sort(axis, dtype):
    check("sort", X.astype(dtype), axis=axis)
    same(mnp.argsort(X.astype(dtype), axis=axis), np.argsort(X, axis=axis, kind="stable"))


def test_special_values():
    check("sort", SPECIAL)
    same(mnp.argsort(SPECIAL), np.argsort(SPECIAL, kind="stable"))
    check("sort", np.array([True, False, True]))
    check("sort", np.array([2 + 1j, 1 - 1j, 2 - 1j, 1 + 5j], np.complex64))
    check("sort_complex", np.array([2, 1, 3], np.float32))
    check("sort", np.zeros((0, 2), np.float32), axis=0)


def test_descending():
    same(mnp.sort(X, descending=True), np.sort(X)[..., ::-1])
    places = np.asarray(mnp.argsort(np.array([1, 3, 1, 3]), descending=True))
    assert places.tolist() == [1, 3, 0, 2]


def test_lexsort():
    check("lexsort", (X[0, 0], X[0, 1]))
    check("lexsort", (X[0], X[1], X[2]), axis=0)


def test_partition():
    found = np.asarray(mnp.partition(X, 2, axis=1))
    wanted = np.sort(X, axis=1)
    assert (found[:, 2] == wanted[:, 2]).all() and (found[:, :2] <= found[:, 2:3]).all()
    places = np.asarray(mnp.argpartition(X, 2, axis=1))
    assert (np.take_along_axis(X, places, 1)[:, 2] == wanted[:, 2]).all()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("size", [0, 1, 7, 100])
def test_searchsorted(size, side):
    a = np.sort(RNG.integers(0, 50, size=size)).astype(np.int32)
    check("searchsorted", a, np.arange(-2, 55, dtype=np.int32).reshape(3, 19), side)
    b = np.sort(RNG.normal(size=size).astype(np.float32))
    check("searchsorted", b, np.array([-9.0, 0, np.nan, np.inf], np.float32), side)


def test_searchsorted_options():
    a = np.array([3, 1, 2])
    check("searchsorted", a, 2, sorter=np.argsort(a))
    same(
        mjx.jit(mjx.vmap(lambda v: mnp.searchsorted(np.arange(50), v)))(np.array([3, 80])),
        np.array([3, 50]),
    )
    same(mnp.array([1, 3, 5]).searchsorted(4), np.searchsorted([1, 3, 5], 4))
    with pytest.raises(ValueError, match="searchsorted.*side"):
        mnp.searchsorted(a, 2, "middle")


def test_nonzero():
    for x in (X > 6, X[0, 0], np.zeros(3), np.float32([0, np.nan])):
        check("nonzero", x)
        check("flatnonzero", x)
        check("argwhere", x)
    same(mnp.where(X > 6), np.where(X > 6))
    same(
        mnp.nonzero(X[0, 0] > 6, size=7, fill_value=-1)[0],
        np.pad(np.flatnonzero(X[0, 0] > 6), (0, 7))[:7]
        - np.pad(np.zeros(len(np.flatnonzero(X[0, 0] > 6)), int), (0, 7), constant_values=1)[:7],
    )
    same(mjx.jit(lambda x: mnp.nonzero(x, size=2))(X > 6), [v[:2] for v in np.nonzero(X > 6)])
    with pytest.raises(ValueError, match="nonzero"):
        mnp.nonzero(3)


def test_nonzero_of_nothing():
    same(mnp.nonzero(np.zeros((0, 2)), size=2, fill_value=5), [np.array([5, 5])] * 2)


@pytest.mark.parametrize(
    "name",
    ["nonzero", "flatnonzero", "argwhere", "where", "unique", "union1d", "setdiff1d", "bincount"],
)
def test_traced_values_need_a_size(name):
    def fun(x):
        return getattr(mnp, name)(*[x] * (2 if "1d" in name else 1))

    with pytest.raises(ConcretizationTypeError, match="size|length"):
        mjx.jit(fun)(np.array([1, 2]))


@pytest.mark.parametrize("axis", [None, 0, 2])
def test_unique(axis):
    options = {"return_index": True, "return_inverse": True, "return_counts": True, "axis": axis}
    x = np.concatenate([X, X[:1]])
    wanted = np.unique(x, **options)
    wanted = (*wanted[:2], wanted[2].reshape(x.shape if axis is None else -1), wanted[3])
    same(mnp.unique(x, **options), wanted)
    count = wanted[0].shape[axis or 0]
    found = mjx.jit(lambda v: mnp.unique(v, size=count, **options))(x)
    same(found, wanted)
    same(mnp.unique(x, axis=axis), np.unique(x, axis=axis))


def test_unique_sizes():
    x = np.array([3, 1, 1, 7])
    same(mnp.unique(x, size=5), np.array([1, 3, 7, 1, 1]))
    same(mnp.unique(x, size=2), np.array([1, 3]))
    same(mnp.unique(x, size=4, fill_value=9), np.array([1, 3, 7, 9]))
    same(mnp.unique(SPECIAL, size=8), np.append(np.unique(SPECIAL), -np.inf))
    same(mnp.unique(np.zeros(0, np.int32), size=2, fill_value=4), np.array([4, 4]))


def test_unique_of_the_array_api():
    x = np.array([3, 1, 1, 7])
    for name in ("unique_all", "unique_counts", "unique_inverse"):
        found = getattr(mnp, name)(x)
        same(tuple(found), tuple(getattr(np, name)(x)))
        assert found.values is found[0]
    same(mnp.unique_values(x), np.unique(x))


@pytest.mark.parametrize("invert", [False, True])
def test_isin(invert):
    check("isin", X, np.array([1, 5, 40]), invert=invert)
    check("isin", X, np.array([], np.int32), invert=invert)
    check("isin", SPECIAL, np.float32([np.nan, 1]), invert=invert)


@pytest.mark.parametrize("name", ["union1d", "setdiff1d", "setxor1d", "intersect1d"])
def test_sets(name):
    a, b = np.array([5, 1, 3, 3, 8]), np.array([3, 9, 1])
    wanted = getattr(np, name)(a, b)
    same(getattr(mnp, name)(a, b), wanted)
    found = mjx.jit(lambda x, y: getattr(mnp, name)(x, y, size=7, fill_value=-1))(a, b)
    same(found, np.append(wanted, [-1] * (7 - len(wanted))))


def test_intersection_places():
    a, b = np.array([5, 1, 3, 8]), np.array([3, 9, 1])
    same(mnp.intersect1d(a, b, return_indices=True), np.intersect1d(a, b, return_indices=True))


def test_gradients():
    x = RNG.normal(size=(3, 4))
    check_gradient(lambda v: mnp.sort(v, 0), x, tolerance=1e-4)
    check_gradient(lambda v: mnp.sort(v, axis=None, descending=True), x, tolerance=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="sort.*axis"):
        mnp.sort(X, 3)
    with pytest.raises(ValueError, match="argsort"):
        mnp.argsort(np.float32(1))
    with pytest.raises(ValueError, match="partition.*kth"):
        mnp.partition(X, 9, 0)
    with pytest.raises(TypeError, match="sort"):
        mnp.sort([2, 1])
