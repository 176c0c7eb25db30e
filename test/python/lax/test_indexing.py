"""Reading and writing by index, against NumPy; dynamic slices, gather and scatter."""

import warnings

import pytest

import mjx
import numpy as np
from mjx import lax
from mjx.errors import NonConcreteBooleanIndexError
from mjx.lax import IndexUpdateHelper, index_get, index_update

X = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
V = np.arange(5, dtype=np.float32)
ROWS = np.array([1, 0, 1, -1])
MASK = np.array([True, False, True])
GRID = np.arange(12).reshape(3, 4) % 2 == 0

INDICES = {
    "int": 1,
    "negative": -1,
    "two ints": (1, -2),
    "all ints": (1, 2, 3, 4),
    "full": slice(None),
    "ellipsis": ...,
    "slice": slice(0, 1),
    "slices": (slice(None), slice(1, None), slice(None, -1)),
    "steps": (slice(None), slice(None, None, 2), slice(1, None, 2)),
    "backwards": (slice(None, None, -1), slice(2, 0, -1)),
    "backwards by two": (0, slice(None), slice(None, None, -2)),
    "beyond": (slice(0, 10), slice(-10, 2)),
    "empty": (slice(1, 1),),
    "none": None,
    "nones": (None, 0, None, slice(1, 3), ..., None),
    "ellipsis in the middle": (1, ..., 2),
    "int, slice, ellipsis": (0, slice(1, 3), ..., slice(None, None, 2)),
    "rows": ROWS,
    "column": (slice(None), np.array([0, 2])),
    "matrix of rows": np.array([[0, 1], [1, 1]]),
    "pair": (ROWS, np.array([0, 1, 2, 2])),
    "pair apart": (ROWS, slice(None), np.array([0, 1, 2, 3])),
    "apart with slice of part": (ROWS, slice(1, 3), np.array([0, 1, 2, 3])),
    "pair after slice": (slice(None), np.array([0, 2]), np.array([1, 3])),
    "int with rows": (0, slice(None), np.array([0, 1])),
    "int beside rows": (0, np.array([0, 1])),
    "broadcast": (np.array([[0], [1]]), np.array([0, 2])),
    "none and rows": (None, ROWS, None, slice(0, 2)),
    "rows, none, rows": (ROWS, None, np.array([0, 1, 2, 0])),
    "rows and steps": (ROWS, slice(None, None, 2), slice(None, None, -1)),
    "mask": np.array([True, False]),
    "mask of second": (slice(None), MASK),
    "mask of two": (0, GRID),
    "mask and int": (1, MASK, slice(None), 2),
    "mask and rows": (np.array([0, 1]), MASK),
    "nothing": np.zeros((0,), int),
    "truth": True,
    "unsigned": np.array([1, 0], np.uint8),
    "numpy int": np.int64(1),
}


def same(got, want):
    got = np.asarray(got)
    want = np.asarray(want, got.dtype) if isinstance(want, list) else want
    assert got.shape == np.shape(want) and got.dtype == np.asarray(want).dtype
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", INDICES)
def test_get(name):
    index = INDICES[name]
    want = X[index]
    same(index_get(X, index), want)
    same(index_get(lax.add(X, 0.0), index), want)
    same(mjx.jit(lambda x: index_get(x, index))(X), want)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("kind", ["set", "add", "max"])
def test_update(name, kind):
    index = INDICES[name]
    part = X[index]
    y = np.random.default_rng(0).integers(-100, 100, part.shape).astype(np.float32)
    want = X.copy()
    if kind == "set":
        want[index] = y
    else:
        {"add": np.add, "max": np.maximum}[kind].at(want, index, y)
    same(index_update(X, index, y, kind), want)
    same(mjx.jit(lambda x, y: index_update(x, index, y, kind))(X, y), want)


@pytest.mark.parametrize("name", INDICES)
def test_update_by_a_scalar(name):
    index = INDICES[name]
    want = X.copy()
    want[index] = 7
    same(index_update(X, index, 7), want)
    same(mjx.jit(lambda x: index_update(x, index, 7))(X), want)


@pytest.mark.parametrize("name", INDICES)
def test_gradient_of_get(name):
    index = INDICES[name]
    if X[index].size == 0:
        return
    weight = np.random.default_rng(1).normal(size=X[index].shape).astype(np.float32)

    def f(x):
        part = index_get(x, index)
        return lax.reduce_sum(lax.mul(part, weight), range(part.ndim))

    want = np.zeros_like(X)
    np.add.at(want, index, weight)
    np.testing.assert_allclose(np.asarray(mjx.grad(f)(X)), want, rtol=1e-5, atol=1e-6)


def test_traced_scalars():
    get = mjx.jit(lambda x, i: index_get(x, (i, slice(None), -1)))
    put = mjx.jit(lambda x, i, y: index_update(x, (i, slice(0, 2)), y))
    for i in (0, 1, -1, -2):
        same(get(X, i), X[i, :, -1])
        want = X.copy()
        want[i, :2] = 5
        same(put(X, i, 5.0), want)


