"""The way from a call to a launch: what makes a call known, and what sends it to Python."""

import gc
import threading
import weakref
from collections import OrderedDict, namedtuple

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import tree_util
from mjx.core import Array

Point = namedtuple("Point", "x y")


@pytest.fixture
def counted():
    """A jitted function, and how often its fast path was missed."""

    class Counted:
        def __init__(self, fun, **options):
            self.misses = 0
            self.jitted = mjx.jit(fun, **options)
            slow = self.jitted._call

            def counting(args, kwargs):
                self.misses += 1
                return slow(args, kwargs)

            self.jitted.slow = counting

        def __call__(self, *args, **kwargs):
            return self.jitted(*args, **kwargs)

    return Counted


TREES = [
    lambda a, b: {"b": a, "a": [b, None]},
    lambda a, b: (a, {"x": {"z": b}}),
    lambda a, b: Point(a, [b]),
    lambda a, b: OrderedDict([("q", a), ("p", b)]),
]


@pytest.mark.parametrize("make", TREES)
def test_a_call_of_known_structure_needs_no_python(counted, make):
    f = counted(lambda t: tree_util.tree_map(lambda v: v * 2, t))
    for n in range(1, 4):
        result = f(make(mnp.full(3, n), mnp.float32(n)))
        assert tree_util.tree_structure(result) == tree_util.tree_structure(make(0, 0))
        for leaf, x in zip(tree_util.tree_leaves(result), tree_util.tree_leaves(make(n, n))):
            np.testing.assert_array_equal(leaf, np.full(leaf.shape, 2 * x))
    assert f.misses == 1


def test_the_order_of_keys_does_not_matter(counted):
    f = counted(lambda d, *, k, j: d["a"] - d["b"] + 10 * k - 100 * j)
    first, second = {"a": mnp.ones(2), "b": mnp.zeros(2)}, {"b": mnp.zeros(2), "a": mnp.ones(2)}
    for _ in range(2):
        for d in (first, second):
            np.testing.assert_array_equal(f(d, k=1, j=2), [-189, -189])
            np.testing.assert_array_equal(f(d, j=2, k=1), [-189, -189])
    assert f.misses == 4


@pytest.mark.parametrize("x", [True, 3, 2.5, 1 + 2j, np.float32(1.5), np.int64(7), np.arange(3.0)])
def test_numbers_and_numpy_arrays_are_leaves(counted, x):
    f = counted(lambda v: v + v)
    expected = mnp.asarray(x) + mnp.asarray(x)
    for _ in range(2):
        found = f(x)
        assert (found.dtype, found.weak_type) == (expected.dtype, expected.weak_type)
        np.testing.assert_array_equal(found, expected)
    assert f.misses == 1


def test_an_integer_without_room_is_refused():
    f = mjx.jit(lambda v: v + 1)
    assert f(3) == 4
    with pytest.raises(OverflowError):
        f(2**40)


def test_other_types_and_shapes_are_other_programs(counted):
    f = counted(lambda v: v * 1)
    for value in (
        1,
        1.0,
        True,
        mnp.ones(2),
        mnp.ones(3),
        mnp.ones(2, int),
        (),
        (1,),
        [1],
        {"a": 1},
    ):
        mjx.tree.map(lambda leaf: None, value)
    for value in (1, 1.0, mnp.ones(2), mnp.ones(3), mnp.ones(2, int)):
        f(value), f(value)
    assert f.misses == 5


def test_static_arguments_are_compared_by_type_and_value(counted):
    f = counted(
        lambda n, x, flag=None: x + (n if flag else 0), static_argnums=0, static_argnames="flag"
    )
    x = mnp.zeros(2)
    for n in (1, 1.0, True, 2, 1):
        np.testing.assert_array_equal(f(n, x, flag="on"), [n, n])
    np.testing.assert_array_equal(f(1, x, flag=""), [0, 0])
    assert f.misses == 5
    with pytest.raises(ValueError, match="Non-hashable"):
        f([1], x, flag="on")


def test_settings_belong_to_the_signature():
    f = mjx.jit(lambda v: v + 1.0)
    narrow = f(1.0)
    with mjx.enable_x64(True):
        assert f(1.0).dtype == "float64"
    assert f(1.0).dtype == narrow.dtype == "float32"
    with mjx.debug_nans(True), pytest.raises(FloatingPointError):
        f(float("nan"))
    assert np.isnan(f(float("nan")))
    with mjx.disable_jit():
        assert f(1.0) == 2


def test_settings_of_a_scope_hold_in_its_thread_only():
    f = mjx.jit(lambda v: v + 1.0)
    f(1.0)
    seen = []
    with mjx.enable_x64(True):
        thread = threading.Thread(target=lambda: seen.append(f(1.0).dtype))
        thread.start()
        thread.join()
        seen.append(f(1.0).dtype)
    assert seen == ["float32", "float64"]


