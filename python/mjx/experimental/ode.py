"""Ordinary differential equations, by an adaptive method of order 5 and gradients by the adjoint.

The steps are those of Dormand and Prince, "A family of embedded Runge-Kutta formulae", 1980; values
between them are interpolated (Hairer, Norsett and Wanner, "Solving ordinary differential equations
I", II.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.support.dtypes import is_kind, real_dtype
from mjx.support.errors import explain
from mjx.support.promotion import result_type
from mjx.support.tree import tree_flatten, tree_leaves, tree_map
from mjx.transforms import closure_convert, custom_vjp, vjp, vmap

__all__ = ["odeint"]

_TIMES = (0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1)
# A row for each stage; the last gives the result.
_STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
# The result less that of order 4.
_ERROR = (
    *(71 / 57600, 0, -71 / 16695, 71 / 1920),
    *(-17253 / 339200, 22 / 525, -1 / 40),
)
# The coefficient of the highest power in the interpolation.
_MIDDLE = (
    *(-12715105075 / 11282082432, 0, 87487479700 / 32700410799, -10690763975 / 1880347072),
    *(701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423),
)


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
    mxstep: float = math.inf,
    hmax: float = math.inf,
) -> Any:
    """The solution of dy/dt = func(y, t, *args) with y(t[0]) = y0 at the times `t`.

    `y0` is an array or a pytree of such; the result has the times as a new first dimension. Times
    increase, or decrease. Steps are as long as errors of `rtol` times the solution plus `atol`
    allow, and `hmax` at most. Where more than `mxstep` steps are needed to the next time, or none
    is small enough, the solution is NaN from there on.

    Derivatives in reverse mode, with respect to `y0`, `t` and `args`, come from solving the adjoint
    equation backwards, which needs no memory for the steps.

    >>> t = mjx.numpy.linspace(0., 1., 3)
    >>> odeint(lambda y, t: -y, 1., t, rtol=1e-5).round(3)
    Array([1.   , 0.607, 0.368], dtype=float32)
    """
    y0 = tree_map(mnp.asarray, y0)
    for leaf in tree_leaves(y0):
        if not is_kind(leaf.dtype, float) and not is_kind(leaf.dtype, complex):
            raise TypeError(explain("odeint", "y0 of floating numbers", str(leaf.aval)))
    t = mnp.asarray(t)
    if t.ndim != 1 or not t.shape[0]:
        raise ValueError(explain("odeint", "a vector of times, not empty", str(t.aval)))
    t = t if is_kind(t.dtype, float) else t.astype(float)
    args = tree_map(mnp.asarray, args)
    converted, closed = closure_convert(func, y0, t[0], *args)
    options = (float(rtol), float(atol), float(mxstep), float(hmax))
    return _odeint(_Problem(converted, options), y0, t, (*args, *closed))


class _Problem(NamedTuple):
    func: Callable[..., Any]
    options: tuple[float, float, float, float]


def _solve(problem: _Problem, y0: Any, t: Any, args: tuple) -> Any:
    """The solution by a function of vectors in a time that increases."""
    start, unravel = _raveled(y0)
    sign = mnp.where(t[-1] < t[0], -1, 1).astype(t.dtype)

    def flow(y: Any, time: Any) -> Any:
        slope = problem.func(unravel(y), sign * time, *args)
        return sign.astype(real_dtype(y.dtype)) * _raveled(slope)[0].astype(y.dtype)

    rows = _solve_vector(flow, start, sign * t, *problem.options)
    return vmap(unravel)(rows)


def _raveled(tree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All elements in a vector, and the way back."""
    leaves, structure = tree_flatten(tree)
    leaves = [mnp.asarray(x) for x in leaves]
    dtype = result_type(*leaves) if leaves else result_type(float)
    pieces = [x.ravel().astype(dtype) for x in leaves]
    vector = mnp.concatenate(pieces) if pieces else mnp.zeros(0, dtype)
    ends = np.cumsum([0, *[x.size for x in leaves]]).tolist()

    def unravel(vector: Any) -> Any:
        parts = [vector[a:b] for a, b in zip(ends, ends[1:], strict=False)]
        kept = [
            p.real if is_kind(p.dtype, complex) and not is_kind(x.dtype, complex) else p
            for p, x in zip(parts, leaves, strict=True)
        ]
        return structure.unflatten(
            [p.astype(x.dtype).reshape(x.shape) for p, x in zip(kept, leaves, strict=True)]
        )

    return vector, unravel


