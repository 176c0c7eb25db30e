"""Loops and branches over traced values."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx.core import (
    Array,
    ShapedArray,
    Tracer,
    abstractify,
    bind_regions,
    run_staged,
    trace_region,
)
from mjx.core.trace import function_name
from mjx.lax import pointwise
from mjx.lax.carry import Carry, check_same, describe_tree
from mjx.lax.operands import Value, array_of, convert, scalar_of
from mjx.lax.shape import index_in_dim, stack
from mjx.support.config import disable_jit_flag
from mjx.support.dtypes import DTYPES, default_int
from mjx.support.errors import explain
from mjx.support.promotion import promote
from mjx.support.tree import tree_flatten, tree_map, tree_unflatten

__all__ = ["cond", "fori_loop", "map", "platform_dependent", "scan", "switch", "while_loop"]

_BOOL = DTYPES["bool"]


def _check_callable(who: str, *functions: Any) -> None:
    for f in functions:
        if not callable(f):
            raise TypeError(explain(who, "a function", f"{f!r} of type {type(f).__name__}"))


def _arrays(tree: Any, who: str) -> tuple[list[Value], Any]:
    leaves, treedef = tree_flatten(tree)
    return [array_of(x, who) for x in leaves], treedef


def _in_python() -> bool:
    """Whether loops and branches are to run in Python, on concrete values."""
    return bool(disable_jit_flag.value)


# scan


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
    _split_transpose: bool = False,
) -> tuple[Any, Any]:
    """Calls `f(carry, x) -> (carry, y)` for each slice of `xs`, and stacks what it returns as `y`.

    The carry keeps its tree, shapes and dtypes; weak types give way. `xs` may be a tree of arrays
    of one leading extent, or None with a `length`. `unroll` is a hint, which is not needed.
    """
    _check_callable("scan", f)
    values, xs_tree = _arrays(xs, "scan")
    length = _length(values, length)
    if _in_python() and length:
        return _scan_in_python(f, init, xs, length, reverse)
    carry = Carry("scan", "carry", init)
    x_avals = [v.aval.update(shape=v.aval.shape[1:]) for v in values]
    results, y_tree = _staged_scan(f, carry, values, x_avals, xs_tree, length, bool(reverse))
    n = len(carry.values)
    return tree_unflatten(carry.tree, results[:n]), tree_unflatten(y_tree, results[n:])


def _length(values: list[Value], length: int | None) -> int:
    for v in values:
        if not v.aval.shape:
            raise ValueError(
                explain("scan", "arrays with a leading dimension as xs", f"a scalar {v.aval}")
            )
    found = {v.aval.shape[0] for v in values}
    if length is not None:
        try:
            length = operator.index(length)
        except TypeError as error:
            if isinstance(length, Tracer):
                raise
            raise TypeError(explain("scan", "an integer length", repr(length))) from error
        found.add(length)
    if len(found) == 1:
        return found.pop()
    if not found:
        raise ValueError(explain("scan", "xs or a length", "neither", "scan(f, init, length=n)"))
    got = ", ".join(map(str, sorted(found)))
    raise ValueError(explain("scan", "one leading extent in all of xs, equal to length", got))


def _staged_scan(
    f: Callable[..., Any],
    carry: Carry,
    values: list[Value],
    x_avals: list[ShapedArray],
    xs_tree: Any,
    length: int,
    reverse: bool,
) -> tuple[list[Any], Any]:
    found: dict[str, Any] = {}

    def body(*tracers: Tracer) -> list[Any]:
        n = len(carry.values)
        state = tree_unflatten(carry.tree, tracers[:n])
        x = tree_unflatten(xs_tree, tracers[n:])
        pair = f(state, x)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(
                explain(
                    "scan",
                    f"{function_name(f)} to return a pair (carry, y)",
                    describe_tree(pair),
                )
            )
        outs, y = carry.returned(pair[0]), pair[1]
        leaves, found["tree"] = tree_flatten(y)
        found["avals"] = [abstractify(leaf, "scan: y") for leaf in leaves]
        return [*outs, *leaves]

    def emit(*_: Any) -> list[Any]:
        def trace() -> Any:
            avals = [*carry.avals, *x_avals]
            return trace_region(_named(body, f), avals, "scan")[0]

        region = carry.settle(trace)
        weak = [a.weak_type for a in (*carry.avals, *found["avals"])]
        attributes = {"num_carry": len(carry.values), "length": length, "reverse": reverse}
        return bind_regions("scan", [*carry.operands(), *values], [region], attributes, weak)

    return run_staged(emit, (), "scan"), found["tree"]


def _named(body: Callable[..., Any], f: Callable[..., Any]) -> Callable[..., Any]:
    """The body under the name of the user's function, for messages."""
    body.__name__ = function_name(f)
    return body


