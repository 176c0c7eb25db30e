"""`closure_convert`: what a function closes over, made arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.array import Array
from mjx.core.execute import compile_module, launch
from mjx.core.trace import Level, Program, entered, function_name, state
from mjx.core.tracer import Tracer
from mjx.support.errors import explain
from mjx.support.source import api_boundary
from mjx.support.tree import tree_flatten, tree_flatten_with_path
from mjx.transforms.custom_call import coerced
from mjx.transforms.linear import Value, as_argument, is_inexact
from mjx.transforms.signature import check_callable
from mjx.transforms.tracing import flatten_result, name_arguments


class _Closed(Program):
    """A program in which values of the one around it are parameters."""

    def __init__(self, name: str, outer: Program):
        super().__init__(name, traced_once=True)
        self.outer = outer
        # For each parameter the tracer around it that it stands for, None for arguments.
        self.stands_for: list[Tracer | None] = []
        self._captured: dict[Any, Any] = {}

    def lift(self, x: Array | Tracer, level: Level) -> Any:
        """The value of an array or tracer, of this program or the one around it."""
        if type(x) is not Tracer or x.level.program is not self.outer or not x.level.alive:
            return super().lift(x, level)
        found = self._captured.get(x.value)
        if found is None:
            self.stands_for.append(x)
            found = self._captured[x.value] = self.parameter(x.aval)
        return found


class _Converted:
    """A function as a module, from its arguments and what it took from around it."""

    def __init__(self, fun: Callable[..., Any], example_args: tuple):
        self.name = function_name(fun)
        self.who = f"closure_convert of {self.name}"
        found, self.in_tree = tree_flatten_with_path(example_args)
        self.ins = [as_argument(x, self.who).aval for _, x in found]
        outer = state.level
        program = _Closed(self.name, outer.program)
        level = Level(program, outer, "closure_convert", self.name, staging=True)
        level.order = outer.order
        program.stands_for.extend([None] * len(self.ins))
        values = [program.parameter(aval) for aval in self.ins]
        paths = [path for path, _ in tree_flatten_with_path((example_args, {}))[0]]
        name_arguments(level, fun, values, paths)
        with entered(level):
            tracers = [level.tracer(v, a.weak_type) for v, a in zip(values, self.ins)]
            result = fun(*self.in_tree.unflatten(tracers))
            leaves, self.out_tree = flatten_result(result, self.who)
            self.module = program.ir.finish([level.lift(x) for x in leaves])
        self.outs = [x.aval for x in leaves]
        self.arguments, self.stands_for = program.arguments, program.stands_for
        self.consts = [x for x in self.stands_for if x is not None and is_inexact(x.aval)]
        self.executable: Any = None

    def __call__(self, args: tuple, consts: Sequence[Any]) -> Any:
        leaves, tree = tree_flatten(args)
        if tree != self.in_tree:
            raise TypeError(
                explain(self.who, f"arguments of the structure {self.in_tree}", str(tree))
            )
        given = [
            coerced(x, a, self.who, "an argument", "in the example")
            for x, a in zip(leaves, self.ins)
        ]
        hoisted = iter(
            [
                coerced(x, c.aval, self.who, "a closed-over value", "it was")
                for x, c in zip(consts, self.consts)
            ]
        )
        rest = iter(given)
        parameters = iter(
            next(rest) if x is None else next(hoisted) if is_inexact(x.aval) else x
            for x in self.stands_for
        )
        operands = [next(parameters) if a is None else a for a in self.arguments]
        return self.out_tree.unflatten(self._run(operands))

    def _run(self, operands: list[Value]) -> list[Value]:
        level = state.level
        if level is not None:
            values = level.program.ir.inline(self.module, [level.lift(x) for x in operands])
            return [level.tracer(v, a.weak_type) for v, a in zip(values, self.outs)]
        if self.executable is None:
            self.executable = compile_module(self.module)
        return launch(self.executable, [x.buffer for x in operands], self.outs, self.name)


@api_boundary
def closure_convert(fun: Callable[..., Any], *example_args: Any) -> tuple[Any, list[Any]]:
    """`fun` taking the traced numbers it closes over as further arguments, and a list of those.

    For rules of higher-order functions, which must say how to differentiate by what the function
    passed to them uses. Of `example_args` only the types matter.

    Example:
        >>> import mjx
        >>> def doubled_slope(a):
        ...     f, consts = mjx.closure_convert(lambda x: a * x, 1.0)
        ...     return f(2.0, *consts)
        >>> float(mjx.grad(doubled_slope)(5.0))
        2.0
    """
    check_callable(fun, "closure_convert")
    if state.level is None:
        return functools.wraps(fun)(lambda *args: fun(*args)), []
    converted = _Converted(fun, example_args)
    count = len(example_args)

    @functools.wraps(fun)
    @api_boundary
    def function(*args: Any) -> Any:
        expected = count + len(converted.consts)
        if len(args) != expected:
            raise TypeError(
                explain(
                    converted.who,
                    f"{count} arguments and {len(converted.consts)} closed-over values",
                    f"{len(args)} arguments",
                )
            )
        return converted(args[:count], args[count:])

    return function, list(converted.consts)
