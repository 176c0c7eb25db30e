"""Optimizers of pytrees of parameters.

An optimizer is three functions: `init_fn(params)` makes a state, `update_fn(step, grads, state)`
the next one, and `params_fn(state)` gives the parameters in it.

    init, update, get = optimizers.adam(1e-3)
    state = init(params)
    for step in range(100):
        state = update(step, mjx.grad(loss)(get(state)), state)

A step size is a number or a schedule: a function of the step's number.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mjx.numpy as mnp
from mjx.lax.operands import convert
from mjx.support.errors import explain
from mjx.support.tree import (
    register_pytree_node,
    tree_flatten,
    tree_leaves,
    tree_map,
    tree_structure,
    tree_unflatten,
)

__all__ = [
    "JoinPoint",
    "Optimizer",
    "OptimizerState",
    "adagrad",
    "adam",
    "adamax",
    "clip_grads",
    "constant",
    "exponential_decay",
    "inverse_time_decay",
    "l2_norm",
    "make_schedule",
    "momentum",
    "nesterov",
    "optimizer",
    "pack_optimizer_state",
    "piecewise_constant",
    "polynomial_decay",
    "rmsprop",
    "rmsprop_momentum",
    "sgd",
    "sm3",
    "unpack_optimizer_state",
]

Schedule = Callable[[Any], Any]


class Optimizer(NamedTuple):
    """The three functions of an optimizer."""

    init_fn: Callable[[Any], Any]
    update_fn: Callable[[Any, Any, Any], Any]
    params_fn: Callable[[Any], Any]


class OptimizerState(NamedTuple):
    """The states of all parameters, their leaves in one row each."""

    packed_state: Any
    tree_def: Any
    subtree_defs: Any


register_pytree_node(
    OptimizerState,
    lambda state: ((state.packed_state,), (state.tree_def, state.subtree_defs)),
    lambda trees, children: OptimizerState(children[0], *trees),
)


def optimizer(opt_maker: Callable[..., tuple[Callable, Callable, Callable]]) -> Callable:
    """A maker of optimizers of pytrees out of one of optimizers of single arrays.

    `opt_maker` returns `init(x0) -> state`, `update(step, grad, state) -> state` and
    `get_params(state) -> x`; a state is any pytree.
    """

    @functools.wraps(opt_maker)
    def make(*args: Any, **kwargs: Any) -> Optimizer:
        return _over_trees(*opt_maker(*args, **kwargs))

    return make


def _over_trees(init: Callable, update: Callable, get_params: Callable) -> Optimizer:
    def init_fn(params: Any) -> OptimizerState:
        leaves, tree = tree_flatten(params)
        return _packed([init(leaf) for leaf in leaves], tree)

    def update_fn(step: Any, grads: Any, state: OptimizerState) -> OptimizerState:
        leaves, tree = tree_flatten(grads)
        if tree != state.tree_def:
            raise TypeError(
                explain("optimizer", f"gradients of the structure {state.tree_def}", str(tree))
            )
        new = [update(step, g, s) for g, s in zip(leaves, _unpacked(state), strict=True)]
        _check_kept(new, state)
        return _packed(new, state.tree_def)

    def params_fn(state: OptimizerState) -> Any:
        return tree_unflatten(state.tree_def, [get_params(s) for s in _unpacked(state)])

    return Optimizer(init_fn, update_fn, params_fn)


def _packed(states: Sequence[Any], tree: Any) -> OptimizerState:
    flat = [tree_flatten(state) for state in states]
    return OptimizerState(tuple(tuple(x) for x, _ in flat), tree, tuple(d for _, d in flat))


def _unpacked(state: OptimizerState) -> list[Any]:
    pairs = zip(state.subtree_defs, state.packed_state, strict=True)
    return [tree_unflatten(d, x) for d, x in pairs]


def _check_kept(new: Sequence[Any], old: OptimizerState) -> None:
    for state, tree in zip(new, old.subtree_defs, strict=True):
        if tree_structure(state) != tree:
            raise TypeError(
                explain(
                    "optimizer",
                    f"update to keep the structure of the state, {tree}",
                    str(tree_structure(state)),
                )
            )


class JoinPoint:
    """A leaf that holds the state of one parameter in an unpacked optimizer state."""

    def __init__(self, subtree: Any):
        self.subtree = subtree

    def __iter__(self) -> Any:
        yield self.subtree

    def __repr__(self) -> str:
        return f"JoinPoint({self.subtree!r})"


def unpack_optimizer_state(opt_state: OptimizerState) -> Any:
    """The state as a pytree like the parameters, with a `JoinPoint` in place of each."""
    return tree_unflatten(opt_state.tree_def, [JoinPoint(s) for s in _unpacked(opt_state)])


def pack_optimizer_state(marked_pytree: Any) -> OptimizerState:
    """The state out of what `unpack_optimizer_state` gives."""
    points, tree = tree_flatten(marked_pytree)
    if not all(isinstance(point, JoinPoint) for point in points):
        raise TypeError(explain("pack_optimizer_state", "JoinPoints as leaves", repr(points)))
    return _packed([point.subtree for point in points], tree)


# Optimizers.


@optimizer
def sgd(step_size: Any) -> Any:
    """Steps against the gradient."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, x: Any) -> Any:
        return x - rate(i) * g

    return mnp.asarray, update, lambda x: x


