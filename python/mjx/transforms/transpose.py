"""Linear functions: their transposes, by derivation or as the user gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.aval import ShapedArray, abstractify
from mjx.core.regions import bind_regions, open_region, run_region
from mjx.core.trace import Level, function_name, state
from mjx.core.tracer import Tracer
from mjx.support.errors import explain
from mjx.support.source import api_boundary, user_location
from mjx.support.tree import PyTreeDef, keystr, tree_flatten_with_path, tree_structure
from mjx.transforms.custom_call import coerced
from mjx.transforms.linear import (
    Value,
    as_argument,
    full,
    is_inexact,
    linearize_call,
    recorded,
)
from mjx.transforms.signature import ArgumentNames, check_callable
from mjx.transforms.tracing import abstract_result, flatten_result


class _Linear:
    """A linear function of flat arguments of known types, and the types it returns."""

    def __init__(self, fun: Callable[..., Any], primals: tuple):
        self.fun = fun
        self.who = f"linear_transpose of {function_name(fun)}"
        found, _ = tree_flatten_with_path((primals, {}))
        self.in_tree = tree_structure(primals)
        self.paths = [path for path, _ in found]
        self.ins = [self._aval(leaf) for _, leaf in found]
        self.outs, self.out_tree = abstract_result(fun, self.ins, self.paths, self.call)
        self._check_types()

    def _aval(self, x: Any) -> ShapedArray:
        if hasattr(x, "shape") and hasattr(x, "dtype"):
            return ShapedArray(tuple(x.shape), x.dtype, bool(getattr(x, "weak_type", False)))
        return abstractify(x, self.who)

    def _check_types(self) -> None:
        for what, avals in (("arguments", self.ins), ("results", self.outs)):
            for aval in avals:
                if not is_inexact(aval):
                    raise TypeError(
                        explain(
                            self.who,
                            f"floating point or complex {what}, on which a function can be linear",
                            str(aval),
                            "close over integers instead of passing them",
                        )
                    )

    def call(self, leaves: Sequence[Any]) -> Any:
        """Applies the function to flat arguments."""
        return self.fun(*self.in_tree.unflatten(leaves))

    def names(self) -> list[tuple[str, int | None]]:
        """Names and positions of the arguments."""
        namer = ArgumentNames(self.fun)
        return [(namer.of_path(path), namer.argnum_of_path(path)) for path in self.paths]

    def matched(self, cotangent: Any) -> list[Value]:
        """The leaves of a cotangent, which must fit the results."""
        found, tree = tree_flatten_with_path(cotangent)
        if tree != self.out_tree:
            raise TypeError(
                explain(self.who, f"a cotangent of the structure {self.out_tree}", str(tree))
            )
        return [
            coerced(
                as_argument(leaf, self.who),
                aval,
                self.who,
                f"cotangent{keystr(path)}",
                "the result",
            )
            for (path, leaf), aval in zip(found, self.outs)
        ]

    def transposed(self, cotangents: list[Value]) -> list[Value]:
        """Cotangents of the arguments, within the current program.

        The derivative of a linear function is the same everywhere. It is taken at an example of a
        batch, and must not vary over that: this is how it is known that the function is linear.
        """
        outer = state.level
        operands = [outer.lift(full(0, a.update(shape=(1, *a.shape)))) for a in self.ins]
        level, values = open_region(
            self.ins, "linear_transpose", function_name(self.fun), staging=False, batched=True
        )
        level.names = lambda: dict(zip(values, self.names()))
        region = run_region(level, lambda: self._pulled_back(level, values, cotangents))
        count = len(self.ins)
        attributes = {"in_axes": (0,) * count, "out_axes": (-1,) * count, "size": 1}
        where = user_location()
        try:
            results = outer.program.emit("vmap", operands, attributes, None, [region], where)
        except ValueError as error:
            if "not to vary" not in str(error):
                raise
            raise self._not_linear() from None
        return [outer.tracer(v, a.weak_type, where) for v, a in zip(results, self.ins)]

    def _pulled_back(self, level: Level, values: Sequence[Any], cotangents: list[Value]) -> Any:
        tracers = [level.tracer(v, a.weak_type) for v, a in zip(values, self.ins)]
        found = linearize_call("linear_transpose", self.fun, tracers, self.names, self.call)
        return [level.lift(x) for x in found.map.transpose(cotangents)]

    def _not_linear(self) -> TypeError:
        return TypeError(
            explain(
                self.who,
                "a linear function",
                "one whose derivative depends on its arguments",
                "use vjp, which differentiates at a point",
            )
        )


@api_boundary
def linear_transpose(fun: Callable[..., Any], *primals: Any, reduce_axes: Any = ()) -> Any:
    """The transpose of a linear function, from a cotangent of its result to those of arguments.

    Of `primals` only shapes and dtypes matter. The function returned gives a tuple.

    Example:
        >>> import mjx
        >>> transposed = mjx.linear_transpose(lambda x, y: 2.0 * x - y, 1.0, 1.0)
        >>> [float(ct) for ct in transposed(3.0)]
        [6.0, -3.0]
    """
    check_callable(fun, "linear_transpose")
    if reduce_axes:
        raise ValueError(
            explain("linear_transpose", "no reduce_axes, which no program needs", repr(reduce_axes))
        )
    linear = _Linear(fun, primals)

    @api_boundary
    def transposed(cotangent: Any) -> tuple[Any, ...]:
        leaves = linear.matched(cotangent)
        return linear.in_tree.unflatten(
            recorded("linear_transpose", fun, lambda: linear.transposed(leaves))
        )

    return transposed


@api_boundary
def linear_call(
    fun: Callable[..., Any], fun_transpose: Callable[..., Any], residual_args: Any, linear_args: Any
) -> Any:
    """`fun(residual_args, linear_args)`, linear in the latter, with a transpose of the user's own.

    `fun_transpose(residual_args, cotangent)` gives cotangents of `linear_args`.

    Example:
        >>> import mjx
        >>> halve = lambda n, x: x / n
        >>> f = lambda x: mjx.custom_derivatives.linear_call(halve, lambda n, ct: 100.0 * ct, 2.0, x)
        >>> float(f(6.0)), float(mjx.grad(f)(6.0))
        (3.0, 100.0)
    """
    check_callable(fun, "linear_call")
    check_callable(fun_transpose, "linear_call")
    if not _may_be_transposed():
        return fun(residual_args, linear_args)
    return _LinearCall(fun, fun_transpose, residual_args, linear_args).emit()


def _may_be_transposed() -> bool:
    """Whether a derivative is being taken, here or of what this is a rule for."""
    level = state.level
    while level is not None:
        if level.order:
            return True
        level = level.parent
    return False


class _LinearCall:
    """The op of one `linear_call`. Both regions take the flat residuals and more."""

    def __init__(self, fun: Any, fun_transpose: Any, residual_args: Any, linear_args: Any):
        self.who = f"linear_call of {function_name(fun)}"
        self.fun, self.fun_transpose = fun, fun_transpose
        self.residuals, self.residual_tree, _ = self._flat(residual_args)
        self.linear, self.linear_tree, self.linear_paths = self._flat(linear_args)

    def _flat(self, tree: Any) -> tuple[list[Value], PyTreeDef, list[str]]:
        found, treedef = tree_flatten_with_path(tree)
        return [as_argument(x, self.who) for _, x in found], treedef, [keystr(p) for p, _ in found]

    def emit(self) -> Any:
        """Traces both functions and returns what the first does."""
        order = state.level.order
        ins = [x.aval for x in self.linear]
        self._check_types(ins, "linear arguments")
        forward = self._region(self.fun, ins, order, self._forward)
        self._check_types(self.outs, "results")
        cts = [a.strip_weak_type() for a in self.outs]
        transposed = self._region(self.fun_transpose, cts, max(order - 1, 0), self._transposed)
        attributes = {"num_residuals": len(self.residuals), "function": function_name(self.fun)}
        operands = [*self.residuals, *self.linear]
        weak = [a.weak_type for a in self.outs]
        results = bind_regions("linear_call", operands, [transposed, forward], attributes, weak)
        return self.out_tree.unflatten(results)

    def _check_types(self, avals: Sequence[ShapedArray], what: str) -> None:
        for aval in avals:
            if not is_inexact(aval):
                raise TypeError(
                    explain(self.who, f"{what} of floating point or complex type", str(aval))
                )

    def _region(
        self,
        fun: Any,
        more: Sequence[ShapedArray],
        order: int,
        body: Callable[[Any, list[Tracer]], list[Value]],
    ) -> Any:
        outer, count = state.level, len(self.residuals)
        avals = [*(x.aval for x in self.residuals), *more]
        level, values = open_region(avals, "linear_call", function_name(fun), staging=False)
        level.order = order
        level.bindings.update(zip(values, [outer.lift(x) for x in self.residuals]))

        def run() -> list[Any]:
            tracers = [level.tracer(v, a.weak_type) for v, a in zip(values, avals)]
            residuals = self.residual_tree.unflatten(tracers[:count])
            return [level.lift(x) for x in body(residuals, tracers[count:])]

        return run_region(level, run)

    def _forward(self, residuals: Any, tracers: list[Tracer]) -> list[Value]:
        result = self.fun(residuals, self.linear_tree.unflatten(tracers))
        outs, self.out_tree = flatten_result(result, self.who)
        self.outs = [x.aval for x in outs]
        return outs

    def _transposed(self, residuals: Any, tracers: list[Tracer]) -> list[Value]:
        result = self.fun_transpose(residuals, self.out_tree.unflatten(tracers))
        found, tree = flatten_result(result, self.who)
        if tree != self.linear_tree:
            raise TypeError(
                explain(
                    f"{self.who}: transpose {function_name(self.fun_transpose)}",
                    f"cotangents of the structure of the linear arguments, {self.linear_tree}",
                    str(tree),
                )
            )
        return [
            coerced(x, y.aval, self.who, f"cotangent{path}", "the linear argument")
            for x, y, path in zip(found, self.linear, self.linear_paths)
        ]
