"""What callbacks are given, what becomes of what they return, and of their errors."""

import gc
import weakref

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.core.callback import _functions
from mjx.errors import MjxRuntimeError
from mjx.experimental import io_callback

SCALAR = mjx.ShapeDtypeStruct((), np.float32)
DTYPES = ["bool", "int8", "uint8", "int32", "uint32", "float16", "bfloat16", "float32", "complex64"]


def like(x):
    return mjx.ShapeDtypeStruct(x.shape, x.dtype)


def through(x, callback=lambda a: a):
    return mjx.pure_callback(callback, like(x), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 0, 3)])
def test_values_of_all_types_go_through(dtype, shape):
    given = np.arange(np.prod(shape)).reshape(shape).astype(mnp.dtype(dtype))
    for f in (through, mjx.jit(through)):
        found = f(mnp.asarray(given))
        assert found.dtype == given.dtype
        np.testing.assert_array_equal(np.asarray(found), given)


def test_special_values_keep_their_bits():
    given = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45], np.float32)
    found = np.asarray(mjx.jit(through)(mnp.asarray(given)))
    np.testing.assert_array_equal(found.view(np.uint32), given.view(np.uint32))


def test_trees_and_keywords():
    def callback(tree, *, scale, name):
        assert name == "s"  # what is no array stays as it is
        return {"sum": tree[0] + tree[1]["b"], "scaled": (tree[0] * scale,)}

    def f(a, b):
        shapes = {"sum": like(a), "scaled": (like(a),)}
        return mjx.pure_callback(callback, shapes, (a, {"b": b}), scale=2, name="s")

    a, b = mnp.arange(3.0), mnp.ones(3)
    for g in (f, mjx.jit(f)):
        found = g(a, b)
        np.testing.assert_array_equal(found["sum"], [1, 2, 3])
        np.testing.assert_array_equal(found["scaled"][0], [0, 2, 4])


def test_a_callback_may_keep_its_arguments():
    kept = []
    f = mjx.jit(lambda x: io_callback(lambda a: kept.append(a), None, x * 2))
    for i in range(3):
        f(mnp.full(4, i))
    mjx.effects_barrier()
    np.testing.assert_array_equal(kept, np.repeat([[0], [2], [4]], 4, axis=1))


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros((2,), np.float32), "shape"),
        (np.zeros((), np.complex64), "complex64"),
        ((1.0, 2.0), "structure"),
        (None, "structure"),
    ],
)
def test_results_that_were_not_declared(returned, message):
    def f(x):
        return mjx.pure_callback(lambda _: returned, SCALAR, x)

    with pytest.raises(ValueError, match=message):
        f(1.0)
    with pytest.raises(MjxRuntimeError, match=message):
        mjx.jit(f)(1.0).block_until_ready()


def test_numbers_and_wide_results_are_converted():
    assert mjx.jit(lambda x: mjx.pure_callback(lambda _: 3, SCALAR, x))(1.0) == 3
    assert mjx.jit(lambda x: mjx.pure_callback(np.float64, SCALAR, x))(1.5).dtype == np.float32


def test_bad_declarations():
    with pytest.raises(TypeError, match="result_shape_dtypes"):
        mjx.pure_callback(np.sin, "float32", 1.0)
    with pytest.raises(TypeError, match="callable"):
        mjx.pure_callback(3, SCALAR, 1.0)
    with pytest.raises(ValueError, match="vmap_method"):
        mjx.pure_callback(np.sin, SCALAR, 1.0, vmap_method="parallel")


# Errors.


def fails(x):
    raise KeyError("no such thing")


def test_an_error_travels_to_the_reader_with_both_lines():
    f = mjx.jit(lambda x: mjx.pure_callback(fails, SCALAR, x) + 1)  # the user's line
    y = f(1.0)
    z = mjx.jit(lambda y: y * 2)(y)
    for array in (y, z):
        with pytest.raises(MjxRuntimeError) as caught:
            float(array)
        message = str(caught.value)
        assert "KeyError" in message
        assert "the user's line" in message
        assert 'raise KeyError("no such thing")' in message
        assert "/mjx/" not in message


def test_an_error_at_once_is_raised_as_it_is():
    with pytest.raises(KeyError, match="no such thing"):
        through(1.0 * mnp.ones(()), fails)


def test_nothing_happens_after_an_error():
    seen = []

    @mjx.jit
    def f(x):
        io_callback(seen.append, None, x)
        y = through(x, fails)
        io_callback(seen.append, None, y)
        # Would not end if it were to run on what the callback left.
        y = mjx.lax.while_loop(lambda v: v == v, lambda v: v + 1, y)
        return y

    with pytest.raises(MjxRuntimeError, match="KeyError"):
        f(1.0).block_until_ready()
    assert seen == [1.0]


