"""Convolutions: sliding dot products, in any layout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mjx.core import bind
from mjx.lax.contraction import check_precision, contraction_operands, dot_general
from mjx.lax.creation import broadcasted_iota
from mjx.lax.eager import fused
from mjx.lax.operands import Shape, Value, array_of, convert, ints_of
from mjx.lax.pointwise import eq
from mjx.lax.shape import broadcast, reshape, rev, transpose
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain

__all__ = [
    "ConvDimensionNumbers",
    "conv",
    "conv_dimension_numbers",
    "conv_general_dilated",
    "conv_general_dilated_local",
    "conv_general_dilated_patches",
    "conv_general_permutations",
    "conv_general_shape_tuple",
    "conv_shape_tuple",
    "conv_transpose",
    "conv_transpose_shape_tuple",
    "conv_with_general_padding",
    "padtype_to_pads",
]

Pads = tuple[tuple[int, int], ...]


class ConvDimensionNumbers(NamedTuple):
    """Where the operands of a convolution have batch, feature and spatial dimensions.

    `lhs_spec` is (batch, feature, space...), `rhs_spec` (out feature, in feature, space...),
    `out_spec` (batch, feature, space...): positions in the shape of each.
    """

    lhs_spec: Sequence[int]
    rhs_spec: Sequence[int]
    out_spec: Sequence[int]


# Layouts and padding.


def conv_dimension_numbers(
    lhs_shape: Sequence[int], rhs_shape: Sequence[int], dimension_numbers: Any
) -> ConvDimensionNumbers:
    """Dimension numbers from names such as ('NHWC', 'HWIO', 'NHWC'), or None for the default."""
    if isinstance(dimension_numbers, ConvDimensionNumbers):
        return dimension_numbers
    rank = len(lhs_shape)
    if rank != len(rhs_shape) or rank < 2:
        raise TypeError(
            explain(
                "convolution",
                "operands of equal rank, at least 2",
                f"shapes {tuple(lhs_shape)} and {tuple(rhs_shape)}",
            )
        )
    if dimension_numbers is None:
        order = tuple(range(rank))
        return ConvDimensionNumbers(order, order, order)
    if not isinstance(dimension_numbers, (tuple, list)) or len(dimension_numbers) != 3:
        raise TypeError(
            explain(
                "convolution",
                "dimension_numbers of three names, as ('NHWC', 'HWIO', 'NHWC')",
                repr(dimension_numbers),
            )
        )
    for name in dimension_numbers:
        if len(name) != rank:
            raise TypeError(
                explain("convolution", f"names of {rank} dimensions", repr(dimension_numbers))
            )
    return ConvDimensionNumbers(*conv_general_permutations(dimension_numbers))


def conv_general_permutations(dimension_numbers: Sequence[str]) -> tuple[Shape, Shape, Shape]:
    """Positions of batch, feature and spatial dimensions from the names of all dimensions."""
    lhs, rhs, out = dimension_numbers
    for name, first, second in ((lhs, "N", "C"), (rhs, "O", "I"), (out, "N", "C")):
        if len(set(name)) != len(name) or first not in name or second not in name:
            raise ValueError(
                explain(
                    "convolution",
                    f"a name with {first}, {second} and one letter for each spatial dimension",
                    repr(name),
                )
            )
    space = [c for c in rhs if c not in "OI"]
    if any(sorted(c for c in name if c not in "NC") != sorted(space) for name in (lhs, out)):
        raise ValueError(
            explain("convolution", "the same spatial letters in all names", f"{lhs}, {rhs}, {out}")
        )

    def positions(name: str, first: str, second: str) -> Shape:
        return tuple([name.index(c) for c in (first, second, *space)])

    return positions(lhs, "N", "C"), positions(rhs, "O", "I"), positions(out, "N", "C")


def padtype_to_pads(
    in_shape: Sequence[int],
    window_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
) -> list[tuple[int, int]]:
    """How much 'SAME', 'SAME_LOWER' or 'VALID' pads each dimension, before and after."""
    name = padding.upper() if isinstance(padding, str) else str(padding)
    if name == "VALID":
        return [(0, 0)] * len(in_shape)
    if name not in ("SAME", "SAME_LOWER"):
        raise RuntimeError(
            explain("padding", "'SAME', 'SAME_LOWER', 'VALID' or pairs (low, high)", repr(padding))
        )
    pads = []
    for n, w, s in zip(in_shape, window_shape, window_strides):
        out = -(-n // s)
        total = max(0, (out - 1) * s + w - n)
        low = total // 2
        pads.append((low, total - low) if name == "SAME" else (total - low, low))
    return pads


def dilated(n: int, dilation: int) -> int:
    """The extent of n elements with gaps between them."""
    return 0 if n == 0 else 1 + dilation * (n - 1)


def pads_of(
    padding: Any, in_shape: Sequence[int], window: Sequence[int], strides: Sequence[int], who: str
) -> Pads:
    """Padding as pairs, from a name or pairs."""
    if isinstance(padding, str):
        return tuple(padtype_to_pads(in_shape, window, strides, padding))
    pads = tuple([ints_of(p, who, "padding") for p in padding])
    if len(pads) != len(in_shape) or any(len(p) != 2 for p in pads):
        raise ValueError(
            explain(who, f"{len(in_shape)} pairs (low, high) of padding", repr(padding))
        )
    return pads


def _spatial(values: Any, count: int, default: int, what: str) -> Shape:
    if values is None:
        return (default,) * count
    found = ints_of(values, "convolution", what)
    if len(found) != count or any(v < 1 for v in found):
        raise TypeError(explain("convolution", f"{count} positive numbers as {what}", repr(values)))
    return found


# The general convolution.


def conv_general_dilated(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """A convolution as machine learning means it: the kernel is not flipped.

    `padding` is 'SAME', 'VALID' or pairs. `lhs_dilation` spreads the input, `rhs_dilation` the
    kernel. `dimension_numbers` names the dimensions, as ('NHWC', 'HWIO', 'NHWC').
    """
    check_precision(precision, "conv_general_dilated")
    lhs, rhs, wanted = contraction_operands(
        "conv_general_dilated", lhs, rhs, preferred_element_type
    )
    numbers = conv_dimension_numbers(lhs.aval.shape, rhs.aval.shape, dimension_numbers)
    space = len(lhs.aval.shape) - 2
    strides = _spatial(window_strides, space, 1, "window_strides")
    spread = _spatial(lhs_dilation, space, 1, "lhs_dilation")
    kernel_spread = _spatial(rhs_dilation, space, 1, "rhs_dilation")
    inner = [lhs.aval.shape[d] for d in numbers.lhs_spec[2:]]
    kernel = [rhs.aval.shape[d] for d in numbers.rhs_spec[2:]]
    pads = pads_of(
        padding,
        [dilated(n, s) for n, s in zip(inner, spread)],
        [dilated(n, s) for n, s in zip(kernel, kernel_spread)],
        strides,
        "conv_general_dilated",
    )
    _check_features(lhs, rhs, numbers, feature_group_count, batch_group_count)
    result = _conv(
        lhs,
        rhs,
        strides=strides,
        pads=pads,
        lhs_dilation=spread,
        rhs_dilation=kernel_spread,
        specs=tuple([tuple(s) for s in numbers]),
        groups=(int(feature_group_count), int(batch_group_count)),
    )
    return result if wanted is None else convert(result, wanted)


def _check_features(
    lhs: Value, rhs: Value, numbers: ConvDimensionNumbers, groups: int, batch_groups: int
) -> None:
    batch, features = (lhs.aval.shape[d] for d in numbers.lhs_spec[:2])
    out, taken = (rhs.aval.shape[d] for d in numbers.rhs_spec[:2])
    if groups < 1 or batch_groups < 1 or (groups > 1 and batch_groups > 1):
        raise ValueError(
            explain(
                "conv_general_dilated",
                "positive group counts, one of them 1",
                f"feature_group_count {groups}, batch_group_count {batch_groups}",
            )
        )
    if taken * groups != features:
        raise TypeError(
            explain(
                "conv_general_dilated",
                f"a kernel of {features} // {groups} input features",
                f"{taken}: shapes {lhs.aval.shape} and {rhs.aval.shape}",
            )
        )
    if out % groups or out % batch_groups or batch % batch_groups:
        raise ValueError(
            explain(
                "conv_general_dilated",
                f"output features, and the batch, divisible by the groups "
                f"({groups}, {batch_groups})",
                f"{out} output features, batch {batch}",
            )
        )


@fused
def _conv(
    lhs: Value,
    rhs: Value,
    *,
    strides: Shape,
    pads: Pads,
    lhs_dilation: Shape,
    rhs_dilation: Shape,
    specs: tuple[Shape, Shape, Shape],
    groups: tuple[int, int],
) -> Value:
    attributes = {
        "strides": strides,
        "low": tuple([p[0] for p in pads]),
        "high": tuple([p[1] for p in pads]),
        "lhs_dilation": lhs_dilation,
        "rhs_dilation": rhs_dilation,
        "feature_groups": groups[0],
        "batch_groups": groups[1],
    }
    operands = (transpose(lhs, specs[0]), transpose(rhs, specs[1]))
    try:
        result = bind("conv_general", operands, attributes)[0]
    except ValueError as error:
        raise TypeError(str(error)) from None
    back = [0] * len(specs[2])
    for i, d in enumerate(specs[2]):
        back[d] = i
    return transpose(result, back)


def conv(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: str,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """A convolution in the layouts NCHW and OIHW."""
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_with_general_padding(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None,
    rhs_dilation: Sequence[int] | None,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """A convolution in the layouts NCHW and OIHW, with dilation."""
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_transpose(
    lhs: Any,
    rhs: Any,
    strides: Sequence[int],
    padding: Any,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    transpose_kernel: bool = False,
    precision: Any = None,
    preferred_element_type: Any = None,
    use_consistent_padding: bool = False,
) -> Value:
    """The transpose of a convolution, as an upsampling layer: the input is spread by `strides`.

    With `transpose_kernel` the kernel is flipped and its features swapped, which makes it the
    transpose of the convolution with that kernel.
    """
    lhs, rhs = array_of(lhs, "conv_transpose"), array_of(rhs, "conv_transpose")
    space = len(lhs.aval.shape) - 2
    if dimension_numbers is None:
        if not 1 <= space <= 3:
            raise ValueError(explain("conv_transpose", "1 to 3 spatial dimensions", str(space)))
        letters = "HWD"[:space]
        dimension_numbers = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    numbers = conv_dimension_numbers(lhs.aval.shape, rhs.aval.shape, dimension_numbers)
    kernel_spread = _spatial(rhs_dilation, space, 1, "rhs_dilation")
    kernel = [rhs.aval.shape[d] for d in numbers.rhs_spec[2:]]
    kernel = [dilated(k, r) for k, r in zip(kernel, kernel_spread)]
    pads = _transposed_pads(padding, kernel, strides, use_consistent_padding)
    if transpose_kernel:
        rhs = rev(rhs, numbers.rhs_spec[2:])
        spec = (numbers.rhs_spec[1], numbers.rhs_spec[0], *numbers.rhs_spec[2:])
        numbers = numbers._replace(rhs_spec=spec)
    return conv_general_dilated(
        lhs,
        rhs,
        (1,) * space,
        pads,
        strides,
        kernel_spread,
        numbers,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def _transposed_pads(padding: Any, kernel: list[int], strides: Sequence[int], same: bool) -> Any:
    if not isinstance(padding, str):
        if not same:
            return padding
        return [(k - 1 - low, k - 1 - high) for k, (low, high) in zip(kernel, padding)]
    return [_transposed_pad(k, s, padding.upper()) for k, s in zip(kernel, strides)]


def _transposed_pad(k: int, s: int, padding: str) -> tuple[int, int]:
    """Padding that makes the result as large as the input of the convolution it reverses."""
    if padding == "SAME":
        total = k + s - 2
        low = k - 1 if s > k - 1 else math.ceil(total / 2)
    elif padding == "VALID":
        total = k + s - 2 + max(k - s, 0)
        low = k - 1
    else:
        raise ValueError(explain("conv_transpose", "padding 'SAME', 'VALID' or pairs", padding))
    return low, total - low


def conv_general_dilated_patches(
    lhs: Any,
    filter_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """The patches that a convolution looks at, as features of the result."""
    x = array_of(lhs, "conv_general_dilated_patches")
    filter_shape = ints_of(filter_shape, "conv_general_dilated_patches", "filter_shape")
    rank = len(filter_shape) + 2
    numbers = conv_dimension_numbers(x.aval.shape, (1,) * rank, dimension_numbers)
    features = x.aval.shape[numbers.lhs_spec[1]]
    kernel = _patch_kernel(filter_shape, features, x.aval.dtype)
    back = [0] * rank
    for i, d in enumerate(numbers.rhs_spec):
        back[d] = i
    return conv_general_dilated(
        x,
        transpose(kernel, back),
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        numbers,
        feature_group_count=features,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_general_dilated_local(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Any,
    filter_shape: Sequence[int],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    precision: Any = None,
) -> Value:
    """A convolution with another kernel at each place of the result.

    `rhs` has the output features, the input features times the places of the filter, and the
    spatial dimensions of the result, where `dimension_numbers` has its own.
    """
    who = "conv_general_dilated_local"
    x, kernels = array_of(lhs, who), array_of(rhs, who)
    numbers = conv_dimension_numbers(x.aval.shape, kernels.aval.shape, dimension_numbers)
    patches = conv_general_dilated_patches(
        x,
        filter_shape,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        numbers,
        precision,
    )
    kernel, out = numbers.rhs_spec, numbers.out_spec
    places = (tuple(kernel[2:]), tuple(out[2:]))
    product = dot_general(kernels, patches, (((kernel[1],), (out[1],)), places), precision)
    # Dimensions are the places, output features, batch.
    space = len(out) - 2
    order = [0] * len(out)
    order[out[0]], order[out[1]] = space + 1, space
    for i, d in enumerate(out[2:]):
        order[d] = i
    return transpose(product, order)


def _patch_kernel(window: Shape, features: int, dtype: Any) -> Value:
    """For each feature one kernel for each place of the window, which picks that place."""
    count = math.prod(window)
    shape = (count, count)
    int32 = DTYPES["int32"]
    one = convert(eq(broadcasted_iota(int32, shape, 0), broadcasted_iota(int32, shape, 1)), dtype)
    one = reshape(one, (count, 1, *window))
    return _repeat(one, features)


def _repeat(kernel: Value, times: int) -> Value:
    shape = kernel.aval.shape
    return reshape(broadcast(kernel, (times,)), (times * shape[0], *shape[1:]))


# Shapes of results.


def conv_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    strides: Sequence[int],
    pads: Any,
    batch_group_count: int = 1,
) -> Shape:
    """The shape of a convolution in the layouts NCHW and OIHW."""
    pads = pads_of(pads, lhs_shape[2:], rhs_shape[2:], strides, "conv_shape_tuple")
    space = [
        max(0, (n + low + high - k) // s + 1)
        for n, k, s, (low, high) in zip(lhs_shape[2:], rhs_shape[2:], strides, pads)
    ]
    return (lhs_shape[0] // batch_group_count, rhs_shape[0], *space)


def conv_general_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    dimension_numbers: Any,
) -> Shape:
    """The shape of a convolution in any layout."""
    lhs, rhs, out = conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers)
    plain = conv_shape_tuple(
        [lhs_shape[d] for d in lhs], [rhs_shape[d] for d in rhs], window_strides, padding
    )
    return _arranged(plain, out)


def conv_transpose_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    dimension_numbers: Any,
) -> Shape:
    """The shape of a transposed convolution in any layout."""
    lhs, rhs, out = conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers)
    inner, kernel = [lhs_shape[d] for d in lhs], [rhs_shape[d] for d in rhs]
    pads = _transposed_pads(padding, kernel[2:], window_strides, False)
    spread = [dilated(n, s) for n, s in zip(inner[2:], window_strides)]
    ones = (1,) * len(spread)
    return _arranged(conv_shape_tuple((*inner[:2], *spread), kernel, ones, pads), out)


def _arranged(plain: Shape, spec: Sequence[int]) -> Shape:
    result = [0] * len(plain)
    for n, d in zip(plain, spec):
        result[d] = n
    return tuple(result)
