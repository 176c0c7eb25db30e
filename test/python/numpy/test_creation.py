"""Arrays out of numbers against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.errors import ConcretizationTypeError
from numpy_checks import check, check_gradient, same


@pytest.mark.parametrize("x, dtype", [
    (1, "int32"), (1.5, "float32"), (True, "bool"), (2j, "complex64"), ([1, 2], "int32"),
    ([1, 2.5], "float32"), ([[True], [False]], "bool"), ([], "float32"), ((1, 2), "int32"),
    (np.float16(2), "float16"), ([np.int8(1), 2], "int8"), (np.arange(3.0), "float32"),
    (range(3), "int32"),
])  # fmt: skip
def test_array(x, dtype):
    found = mnp.array(x)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, np.asarray(x))
    assert mnp.asarray(found) is found


def test_array_of_arrays():
    x = mnp.array([1.0, 2.0])
    same(mnp.array([x, x + 1]), np.array([[1, 2], [2, 3]]))
    same(mjx.jit(lambda v: mnp.array([v[0], 2.0, v[1]]))(x), np.array([1.0, 2, 2]))
    assert mnp.array(x, ndmin=3).shape == (1, 1, 2)
    assert mnp.array([1, 2], dtype="bfloat16").dtype.name == "bfloat16"


def test_array_errors():
    with pytest.raises(ValueError, match="array"):
        mnp.array([[1, 2], [3]])
    with pytest.raises(TypeError, match="array"):
        mnp.array(["a"])
    with pytest.raises(TypeError, match="array"):
        mnp.array(None)
    with pytest.raises(OverflowError):
        mnp.array(2**40)
    with pytest.warns(UserWarning, match="float64"):
        assert mnp.array(1.0, dtype="float64").dtype == np.float32


@pytest.mark.parametrize(
    "args",
    [
        (5,),
        (2, 7),
        (1, 10, 3),
        (10, 0, -4),
        (0,),
        (3, 3),
        (2.5,),
        (0, 1, 0.25),
        (300,),
        (5, 600, 2),
        (0.0, 500.0),
    ],
)
def test_arange(args):
    check("arange", *args)
    assert mnp.arange(*args).dtype == (
        np.float32 if any(type(a) is float for a in args) else np.int32
    )


def test_shapes_are_concrete():
    with pytest.raises(ConcretizationTypeError, match="arange"):
        mjx.jit(lambda n: mnp.arange(n))(3)
    with pytest.raises(TypeError, match="zeros.*Shapes must be 1D"):
        mjx.jit(lambda n: mnp.zeros(n))(3)


@pytest.mark.parametrize("shape", [(), 3, (2, 0), (2, 3), [1, 2]])
@pytest.mark.parametrize("dtype", [None, "int8", "bool", "float16", "complex64"])
def test_constant_arrays(shape, dtype):
    for name in ("zeros", "ones", "empty"):
        if name != "empty":
            check(name, shape, dtype=dtype)
        assert getattr(mnp, name)(shape, dtype).dtype == np.dtype(dtype or "float32")
    check("full", shape, 1, dtype=dtype)


def test_bfloat16():
    for n in (1, 2, 3, 9):
        assert np.asarray(mnp.ones(n, "bfloat16")).astype(float).tolist() == [1.0] * n


def test_like():
    x = np.ones((2, 3), np.int16)
    for name in ("zeros_like", "ones_like", "empty_like"):
        assert getattr(mnp, name)(x).dtype == np.int16 and getattr(mnp, name)(x).shape == (2, 3)
    check("full_like", x, 3)
    check("full_like", x, 2.5, dtype=np.float32)
    same(mnp.full((2, 3), np.arange(3)), np.full((2, 3), np.arange(3)))


@pytest.mark.parametrize("options", [{}, {"endpoint": False}, {"num": 1}, {"num": 0}, {"num": 7}])
def test_linspace(options):
    check("linspace", 1.0, 3.0, **options)
    check("linspace", np.float32([0, 1]), np.float32([2, 5]), axis=-1, **options)


def test_spaces():
    check("linspace", 0, 10, 5, dtype=np.int32)
    same(mnp.linspace(0, 2, 5, retstep=True), np.linspace(0, 2, 5, retstep=True))
    check("logspace", 0.0, 3.0, 5, tolerance=1e-5)
    check("geomspace", 1.0, 1000.0, 7, tolerance=1e-5)
    with pytest.raises(ValueError, match="linspace"):
        mnp.linspace(0, 1, -1)


@pytest.mark.parametrize("k", [-2, 0, 1, 5])
def test_diagonals(k):
    x = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    for name in ("tril", "triu", "diagonal", "diag"):
        check(name, x, k)
    check("diag", x[0], k)
    check("diagflat", x, k)
    check("eye", 3, 4, k)
    check("tri", 3, 4, k)
    check("tril_indices", 4, k)
    check("triu_indices", 4, k)


def test_diagonal_axes():
    x = np.arange(60.0, dtype=np.float32).reshape(3, 4, 5)
    check("diagonal", x, 1, 2, 0)
    check("tril", x)
    check("identity", 3)
    with pytest.raises(ValueError, match="tril"):
        mnp.tril(np.ones(3))
    check_gradient(lambda v: mnp.diagonal(v, 1), x[0], tolerance=1e-4)
    check_gradient(mnp.diag, x[0, 0], tolerance=1e-4)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_meshgrid(indexing, sparse):
    xs = [np.arange(3.0), np.arange(2.0), np.arange(4.0)]
    same(
        mnp.meshgrid(*xs, indexing=indexing, sparse=sparse),
        [np.asarray(v) for v in np.meshgrid(*xs, indexing=indexing, sparse=sparse)],
    )


def test_grids():
    check("indices", (2, 3))
    same(
        mnp.fromfunction(lambda i, j: i * 2 + j, (2, 3)),
        np.fromfunction(lambda i, j: i * 2 + j, (2, 3)),
    )
    with pytest.raises(ValueError, match="meshgrid"):
        mnp.meshgrid(np.arange(2), indexing="yx")


NAMES = (
    "bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 bfloat16 float16 float32 float64 "
    "complex64 complex128 finfo iinfo issubdtype promote_types result_type ndarray pi e inf nan "
    "newaxis linalg fft"
)


def test_dtypes_and_constants_are_public():
    missing = [name for name in NAMES.split() if not hasattr(mnp, name)]
    assert not missing
    assert mnp.zeros(2, mnp.int32).dtype == np.int32
