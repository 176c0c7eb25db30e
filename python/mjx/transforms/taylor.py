"""Taylor mode: all derivatives along a curve up to an order, at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.bind import bind, full_scalar, traced
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.errors import explain
from mjx.support.source import api_boundary, user_location
from mjx.support.tree import tree_leaves, tree_structure
from mjx.transforms.autodiff import Arguments
from mjx.transforms.custom_call import coerced
from mjx.transforms.linear import Value, full, is_inexact, recorded, trace_transformed
from mjx.transforms.signature import check_callable
from mjx.transforms.symbolic import SymbolicZero


class _Curve:
    """The arguments of a function and their derivatives by time, flat."""

    def __init__(self, fun: Callable[..., Any], primals: Sequence[Any], series: Sequence[Any]):
        self.who = f"jet of {function_name(fun)}"
        for what, given in (("primals", primals), ("series", series)):
            if not isinstance(given, (tuple, list)):
                raise TypeError(
                    explain(
                        self.who, f"{what} as a tuple or list, one for each argument", f"{given!r}"
                    )
                )
        if len(primals) != len(series):
            raise ValueError(
                explain(
                    self.who, f"a series for each of the {len(primals)} arguments", f"{len(series)}"
                )
            )
        self.arguments = Arguments(fun, primals, range(len(primals)), "jet")
        self.order = self._order(series)
        self.terms = [self._terms([s[k] for s in series]) for k in range(self.order)]

    def _order(self, series: Sequence[Any]) -> int:
        for terms in series:
            if not isinstance(terms, (tuple, list)):
                raise TypeError(
                    explain(self.who, "each series as a list of derivatives", f"{terms!r}")
                )
        orders = {len(terms) for terms in series}
        if len(orders) > 1:
            found = ", ".join(str(len(terms)) for terms in series)
            raise ValueError(
                explain(self.who, "series of one length", f"inconsistent lengths {found}")
            )
        return orders.pop() if orders else 0

    def _terms(self, derivatives: list[Any]) -> list[Value | None]:
        """Derivatives of one order, for those leaves that can have any."""
        arguments = self.arguments
        tree = tree_structure(tuple(derivatives))
        if tree != arguments.tree:
            raise TypeError(
                explain(
                    self.who,
                    f"derivatives of the structure of the arguments, {arguments.tree}",
                    f"{tree}",
                )
            )
        leaves = tree_leaves(tuple(derivatives))
        return [self._term(leaves[i], i) for i in arguments.active]

    def _term(self, x: Any, i: int) -> Value | None:
        """A derivative of leaf `i`; None for zeros, which cost nothing."""
        arguments = self.arguments
        aval = arguments.leaves[i].aval.strip_weak_type()
        if isinstance(x, SymbolicZero):
            return None
        name = arguments.name(arguments.paths[i])
        term = coerced(x, aval, self.who, f"derivatives of {name}", "the argument")
        return None if type(term) is Array and not np.any(np.asarray(term)) else term


@api_boundary
def jet(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    series: Sequence[Any],
    factorial_scaled: bool = True,
    **_: Any,
) -> tuple[Any, Any]:
    """The value of `fun` along a curve, and its derivatives by time up to an order.

    `series` has for each argument a list of its derivatives, from the first on; the result has such
    a list for each array that `fun` returns. Without `factorial_scaled` both are coefficients of
    polynomials: derivative `k` over `k!`. The cost grows with the square of the order.

    Example:
        >>> import mjx
        >>> import mjx.numpy as mnp
        >>> y, (y1, y2) = mjx.experimental.jet.jet(mnp.exp, (0.0,), ([2.0, 0.0],))
        >>> float(y), float(y1), float(y2)
        (1.0, 2.0, 4.0)
    """
    check_callable(fun, "jet")
    curve = _Curve(fun, primals, series)
    return recorded("jet", fun, lambda: _jet(curve, factorial_scaled))


def _jet(curve: _Curve, factorial_scaled: bool) -> tuple[Any, Any]:
    arguments, order = curve.arguments, curve.order
    made = trace_transformed(
        "jet",
        arguments.fun,
        arguments.active_leaves,
        arguments.active_names,
        arguments.call,
        False,
        times=order,
    )
    level, where = state.level, user_location()

    def scale_of(k: int) -> float:
        return 1 if factorial_scaled else math.factorial(k + 1)

    active = arguments.active_leaves
    # Of order 0 there is the value only.
    derivatives = curve.terms or [[None] * len(active)]
    terms = [
        _zeros(x.aval) if term is None else _scaled(term, scale_of(k))
        for k, row in enumerate(derivatives)
        for x, term in zip(active, row)
    ]
    attributes = {"wrt": tuple(range(len(active))), "order": len(derivatives)}
    operands = [*made.operands, *(level.lift(x) for x in terms)]
    values = level.program.emit("jet", operands, attributes, None, [made.region], where)
    outs = [level.tracer(v, x.aval.weak_type, where) for v, x in zip(values, made.outs)]
    found = iter([level.tracer(v, False, where) for v in values[len(outs) :]])
    lists: list[list[Value]] = [[] for _ in outs]
    for k in range(1, order + 1):
        for out, terms_of_out in zip(outs, lists):
            term = next(found) if is_inexact(out.aval) else full(0, out.aval.strip_weak_type())
            scale = 1 / scale_of(k - 1) if is_inexact(out.aval) else 1
            terms_of_out.append(_scaled(term, scale))
    return made.out_tree.unflatten(outs), made.out_tree.unflatten(lists)


def _zeros(aval: ShapedArray) -> Tracer:
    """Zeros that the compiler knows to be zeros."""
    aval = aval.strip_weak_type()
    scalar = full_scalar(0.0, aval.dtype)
    return traced(state.level, "broadcast_in_dim", [scalar], {"dims": ()}, [aval.type])[0]


def _scaled(x: Value, factor: float) -> Value:
    if factor == 1:
        return x
    return bind("mul", [x, full(factor, x.aval.strip_weak_type())])[0]
