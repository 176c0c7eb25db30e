"""Where every op is sampled: operands, attributes, and what NumPy says the result is.

`SAMPLES` has at least one sample of every op of the dialect, or a line in `ELSEWHERE` that says
which test has it. References compute in float64; tests round to the element type of the result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes

import numpy as np
import op_references as ref
from op_samples_linalg import matrix_ops
from op_samples_special import special_functions, top_ks, window_ops
from op_sampling import (
    COMPLEX,
    FLOATS,
    KINDS,
    SHAPES,
    SIGNED,
    UNSIGNED,
    Sample,
    as_dtype,
    draw,
    rng_of,
    special,
)

#: Ops that take no tensors of their own, and where they are tested.
ELSEWHERE = {
    "linearize": "test_ops_derivatives.py applies it to every op",
    "jvp": "test_ops_derivatives.py applies it to every op",
    "apply": "test_ops_derivatives.py applies the map of every op",
    "apply_transpose": "test_ops_derivatives.py applies the transposed map of every op",
    "jet": "higher derivatives of many ops: transforms/test_jet.py",
    "vmap": "test_ops_batching.py applies it to every op",
    "all_reduce": "an example of a named axis: transforms/test_collectives.py",
    "all_gather": "an example of a named axis: transforms/test_collectives.py",
    "reduce_scatter": "an example of a named axis: transforms/test_collectives.py",
    "all_to_all": "an example of a named axis: transforms/test_collectives.py",
    "permute": "an example of a named axis: transforms/test_collectives.py",
    "axis_index": "an example of a named axis: transforms/test_collectives.py",
    "linear_map": "what linearize leaves; test/IR/linear_map.mlir",
    "yield": "ends every region; test/IR/yield.mlir",
    "call": "names a function of a module; test/IR/call.mlir",
    "custom_vjp": "has no forward mode: transforms/test_custom_vjp.py",
    "host_callback": "calls functions of this process: runtime/test_callbacks.py",
    "check": "has no results: runtime/test_checks.py",
    "custom_call": "calls C functions: runtime/test_ffi.py",
}


# Pointwise ops


@dataclass(frozen=True)
class Domain:
    """Element kinds a pointwise op takes, and the interval its floats are drawn from."""

    reference: Callable[..., Any]
    kinds: str = "f"
    low: float = -2.0
    high: float = 2.0
    ulp: float = 4
    special: bool = True
    smooth: bool = True


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def quiet(*operands: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*operands)

    return quiet


UNARY = {
    "neg": Domain(np.negative, "fcsu"),
    "abs": Domain(np.abs, "fsu", 0.1, 2.0),
    "sign": Domain(ref.sign, "fsu"),
    "ceil": Domain(np.ceil),
    "floor": Domain(np.floor),
    "not": Domain(np.invert, "sub"),
    "popcnt": Domain(ref.popcnt, "su"),
    "clz": Domain(ref.clz, "su"),
    "exp": Domain(np.exp, "fc"),
    "exp2": Domain(np.exp2),
    "expm1": Domain(np.expm1, "fc"),
    "log": Domain(np.log, "fc", 0.1, 5.0),
    "log1p": Domain(np.log1p, "fc", -0.5, 3.0),
    "sqrt": Domain(np.sqrt, "fc", 0.1, 5.0),
    "rsqrt": Domain(ref.rsqrt, "fc", 0.1, 5.0),
    "cbrt": Domain(np.cbrt, "f", 0.2, 5.0),
    "sin": Domain(np.sin, "fc"),
    "cos": Domain(np.cos, "fc"),
    "tan": Domain(np.tan, "fc", -1.2, 1.2),
    "atan": Domain(np.arctan),
    "tanh": Domain(np.tanh, "fc"),
    "asin": Domain(np.arcsin, "f", -0.9, 0.9),
    "acos": Domain(np.arccos, "f", -0.9, 0.9),
    "sinh": Domain(np.sinh),
    "cosh": Domain(np.cosh),
    "asinh": Domain(np.arcsinh),
    "acosh": Domain(np.arccosh, "f", 1.1, 5.0),
    "atanh": Domain(np.arctanh, "f", -0.9, 0.9),
    "erf": Domain(ref.erf),
    "erfc": Domain(ref.erfc, ulp=8),
    "logistic": Domain(ref.logistic),
    "erf_inv": Domain(ref.erf_inv, "f", -0.95, 0.95, ulp=8, special=False),
    "lgamma": Domain(ref.lgamma, "f", 2.5, 9.0, ulp=16, special=False),
    "digamma": Domain(ref.digamma, "f", 2.5, 9.0, ulp=16, special=False),
    "real": Domain(np.real, "c"),
    "imag": Domain(np.imag, "c"),
    "conj": Domain(np.conj, "c"),
    "stop_gradient": Domain(lambda x: x, "fcsub", smooth=False),
}

BINARY = {
    "add": Domain(np.add, "fcsu"),
    "sub": Domain(np.subtract, "fcsu"),
    "mul": Domain(np.multiply, "fcsu"),
    "div": Domain(ref.div, "fcsu", 0.5, 2.0),
    "rem": Domain(ref.rem, "fsu", 0.5, 2.0),
    "pow": Domain(np.power, "fc", 0.3, 2.0, ulp=8),
    "max": Domain(np.maximum, "fsub"),
    "min": Domain(np.minimum, "fsub"),
    "atan2": Domain(np.arctan2),
    "and": Domain(np.bitwise_and, "sub"),
    "or": Domain(np.bitwise_or, "sub"),
    "xor": Domain(np.bitwise_xor, "sub"),
    "shl": Domain(ref.shl, "su"),
    "shr_arith": Domain(ref.shr_arith, "su"),
    "shr_logical": Domain(ref.shr_logical, "su"),
    "complex": Domain(lambda x, y: x + 1j * y, "f", special=False),
}


def _elements(op: str, domain: Domain) -> list[str]:
    names = [name for kind in domain.kinds for name in KINDS[kind]]
    return [n for n in names if op != "complex" or n in ("float32", "float64")]


def _pointwise(op: str, domain: Domain, arity: int) -> list[Sample]:
    reference, samples = _quiet(domain.reference), []

    def add(*operands: np.ndarray) -> None:
        samples.append(Sample(op, operands, reference, ulp=domain.ulp, smooth=domain.smooth))

    for element in _elements(op, domain):
        rng = rng_of(op, element)
        shapes = SHAPES if element in ("float32", "float64", "int32") else SHAPES[:1]
        for shape in shapes:
            add(*(draw(rng, element, shape, domain.low, domain.high) for _ in range(arity)))
        if domain.special and "float" in element:
            values = special(element)
            pairs = np.stack(np.meshgrid(*([values] * arity)), -1).reshape(-1, arity)
            add(*(np.ascontiguousarray(column) for column in pairs.T))
    return samples


def _compare() -> list[Sample]:
    samples = []
    for direction, function in ref.COMPARISONS.items():
        for element in ("float32", "float64", "bfloat16", "int32", "uint8", "bool"):
            if direction == "total" and "float" not in element:
                continue
            rng = rng_of("compare", direction, element)
            pairs = [[draw(rng, element, (7,), -1, 1) for _ in range(2)]]
            if "float" in element:
                grid = np.stack(np.meshgrid(*[special(element)] * 2), -1).reshape(-1, 2)
                pairs.append([np.ascontiguousarray(column) for column in grid.T])
            for x, y in pairs:
                y[:2] = x[:2]
                samples.append(Sample("compare", (x, y), function, {"direction": direction}))
    for direction in ("eq", "ne"):
        x = draw(rng_of("compare"), "complex64", (4,), -1, 1)
        y = np.where([True, False, True, False], x, np.conj(x))
        operands = (x, y.astype(np.complex64))
        function = ref.COMPARISONS[direction]
        samples.append(Sample("compare", operands, function, {"direction": direction}))
    return samples


def _select() -> list[Sample]:
    samples = []
    for element in ("float64", "float32", "int8", "bool", "complex128"):
        rng = rng_of("select", element)
        operands = [draw(rng, e, (2, 3), -1, 1) for e in ("bool", element, element)]
        samples.append(Sample("select", tuple(operands), np.where))
    return samples


def _convert() -> list[Sample]:
    samples = []
    elements = ("float64", "float32", "float16", "bfloat16", "int8", "int32", "int64", "uint8")
    elements += ("uint64", "bool", "complex64", "complex128")
    for source in elements:
        for target in elements:
            x = draw(rng_of(source, target), source, (2, 3), -5, 5)
            function = functools.partial(ref.convert, dtype=as_dtype(target))
            smooth = "float" in target or "complex" in target
            samples.append(
                Sample("convert", (x,), function, types=((target, x.shape),), smooth=smooth)
            )
    for source in ("float32", "float64"):
        for target in ("int8", "int32", "uint32", "int64", "uint64", "bool"):
            x = special(source)
            function = functools.partial(ref.convert, dtype=as_dtype(target))
            samples.append(Sample("convert", (x,), function, types=((target, x.shape),)))
    return samples


def _bits() -> list[Sample]:
    samples = []
    for source, target in (
        ("float32", "int32"),
        ("uint32", "float32"),
        ("float64", "uint64"),
        ("int64", "float64"),
        ("bfloat16", "uint16"),
        ("int8", "uint8"),
    ):
        x = draw(rng_of(source), source, (4,), -5, 5)
        if "int" in source:
            x = x & np.array(0x3F7FFFFF & np.iinfo(x.dtype).max, x.dtype)
        function = functools.partial(ref.bitcast, source=x.dtype, target=as_dtype(target))
        types = ((target, x.shape),)
        samples.append(Sample("bitcast_convert", (x,), function, types=types, smooth=False))
    return samples


def _rounding() -> list[Sample]:
    samples = []
    for element in FLOATS:
        x = np.concatenate([special(element), np.arange(-4, 4, 0.25).astype(as_dtype(element))])
        for halves, function in (("even", np.rint), ("away", ref.round_away)):
            samples.append(Sample("round", (x,), function, {"halves": halves}, smooth=False))
        samples.append(Sample("round", (x[24:] + x.dtype.type(0.1),), np.rint, {"halves": "even"}))
    for element, exponent, mantissa, dtype in (
        ("float64", 8, 23, np.float32),
        ("float32", 5, 10, np.float16),
        ("float32", 8, 7, ml_dtypes.bfloat16),
    ):
        x = draw(rng_of("reduce_precision"), element, (2, 5), -9, 9)
        function = functools.partial(ref.through, dtype=dtype)
        samples.append(
            Sample(
                "reduce_precision",
                (x,),
                function,
                {"exponent_bits": exponent, "mantissa_bits": mantissa},
                tangent=lambda x, dx, function=function: function(dx),
                adjoint=1e-5,
            )
        )
    return samples


# Everything else


def _f64(*shapes: tuple[int, ...], key: str, low: float = -2.0, high: float = 2.0):
    rng = rng_of(key)
    return tuple(rng.uniform(low, high, shape) for shape in shapes)


def _creation() -> list[Sample]:
    samples = []
    for element in ("int32", "uint8", "float32", "bfloat16", "complex64"):
        for dim, shape in ((0, (3,)), (1, (2, 3)), (0, (0, 2))):
            function = functools.partial(ref.iota, dim=dim, shape=shape)
            types = ((element, shape),)
            samples.append(Sample("iota", (), function, {"dim": dim}, types))
    for element in (*FLOATS, *SIGNED, *UNSIGNED, *COMPLEX, "bool"):
        for shape in ((2, 3), (), (0,)):
            value = draw(rng_of("constant"), element, shape, -2, 2)
            samples.append(Sample("constant", (), functools.partial(ref.give, value)))
    return samples


def _shape() -> list[Sample]:
    samples = []

    def add(op, shapes, reference, types=None, **attributes):
        for element in ("float64", "int8", "bool", "complex64"):
            operands = tuple(draw(rng_of(op, element), element, s, -2, 2) for s in shapes)
            found = None if types is None else ((element, types),)
            samples.append(Sample(op, operands, reference, attributes, found))

    for shape, out, dims in (
        ((3,), (2, 3), [1]),
        ((), (2, 2), []),
        ((1, 3), (2, 4, 3), [1, 2]),
        ((0,), (2, 0), [1]),
    ):
        function = functools.partial(ref.broadcast_in_dim, shape=out, dims=dims)
        add("broadcast_in_dim", [shape], function, out, dims=dims)
    for shape, out in (((2, 3), (3, 2)), ((4,), (2, 1, 2)), ((1,), ()), ((0, 3), (3, 0))):
        add("reshape", [shape], functools.partial(ref.reshape, shape=out), out)
    for shape, p in (((2, 3, 4), [2, 0, 1]), ((2, 3), [1, 0]), ((), []), ((0, 2), [1, 0])):
        add("transpose", [shape], functools.partial(np.transpose, axes=p), permutation=p)
    for shape, dims in (((2, 3), [1]), ((2, 3), [0, 1]), ((0,), [0]), ((), [])):
        add("reverse", [shape], functools.partial(np.flip, axis=tuple(dims)), dims=dims)
    for shapes, dim in (([(2, 3), (2, 1), (2, 0)], 1), ([(2,)], 0), ([(1, 2), (3, 2)], 0)):
        add("concatenate", shapes, functools.partial(ref.concatenate, dim=dim), dim=dim)
    for shape, low, high, interior in (
        ((4,), [1], [2], [0]),
        ((2, 3), [0, -1], [1, 2], [2, 1]),
        ((3,), [-2], [-1], [1]),
        ((0,), [2], [1], [0]),
    ):
        numbers = {"low": low, "high": high, "interior": interior}
        add("pad", [shape, ()], functools.partial(ref.pad, **numbers), **numbers)
    for shape, start, limit, strides in (
        ((8,), [1], [6], [2]),
        ((4, 5), [0, 2], [4, 5], [3, 1]),
        ((3,), [1], [1], [1]),
    ):
        numbers = {"start": start, "limit": limit, "strides": strides}
        add("slice", [shape], functools.partial(ref.slice_, **numbers), **numbers)
    for kind in ("set", "add"):
        for dest, part, start, strides in (
            ((8,), (3,), [1], [2]),
            ((3, 4), (2, 2), [1, 0], [1, 3]),
        ):
            operands = _f64(dest, part, key="update_slice")
            numbers = {"start": start, "strides": strides}
            function = functools.partial(ref.update_slice, kind=kind, **numbers)
            samples.append(Sample("update_slice", operands, function, {"kind": kind, **numbers}))
    return samples


def _dynamic() -> list[Sample]:
    samples = []
    for place in ((1, 2), (-3, 9), (0, 0)):
        for integer in (np.int32, np.uint8 if min(place) >= 0 else np.int64):
            starts = tuple(np.array(p, integer) for p in place)
            (x, part) = _f64((4, 5), (2, 3), key="dynamic")
            function = functools.partial(ref.dynamic_slice, sizes=(2, 3))
            samples.append(Sample("dynamic_slice", (x, *starts), function, {"sizes": [2, 3]}))
            for kind in ("set", "add"):
                function = functools.partial(ref.dynamic_update_slice, kind=kind)
                operands = (x, part, *starts)
                samples.append(Sample("dynamic_update_slice", operands, function, {"kind": kind}))
    (x,) = _f64((), key="dynamic")
    samples.append(Sample("dynamic_slice", (x,), lambda x: x, {"sizes": []}))
    return samples


#: Operand shape, indices, and the numbers of a gather: rows; scalars; in step with a batch.
GATHERS = (
    ((4, 3), [[2], [0], [2], [5]], dict(offset_dims=[1], collapsed_dims=[0], start_index_map=[0],
     operand_batching_dims=[], indices_batching_dims=[], slice_sizes=[1, 3])),
    ((4, 3), [[[2, 1], [0, 0]], [[3, 2], [-1, 1]]], dict(offset_dims=[], collapsed_dims=[0, 1],
     start_index_map=[0, 1], operand_batching_dims=[], indices_batching_dims=[],
     slice_sizes=[1, 1])),
    ((2, 5), [[[1], [3]], [[0], [4]]], dict(offset_dims=[2], collapsed_dims=[],
     start_index_map=[1], operand_batching_dims=[0], indices_batching_dims=[0],
     slice_sizes=[1, 2])),
)  # fmt: skip


def _gather() -> list[Sample]:
    samples = []
    for shape, places, numbers in GATHERS:
        for mode in ("clip", "fill", "promise"):
            indices = np.array(places, np.int32)
            if mode == "promise":
                indices = np.clip(indices, 0, 2)
            (x,) = _f64(shape, key="gather")
            function = functools.partial(ref.gather, mode=mode, **numbers)
            attributes = {"mode": mode, **numbers}
            samples.append(Sample("gather", (x, indices), function, attributes))
            out = ref.gather(x, indices, mode=mode, **numbers).shape
            samples += _scatters(shape, indices, out, mode, numbers)
    return samples


def _scatters(shape, indices, updates_shape, mode, numbers) -> list[Sample]:
    renamed = {
        "update_window_dims": numbers["offset_dims"],
        "inserted_dims": numbers["collapsed_dims"],
        "scatter_index_map": numbers["start_index_map"],
        "operand_batching_dims": numbers["operand_batching_dims"],
        "indices_batching_dims": numbers["indices_batching_dims"],
    }
    samples = []
    for kind in ("set", "add", "mul", "min", "max"):
        dest, updates = _f64(shape, updates_shape, key="scatter" + kind)
        function = functools.partial(ref.scatter, kind=kind, mode=mode, **numbers)
        attributes = {"kind": kind, "mode": mode, **renamed}
        samples.append(Sample("scatter", (dest, indices, updates), function, attributes))
    return samples


def _reductions() -> list[Sample]:
    samples = []
    for kind, function in ref.REDUCTIONS.items():
        elements = ("int32", "uint8", "bool") if kind in ("and", "or", "xor") else (
            "float64", "float32", "int8", "uint16")  # fmt: skip
        for element in elements:
            for shape, dims in (((3, 4), [1]), ((2, 3, 2), [0, 2]), ((4,), [0]), ((0, 2), [0]),
                                ((2,), [])):  # fmt: skip
                x = draw(rng_of("reduce", kind, element), element, shape, 0.5, 2)
                attributes = {"kind": kind, "dims": dims}
                reference = functools.partial(function, dims=tuple(dims))
                samples.append(Sample("reduce", (x,), reference, attributes, ulp=16))
    x = special("float32").reshape(1, -1)
    for kind in ("min", "max"):
        reference = functools.partial(ref.REDUCTIONS[kind], dims=(1,))
        samples.append(Sample("reduce", (x,), reference, {"kind": kind, "dims": [1]}))
    for kind, function in (("min", np.argmin), ("max", np.argmax)):
        for element in ("float32", "int32", "uint8", "bool"):
            for dim in (0, 1):
                x = draw(rng_of(kind, element), element, (3, 5), -2, 2)
                reference = functools.partial(function, axis=dim)
                types = (("int32", (5,) if dim == 0 else (3,)),)
                attributes = {"kind": kind, "dim": dim}
                samples.append(Sample("arg_reduce", (x,), reference, attributes, types))
        x = np.array([[1, np.nan, 3, np.nan], [2, 2, 1, 1]])
        reference = functools.partial(function, axis=1)
        attributes = {"kind": kind, "dim": 1}
        samples.append(Sample("arg_reduce", (x,), reference, attributes, (("int32", (2,)),)))
    for kind, function in ref.CUMULATIVE.items():
        for reverse in (False, True):
            for shape, dim in (((5,), 0), ((2, 3), 1), ((3, 2), 0), ((0,), 0)):
                (x,) = _f64(shape, key="cumulative" + kind, low=0.5)
                reference = functools.partial(ref.cumulate, function=function, dim=dim,
                                              reverse=reverse)  # fmt: skip
                attributes = {"kind": kind, "dim": dim, "reverse": reverse}
                samples.append(Sample("cumulative", (x,), reference, attributes, ulp=32))
    return samples


def _sorts() -> list[Sample]:
    samples = []
    for descending in (False, True):
        for element in ("float64", "float32", "int8", "uint32", "bool"):
            x = draw(rng_of("sort", element), element, (4, 3), -2, 2)
            if element == "float32":
                x[1, 1], x[2, 0] = np.nan, np.inf
            for dim in (0, 1):
                reference = functools.partial(ref.sort, dim=dim, num_keys=1, descending=descending)
                attributes = {"dim": dim, "num_keys": 1, "descending": descending}
                samples.append(Sample("sort", (x,), reference, attributes))
        keys = np.array([2, 1, 2, 1, 1, 0], np.int32)
        x, y = _f64((6,), (6,), key="sort")
        for num_keys in (1, 2):
            reference = functools.partial(ref.sort, dim=0, num_keys=num_keys, descending=descending)
            attributes = {"dim": 0, "num_keys": num_keys, "descending": descending}
            samples.append(Sample("sort", (keys, x, y), reference, attributes))
    return samples


def _contractions() -> list[Sample]:
    samples = []
    for lhs, rhs, batch, contract in (
        ((2, 3), (3, 4), ([], []), ([1], [0])),
        ((2, 3, 4), (4, 2, 5), ([0], [1]), ([2], [0])),
        ((3,), (3,), ([], []), ([0], [0])),
        ((2, 3, 2), (2, 2, 3), ([], []), ([1, 2], [2, 0])),
        ((2,), (3,), ([], []), ([], [])),
        ((2, 0), (0, 3), ([], []), ([1], [0])),
    ):
        attributes = {"lhs_batch": batch[0], "rhs_batch": batch[1]}
        attributes |= {"lhs_contract": contract[0], "rhs_contract": contract[1]}
        for element in ("float64", "float32", "bfloat16", "int32", "uint8", "complex128"):
            rng = rng_of("dot", element)
            operands = tuple(draw(rng, element, s, 0.5, 1) for s in (lhs, rhs))
            reference = functools.partial(ref.dot_general, **attributes)
            samples.append(Sample("dot_general", operands, reference, attributes, ulp=16))
    for lhs, rhs, numbers in ref.CONVOLUTIONS:
        operands = _f64(lhs, rhs, key="conv", low=0.5)
        reference = functools.partial(ref.conv_general, **numbers)
        samples.append(Sample("conv_general", operands, reference, numbers, ulp=64))
    return samples


def _random() -> list[Sample]:
    samples = []
    rng = rng_of("threefry")
    for shape in ((), (5,), (0, 2), (2, 3)):
        words = tuple(rng.integers(0, 2**32, shape, dtype=np.uint32) for _ in range(4))
        types = (("uint32", shape),) * 2
        samples.append(Sample("threefry2x32", words, ref.threefry2x32, types=types))
    key = np.array([7, 42], np.uint32)
    for element in UNSIGNED:
        for shape in ((), (5,), (2, 3), (0,)):
            reference = functools.partial(ref.random_bits, shape=shape, dtype=np.dtype(element))
            samples.append(Sample("random_bits", (key,), reference, types=((element, shape),)))
    return samples


# Control flow: regions are built by functions of the trace.


INTEGER = ("int32", ())
SCALAR, PAIR = ("float64", ()), ("float64", (2,))


def _region(types, body):
    def build(trace):
        arguments = trace.open_region(types)
        return trace.close_region(body(trace, *arguments))

    return build


def _emit(trace, op, *operands, **attributes):
    return trace.emit(op, list(operands), attributes)[0]


def _scan_body(trace, weight, carry, item):
    product = _emit(trace, "mul", weight, carry)
    carry = _emit(trace, "sin", _emit(trace, "add", product, item))
    return [carry, _emit(trace, "mul", carry, item)]


def _while_condition(trace, limit, count, carry):
    return [_emit(trace, "compare", count, limit, direction="lt")]


def _while_body(trace, weight, count, carry):
    one = trace.constant(np.array(1, np.int32), "int32")
    product = _emit(trace, "mul", weight, _emit(trace, "sin", carry))
    return [_emit(trace, "add", count, one), product]


def _checkpoint_body(trace, x, y, count):
    dims = {"lhs_batch": [], "rhs_batch": [], "lhs_contract": [0], "rhs_contract": [0]}
    product = _emit(trace, "sin", _emit(trace, "dot_general", x, y, **dims))
    named = _emit(trace, "checkpoint_name", product, name="h")
    scale = trace.emit("broadcast_in_dim", [named], {"dims": []}, [PAIR])[0]
    return [_emit(trace, "tanh", _emit(trace, "mul", scale, x)), count]


def _sine(trace, k, x, y):
    return _emit(trace, "mul", _emit(trace, "mul", k, _emit(trace, "sin", x)), y)


def _sine_rule(trace, k, x, y, dx, dy):
    slope = _emit(trace, "mul", _emit(trace, "mul", k, _emit(trace, "cos", x)), y)
    by_y = _emit(trace, "mul", _emit(trace, "mul", k, _emit(trace, "sin", x)), dy)
    tangent = _emit(trace, "add", _emit(trace, "mul", slope, dx), by_y)
    return [_sine(trace, k, x, y), tangent]


def _custom_rules() -> list[Sample]:
    primal = _region([PAIR] * 3, lambda *args: [_sine(*args)])
    rule = _region([PAIR] * 5, _sine_rule)
    attributes = {"num_consts": 1, "wrt": [0, 1], "function": "f"}
    operands = _f64((2,), (2,), (2,), key="custom_jvp")
    linear = _region([PAIR] * 2, lambda t, r, x: [_emit(t, "mul", _emit(t, "sin", r), x)])
    return [
        Sample("custom_jvp", operands, lambda k, x, y: k * np.sin(x) * y, attributes,
               regions=lambda t: [primal(t), rule(t)]),
        # Equal to its transpose.
        Sample("linear_call", operands[:2], lambda r, x: np.sin(r) * x,
               {"num_residuals": 1, "function": "f"}, regions=lambda t: [linear(t), linear(t)]),
    ]  # fmt: skip


def _control_flow() -> list[Sample]:
    samples = []
    for reverse in (False, True):
        for length in (4, 1, 0):
            operands = _f64((2,), (2,), (length, 2), key="scan")
            region = _region([PAIR] * 3, _scan_body)
            attributes = {"num_consts": 1, "num_carry": 1, "length": length, "reverse": reverse}
            reference = functools.partial(ref.scan, reverse=reverse)
            samples.append(
                Sample("scan", operands, reference, attributes, regions=lambda t, r=region: [r(t)])
            )
    condition = _region([INTEGER, INTEGER, PAIR], _while_condition)
    step = _region([PAIR, INTEGER, PAIR], _while_body)
    for limit in (3, 0):
        weight, carry = _f64((2,), (2,), key="while")
        operands = (np.array(limit, np.int32), weight, np.array(0, np.int32), carry)
        attributes = {"cond_consts": 1, "body_consts": 1}
        samples.append(
            Sample("while", operands, ref.while_, attributes,
                   regions=lambda t: [condition(t), step(t)], reversible=False)
        )  # fmt: skip
        for bound in (limit + 1, 40):
            samples.append(
                Sample("while", operands, ref.while_, {**attributes, "max_steps": bound},
                       regions=lambda t: [condition(t), step(t)])
            )  # fmt: skip
    branches = [
        _region([PAIR, PAIR], lambda t, x, y: [_emit(t, "mul", x, y)]),
        _region([PAIR, PAIR], lambda t, x, y: [_emit(t, "sin", x)]),
        _region([PAIR, PAIR], lambda t, x, y: [_emit(t, "sub", y, x)]),
    ]
    for index in (np.int32(0), np.int32(1), np.int64(7), np.int8(-4), np.bool_(1)):
        chosen = branches[:2] if index.dtype == bool else branches
        operands = (np.array(index), *_f64((2,), (2,), key="cond"))
        reference = functools.partial(ref.cond, count=len(chosen))
        samples.append(
            Sample("cond", operands, reference,
                   regions=lambda t, chosen=chosen: [build(t) for build in chosen])
        )  # fmt: skip
    body = _region([SCALAR, PAIR], lambda t, c, x: [
        _emit(t, "mul", _emit(t, "sin", x), t.emit("broadcast_in_dim", [c], {"dims": []},
              [PAIR])[0])])  # fmt: skip
    for size in (3, 1, 0):
        operands = _f64((), (size, 2), key="map")
        attributes = {"num_consts": 1, "size": size}
        samples.append(
            Sample("map", operands, lambda c, x: c * np.sin(x), attributes,
                   regions=lambda t: [body(t)])
        )  # fmt: skip
    saving = _region([PAIR, PAIR, INTEGER], _checkpoint_body)
    for policy in (
        {"saves": "nothing"},
        {"saves": "dots", "may_merge": True},
        {"saves": "dots_without_batch", "recomputes": True},
        {"saves": "everything", "names": "a,h", "all_names_but": True},
        {"saves": "nothing", "names": "a,h"},
    ):
        operands = (*_f64((2,), (2,), key="checkpoint"), np.array(3, np.int32))
        samples.append(
            Sample("checkpoint", operands, lambda x, y, n: (np.tanh(np.sin(x @ y) * x), n), policy,
                   regions=lambda t: [saving(t)])
        )  # fmt: skip
    operands = _f64((2, 3), key="name")
    samples.append(Sample("checkpoint_name", operands, lambda x: x, {"name": "h"}))
    operands = (*_f64((2,), key="barrier"), np.array([1, 2], np.int8))
    samples.append(Sample("optimization_barrier", operands, lambda *xs: xs))
    return samples


def _collect() -> dict[str, list[Sample]]:
    found = [s for op, domain in UNARY.items() for s in _pointwise(op, domain, 1)]
    found += [s for op, domain in BINARY.items() for s in _pointwise(op, domain, 2)]
    for family in (
        _compare, _select, _convert, _bits, _rounding, _creation, _shape, _dynamic, _gather,
        _reductions, _sorts, _contractions, _random, _control_flow, _custom_rules,
        special_functions, window_ops, top_ks, matrix_ops,
    ):  # fmt: skip
        found += family()
    samples: dict[str, list[Sample]] = {}
    for sample in found:
        samples.setdefault(sample.op, []).append(sample)
    return samples


SAMPLES = _collect()