def _scan_in_python(
    f: Callable[..., Any], carry: Any, xs: Any, length: int, reverse: bool
) -> tuple[Any, Any]:
    ys: list[Any] = []
    order = range(length - 1, -1, -1) if reverse else range(length)
    for i in order:
        x = tree_map(lambda v, i=i: index_in_dim(v, i, keepdims=False), xs)
        carry, y = f(carry, x)
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree_map(lambda *parts: stack([array_of(p, "scan") for p in parts]), *ys)


# map


def map(f: Callable[[Any], Any], xs: Any, *, batch_size: int | None = None) -> Any:
    """Calls `f` on each slice of `xs`, in any order, and stacks what it returns.

    `batch_size` is a hint, which is not needed.
    """
    _check_callable("map", f)
    if batch_size is not None and operator.index(batch_size) < 1:
        raise ValueError(explain("map", "a batch_size of 1 or more", str(batch_size)))
    values, xs_tree = _arrays(xs, "map")
    length = _length(values, None)
    if _in_python() and length:
        return _scan_in_python(lambda _, x: (None, f(x)), None, xs, length, False)[1]
    x_avals = [v.aval.update(shape=v.aval.shape[1:]) for v in values]
    found: dict[str, Any] = {}

    def body(*tracers: Tracer) -> list[Any]:
        leaves, found["tree"] = tree_flatten(f(tree_unflatten(xs_tree, tracers)))
        found["avals"] = [abstractify(leaf, "map: result") for leaf in leaves]
        return leaves

    def emit(*_: Any) -> list[Any]:
        region = trace_region(_named(body, f), x_avals, "map")[0]
        weak = [a.weak_type for a in found["avals"]]
        return bind_regions("map", values, [region], {"size": length}, weak)

    results = run_staged(emit, (), "map")
    return tree_unflatten(found["tree"], results)


# while_loop and fori_loop


def while_loop(
    cond_fun: Callable[[Any], Any],
    body_fun: Callable[[Any], Any],
    init_val: Any,
    *,
    max_steps: int | None = None,
) -> Any:
    """Calls `val = body_fun(val)` as long as `cond_fun(val)` holds.

    The value keeps its tree, shapes and dtypes; weak types give way. Reverse-mode differentiation
    needs to know how many steps there may be: `max_steps`, after which the loop ends anyway. It
    stores about `2 * sqrt(max_steps)` values and computes those between them again.

        >>> halve = lambda x: lax.while_loop(lambda v: v > 1, lambda v: v / 2, x, max_steps=100)
        >>> mjx.grad(halve)(12.0)
        Array(0.0625, dtype=float32, weak_type=True)
    """
    _check_callable("while_loop", cond_fun, body_fun)
    if max_steps is None:
        return _while(cond_fun, body_fun, init_val)
    steps = operator.index(max_steps)
    if steps < 0:
        raise ValueError(explain("while_loop", "max_steps of 0 or more", str(steps)))
    if steps == 0:
        return tree_map(lambda x: array_of(x, "while_loop"), init_val)

    def test(state: tuple[Any, Any]) -> Any:
        more = _predicate(cond_fun(state[1]), "while_loop: cond_fun")
        return pointwise.bitwise_and(pointwise.lt(state[0], steps), more)

    def body(state: tuple[Any, Any]) -> tuple[Any, Any]:
        return pointwise.add(state[0], 1), body_fun(state[1])

    counted = (scalar_of(0, np.dtype("int32" if steps < 2**31 else "int64")), init_val)
    return _while(_titled(test, cond_fun), _titled(body, body_fun), counted, steps)[1]


def _while(
    cond_fun: Callable[[Any], Any],
    body_fun: Callable[[Any], Any],
    init_val: Any,
    max_steps: int = 0,
) -> Any:
    """The loop, which is known to end after `max_steps` steps; 0 if nothing is known."""
    if _in_python():
        while cond_fun(init_val):
            init_val = body_fun(init_val)
        return init_val
    carry = Carry("while_loop", "value", init_val)

    def test(*tracers: Tracer) -> Any:
        return _predicate(cond_fun(tree_unflatten(carry.tree, tracers)), "while_loop: cond_fun")

    def body(*tracers: Tracer) -> list[Any]:
        return carry.returned(body_fun(tree_unflatten(carry.tree, tracers)))

    def emit(*_: Any) -> list[Any]:
        def trace() -> Any:
            return trace_region(_named(body, body_fun), carry.avals, "while_loop")[0]

        stepping = carry.settle(trace)
        testing = trace_region(_named(test, cond_fun), carry.avals, "while_loop")[0]
        weak = [a.weak_type for a in carry.avals]
        attributes = {"max_steps": max_steps}
        return bind_regions("while", carry.operands(), [testing, stepping], attributes, weak)

    results = run_staged(emit, (), "while_loop")
    return tree_unflatten(carry.tree, results)