def test_traced_arrays():
    get = mjx.jit(lambda x, i: index_get(x, (slice(None), i)))
    same(get(X, np.array([2, 0, -1])), X[:, [2, 0, -1]])
    add = mjx.jit(lambda x, i: index_update(x, i, 1.0, "add"))
    same(add(V, np.array([0, 0, -1])), [2, 1, 2, 3, 5])


def test_out_of_bounds_get():
    same(index_get(V, 10), V[4])
    same(index_get(V, -10), V[0])
    same(index_get(V, slice(3, 10)), V[3:])
    for at in (lambda f: f, mjx.jit):
        same(at(lambda v, i: index_get(v, i))(V, np.array([0, 10, -10])), V[[0, 4, 0]])
        same(at(lambda v, i: index_get(v, i))(V, 10), V[4])
        got = at(lambda v, i: index_get(v, i, "fill"))(V, np.array([10, -1, -6]))
        same(got, np.array([np.nan, 4, np.nan], np.float32))
        same(at(lambda v: index_get(v, 10, "fill", -1.0))(V), np.float32(-1))
        same(at(lambda v, i: index_get(v, i, "fill", -1.0))(V, 10), np.float32(-1))
        same(at(lambda v: index_get(v, 1, "promise_in_bounds"))(V), V[1])
    low = np.iinfo(np.int32).min
    same(index_get(V.astype(np.int32), np.array([7]), "fill"), np.array([low], np.int32))


def test_out_of_bounds_update():
    for at in (lambda f: f, mjx.jit):
        same(at(lambda v: index_update(v, 10, 9.0))(V), V)
        same(at(lambda v: index_update(v, -6, 9.0))(V), V)
        same(at(lambda v, i: index_update(v, i, 9.0))(V, 10), V)
        same(at(lambda v, i: index_update(v, i, 9.0, "add"))(V, 10), V)
        same(at(lambda v, i: index_update(v, i, 9.0, "mul"))(V, -9), V)
        same(at(lambda v: index_update(v, 10, 9.0, mode="clip"))(V), [0, 1, 2, 3, 9])
        same(at(lambda v, i: index_update(v, i, 9.0))(V, np.array([1, 5])), [0, 9, 2, 3, 4])
        same(
            at(lambda v, i: index_update(v, i, 9.0, mode="clip"))(V, np.array([1, 7])),
            [0, 9, 2, 3, 9],
        )


def test_plans_serve_for_other_places():
    x = X[0, 0]
    for i, j in ((2, 2), (2, 3), (-1, 0), (0, -5)):
        want = x.copy()
        want[i, j] = 9
        same(index_update(x, (i, j), 9.0), want)
        want = x.copy()
        want[i, np.array([j, 1])] = 9
        same(index_update(x, (i, np.array([j, 1])), 9.0), want)
    for start in (0, 1, 2):
        want = x.copy()
        want[start : start + 2, -1] = 9
        same(index_update(x, (slice(start, start + 2), -1), 9.0), want)


def at(x):
    return IndexUpdateHelper(lax.add(x, lax.full_like(x, 0)))


def test_methods():
    two = np.array([0, 0])
    same(at(V)[1].set(9), [0, 9, 2, 3, 4])
    same(at(V)[two].add(1), [2, 1, 2, 3, 4])
    same(at(V)[two].subtract(1), [-2, 1, 2, 3, 4])
    same(at(V + 1)[two].multiply(3), [9, 2, 3, 4, 5])
    same(at(V + 1)[two].divide(2), [0.25, 2, 3, 4, 5])
    same(at(V)[1:3].power(2), [0, 1, 4, 3, 4])
    same(at(V)[2].min(0), [0, 1, 0, 3, 4])
    same(at(V)[2].max(9), [0, 1, 9, 3, 4])
    same(at(V)[1].apply(lambda x: lax.mul(x, -5.0)), [0, -5, 2, 3, 4])
    same(at(V)[9].get(mode="fill", fill_value=-1), np.float32(-1))
    same(at(V)[np.array([1, 2])].set(np.array([5, 6]), unique_indices=True), [0, 5, 6, 3, 4])


