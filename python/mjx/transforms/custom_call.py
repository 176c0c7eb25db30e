"""Calls of functions that have rules of their own, traced into regions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer, bind
from mjx.core.regions import bind_regions, open_region, run_region
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import is_kind
from mjx.support.errors import explain
from mjx.support.tree import PyTreeDef, keystr, tree_flatten_with_path
from mjx.transforms.linear import Value, is_inexact
from mjx.transforms.signature import ArgumentNames
from mjx.transforms.tracing import flatten_result


def positional_arguments(
    signature: inspect.Signature | None, args: tuple, kwargs: dict[str, Any], who: str
) -> tuple:
    """All arguments by position, defaults filled in, as rules take them."""
    if signature is None:
        bound_args, left = args, kwargs
    else:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        bound_args, left = bound.args, bound.kwargs
    if left:
        raise TypeError(
            explain(
                who,
                "arguments that have positions, by which rules know them",
                f"{sorted(left)} by keyword only",
                "make them positional parameters, or bind them with functools.partial",
            )
        )
    return bound_args


class Call:
    """One call of a function with rules: its leaves, and those that a rule is asked about."""

    def __init__(self, fun: Callable[..., Any], args: Sequence[Any], static: set[int], who: str):
        self.fun = fun
        self.who = who
        self.args = list(args)
        self.static = [x for i, x in enumerate(args) if i in static]
        self.positions = [i for i in range(len(args)) if i not in static]
        found, self.tree = tree_flatten_with_path(tuple([args[i] for i in self.positions]))
        self.paths = [path for path, _ in found]
        self.leaves = [self._leaf(leaf, path) for path, leaf in found]
        # Arrays that are known are constants; so are integers.
        self.active = [
            i for i, x in enumerate(self.leaves) if type(x) is Tracer and is_inexact(x.aval)
        ]

    def name(self, path: Any) -> str:
        """What the leaf at a path is called."""
        position = self.positions[path[0].idx]
        return f"{ArgumentNames(self.fun).of_position(position)}{keystr(path[1:])}"

    def _leaf(self, leaf: Any, path: Any) -> Value:
        try:
            return as_array_or_tracer(leaf, self.who)
        except TypeError:
            raise TypeError(
                explain(
                    self.who,
                    f"argument {self.name(path)} to be an array or a number",
                    f"{leaf!r} of type {type(leaf).__name__}",
                    "name the argument in nondiff_argnums to pass it to function and rules as "
                    "it is",
                )
            ) from None

    @property
    def inputs(self) -> list[Tracer]:
        """The leaves that a rule is asked about."""
        return [self.leaves[i] for i in self.active]

    def with_inputs(self, tracers: Sequence[Tracer]) -> list[Value]:
        """All leaves, with tracers in the place of the inputs."""
        leaves = list(self.leaves)
        for i, tracer in zip(self.active, tracers):
            leaves[i] = tracer
        return leaves

    def all_arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """The arguments of the function with other leaves."""
        args = list(self.args)
        for i, value in zip(self.positions, self.tree.unflatten(leaves)):
            args[i] = value
        return args

    def trace(
        self,
        transform: str,
        order: int,
        more: Sequence[ShapedArray],
        body: Callable[[list[Tracer], list[Tracer]], Sequence[Value]],
    ) -> Any:
        """A region of the inputs and of values of the types `more`, yielding what `body` returns.

        Inputs have the contents they have outside, if those can be had.
        """
        outer, inputs = state.level, self.inputs
        avals = [x.aval for x in inputs]
        level, values = open_region(
            [*avals, *more], transform, function_name(self.fun), staging=False
        )
        level.order = order
        level.bindings.update(zip(values, [outer.lift(x) for x in inputs]))
        level.names = lambda: {
            v: (self.name(self.paths[i]), None) for v, i in zip(values, self.active)
        }

        def run() -> list[Any]:
            tracers = [level.tracer(v, a.weak_type) for v, a in zip(values, avals)]
            others = [level.tracer(v) for v in values[len(avals) :]]
            return [level.lift(x) for x in body(tracers, others)]

        return run_region(level, run)


class Primal:
    """The function itself, traced: what the rule's results are held against."""

    def __init__(self, call: Call, transform: str):
        self.call = call
        self.region = call.trace(transform, state.level.order, (), self._body)
        self.avals = [x.aval for x in self.outs]

    def _body(self, tracers: list[Tracer], _: list[Tracer]) -> list[Value]:
        call = self.call
        result = call.fun(*call.all_arguments(call.with_inputs(tracers)))
        found, _ = tree_flatten_with_path(result)
        self.paths = [keystr(path) for path, _ in found]
        self.outs, self.tree = flatten_result(result, call.who)
        return self.outs

    def emit(self, name: str, regions: Sequence[Any]) -> Any:
        """The op with rules, and its results in the function's tree."""
        inputs = self.call.inputs
        attributes = {
            "wrt": tuple(range(len(inputs))),
            "function": function_name(self.call.fun),
            "num_consts": 0,
        }
        weak = [a.weak_type for a in self.avals]
        return self.tree.unflatten(
            bind_regions(name, inputs, [self.region, *regions], attributes, weak)
        )

    def check_tree(self, tree: PyTreeDef, who: str, what: str) -> None:
        """Raises unless the rule's values have the structure of the function's."""
        if tree != self.tree:
            raise TypeError(
                explain(
                    who,
                    f"{what} of the structure that {function_name(self.call.fun)} returns, "
                    f"{self.tree}",
                    f"{tree}",
                )
            )

    def outputs(self, leaves: Sequence[Any], who: str, what: str) -> list[Value]:
        """The rule's values, each of the type that the function returns."""
        return [
            coerced(x, aval, who, f"{what}{path}", "what the function returns")
            for x, aval, path in zip(leaves, self.avals, self.paths)
        ]


def coerced(
    x: Any, aval: ShapedArray, who: str, what: str, model: str, error: type = TypeError
) -> Value:
    """`x` as a value of a certain type. Weak types give way to it."""
    try:
        x = as_array_or_tracer(x, who)
    except TypeError:
        got = f"{x!r} of type {type(x).__name__}"
        raise TypeError(explain(who, f"{what} to be an array or a number", got)) from None
    if x.aval.type == aval.type:
        return x
    fits = x.aval.weak_type and (is_kind(aval.dtype, complex) or not is_kind(x.dtype, complex))
    if x.aval.shape == aval.shape and fits and is_inexact(aval):
        return bind("convert", [x], None, [aval.type])[0]
    raise error(explain(who, f"{what} to be {aval.str_short()}, as {model}", f"{x.aval}"))


def pair_of(result: Any, who: str, what: str) -> tuple[Any, Any]:
    """The two halves of what a rule returned."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(explain(who, f"a pair ({what})", repr(result)))
    return result[0], result[1]