@optimizer
def momentum(step_size: Any, mass: Any) -> Any:
    """Steps along a velocity that adds up gradients and keeps the part `mass` of itself."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - rate(i) * velocity, velocity

    return _with_zeros(1), update, _first


@optimizer
def nesterov(step_size: Any, mass: Any) -> Any:
    """As `momentum`, looking one step of the velocity ahead (Nesterov, 1983)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - rate(i) * (mass * velocity + g), velocity

    return _with_zeros(1), update, _first


@optimizer
def adagrad(step_size: Any, momentum: Any = 0.9) -> Any:
    """Gradients over the root of the sum of their squares so far (Duchi et al., 2011)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, mean = state
        squares = squares + g * g
        step = mnp.where(squares > 0, g * _inverse_root(squares), 0)
        mean = (1 - momentum) * step + momentum * mean
        return x - rate(i) * mean, squares, mean

    return _with_zeros(2), update, _first


def _inverse_root(squares: Any) -> Any:
    """1 / sqrt(squares), 1 where that is not defined."""
    positive = squares > 0
    return mnp.where(positive, 1 / mnp.sqrt(mnp.where(positive, squares, 1)), 1)


@optimizer
def rmsprop(step_size: Any, gamma: Any = 0.9, eps: Any = 1e-8) -> Any:
    """Gradients over the root of a moving average of their squares (Hinton, 2012)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares = state
        squares = gamma * squares + (1 - gamma) * g * g
        return x - rate(i) * g / mnp.sqrt(squares + eps), squares

    return _with_zeros(1), update, _first


@optimizer
def rmsprop_momentum(step_size: Any, gamma: Any = 0.9, eps: Any = 1e-8, momentum: Any = 0.9) -> Any:
    """As `rmsprop`, along a velocity."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, velocity = state
        squares = gamma * squares + (1 - gamma) * g * g
        velocity = momentum * velocity + rate(i) * g / mnp.sqrt(squares + eps)
        return x - velocity, squares, velocity

    return _with_zeros(2), update, _first


@optimizer
def adam(step_size: Any, b1: Any = 0.9, b2: Any = 0.999, eps: Any = 1e-8) -> Any:
    """Moving averages of gradients and squares, corrected for their start (Kingma and Ba, 2014)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, mean, squares = state
        mean = (1 - b1) * g + b1 * mean
        squares = (1 - b2) * g * g + b2 * squares
        unbiased = mean / (1 - _power(b1, i, mean))
        root = mnp.sqrt(squares / (1 - _power(b2, i, squares)))
        return x - rate(i) * unbiased / (root + eps), mean, squares

    return _with_zeros(2), update, _first


