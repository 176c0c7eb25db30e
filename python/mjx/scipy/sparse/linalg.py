"""Iterative solvers of linear systems over pytrees: conjugate gradients, BiCGSTAB and GMRES.

The operator is a function of a vector (any pytree) or a square matrix. Solutions are
differentiated implicitly: the derivative of x = A^-1 b solves a system with the same operator.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mjx.numpy as mnp
from mjx import lax
from mjx.support.tree import tree_leaves, tree_map, tree_structure
from mjx.transforms.implicit import custom_linear_solve

__all__ = ["bicgstab", "cg", "gmres"]

Operator = Callable[[Any], Any]


def _dot(x: Any, y: Any) -> Any:
    parts = [mnp.vdot(a, b) for a, b in zip(tree_leaves(x), tree_leaves(y))]
    return sum(parts[1:], parts[0])


def _real_dot(x: Any, y: Any) -> Any:
    return mnp.real(_dot(x, y))


def _add(x: Any, y: Any, factor: Any = 1) -> Any:
    return tree_map(lambda a, b: a + (factor * b).astype(a.dtype), x, y)


def _norm(x: Any) -> Any:
    return mnp.sqrt(_real_dot(x, x))


def _as_operator(A: Any, who: str) -> Operator:
    if callable(A):
        return A
    A = mnp.asarray(A)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"{who}: expected a function or a square matrix, but got shape {A.shape}")
    return functools.partial(mnp.matmul, A)


def _identity(x: Any) -> Any:
    return x


def _solve(who: str, method: Callable, A: Any, b: Any, x0: Any, M: Any, symmetric: bool) -> Any:
    """Runs `method(operator, right side, start, preconditioner)` with implicit derivatives."""
    operator = _as_operator(A, who)
    precondition = _identity if M is None else _as_operator(M, who)
    b = tree_map(lambda x: mnp.asarray(x) if _is_inexact(x) else mnp.asarray(x, float), b)
    x0 = tree_map(mnp.zeros_like, b) if x0 is None else tree_map(lax.stop_gradient, x0)
    if tree_structure(x0) != tree_structure(b):
        raise ValueError(
            f"{who}: expected x0 of the structure of b, {tree_structure(b)}, but got "
            f"{tree_structure(x0)}"
        )
    for leaf, start in zip(tree_leaves(b), tree_leaves(x0)):
        if mnp.shape(leaf) != mnp.shape(start):
            raise ValueError(
                f"{who}: expected x0 of the shapes of b, but got {mnp.shape(start)} for "
                f"{mnp.shape(leaf)}"
            )

    def solve(matvec: Operator, right: Any) -> Any:
        return method(matvec, right, x0, precondition)

    x = custom_linear_solve(
        operator, b, solve, solve if not symmetric else None, symmetric=symmetric
    )
    return x, None


def _is_inexact(x: Any) -> bool:
    return mnp.issubdtype(mnp.asarray(x).dtype, mnp.inexact)


def _limit(b: Any, maxiter: int | None) -> int:
    return 10 * sum([leaf.size for leaf in tree_leaves(b)]) if maxiter is None else maxiter


def cg(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: Any = 1e-5,
    atol: Any = 0.0,
    maxiter: Any = None,
    M: Any = None,
) -> tuple[Any, None]:
    """Solves A x = b for a Hermitian positive definite operator; returns (x, None).

    Stops when the residual is at most max(tol |b|, atol), or after `maxiter` steps. `M` is a
    preconditioner: about the inverse of A. (Hestenes and Stiefel 1952)
    """

    def method(operator: Operator, right: Any, start: Any, precondition: Operator) -> Any:
        bound = mnp.maximum(tol**2 * _real_dot(right, right), atol**2)

        def go_on(state: Any) -> Any:
            _, r, _, _, steps = state
            return (_real_dot(r, r) > bound) & (steps < _limit(right, maxiter))

        def step(state: Any) -> Any:
            x, r, p, gamma, steps = state
            moved = operator(p)
            alpha = gamma / _real_dot(p, moved)
            x, r = _add(x, p, alpha), _add(r, moved, -alpha)
            z = precondition(r)
            following = _real_dot(r, z)
            return x, r, _add(z, p, following / gamma), following, steps + 1

        r = _add(right, operator(start), -1)
        z = precondition(r)
        state = (start, r, z, _real_dot(r, z), 0)
        return lax.while_loop(go_on, step, state)[0]

    return _solve("cg", method, A, b, x0, M, symmetric=True)


def bicgstab(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: Any = 1e-5,
    atol: Any = 0.0,
    maxiter: Any = None,
    M: Any = None,
) -> tuple[Any, None]:
    """Solves A x = b for any invertible operator; returns (x, None). Options as for `cg`.

    Stabilized biconjugate gradients (van der Vorst 1992).
    """

    def method(operator: Operator, right: Any, start: Any, precondition: Operator) -> Any:
        bound = mnp.maximum(tol**2 * _real_dot(right, right), atol**2)
        first = _add(right, operator(start), -1)

        def go_on(state: Any) -> Any:
            r, steps = state[1], state[-1]
            return (_real_dot(r, r) > bound) & (steps < _limit(right, maxiter)) & (steps >= 0)

        def step(state: Any) -> Any:
            x, r, p, q, alpha, omega, rho, steps = state
            following = _dot(first, r)
            beta = following / rho * alpha / omega
            p = _add(r, _add(p, q, -omega), beta)
            ahead = precondition(p)
            q = operator(ahead)
            alpha = following / _dot(first, q)
            s = _add(r, q, -alpha)
            beyond = precondition(s)
            t = operator(beyond)
            size = _dot(t, t)
            omega = mnp.where(size == 0, 0, _dot(t, s) / mnp.where(size == 0, 1, size))
            x = _add(_add(x, ahead, alpha), beyond, omega)
            r = _add(s, t, -omega)
            done = (_real_dot(s, s) <= bound) | (omega == 0)
            return (
                x,
                r,
                p,
                q,
                alpha,
                omega,
                following,
                mnp.where(done & (omega == 0), -1, steps + 1),
            )

        one = mnp.ones((), _dot(right, right).dtype)
        zeros = tree_map(mnp.zeros_like, right)
        state = (start, first, zeros, zeros, one, one, one, 0)
        return lax.while_loop(go_on, step, state)[0]

    return _solve("bicgstab", method, A, b, x0, M, symmetric=False)


def gmres(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: Any = 1e-5,
    atol: Any = 0.0,
    restart: int = 20,
    maxiter: Any = None,
    M: Any = None,
    solve_method: str = "batched",
) -> tuple[Any, None]:
    """Solves A x = b for any invertible operator; returns (x, None). Options as for `cg`.

    Minimizes the residual over Krylov spaces of `restart` dimensions (Saad and Schultz 1986),
    orthogonalized twice by Gram and Schmidt. `solve_method` is accepted; both give the same.
    """
    if solve_method not in ("batched", "incremental"):
        raise ValueError(
            f"gmres: expected solve_method 'batched' or 'incremental', but got {solve_method!r}"
        )

    def method(operator: Operator, right: Any, start: Any, precondition: Operator) -> Any:
        size = sum([leaf.size for leaf in tree_leaves(right)])
        width = min(restart, size)
        rounds = size * 10 if maxiter is None else maxiter
        bound = mnp.maximum(tol * _norm(precondition(right)), atol)

        def residual(x: Any) -> Any:
            return precondition(_add(right, operator(x), -1))

        def go_on(state: Any) -> Any:
            _, r, steps = state
            return (_norm(r) > bound) & (steps < rounds)

        def step(state: Any) -> Any:
            x, r, steps = state
            x = _add(x, _least_residual(lambda v: precondition(operator(v)), r, width))
            return x, residual(x), steps + 1

        return lax.while_loop(go_on, step, (start, residual(start), 0))[0]

    return _solve("gmres", method, A, b, x0, M, symmetric=False)


def _least_residual(operator: Operator, r: Any, width: int) -> Any:
    """The vector of the Krylov space of r whose image is nearest to r."""
    size = _norm(r)
    scale = mnp.where(size == 0, 1, size)
    basis = tree_map(
        lambda v: mnp.zeros((width + 1, *v.shape), v.dtype).at[0].set((v / scale).astype(v.dtype)),
        r,
    )
    dtype = _dot(r, r).dtype
    columns = mnp.zeros((width + 1, width), dtype)

    def project(v: Any, basis: Any) -> tuple[Any, Any]:
        parts = [
            mnp.tensordot(mnp.conj(q).reshape(width + 1, -1), a.reshape(-1), 1)
            for q, a in zip(tree_leaves(basis), tree_leaves(v))
        ]
        h = sum(parts[1:], parts[0])
        return tree_map(lambda a, q: a - mnp.tensordot(h, q, 1).astype(a.dtype), v, basis), h

    def grow(k: Any, state: Any) -> Any:
        basis, columns = state
        v = operator(tree_map(lambda q: q[k], basis))
        before = _norm(v)
        v, h = project(v, basis)
        v, again = project(v, basis)
        length = _norm(v)
        # What is left by rounding is no new direction.
        new = length > 10 * mnp.finfo(length.dtype).eps * before
        factor = mnp.where(new, 1 / mnp.where(new, length, 1), 0)
        basis = tree_map(lambda q, a: q.at[k + 1].set((a * factor).astype(q.dtype)), basis, v)
        column = (h + again).astype(dtype).at[k + 1].set(mnp.where(new, length, 0).astype(dtype))
        return basis, columns.at[:, k].set(column)

    basis, columns = lax.fori_loop(0, width, grow, (basis, columns))
    target = mnp.zeros(width + 1, dtype).at[0].set(size.astype(dtype))
    y = mnp.linalg.lstsq(columns, target)[0]
    return tree_map(lambda q: mnp.tensordot(y, q[:-1], 1).astype(q.dtype), basis)
