"""Roots, fits, windows, spacing, files and text."""

import io

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np


@pytest.fixture(autouse=True)
def _wide():
    with mjx.enable_x64(True):
        yield


def sorted_roots(x):
    return np.sort_complex(np.asarray(x))


@pytest.mark.parametrize(
    "p",
    [
        [1.0, -6, 11, -6],
        [0, 0, 2, 3, 5, 0, 0],
        [1, 0, 1],
        [1j, 2, 3 - 1j],
        [3.0],
        [0.0, 0.0],
        [],
        [1.0, 0, 0],
    ],
)
def test_roots(p):
    found = mnp.roots(mnp.array(p, complex if np.iscomplexobj(p) else float))
    assert np.iscomplexobj(found)
    np.testing.assert_allclose(sorted_roots(found), np.sort_complex(np.roots(p)), atol=1e-9)


def test_roots_in_jit():
    f = mjx.jit(lambda p: mnp.roots(p, strip_zeros=False))
    np.testing.assert_allclose(sorted_roots(f(mnp.array([1.0, -3, 2]))), [1, 2], atol=1e-12)
    assert np.isnan(np.asarray(f(mnp.array([0.0, 1, 2])))).all()
    with pytest.raises(mjx.errors.ConcretizationTypeError):
        mjx.jit(mnp.roots)(mnp.ones(3))


@pytest.mark.parametrize("trim", ["fb", "f", "b"])
@pytest.mark.parametrize("x", [[0, 0, 1, 0, 2, 0], [0, 0], [], [1, 2]])
def test_trim_zeros(x, trim):
    found = mnp.trim_zeros(mnp.array(x, int), trim)
    assert found.tolist() == np.trim_zeros(np.array(x, int), trim).tolist()


def test_trim_zeros_of_matrices():
    x = np.zeros((4, 5), int)
    x[1, 2] = x[2, 3] = 7
    assert mnp.trim_zeros(x).tolist() == [[7, 0], [0, 7]]
    assert mnp.trim_zeros(x, axis=1).shape == (4, 2)
    assert mnp.trim_zeros(x, "f", axis=0).shape == (3, 5)
    with pytest.raises(ValueError, match="trim of"):
        mnp.trim_zeros(x, "")


@pytest.mark.parametrize("columns", [(), (3,)])
@pytest.mark.parametrize("weighted", [False, True])
def test_polyfit(columns, weighted):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=12), rng.normal(size=(12, *columns))
    w = rng.uniform(0.5, 2, 12) if weighted else None
    np.testing.assert_allclose(mnp.polyfit(x, y, 3, w=w), np.polyfit(x, y, 3, w=w), rtol=1e-9)
    for found, wanted in zip(
        mnp.polyfit(x, y, 3, full=True, w=w), np.polyfit(x, y, 3, full=True, w=w), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
    for cov in (True, "unscaled"):
        found, wanted = mnp.polyfit(x, y, 2, w=w, cov=cov), np.polyfit(x, y, 2, w=w, cov=cov)
        np.testing.assert_allclose(found[1], wanted[1], rtol=1e-8)


def test_polyfit_has_derivatives_and_errors():
    x = np.arange(6.0)
    slope = mjx.jit(mjx.grad(lambda y: mnp.polyfit(x, y, 1)[0]))(x**2)
    centered = x - x.mean()
    np.testing.assert_allclose(slope, centered / (centered @ centered), rtol=1e-8)
    with pytest.raises(ValueError, match="deg of 0 or more"):
        mnp.polyfit(x, x, -1)
    with pytest.raises(TypeError, match="same length"):
        mnp.polyfit(x, x[:3], 1)
    with pytest.raises(TypeError, match="weights"):
        mnp.polyfit(x, x, 1, w=x[:2])
    with pytest.raises(ValueError, match="more than 2 points"):
        mnp.polyfit(x[:2], x[:2], 1, cov=True)


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning", "kaiser"])
@pytest.mark.parametrize("M", [0, 1, 2, 5, 12])
def test_windows(name, M):
    more = (4.5,) if name == "kaiser" else ()
    found = getattr(mnp, name)(M, *more)
    assert found.dtype == float
    np.testing.assert_allclose(found, getattr(np, name)(M, *more), atol=1e-15, rtol=1e-13)


def test_i0():
    x = np.array([-700.0, -3, -1e-8, 0, 0.5, 8, 9, 700])
    np.testing.assert_allclose(mnp.i0(x), np.i0(x), rtol=1e-13)
    assert mnp.i0(mnp.array([1, 2])).dtype == float
    slope = mjx.grad(lambda v: mnp.i0(v))(0.5)
    np.testing.assert_allclose(slope, (np.i0(0.5 + 1e-6) - np.i0(0.5 - 1e-6)) / 2e-6, rtol=1e-8)
    with pytest.raises(ValueError, match="real numbers"):
        mnp.i0(1j)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_spacing(dtype):
    info = np.finfo(dtype)
    x = [1, -1, 0, 3.7, -1e-20, info.max, -info.max, info.tiny, info.smallest_subnormal]
    x = np.array([*x, np.inf, -np.inf, np.nan], dtype)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(mnp.spacing(x), np.spacing(x))


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "complex64", "bfloat16"])
def test_saved_arrays_come_back(tmp_path, dtype):
    x = mnp.array([[0, 1, 0], [1, 1, 0]], dtype)
    mnp.save(tmp_path / "x.npy", x)
    found = mnp.load(tmp_path / "x.npy")
    assert isinstance(found, mjx.Array) and found.dtype == x.dtype and (found == x).all()


