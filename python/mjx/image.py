"""Resampling of images, as products with one matrix of weights for each dimension."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

import mjx.numpy as mnp
from mjx import lax
from mjx.support.dtypes import is_kind

__all__ = ["ResizeMethod", "resize", "scale_and_translate"]


class ResizeMethod(enum.Enum):
    """How elements between those of the image are found."""

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5

    @staticmethod
    def from_string(name: str) -> ResizeMethod:
        """The method of a name such as 'bilinear' or 'cubic'."""
        found = _NAMES.get(name)
        if found is None:
            raise ValueError(
                f"image: expected a method among {', '.join(map(repr, _NAMES))}, but got {name!r}"
            )
        return found


_NAMES = {
    "nearest": ResizeMethod.NEAREST,
    "linear": ResizeMethod.LINEAR,
    "bilinear": ResizeMethod.LINEAR,
    "trilinear": ResizeMethod.LINEAR,
    "triangle": ResizeMethod.LINEAR,
    "cubic": ResizeMethod.CUBIC,
    "bicubic": ResizeMethod.CUBIC,
    "tricubic": ResizeMethod.CUBIC,
    "bicubic-pytorch": ResizeMethod.CUBIC_PYTORCH,
    "lanczos3": ResizeMethod.LANCZOS3,
    "lanczos5": ResizeMethod.LANCZOS5,
}


def _triangle(x: Any) -> Any:
    return mnp.maximum(0, 1 - x)


def _cubic(a: float) -> Callable[[Any], Any]:
    """Keys's convolution kernel with parameter `a`."""

    def kernel(x: Any) -> Any:
        inner = ((a + 2) * x - (a + 3)) * x * x + 1
        outer = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return mnp.where(x <= 1, inner, mnp.where(x < 2, outer, 0))

    return kernel


def _lanczos(radius: float) -> Callable[[Any], Any]:
    def kernel(x: Any) -> Any:
        return mnp.where(x < radius, mnp.sinc(x) * mnp.sinc(x / radius), 0)

    return kernel


_KERNELS = {
    ResizeMethod.LINEAR: _triangle,
    ResizeMethod.CUBIC: _cubic(-0.5),
    ResizeMethod.CUBIC_PYTORCH: _cubic(-0.75),
    ResizeMethod.LANCZOS3: _lanczos(3.0),
    ResizeMethod.LANCZOS5: _lanczos(5.0),
}


def _weights(
    kernel: Callable[[Any], Any],
    size: int,
    new_size: int,
    scale: Any,
    translation: Any,
    antialias: bool,
    dtype: Any,
) -> Any:
    """The matrix [size, new_size] whose columns are what output elements take of the input."""
    inverse = 1 / scale
    # The kernel is widened when the image shrinks, so that no element is passed over.
    width = mnp.maximum(inverse, 1) if antialias else 1
    at = (mnp.arange(new_size, dtype=dtype) + 0.5) * inverse - translation * inverse - 0.5
    distance = mnp.abs(at[None, :] - mnp.arange(size, dtype=dtype)[:, None]) / width
    weights = kernel(distance)
    total = mnp.sum(weights, axis=0, keepdims=True)
    negligible = mnp.abs(total) <= 1000 * mnp.finfo(dtype).eps
    weights = mnp.where(negligible, 0, weights / mnp.where(negligible, 1, total))
    inside = (at >= -0.5) & (at <= size - 0.5)
    return mnp.where(inside[None, :], weights, 0).astype(dtype)


def _apply(
    image: Any,
    shape: Sequence[int],
    dims: Sequence[int],
    scale: Any,
    translation: Any,
    kernel: Callable[[Any], Any],
    antialias: bool,
    precision: Any,
) -> Any:
    for k, dim in enumerate(dims):
        matrix = _weights(
            kernel, image.shape[dim], shape[dim], scale[k], translation[k], antialias, image.dtype
        )
        image = mnp.moveaxis(
            mnp.tensordot(image, matrix, axes=((dim,), (0,)), precision=precision), -1, dim
        )
    return image


def _method(method: Any) -> ResizeMethod:
    return ResizeMethod.from_string(method) if isinstance(method, str) else method


def _floating(image: Any) -> Any:
    image = mnp.asarray(image)
    inexact = is_kind(image.dtype, float) or is_kind(image.dtype, complex)
    return image if inexact else image.astype(float)


def scale_and_translate(
    image: Any,
    shape: Sequence[int],
    spatial_dims: Sequence[int],
    scale: Any,
    translation: Any,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Any:
    """`image` scaled and moved along some dimensions, in an image of another shape.

    The element at position y of the image comes to y * scale + translation, where positions are
    measured from the edge: the first element lies at 1/2. What comes from outside is 0. `scale`
    and `translation` have an element for each of `spatial_dims`, and are differentiable.
    """
    image, shape = _floating(image), tuple(shape)
    if len(shape) != image.ndim:
        raise ValueError(
            f"scale_and_translate: expected a shape of {image.ndim} dimensions, but got {shape}"
        )
    found = _method(method)
    if found is ResizeMethod.NEAREST:
        raise ValueError("scale_and_translate: expected a method with a kernel, but got 'nearest'")
    dims = [d % image.ndim for d in spatial_dims]
    scale, translation = mnp.asarray(scale), mnp.asarray(translation)
    return _apply(image, shape, dims, scale, translation, _KERNELS[found], antialias, precision)


def _nearest(image: Any, shape: Sequence[int]) -> Any:
    for dim, (size, new_size) in enumerate(zip(image.shape, shape)):
        if size != new_size:
            at = mnp.floor((mnp.arange(new_size, dtype="float32") + 0.5) * (size / new_size))
            image = mnp.take(image, at.astype("int32"), axis=dim)
    return image


def resize(
    image: Any,
    shape: Sequence[int],
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Any:
    """`image` resampled to another shape, of the same number of dimensions.

    `method` is 'nearest', 'linear', 'cubic', 'lanczos3', 'lanczos5' or a `ResizeMethod`. With
    `antialias` shrinking averages over all elements.

    >>> mjx.image.resize(mnp.arange(4.0), (2,), "linear").tolist()
    [0.714..., 2.285...]
    """
    shape = tuple(shape)
    image = mnp.asarray(image)
    if len(shape) != image.ndim:
        raise ValueError(f"resize: expected a shape of {image.ndim} dimensions, but got {shape}")
    found = _method(method)
    if found is ResizeMethod.NEAREST:
        return _nearest(image, shape)
    image = _floating(image)
    dims = [d for d in range(image.ndim) if shape[d] != image.shape[d]]
    scale = [shape[d] / image.shape[d] if image.shape[d] else 1.0 for d in dims]
    zeros = [0.0] * len(dims)
    return _apply(image, shape, dims, scale, zeros, _KERNELS[found], antialias, precision)
