import json
import warnings
from pathlib import Path

import ml_dtypes
import pytest

import mjx.dtypes
import numpy as np
from mjx.support import dtypes as dt
from mjx.support import promotion
from mjx.support.config import enable_x64, numpy_dtype_promotion
from mjx.support.errors import TypePromotionError

TABLES = json.loads((Path(__file__).parents[1] / "data" / "promotion.json").read_text())
PYTHON = {"int*": int, "float*": float, "complex*": complex}
VALUES = {"int*": 1, "float*": 1.0, "complex*": 1j}


def shown(dtype, weak):
    return dtype.name + "*" * weak


def common(a, b):
    try:
        return shown(*promotion.result_type(a, b, return_weak_type_flag=True))
    except TypePromotionError:
        return "!TypePromotionError"


@pytest.mark.parametrize(
    "table, key, x64",
    [
        ("x32", "add", False),
        ("x64", "add", True),
        ("x32", "add_strict", False),
        ("x64", "add_strict", True),
        ("extended_x32", "add", False),
    ],
)
@pytest.mark.parametrize("python", [PYTHON, VALUES], ids=["types", "values"])
def test_table(table, key, x64, python):
    names, rows = TABLES[table]["names"], TABLES[table][key]
    operands = [python.get(name, name) for name in names]
    mode = "strict" if key.endswith("strict") else "standard"
    with enable_x64(x64), numpy_dtype_promotion(mode):
        got = [[common(a, b) for b in operands] for a in operands]
    assert got == rows


@pytest.mark.parametrize("table, x64", [("x32", False), ("x64", True)])
def test_types_of_unary_functions(table, x64):
    unary = TABLES[table]["unary"]
    with enable_x64(x64):
        for name in TABLES[table]["names"]:
            dtype = dt.dtype_of(VALUES[name])[0] if name in VALUES else dt.as_dtype(name)
            assert dt.inexact_dtype(dtype).name == unary["sqrt"][name].rstrip("*")
            assert dt.sum_dtype(dtype).name == unary["sum"][name]
            assert dt.real_dtype(dtype).name == unary["real"][name].rstrip("*")


@pytest.mark.parametrize("table, x64", [("x32", False), ("x64", True)])
def test_types_of_values(table, x64):
    samples = {"True": True, "1": 1, "1.0": 1.0, "1j": 1j}
    with enable_x64(x64):
        for text, (dtype, weak, *_) in TABLES[table]["python_scalars"].items():
            assert dt.dtype_of(samples[text]) == (np.dtype(dtype), weak)
        for given, kept in TABLES[table]["numpy_inputs"].items():
            assert dt.dtype_of(np.ones(2, given)) == (np.dtype(kept), False)
            assert dt.dtype_of(np.dtype(given).type(1)) == (np.dtype(kept), False)


@pytest.mark.parametrize("name", TABLES["finfo"])
def test_finfo(name):
    info = dt.finfo(name)
    for field, value in TABLES["finfo"][name].items():
        assert float(getattr(info, field)) == value


def test_promotion_is_commutative_and_associative():
    strong = [(dt.DTYPES[name], False) for name in dt.ELEMENT_TYPES]
    with enable_x64(True):
        weak = [(make(), True) for make in (dt.default_int, dt.default_float, dt.default_complex)]
        for a in strong + weak:
            for b in strong + weak:
                ab = promotion.promote([a, b])
                assert ab == promotion.promote([b, a])
                for c in strong + weak:
                    bc = promotion.promote([b, c])
                    assert promotion.promote([ab, c]) == promotion.promote([a, bc])


class Weak:
    weak_type = True

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)


def test_weak_arrays():
    assert common(Weak("int32"), np.int8(1)) == "int8"
    assert common(Weak("float32"), np.ones(1, np.float16)) == "float16"
    assert common(Weak("float32"), Weak("int32")) == "float32*"
    assert common(Weak(ml_dtypes.bfloat16), 1) == "bfloat16*"
    assert common(Weak("bool"), np.int8(1)) == "int8"
    assert common(Weak("float32"), np.float32(1)) == "float32"


def test_result_type_of_many():
    assert promotion.result_type(np.int8(1), np.ones(1, np.uint8), 2.0) == np.float32
    assert promotion.result_type(np.float16(1), 2, ml_dtypes.bfloat16(1)) == np.float32
    assert promotion.result_type("int16") == np.int16
    assert promotion.result_type(3, return_weak_type_flag=True) == (np.int32, True)
    assert promotion.result_type(True, return_weak_type_flag=True) == (np.bool_, False)
    assert promotion.result_type(int, np.int8) == np.int8
    with pytest.raises(ValueError, match="at least one"):
        promotion.result_type()
    with pytest.raises(TypeError, match="result_type: expected an array or a number"):
        promotion.result_type([1], 2)


