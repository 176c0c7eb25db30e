"""Whole numbers, bits, grids and changes along axes against NumPy."""

import pytest

import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, same

X = np.arange(12).reshape(3, 4)


@pytest.mark.parametrize("name", ["gcd", "lcm"])
@pytest.mark.parametrize("dtype", [np.int32, np.uint8])
def test_divisors(name, dtype):
    x, y = np.array([0, 4, 12, 7, 0, 9], dtype), np.array([0, 6, 18, 5, 3, 3], dtype)
    check(name, x, y)
    check(name, x, dtype(6))
    if dtype == np.int32:
        check(name, -x, y)
    with pytest.raises(ValueError, match=name):
        getattr(mnp, name)(1.5, 2)


def test_bits():
    x = np.array([[0, 1, 1], [5, 0, 7]], np.uint8)
    assert np.asarray(mnp.bitwise_count(x)).tolist() == [[0, 1, 1], [2, 0, 3]]
    for axis in (None, 0, 1):
        for order in ("big", "little"):
            check("packbits", x, axis, order)
            check("unpackbits", x, axis, bitorder=order)
    check("unpackbits", x, 1, 5)
    check("unpackbits", x, 1, -2)
    with pytest.raises(TypeError, match="unpackbits"):
        mnp.unpackbits(X)


def test_places():
    index = np.unravel_index(np.array([3, 11, 23]), (2, 3, 4))
    same(mnp.ravel_multi_index(index, (2, 3, 4)), np.array([3, 11, 23]))
    far = (np.array([5, -1]), np.array([2, 9]))
    for mode in ("clip", "wrap"):
        for order in ("C", "F"):
            check("ravel_multi_index", far, (3, 4), mode, order)


def test_grids():
    same(mnp.mgrid[0:3, 1:2:4j], np.mgrid[0:3, 1:2:4j])
    same(mnp.mgrid[2:9:3], np.mgrid[2:9:3])
    same(mnp.ogrid[0:3, 0:2], list(np.ogrid[0:3, 0:2]))
    same(mnp.r_[X[0], 1:4, 0], np.r_[X[0], 1:4, 0])
    same(mnp.c_[X[0], X[1]], np.c_[X[0], X[1]])
    assert mnp.s_[1:2] == slice(1, 2) and mnp.index_exp[0] == (0,)


def test_index_makers():
    square = np.ones((3, 3))
    check("diag_indices", 3)
    check("diag_indices_from", square)
    check("tril_indices_from", X, 1)
    check("triu_indices_from", X)
    same(mnp.mask_indices(3, mnp.triu, 1), np.mask_indices(3, np.triu, 1))
    with pytest.raises(ValueError, match="diag_indices_from"):
        mnp.diag_indices_from(X)


def changed(name, x, *args, **options):
    copy = x.copy()
    getattr(np, name)(copy, *args, **options)
    return copy


def test_changes():
    tall = np.arange(30).reshape(10, 3)
    for x in (X, X.T, tall):
        same(mnp.fill_diagonal(x, 9), changed("fill_diagonal", x, 9))
        values = np.array([7, 8])
        same(mnp.fill_diagonal(x, values), changed("fill_diagonal", x, values))
        same(mnp.fill_diagonal(x, 9, wrap=True), changed("fill_diagonal", x, 9, wrap=True))
    places = np.argsort(-X, 1)[:, :2]
    same(mnp.put_along_axis(X, places, 50, 1), changed("put_along_axis", X, places, 50, 1))
    mask = X % 3 == 0
    same(mnp.place(X, mask, np.array([-1, -2])), changed("place", X, mask, np.array([-1, -2])))
    for name, args in (
        ("fill_diagonal", (X, 1)),
        ("place", (X, mask, 1)),
        ("put_along_axis", (X, places, 0, 1)),
    ):
        with pytest.raises(ValueError, match=f"{name}.*inplace"):
            getattr(mnp, name)(*args, inplace=True)


def test_real_and_complex():
    z = np.array([1, 2j, 3 + 0j], np.complex64)
    check("iscomplex", z)
    check("isreal", z)
    check("isreal", X)


def test_methods():
    x = mnp.array(X)
    same(x.diagonal(1), X.diagonal(1))
    assert x.argpartition(1).shape == X.shape
