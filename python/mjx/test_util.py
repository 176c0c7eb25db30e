"""Checks of derivatives against differences, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mjx.numpy as mnp
import numpy as np
from mjx.support.dtypes import finfo, is_kind
from mjx.transforms import jvp, vjp
from mjx.tree_util import tree_leaves, tree_map

__all__ = ["check_grads", "check_jvp", "check_vjp"]

_TOLERANCE = {2: 1e-1, 4: 1e-2, 8: 1e-5}


def _is_inexact(x: Any) -> bool:
    dtype = mnp.asarray(x).dtype
    return is_kind(dtype, float) or is_kind(dtype, complex)


def _random_like(rng: np.random.Generator, tree: Any) -> Any:
    def draw(x: Any) -> Any:
        x = mnp.asarray(x)
        values = rng.standard_normal(x.shape)
        if is_kind(x.dtype, complex):
            values = values + 1j * rng.standard_normal(x.shape)
        return mnp.asarray(np.asarray(values), x.dtype)

    return tree_map(draw, tree)


def _inner(x: Any, y: Any) -> float:
    """The real inner product of two trees."""
    total = 0.0
    for a, b in zip(tree_leaves(x), tree_leaves(y)):
        total += float(np.vdot(np.asarray(a, np.complex128), np.asarray(b, np.complex128)).real)
    return total


def _along(f: Callable, args: tuple, tangents: tuple, step: float) -> Any:
    return f(*tree_map(lambda x, t: x + step * t, args, tangents))


def _difference(f: Callable, args: tuple, tangents: tuple, step: float) -> Any:
    """The central difference of f along the tangents."""
    up, down = _along(f, args, tangents, step), _along(f, args, tangents, -step)
    return tree_map(lambda a, b: (np.asarray(a) - np.asarray(b)) / (2 * step), up, down)


def _tolerances(args: tuple, atol: Any, rtol: Any, eps: Any) -> tuple[float, float, float]:
    sizes = [finfo(mnp.asarray(x).dtype).bits // 8 for x in tree_leaves(args)]
    size = min([*sizes, 8])
    default = _TOLERANCE.get(size, 1e-2)
    step = eps if eps is not None else {2: 1e-1, 4: 1e-2}.get(size, 1e-4)
    return (default if atol is None else atol), (default if rtol is None else rtol), step


def _compare(actual: Any, expected: Any, atol: float, rtol: float, what: str) -> None:
    for a, b in zip(tree_leaves(actual), tree_leaves(expected)):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=atol, err_msg=what)


def check_jvp(
    f: Callable,
    f_jvp: Callable,
    args: tuple,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = 1e-4,
    err_msg: str = "",
) -> None:
    """Raises AssertionError unless `f_jvp(args, tangents)` is the derivative of `f` there."""
    atol, rtol, eps = _tolerances(args, atol, rtol, eps)
    tangents = _random_like(np.random.default_rng(0), args)
    out, tangent = f_jvp(args, tangents)
    _compare(out, f(*args), atol, rtol, f"{err_msg} jvp: value")
    _compare(tangent, _difference(f, args, tangents, eps), atol, rtol, f"{err_msg} jvp: tangent")


def check_vjp(
    f: Callable,
    f_vjp: Callable,
    args: tuple,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = 1e-4,
    err_msg: str = "",
) -> None:
    """Raises AssertionError unless `f_vjp(*args)` gives the value and the adjoint derivative."""
    atol, rtol, eps = _tolerances(args, atol, rtol, eps)
    rng = np.random.default_rng(0)
    tangents = _random_like(rng, args)
    out, pullback = f_vjp(*args)
    _compare(out, f(*args), atol, rtol, f"{err_msg} vjp: value")
    cotangents = _random_like(rng, out)
    # Real parts of inner products: conjugated as reverse mode conjugates.
    conjugate = tree_map(lambda x: mnp.conj(x) if is_kind(x.dtype, complex) else x, cotangents)
    found = _inner(tree_map(mnp.conj, pullback(conjugate)), tangents)
    wanted = _inner(cotangents, _difference(f, args, tangents, eps))
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol, err_msg=f"{err_msg} vjp")


def check_grads(
    f: Callable,
    args: tuple,
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: Any = None,
    rtol: Any = None,
    eps: Any = None,
) -> None:
    """Raises AssertionError unless the derivatives of `f` at `args` agree with differences.

    Up to `order` derivatives are taken, in forward ('fwd') and reverse ('rev') mode and every
    mixture of them. All leaves of `args` must be floating or complex.
    """
    if not all(_is_inexact(x) for x in tree_leaves(args)):
        raise TypeError("check_grads: expected args of floating or complex arrays and numbers")
    args = tree_map(mnp.asarray, tuple(args))

    def forward(f: Callable) -> Callable:
        return lambda primals, tangents: jvp(f, primals, tangents)

    def check(f: Callable, args: tuple, order: int, where: str) -> None:
        if "fwd" in modes:
            check_jvp(f, forward(f), args, atol, rtol, eps, where)
            if order > 1:
                tangents = _random_like(np.random.default_rng(order), args)
                check(lambda *x: jvp(f, x, tangents), args, order - 1, f"{where} jvp of")
        if "rev" in modes:
            check_vjp(f, lambda *x: vjp(f, *x), args, atol, rtol, eps, where)
            if order > 1:
                cotangents = _random_like(np.random.default_rng(order), f(*args))
                check(lambda *x: vjp(f, *x)[1](cotangents), args, order - 1, f"{where} vjp of")

    check(f, args, order, "")
