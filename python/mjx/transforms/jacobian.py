"""Whole Jacobians: `jacfwd`, `jacrev`, `hessian`. A derivative, vmapped over a basis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx.core.aval import ShapedArray
from mjx.core.bind import constant, is_value, traced
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import float0, is_kind
from mjx.support.source import api_boundary
from mjx.support.tree import PyTreeDef, tree_flatten, tree_leaves
from mjx.transforms.autodiff import Arguments, check_inputs, jvp_call, positions_of
from mjx.transforms.batching import vmap
from mjx.transforms.linear import Linearization, is_inexact, linearize_call, recorded
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
    return arguments


def _check_outputs(avals: Sequence[ShapedArray], who: str, wanted: type, hint: str) -> None:
    """Raises unless all outputs are of the kind that the Jacobian needs."""
    for aval in avals:
        if not is_kind(aval.dtype, wanted):
            kind = "complex" if wanted is complex else "real-valued (floating-point)"
            raise TypeError(f"{who}: expected {kind} outputs, but got {aval}{hint}")


def _without_tangents(out: Sequence[int], of: ShapedArray) -> np.ndarray:
    """The part of a Jacobian by or of integers."""
    return np.zeros((*out, *of.shape), float0)


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
        for leaf, path in zip(arguments.leaves, arguments.paths):
            if is_kind(leaf.aval.dtype, complex) and not holomorphic:
                raise TypeError(
                    f"{who}: expected real-valued inputs (floating-point dtypes), but argument "
                    f"{arguments.name(path)} is {leaf.aval}; pass holomorphic=True, or use jacrev"
                )
        return recorded(
            "jacfwd", fun, lambda: _jacfwd(arguments, kwargs, argnums, has_aux, who, holomorphic)
        )

    return jacobian


def _jacfwd(
    arguments: Arguments,
    kwargs: dict[str, Any],
    argnums: Any,
    has_aux: bool,
    who: str,
    holomorphic: bool,
) -> Any:
    avals = [x.aval for x in arguments.leaves]
    found: dict[str, Any] = {}

    def push(*directions: Any) -> Any:
        value, tangent, aux = jvp_call(arguments, directions, has_aux, kwargs)
        found["outs"] = [x.aval for x in tree_leaves(value)]
        if holomorphic:
            _check_outputs(found["outs"], who, complex, ", since holomorphic=True")
        tangents, found["tree"] = tree_flatten(tangent)
        found["aux"], found["aux_tree"] = tree_flatten(aux)
        # What is no array is the same for all directions.
        varying = [x for x, a in zip(tangents, found["outs"]) if is_inexact(a)]
        return varying, [x for x in found["aux"] if is_value(x)]

    columns, values = vmap(push, out_axes=(-1, None))(*_basis(avals))
    columns, values = iter(columns), iter(values)
    parts = []
    for out in found["outs"]:
        if is_inexact(out):
            part = _parts(next(columns), out.ndim, avals, arguments.tree)
        else:
            part = arguments.tree.unflatten([_without_tangents(out.shape, a) for a in avals])
        parts.append(_pick(part, argnums))
    result = found["tree"].unflatten(parts)
    if not has_aux:
        return result
    aux = [next(values) if is_value(x) else x for x in found["aux"]]
    return result, found["aux_tree"].unflatten(aux)


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
        return recorded(
            "jacrev", fun, lambda: _jacrev(arguments, kwargs, argnums, has_aux, who, holomorphic)
        )

    return jacobian


def _jacrev(
    arguments: Arguments,
    kwargs: dict[str, Any],
    argnums: Any,
    has_aux: bool,
    who: str,
    holomorphic: bool,
) -> Any:
    found = linearize_call(
        "jacrev",
        arguments.fun,
        arguments.active_leaves,
        arguments.active_names,
        lambda tracers: arguments.call(tracers, kwargs),
        has_aux,
    )
    avals = [x.aval for x in found.outs]
    if holomorphic:
        _check_outputs(avals, who, complex, ", since holomorphic=True")
    else:
        _check_outputs(avals, who, float, "; for complex ones pass holomorphic=True, or use jacfwd")
    rows = vmap(lambda *cotangents: found.map.transpose(cotangents))(*_basis(avals))
    result = _by_output(found, rows, avals, arguments, argnums)
    return (result, found.aux) if has_aux else result


def _spread(arguments: Arguments, by_active: Sequence[Any]) -> list[Any]:
    """One entry for each leaf, None for those without tangents."""
    found: list[Any] = [None] * len(arguments.leaves)
    for i, x in zip(arguments.active, by_active):
        found[i] = x
    return found


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
        by_active = [_part(x, 0, start, aval) for x in rows]
        inputs = [
            x if x is not None else _without_tangents(aval.shape, leaf.aval)
            for x, leaf in zip(_spread(arguments, by_active), arguments.leaves)
        ]
        parts.append(_pick(arguments.tree.unflatten(inputs), argnums))
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
