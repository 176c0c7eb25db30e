"""Minimization of functions of vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import mjx.numpy as mnp
from mjx import lax
from mjx.transforms import value_and_grad

__all__ = ["OptimizeResults", "minimize"]


class OptimizeResults(NamedTuple):
    """The minimum found, and how.

    `status` is 0 for success, 1 if the steps were used up, 2 for no finite value, 3 if no step made
    the value smaller.
    """

    x: Any
    success: Any
    status: Any
    fun: Any
    jac: Any
    hess_inv: Any
    nfev: Any
    njev: Any
    nit: Any


class _State(NamedTuple):
    x: Any
    value: Any
    slope: Any
    inverse: Any  # of the Hessian, estimated
    evaluations: Any
    steps: Any
    status: Any  # -1 while running


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple = (),
    *,
    method: str,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResults:
    """Minimizes `fun(x, *args)` over vectors from `x0` on, by `method` 'BFGS'.

    Stops when the greatest component of the gradient is at most `tol` (1e-5). Options: `gtol`,
    `maxiter` (200 for each dimension), `norm` (of the gradient), `line_search_maxiter` (10).
    Broyden, Fletcher, Goldfarb and Shanno's quasi-Newton method with a line search that meets
    Wolfe's conditions (Nocedal and Wright, 2nd edition, algorithms 6.1 and 3.5).
    """
    if method.lower() != "bfgs":
        raise ValueError(f"minimize: expected method 'BFGS', but got {method!r}")
    if not isinstance(args, tuple):
        raise TypeError(f"minimize: expected args to be a tuple, but got {args!r}")
    x0 = mnp.asarray(x0)
    if x0.ndim != 1 or not mnp.issubdtype(x0.dtype, mnp.floating):
        raise TypeError(
            f"minimize: expected x0 to be a vector of floating numbers, but got {x0.aval}"
        )
    known = {"gtol": 1e-5 if tol is None else tol, "maxiter": None, "norm": mnp.inf}
    known["line_search_maxiter"] = 10
    unknown = set(options or {}) - set(known)
    if unknown:
        raise TypeError(
            f"minimize: expected options among {list(known)}, but got {sorted(unknown)}"
        )
    settings = {**known, **(options or {})}
    return _bfgs(lambda x: fun(x, *args), x0, settings)


def _bfgs(fun: Callable, x0: Any, settings: dict[str, Any]) -> OptimizeResults:
    both = value_and_grad(fun)
    limit = 200 * x0.size if settings["maxiter"] is None else settings["maxiter"]

    def steepness(slope: Any) -> Any:
        return mnp.linalg.norm(slope, ord=settings["norm"])

    def go_on(state: _State) -> Any:
        return (state.status < 0) & (state.steps < limit)

    def step(state: _State) -> _State:
        direction = -(state.inverse @ state.slope)
        # An estimate that has gone bad does not point downhill: begin anew.
        downhill = mnp.dot(direction, state.slope) < 0
        direction = mnp.where(downhill, direction, -state.slope)
        found = _line_search(both, state, direction, settings["line_search_maxiter"])
        s, y = found.x - state.x, found.slope - state.slope
        inverse = _updated(
            mnp.where(downhill, state.inverse, mnp.eye(x0.size, dtype=x0.dtype)), s, y
        )
        finite = mnp.isfinite(found.value) & mnp.all(mnp.isfinite(found.slope))
        status = mnp.where(steepness(found.slope) <= settings["gtol"], 0, -1)
        status = mnp.where(found.ok, status, 3)
        status = mnp.where(finite, status, 2)
        return _State(
            found.x,
            found.value,
            found.slope,
            inverse,
            state.evaluations + found.evaluations,
            state.steps + 1,
            status,
        )

    value, slope = both(x0)
    status = mnp.where(steepness(slope) <= settings["gtol"], 0, -1)
    status = mnp.where(mnp.isfinite(value), status, 2)
    first = _State(x0, value, slope, mnp.eye(x0.size, dtype=x0.dtype), 1, 0, status)
    last = lax.while_loop(go_on, step, first)
    status = mnp.where(last.status < 0, 1, last.status)
    return OptimizeResults(
        last.x,
        status == 0,
        status,
        last.value,
        last.slope,
        last.inverse,
        last.evaluations,
        last.evaluations,
        last.steps,
    )


def _updated(inverse: Any, s: Any, y: Any) -> Any:
    """The estimate that maps y to s and is nearest to the old one; kept if s and y disagree."""
    curvature = mnp.dot(s, y)
    valid = curvature > mnp.finfo(s.dtype).eps * mnp.dot(y, y)
    rho = 1 / mnp.where(valid, curvature, 1)
    left = mnp.eye(s.size, dtype=s.dtype) - rho * mnp.outer(s, y)
    return mnp.where(valid, left @ inverse @ left.T + rho * mnp.outer(s, s), inverse)


class _Search(NamedTuple):
    """A line search: the best point so far, and the interval that holds a better one."""

    x: Any
    value: Any
    slope: Any
    ok: Any
    evaluations: Any
    length: Any
    low: Any
    high: Any
    done: Any


_DECREASE, _CURVATURE = 1e-4, 0.9


def _line_search(both: Callable, state: _State, direction: Any, limit: int) -> _Search:
    """A point along the direction that meets Wolfe's conditions, found by doubling and bisection."""
    start = mnp.dot(state.slope, direction)

    def go_on(search: _Search) -> Any:
        return ~search.done & (search.evaluations < 3 * limit)

    def step(search: _Search) -> _Search:
        x = state.x + search.length * direction
        value, slope = both(x)
        along = mnp.dot(slope, direction)
        too_far = ~(value <= state.value + _DECREASE * search.length * start)
        too_short = ~too_far & (along < _CURVATURE * start)
        low = mnp.where(too_short, search.length, search.low)
        high = mnp.where(too_far, search.length, search.high)
        following = mnp.where(mnp.isinf(high), 2 * low, (low + high) / 2)
        better = ~too_far & (value <= search.value)
        return _Search(
            mnp.where(better, x, search.x),
            mnp.where(better, value, search.value),
            mnp.where(better, slope, search.slope),
            search.ok | better,
            search.evaluations + 1,
            following.astype(search.length.dtype),
            low,
            high,
            ~too_far & ~too_short,
        )

    one = mnp.ones((), state.x.dtype)
    first = _Search(
        state.x, state.value, state.slope, mnp.zeros((), bool), 0, one, 0 * one, one * mnp.inf,
        mnp.zeros((), bool),
    )  # fmt: skip
    return lax.while_loop(go_on, step, first)
