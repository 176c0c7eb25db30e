"""Linearized functions: what `grad`, `vjp`, `linearize` and the Jacobians are made of.

`linearize_call` traces a function into a `linearize` region of the current program. The
derivative is a `LinearMap`, which can be applied and applied transposed as long as that program
is being traced; outliving it, it becomes a `CompiledMap` with its residuals as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer, bind, full_scalar
from mjx.core.execute import compile_module, launch
from mjx.core.regions import finish_and_run, open_region, run_region
from mjx.core.trace import Level, entered, function_name, new_program, state
from mjx.core.tracer import Tracer, leaked
from mjx.support.dtypes import is_kind
from mjx.support.source import user_location
from mjx.support.tree import PyTreeDef, tree_flatten
from mjx.transforms.tracing import flatten_result

Value = Array | Tracer


def is_inexact(aval: ShapedArray) -> bool:
    """Whether arrays of this type have tangents."""
    return is_kind(aval.dtype, float) or is_kind(aval.dtype, complex)


def as_argument(x: Any, who: str) -> Value:
    """An argument of a transformed function as array or tracer, never as a constant."""
    x = as_array_or_tracer(x, who)
    return Array(x.buffer, x.aval) if type(x) is Array and x.literal is not None else x


def full(value: float, aval: ShapedArray) -> Value:
    """An array of one value, as part of the current program."""
    scalar = full_scalar(value, aval.dtype, aval.weak_type)
    if not aval.shape:
        return scalar
    return bind("broadcast_in_dim", [scalar], {"dims": ()}, [aval.type], aval.weak_type)[0]


def recorded(transform: str, fun: Callable[..., Any], body: Callable[[], Any]) -> Any:
    """`body()` as part of the current program, or of a new one that is compiled and run."""
    if state.level is not None:
        return body()
    name = function_name(fun)
    level = new_program(f"{transform}_{name}", transform, name, staging=False)
    with entered(level):
        leaves, tree = tree_flatten(body())
        return tree.unflatten(finish_and_run(level, leaves))


@dataclass
class Region:
    """A function traced into the region of a transform, not yet applied."""

    operands: list[Any]
    region: Any
    outs: list[Value]
    out_tree: PyTreeDef
    aux: list[Any]
    aux_tree: PyTreeDef | None
    aux_positions: list[int] = field(default_factory=list)


def trace_transformed(
    transform: str,
    fun: Callable[..., Any],
    leaves: Sequence[Value],
    names: Callable[[], Sequence[tuple[str, int | None]]],
    call: Callable[[list[Tracer]], Any],
    has_aux: bool,
    check: Callable[[list[Value], PyTreeDef], None] | None = None,
    times: int = 1,
) -> Region:
    """Traces `call(tracers)`, one tracer for each leaf, into a region.

    The region ends with the leaves of the result and those parts of aux that belong to it. It will
    be differentiated so many `times`.
    """
    outer = state.level
    operands = [outer.lift(x) for x in leaves]
    level, values = open_region(
        [x.aval for x in leaves], transform, function_name(fun), staging=False
    )
    level.bindings.update(zip(values, operands))
    level.names = lambda: dict(zip(values, names()))
    level.order, level.wrt = level.order + times, values
    made = Region(operands, None, [], None, [], None)

    def body() -> list[Any]:
        where = user_location()
        tracers = [level.tracer(v, x.aval.weak_type, where) for v, x in zip(values, leaves)]
        result = call(tracers)
        if has_aux:
            result, aux = _split_aux(result, transform)
            made.aux, made.aux_tree = tree_flatten(aux)
        made.outs, made.out_tree = flatten_result(result, f"{transform} of {level.function}")
        if check is not None:
            check(made.outs, made.out_tree)
        made.aux_positions = [
            i for i, x in enumerate(made.aux) if type(x) is Tracer and x.level is level
        ]
        own = [made.aux[i] for i in made.aux_positions]
        return [level.lift(x) for x in (*made.outs, *own)]

    made.region = run_region(level, body)
    return made


def _split_aux(result: Any, transform: str) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"{transform}: expected the function to return a pair (output, aux), since "
            f"has_aux=True, but got {result!r}"
        )
    return result


def finish_aux(made: Region, level: Level, values: Sequence[Any]) -> Any:
    """The aux tree, with what the region computed of it replaced by `values`."""
    if made.aux_tree is None:
        return None
    aux = list(made.aux)
    for i, value in zip(made.aux_positions, values):
        aux[i] = level.tracer(value, made.aux[i].aval.weak_type)
    return made.aux_tree.unflatten(aux)


class LinearMap:
    """The derivative of a function at a point, in a program under construction."""

    def __init__(
        self, level: Level, value: Any, ins: Sequence[ShapedArray], outs: Sequence[ShapedArray]
    ):
        self.level = level
        self.value = value
        self.ins = list(ins)
        self.outs = list(outs)

    def apply(self, tangents: Sequence[Value]) -> list[Value]:
        """Tangents of the results, for tangents of the arguments."""
        return self._emit("apply", tangents, self.outs)

    def transpose(self, cotangents: Sequence[Value]) -> list[Value]:
        """Cotangents of the arguments, for cotangents of the results."""
        return self._emit("apply_transpose", cotangents, self.ins)

    def _emit(
        self, name: str, operands: Sequence[Value], avals: Sequence[ShapedArray]
    ) -> list[Value]:
        level = state.level
        if level is None or not self.level.alive or level.program is not self.level.program:
            raise leaked(Tracer(self.value, ShapedArray((), np.dtype("float32")), self.level, None))
        if not avals:
            return []
        where = user_location()
        values = [self.value, *(level.lift(x) for x in operands)]
        results = level.program.emit(name, values, where=where)
        return [level.tracer(v, a.weak_type, where) for v, a in zip(results, avals)]


class CompiledMap:
    """The derivative of a function at a point, with its residuals as arrays."""

    def __init__(self, linear: LinearMap, level: Level):
        program = level.program
        self.ins, self.outs = linear.ins, linear.outs
        residuals, self.forward, self.backward = program.ir.split_linear(linear.value)
        self.executables: dict[int, Any] = {}
        self.residuals: list[Any] = [
            program.arguments[v.argument_number] if v.argument_number >= 0 else level.tracer(v)
            for v in residuals
        ]

    def apply(self, tangents: Sequence[Value]) -> list[Value]:
        """Tangents of the results, for tangents of the arguments."""
        return self._run(self.forward, tangents, self.outs)

    def transpose(self, cotangents: Sequence[Value]) -> list[Value]:
        """Cotangents of the arguments, for cotangents of the results."""
        return self._run(self.backward, cotangents, self.ins)

    def _run(
        self, module: Any, operands: Sequence[Value], avals: Sequence[ShapedArray]
    ) -> list[Value]:
        level, operands = state.level, [*self.residuals, *operands]
        if level is not None:
            values = level.program.ir.inline(module, [level.lift(x) for x in operands])
            return [level.tracer(v, a.weak_type) for v, a in zip(values, avals)]
        executable = self.executables.get(id(module))
        if executable is None:
            executable = self.executables[id(module)] = compile_module(module)
        return launch(executable, [x.buffer for x in operands], avals, "linear map")


@dataclass
class Linearization:
    """What `linearize_call` found: results, aux, and the derivative."""

    outs: list[Value]
    out_tree: PyTreeDef
    aux: Any
    map: LinearMap | CompiledMap


def linearize_call(
    transform: str,
    fun: Callable[..., Any],
    leaves: Sequence[Value],
    names: Callable[[], Sequence[tuple[str, int | None]]],
    call: Callable[[list[Tracer]], Any],
    has_aux: bool = False,
    check: Callable[[list[Value], PyTreeDef], None] | None = None,
) -> Linearization:
    """Value and derivative of `call` at `leaves`, within the current program."""
    made = trace_transformed(transform, fun, leaves, names, call, has_aux, check)
    level = state.level
    where = user_location()
    attributes = {"wrt": tuple(range(len(leaves))), "num_aux": len(made.aux_positions)}
    values = level.program.emit("linearize", made.operands, attributes, None, [made.region], where)
    count = len(made.outs)
    outs = [level.tracer(v, x.aval.weak_type, where) for v, x in zip(values, made.outs)]
    aux = finish_aux(made, level, values[count:-1])
    out_avals = [x.aval for x in made.outs if is_inexact(x.aval)]
    linear = LinearMap(level, values[-1], [x.aval for x in leaves], out_avals)
    return Linearization(outs, made.out_tree, aux, linear)


def linearize_eagerly(
    transform: str, fun: Callable[..., Any], body: Callable[[], Linearization]
) -> Linearization:
    """As `linearize_call` in `body`, with a map that outlives the program it was traced in."""
    if state.level is not None:
        return body()
    name = function_name(fun)
    level = new_program(f"{transform}_{name}", transform, name, staging=False)
    with entered(level):
        found = body()
        compiled = CompiledMap(found.map, level)
        aux, aux_tree = tree_flatten(found.aux)
        counts = np.cumsum([len(found.outs), len(compiled.residuals)])
        results = finish_and_run(level, [*found.outs, *compiled.residuals, *aux])
    found.outs = results[: counts[0]]
    compiled.residuals = results[counts[0] : counts[1]]
    found.aux = aux_tree.unflatten(results[counts[1] :])
    found.map = compiled
    return found
