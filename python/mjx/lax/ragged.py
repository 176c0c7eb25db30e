"""Products of ragged groups of rows."""

from __future__ import annotations

from typing import Any

from mjx.lax.contraction import dot_general
from mjx.lax.creation import broadcasted_iota
from mjx.lax.eager import fused
from mjx.lax.operands import Value, array_of, convert, refuse_dtype, splat
from mjx.lax.pointwise import bitwise_and, ge, lt, select, sub
from mjx.lax.reduction import cumsum
from mjx.lax.shape import broadcast_in_dim
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain

__all__ = ["ragged_dot"]


def ragged_dot(
    lhs: Any,
    rhs: Any,
    group_sizes: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    group_offset: Any = None,
    out_sharding: Any = None,
) -> Value:
    """Rows of `lhs` in groups that follow each other, each times its own matrix of `rhs`.

    `lhs` has shape [m, k], `rhs` [groups, k, n], `group_sizes` [groups]; the result is [m, n], zero
    in rows past the last group.

    >>> matrices = mjx.numpy.stack([mjx.numpy.ones((2, 1)), 2 * mjx.numpy.ones((2, 1))])
    >>> mjx.lax.ragged_dot(mjx.numpy.ones((3, 2)), matrices, mjx.numpy.array([1, 2])).ravel()
    Array([2., 4., 4.], dtype=float32)
    """
    lhs, rhs = array_of(lhs, "ragged_dot"), array_of(rhs, "ragged_dot")
    sizes = array_of(group_sizes, "ragged_dot")
    shapes = (lhs.aval.shape, rhs.aval.shape, sizes.aval.shape)
    if tuple(map(len, shapes)) != (2, 3, 1) or shapes[1][:2] != (shapes[2][0], shapes[0][1]):
        raise TypeError(
            explain("ragged_dot", "shapes [m, k], [groups, k, n] and [groups]", f"{shapes}")
        )
    if sizes.aval.dtype.kind not in "iu":
        raise refuse_dtype("ragged_dot", "integer group sizes", sizes)
    if group_offset is not None:
        raise ValueError(explain("ragged_dot", "no group_offset", repr(group_offset)))
    masked = _rows_of_groups(lhs, sizes)
    numbers = (((1, 2), (0, 1)), ((), ()))
    return dot_general(masked, rhs, numbers, precision, preferred_element_type)


@fused
def _rows_of_groups(x: Value, sizes: Value) -> Value:
    """[m, groups, k]: each row in the column of its group, zeros in the others."""
    (rows, depth), (groups,) = x.aval.shape, sizes.aval.shape
    sizes = convert(sizes, DTYPES["int32"])
    ends = cumsum(sizes)
    row = broadcasted_iota(DTYPES["int32"], (rows, groups), 0)
    last = broadcast_in_dim(ends, (rows, groups), (1,))
    first = broadcast_in_dim(sub(ends, sizes), (rows, groups), (1,))
    is_member = bitwise_and(ge(row, first), lt(row, last))
    shape = (rows, groups, depth)
    zeros = splat(convert(0, x.aval.dtype), shape)
    spread = broadcast_in_dim(x, shape, (0, 2))
    return select(broadcast_in_dim(is_member, shape, (0, 1)), spread, zeros)
