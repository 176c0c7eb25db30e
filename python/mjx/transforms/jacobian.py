"""Whole Jacobians: `jacfwd`, `jacrev`, `hessian`. A derivative, vmapped over a basis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.aval import ShapedArray
from mjx.core.bind import constant, traced
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import is_kind
from mjx.support.source import api_boundary
from mjx.support.tree import PyTreeDef, tree_flatten
from mjx.transforms.autodiff import Arguments, check_inputs, jvp_call, positions_of
from mjx.transforms.batching import vmap
from mjx.transforms.linear import Linearization, linearize_call, recorded
from mjx.transforms.signature import check_callable


def _basis(avals: Sequence[ShapedArray]) -> list[Tracer]:
    """The standard basis of the space of all leaves: one more leading dimension each."""
    level, total = state.level, sum(a.size for a in avals)
    basis, offset = [], 0
    for aval in avals:
        grid = [("int32", (total, aval.size))]
        (row,) = traced(level, "iota", [], {"dim": 0}, grid)
        (column,) = traced(level, "iota", [], {"dim": 1}, grid)
        if offset:
            start = [constant(offset, "int32")]
            (start,) = traced(level, "broadcast_in_dim", start, {"dims": ()}, grid)
            (column,) = traced(level, "add", [column, start])
        (equal,) = traced(level, "compare", [row, column], {"direction": "eq"})
        (ones,) = traced(level, "convert", [equal], None, [(aval.dtype.name, grid[0][1])])
        basis.append(_reshaped(ones, (total, *aval.shape)))
        offset += aval.size
    return basis


def _reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    if x.aval.shape == shape:
        return x
    return traced(state.level, "reshape", [x], None, [(x.aval.dtype.name, shape)])[0]


def _part(x: Any, axis: int, start: int, aval: ShapedArray) -> Any:
    """The rows of a Jacobian that belong to one leaf, in that leaf's shape."""
    shape = x.aval.shape
    if shape[axis] != aval.size:
        lower, upper = [0] * len(shape), list(shape)
        lower[axis], upper[axis] = start, start + aval.size
        strides = (1,) * len(shape)
        attributes = {"start": tuple(lower), "limit": tuple(upper), "strides": strides}
        (x,) = traced(state.level, "slice", [x], attributes)
    return _reshaped(x, (*shape[:axis], *aval.shape, *shape[axis + 1 :]))


def _parts(x: Any, axis: int, avals: Sequence[ShapedArray], tree: PyTreeDef) -> Any:
    """A Jacobian's axis of all leaves as a tree of Jacobians, one for each leaf."""
    parts, start = [], 0
    for aval in avals:
        parts.append(_part(x, axis, start, aval))
        start += aval.size
    return tree.unflatten(parts)


def _arguments(
    fun: Callable[..., Any], args: tuple, argnums: Any, who: str, holomorphic: bool, allow_int: bool
) -> Arguments:
    arguments = Arguments(fun, args, positions_of(argnums, args, who), who)
    check_inputs(arguments, who, holomorphic, allow_int)
    if len(arguments.active) != len(arguments.leaves):
        raise TypeError(f"{who}: expected floating-point arguments to differentiate by")
    return arguments


def _pick(tree: Any, argnums: Any) -> Any:
    """The Jacobian by the single argument, or by all as a tuple."""
    return tree[0] if isinstance(argnums, int) else tree


def jacfwd(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `fun`, found column by column in forward mode."""
    check_callable(fun, "jacfwd")
    who = f"jacfwd of {function_name(fun)}"

    @functools.wraps(fun)
    @api_boundary
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        arguments = _arguments(fun, args, argnums, who, holomorphic, False)
        return recorded("jacfwd", fun, lambda: _jacfwd(arguments, kwargs, argnums, has_aux))

    return jacobian


def _jacfwd(arguments: Arguments, kwargs: dict[str, Any], argnums: Any, has_aux: bool) -> Any:
    avals = [x.aval for x in arguments.leaves]

    def push(*directions: Any) -> Any:
        _, tangent, aux = jvp_call(arguments, directions, has_aux, kwargs)
        return tangent, aux

    columns, aux = vmap(push, out_axes=(-1, None))(*_basis(avals))
    leaves, tree = tree_flatten(columns)
    parts = [_parts(x, x.aval.ndim - 1, avals, arguments.tree) for x in leaves]
    result = tree.unflatten([_pick(part, argnums) for part in parts])
    return (result, aux) if has_aux else result


def jacrev(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `fun`, found row by row in reverse mode."""
    check_callable(fun, "jacrev")
    who = f"jacrev of {function_name(fun)}"

    @functools.wraps(fun)
    @api_boundary
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        arguments = _arguments(fun, args, argnums, who, holomorphic, allow_int)
        return recorded("jacrev", fun, lambda: _jacrev(arguments, kwargs, argnums, has_aux, who))

    return jacobian


def _jacrev(
    arguments: Arguments, kwargs: dict[str, Any], argnums: Any, has_aux: bool, who: str
) -> Any:
    found = linearize_call(
        "jacrev",
        arguments.fun,
        arguments.leaves,
        arguments.active_names,
        lambda tracers: arguments.call(tracers, kwargs),
        has_aux,
    )
    avals = [x.aval for x in found.outs]
    for aval in avals:
        if not is_kind(aval.dtype, float) and not is_kind(aval.dtype, complex):
            raise TypeError(f"{who}: expected floating-point outputs, but got {aval}")
    rows = vmap(lambda *cotangents: found.map.transpose(cotangents))(*_basis(avals))
    result = _by_output(found, rows, avals, arguments, argnums)
    return (result, found.aux) if has_aux else result


def _by_output(
    found: Linearization,
    rows: Sequence[Any],
    avals: Sequence[ShapedArray],
    arguments: Arguments,
    argnums: Any,
) -> Any:
    """Rows for all outputs, one array for each input, as a tree of outputs of trees of inputs."""
    parts, start = [], 0
    for aval in avals:
        inputs = arguments.tree.unflatten([_part(x, 0, start, aval) for x in rows])
        parts.append(_pick(inputs, argnums))
        start += aval.size
    return found.out_tree.unflatten(parts)


jacobian = jacrev


def hessian(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[..., Any]:
    """A function that returns the Hessian of `fun`: forward over reverse mode."""
    inner = jacrev(fun, argnums, has_aux=has_aux, holomorphic=holomorphic)
    return jacfwd(inner, argnums, has_aux=has_aux, holomorphic=holomorphic)
