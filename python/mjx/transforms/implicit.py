"""Derivatives of solutions: of equations by the implicit function theorem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.support.dtypes import float0, is_kind
from mjx.support.tree import tree_map, tree_structure
from mjx.transforms.autodiff import jvp, linearize
from mjx.transforms.closure import closure_convert
from mjx.transforms.custom import custom_jvp
from mjx.transforms.signature import check_callable
from mjx.transforms.transpose import linear_call, linear_transpose

__all__ = ["custom_linear_solve", "custom_root"]


def _subtract(x: Any, y: Any) -> Any:
    return tree_map(lambda a, b: lax.sub(a, b), x, y)


def _no_tangent(x: Any) -> Any:
    """A zero tangent; of integers one without contents."""
    if is_kind(x.dtype, float) or is_kind(x.dtype, complex):
        return lax.full_like(x, 0)
    return np.zeros(x.shape, float0)


def _check_structure(who: str, found: Any, wanted: Any, what: str) -> None:
    if tree_structure(found) != tree_structure(wanted):
        raise TypeError(
            f"{who}: expected {what} to have the structure {tree_structure(wanted)}, but got "
            f"{tree_structure(found)}"
        )


def custom_linear_solve(
    matvec: Callable[[Any], Any],
    b: Any,
    solve: Callable[[Callable, Any], Any],
    transpose_solve: Callable[[Callable, Any], Any] | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Any:
    """The x with `matvec(x) == b`, found by `solve(matvec, b)`, however that works.

    Its derivative solves a system with the same operator, and reverse mode one with the transposed
    operator, by `transpose_solve(vecmat, b)` (`solve` if `symmetric`); without it the steps of `solve`
    must be linear. What `matvec` closes over is differentiated by. With `has_aux` the solvers
    return x and something else.

    >>> A = mnp.array([[2.0, 1.0], [1.0, 3.0]])
    >>> solve = lambda matvec, b: mnp.linalg.solve(A, b)
    >>> x = lax.custom_linear_solve(lambda v: A @ v, mnp.ones(2), solve, symmetric=True)
    """
    for function, name in ((matvec, "matvec"), (solve, "solve")):
        check_callable(function, f"custom_linear_solve ({name})")
    if symmetric and transpose_solve is None:
        transpose_solve = solve
    operator, consts = closure_convert(matvec, b)
    _check_structure("custom_linear_solve", operator(b, *consts), b, "matvec(b)")

    def applied(consts: Any) -> Callable[[Any], Any]:
        return lambda v: operator(v, *consts)

    def only(result: Any) -> Any:
        return result[0] if has_aux else result

    def transposed(consts: Any, cotangent: Any) -> Any:
        vecmat = applied(consts) if symmetric else _transposed(applied(consts), cotangent)
        return only(transpose_solve(vecmat, cotangent))

    @custom_jvp
    def solution(consts: Any, b: Any) -> Any:
        # What the solver closes over has no derivative through the solver's own steps.
        result = tree_map(lax.stop_gradient, solve(applied(consts), b))
        _check_structure("custom_linear_solve", only(result), b, "the result of solve")
        return result

    @solution.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        (consts, b), (d_consts, d_b) = primals, tangents
        result = solution(consts, b)
        x = only(result)
        right = d_b
        if consts:
            right = _subtract(d_b, jvp(lambda c: operator(x, *c), (consts,), (d_consts,))[1])
        if transpose_solve is None:
            d_x = only(solve(applied(consts), right))
        else:
            d_x = linear_call(lambda c, r: only(solve(applied(c), r)), transposed, consts, right)
        if not has_aux:
            return result, d_x
        return result, (d_x, tree_map(_no_tangent, result[1]))

    return solution(consts, b)


def _transposed(operator: Callable[[Any], Any], like: Any) -> Callable[[Any], Any]:
    transpose = linear_transpose(operator, like)
    return lambda ct: transpose(ct)[0]


def custom_root(
    f: Callable[[Any], Any],
    initial_guess: Any,
    solve: Callable[[Callable, Any], Any],
    tangent_solve: Callable[[Callable, Any], Any],
    has_aux: bool = False,
) -> Any:
    """The x with `f(x) == 0`, found by `solve(f, initial_guess)`, however that works.

    What `f` closes over is differentiated by: the derivative solves g(dx) = y for the linear
    function g = f'(x), by `tangent_solve(g, y)`. For reverse mode that must be made of ops that
    are linear in y, such as `custom_linear_solve`; for scalars `lambda g, y: y / g(1.0)` will do.

    >>> root = lambda a: lax.custom_root(
    ...     lambda x: x**2 - a, 1.0, lambda f, x: mnp.sqrt(a), lambda g, y: y / g(1.0))
    >>> mjx.grad(root)(4.0).item()
    0.25
    """
    function, consts = closure_convert(f, initial_guess)
    _check_structure("custom_root", function(initial_guess, *consts), initial_guess, "f(x)")

    def only(result: Any) -> Any:
        return result[0] if has_aux else result

    @custom_jvp
    def root(consts: Any, guess: Any) -> Any:
        result = tree_map(lax.stop_gradient, solve(lambda x: function(x, *consts), guess))
        _check_structure("custom_root", only(result), initial_guess, "the result of solve")
        return result

    @root.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        (consts, guess), (d_consts, _) = primals, tangents
        result = root(consts, guess)
        x = only(result)
        if consts:
            change = jvp(lambda c: function(x, *c), (consts,), (d_consts,))[1]
            _, slope = linearize(lambda y: function(y, *consts), x)
            d_x = tangent_solve(slope, tree_map(lambda y: lax.neg(y), change))
        else:
            d_x = tree_map(_no_tangent, x)
        if not has_aux:
            return result, d_x
        return result, (d_x, tree_map(_no_tangent, result[1]))

    return root(consts, initial_guess)
