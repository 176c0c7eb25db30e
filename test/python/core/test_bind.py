"""Applying ops: at once, traced, and with regions."""

import pytest

import mjx
import numpy as np
from mjx.core import (
    Array,
    ShapedArray,
    Tracer,
    as_array_or_tracer,
    bind,
    bind_regions,
    is_tracing,
    run_staged,
    trace_region,
)
from mjx.core.execute import _ops, statistics
from mjx.errors import UnexpectedTracerError

F32 = ShapedArray((), np.float32)


def value(x):
    return as_array_or_tracer(np.asarray(x, np.float32))


def test_ops_run_at_once_and_are_compiled_once():
    x = value([1.0, 2.0])
    before = len(_ops)
    (y,) = bind("tanh", [x])
    assert isinstance(y, Array) and len(_ops) == before + 1
    np.testing.assert_allclose(y, np.tanh([1.0, 2.0]), rtol=1e-6)
    bind("tanh", [value([3.0, 4.0])])
    assert len(_ops) == before + 1


def test_lists_as_attributes():
    (y,) = bind("transpose", [value([[1.0, 2.0]])], {"permutation": [1, 0]})
    assert y.shape == (2, 1)


def test_weak_types_are_what_is_asked_for():
    assert bind("sin", [as_array_or_tracer(1.0)], weak_type=True)[0].weak_type
    assert not bind("sin", [as_array_or_tracer(1.0)])[0].weak_type


def test_wrong_operands():
    with pytest.raises(TypeError, match="float"):
        bind("sin", [1.0])
    with pytest.raises(ValueError):
        bind("add", [value([1.0]), value([1.0, 2.0])])


def test_tracing_is_noticed():
    assert not is_tracing()
    seen = []
    mjx.jit(lambda x: seen.append((is_tracing(), type(x))) or x)(1.0)
    assert seen == [(True, Tracer)]


def test_concrete_arrays_become_arguments_once():
    big = value(np.arange(1000.0))

    def f(x):
        (a,) = bind("add", [x, big])
        return bind("mul", [a, big])[0]

    text = mjx.make_ir(f)(np.zeros(1000, np.float32))
    assert text.count("%arg") and "%arg2" not in text
    np.testing.assert_allclose(mjx.jit(f)(big), 2 * np.arange(1000.0) ** 2)


def test_literals_become_constants():
    text = mjx.make_ir(lambda x: bind("mul", [x, value(3.0)])[0])(np.float32(1))
    assert "mjx.constant dense<3.0" in text and "%arg1" not in text


def sum_scan(xs):
    def emit(xs):
        body, _, _ = trace_region(lambda c, x: (bind("add", [c, x])[0], c), [F32, F32], "scan")
        return bind_regions("scan", [value(0), xs], [body], {"num_carry": 1, "length": 4})

    return run_staged(emit, [xs], "sum")


def test_regions_outside_of_traces():
    total, before = sum_scan(value([1.0, 2.0, 3.0, 4.0]))
    assert total.item() == 10 and before.tolist() == [0, 1, 3, 6]
    compiles = statistics["compiles"]
    sum_scan(value([5.0, 6.0, 7.0, 8.0]))
    assert statistics["compiles"] == compiles


def test_regions_within_traces():
    total, _ = mjx.jit(sum_scan)(value([1.0, 2.0, 3.0, 4.0]))
    assert total.item() == 10
    np.testing.assert_allclose(
        mjx.grad(lambda x: sum_scan(x)[0])(value([1.0, 2.0, 3.0, 4.0])), np.ones(4)
    )


def test_values_do_not_leave_regions():
    kept = []

    def body(c, x):
        kept.append(c)
        return c, x

    def emit(xs):
        region, _, _ = trace_region(body, [F32, F32], "scan")
        bind_regions("scan", [value(0), xs], [region], {"num_carry": 1, "length": 4})
        return [bind("sin", [kept[0]])[0]]

    with pytest.raises(UnexpectedTracerError, match="body"):
        run_staged(emit, [value(np.zeros(4))], "leak")
    assert not is_tracing()


def test_failing_regions_leave_the_trace_usable():
    def f(x):
        try:
            trace_region(lambda c: 1 / 0, [F32], "region")
        except ZeroDivisionError:
            return bind("sin", [x])[0]

    np.testing.assert_allclose(mjx.jit(f)(1.0), np.sin(1.0), rtol=1e-6)


def test_nans_are_found():
    with mjx.debug_nans(True), pytest.raises(FloatingPointError, match="log"):
        bind("log", [value(-1.0)])
    with mjx.debug_infs(True), pytest.raises(FloatingPointError, match="log"):
        bind("log", [value(0.0)])
    assert np.isnan(bind("log", [value(-1.0)])[0])
