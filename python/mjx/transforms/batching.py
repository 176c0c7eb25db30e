"""`vmap`: a function of one example, applied to a batch."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from mjx.core.aval import ShapedArray
from mjx.core.axes import new_axis
from mjx.core.regions import open_region, run_region
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.source import api_boundary, user_location
from mjx.support.tree import PyTreeDef, flatten_prefix, tree_flatten_with_path
from mjx.transforms.jit import jit
from mjx.transforms.linear import Value, as_argument, recorded
from mjx.transforms.signature import ArgumentNames, as_numbers, check_callable
from mjx.transforms.tracing import flatten_result


class Batch:
    """The flat arguments of a vmapped function: which are batched, where, and how large."""

    def __init__(
        self, fun: Callable[..., Any], args: tuple, kwargs: dict[str, Any], in_axes: Any, who: str
    ):
        self.fun = fun
        self.who = who
        found, self.tree = tree_flatten_with_path((args, kwargs))
        self.paths = [path for path, _ in found]
        self.leaves = [self._leaf(leaf, path) for path, leaf in found]
        axes = _flat_in_axes(in_axes, args, kwargs, who)
        self.axes = [
            None if axis is None else self._normalized(axis, leaf.aval, path)
            for axis, leaf, path in zip(axes, self.leaves, self.paths)
        ]
        self.batched = [i for i, axis in enumerate(self.axes) if axis is not None]

    def name(self, path: Any) -> str:
        """What the argument at a path is called."""
        return ArgumentNames(self.fun).of_path(path)

    def batched_names(self) -> list[tuple[str, int | None]]:
        """Names and positions of the batched leaves."""
        paths = [self.paths[i] for i in self.batched]
        return [(self.name(path), ArgumentNames.argnum_of_path(path)) for path in paths]

    def _leaf(self, leaf: Any, path: Any) -> Value:
        try:
            return as_argument(leaf, self.who)
        except TypeError:
            raise TypeError(
                f"{self.who}: expected arrays and numbers as arguments, but argument "
                f"{self.name(path)} is {leaf!r} of type {type(leaf).__name__}"
            ) from None

    def _normalized(self, axis: Any, aval: ShapedArray, path: Any) -> int:
        if not isinstance(axis, int) or isinstance(axis, bool):
            raise TypeError(
                f"{self.who}: expected in_axes to be made of integers and None, but got {axis!r}"
            )
        if not -aval.ndim <= axis < aval.ndim:
            raise ValueError(
                f"{self.who}: vmap was requested to map over axis {axis} of argument "
                f"{self.name(path)}, but that is {aval}, with {aval.ndim} dimensions; "
                f"use in_axes=None to leave it alone"
            )
        return axis % aval.ndim

    def size(self, axis_size: int | None) -> int:
        """The number of examples."""
        sizes = {i: self.leaves[i].aval.shape[self.axes[i]] for i in self.batched}
        if axis_size is None and not sizes:
            raise ValueError(
                f"{self.who}: vmap must have at least one argument to map over, but in_axes is "
                f"None for all; give axis_size, or an axis"
            )
        known = set(sizes.values()) | ({axis_size} if axis_size is not None else set())
        if len(known) > 1:
            lines = [f"  {self._place(i)}: {n}" for i, n in sizes.items()]
            given = f"\n  axis_size: {axis_size}" if axis_size is not None else ""
            raise ValueError(
                f"{self.who}: vmap got inconsistent sizes for array axes to be mapped:\n"
                + "\n".join(lines)
                + given
            )
        return known.pop()

    def _place(self, i: int) -> str:
        name = self.name(self.paths[i])
        return f"axis {self.axes[i]} of argument {name}, {self.leaves[i].aval}"

    def example_avals(self) -> list[ShapedArray]:
        """Avals of one example of each batched leaf."""
        avals = []
        for i in self.batched:
            shape, axis = self.leaves[i].aval.shape, self.axes[i]
            avals.append(self.leaves[i].aval.update(shape=shape[:axis] + shape[axis + 1 :]))
        return avals

    def call(self, tracers: Sequence[Tracer]) -> Any:
        """Applies the function to one example of the batched leaves."""
        leaves = list(self.leaves)
        for i, tracer in zip(self.batched, tracers):
            leaves[i] = tracer
        args, kwargs = self.tree.unflatten(leaves)
        return self.fun(*args, **kwargs)


def _flat_in_axes(in_axes: Any, args: tuple, kwargs: dict[str, Any], who: str) -> list[Any]:
    """The axis of each leaf of (args, kwargs); arguments given by name are mapped over axis 0."""
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if isinstance(in_axes, tuple) and len(in_axes) != len(args):
        raise ValueError(
            f"{who}: vmap in_axes must fit the arguments: expected an integer, None, or a tuple of "
            f"{len(args)}, one for each positional argument, but got {in_axes!r}"
        )
    positional = flatten_prefix(
        in_axes, args, name=f"{who}: in_axes", of="the arguments", none_is_leaf=True
    )
    return positional + flatten_prefix(0, kwargs)


def _flat_out_axes(out_axes: Any, tree: PyTreeDef, who: str) -> list[Any]:
    axes = flatten_prefix(
        out_axes, tree, name=f"{who}: out_axes", of="the result", none_is_leaf=True
    )
    for axis in axes:
        if axis is not None and (not isinstance(axis, int) or isinstance(axis, bool)):
            raise TypeError(
                f"{who}: expected out_axes to be made of integers and None, but got {axis!r}"
            )
    return axes


def _out_axis(axis: int | None, aval: ShapedArray, who: str) -> int:
    """The place of the batch dimension in a result, -1 for none."""
    if axis is None:
        return -1
    rank = aval.ndim + 1
    if not -rank <= axis < rank:
        raise ValueError(
            f"{who}: expected out_axes within the {rank} dimensions of a batch of {aval}, but got "
            f"{axis}"
        )
    return axis % rank


def vmap(
    fun: Callable[..., Any],
    in_axes: Any = 0,
    out_axes: Any = 0,
    axis_name: Hashable | None = None,
    axis_size: int | None = None,
    spmd_axis_name: Any = None,
) -> Callable[..., Any]:
    """A function that applies `fun` to each example of a batch, in one go.

    `in_axes` says which axis of each argument counts the examples, None for arguments that all
    examples share; it may be a tree that is a prefix of the arguments. `out_axes` says where
    results have that axis, None for results that all examples share. `axis_name` is what the
    collectives of `mjx.lax` call the batch within `fun`. `axis_size` is the number of examples,
    needed if no argument tells. `spmd_axis_name` is accepted, and says nothing on one device.

        >>> vmap(mnp.dot, in_axes=(0, None))(mnp.eye(2), mnp.array([3.0, 4.0]))
        Array([3., 4.], dtype=float32)
        >>> vmap(lambda x: x - lax.pmean(x, "i"), axis_name="i")(mnp.array([1.0, 2.0, 6.0]))
        Array([-2., -1.,  3.], dtype=float32)
    """
    check_callable(fun, "vmap")
    _check_in_axes(in_axes, "vmap")
    if axis_size is not None:
        axis_size = _checked_size(axis_size, "vmap")
    who = f"vmap of {function_name(fun)}"

    @functools.wraps(fun)
    @api_boundary
    def batched(*args: Any, **kwargs: Any) -> Any:
        batch = Batch(fun, args, kwargs, in_axes, who)
        size = batch.size(axis_size)
        return recorded("vmap", fun, lambda: _vmap_call(batch, size, out_axes, axis_name))

    return batched


def _check_in_axes(in_axes: Any, who: str) -> None:
    if not isinstance(in_axes, (int, tuple, list, dict)) and in_axes is not None:
        raise TypeError(
            f"{who}: expected in_axes to be an integer, None, or a tuple of them and of trees of "
            f"them, but got {in_axes!r}"
        )


def _checked_size(size: Any, who: str) -> int:
    try:
        found = operator.index(size)
    except TypeError:
        raise TypeError(f"{who}: expected axis_size to be an integer, but got {size!r}") from None
    if found < 0:
        raise ValueError(f"{who}: expected axis_size of 0 or more, but got {found}")
    return found


def _vmap_call(batch: Batch, size: int, out_axes: Any, axis_name: Hashable | None) -> Any:
    outer, who = state.level, batch.who
    operands = [outer.lift(batch.leaves[i]) for i in batch.batched]
    avals = batch.example_avals()
    axis = None if axis_name is None else new_axis(axis_name, size)
    level, values = open_region(
        avals, "vmap", function_name(batch.fun), staging=False, batched=True
    )
    level.axis = axis
    level.names = lambda: dict(zip(values, batch.batched_names()))
    found: list[Any] = []

    def body() -> list[Any]:
        where = user_location()
        tracers = [level.tracer(v, a.weak_type, where) for v, a in zip(values, avals)]
        leaves, tree = flatten_result(batch.call(tracers), who)
        axes = _flat_out_axes(out_axes, tree, who)
        found.extend([leaves, tree, [_out_axis(a, x.aval, who) for a, x in zip(axes, leaves)]])
        return [level.lift(x) for x in leaves]

    region = run_region(level, body)
    leaves, tree, places = found
    attributes = {
        "in_axes": tuple([batch.axes[i] for i in batch.batched]),
        "out_axes": tuple(places),
        "size": size,
    }
    if axis is not None:
        attributes["axis"] = axis.label
    where = user_location()
    results = outer.program.emit("vmap", operands, attributes, None, [region], where)
    return tree.unflatten(
        [outer.tracer(v, x.aval.weak_type, where) for v, x in zip(results, leaves)]
    )


def pmap(
    fun: Callable[..., Any],
    axis_name: Hashable | None = None,
    *,
    in_axes: Any = 0,
    out_axes: Any = 0,
    static_broadcasted_argnums: int | Iterable[int] = (),
    devices: Sequence[Any] | None = None,
    backend: str | None = None,
    axis_size: int | None = None,
    donate_argnums: int | Iterable[int] = (),
) -> Callable[..., Any]:
    """`fun` applied to each example of a batch, compiled: `jit` of `vmap`.

    One device runs all examples, so that there may be more of them than devices; `devices` and
    `backend` choose nothing. Arguments numbered in `static_broadcasted_argnums` are static.

        >>> pmap(lambda x: x / lax.psum(x, "i"), axis_name="i")(mnp.array([1.0, 3.0]))
        Array([0.25, 0.75], dtype=float32)
    """
    check_callable(fun, "pmap")
    _check_in_axes(in_axes, "pmap")
    static = as_numbers(static_broadcasted_argnums, "pmap: static_broadcasted_argnums")

    @functools.wraps(fun)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        numbers = {n % len(args) for n in static if -len(args) <= n < len(args)}
        dynamic = [i for i in range(len(args)) if i not in numbers]

        @functools.wraps(fun)
        def with_static(*given: Any, **named: Any) -> Any:
            values = dict(zip(dynamic, given))
            return fun(*(values.get(i, arg) for i, arg in enumerate(args)), **named)

        axes = in_axes
        if isinstance(axes, (tuple, list)) and len(axes) == len(args):
            axes = tuple(axes[i] for i in dynamic)
        batched = vmap(with_static, axes, out_axes, axis_name, axis_size)
        return batched(*(args[i] for i in dynamic), **kwargs)

    return jit(mapped, static_argnums=static, donate_argnums=donate_argnums)
