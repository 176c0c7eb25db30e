"""Ops with regions: tracing loop bodies and branches, and whole programs.

For authors of control flow (`mjx.lax`):

    def emit(*operands):
        body, out_tree, out_avals = trace_region(fun, avals, "scan")
        return bind_regions("scan", operands, [body], {"num_carry": 1, "length": 4})

    results = run_staged(emit, operands, "scan")

`run_staged` calls `emit` at once inside a trace, and otherwise in a program of its own, which it
compiles and runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer, traced
from mjx.core.execute import run_module
from mjx.core.trace import Level, entered, function_name, new_program, state
from mjx.core.tracer import Tracer
from mjx.support.source import user_location
from mjx.support.tree import tree_flatten


def _level() -> Level:
    if state.level is None:
        raise RuntimeError("trace_region: expected a program under construction; use run_staged")
    return state.level


def open_region(
    avals: Sequence[ShapedArray],
    transform: str,
    function: str,
    *,
    staging: bool,
    batched: bool = False,
) -> tuple[Level, list[Any]]:
    """A region of the current program: its level, to be entered, and its arguments' values."""
    outer = _level()
    location = outer.program.location(user_location())
    values = outer.program.ir.open_region([a.type for a in avals], location)
    return Level(outer.program, outer, transform, function, staging, batched), values


def close_region(level: Level, results: Sequence[Any]) -> Any:
    """Ends the region of a level, which must still be entered, with the given values."""
    return level.program.ir.close_region(list(results), level.program.location(user_location()))


def run_region(level: Level, body: Callable[[], Sequence[Any]]) -> Any:
    """The region of the level, filled by `body`, which returns the values it ends with."""
    with entered(level):
        try:
            return close_region(level, body())
        except BaseException:
            level.program.ir.abandon_region()
            raise


def trace_region(
    fun: Callable[..., Any], avals: Sequence[ShapedArray], debug_name: str = "region"
) -> tuple[Any, Any, list[ShapedArray]]:
    """Traces `fun`, called with one tracer for each aval, into a region.

    Returns the region, the tree that `fun` returned, and the avals of its leaves. The region may
    use values from outside; `bind_regions` takes care of them.
    """
    level, values = open_region(avals, debug_name, function_name(fun), staging=True)
    found: list[Any] = []

    def body() -> list[Any]:
        where = user_location()
        tracers = [level.tracer(v, a.weak_type, where) for v, a in zip(values, avals)]
        leaves, tree = tree_flatten(fun(*tracers))
        results = [as_array_or_tracer(leaf, f"{debug_name}: result") for leaf in leaves]
        found.extend((tree, [x.aval for x in results]))
        return [level.lift(x) for x in results]

    region = run_region(level, body)
    return region, found[0], found[1]


def bind_regions(
    name: str,
    operands: Sequence[Array | Tracer],
    regions: Sequence[Any],
    attributes: dict[str, Any] | None = None,
    weak_type: bool | Sequence[bool] = False,
) -> list[Tracer]:
    """Applies a control-flow op to operands and regions of `trace_region`.

    What the regions use from outside becomes operands: the leading constants of `scan`, `map` and
    custom rules, the constants of each region of `while`, leading operands of the branches of
    `cond` and of `checkpoint`. The attributes that count constants are set here; give the others.
    """
    level = _level()
    attributes = dict(attributes or {})
    captured = _CAPTURES[name](level, list(regions), attributes)
    position = 1 if name == "cond" else 0
    operands = [*operands[:position], *captured, *operands[position:]]
    return traced(level, name, operands, attributes, None, weak_type, regions)


def _capture(level: Level, regions: list[Any]) -> list[Tracer]:
    return [level.tracer(v) for v in level.program.ir.capture(regions)]


def _capture_constants(
    level: Level, regions: list[Any], attributes: dict[str, Any]
) -> list[Tracer]:
    captured = _capture(level, regions)
    attributes["num_consts"] = len(captured) + attributes.get("num_consts", 0)
    return captured


def _capture_residuals(
    level: Level, regions: list[Any], attributes: dict[str, Any]
) -> list[Tracer]:
    captured = _capture(level, regions)
    attributes["num_residuals"] = len(captured) + attributes.get("num_residuals", 0)
    return captured


def _capture_while(level: Level, regions: list[Any], attributes: dict[str, Any]) -> list[Tracer]:
    of_cond, of_body = _capture(level, regions[:1]), _capture(level, regions[1:])
    attributes.update(cond_consts=len(of_cond), body_consts=len(of_body))
    return of_cond + of_body


def _capture_branches(level: Level, regions: list[Any], attributes: dict[str, Any]) -> list[Tracer]:
    return _capture(level, regions)


_CAPTURES = {
    "scan": _capture_constants,
    "map": _capture_constants,
    "while": _capture_while,
    "cond": _capture_branches,
    "checkpoint": _capture_branches,
    "custom_jvp": _capture_constants,
    "custom_vjp": _capture_constants,
    "linear_call": _capture_residuals,
}


def run_staged(
    fun: Callable[..., Sequence[Any]], operands: Sequence[Any], name: str = "program"
) -> list[Any]:
    """`fun(*operands)`, a list of arrays and tracers, as part of a program.

    Inside a trace that is the program being traced. Otherwise the ops that `fun` binds make up a
    program, which is compiled (once for all that read the same) and run.
    """
    if state.level is not None:
        return list(fun(*operands))
    return run_program(lambda: fun(*operands), name, name, staging=True)


def run_program(
    fun: Callable[[], Sequence[Any]], transform: str, function: str, *, staging: bool
) -> list[Any]:
    """Calls `fun` while recording a program, runs that, and returns what `fun` did, made concrete.

    The program takes the concrete arrays that its ops use.
    """
    name = f"{transform}_{function}"
    level = new_program(name, transform, function, staging, traced_once=False)
    with entered(level):
        results = list(fun())
        return finish_and_run(level, results)


def finish_and_run(level: Level, results: list[Any]) -> list[Any]:
    """The results with the tracers among them replaced by arrays, for which the program is run."""
    program = level.program
    pending = []
    for i, x in enumerate(results):
        if type(x) is Tracer:
            known = level.known.get(program.lift(x, level))
            if known is None:
                pending.append(i)
            else:
                results[i] = known
    if pending or program.has_effects:
        tracers = [results[i] for i in pending]
        module = program.ir.finish([t.value for t in tracers])
        arrays = run_module(module, program.arguments, [t.aval for t in tracers])
        for i, array in zip(pending, arrays):
            results[i] = array
    return results
