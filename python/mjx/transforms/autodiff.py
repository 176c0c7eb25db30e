"""Derivatives: `grad`, `vjp`, `jvp`, `linearize`, and Jacobians.

All are sugar over two ops, `linearize` and `jvp`; see `transforms/linear.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mjx.core.aval import ShapedArray
from mjx.core.bind import bind
from mjx.core.trace import function_name, state
from mjx.support.dtypes import float0, is_kind
from mjx.support.source import api_boundary, user_location
from mjx.support.tree import PyTreeDef, keystr, tree_flatten, tree_flatten_with_path
from mjx.transforms.linear import (
    Linearization,
    Value,
    as_argument,
    finish_aux,
    full,
    is_inexact,
    linearize_call,
    linearize_eagerly,
    recorded,
    trace_transformed,
)
from mjx.transforms.signature import ArgumentNames, as_numbers, check_callable


class Arguments:
    """The arguments by which a function is differentiated, flat, and how to call it with others.

    Leaves without tangents (integers, booleans) are not among `active`.
    """

    def __init__(
        self, fun: Callable[..., Any], args: Sequence[Any], numbers: Sequence[int], who: str
    ):
        self.fun = fun
        self.args = list(args)
        self.numbers = tuple(numbers)
        found, self.tree = tree_flatten_with_path(tuple([args[n] for n in numbers]))
        self.paths = [path for path, _ in found]
        self.leaves = [self._leaf(leaf, path, who) for path, leaf in found]
        self.active = [i for i, leaf in enumerate(self.leaves) if is_inexact(leaf.aval)]

    def name(self, path: Any) -> str:
        """What the leaf at a path is called."""
        position = self.numbers[path[0].idx]
        return f"{ArgumentNames(self.fun).of_position(position)}{keystr(path[1:])}"

    def _leaf(self, leaf: Any, path: Any, who: str) -> Value:
        try:
            return as_argument(leaf, who)
        except TypeError:
            raise TypeError(
                f"{who} of {function_name(self.fun)}: expected arrays and numbers to differentiate "
                f"by, but argument {self.name(path)} is {leaf!r} of type {type(leaf).__name__}; "
                f"choose other arguments with argnums"
            ) from None

    @property
    def active_leaves(self) -> list[Value]:
        """The leaves that have tangents."""
        return [self.leaves[i] for i in self.active]

    def active_names(self) -> list[tuple[str, int | None]]:
        """Names and positions of those."""
        paths = [self.paths[i] for i in self.active]
        return [(self.name(path), self.numbers[path[0].idx]) for path in paths]

    def call(self, tracers: Sequence[Value], kwargs: dict[str, Any] | None = None) -> Any:
        """Applies the function with the active leaves replaced."""
        leaves = list(self.leaves)
        for i, tracer in zip(self.active, tracers):
            leaves[i] = tracer
        args = list(self.args)
        for n, value in zip(self.numbers, self.tree.unflatten(leaves)):
            args[n] = value
        return self.fun(*args, **(kwargs or {}))

    def spread(self, cotangents: Sequence[Any]) -> list[Any]:
        """A cotangent for every leaf: those of inactive ones have no content."""
        found = [
            None if is_inexact(x.aval) else np.zeros(x.aval.shape, float0) for x in self.leaves
        ]
        for i, cotangent in zip(self.active, cotangents):
            found[i] = cotangent
        return found


def positions_of(argnums: int | Sequence[int], args: Sequence[Any], who: str) -> tuple[int, ...]:
    """The positions meant by `argnums`, which must be among the arguments."""
    numbers = as_numbers(argnums, who)
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise TypeError(
                f"{who}: expected at least {n + 1 if n >= 0 else -n} positional arguments, since "
                f"it differentiates by argnums={argnums}, but got {len(args)}; arguments given by "
                f"name are not differentiated by"
            )
    return tuple(n % len(args) for n in numbers)


# grad


def check_inputs(arguments: Arguments, who: str, holomorphic: bool, allow_int: bool) -> None:
    """Raises for arguments that cannot be differentiated by."""
    for leaf, path in zip(arguments.leaves, arguments.paths):
        dtype = leaf.aval.dtype
        if holomorphic and not is_kind(dtype, complex):
            raise TypeError(
                f"{who}: expected complex inputs, since holomorphic=True, but argument "
                f"{arguments.name(path)} is {leaf.aval}"
            )
        if not is_inexact(leaf.aval) and not allow_int:
            allowing = "" if who.startswith("jacfwd") else ", or pass allow_int=True"
            raise TypeError(
                f"{who}: expected real- or complex-valued inputs (floating-point dtypes), but "
                f"argument {arguments.name(path)} is {leaf.aval}; convert it to float{allowing}"
            )


def _output_check(who: str, holomorphic: bool) -> Callable[[list[Value], PyTreeDef], None]:
    def check(outs: list[Value], tree: PyTreeDef) -> None:
        where = user_location()
        if len(outs) != 1 or tree.num_nodes != 1:
            raise TypeError(
                f"{who}: expected a function with scalar output, but it returned the tree {tree}; "
                f"return one number (has_aux=True allows further results)\n  at {where}"
            )
        aval = outs[0].aval
        if aval.shape:
            raise TypeError(
                f"{who}: expected a function with scalar output, but its output is {aval}; reduce "
                f"it, for instance with .sum(), or use jacrev"
            )
        wanted = complex if holomorphic else float
        if not is_kind(aval.dtype, wanted):
            kind = "complex" if holomorphic else "real-valued"
            dtype = "complex" if holomorphic else "floating-point"
            hint = "; pass holomorphic=True" if is_kind(aval.dtype, complex) else ""
            raise TypeError(
                f"{who}: expected a function with {kind} output ({dtype} dtype), but its output "
                f"is {aval}{hint}"
            )

    return check


def value_and_grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
    reduce_axes: Sequence[Hashable] = (),
) -> Callable[..., Any]:
    """A function that returns the value of `fun` and its gradient by the given arguments."""
    check_callable(fun, "value_and_grad")
    _check_reduce_axes("value_and_grad", reduce_axes)
    options = _GradOptions("value_and_grad", argnums, has_aux, holomorphic, allow_int)

    @functools.wraps(fun)
    @api_boundary
    def value_and_gradient_of(*args: Any, **kwargs: Any) -> Any:
        value, gradient, aux = options.run(fun, args, kwargs)
        return ((value, aux), gradient) if has_aux else (value, gradient)

    return value_and_gradient_of


def _check_reduce_axes(who: str, reduce_axes: Sequence[Hashable]) -> None:
    if tuple(reduce_axes):
        raise NotImplementedError(
            f"{who}: expected no reduce_axes, but got {reduce_axes!r}; take lax.psum of the gradient"
        )


@dataclass
class _GradOptions:
    """What `grad` and `value_and_grad` were told, and the computation they share."""

    transform: str
    argnums: int | Sequence[int]
    has_aux: bool
    holomorphic: bool
    allow_int: bool

    def run(self, fun: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """Value (None for `grad`, which has no use for it), gradient, and aux."""
        who = f"{self.transform} of {function_name(fun)}"
        arguments = Arguments(fun, args, positions_of(self.argnums, args, who), self.transform)
        check_inputs(arguments, who, self.holomorphic, self.allow_int)
        body = functools.partial(self._body, arguments, kwargs, who)
        value, cotangents, aux = recorded(self.transform, fun, body)
        gradients = arguments.tree.unflatten(arguments.spread(cotangents))
        return value, gradients[0] if isinstance(self.argnums, int) else gradients, aux

    def _body(self, arguments: Arguments, kwargs: dict[str, Any], who: str) -> Any:
        found = linearize_call(
            self.transform,
            arguments.fun,
            arguments.active_leaves,
            arguments.active_names,
            lambda tracers: arguments.call(tracers, kwargs),
            self.has_aux,
            _output_check(who, self.holomorphic),
        )
        seed = full(1, found.outs[0].aval.strip_weak_type())
        value = None if self.transform == "grad" else found.outs[0]
        return value, found.map.transpose([seed]), found.aux


def grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
    reduce_axes: Sequence[Hashable] = (),
) -> Callable[..., Any]:
    """A function that returns the gradient of `fun`, which has a scalar result.

    With `has_aux`, `fun` returns (output, aux), and the gradient comes with aux.
    """
    check_callable(fun, "grad")
    _check_reduce_axes("grad", reduce_axes)
    options = _GradOptions("grad", argnums, has_aux, holomorphic, allow_int)

    @functools.wraps(fun)
    @api_boundary
    def gradient_of(*args: Any, **kwargs: Any) -> Any:
        _, gradient, aux = options.run(fun, args, kwargs)
        return (gradient, aux) if has_aux else gradient

    return gradient_of


# vjp and linearize


def _linearize_all(
    transform: str, fun: Callable[..., Any], primals: Sequence[Any], has_aux: bool
) -> tuple[Arguments, Linearization]:
    check_callable(fun, transform)
    arguments = Arguments(fun, primals, range(len(primals)), transform)

    def body() -> Linearization:
        return linearize_call(
            transform,
            fun,
            arguments.active_leaves,
            arguments.active_names,
            arguments.call,
            has_aux,
        )

    return arguments, linearize_eagerly(transform, fun, body)


def _matched(
    tree: Any, expected: PyTreeDef, avals: Sequence[ShapedArray], who: str, what: str
) -> list[Any]:
    """The leaves of tangents or cotangents, which must fit what they belong to."""
    found, treedef = tree_flatten_with_path(tree)
    if treedef != expected:
        raise ValueError(f"{who}: expected {what} of the structure {expected}, but got {treedef}")
    leaves = []
    for (path, leaf), aval in zip(found, avals):
        if not is_inexact(aval):
            continue
        leaf = as_argument(leaf, who)
        if leaf.aval.shape != aval.shape or not _fits(leaf.aval, aval):
            raise ValueError(
                f"{who}: expected {what}{keystr(path)} to be {aval.str_short()}, as the value it "
                f"belongs to, but got {leaf.aval}"
            )
        leaves.append(_converted(leaf, aval))
    return leaves


def _fits(tangent: ShapedArray, primal: ShapedArray) -> bool:
    """Whether a tangent's dtype is that of its primal, or gives way to it."""
    weak = tangent.weak_type and is_inexact(tangent) and not is_kind(tangent.dtype, complex)
    return tangent.dtype == primal.dtype or weak