class _State(NamedTuple):
    """The last step: from `before` to `time`, where the slope is `slope`; the next is `size`."""

    y: Any
    slope: Any
    time: Any
    size: Any
    before: Any
    fit: tuple


def _solve_vector(
    flow: Callable, y0: Any, t: Any, rtol: float, atol: float, mxstep: float, hmax: float
) -> Any:
    slope = flow(y0, t[0])
    size = mnp.minimum(_first_size(flow, y0, t[0], slope, rtol, atol), hmax).astype(t.dtype)
    nothing = mnp.zeros_like(y0)
    state = _State(y0, slope, t[0], size, t[0], (y0, *[nothing] * 4))

    def advance(carry: tuple[Any, _State]) -> tuple[Any, _State]:
        count, s = carry
        y, slope, error, fit = _step(flow, s.y, s.slope, s.time, s.size)
        ratio = _error_ratio(error, s.y, y, rtol, atol)
        size = mnp.minimum(_next_size(s.size, ratio), hmax).astype(s.size.dtype)
        new = _State(y, slope, s.time + s.size, size, s.time, fit)
        fine = ratio <= 1
        kept = tree_map(lambda a, b: mnp.where(fine, a, b), new, s._replace(size=size))
        return count + 1, kept

    def to(state: _State, target: Any) -> tuple[_State, Any]:
        def going(carry: tuple[Any, _State]) -> Any:
            count, s = carry
            return (s.time < target) & (count < mxstep) & (s.time + s.size > s.time)

        _, state = lax.while_loop(going, advance, (mnp.zeros((), int), state))
        width = state.time - state.before
        theta = (target - state.before) / mnp.where(width == 0, 1, width)
        found = _interpolated(state.fit, theta.astype(real_dtype(y0.dtype)))
        return state, mnp.where(state.time >= target, found, mnp.nan)

    rest = lax.scan(to, state, t[1:])[1]
    return mnp.concatenate([y0[None], rest])


def _combined(weights: Any, slopes: list[Any]) -> Any:
    return sum(
        (k * w for w, k in zip(weights, slopes, strict=False) if w), mnp.zeros_like(slopes[0])
    )


def _step(flow: Callable, y: Any, slope: Any, time: Any, size: Any) -> tuple[Any, Any, Any, tuple]:
    """Value, slope and error after a step, and what interpolation within it needs."""
    h = size.astype(real_dtype(y.dtype))
    slopes, end = [slope], y
    for part, weights in zip(_TIMES[1:], _STAGES[1:], strict=True):
        end = y + h * _combined(weights, slopes)
        slopes.append(flow(end, time + part * size))
    rise = end - y
    bend = h * slope - rise
    fit = (y, rise, bend, rise - h * slopes[-1] - bend, h * _combined(_MIDDLE, slopes))
    return end, slopes[-1], h * _combined(_ERROR, slopes), fit


def _interpolated(fit: tuple, theta: Any) -> Any:
    """The value at a part of the last step."""
    start, rise, bend, twist, top = fit
    left = 1 - theta
    return start + theta * (rise + left * (bend + theta * (twist + left * top)))


def _norm(x: Any) -> Any:
    """The root of the mean square; 0 of nothing."""
    return mnp.sqrt(mnp.mean(mnp.square(mnp.abs(x)))) if x.size else mnp.zeros(())


def _error_ratio(error: Any, y: Any, new: Any, rtol: float, atol: float) -> Any:
    """The size of an error, of which 1 is allowed."""
    return _norm(error / (atol + rtol * mnp.maximum(mnp.abs(y), mnp.abs(new))))


