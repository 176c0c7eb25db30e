"""Programs out of single ops: many in one, since compiling is what takes time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes

import numpy as np
from mjx import _mjx
from op_sampling import Sample

Values = Sequence[Any]


def element_name(x: np.ndarray) -> str:
    return np.dtype(x.dtype).name


def type_of(x: np.ndarray) -> tuple[str, tuple[int, ...]]:
    return element_name(x), x.shape


def has_tangent(x: np.ndarray) -> bool:
    return "float" in element_name(x) or "complex" in element_name(x)


def wide(x: np.ndarray) -> np.ndarray:
    """In float64 or complex128; integers and booleans as they are."""
    if not has_tangent(x):
        return x
    return x.astype(np.complex128 if "complex" in element_name(x) else np.float64)


class Program:
    """A function under construction and the arguments it will be called with."""

    def __init__(self, name: str) -> None:
        self.trace = _mjx.Trace(name)
        self.arrays: list[np.ndarray] = []
        self.results: list[Any] = []
        self.found: list[np.ndarray] = []

    def arguments(self, arrays: Sequence[np.ndarray]) -> list[Any]:
        self.arrays += arrays
        return [self.trace.argument(*type_of(x)) for x in arrays]

    def keep(self, values: Values) -> Callable[[], list[np.ndarray]]:
        """Returns a function that gives the values, once the program has run."""
        start = len(self.results)
        self.results += values
        return lambda: self.found[start : start + len(values)]

    def run(self) -> None:
        elements = [value.element_type for value in self.results]
        executable = self.trace.finish(self.results).compile()
        buffers = [
            _mjx.Buffer.from_numpy(
                x.view(np.uint16) if element_name(x) == "bfloat16" else x, element_name(x), True
            )
            for x in (np.asarray(x, order="C") for x in self.arrays)
        ]
        outs = [buffer.numpy() for buffer in executable(buffers)]
        self.found = [
            out.view(ml_dtypes.bfloat16) if element == "bfloat16" else out
            for out, element in zip(outs, elements)
        ]


def emit(trace: Any, sample: Sample, operands: Values) -> Values:
    if sample.op == "constant":
        value = sample.reference()
        raw = value.view(np.uint16) if element_name(value) == "bfloat16" else value
        return [trace.constant(raw, element_name(value))]
    regions = sample.regions(trace) if sample.regions else []
    types = list(sample.types) if sample.types else None
    return trace.emit(sample.op, list(operands), sample.attributes, types, regions)


def region(trace: Any, types: Sequence[Any], body: Callable[..., Values]) -> Any:
    try:
        return trace.close_region(list(body(trace.open_region(list(types)))))
    except Exception:
        trace.abandon_region()
        raise


def types_of(values: Values) -> list[Any]:
    return [value.type for value in values]


Function = Callable[[Values], Values]


def jvp(trace: Any, function: Function, primals: Values, tangents: Values, wrt: Sequence[int]):
    """Values and tangents of a function of all primals, along those in `wrt`."""
    body = region(trace, types_of(primals), function)
    attributes = {"wrt": list(wrt)}
    return trace.emit("jvp", [*primals, *tangents], attributes, None, [body])


def linearize(trace: Any, function: Function, primals: Values, wrt: Sequence[int]):
    body = region(trace, types_of(primals), function)
    *outs, linear = trace.emit("linearize", list(primals), {"wrt": list(wrt)}, None, [body])
    return outs, linear


def vmap(trace: Any, function: Function, operands: Values, in_axes, out_axis: int, size: int):
    """A function over examples; all results get their batch dimension at `out_axis`."""
    types = []
    for value, axis in zip(operands, in_axes):
        shape = list(value.shape)
        if axis >= 0:
            del shape[axis]
        types.append((value.element_type, tuple(shape)))
    count = 0

    def body(arguments: Values) -> Values:
        nonlocal count
        results = function(arguments)
        count = len(results)
        return results

    inner = region(trace, types, body)
    attributes = {"in_axes": list(in_axes), "out_axes": [out_axis] * count, "size": size}
    return trace.emit("vmap", list(operands), attributes, None, [inner])