def test_update_takes_the_dtype_of_the_array():
    ints = V.astype(np.int32)
    with pytest.warns(FutureWarning, match="float32"):
        same(at(ints)[0].set(1.7), np.array([1, 1, 2, 3, 4], np.int32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(at(V)[0].set(1), [1, 1, 2, 3, 4])
        assert at(V.astype(np.float16))[0].set(2.5).dtype == np.float16


def test_mask_of_traced_values():
    zeroed = mjx.jit(lambda x, m: index_update(x, m, 0.0))
    same(zeroed(V, V > 2), np.where(V > 2, 0, V).astype(np.float32))
    rows = mjx.jit(lambda x, m: index_update(x, m, np.float32([1, 2]), "add"))
    x = np.zeros((3, 2), np.float32)
    same(rows(x, MASK), np.array([[1, 2], [0, 0], [1, 2]], np.float32))
    with pytest.raises(NonConcreteBooleanIndexError):
        mjx.jit(lambda x, m: index_get(x, m))(V, V > 2)
    with pytest.raises(NonConcreteBooleanIndexError):
        mjx.jit(lambda x, m: index_update(x, m, np.float32([1, 2])))(V, V > 2)


def test_vmap_over_indices():
    i = np.array([0, 3, -1], np.int32)
    same(mjx.vmap(lambda i: index_get(V, i))(i), V[i])
    got = mjx.vmap(lambda i, y: index_update(V, i, y))(i, np.float32([7, 8, 9]))
    want = np.stack([V] * 3)
    want[np.arange(3), i] = [7, 8, 9]
    same(got, want)


def test_dynamic_slices():
    x = X[0, 0]
    same(lax.dynamic_slice(x, (1, 2), (2, 3)), x[1:3, 2:5])
    same(lax.dynamic_slice(x, (np.int32(3), 4), (2, 3)), x[2:4, 2:5])
    same(lax.dynamic_slice(x, (-1, 0), (1, 5)), x[3:4])
    same(lax.dynamic_slice_in_dim(x, 1, 2, axis=1), x[:, 1:3])
    same(lax.dynamic_index_in_dim(x, 2, keepdims=False), x[2])
    same(mjx.jit(lambda x, i: lax.dynamic_index_in_dim(x, i, 1))(x, -1), x[:, -1:])
    want = x.copy()
    want[2:4, 3:] = -1
    same(lax.dynamic_update_slice(x, np.full((2, 2), -1, np.float32), (9, 9)), want)
    want = x.copy()
    want[:, 1] = 0
    same(lax.dynamic_update_index_in_dim(x, np.zeros(4, np.float32), 1, 1), want)
    same(lax.dynamic_update_slice_in_dim(x, np.zeros((4, 1), np.float32), 1, 1), want)


def test_gather_and_scatter():
    x = X[0, 0]
    numbers = lax.GatherDimensionNumbers((1,), (0,), (0,))
    places = np.array([[2], [0], [9]])
    got = np.asarray(lax.gather(x, places, numbers, (1, 5)))
    same(got[:2], x[[2, 0]])
    assert np.isnan(got[2]).all()
    same(lax.gather(x, places, numbers, (1, 5), mode="clip"), x[[2, 0, 3]])
    into = lax.ScatterDimensionNumbers((1,), (0,), (0,))
    y = np.ones((3, 5), np.float32)
    want = x.copy()
    want[[2, 0]] += 1
    same(lax.scatter_add(x, places, y, into), want)
    want[[2, 0]] = x[[2, 0]] - 1
    same(lax.scatter_sub(x, places, y, into), want)
    want[[2, 0]] = x[[2, 0]] * 3
    same(lax.scatter_mul(x, places, 3 * y, into), want)
    want[[2, 0]] = 1
    same(lax.scatter(x, places, y, into), want)
    want[[2, 0]] = np.minimum(x[[2, 0]], 1)
    same(lax.scatter_min(x, places, y, into), want)
    want[[2, 0]] = -x[[2, 0]]
    same(lax.scatter_apply(x, places, lax.neg, into, update_shape=(3, 5)), want)
    same(lax.index_take(x, (np.array([1, 2]), np.array([0, -1])), (0, 1)), x[[1, 2], [0, -1]])


ERRORS = {
    "list": (TypeError, lambda: index_get(V, [0, 1])),
    "tuple in tuple": (TypeError, lambda: index_get(X, (0, (1, 2)))),
    "text": (TypeError, lambda: index_get(V, "a")),
    "float": (TypeError, lambda: index_get(V, 1.5)),
    "float array": (TypeError, lambda: index_get(V, V)),
    "too many": (IndexError, lambda: index_get(V, (0, 0))),
    "two ellipses": (IndexError, lambda: index_get(X, (..., ...))),
    "mask shape": (IndexError, lambda: index_get(X, MASK)),
    "arrays": (IndexError, lambda: index_get(X, (np.arange(2), np.arange(3)))),
    "mode": (ValueError, lambda: index_get(V, 0, "wrap")),
    "update shape": (ValueError, lambda: index_update(V, slice(0, 2), np.ones(3, np.float32))),
    "kind": (ValueError, lambda: index_update(V, 0, 1, "xor")),
    "empty": (IndexError, lambda: index_get(V[:0], 0)),
    "slice of floats": (TypeError, lambda: index_get(V, slice(0, 1.5))),
    "traced slice": (
        IndexError,
        lambda: mjx.jit(lambda v, n: index_get(v, slice(0, n)))(V, 2),
    ),
    "dynamic_slice": (TypeError, lambda: lax.dynamic_slice(V, (0,), (6,))),
    "starts": (TypeError, lambda: lax.dynamic_slice(V, (0, 0), (1,))),
    "float start": (TypeError, lambda: lax.dynamic_slice(V, (1.5,), (1,))),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cls, call = ERRORS[name]
    with pytest.raises(cls, match="expected .*, but got"):
        call()
