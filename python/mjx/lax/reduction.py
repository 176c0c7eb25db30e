"""Many elements to fewer, or in order: reductions, cumulative reductions, sorting."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core import bind
from mjx.lax import pointwise
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Value,
    array_of,
    axes_of,
    axis_of,
    canonical,
    convert,
    kind_rank,
    refuse_dtype,
    splat,
)
from mjx.lax.shape import concatenate, reshape, slice_in_dim, transpose
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten, tree_unflatten

__all__ = [
    "approx_max_k",
    "approx_min_k",
    "argmax",
    "argmin",
    "cumlogsumexp",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "reduce",
    "reduce_and",
    "reduce_max",
    "reduce_min",
    "reduce_or",
    "reduce_prod",
    "reduce_sum",
    "reduce_xor",
    "sort",
    "sort_key_val",
    "top_k",
]


def _reduction(name: str, kind: str, ranks: tuple[int, ...], doc: str) -> Callable[..., Value]:
    def function(operand: Any, axes: Sequence[int], *, out_sharding: Any = None) -> Value:
        x = array_of(operand, name)
        dims = tuple(sorted(axes_of(axes, len(x.aval.shape), name)))
        if kind_rank(x.aval.dtype) not in ranks:
            raise refuse_dtype(name, f"a dtype that {name} is defined for", x)
        if not dims:
            return x
        return bind("reduce", (x,), {"kind": kind, "dims": dims}, None, x.aval.weak_type)[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


reduce_sum = _reduction("reduce_sum", "add", (1, 2, 3), "The sums of the elements along axes.")
reduce_prod = _reduction("reduce_prod", "mul", (1, 2, 3), "The products of elements along axes.")
reduce_max = _reduction("reduce_max", "max", (0, 1, 2), "The greatest elements along axes.")
reduce_min = _reduction("reduce_min", "min", (0, 1, 2), "The least elements along axes.")
reduce_and = _reduction("reduce_and", "and", (0, 1), "Bitwise and of the elements along axes.")
reduce_or = _reduction("reduce_or", "or", (0, 1), "Bitwise or of the elements along axes.")
reduce_xor = _reduction("reduce_xor", "xor", (0, 1), "Bitwise exclusive or along axes.")

# The kinds of reduction that are ops, by the function that combines two elements.
KINDS: dict[Any, str] = {
    pointwise.add: "add",
    pointwise.mul: "mul",
    pointwise.max: "max",
    pointwise.min: "min",
    pointwise.bitwise_and: "and",
    pointwise.bitwise_or: "or",
    pointwise.bitwise_xor: "xor",
}
OF_KIND = {
    "add": reduce_sum,
    "mul": reduce_prod,
    "max": reduce_max,
    "min": reduce_min,
    "and": reduce_and,
    "or": reduce_or,
    "xor": reduce_xor,
}


def kind_of(computation: Callable[..., Any]) -> str | None:
    """The kind of reduction by a function, if it is one that is an op."""
    try:
        return KINDS.get(computation)
    except TypeError:
        return None


_RANKS = {"add": (1, 2, 3), "mul": (1, 2, 3), "max": (0, 1, 2), "min": (0, 1, 2)}


def check_kind(who: str, kind: str, x: Value) -> None:
    """Complains unless elements like those of `x` can be combined by a kind of reduction."""
    if kind_rank(x.aval.dtype) not in _RANKS.get(kind, (0, 1)):
        raise refuse_dtype(who, f"a dtype that {kind} is defined for", x)


def reduce(
    operands: Any,
    init_values: Any,
    computation: Callable[[Any, Any], Any],
    dimensions: Sequence[int],
    out_sharding: Any = None,
) -> Any:
    """Combines elements along dimensions by a function, which must be associative.

    `operands` and `init_values` are arrays or trees of arrays; the function takes two such trees
    of elements, and is applied to whole arrays of them at once.
    """
    xs, tree = tree_flatten(operands)
    inits, init_tree = tree_flatten(init_values)
    if not xs or tree != init_tree:
        raise ValueError(
            explain("reduce", f"initial values in a tree as the operands, {tree}", f"{init_tree}")
        )
    xs = [array_of(x, "reduce") for x in xs]
    dims = axes_of(dimensions, len(xs[0].aval.shape), "reduce")
    kind = kind_of(computation)
    if kind is not None and len(xs) == 1:
        reduced = [OF_KIND[kind](xs[0], dims)]
    else:
        reduced = _fold(xs, tree, computation, dims)
    if reduced is None:
        shape = [n for d, n in enumerate(xs[0].aval.shape) if d not in dims]
        return tree_unflatten(tree, [_spread(i, shape, x) for i, x in zip(inits, xs)])
    starts = [convert(i, x.aval.dtype) for i, x in zip(inits, xs)]
    starts = [_spread(i, x.aval.shape, x) for i, x in zip(starts, reduced)]
    return computation(tree_unflatten(tree, starts), tree_unflatten(tree, reduced))


def _spread(scalar: Any, shape: Any, like: Value) -> Value:
    return splat(convert(scalar, like.aval.dtype), tuple(shape))


def _fold(
    xs: list[Value], tree: Any, computation: Callable[..., Any], dims: tuple[int, ...]
) -> list[Value] | None:
    """Halves the elements along the dimensions until one is left; None if there are none."""
    rank = len(xs[0].aval.shape)
    kept = [d for d in range(rank) if d not in dims]
    shape = [xs[0].aval.shape[d] for d in kept]
    count = math.prod([xs[0].aval.shape[d] for d in dims])
    flat = [reshape(transpose(x, [*dims, *kept]), (count, *shape)) for x in xs]
    n = count
    if n == 0:
        return None
    while n > 1:
        half = n // 2
        first = [slice_in_dim(x, 0, half) for x in flat]
        second = [slice_in_dim(x, half, 2 * half) for x in flat]
        both = computation(tree_unflatten(tree, first), tree_unflatten(tree, second))
        joined = tree_flatten(both)[0]
        if n % 2:
            joined = [concatenate([a, slice_in_dim(x, n - 1, n)], 0) for a, x in zip(joined, flat)]
        flat, n = joined, half + n % 2
    return [reshape(x, shape) for x in flat]


# Extrema by position.


def _arg(name: str, kind: str, doc: str) -> Callable[..., Value]:
    def function(operand: Any, axis: int, index_dtype: Any) -> Value:
        x = array_of(operand, name)
        axis = axis_of(axis, len(x.aval.shape), name)
        dtype = canonical(index_dtype, name)
        if dtype.kind not in "iu":
            raise TypeError(explain(name, "an integer index_dtype", dtype.name))
        if kind_rank(x.aval.dtype) > 2:
            raise refuse_dtype(name, "a real number or boolean as element", x)
        if not x.aval.shape[axis]:
            raise ValueError(explain(name, f"at least one element along axis {axis}", "none"))
        shape = x.aval.shape[:axis] + x.aval.shape[axis + 1 :]
        return bind("arg_reduce", (x,), {"kind": kind, "dim": axis}, ((dtype.name, shape),))[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


argmax = _arg("argmax", "max", "Where along an axis the greatest element is; the first of equals.")
argmin = _arg("argmin", "min", "Where along an axis the least element is; the first of equals.")


# Cumulative reductions.


def _cumulative(name: str, kind: str, ranks: tuple[int, ...], doc: str) -> Callable[..., Value]:
    def function(operand: Any, axis: int = 0, reverse: bool = False) -> Value:
        x = array_of(operand, name)
        axis = axis_of(axis, len(x.aval.shape), name)
        if kind_rank(x.aval.dtype) not in ranks:
            raise refuse_dtype(name, f"a dtype that {name} is defined for", x)
        attributes = {"kind": kind, "dim": axis, "reverse": bool(reverse)}
        return bind("cumulative", (x,), attributes, None, x.aval.weak_type)[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


cumsum = _cumulative("cumsum", "add", (1, 2, 3), "The sums of the elements up to each one.")
cumprod = _cumulative("cumprod", "mul", (1, 2, 3), "The products of the elements up to each one.")
cummax = _cumulative("cummax", "max", (1, 2), "The greatest of the elements up to each one.")
cummin = _cumulative("cummin", "min", (1, 2), "The least of the elements up to each one.")
cumlogsumexp = _cumulative(
    "cumlogsumexp", "logaddexp", (2,), "log(sum(exp(...))) of the elements up to each one."
)


# Sorting.


def sort(
    operand: Any, dimension: int = -1, is_stable: bool = True, num_keys: int = 1
) -> Value | tuple[Value, ...]:
    """The arrays sorted together along a dimension by the first `num_keys` of them."""
    if not isinstance(operand, (tuple, list)):
        return _sort([array_of(operand, "sort")], dimension, 1, False)[0]
    xs = [array_of(x, "sort") for x in operand]
    if not 1 <= num_keys <= len(xs):
        raise ValueError(explain("sort", f"num_keys in [1, {len(xs)}]", str(num_keys)))
    if len({x.aval.shape for x in xs}) > 1:
        got = ", ".join(str(x.aval.shape) for x in xs)
        raise TypeError(explain("sort", "operands of one shape", got))
    return tuple(_sort(xs, dimension, num_keys, False))


def _sort(xs: list[Value], dimension: int, num_keys: int, descending: bool) -> list[Value]:
    dim = axis_of(dimension, len(xs[0].aval.shape), "sort")
    for x in xs[:num_keys]:
        if kind_rank(x.aval.dtype) > 2:
            return _sort_complex(xs, dim, num_keys, descending)
    attributes = {"dim": dim, "num_keys": int(num_keys), "descending": descending}
    weak = tuple([x.aval.weak_type for x in xs])
    return bind("sort", tuple(xs), attributes, None, weak)


def _sort_complex(xs: list[Value], dim: int, num_keys: int, descending: bool) -> list[Value]:
    """Complex keys are compared by real part, then by imaginary part."""
    keys: list[Value] = []
    for x in xs[:num_keys]:
        parts = [pointwise.real(x), pointwise.imag(x)] if x.aval.dtype.kind == "c" else [x]
        keys += parts
    return _sort([*keys, *xs], dim, len(keys), descending)[len(keys) :]


def sort_key_val(
    keys: Any, values: Any, dimension: int = -1, is_stable: bool = True
) -> tuple[Value, Value]:
    """The keys sorted along a dimension, and the values permuted alike."""
    return sort((keys, values), dimension, is_stable, 1)


def top_k(operand: Any, k: int, *, axis: int = -1) -> tuple[Value, Value]:
    """The `k` greatest elements along an axis, in descending order, and where they are.

    Equal elements keep their order; NaN counts as greatest.

    >>> mjx.lax.top_k(mjx.numpy.array([3.0, 1.0, 4.0, 1.0, 5.0]), 2)
    (Array([5., 4.], dtype=float32), Array([4, 2], dtype=int32))
    """
    x = array_of(operand, "top_k")
    if not x.aval.shape:
        raise TypeError(explain("top_k", "an array with at least one dimension", str(x.aval)))
    axis, k = axis_of(axis, len(x.aval.shape), "top_k"), operator.index(k)
    if not 0 <= k <= x.aval.shape[axis]:
        raise ValueError(
            explain("top_k", f"k in [0, {x.aval.shape[axis]}], the extent of the axis", str(k))
        )
    if kind_rank(x.aval.dtype) > 2:
        raise refuse_dtype("top_k", "a real number or boolean as element", x)
    if axis == len(x.aval.shape) - 1:
        values, indices = _top_k(x, k)
    else:
        values, indices = _top_k_along(x, k=k, axis=axis)
    return values, indices


def _top_k(x: Value, k: int) -> list[Value]:
    return bind("top_k", (x,), {"k": k}, None, (x.aval.weak_type, False))


@fused
def _top_k_along(x: Value, *, k: int, axis: int) -> list[Value]:
    rank = len(x.aval.shape)
    last = [d for d in range(rank) if d != axis] + [axis]
    back = [*range(axis), rank - 1, *range(axis, rank - 1)]
    return [transpose(v, back) for v in _top_k(transpose(x, last), k)]


def approx_max_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Value, Value]:
    """The `k` greatest elements and their indices; they are exact."""
    return top_k(operand, k, axis=reduction_dimension)


def approx_min_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Value, Value]:
    """The `k` least elements and their indices; they are exact."""
    values, indices = top_k(pointwise.neg(operand), k, axis=reduction_dimension)
    return pointwise.neg(values), indices