def test_calls_within_a_trace_are_traced():
    inner = mjx.jit(lambda v: v * 3)
    inner(mnp.ones(2))
    outer = mjx.jit(lambda v: inner(v) + inner(mnp.ones(2)))
    np.testing.assert_array_equal(outer(mnp.ones(2)), [6, 6])
    assert mjx.grad(lambda v: inner(v).sum())(mnp.ones(2)).tolist() == [3, 3]


def test_captured_arrays_follow_the_arguments():
    table = mnp.arange(1000.0)
    f = mjx.jit(lambda d: d["z"] + table[:2] + d["a"])
    for _ in range(3):
        assert f({"z": mnp.ones(2), "a": mnp.zeros(2)}).tolist() == [1, 2]


def test_donated_arguments_are_given_up_each_time():
    f = mjx.jit(lambda x: x + 1, donate_argnums=0)
    x = mnp.zeros(3)
    for _ in range(3):
        old, x = x, f(x)
        assert old.is_deleted()
    assert x.tolist() == [3, 3, 3]
    with pytest.raises(RuntimeError, match="deleted"):
        f(old)


def test_a_method_is_bound():
    class Model:
        scale = 3

        @mjx.jit
        def apply(self, x):
            return x

    tree_util.register_static(Model)
    assert Model().apply(2) == 2


def test_a_node_type_registered_later_is_a_node():
    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

    f = mjx.jit(lambda p: p.a - p.b)
    with pytest.raises(TypeError, match="expected arguments to be arrays"):
        f(Pair(1, 2))
    tree_util.register_pytree_node(Pair, lambda p: ((p.a, p.b), None), lambda _, c: Pair(*c))
    assert [f(Pair(5, n)).item() for n in (1, 2)] == [4, 3]


def test_clearing_caches_forgets_programs(counted):
    f = counted(lambda v: v + 1)
    f(1), f(1)
    f.jitted.clear_cache()
    f(1)
    assert f.misses == 2


def test_a_dropped_function_is_freed():
    f = mjx.jit(lambda v: v + 1)
    f(1), f(2)
    dead = weakref.ref(f)
    del f
    gc.collect()
    assert dead() is None


def test_deep_nesting_ends_in_an_error_at_most():
    deep = 1
    for _ in range(100_000):
        deep = (deep,)
    with pytest.raises((RecursionError, MemoryError)):
        mjx.jit(lambda t: t)(deep)


# Operators and elements.


def test_operators_leave_unknown_operands_alone():
    class Other:
        def __radd__(self, x):
            return "radd"

    x = mnp.ones(2)
    for _ in range(2):
        assert x + Other() == "radd"
        with pytest.raises(TypeError):
            x - Other()
    assert x.__add__(Other()) is NotImplemented


def test_integers_wrap_alike_each_time():
    x = mnp.ones(2, "uint8")
    for _ in range(2):
        assert (x + 1).tolist() == [2, 2]
        assert (x + 300).tolist() == (x + 44).tolist() == [45, 45]
        assert (x - 2).tolist() == [255, 255]
        assert (mnp.ones(1, "uint32") + (2**31 + 5)).tolist() == [2**31 + 6]
        with pytest.raises(OverflowError):
            x + 2**40


INDICES = [0, -1, 3, (1, 2), (1, -3), slice(1, 3), slice(None), (2, slice(0, 2)), slice(3, 1), ()]


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "bool", "complex64"])
def test_rows_and_elements(index, dtype):
    x = mnp.arange(60).reshape(4, 3, 5).astype(dtype)
    found = x[index]
    assert isinstance(found, Array) and found.dtype == x.dtype
    np.testing.assert_array_equal(np.asarray(found), np.asarray(x)[index])


def test_large_rows_share_memory_and_outlive_the_array():
    x = mnp.arange(2.0**20).reshape(4, -1)
    expected = np.asarray(x)[1].copy()
    row = x[1]
    f = mjx.jit(lambda v: v * 0, donate_argnums=0)
    f(x)
    del x
    np.testing.assert_array_equal(row, expected)


def test_rows_of_deleted_arrays_are_refused():
    x = mnp.ones((2, 2))
    x.delete()
    with pytest.raises(RuntimeError, match="deleted"):
        x[0]


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint16", "int32", "float16", "bfloat16", "float32"]
)
def test_items_are_python_numbers(dtype):
    x = mnp.asarray([1], dtype)
    expected = np.asarray(x).item()
    assert type(x.item()) is type(expected) and x.item() == expected
    assert bool(x) and x.tolist() == [expected]


def test_arrays_of_numpy_are_copies():
    source = np.arange(3, dtype=np.float32)
    x = mnp.array(source)
    source[0] = 9
    assert x.tolist() == [0, 1, 2] and x.literal.tolist() == [0, 1, 2]
    assert mnp.array(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert mnp.array(np.arange(6).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]