@optimizer
def adamax(step_size: Any, b1: Any = 0.9, b2: Any = 0.999, eps: Any = 1e-8) -> Any:
    """As `adam`, with a decaying maximum in place of the root of the squares."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, mean, most = state
        mean = (1 - b1) * g + b1 * mean
        most = mnp.maximum(b2 * most, mnp.abs(g))
        return x - rate(i) / (1 - _power(b1, i, mean)) * mean / (most + eps), mean, most

    return _with_zeros(2), update, _first


@optimizer
def sm3(step_size: Any, momentum: Any = 0.9) -> Any:
    """As `adagrad`, keeping one number for each index of each dimension (Anil et al., 2019)."""
    rate = make_schedule(step_size)

    def init(x0: Any) -> Any:
        x0 = mnp.asarray(x0)
        shapes = [(n,) for n in x0.shape] or [()]
        return x0, mnp.zeros_like(x0), [mnp.zeros(shape, x0.dtype) for shape in shapes]

    def update(i: Any, g: Any, state: Any) -> Any:
        x, mean, covers = state
        squares = _least_cover(covers, g.shape) + g * g
        step = mnp.where(squares > 0, g * _inverse_root(squares), 0)
        mean = (1 - momentum) * step + momentum * mean
        covers = [squares.max(_others(d, g.ndim)) for d in range(max(g.ndim, 1))]
        return x - rate(i) * mean, mean, covers

    return init, update, _first


def _others(d: int, ndim: int) -> tuple[int, ...]:
    return tuple(other for other in range(ndim) if other != d)


def _least_cover(covers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """For each element the least of the numbers kept for its indices."""
    spread = [mnp.expand_dims(c, _others(d, len(shape))) for d, c in enumerate(covers)]
    return functools.reduce(mnp.minimum, spread)


def _with_zeros(count: int) -> Callable[[Any], tuple]:
    """An initial state of the parameter and some zeros of its shape."""

    def init(x0: Any) -> tuple:
        x0 = mnp.asarray(x0)
        return x0, *([mnp.zeros_like(x0)] * count)

    return init


def _first(state: Any) -> Any:
    return state[0]


def _power(base: Any, i: Any, like: Any) -> Any:
    """base ** (i + 1) in the type of an array."""
    return convert(mnp.asarray(base, like.dtype) ** (mnp.asarray(i, like.dtype) + 1), like.dtype)


# Step sizes.


def constant(step_size: Any) -> Schedule:
    """The same at every step."""
    return lambda i: step_size


def exponential_decay(step_size: Any, decay_steps: Any, decay_rate: Any) -> Schedule:
    """Times `decay_rate` in every `decay_steps` steps."""
    return lambda i: step_size * decay_rate ** (i / decay_steps)


def inverse_time_decay(
    step_size: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False
) -> Schedule:
    """Over 1 + `decay_rate` i / `decay_steps`; in whole `decay_steps` for a `staircase`."""

    def schedule(i: Any) -> Any:
        time = mnp.floor(i / decay_steps) if staircase else i / decay_steps
        return step_size / (1 + decay_rate * time)

    return schedule


def polynomial_decay(
    step_size: Any, decay_steps: Any, final_step_size: Any, power: Any = 1.0
) -> Schedule:
    """From `step_size` to `final_step_size` in `decay_steps` steps, and that from then on."""

    def schedule(i: Any) -> Any:
        left = 1 - mnp.minimum(i, decay_steps) / decay_steps
        return left**power * (step_size - final_step_size) + final_step_size

    return schedule


def piecewise_constant(boundaries: Any, values: Any) -> Schedule:
    """`values[k]` while k of the `boundaries`, which increase, are below the step."""
    boundaries, values = mnp.array(boundaries), mnp.array(values)
    if boundaries.ndim != 1 or values.shape != (boundaries.shape[0] + 1,):
        raise ValueError(
            explain(
                "piecewise_constant",
                "a vector of boundaries, and values one longer",
                f"shapes {boundaries.shape} and {values.shape}",
            )
        )
    return lambda i: values[(i > boundaries).sum()]


def make_schedule(scalar_or_schedule: Any) -> Schedule:
    """A schedule, also of a number: the constant one."""
    if callable(scalar_or_schedule):
        return scalar_or_schedule
    if mnp.ndim(scalar_or_schedule) == 0:
        return constant(scalar_or_schedule)
    raise TypeError(
        explain("make_schedule", "a number or a function of the step", repr(scalar_or_schedule))
    )


# Gradients.


def l2_norm(tree: Any) -> Any:
    """The root of the sum of the squares of all elements of a tree."""
    return mnp.sqrt(sum(mnp.vdot(x, x).real for x in tree_leaves(tree)))


def clip_grads(grad_tree: Any, max_norm: Any) -> Any:
    """The gradients, scaled so that their `l2_norm` is `max_norm` at most."""
    norm = l2_norm(grad_tree)
    scale = mnp.where(norm < max_norm, 1.0, max_norm / mnp.where(norm == 0, 1, norm))
    return tree_map(lambda g: g * convert(scale, mnp.asarray(g).dtype), grad_tree)