def test_saved_archives_come_back():
    file = io.BytesIO()
    mnp.savez(file, mnp.arange(3), b=mnp.ones(2))
    file.seek(0)
    found = mnp.load(file)
    assert found["arr_0"].tolist() == [0, 1, 2] and found["b"].tolist() == [1, 1]
    with pytest.raises(TypeError, match="nonsense"):
        mnp.load(file, nonsense=1)
    with pytest.raises(ValueError, match="pickle"):
        objects = io.BytesIO()
        np.save(objects, np.array([{}], object))
        objects.seek(0)
        mnp.load(objects)


def test_numbers_from_elsewhere(tmp_path):
    np.arange(4, dtype=np.int16).tofile(tmp_path / "raw")
    assert mnp.fromfile(tmp_path / "raw", mnp.int16).tolist() == [0, 1, 2, 3]
    assert mnp.fromfile(tmp_path / "raw", "int16", 2, offset=2).tolist() == [1, 2]
    assert mnp.fromiter((i * i for i in range(4)), int).tolist() == [0, 1, 4, 9]
    assert mnp.fromiter(range(9), "float32", 2).dtype == "float32"
    assert mnp.fromstring("1, 2,3", sep=",").tolist() == [1, 2, 3]
    assert mnp.from_dlpack(np.arange(3.0)).tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="__dlpack__"):
        mnp.from_dlpack([1.0])


def test_text():
    x = mnp.array([1 / 3, 2e-12])
    assert mnp.array_repr(x, precision=2) == "Array([3.33e-01, 2.00e-12], dtype=float64)"
    assert mnp.array_str(x, precision=2, suppress_small=True) == "[0.33 0.  ]"
    assert "\n" in mnp.array_str(mnp.arange(20), max_line_width=30)
    with mnp.printoptions(precision=1):
        assert mnp.get_printoptions()["precision"] == 1 and str(x[0]) == str(np.asarray(x[0]))


def test_small_floats_have_names():
    x = mnp.array([1.0, 1.7], mnp.float8_e4m3fn)
    assert x.dtype == mnp.float8_e4m3fn and x.dtype != mnp.float8_e5m2
    assert mnp.finfo(mnp.float8_e4m3).max == 240 and mnp.iinfo(mnp.uint2).max == 3
    with pytest.raises(TypeError, match="expected"):
        mnp.zeros(2, mnp.float4_e2m1fn)
