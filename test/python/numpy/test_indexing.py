"""Taking parts of arrays against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

X = np.arange(24.0, dtype=np.float32).reshape(4, 6)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("indices", [1, [0, 2, 1], [[1, 0], [3, -1]], []])
def test_take(indices, axis):
    check("take", X, np.array(indices, np.int32), axis=axis)


def test_take_out_of_bounds():
    indices = np.array([0, 9, -9])
    assert np.isnan(np.asarray(mnp.take(X, indices, 0))[1:]).all()
    same(mnp.take(X, indices, 0, mode="clip"), np.take(X, indices, 0, mode="clip"))
    same(mnp.take(X, indices, 0, mode="wrap"), np.take(X, indices, 0, mode="wrap"))
    assert np.asarray(mnp.take(X, indices, 0, fill_value=-7))[1, 0] == -7


@pytest.mark.parametrize("axis", [0, 1])
def test_take_along_axis(axis):
    check("take_along_axis", X, np.argsort(-X, axis), axis=axis)


def test_choose_and_compress():
    choices = [X[0], X[1], X[2]]
    check("choose", np.array([0, 1, 2, 1, 0, 2]), choices)
    check("compress", np.array([True, False, True]), X, axis=0)
    check("extract", X > 5, X)


def test_unravel_index():
    check("unravel_index", np.array([3, 11, 23]), (2, 3, 4))


def test_ix():
    rows, columns = mnp.ix_(np.array([0, 2]), np.array([1, 3]))
    same(mnp.array(X)[rows, columns], X[np.ix_([0, 2], [1, 3])])


def test_put():
    wanted = X.copy()
    np.put(wanted, [0, 5], [9, 8])
    same(mnp.put(X, np.array([0, 5]), np.float32([9, 8]), inplace=False), wanted)


INDICES = [
    np.s_[1],
    np.s_[-1],
    np.s_[1:3],
    np.s_[::-1],
    np.s_[:, ::2],
    np.s_[..., 1],
    np.s_[None, 1],
    np.s_[[0, 2]],
    np.s_[[0, 2], [1, 3]],
    np.s_[:, [1, 0]],
    np.s_[1:3, [1, 0]],
    np.s_[X[:, 0] > 5],
    np.s_[X > 11],
    np.s_[3:1],
    np.s_[np.array([[0, 1], [2, 3]])],
    np.s_[[0, 1], None, 2],
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_getitem(index):
    index = (
        tuple(np.array(i) if isinstance(i, list) else i for i in index)
        if isinstance(index, tuple)
        else (np.array(index) if isinstance(index, list) else index)
    )
    same(mnp.array(X)[index], X[index])
    masked = isinstance(index, np.ndarray) and index.dtype == bool
    if not masked:
        same(mjx.jit(lambda x: x[index])(X), X[index])


@pytest.mark.parametrize("name", ["set", "add", "multiply", "min", "max", "subtract", "divide"])
def test_updates(name):
    wanted = X.copy() + 1
    index, value = np.s_[1:3, [0, 2]], np.float32(2)
    x = mnp.array(wanted)
    part = wanted[index]
    wanted[index] = {
        "set": value,
        "add": part + value,
        "multiply": part * value,
        "min": np.minimum(part, value),
        "max": np.maximum(part, value),
        "subtract": part - value,
        "divide": part / value,
    }[name]
    same(getattr(x.at[1:3, np.array([0, 2])], name)(value), wanted)


def test_gradients():
    rows = np.array([0, 2, 2])
    check_gradient(lambda x: x[rows, 1:], X / 9, tolerance=1e-4)
    check_gradient(lambda x: mnp.take(x, rows, 1), X / 9, tolerance=1e-4)
    check_gradient(
        lambda x, v: mnp.asarray(x).at[rows].add(v), X / 9, np.ones((3, 6)), tolerance=1e-4
    )
    check_gradient(lambda x: mnp.take_along_axis(x, np.array([[1, 0]]), 1), X / 9, tolerance=1e-4)


def test_errors():
    x = mnp.array(X)
    with pytest.raises(TypeError):
        x[1.0]
    with pytest.raises(TypeError):
        x[[0, 1]]
    with pytest.raises(TypeError, match=r"\.at\[idx\]\.set"):
        x[0] = 1
    with pytest.raises(IndexError):
        x[0, 0, 0]
    with pytest.raises(TypeError, match="take"):
        mnp.take(X, np.array([1.5]))
