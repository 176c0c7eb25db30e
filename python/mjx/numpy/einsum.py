"""Sums of products written with index labels."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mjx import lax
from mjx.lax.contraction import check_precision
from mjx.lax.eager import fused
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy.creation import diagonal
from mjx.support.dtypes import DTYPES, as_dtype, is_kind, request_dtype
from mjx.support.errors import explain

__all__ = ["einsum", "einsum_path"]

# One label for each dimension. Named ones are letters; those under an ellipsis are negative
# numbers, -1 the last of them.
Labels = tuple[Any, ...]
Equation = tuple[tuple[Labels, ...], Labels]


def einsum(
    subscripts: Any,
    /,
    *operands: Any,
    out: None = None,
    optimize: Any = "auto",
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The sums of products that an equation such as 'ij,jk->ik' describes.

    Labels missing on the right are summed over; without a right side it has those that occur once,
    in alphabetical order. Also takes operands and lists of numbers in turn.
    """
    check_precision(precision, "einsum")
    text, values = _arguments(subscripts, operands)
    values = ops.promoted("einsum", *values)
    equation = _parse(text, [v.ndim for v in values])
    _check_extents(equation, values, text)
    if preferred_element_type is not None:
        wanted = request_dtype(as_dtype(preferred_element_type, "einsum"), "einsum")
        values = [convert(v, wanted) for v in values]
    return _einsum(*values, equation=equation)


def einsum_path(
    subscripts: Any, /, *operands: Any, optimize: Any = "auto"
) -> tuple[list[Any], str]:
    """The order in which `einsum` multiplies its operands, as pairs of positions."""
    text, values = _arguments(subscripts, operands)
    values = [ops.value_of(v, "einsum_path") for v in values]
    inputs, output = _parse(text, [v.ndim for v in values])
    sizes = _extents(inputs, [v.shape for v in values])
    left, path = [set(labels) for labels in inputs], []
    while len(left) > 1:
        i, j = _cheapest(left, set(output), sizes)
        path.append((i, j))
        left.append(_remaining(left, i, j, set(output)))
        del left[j], left[i]
    return ["einsum_path", *(path or [(0,)])], f"{text}: {path}"


# The equation.


