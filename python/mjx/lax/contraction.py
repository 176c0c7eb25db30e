"""Sums of products: matrix products."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, NamedTuple

from mjx.core import bind
from mjx.lax.operands import Value, array_of, canonical, convert, dtype_mismatch, ints_of, kind_rank
from mjx.support.errors import explain

__all__ = [
    "DotAlgorithm",
    "DotAlgorithmPreset",
    "DotDimensionNumbers",
    "Precision",
    "PrecisionLike",
    "batch_matmul",
    "dot",
    "dot_general",
]


class Precision(enum.Enum):
    """Requested precision of matrix products. On the CPU all of them are exact in the dtype."""

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2

    def __str__(self) -> str:
        return self.name


class DotAlgorithm(NamedTuple):
    """A requested way of computing matrix products; taken as precisions are."""

    lhs_precision_type: Any
    rhs_precision_type: Any
    accumulation_type: Any
    lhs_component_count: int = 1
    rhs_component_count: int = 1
    num_primitive_operations: int = 1
    allow_imprecise_accumulation: bool = False


class DotAlgorithmPreset(enum.Enum):
    """Requested ways of computing matrix products; taken as precisions are."""

    DEFAULT = enum.auto()
    F32_F32_F32 = enum.auto()
    BF16_BF16_F32 = enum.auto()
    TF32_TF32_F32 = enum.auto()
    F64_F64_F64 = enum.auto()


PrecisionLike = Any
DotDimensionNumbers = tuple[
    tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]
]

_PRECISIONS = {
    "default": Precision.DEFAULT,
    "fastest": Precision.DEFAULT,
    "bfloat16": Precision.DEFAULT,
    "high": Precision.HIGH,
    "bfloat16_3x": Precision.HIGH,
    "tensorfloat32": Precision.HIGH,
    "highest": Precision.HIGHEST,
    "float32": Precision.HIGHEST,
}


def check_precision(precision: Any, who: str) -> None:
    """Raises unless `precision` is one, the name of one, None, or a pair of such."""
    if isinstance(precision, DotAlgorithm):
        return
    for p in precision if isinstance(precision, (tuple, list)) else (precision,):
        if p is None or isinstance(p, (Precision, DotAlgorithmPreset)) or p in _PRECISIONS:
            continue
        if isinstance(p, str) and p.upper() in DotAlgorithmPreset.__members__:
            continue
        names = ", ".join(map(repr, _PRECISIONS))
        raise ValueError(explain(who, f"a Precision, one of {names}, or None", repr(p)))


def contraction_operands(who: str, lhs: Any, rhs: Any, preferred: Any) -> tuple[Value, Value, Any]:
    """The operands in the dtype to compute in, and the dtype of the result, or None for that."""
    lhs, rhs = array_of(lhs, who), array_of(rhs, who)
    if preferred is None:
        if lhs.aval.dtype != rhs.aval.dtype:
            raise dtype_mismatch(who, [lhs, rhs])
        return lhs, rhs, None
    wanted = canonical(preferred, who)
    widest = wanted
    for x in (lhs, rhs):
        rank = kind_rank(x.aval.dtype)
        if rank > kind_rank(widest):
            raise TypeError(
                explain(
                    who,
                    f"a preferred_element_type that can hold {x.aval.dtype.name}",
                    wanted.name,
                )
            )
        if rank == kind_rank(widest) and x.aval.dtype.itemsize > widest.itemsize:
            widest = x.aval.dtype
    return convert(lhs, widest), convert(rhs, widest), wanted


def dot_general(
    lhs: Any,
    rhs: Any,
    dimension_numbers: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    *,
    out_sharding: Any = None,
) -> Value:
    """Sums of products over contracted dimensions, in step over batch dimensions.

    `dimension_numbers` is `((lhs_contract, rhs_contract), (lhs_batch, rhs_batch))`. The result has
    the batch dimensions, then the others of `lhs`, then the others of `rhs`.
    """
    check_precision(precision, "dot_general")
    lhs, rhs, wanted = contraction_operands("dot_general", lhs, rhs, preferred_element_type)
    numbers = _numbers(dimension_numbers)
    _check_pairs(lhs, rhs, numbers)
    result = _dot(lhs, rhs, numbers)
    return result if wanted is None else convert(result, wanted)


def _dot(lhs: Value, rhs: Value, numbers: tuple[tuple[int, ...], ...]) -> Value:
    lc, rc, lb, rb = numbers
    attributes = {"lhs_batch": lb, "rhs_batch": rb, "lhs_contract": lc, "rhs_contract": rc}
    weak = lhs.aval.weak_type and rhs.aval.weak_type
    try:
        return bind("dot_general", (lhs, rhs), attributes, None, weak)[0]
    except ValueError as error:
        raise TypeError(str(error)) from None


def _numbers(dimension_numbers: Any) -> tuple[tuple[int, ...], ...]:
    try:
        (lc, rc), (lb, rb) = dimension_numbers
    except (TypeError, ValueError):
        raise TypeError(
            explain(
                "dot_general",
                "dimension_numbers ((lhs_contract, rhs_contract), (lhs_batch, rhs_batch))",
                repr(dimension_numbers),
            )
        ) from None
    return tuple([ints_of(d, "dot_general", "dimension_numbers") for d in (lc, rc, lb, rb)])


def _check_pairs(lhs: Value, rhs: Value, numbers: tuple[tuple[int, ...], ...]) -> None:
    lc, rc, lb, rb = numbers
    for what, left, right in (("contracting", lc, rc), ("batch", lb, rb)):
        if len(left) != len(right):
            raise TypeError(
                explain(
                    "dot_general",
                    f"as many {what} dimensions of lhs as of rhs",
                    f"{left} and {right}",
                )
            )
        for a, b in zip(left, right):
            if not (0 <= a < len(lhs.aval.shape) and 0 <= b < len(rhs.aval.shape)):
                raise TypeError(
                    explain(
                        "dot_general",
                        f"{what} dimensions within those of {lhs.aval} and {rhs.aval}",
                        f"{left} and {right}",
                    )
                )
            if lhs.aval.shape[a] != rhs.aval.shape[b]:
                raise TypeError(
                    explain(
                        "dot_general",
                        f"{what} dimensions {left} of lhs and {right} of rhs to be of equal extent",
                        f"shapes {lhs.aval.shape} and {rhs.aval.shape}",
                    )
                )


def dot(
    lhs: Any,
    rhs: Any,
    *,
    dimension_numbers: Any = None,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The product of vectors and matrices, contracting the last dimension with the first."""
    lhs, rhs = array_of(lhs, "dot"), array_of(rhs, "dot")
    if dimension_numbers is None:
        ranks = len(lhs.aval.shape), len(rhs.aval.shape)
        if not (1 <= ranks[0] <= 2 and 1 <= ranks[1] <= 2):
            raise TypeError(explain("dot", "vectors and matrices", f"{lhs.aval} and {rhs.aval}"))
        dimension_numbers = (((ranks[0] - 1,), (0,)), ((), ()))
    return dot_general(lhs, rhs, dimension_numbers, precision, preferred_element_type)


def batch_matmul(lhs: Any, rhs: Any, precision: Any = None) -> Value:
    """The products of matrices, in step over the leading dimensions."""
    lhs, rhs = array_of(lhs, "batch_matmul"), array_of(rhs, "batch_matmul")
    rank = len(lhs.aval.shape)
    if rank < 2 or rank != len(rhs.aval.shape):
        raise ValueError(
            explain(
                "batch_matmul",
                "operands of equal rank, at least 2",
                f"{lhs.aval} and {rhs.aval}",
            )
        )
    batch = tuple(range(rank - 2))
    return dot_general(lhs, rhs, (((rank - 1,), (rank - 2,)), (batch, batch)), precision)