def test_promote_types():
    assert promotion.promote_types("int8", "uint8") == np.int16
    assert promotion.promote_types(np.float16, int) == np.float16
    assert promotion.promote_types(dt.bfloat16, np.float32) == np.float32
    with pytest.raises(TypeError, match="promote_types: expected an element type"):
        promotion.promote_types("int8", "nothing")


def test_promotion_error_text():
    with pytest.raises(
        TypePromotionError, match="got bfloat16, float8_e5m2; convert one explicitly"
    ):
        promotion.promote_types("float8_e5m2", "bfloat16")
    with (
        numpy_dtype_promotion("strict"),
        pytest.raises(
            ValueError, match="while numpy_dtype_promotion is 'strict', but got int8, int16"
        ),
    ):
        promotion.promote_types("int16", "int8")


class KeyType(dt.ExtendedDType):
    type = dt.prng_key
    name = "key<fry>"

    def __repr__(self):
        return self.name


def test_extended_dtypes():
    key = KeyType()
    assert dt.issubdtype(key, dt.prng_key) and dt.issubdtype(key, dt.extended)
    assert not dt.issubdtype(key, np.number) and not dt.issubdtype(np.float32, dt.prng_key)
    assert dt.as_dtype(key) is key and dt.canonicalize_dtype(key, True) is key
    assert promotion.result_type(key, key) is key
    with pytest.raises(TypePromotionError, match="equal extended types, but got key<fry>, float32"):
        promotion.result_type(key, np.float32)
    with pytest.raises(ValueError, match="expected a NumPy dtype"):
        dt.canonicalize_dtype(key)
    assert dt.request_dtype(key, "zeros") is key