def _next_size(size: Any, ratio: Any) -> Any:
    """The step for an error of 1, with caution; a fifth of it after NaN."""
    factor = 0.9 * mnp.where(ratio == 0, 1e-10, ratio) ** -0.2
    factor = mnp.clip(factor, mnp.where(ratio <= 1, 1.0, 0.2), 10.0)
    return size * mnp.where(mnp.isfinite(ratio), factor, 0.2)


def _first_size(flow: Callable, y: Any, t: Any, slope: Any, rtol: float, atol: float) -> Any:
    """A first step by the size of the first two derivatives (Hairer, II.4)."""
    scale = atol + rtol * mnp.abs(y)
    size, speed = _norm(y / scale), _norm(slope / scale)
    short = (size < 1e-5) | (speed < 1e-5)
    trial = mnp.where(short, 1e-6, 0.01 * size / mnp.where(speed == 0, 1, speed)).astype(t.dtype)
    ahead = flow(y + trial.astype(real_dtype(y.dtype)) * slope, t + trial)
    most = mnp.maximum(speed, _norm((ahead - slope) / scale) / trial)
    flat = mnp.maximum(1e-6, trial * 1e-3)
    second = mnp.where(most <= 1e-15, flat, (0.01 / mnp.where(most == 0, 1, most)) ** 0.2)
    return mnp.minimum(100 * trial, second)


# Derivatives: the adjoint equation, from the last time to the first.

_odeint = custom_vjp(_solve, nondiff_argnums=(0,))


def _forward(problem: _Problem, y0: Any, t: Any, args: tuple) -> tuple[Any, Any]:
    ys = _solve(problem, y0, t, args)
    return ys, (ys, t, args)


def _is_smooth(x: Any) -> bool:
    return is_kind(x.dtype, float) or is_kind(x.dtype, complex)


def _backward(problem: _Problem, kept: Any, cotangents: Any) -> tuple[Any, Any, tuple]:
    ys, t, args = kept
    leaves, tree = tree_flatten(args)
    smooth = [i for i, x in enumerate(leaves) if _is_smooth(x)]

    def with_smooth(values: Any) -> tuple:
        full = dict(enumerate(leaves)) | dict(zip(smooth, values, strict=True))
        return tree.unflatten([full[i] for i in range(len(leaves))])

    def backwards(state: Any, time: Any, *values: Any) -> Any:
        y, ct, _ = state
        pull = vjp(lambda y, values: problem.func(y, time, *with_smooth(values)), y, values)[1]
        ct_y, ct_values = pull(ct)
        slope = problem.func(y, time, *args)
        return slope, tree_map(mnp.negative, ct_y), tree_map(mnp.negative, ct_values)

    def at(i: int) -> Any:
        return tree_map(lambda x: x[i], ys)

    def speed(i: int, ct: Any) -> Any:
        """How much the result changes with the time at which y is asked for."""
        slope = problem.func(at(i), t[i], *args)
        pairs = zip(tree_leaves(ct), tree_leaves(slope), strict=True)
        return sum(mnp.sum(c * s).real for c, s in pairs).astype(t.dtype)

    values = tuple(leaves[i] for i in smooth)
    solver = _Problem(backwards, problem.options)

    def back(carry: Any, i: Any) -> tuple[Any, Any]:
        ct, ct_values = carry
        own = tree_map(lambda x: x[i], cotangents)
        ct = tree_map(mnp.add, ct, own)
        times = mnp.stack([t[i], t[i - 1]])
        ends = _solve(solver, (at(i), ct, ct_values), times, values)
        _, ct, ct_values = tree_map(lambda x: x[1], ends)
        return (ct, ct_values), speed(i, own)

    zeros = tree_map(mnp.zeros_like, (at(0), values))
    order = mnp.arange(t.shape[0] - 1, 0, -1)
    (ct, ct_values), ct_times = lax.scan(back, zeros, order)
    ct_t = mnp.concatenate([-speed(0, ct)[None], ct_times[::-1]])
    found = dict(zip(smooth, ct_values, strict=True))
    ct_args = tree.unflatten([found.get(i) for i in range(len(leaves))])
    first = tree_map(lambda c, x: c + x[0], ct, cotangents)
    return first, ct_t, ct_args


_odeint.defvjp(_forward, _backward)
