"""Rearranging arrays against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(2)
X = np.arange(24).reshape(2, 3, 4)

CASES = [
    ("reshape", X, (4, 6)), ("reshape", X, (-1, 8)), ("reshape", X, -1), ("ravel", X),
    ("transpose", X), ("transpose", X, (1, 2, 0)), ("swapaxes", X, 0, -1),
    ("moveaxis", X, 0, -1), ("moveaxis", X, (0, 1), (2, 0)), ("rollaxis", X, 2),
    ("expand_dims", X, 1), ("expand_dims", X, (0, -1)), ("squeeze", X[:, :1]),
    ("squeeze", X[:, :1], 1), ("atleast_1d", np.int32(3)), ("atleast_2d", X[0, 0]),
    ("atleast_3d", X[0]), ("broadcast_to", X[0], (5, 3, 4)), ("tile", X[0], (2, 1, 3)),
    ("tile", X[0], 2), ("repeat", X, 2), ("repeat", X, 3, 1),
    ("repeat", X[0], np.array([1, 0, 2]), 0),
    ("resize", X, (3, 5)), ("resize", X, (7, 7)), ("flip", X), ("flip", X, 1), ("fliplr", X),
    ("flipud", X), ("rot90", X), ("rot90", X, 2, (1, 2)), ("roll", X, 2),
    ("roll", X, (1, -1), (0, 2)),
    ("roll", X, 5, 1), ("concatenate", [X, X], 1), ("concatenate", [X, X[0]], None),
    ("stack", [X, X], -1), ("vstack", [X, X]), ("hstack", [X, X]), ("dstack", [X, X]),
    ("column_stack", [X[0, 0], X[0, 1]]), ("vstack", [X[0, 0], X[0, 1]]),
    ("hstack", [X[0, 0], X[0, 1]]), ("append", X, X), ("append", X, X, 0),
    ("delete", X, 1, 1), ("delete", X, np.array([0, 2]), 2), ("delete", X, slice(0, 2), 2),
    ("insert", X, 1, 9, 1), ("block", [[X[0], X[0]], [X[1], X[1]]]),
    ("array_split", X, 3, 2), ("split", X, 2, 2), ("split", X, [1, 3], 2), ("hsplit", X, 3),
    ("vsplit", X, 2), ("dsplit", X, 2), ("pad", X[0], 1), ("pad", X[0], ((1, 2), (0, 3))),
    ("matrix_transpose", X), ("broadcast_arrays", X, X[0]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_against_numpy(case):
    name, *args = case
    if name == "matrix_transpose":
        same(mnp.matrix_transpose(X), X.swapaxes(-1, -2))
        return
    found = check(name, *args)
    first = found[0] if isinstance(found, (list, tuple)) else found
    assert first.dtype == np.int32


@pytest.mark.parametrize(
    "mode",
    [
        "constant",
        "edge",
        "reflect",
        "symmetric",
        "wrap",
        "empty",
        "linear_ramp",
        "maximum",
        "minimum",
        "mean",
        "median",
    ],
)
def test_pad_modes(mode):
    x = RNG.normal(size=(4, 5)).astype(np.float32)
    if mode == "empty":
        assert mnp.pad(x, 2, mode).shape == (8, 9)
        return
    check("pad", x, ((1, 2), (3, 1)), mode)


def test_pad_values():
    check("pad", X[0], 1, "constant", constant_values=7)
    check("pad", X[0], 2, "mean", stat_length=2)
    check("pad", X[0], 2, "linear_ramp", end_values=(-3, 5))
    with pytest.raises(ValueError, match="pad.*reflect_type"):
        mnp.pad(X, 1, "reflect", reflect_type="odd")
    check("pad", X[0], ((1, 0), (0, 2)), constant_values=((1, 2), (3, 4)))


@pytest.mark.parametrize("name, args, error", [
    ("reshape", (X, (5, 5)), (TypeError, ValueError)), ("reshape", (X, (-1, -1)),
    (TypeError, ValueError)),
    ("squeeze", (X, 0), ValueError), ("transpose", (X, (0, 1)), (TypeError, ValueError)),
    ("broadcast_to", (X, (3, 4)), ValueError), ("concatenate", ([X, X[0]],),
    (TypeError, ValueError)),
    ("stack", ([X, X[0]],), ValueError), ("split", (X, 5), ValueError),
    ("swapaxes", (X, 0, 7), ValueError), ("concatenate", ([],), ValueError),
    ("moveaxis", (X, 0, 9), ValueError), ("pad", (X, 1, "nonsense"),
    (ValueError, NotImplementedError)),
])  # fmt: skip
def test_errors_name_the_function(name, args, error):
    with pytest.raises(error, match=name):
        getattr(mnp, name)(*args)


def test_queries():
    assert mnp.shape(X) == (2, 3, 4) and mnp.ndim(X) == 3 and mnp.size(X, 1) == 3
    assert mnp.shape([[1, 2]]) == (1, 2)
    assert mnp.broadcast_shapes((2, 1), (3,)) == (2, 3)
    assert mnp.astype(X, np.float32).dtype == np.float32


def test_repeat_under_jit():
    counts = np.array([1, 0, 2])
    found = mjx.jit(lambda x, r: mnp.repeat(x, r, axis=0, total_repeat_length=3))(X[0], counts)
    same(found, np.repeat(X[0], counts, 0))


def test_roll_by_traced_shift():
    same(mjx.jit(lambda x, n: mnp.roll(x, n, 1))(X, 2), np.roll(X, 2, 1))
    same(
        mjx.vmap(lambda n: mnp.roll(X[0], n))(np.arange(3)),
        np.stack([np.roll(X[0], n) for n in range(3)]),
    )


GRADIENTS = [
    lambda x: mnp.roll(x, 2, 1),
    lambda x: mnp.pad(x, 1, "reflect"),
    lambda x: mnp.tile(x, (2, 3)),
    lambda x: mnp.repeat(x, 2, 0),
    lambda x: mnp.flip(x, 1),
    lambda x: mnp.transpose(x),
    lambda x: mnp.concatenate([x, x * x], 1),
    lambda x: mnp.stack([x, mnp.sin(x)], 1),
    lambda x: mnp.split(x, 2, 1),
    lambda x: mnp.rot90(x),
    lambda x: mnp.reshape(x, (-1,)),
    lambda x: mnp.pad(x, ((1, 2), (0, 1)), "edge"),
    lambda x: mnp.broadcast_to(x, (2, 3, 4)),
]


@pytest.mark.parametrize("number", range(len(GRADIENTS)))
def test_gradients(number):
    check_gradient(GRADIENTS[number], RNG.normal(size=(3, 4)), tolerance=1e-4)


def test_methods_and_properties():
    x = mnp.array(X)
    same(x.T, X.T)
    same(x.mT, X.swapaxes(-1, -2))
    same(x.reshape(4, 6), X.reshape(4, 6))
    same(x.reshape((6, -1)), X.reshape(6, -1))
    same(x.transpose(1, 0, 2), X.transpose(1, 0, 2))
    same(x.flatten(), X.ravel())
    same(x.swapaxes(0, 1), X.swapaxes(0, 1))
    same(x.repeat(2, axis=0), X.repeat(2, 0))
    same(x.astype("float16"), X.astype("float16"))
    same(x[:, :1].squeeze(1), X[:, 0])
    same(x.copy(), X)
    assert x.view("float32").dtype == np.float32


@pytest.mark.parametrize("name", ["flip", "ravel", "transpose", "cumsum", "sort"])
def test_empty_arrays(name):
    check(name, np.zeros((0, 3), np.float32))
    check(name, np.zeros((2, 0), np.float32))
