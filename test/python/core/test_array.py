"""`Array`: what it is, how it prints, what it refuses."""

import copy
import pickle

import ml_dtypes
import pytest

import numpy as np
from mjx.core import Array, ShapedArray, ShapeDtypeStruct, as_array_or_tracer, constant, from_numpy
from mjx.core.aval import abstractify


def array(values, dtype=np.float32):
    values = np.asarray(values, dtype)
    return from_numpy(values, ShapedArray(values.shape, values.dtype))


def test_avals_are_interned():
    assert ShapedArray((2, 3), np.float32) is ShapedArray([2, 3], "float32")
    assert ShapedArray((), np.float32) is not ShapedArray((), np.float32, True)
    assert pickle.loads(pickle.dumps(ShapedArray((4,), "bfloat16"))) is ShapedArray(
        (4,), "bfloat16"
    )


def test_avals_print_as_types():
    assert str(ShapedArray((2, 3), np.float32)) == "float32[2,3]"
    assert str(ShapedArray((), np.int32, True)) == "~int32[]"
    assert ShapedArray((2,), "bfloat16").str_short(True) == "bf16[2]"
    assert repr(ShapeDtypeStruct((5,), np.float32)) == "ShapeDtypeStruct(shape=(5,), dtype=float32)"


@pytest.mark.parametrize(
    ("values", "dtype", "text"),
    [
        ([0.0, 1.0], np.float32, "Array([0., 1.], dtype=float32)"),
        (1.0, np.float32, "Array(1., dtype=float32)"),
        ([[0, 0], [0, 0]], np.int32, "Array([[0, 0],\n       [0, 0]], dtype=int32)"),
        (np.zeros((0, 3)), np.float32, "Array([], shape=(0, 3), dtype=float32)"),
        ([0, 1], ml_dtypes.bfloat16, "Array([0, 1], dtype=bfloat16)"),
    ],
)
def test_repr(values, dtype, text):
    assert repr(array(values, dtype)) == text


def test_weak_scalars_say_so():
    assert repr(as_array_or_tracer(1.0)) == "Array(1., dtype=float32, weak_type=True)"
    assert not as_array_or_tracer(True).weak_type
    assert as_array_or_tracer(3).dtype == np.int32


def test_str_and_format():
    assert str(array([0.0, 1.0])) == "[0. 1.]"
    assert f"{array(1.25):.1f}" == "1.2"
    with pytest.raises(ValueError):
        format(array([1.0, 2.0]), ".1f")


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint16", "int32", "float16", "bfloat16", "float32", "complex64"]
)
def test_values_survive(dtype):
    values = np.array([[0, 1, 1], [1, 0, 3]]).astype(abstractify(ShapedArray((), dtype)).dtype)
    x = from_numpy(values, ShapedArray(values.shape, values.dtype))
    assert x.dtype == values.dtype and x.shape == (2, 3) and x.nbytes == values.nbytes
    np.testing.assert_array_equal(np.asarray(x), values)
    assert x.tolist() == values.tolist()


def test_is_independent_of_its_source():
    values = np.zeros(3, np.float32)
    x = as_array_or_tracer(values)
    values[0] = 7
    assert x.tolist() == [0, 0, 0]


def test_numpy_view_is_read_only():
    view = np.asarray(array([1.0, 2.0]))
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 3
    assert np.array(array([1.0]), dtype=np.float64).dtype == np.float64


def test_scalars_convert():
    assert int(array(3, np.int32)) == 3 and float(array(1.5)) == 1.5 and bool(array([1.0]))
    assert complex(array(1j, np.complex64)) == 1j
    assert [10, 20][array(1, np.int32)] == 20
    assert array(4, np.int32).item() == 4


@pytest.mark.parametrize("convert", [int, float, complex])
def test_only_scalars_convert(convert):
    with pytest.raises(TypeError, match="no dimensions"):
        convert(array([1.0]))


def test_truth_of_many_is_ambiguous():
    with pytest.raises(ValueError, match="any"):
        bool(array([1.0, 2.0]))
    with pytest.raises(ValueError):
        bool(array([]))


def test_floats_are_no_indices():
    with pytest.raises(TypeError, match="integer"):
        [1, 2][array(1.0)]


def test_is_not_hashable():
    with pytest.raises(TypeError, match="hash"):
        hash(array(1.0))


def test_assignment_names_the_fix():
    with pytest.raises(TypeError, match=r"x\.at\[idx\]\.set"):
        array([1.0])[0] = 2


def test_length_and_iteration():
    x = array([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2
    assert [row.tolist() for row in x] == [[1, 2], [3, 4]]
    with pytest.raises(TypeError):
        len(array(1.0))
    with pytest.raises(TypeError):
        iter(array(1.0))


def test_copies_and_pickles():
    x = as_array_or_tracer(2.5)
    for y in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert isinstance(y, Array) and y.aval is x.aval and y.item() == 2.5


def test_deleted_arrays_say_so():
    x = array([1.0, 2.0, 3.0, 4.0])
    x.delete()
    assert x.is_deleted()
    assert repr(x) == "<deleted Array with shape=float32[4]>"
    with pytest.raises(RuntimeError):
        np.asarray(x)


def test_waiting_returns_itself():
    x = array([1.0])
    assert x.block_until_ready() is x and x.is_ready()
    assert x.devices() == {x.device}


def test_dlpack_gives_the_values():
    assert np.from_dlpack(array([1.0, 2.0])).tolist() == [1, 2]


def test_lists_are_refused():
    with pytest.raises(TypeError, match="mjx.numpy.array"):
        as_array_or_tracer([1, 2])
    with pytest.raises(TypeError, match="str"):
        as_array_or_tracer("x")


def test_integers_must_fit():
    with pytest.raises(OverflowError, match="int32"):
        as_array_or_tracer(2**40)
    with pytest.raises(OverflowError, match="uint8"):
        constant(300, "uint8")