def _predicate(pred: Any, who: str) -> Value:
    """A truth value for a loop or branch."""
    leaves, _ = tree_flatten(pred)
    if len(leaves) != 1 or leaves[0] is not pred:
        raise TypeError(explain(who, "a truth value", describe_tree(pred)))
    pred = array_of(pred, who)
    if pred.aval.shape or pred.aval.dtype != _BOOL:
        raise TypeError(
            explain(who, "a truth value, that is a bool without dimensions", str(pred.aval))
        )
    return pred


# What indices of 64 bits may reach where it matters how many steps there are.
_MOST_STEPS = 2**36


def fori_loop(
    lower: Any,
    upper: Any,
    body_fun: Callable[[Any, Any], Any],
    init_val: Any,
    *,
    unroll: int | bool | None = None,
) -> Any:
    """Calls `val = body_fun(i, val)` for each i from `lower` up to `upper`, which is left out.

    The bounds may depend on traced values. In reverse mode, a loop whose bounds are known while
    tracing stores what each step needs; with other bounds it stores checkpoints and computes the
    steps between them again.
    """
    _check_callable("fori_loop", body_fun)
    dtype = _bound_dtype(lower, upper)
    if not isinstance(lower, Tracer) and not isinstance(upper, Tracer):
        return _counted_loop(int(lower), int(upper), body_fun, init_val, dtype)
    lower, upper = convert(lower, dtype), convert(upper, dtype)

    def body(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        i, end, val = state
        return pointwise.add(i, 1), end, body_fun(i, val)

    def test(state: tuple[Any, Any, Any]) -> Any:
        return pointwise.lt(state[0], state[1])

    steps = min(2 ** (8 * dtype.itemsize) - 1, _MOST_STEPS)
    return _while(test, _titled(body, body_fun), (lower, upper, init_val), steps)[2]


def _titled(body: Callable[..., Any], f: Callable[..., Any]) -> Callable[..., Any]:
    body.__name__ = function_name(f)
    return body


def _bound_dtype(lower: Any, upper: Any) -> np.dtype:
    """The dtype of the index."""
    avals = [abstractify(b, "fori_loop") for b in (lower, upper)]
    for aval in avals:
        if aval.shape or aval.dtype.kind not in "iu":
            raise TypeError(explain("fori_loop", "integer bounds without dimensions", str(aval)))
    strong = {a.dtype for a in avals if not a.weak_type}
    if len(strong) > 1:
        names = " and ".join(a.dtype.name for a in avals)
        raise TypeError(explain("fori_loop", "bounds of one dtype", names))
    return strong.pop() if strong else default_int()


def _counted_loop(
    lower: int, upper: int, body_fun: Callable[[Any, Any], Any], init_val: Any, dtype: np.dtype
) -> Any:
    if _in_python():
        for i in range(lower, upper):
            init_val = body_fun(scalar_of(i, dtype), init_val)
        return init_val

    def body(state: tuple[Any, Any], _: Any) -> tuple[tuple[Any, Any], None]:
        i, val = state
        return (pointwise.add(i, 1), body_fun(i, val)), None

    start = (scalar_of(lower, dtype), init_val)
    return scan(_titled(body, body_fun), start, None, max(0, upper - lower))[0][1]


# cond and switch

_NO_OPERAND = object()


def cond(
    pred: Any,
    true_fun: Callable[..., Any],
    false_fun: Callable[..., Any],
    *operands: Any,
    operand: Any = _NO_OPERAND,
    linear: Any = None,
) -> Any:
    """`true_fun(*operands)` if `pred` holds, `false_fun(*operands)` otherwise.

    Both return trees of the same structure, shapes and dtypes.
    """
    if not callable(true_fun) and len(operands) == 2 and callable(operands[1]):
        # The form cond(pred, true_operand, true_fun, false_operand, false_fun).
        on_true, on_false = (true_fun, false_fun), operands
        return cond(
            pred,
            lambda a, b: on_true[1](a),
            lambda a, b: on_false[1](b),
            on_true[0],
            on_false[0],
        )
    if operand is not _NO_OPERAND:
        operands = (*operands, operand)
    _check_callable("cond", true_fun, false_fun)
    pred = _branch_predicate(pred)
    if _in_python() and type(pred) is Array:
        return (true_fun if bool(pred) else false_fun)(*operands)
    return _branches("cond", pred, [false_fun, true_fun], operands)


def _branch_predicate(pred: Any) -> Value:
    if isinstance(pred, (list, tuple, dict)) or pred is None or callable(pred):
        raise TypeError(
            explain("cond", "a truth value or number as predicate", describe_tree(pred))
        )
    pred = array_of(pred, "cond")
    if pred.aval.shape:
        raise TypeError(
            explain(
                "cond",
                "a predicate without dimensions",
                str(pred.aval),
                "mjx.numpy.where chooses element by element; x.any() and x.all() make one value",
            )
        )
    if pred.aval.dtype == _BOOL:
        return pred
    return pointwise.ne(pred, 0)


def switch(
    index: Any,
    branches: Sequence[Callable[..., Any]],
    *operands: Any,
    operand: Any = _NO_OPERAND,
    linear: Any = None,
) -> Any:
    """`branches[index](*operands)`, the index moved into range.

    All branches return trees of the same structure, shapes and dtypes.
    """
    if operand is not _NO_OPERAND:
        operands = (*operands, operand)
    branches = list(branches)
    if not branches:
        raise ValueError(explain("switch", "at least one branch", "none"))
    _check_callable("switch", *branches)
    index = array_of(index, "switch")
    if index.aval.shape or index.aval.dtype.kind not in "iu":
        raise TypeError(explain("switch", "an integer index without dimensions", str(index.aval)))
    if len(branches) == 1:
        return branches[0](*operands)
    if _in_python() and type(index) is Array:
        return branches[builtins.max(0, min(int(index), len(branches) - 1))](*operands)
    return _branches("switch", index, branches, operands)


def _branches(
    who: str, index: Value, functions: list[Callable[..., Any]], operands: tuple[Any, ...]
) -> Any:
    values, tree = _arrays(operands, who)
    avals = [v.aval for v in values]
    found: list[Any] = []

    def emit(*_: Any) -> list[Any]:
        regions, trees, outs = _trace_branches(who, functions, tree, avals, None)
        for f, other, other_outs in zip(functions[1:], trees[1:], outs[1:]):
            names = function_name(functions[0]), function_name(f)
            check_same(who, names, (trees[0], outs[0]), (other, other_outs))
        common = [_common(parts) for parts in zip(*outs)]
        if any(out != common for out in outs):
            if any(a.type != c.type for out in outs for a, c in zip(out, common)):
                regions = _trace_branches(who, functions, tree, avals, common)[0]
        found.append(trees[0])
        weak = [c.weak_type for c in common]
        return bind_regions("cond", [index, *values], regions, {}, weak)

    results = run_staged(emit, (), who)
    return tree_unflatten(found[-1], results)


def _trace_branches(
    who: str,
    functions: list[Callable[..., Any]],
    tree: Any,
    avals: list[ShapedArray],
    wanted: list[ShapedArray] | None,
) -> tuple[list[Any], list[Any], list[list[ShapedArray]]]:
    """The regions of the branches, the trees they return, and the avals of the leaves."""
    regions, trees, outs = [], [], []
    for f in functions:

        def body(*tracers: Tracer, f: Callable[..., Any] = f) -> Any:
            result = f(*tree_unflatten(tree, tracers))
            if wanted is None:
                return result
            leaves, out_tree = tree_flatten(result)
            leaves = [convert(x, a.dtype, a.weak_type) for x, a in zip(leaves, wanted)]
            return tree_unflatten(out_tree, leaves)

        region, out_tree, out = trace_region(_named(body, f), avals, who)
        regions.append(region)
        trees.append(out_tree)
        outs.append(out)
    return regions, trees, outs


def _common(avals: Sequence[ShapedArray]) -> ShapedArray:
    """What one result of all branches has in common; weak types give way."""
    dtype, weak = promote([(a.dtype, a.weak_type) for a in avals])
    return ShapedArray(avals[0].shape, dtype, weak)


def platform_dependent(
    *args: Any, default: Callable[..., Any] | None = None, **per_platform: Callable[..., Any]
) -> Any:
    """The function given for the platform the program runs on, `default` if there is none."""
    chosen = per_platform.get("cpu", default)
    if chosen is None:
        raise ValueError(
            explain("platform_dependent", "a function for 'cpu', or a default", str(per_platform))
        )
    return chosen(*args)