def test_an_error_in_a_loop_ends_it():
    seen = []

    def step(i):
        seen.append(int(i))
        if i == 2:
            raise ValueError("enough")

    def body(i, x):
        io_callback(step, None, i)
        return x

    with pytest.raises(MjxRuntimeError, match="enough"):
        mjx.jit(lambda x: mjx.lax.fori_loop(0, 10, body, x))(1.0).block_until_ready()
    assert seen == [0, 1, 2]


def test_a_program_without_outputs_tells_the_barrier():
    mjx.jit(lambda x: io_callback(fails, None, x))(1.0)
    with pytest.raises(MjxRuntimeError, match="KeyError"):
        mjx.effects_barrier()
    mjx.effects_barrier()  # once
    mjx.jit(lambda x: io_callback(fails, None, x))(1.0)
    with pytest.raises(MjxRuntimeError, match="KeyError"):
        mjx.block_until_ready(None)


# Execution.


def test_programs_run_though_nobody_reads_them():
    seen = []
    f = mjx.jit(lambda x: (io_callback(seen.append, None, x), x + 1)[1])
    for i in range(5):
        f(i)
    mjx.effects_barrier()
    assert seen == [0, 1, 2, 3, 4]


def test_program_order_is_execution_order():
    seen = []

    def note(name, value):
        io_callback(lambda v: seen.append((name, float(v))), None, value)

    @mjx.jit
    def f(x):
        note("a", x)
        y = mnp.sin(x)
        note("b", y)
        note("a", x)  # equal to the first, but not the same
        return mjx.lax.cond(x > 0, lambda v: (note("pos", v), v)[1], lambda v: v, x)

    f(1.0)
    mjx.effects_barrier()
    assert [name for name, _ in seen] == ["a", "b", "a", "pos"]


def test_pure_callbacks_are_not_called_for_nothing():
    seen = []
    mjx.jit(lambda x: (through(x, lambda a: seen.append(1) or a), x)[1])(1.0).block_until_ready()
    assert seen == []


@pytest.mark.parametrize("ordered", [False, True])
def test_callbacks_in_loops_and_branches(ordered):
    seen = []

    def note(x):
        io_callback(lambda v: seen.append(float(v)), None, x, ordered=ordered)

    def scan(x):
        return mjx.lax.scan(lambda c, v: (c + v, note(c)), x, mnp.arange(3.0))[0]

    def loop(x):
        return mjx.lax.while_loop(lambda v: v < 4, lambda v: (note(v), v + 1)[1], x)

    def branch(x):
        return mjx.lax.switch(1, [lambda v: v, lambda v: (note(v), v)[1]], x)

    def mapped(x):
        return mjx.lax.map(lambda v: (note(v), v)[1], x + mnp.arange(3.0)).sum()

    expected = {scan: [1, 1, 2], loop: [1, 2, 3], branch: [1], mapped: [1, 2, 3]}
    for f, values in expected.items():
        for g in (f, mjx.jit(f)):
            seen.clear()
            g(1.0)
            mjx.effects_barrier()
            assert seen == values, f.__name__


def test_a_callback_may_compute():
    inner = mjx.jit(lambda a: through(a + 1, lambda b: np.asarray(mnp.sin(b))))

    def callback(x):
        return np.asarray(inner(mnp.asarray(x)) * 2)

    found = mjx.jit(lambda x: through(x, callback))(0.5)
    np.testing.assert_allclose(found, 2 * np.sin(1.5), rtol=1e-6)


# Lifetime.


class Callback:
    def __call__(self, x):
        return x * 2


def test_a_callback_dies_with_the_jitted_function():
    def jitted(callback):
        return mjx.jit(lambda x: mjx.pure_callback(callback, SCALAR, x)), weakref.ref(callback)

    f, died = jitted(Callback())
    assert [float(f(float(i))) for i in range(3)] == [0, 2, 4]
    known = len(_functions)
    gc.collect()
    assert f(2.0) == 4
    del f
    gc.collect()
    mjx.effects_barrier()
    assert died() is None
    assert len(_functions) < known


def test_equal_programs_are_compiled_once():
    def step(x):
        return mjx.grad(lambda v: (mjx.debug.callback(id, v), v * v)[1])(x)

    step(1.0)
    before = mjx.compile_statistics["compiles"]
    assert [float(step(float(i))) for i in range(3)] == [0, 2, 4]
    assert mjx.compile_statistics["compiles"] == before


def test_programs_with_callbacks_are_marked():
    lowered = mjx.jit(lambda x: mjx.pure_callback(np.sin, SCALAR, x)).lower(1.0)
    assert lowered._traced.module.is_process_local()
    assert not mjx.jit(mnp.sin).lower(1.0)._traced.module.is_process_local()
    executable = lowered.compile().executable
    assert len(executable.callbacks) == 1
    np.testing.assert_allclose(lowered.compile()(0.5), np.sin(0.5), rtol=1e-6)
