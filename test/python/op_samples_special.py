"""Samples of special functions, against SciPy, and of windows, against loops."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import scipy.special

import numpy as np
from op_sampling import FLOATS, SHAPES, Sample, draw, rng_of


def igamma_grad_a(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The derivative in the order, by central differences of sixth order."""
    h = 1e-3 * a
    f = scipy.special.gammainc
    terms = ((1, 45.0), (2, -9.0), (3, 1.0))
    return sum(c * (f(a + k * h, x) - f(a - k * h, x)) for k, c in terms) / (60 * h)


def random_gamma_grad(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    density = np.exp(-x + (a - 1) * np.log(x) - scipy.special.gammaln(a))
    return -igamma_grad_a(a, x) / density


# Reference, intervals of the operands, tolerance, and the operands that have derivatives.
SPECIAL: dict[str, tuple[Any, list[tuple[float, float]], float]] = {
    "bessel_i0e": (scipy.special.i0e, [(-12.0, 12.0)], 4),
    "bessel_i1e": (scipy.special.i1e, [(0.2, 12.0)], 4),
    "igamma": (scipy.special.gammainc, [(0.3, 20.0), (0.2, 20.0)], 64),
    "igammac": (scipy.special.gammaincc, [(0.3, 20.0), (0.2, 20.0)], 64),
    "betainc": (scipy.special.betainc, [(0.3, 20.0), (0.3, 20.0), (0.1, 0.9)], 128),
    "zeta": (scipy.special.zeta, [(1.5, 9.0), (0.5, 9.0)], 16),
}


# The derivatives in the orders of gamma functions have none of their own; see test_special.py.
CONSTANTS = {"betainc": (0, 1), "igamma": (0,), "igammac": (0,), "zeta": (0,)}


def special_functions() -> list[Sample]:
    samples = []
    for op, (reference, bounds, ulp) in SPECIAL.items():
        constants = CONSTANTS.get(op, ())
        for element in FLOATS:
            rng = rng_of(op, element)
            for shape in SHAPES if element == "float64" else SHAPES[:1]:
                operands = tuple(draw(rng, element, shape, low, high) for low, high in bounds)
                tolerance = ulp if element == "float64" else 4
                samples.append(Sample(op, operands, reference, ulp=tolerance, constants=constants))
    for op, function in (
        ("igamma_grad_a", igamma_grad_a),
        ("random_gamma_grad", random_gamma_grad),
    ):
        operands = tuple(draw(rng_of(op), "float32", (2, 3), 0.5, 9.0) for _ in range(2))
        samples.append(Sample(op, operands, function, ulp=256, smooth=False))
    return samples


# Windows.


def places(x: np.ndarray, a: dict[str, Any]):
    """For each window the flat numbers of the elements it holds, in order."""

    def along(dim: int, window: int) -> list[tuple[int, int]]:
        found = []
        for place in range(a["window"][dim]):
            at = window * a["strides"][dim] + place * a["window_dilation"][dim] - a["low"][dim]
            element, off = divmod(at, a["base_dilation"][dim])
            if not off and 0 <= element < x.shape[dim]:
                found.append(element)
        return found

    shape = window_shape(x.shape, a)
    for window in np.ndindex(*shape):
        lists = [along(dim, at) for dim, at in enumerate(window)]
        yield (
            window,
            [np.ravel_multi_index(i, x.shape) if i else 0 for i in itertools.product(*lists)],
        )


def window_shape(shape: tuple[int, ...], a: dict[str, Any]) -> tuple[int, ...]:
    def spread(n: int, by: int) -> int:
        return (n - 1) * by + 1 if n else 0

    rooms = [
        spread(n, b) + low + high - spread(w, d)
        for n, b, low, high, w, d in zip(
            shape, a["base_dilation"], a["low"], a["high"], a["window"], a["window_dilation"]
        )
    ]
    return tuple(0 if room < 0 else room // s + 1 for room, s in zip(rooms, a["strides"]))


IDENTITY = {"add": 0, "mul": 1, "and": -1, "or": 0, "xor": 0}
COMBINE = {
    "add": np.add,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


def identity(kind: str, element: str) -> Any:
    if kind in IDENTITY:
        return bool(IDENTITY[kind]) if element == "bool" else IDENTITY[kind]
    if element == "bool":
        return kind == "min"
    if "float" in element:
        return np.inf if kind == "min" else -np.inf
    return np.iinfo(element).max if kind == "min" else np.iinfo(element).min


def reduce_window(x: np.ndarray, kind: str, element: str, a: dict[str, Any]) -> np.ndarray:
    out = np.full(window_shape(x.shape, a), identity(kind, element), x.dtype)
    for window, elements in places(x, a):
        for i in elements:
            out[window] = COMBINE[kind](out[window], x.flat[i])
    return out


def chosen(x: np.ndarray, kind: str, a: dict[str, Any]):
    for window, elements in places(x, a):
        if elements:
            values = x.flat[elements]
            yield window, elements[int((np.argmax if kind == "max" else np.argmin)(values))]


def window_gather(source: np.ndarray, x: np.ndarray, kind: str, a: dict[str, Any]) -> np.ndarray:
    out = np.zeros(window_shape(x.shape, a), source.dtype)
    for window, i in chosen(x, kind, a):
        out[window] = source.flat[i]
    return out


def window_scatter(source: np.ndarray, x: np.ndarray, kind: str, a: dict[str, Any]) -> np.ndarray:
    out = np.zeros(x.shape, source.dtype)
    for window, i in chosen(x, kind, a):
        out.flat[i] += source[window]
    return out


def numbers(rank: int, **given: list[int]) -> dict[str, list[int]]:
    plain = {
        "window": 1,
        "strides": 1,
        "low": 0,
        "high": 0,
        "base_dilation": 1,
        "window_dilation": 1,
    }
    return {name: given.get(name, [value] * rank) for name, value in plain.items()}


WINDOWS = [
    ((5,), numbers(1, window=[2])),
    ((4, 5), numbers(2, window=[2, 3], strides=[2, 1], low=[1, 0], high=[0, 2])),
    (
        (3, 4),
        numbers(
            2,
            window=[2, 2],
            base_dilation=[2, 3],
            window_dilation=[3, 2],
            low=[2, 1],
            high=[1, 4],
            strides=[1, 2],
        ),
    ),  # fmt: skip
    ((6, 2), numbers(2, window=[6, 1], strides=[3, 1], low=[-1, 0], high=[2, 0])),
    ((), numbers(0)),
    ((1, 3), numbers(2, window=[2, 2])),
    ((0, 3), numbers(2, window=[1, 2], low=[1, 0])),
]


def window_ops() -> list[Sample]:
    samples = []
    for kind in COMBINE:
        elements = ("int32",) if kind in ("and", "or", "xor") else ("float64", "float32", "int8")
        elements += () if kind in ("add", "mul") else ("bool",)
        elements += ("bfloat16", "complex64") if kind == "add" else ()
        for element, (shape, a) in itertools.product(elements, WINDOWS):
            x = draw(rng_of("reduce_window", kind, element), element, shape, 0.5, 2)
            reference = functools.partial(reduce_window, kind=kind, element=element, a=a)
            samples.append(Sample("reduce_window", (x,), reference, {"kind": kind, **a}, ulp=32))
    for kind, (shape, a) in itertools.product(("max", "min"), WINDOWS):
        x = draw(rng_of("window", kind), "float64", shape, -2, 2)
        rng = rng_of("source", kind)
        source = draw(rng, "float64", shape, -2, 2)
        gather = functools.partial(window_gather, kind=kind, a=a)
        samples.append(Sample("window_gather", (source, x), gather, {"kind": kind, **a}))
        source = draw(rng, "float64", window_shape(shape, a), -2, 2)
        scatter = functools.partial(window_scatter, kind=kind, a=a)
        samples.append(Sample("window_scatter", (source, x), scatter, {"kind": kind, **a}))
    ties = np.array([1.0, 1.0, np.nan, 2.0, np.nan, 0.0, -0.0, 0.0])
    source = np.arange(8.0)
    a = numbers(1, window=[3])
    for kind in ("max", "min"):
        gather = functools.partial(window_gather, kind=kind, a=a)
        samples.append(
            Sample("window_gather", (source, ties), gather, {"kind": kind, **a}, smooth=False)
        )
    return samples


def top_k(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    wide = x.astype(np.float64)
    descending = np.where(np.isnan(wide), -np.inf, -wide)
    order = np.argsort(descending, axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(x, order, -1), order.astype(np.int32)


def top_ks() -> list[Sample]:
    samples = []
    for element in ("float64", "float32", "bfloat16", "int8", "int32", "uint8", "bool"):
        for shape, k in (((5,), 2), ((2, 3, 6), 6), ((3, 4), 0), ((0, 3), 1)):
            x = draw(rng_of("top_k", element), element, shape, -2, 2)
            samples.append(Sample("top_k", (x,), functools.partial(top_k, k=k), {"k": k}))
    x = np.random.default_rng(0).permutation(400).astype(np.float32).reshape(1, 400)
    x[0, 7] = np.nan
    for k in (3, 128, 129, 400):
        reference = functools.partial(top_k, k=k)
        samples.append(Sample("top_k", (x,), reference, {"k": k}, smooth=False))
    return samples