def _arguments(subscripts: Any, operands: Sequence[Any]) -> tuple[str, list[Any]]:
    if isinstance(subscripts, str):
        return subscripts.replace(" ", ""), list(operands)
    listed = [subscripts, *operands]
    values, lists = listed[: len(listed) // 2 * 2 : 2], listed[1::2]
    text = ",".join(_letters(labels) for labels in lists)
    return (f"{text}->{_letters(listed[-1])}" if len(listed) % 2 else text), values


def _letters(labels: Any) -> str:
    """A list of numbers as a part of an equation."""
    words = []
    for label in labels:
        if label is Ellipsis:
            words.append("...")
        elif isinstance(label, int) and 0 <= label < 52:
            words.append("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[label])
        else:
            raise TypeError(
                explain("einsum", "labels that are letters, 0 to 51 or Ellipsis", repr(label))
            )
    return "".join(words)


def _parse(text: str, ranks: Sequence[int]) -> Equation:
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ValueError(
            explain("einsum", f"as many operands as in {text!r}, {len(parts)}", str(len(ranks)))
        )
    inputs = tuple([_labels(part, text, rank) for part, rank in zip(parts, ranks)])
    hidden = max((sum(type(v) is int for v in labels) for labels in inputs), default=0)
    if arrow:
        output = _output_labels(right, text, hidden)
        unknown = [v for v in output if not any(v in labels for labels in inputs)]
        if unknown or len(set(output)) != len(output):
            raise ValueError(
                explain("einsum", "distinct labels of the operands in the result", repr(text))
            )
        return inputs, output
    counts = Counter(v for labels in inputs for v in labels if isinstance(v, str))
    once = sorted(v for v, count in counts.items() if count == 1)
    return inputs, (*range(-hidden, 0), *once)


def _labels(part: str, text: str, rank: int) -> Labels:
    before, dots, after = part.partition("...")
    named = before + after
    if not all(c.isalpha() for c in named):
        raise ValueError(explain("einsum", "letters, '...', ',' and '->'", repr(text)))
    hidden = rank - len(named)
    if hidden < 0 or (hidden and not dots):
        raise ValueError(
            explain("einsum", f"an operand of {len(named)} dimensions for {part!r}", str(rank))
        )
    return (*before, *range(-hidden, 0), *after)


def _output_labels(part: str, text: str, hidden: int) -> Labels:
    before, dots, after = part.partition("...")
    if not all(c.isalpha() for c in before + after):
        raise ValueError(explain("einsum", "letters and '...' in the result", repr(text)))
    return (*before, *(range(-hidden, 0) if dots else ()), *after)


def _extents(inputs: Sequence[Labels], shapes: Sequence[Sequence[int]]) -> dict[Any, int]:
    sizes: dict[Any, int] = {}
    for labels, shape in zip(inputs, shapes):
        for label, n in zip(labels, shape):
            if sizes.get(label, 1) == 1:
                sizes[label] = n
    return sizes


def _check_extents(equation: Equation, values: Sequence[Value], text: str) -> None:
    shapes = [v.shape for v in values]
    sizes = _extents(equation[0], shapes)
    for labels, shape in zip(equation[0], shapes):
        for label, n in zip(labels, shape):
            if n not in (1, sizes[label]):
                name = label if isinstance(label, str) else "..."
                raise ValueError(
                    explain(
                        "einsum",
                        f"equal extents wherever {text!r} has {name!r}",
                        f"{n} and {sizes[label]}, shapes {', '.join(map(str, shapes))}",
                    )
                )


# The computation.


@fused
def _einsum(*values: Value, equation: Equation) -> Value:
    inputs, output = equation
    truth = is_kind(values[0].dtype, bool)
    if truth:
        values = tuple([convert(v, DTYPES["int32"]) for v in values])
    found = contract(list(values), [list(labels) for labels in inputs], list(output))
    return lax.ne(found, convert(0, found.dtype)) if truth else found


def contract(values: list[Value], inputs: list[list[Any]], output: list[Any]) -> Value:
    """Sums of products: one label for each dimension of the values and of the result."""
    sizes = _extents(inputs, [v.shape for v in values])
    terms = []
    for i, (value, labels) in enumerate(zip(values, inputs)):
        outside = set(output).union(*inputs[:i], *inputs[i + 1 :])
        value, labels = _broadcast_away(value, labels, sizes)
        terms.append(_reduced(*_on_diagonals(value, labels), outside))
    while len(terms) > 1:
        i, j = _cheapest([set(labels) for _, labels in terms], set(output), sizes)
        (x, x_labels), (y, y_labels) = terms[i], terms[j]
        rest = [labels for k, (_, labels) in enumerate(terms) if k not in (i, j)]
        keep = set(output).union(*rest)
        terms.append(_product(x, x_labels, y, y_labels, keep))
        del terms[j], terms[i]
    value, labels = terms[0]
    shape = tuple([sizes[v] for v in output])
    present = [v for v in output if v in labels]
    value = lax.transpose(value, [labels.index(v) for v in present])
    return lax.broadcast_in_dim(value, shape, [output.index(v) for v in present])


def _broadcast_away(value: Value, labels: list[Any], sizes: Any) -> tuple[Value, list[Any]]:
    """Without the dimensions of extent 1 whose label has a greater extent elsewhere."""
    gone = [d for d, v in enumerate(labels) if value.shape[d] == 1 and sizes[v] != 1]
    if not gone:
        return value, labels
    return lax.squeeze(value, gone), [v for d, v in enumerate(labels) if d not in gone]


def _on_diagonals(value: Value, labels: list[Any]) -> tuple[Value, list[Any]]:
    """With one dimension instead of two of equal label."""
    while len(set(labels)) < len(labels):
        label = next(v for v in labels if labels.count(v) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        value = diagonal(value, 0, first, second)
        labels = [v for d, v in enumerate(labels) if d not in (first, second)] + [label]
    return value, labels


def _reduced(value: Value, labels: list[Any], keep: set[Any]) -> tuple[Value, list[Any]]:
    """Summed over the dimensions that nothing else refers to."""
    gone = [d for d, v in enumerate(labels) if v not in keep]
    if not gone:
        return value, labels
    return lax.reduce_sum(value, gone), [v for v in labels if v in keep]


def _remaining(left: list[set[Any]], i: int, j: int, output: set[Any]) -> set[Any]:
    rest = [labels for k, labels in enumerate(left) if k not in (i, j)]
    return (left[i] | left[j]) & output.union(*rest)


def _cheapest(left: list[set[Any]], output: set[Any], sizes: dict[Any, int]) -> tuple[int, int]:
    """The pair of which the product grows least, and among those the one that costs least."""

    def extent(labels: set[Any]) -> int:
        count = 1
        for v in labels:
            count *= sizes[v]
        return count

    def cost(pair: tuple[int, int]) -> tuple[int, int]:
        i, j = pair
        grown = extent(_remaining(left, i, j, output)) - extent(left[i]) - extent(left[j])
        return grown, extent(left[i] | left[j])

    return min(itertools.combinations(range(len(left)), 2), key=cost)


def _product(
    x: Value, x_labels: list[Any], y: Value, y_labels: list[Any], keep: set[Any]
) -> tuple[Value, list[Any]]:
    x, x_labels = _reduced(x, x_labels, keep | set(y_labels))
    y, y_labels = _reduced(y, y_labels, keep | set(x_labels))
    both = [v for v in x_labels if v in y_labels]
    batch, summed = [v for v in both if v in keep], [v for v in both if v not in keep]

    def places(labels: list[Any], wanted: list[Any]) -> list[int]:
        return [labels.index(v) for v in wanted]

    numbers = (
        (places(x_labels, summed), places(y_labels, summed)),
        (places(x_labels, batch), places(y_labels, batch)),
    )
    rest = [v for v in (*x_labels, *y_labels) if v not in both]
    return lax.dot_general(x, y, numbers), [*batch, *rest]
