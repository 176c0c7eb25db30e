"""Elementwise functions of users, against NumPy's ufuncs."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np

ADD = mnp.frompyfunc(lambda x, y: x + y, 2, 1, identity=0)
MINUS = mnp.frompyfunc(lambda x, y: x - y, 2, 1)
SQUARE = mnp.frompyfunc(lambda x: x * x, 1, 1)
X = np.random.default_rng(0).integers(0, 9, (3, 4))


def same(found, wanted):
    np.testing.assert_array_equal(found, wanted)


def test_calls():
    assert (MINUS.nin, MINUS.nout, MINUS.nargs, MINUS.identity) == (2, 1, 3, None)
    same(MINUS(X, X[0]), X - X[0])
    same(SQUARE(X), X * X)
    both = mnp.frompyfunc(lambda x, y: (x + y, x - y), 2, 2)
    same(both(X, 1)[1], X - 1)
    with pytest.raises(TypeError, match="2 operands"):
        MINUS(X)
    with pytest.raises(TypeError, match="1 results"):
        mnp.frompyfunc(lambda x: (x, x), 1, 1)(X)
    with pytest.raises(TypeError):
        MINUS(X, X, nonsense=1)
    with pytest.raises(ValueError, match="out="):
        MINUS(X, X, out=X)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduce(axis, keepdims):
    same(MINUS.reduce(X, axis, keepdims=keepdims), np.subtract.reduce(X, axis, keepdims=keepdims))
    where = X > 3
    same(
        ADD.reduce(X, axis, where=where, keepdims=keepdims, initial=2),
        np.add.reduce(X, axis, where=where, keepdims=keepdims, initial=2),
    )


def test_reduce_of_everything_and_nothing():
    assert ADD.reduce(X, None) == X.sum()
    assert ADD.reduce(X, None, keepdims=True).shape == (1, 1)
    assert ADD.reduce(X, dtype="float32").dtype == "float32"
    same(ADD.reduce(np.zeros((0, 2), int)), [0, 0])
    assert MINUS.reduce(np.zeros(0), initial=3.0) == 3
    with pytest.raises(ValueError, match="initial value"):
        MINUS.reduce(np.zeros(0))
    with pytest.raises(ValueError, match="two numbers"):
        SQUARE.reduce(X)


@pytest.mark.parametrize("axis", [0, 1])
def test_accumulate_and_reduceat(axis):
    same(MINUS.accumulate(X, axis), np.subtract.accumulate(X, axis))
    assert ADD.accumulate(np.zeros((0, 2)), 0).shape == (0, 2)
    for places in ([0, 2], [2, 0, 1], [1, 1], [0]):
        same(MINUS.reduceat(X, np.array(places), axis), np.subtract.reduceat(X, places, axis))
    f = mjx.jit(lambda x, i: ADD.reduceat(x, i, axis))
    same(f(X, np.array([0, 1])), np.add.reduceat(X, [0, 1], axis))


@pytest.mark.parametrize(
    "index", [np.array([0, 0, 2]), (np.array([0, 0]), np.array([1, 1])), slice(1, 3)]
)
def test_at(index):
    wanted = X.copy()
    np.subtract.at(wanted, index, 2)
    same(MINUS.at(X, index, 2, inplace=False), wanted)
    wanted = X.copy()
    np.square.at(wanted, index)
    same(SQUARE.at(X, index, inplace=False), wanted)
    with pytest.raises(NotImplementedError, match="inplace"):
        SQUARE.at(X, index)
    with pytest.raises(ValueError, match="b for"):
        MINUS.at(X, index, inplace=False)


def test_outer_and_derivatives():
    same(MINUS.outer(X, X[0]), np.subtract.outer(X, X[0]))
    times = mnp.frompyfunc(lambda x, y: x * y, 2, 1, identity=1)
    gradient = mjx.grad(lambda x: times.reduce(x))(mnp.array([2.0, 3, 4]))
    same(gradient, [12, 8, 6])
    same(mjx.vmap(times.reduce)(X), X.prod(1))


BINARY = ["add", "multiply", "maximum", "minimum", "subtract", "bitwise_xor", "gcd", "logical_or"]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("axis", [0, 1])
def test_methods_of_functions(name, axis):
    mine, theirs = getattr(mnp, name), getattr(np, name)
    assert (mine.nin, mine.nout) == (2, 1) and mine.identity == theirs.identity
    wanted = theirs.reduce(X, axis)
    same(mine.reduce(X, axis), wanted)
    wanted = theirs.accumulate(X, axis)
    same(mine.accumulate(X, axis), wanted)
    wanted = theirs.reduceat(X, [0, 2, 1], axis)
    same(mine.reduceat(X, np.array([0, 2, 1]), axis), wanted)
    same(mine.outer(X[0], X), theirs.outer(X[0], X))
    wanted = X.copy()
    theirs.at(wanted, [0, 0, 2], 3)
    same(mine.at(X, np.array([0, 0, 2]), 3, inplace=False), wanted)


def test_options_of_methods():
    same(
        mnp.add.reduce(X, None, initial=5, where=X > 2),
        np.add.reduce(X, None, initial=5, where=X > 2),
    )
    same(
        mnp.maximum.reduce(X, 1, initial=7, keepdims=True),
        np.maximum.reduce(X, 1, initial=7, keepdims=True),
    )
    assert mnp.add.reduce(X, dtype="float32").dtype == "float32"
    assert mnp.maximum.accumulate(X, dtype="float32").dtype == "float32"
    same(
        mnp.logical_and.reduce(X > 0, 0, where=X > 2), np.logical_and.reduce(X > 0, 0, where=X > 2)
    )
    with pytest.raises(ValueError, match="no out="):
        mnp.add.accumulate(X, out=X)
    with pytest.raises(NotImplementedError, match="inplace"):
        mnp.add.at(X, 0, 1)
    same(mjx.jit(lambda x: mnp.add.reduce(x, 1))(X), X.sum(1))
    found = mnp.logical_or.accumulate(X, 1)
    assert found.dtype == bool
    same(found, np.logical_or.accumulate(X, 1))
    mine = mnp.ufunc(lambda x, y: x, 2, 1, name="first", call=mnp.add, reduce=lambda a, **_: 3)
    assert mine(1, 2) == 3 and mine.reduce(X) == 3 and repr(mine) == "<ufunc 'first'>"