@pytest.mark.parametrize(
    "given, name",
    [
        ("float32", "float32"),
        (np.float32, "float32"),
        (np.dtype("float32"), "float32"),
        (dt.float32, "float32"),
        ("bfloat16", "bfloat16"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (dt.bfloat16, "bfloat16"),
        (bool, "bool"),
        (int, "int64"),
        (float, "float64"),
        (complex, "complex128"),
        ("float8_e4m3fn", "float8_e4m3fn"),
        ("i4", "int32"),
        (">f8", "float64"),
    ],
)
def test_as_dtype(given, name):
    assert dt.element_type(given) == name
    assert dt.as_dtype(given) is dt.as_dtype(given)


@pytest.mark.parametrize(
    "given", [None, "float31", object, "S3", "M8[s]", np.longdouble, np.ones(2), [1], 3, "f4,i4"]
)
def test_no_dtypes(given):
    with pytest.raises(TypeError, match="zeros: expected an element type .*bfloat16.*, but got"):
        dt.as_dtype(given, "zeros")


def test_canonicalize():
    wide = ["int64", "uint64", "float64", "complex128", "int8", "bfloat16", "bool"]
    narrow = ["int32", "uint32", "float32", "complex64", "int8", "bfloat16", "bool"]
    assert [dt.canonicalize_dtype(d).name for d in wide] == narrow
    with enable_x64(True):
        assert [dt.canonicalize_dtype(d).name for d in wide] == wide
    assert dt.canonicalize_dtype(dt.float0) == dt.float0


def test_explicit_request_warns_at_the_users_line():
    with pytest.warns(
        UserWarning, match="zeros: dtype float64 was requested.*float32 is used"
    ) as w:
        assert dt.request_dtype("float64", "zeros") == np.float32
    assert len(w) == 1 and w[0].filename == __file__ and "enable_x64" in str(w[0].message)


@pytest.mark.parametrize("quiet", ["float32", int, float, complex, bool, np.int8])
def test_what_does_not_warn(quiet):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dt.request_dtype(quiet, "zeros")
        with enable_x64(True):
            dt.request_dtype("float64", "zeros")


def test_defaults():
    def defaults():
        makers = (dt.default_int, dt.default_uint, dt.default_float, dt.default_complex)
        return [make().name for make in makers]

    assert defaults() == ["int32", "uint32", "float32", "complex64"]
    with enable_x64(True):
        assert defaults() == ["int64", "uint64", "float64", "complex128"]
    assert dt.complex_dtype("float16").name == dt.complex_dtype("int8").name == "complex64"


@pytest.mark.parametrize(
    "value, dtype", [(300, "uint8"), (-1, "uint32"), (2**40, "int32"), (8, "int4")]
)
def test_integers_out_of_range(value, dtype):
    with pytest.raises(OverflowError, match=f"array: expected .* within {dtype}.* but got {value}"):
        dt.check_python_int_range(value, dtype)
    dt.check_python_int_range(value, "float32")
    dt.check_python_int_range(0, dtype)


def test_range_error_mentions_x64_where_it_helps():
    with pytest.raises(OverflowError, match="enable_x64"):
        dt.check_python_int_range(2**40, "int32")
    with enable_x64(True), pytest.raises(OverflowError) as info:
        dt.check_python_int_range(2**40, "int32")
    assert "enable_x64" not in str(info.value)


@pytest.mark.parametrize(
    "a, b, want",
    [
        ("bfloat16", np.floating, True),
        ("bfloat16", np.inexact, True),
        ("bfloat16", np.integer, False),
        ("bfloat16", "bfloat16", True),
        ("float16", "bfloat16", False),
        ("float8_e5m2", np.number, True),
        ("int4", np.signedinteger, True),
        ("uint4", np.unsignedinteger, True),
        ("uint4", np.signedinteger, False),
        ("int32", np.integer, True),
        ("bool", np.integer, False),
        ("complex64", np.complexfloating, True),
        (dt.float32, np.floating, True),
        (dt.float32, dt.float32, True),
        (np.floating, np.inexact, True),
        (np.float64, float, True),
        (dt.float0, np.generic, True),
        (dt.float0, np.number, False),
    ],
)
def test_issubdtype(a, b, want):
    assert dt.issubdtype(a, b) is want


def test_limits_of_the_wrong_kind():
    with pytest.raises(ValueError, match="finfo: expected a floating-point dtype, but got int32"):
        dt.finfo("int32")
    with pytest.raises(ValueError, match="iinfo: expected an integer dtype, but got float32"):
        dt.iinfo("float32")
    assert dt.iinfo("uint64").max == 2**64 - 1 and dt.iinfo("int4").min == -8


def test_itemsize_bits():
    sizes = {"bool": 8, "int4": 4, "uint2": 2, "float4_e2m1fn": 4, "bfloat16": 16, "complex64": 64}
    assert {name: dt.itemsize_bits(name) for name in sizes} == sizes


def test_scalar_type_of():
    samples = (True, np.int8(1), np.ones(2, "float16"), ml_dtypes.bfloat16(1), 1j)
    assert [dt.scalar_type_of(x) for x in samples] == [bool, int, float, float, complex]


def test_dtype_of_others():
    for bad in ("text", [1], None):
        with pytest.raises(TypeError, match="add: expected an array or a number, but got"):
            dt.dtype_of(bad, "add")


def test_scalar_types_are_dtypes():
    assert (
        np.dtype(dt.float32) == np.float32 and np.zeros(2, dt.bfloat16).dtype == ml_dtypes.bfloat16
    )
    assert dt.float32 == np.float32 and np.float32 == dt.float32
    assert dt.float32 == np.dtype("float32") and np.dtype("float32") == dt.float32
    assert dt.float32 != dt.float64 and dt.float32 != np.float64 and dt.float32 != "float32"
    assert {np.float32: 1}[dt.float32] == 1
    assert dt.float32.dtype is np.dtype("float32") and isinstance(dt.float32, type)
    assert repr(dt.float32) == "<class 'mjx.numpy.float32'>" and dt.bool_.__name__ == "bool_"


def test_scalar_types_construct_through_the_hook(monkeypatch):
    monkeypatch.setattr(dt.ScalarType, "construct", None)
    with pytest.raises(RuntimeError, match="float32: expected mjx.numpy to be imported"):
        dt.float32(1)
    monkeypatch.setattr(dt.ScalarType, "construct", staticmethod(lambda x, dtype: (x, dtype)))
    assert dt.float32(3) == (3, np.dtype("float32"))
    assert dt.int8() == (0, np.dtype("int8"))


def test_isinstance_with_a_scalar_type_explains():
    with pytest.raises(TypeError, match="compare x.dtype == float32"):
        isinstance(1.0, dt.float32)


def test_facade():
    for name in mjx.dtypes.__all__:
        assert hasattr(mjx.dtypes, name)
    assert mjx.dtypes.TypePromotionError is TypePromotionError
