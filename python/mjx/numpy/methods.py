"""The operators and methods of arrays, which are NumPy's functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import _mjx, lax
from mjx.core import Array, Tracer
from mjx.core.methods import install
from mjx.lax.eager import Fused
from mjx.lax.index_update import IndexUpdateHelper
from mjx.lax.operands import Value
from mjx.numpy import creation, products, reductions, shape, sorting, ufuncs
from mjx.numpy import indexing as indices
from mjx.support.errors import explain

_OPERANDS = (Array, Tracer, bool, int, float, complex, np.ndarray, np.generic)


def _is_operand(x: Any) -> bool:
    return isinstance(x, _OPERANDS) or hasattr(x, "__jax_array__")


def _install_operator(name: str, function: Callable, reflected: bool = False) -> None:
    """A binary operator that leaves unknown operands to their own class."""
    plain = getattr(function, "__wrapped__", function)

    def traced(self: Value, other: Any) -> Any:
        if not _is_operand(other):
            return NotImplemented
        return plain(other, self) if reflected else plain(self, other)

    traced.__name__ = traced.__qualname__ = name
    traced.__doc__ = function.__doc__
    install(name, _Operator(traced) if isinstance(function, Fused) else traced, traced)


class _Operator(Fused):
    """A binary operator of arrays, as one program."""

    def _call(self, values: tuple, static: dict[str, Any]) -> Any:
        return super()._call(values, static) if _is_operand(values[1]) else NotImplemented


_BINARY = {
    "add": ufuncs.add,
    "sub": ufuncs.subtract,
    "mul": ufuncs.multiply,
    "truediv": ufuncs.divide,
    "floordiv": ufuncs.floor_divide,
    "mod": ufuncs.remainder,
    "divmod": ufuncs.divmod,
    "pow": ufuncs.power,
    "matmul": products.matmul,
    "and": ufuncs.bitwise_and,
    "or": ufuncs.bitwise_or,
    "xor": ufuncs.bitwise_xor,
    "lshift": ufuncs.left_shift,
    "rshift": ufuncs.right_shift,
}
_COMPARISONS = {
    "eq": ufuncs.equal,
    "ne": ufuncs.not_equal,
    "lt": ufuncs.less,
    "le": ufuncs.less_equal,
    "gt": ufuncs.greater,
    "ge": ufuncs.greater_equal,
}
_UNARY = {
    "neg": ufuncs.negative,
    "pos": ufuncs.positive,
    "abs": ufuncs.abs,
    "invert": ufuncs.invert,
}


def _getitem(self: Value, index: Any) -> Value:
    return lax.index_get(self, index)


def _reshape(self: Value, *shape_: Any, order: str = "C") -> Value:
    """The same elements under another shape."""
    new = shape_[0] if len(shape_) == 1 and not isinstance(shape_[0], int) else shape_
    return shape.reshape(self, new, order)


def _transpose(self: Value, *axes: Any) -> Value:
    """Dimensions in another order, reversed unless given."""
    if not axes or axes == (None,):
        return shape.transpose(self)
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
    return shape.transpose(self, given)


def _flatten(self: Value, order: str = "C") -> Value:
    """All elements in one dimension."""
    return shape.ravel(self, order)


def _view(self: Value, dtype: Any = None) -> Value:
    """The same bytes as another dtype."""
    return self if dtype is None else lax.bitcast_convert_type(self, dtype)


def _byteswap(self: Value) -> Value:
    """The elements with their bytes in reverse order, those of real and imaginary part apart."""
    if self.dtype.kind == "c":
        return lax.complex(_byteswap(self.real), _byteswap(self.imag))
    if self.dtype.itemsize == 1:
        return self
    parts = lax.bitcast_convert_type(self, "uint8")
    return lax.bitcast_convert_type(lax.rev(parts, (parts.ndim - 1,)), self.dtype)


def _array_namespace(self: Value, *, api_version: str | None = None) -> Any:
    """The module of functions of arrays, by the array API standard."""
    if api_version not in (None, *_API_VERSIONS):
        raise ValueError(
            explain("__array_namespace__", f"one of {', '.join(_API_VERSIONS)}", repr(api_version))
        )
    return sys.modules[__package__]


_API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")


def _round(self: Value, ndigits: int = 0) -> Value:
    return ufuncs.round(self, 0 if ndigits is None else ndigits)


def _copy(self: Value) -> Value:
    """A copy, with memory of its own: it outlives the donation of what it was made from."""
    return lax.index_get(self, ...) if isinstance(self, Tracer) else self.__copy__()


_METHODS: dict[str, Any] = {
    "all": reductions.all, "any": reductions.any, "argmax": reductions.argmax,
    "argmin": reductions.argmin, "argpartition": sorting.argpartition, "argsort": sorting.argsort, "astype": shape.astype,
    "choose": indices.choose, "clip": ufuncs.clip, "compress": lambda self, condition, axis=None:
        indices.compress(condition, self, axis),
    "conj": ufuncs.conj, "conjugate": ufuncs.conj, "copy": _copy, "cumprod": reductions.cumprod,
    "cumsum": reductions.cumsum, "diagonal": creation.diagonal, "dot": products.dot, "flatten": _flatten, "max": reductions.max,
    "mean": reductions.mean, "min": reductions.min, "nonzero": sorting.nonzero,
    "prod": reductions.prod, "ptp": reductions.ptp, "ravel": shape.ravel, "repeat": shape.repeat,
    "reshape": _reshape, "round": ufuncs.round, "searchsorted": sorting.searchsorted,
    "sort": sorting.sort, "squeeze": shape.squeeze, "std": reductions.std, "sum": reductions.sum,
    "swapaxes": shape.swapaxes, "take": indices.take, "trace": products.trace,
    "transpose": _transpose, "var": reductions.var, "view": _view, "__round__": _round,
    "__array_namespace__": _array_namespace, "byteswap": _byteswap,
}  # fmt: skip

_PROPERTIES: dict[str, Callable] = {
    "T": shape.transpose,
    "mT": shape.matrix_transpose,
    "at": IndexUpdateHelper,
    "real": ufuncs.real,
    "imag": ufuncs.imag,
    "flat": shape.ravel,
}


def install_all() -> None:
    """Gives arrays and tracers their operators, methods and properties."""
    for name, function in _BINARY.items():
        _install_operator(f"__{name}__", function)
        _install_operator(f"__r{name}__", function, reflected=True)
    for name, function in _COMPARISONS.items():
        _install_operator(f"__{name}__", function)
    for name, function in _UNARY.items():
        install(f"__{name}__", _method(function))
    for name, function in _METHODS.items():
        install(name, _method(function))
    # The extension reads rows and elements itself.
    install("__getitem__", _mjx.getitem(_getitem), _getitem)
    for name, function in _PROPERTIES.items():
        install(name, property(_method(function), doc=function.__doc__))


def _method(function: Callable) -> Callable:
    """A plain function, which binds to instances; classes and lambdas included."""
    if isinstance(function, type):
        return lambda self: function(self)
    return function
