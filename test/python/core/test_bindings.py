"""The extension: building ops, handles that outlive what they point to, diagnostics."""

import itertools

import pytest

import numpy as np
from mjx import _mjx

F32 = "float32"


def test_ops_are_listed():
    names = _mjx.op_names()
    assert {"sin", "add", "scan", "linearize", "yield"} <= set(names)
    info = _mjx.op_info("sin")
    assert info["differentiable"] and info["batchable"] and info["lowered"]
    with pytest.raises(ValueError, match="nonsense"):
        _mjx.op_info("nonsense")


def test_a_function_is_built():
    trace = _mjx.Trace("f")
    x = trace.argument(F32, (2, 3))
    (y,) = trace.emit("sin", [x])
    assert y.type == (F32, (2, 3)) and y.shape == (2, 3) and y.element_type == F32
    assert x.argument_number == 0 and y.argument_number == -1
    module = trace.finish([y])
    assert module.input_types == [(F32, (2, 3))] and module.output_types == [(F32, (2, 3))]
    assert "mjx.sin" in module.text()


def test_handles_outlive_their_program():
    trace = _mjx.Trace("f")
    x = trace.argument(F32, ())
    trace.finish([x])
    assert not x.alive
    for use in (lambda: x.type, lambda: trace.emit("sin", [x]), lambda: trace.argument(F32, ())):
        with pytest.raises(RuntimeError, match="ended"):
            use()


def test_handles_outlive_an_abandoned_trace():
    trace = _mjx.Trace("f")
    x = trace.argument(F32, ())
    del trace
    with pytest.raises(RuntimeError):
        assert x.type


def test_values_of_another_program_are_refused():
    one, other = _mjx.Trace("f"), _mjx.Trace("g")
    x = one.argument(F32, ())
    with pytest.raises(RuntimeError, match="another"):
        other.emit("sin", [x])


def test_wrong_ops_leave_nothing_behind():
    trace = _mjx.Trace("f")
    x, y = trace.argument(F32, (2,)), trace.argument(F32, (3,))
    with pytest.raises(ValueError):
        trace.emit("add", [x, y])
    with pytest.raises(ValueError, match="nonsense"):
        trace.emit("nonsense", [x])
    with pytest.raises(ValueError, match="attributes"):
        trace.emit("sin", [x], {"nonsense": 1})
    with pytest.raises(ValueError):
        trace.emit("transpose", [x], {"permutation": (0, 1)})
    with pytest.raises(ValueError):
        trace.emit("transpose", [x], {"permutation": "text"})
    assert trace.finish([x]).text().count("mjx.") == 0


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.int8, np.uint64, np.float16, np.float64, np.complex64]
)
def test_constants_keep_their_values(dtype):
    values = np.array([[0, 1], [1, 0]]).astype(dtype)
    trace = _mjx.Trace("f")
    element = np.dtype(dtype).name
    executable = trace.finish([trace.constant(values, element)]).compile()
    (result,) = executable([])
    np.testing.assert_array_equal(result.numpy(), values)


def test_equal_programs_have_equal_fingerprints():
    def program(name, op):
        trace = _mjx.Trace(name)
        x = trace.argument(F32, (2,))
        location = _mjx.Trace.location(f"{name}.py", 3, name)
        return trace.finish(list(trace.emit(op, [x], loc=location))).fingerprint()

    assert program("f", "sin") == program("g", "sin") != program("f", "cos")
    assert len(program("f", "sin")) == 16


def test_regions_capture():
    trace = _mjx.Trace("f")
    x, n = trace.argument(F32, (3,)), trace.argument(F32, ())
    (c,) = [trace.constant(np.float32(2), F32)]
    carry, item = trace.open_region([(F32, ()), (F32, ())])
    (a,) = trace.emit("mul", [carry, n])
    (b,) = trace.emit("mul", [a, c])
    (d,) = trace.emit("add", [b, item])
    body = trace.close_region([d])
    assert not carry.alive
    captured = trace.capture([body])
    assert captured == [n]
    attributes = {"num_consts": 1, "num_carry": 1, "length": 3}
    (start,) = [trace.constant(np.float32(0), F32)]
    (result,) = trace.emit("scan", [n, start, x], attributes, None, [body])
    (out,) = trace.finish([result]).compile()(
        [
            _mjx.Buffer.from_numpy(np.arange(3, dtype=np.float32), F32, True),
            _mjx.Buffer.from_numpy(np.array(3, np.float32), F32, True),
        ]
    )
    assert out.numpy() == ((0 * 6 + 0) * 6 + 1) * 6 + 2


def test_regions_can_be_abandoned():
    trace = _mjx.Trace("f")
    x = trace.argument(F32, ())
    (inner,) = trace.open_region([(F32, ())])
    trace.emit("add", [inner, x])
    trace.abandon_region()
    assert not inner.alive
    with pytest.raises(RuntimeError):
        trace.abandon_region()
    assert "add" not in trace.finish([x]).text()


def test_regions_outlive_their_trace():
    trace = _mjx.Trace("f")
    (inner,) = trace.open_region([(F32, ())])
    region = trace.close_region([inner])
    del trace
    with pytest.raises(RuntimeError):
        _mjx.Trace("g").capture([region])


def test_slices_of_programs():
    trace = _mjx.Trace("f")
    x, y = trace.argument(F32, ()), trace.argument(F32, ())
    (a,) = trace.emit("sin", [x])
    (b,) = trace.emit("cos", [a])
    trace.emit("exp", [y])
    assert trace.sources(b) == [x]
    module, inputs = trace.extract([b], [], [])
    assert inputs == [x] and "exp" not in module.text() and "sin" in module.text()
    module, inputs = trace.extract([b], [a], [])
    assert inputs == [a] and "sin" not in module.text()
    (inner,) = trace.open_region([(F32, ())])
    (c,) = trace.emit("mul", [inner, b])
    module, inputs = trace.extract([c], [], [(inner, y)])
    assert sorted(v.argument_number for v in inputs) == [0, 1]
    with pytest.raises(ValueError):
        trace.extract([c], [], [])


def test_text_is_parsed_and_run():
    text = "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }"
    module = _mjx.Module.parse(text)
    assert module.clone().text() == module.text()
    module.run("canonicalize")
    with pytest.raises(ValueError, match="nonsense"):
        module.run("nonsense")
    with pytest.raises(ValueError):
        _mjx.Module.parse("func.func @main(")
    with pytest.raises(ValueError):
        module.stage_text("nonsense")


def emit_and_forget(name, operands, attributes, types, regions):
    trace = _mjx.Trace("f")
    values = [trace.argument(*type_) for type_ in operands]
    made = [trace.close_region(trace.open_region([(F32, ())])) for _ in range(regions)]
    try:
        trace.emit(name, values, attributes, types, made)
    except (ValueError, RuntimeError):
        pass
    trace.finish(values).text()


@pytest.mark.parametrize("name", _mjx.op_names())
def test_no_op_crashes_on_wrong_operands(name):
    wrong = [1, -1, "x", (0,), (), (-5, 9), True, 2.5]
    names = _mjx.op_info(name)["attributes"]
    attributes = [{}, *({a: v} for a in names for v in wrong), dict.fromkeys(names, 1)]
    for count, given in itertools.product(range(4), attributes):
        for type_ in ((F32, ()), ("int32", (2, 3))):
            for types, regions in ((None, 0), (None, 1), ([type_], 0), ([], 2)):
                emit_and_forget(name, [type_] * count, given, types, regions)
