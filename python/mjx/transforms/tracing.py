"""Tracing a whole function into a module, for `jit`, `lower`, `make_ir` and `eval_shape`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer
from mjx.core.regions import open_region
from mjx.core.trace import Level, entered, function_name, new_program, outside, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import float0
from mjx.support.source import user_location
from mjx.support.tree import PyTreeDef, keystr, tree_flatten_with_path, tree_map
from mjx.support.tree_registry import register_pytree_node
from mjx.transforms.signature import ArgumentNames


@dataclass
class TracedProgram:
    """A traced function: its module, the arrays it captured, and what it returns."""

    module: Any
    captured: list[Array]
    out_tree: PyTreeDef
    out_avals: list[ShapedArray]
    seconds: float
    # Keeps the functions of Python that the module calls.
    callbacks: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class _NoTangents:
    """Tangents of integers, which hold nothing but a shape, as part of a result's structure."""

    shape: tuple[int, ...]


register_pytree_node(
    _NoTangents, lambda node: ((), node.shape), lambda shape, _: np.zeros(shape, float0)
)


def _in_structure(result: Any) -> Any:
    """A result with its float0 arrays, for which programs have no type, in its structure."""

    def moved(x: Any) -> Any:
        return _NoTangents(x.shape) if getattr(x, "dtype", None) == float0 else x

    return tree_map(moved, result)


def name_arguments(
    level: Level, fun: Callable[..., Any], values: Sequence[Any], paths: Sequence[Any]
) -> None:
    """Tells the level what its arguments are called, for error messages."""

    def names() -> dict[Any, tuple[str, int | None]]:
        namer = ArgumentNames(fun)
        return {v: (namer.of_path(p), namer.argnum_of_path(p)) for v, p in zip(values, paths)}

    level.names = names


def flatten_result(result: Any, who: str) -> tuple[list[Array | Tracer], PyTreeDef]:
    """The leaves of what a function returned, as arrays and tracers."""
    found, tree = tree_flatten_with_path(result)
    leaves = []
    for path, leaf in found:
        try:
            leaves.append(as_array_or_tracer(leaf))
        except TypeError:
            raise TypeError(
                f"{who}: expected the function to return arrays, numbers and pytrees of them, but "
                f"result{keystr(path)} is {leaf!r} of type {type(leaf).__name__}"
            ) from None
    return leaves, tree


def trace_function(
    fun: Callable[..., Any],
    avals: Sequence[ShapedArray],
    paths: Sequence[Any],
    call: Callable[[list[Tracer]], Any],
    who: str = "jit",
) -> TracedProgram:
    """Traces `call(tracers)`, which applies `fun`, into a module of its own."""
    start = time.perf_counter()
    name = function_name(fun)
    with outside():
        level = new_program(name, who, name, staging=True)
        program = level.program
        values = [program.parameter(aval) for aval in avals]
        name_arguments(level, fun, values, paths)
        with entered(level):
            where = user_location()
            tracers = [level.tracer(v, a.weak_type, where) for v, a in zip(values, avals)]
            leaves, tree = flatten_result(_in_structure(call(tracers)), f"{who} of {name}")
            module = program.ir.finish([level.lift(x) for x in leaves])
    captured = [a for a in program.arguments if a is not None]
    out_avals = [x.aval for x in leaves]
    if level.made is not None:
        del tracers, leaves
        level.check_leaks()
    seconds = time.perf_counter() - start
    return TracedProgram(module, captured, tree, out_avals, seconds, program.callbacks)


def trace_inline(
    fun: Callable[..., Any],
    leaves: Sequence[Any],
    paths: Sequence[Any],
    call: Callable[[list[Tracer]], Any],
    who: str = "jit",
) -> Any:
    """Traces `call(tracers)` as part of the program being traced, and returns what it does."""
    outer = state.level
    values = [outer.lift(x) for x in leaves]
    level = Level(outer.program, outer, who, function_name(fun), staging=True)
    name_arguments(level, fun, values, paths)
    with entered(level):
        where = user_location()
        tracers = [level.tracer(v, x.aval.weak_type, where) for v, x in zip(values, leaves)]
        result = _in_structure(call(tracers))
        results, tree = flatten_result(result, f"{who} of {level.function}")
        lifted = [level.lift(x) for x in results]
    where = user_location()
    return tree.unflatten(
        [outer.tracer(v, x.aval.weak_type, where) for v, x in zip(lifted, results)]
    )


def abstract_result(
    fun: Callable[..., Any],
    avals: Sequence[ShapedArray],
    paths: Sequence[Any],
    call: Callable[[list[Tracer]], Any],
) -> tuple[list[ShapedArray], PyTreeDef]:
    """Avals and tree of what `call(tracers)` returns; what it does is thrown away."""
    if state.level is None:
        traced = trace_function(fun, avals, paths, call, "eval_shape")
        return traced.out_avals, traced.out_tree
    level, values = open_region(avals, "eval_shape", function_name(fun), staging=True)
    name_arguments(level, fun, values, paths)
    with entered(level):
        try:
            tracers = [level.tracer(v, a.weak_type) for v, a in zip(values, avals)]
            leaves, tree = flatten_result(call(tracers), "eval_shape")
            return [x.aval for x in leaves], tree
        finally:
            level.program.ir.abandon_region()
