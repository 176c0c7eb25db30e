"""Arrays, tracers, and applying ops to them.

What the layers above build on:

* `bind(name, operands, attributes, types, weak_type)`: apply an op, traced or at once.
* `as_array_or_tracer(x)`, `constant(x, dtype, weak_type)`: operands out of numbers and arrays of
  NumPy.
* `trace_region`, `bind_regions`, `run_staged`: ops with regions; see `core/regions.py`.
* `install(name, function)`: the methods and operators of arrays.
"""

from mjx.core.array import Array, from_numpy
from mjx.core.aval import ShapedArray, ShapeDtypeStruct, abstractify, typeof
from mjx.core.bind import as_array_or_tracer, bind, constant, full_scalar, is_value
from mjx.core.methods import install
from mjx.core.regions import bind_regions, run_staged, trace_region
from mjx.core.trace import current_level, is_tracing
from mjx.core.tracer import Tracer

__all__ = [
    "Array",
    "ShapeDtypeStruct",
    "ShapedArray",
    "Tracer",
    "abstractify",
    "as_array_or_tracer",
    "bind",
    "bind_regions",
    "constant",
    "current_level",
    "from_numpy",
    "full_scalar",
    "install",
    "is_tracing",
    "is_value",
    "run_staged",
    "trace_region",
    "typeof",
]