def _converted(x: Value, aval: ShapedArray) -> Value:
    """A weakly typed value in the type wanted."""
    if x.aval.dtype == aval.dtype:
        return x
    return bind("convert", [x], None, [aval.type])[0]


@api_boundary
def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun(*primals)`, and a function from cotangents of it to those of `primals`."""
    arguments, found = _linearize_all("vjp", fun, primals, has_aux)
    out_avals = [x.aval for x in found.outs]
    who = f"vjp of {function_name(fun)}"

    @api_boundary
    def vjp_function(cotangents: Any) -> tuple[Any, ...]:
        leaves = _matched(cotangents, found.out_tree, out_avals, who, "cotangent")
        return arguments.tree.unflatten(arguments.spread(found.map.transpose(leaves)))

    value = found.out_tree.unflatten(found.outs)
    return (value, vjp_function, found.aux) if has_aux else (value, vjp_function)


@api_boundary
def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun(*primals)`, and the function from tangents of those to tangents of it."""
    arguments, found = _linearize_all("linearize", fun, primals, has_aux)
    in_avals = [x.aval for x in arguments.leaves]
    out_avals = [x.aval for x in found.outs]
    who = f"linearize of {function_name(fun)}"

    @api_boundary
    def linear_function(*tangents: Any) -> Any:
        leaves = _matched(tangents, arguments.tree, in_avals, who, "tangent")
        results = iter(found.map.apply(leaves))
        return found.out_tree.unflatten(_with_float0(results, out_avals))

    value = found.out_tree.unflatten(found.outs)
    return (value, linear_function, found.aux) if has_aux else (value, linear_function)


def _with_float0(tangents: Any, avals: Sequence[ShapedArray]) -> list[Any]:
    return [next(tangents) if is_inexact(a) else np.zeros(a.shape, float0) for a in avals]


# jvp


def _sequence(x: Any, what: str) -> Sequence[Any]:
    if not isinstance(x, (tuple, list)):
        raise TypeError(
            f"jvp: expected {what} to be a tuple or list, one for each argument, but got {x!r}"
        )
    return x


def _jvp_tangents(arguments: Arguments, tangents: Sequence[Any], who: str) -> list[Value]:
    found, tree = tree_flatten(tuple(tangents))
    if tree != arguments.tree:
        raise TypeError(
            f"{who}: expected tangents of the same structure as the primals, {arguments.tree}, but "
            f"got {tree}"
        )
    leaves = []
    for i, (primal, path) in enumerate(zip(arguments.leaves, arguments.paths)):
        if i not in arguments.active:
            _check_float0(found[i], primal.aval, arguments.name(path), who)
            continue
        tangent = as_argument(found[i], who)
        if not _fits(tangent.aval, primal.aval):
            raise TypeError(
                f"{who}: expected the tangent of {arguments.name(path)} to have dtype "
                f"{primal.dtype.name}, as its primal, but got {tangent.aval}"
            )
        if tangent.shape != primal.shape:
            raise ValueError(
                f"{who}: expected the tangent of {arguments.name(path)} to have shape "
                f"{primal.shape}, as its primal, but got {tangent.aval}"
            )
        leaves.append(tangent)
    return leaves


def _check_float0(tangent: Any, aval: ShapedArray, name: str, who: str) -> None:
    """Raises unless the tangent of an integer is the one it has."""
    if getattr(tangent, "dtype", None) != float0:
        raise TypeError(
            f"{who}: expected the tangent of {name} to have dtype float0, since its primal is "
            f"{aval}, but got {tangent!r}; pass np.zeros(shape, mjx.float0), or a float primal"
        )


@api_boundary
def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """The value of `fun(*primals)` and its derivative in the direction of `tangents`."""
    check_callable(fun, "jvp")
    who = f"jvp of {function_name(fun)}"
    arguments = Arguments(fun, _sequence(primals, "primals"), range(len(primals)), "jvp")
    directions = _jvp_tangents(arguments, _sequence(tangents, "tangents"), who)
    run = functools.partial(jvp_call, arguments, directions, has_aux)
    value, tangent, aux = recorded("jvp", fun, run)
    return (value, tangent, aux) if has_aux else (value, tangent)


def jvp_call(
    arguments: Arguments,
    directions: Sequence[Value],
    has_aux: bool,
    kwargs: dict[str, Any] | None = None,
) -> tuple[Any, Any, Any]:
    """Value, tangent and aux, within the current program."""
    active = arguments.active_leaves
    made = trace_transformed(
        "jvp",
        arguments.fun,
        active,
        arguments.active_names,
        lambda tracers: arguments.call(tracers, kwargs),
        has_aux,
    )
    level, where = state.level, user_location()
    directions = [_converted(d, x.aval) for d, x in zip(directions, active)]
    operands = [*made.operands, *(level.lift(x) for x in directions)]
    attributes = {"wrt": tuple(range(len(active)))}
    values = level.program.emit("jvp", operands, attributes, None, [made.region], where)
    count, total = len(made.outs), len(made.outs) + len(made.aux_positions)
    outs = [level.tracer(v, x.aval.weak_type, where) for v, x in zip(values, made.outs)]
    aux = finish_aux(made, level, values[count:total])
    avals = [x.aval for x in made.outs]
    tangents = iter([level.tracer(v, False, where) for v in values[total:]])
    tree = made.out_tree
    return tree.unflatten(outs), tree.unflatten(_with_float0(tangents, avals)), aux
