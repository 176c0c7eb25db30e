"""`checkpoint`: what reverse mode stores, and what it computes again.

A policy is data that the compiled program understands: which ops' results are saved, and which
values named by `checkpoint_name`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer, bind
from mjx.core.regions import bind_regions, trace_region
from mjx.core.trace import entered, function_name, new_program, outside, state
from mjx.support.config import disable_jit_flag
from mjx.support.errors import explain
from mjx.support.source import api_boundary
from mjx.support.tree import tree_flatten, tree_map
from mjx.transforms.autodiff import Arguments
from mjx.transforms.linear import linearize_call
from mjx.transforms.signature import as_names, as_numbers, check_callable

# Policies


@dataclass(frozen=True)
class Policy:
    """What a checkpoint saves of the values between its inputs and its results.

    `saves` is "nothing", "dots", "dots_without_batch" or "everything". Of values with names, those
    in `names` are saved, or with `all_names_but` those whose names are not.
    """

    saves: str = "nothing"
    names: frozenset[str] = frozenset()
    all_names_but: bool = False

    def __or__(self, other: Policy) -> Policy:
        """Saves what either does."""
        if {"dots", "dots_without_batch"} >= {self.saves, other.saves}:
            saves = min(self.saves, other.saves)
        else:
            saves = max(self.saves, other.saves, key=_SAVES.index)
        if self.all_names_but and other.all_names_but:
            return Policy(saves, self.names & other.names, True)
        if self.all_names_but or other.all_names_but:
            but, only = (self, other) if self.all_names_but else (other, self)
            return Policy(saves, but.names - only.names, True)
        return Policy(saves, self.names | other.names)


_SAVES = ("nothing", "dots_without_batch", "dots", "everything")


def _name(name: Any, who: str) -> str:
    if not isinstance(name, str) or not name or "," in name:
        raise TypeError(
            explain(who, "a name: a string that is not empty, without commas", repr(name))
        )
    return name


def _names(names: Iterable[Any], who: str) -> frozenset[str]:
    return frozenset([_name(n, who) for n in names])


def save_only_these_names(*names_which_can_be_saved: str) -> Policy:
    """Saves values that `checkpoint_name` gave one of the names, and nothing else."""
    return Policy(names=_names(names_which_can_be_saved, "save_only_these_names"))


def save_any_names_but_these(*names_not_to_save: str) -> Policy:
    """Saves values that have a name, except one of these, and nothing else."""
    return Policy("nothing", _names(names_not_to_save, "save_any_names_but_these"), True)


def save_anything_except_these_names(*names_not_to_save: str) -> Policy:
    """Saves all values but those that `checkpoint_name` gave one of the names."""
    return Policy("everything", _names(names_not_to_save, "save_anything_except_these_names"), True)


def save_from_both_policies(policy_1: Policy, policy_2: Policy) -> Policy:
    """Saves what either of two policies saves."""
    who = "save_from_both_policies"
    return _policy(policy_1, who) | _policy(policy_2, who)


def save_and_offload_only_these_names(
    *,
    names_which_can_be_saved: Sequence[str],
    names_which_can_be_offloaded: Sequence[str],
    offload_src: str,
    offload_dst: str,
) -> Policy:
    """Saves values that have one of the names of either list.

    Where the device's memory is that of the host, as on the CPU, to offload a value is to save it.
    """
    who = "save_and_offload_only_these_names"
    saved, moved = _names(names_which_can_be_saved, who), _names(names_which_can_be_offloaded, who)
    if both := saved & moved:
        raise ValueError(explain(who, "each name in one list", f"{sorted(both)} in both"))
    return Policy(names=saved | moved)


def offload_dot_with_no_batch_dims(offload_src: str, offload_dst: str) -> Policy:
    """Saves results of matrix products without batch dimensions: see the policy of names."""
    return Policy("dots_without_batch")


everything_saveable = Policy("everything", frozenset(), True)
nothing_saveable = Policy()
dots_saveable = checkpoint_dots = Policy("dots")
dots_with_no_batch_dims_saveable = checkpoint_dots_with_no_batch_dims = Policy("dots_without_batch")

checkpoint_policies = types.SimpleNamespace(
    everything_saveable=everything_saveable,
    nothing_saveable=nothing_saveable,
    dots_saveable=dots_saveable,
    checkpoint_dots=checkpoint_dots,
    dots_with_no_batch_dims_saveable=dots_with_no_batch_dims_saveable,
    checkpoint_dots_with_no_batch_dims=checkpoint_dots_with_no_batch_dims,
    offload_dot_with_no_batch_dims=offload_dot_with_no_batch_dims,
    save_anything_except_these_names=save_anything_except_these_names,
    save_any_names_but_these=save_any_names_but_these,
    save_only_these_names=save_only_these_names,
    save_from_both_policies=save_from_both_policies,
    save_and_offload_only_these_names=save_and_offload_only_these_names,
)


def _policy(policy: Any, who: str) -> Policy:
    if policy is None:
        return nothing_saveable
    if isinstance(policy, Policy):
        return policy
    maker = policy in vars(checkpoint_policies).values()
    hint = "call it to get one" if maker else "functions of ops are not policies here"
    raise TypeError(explain(who, "a policy of mjx.checkpoint_policies", repr(policy), hint))


# checkpoint


def checkpoint(
    fun: Callable[..., Any],
    *,
    prevent_cse: bool | Sequence[bool] = True,
    policy: Policy | None = None,
    static_argnums: int | tuple[int, ...] = (),
    static_argnames: str | Iterable[str] = (),
    concrete: Any = None,
) -> Callable[..., Any]:
    """A function with the values of `fun`, of which reverse mode stores the inputs only.

    What else the derivative needs is computed again, except what `policy` saves; see
    `mjx.checkpoint_policies`. `static_argnums` and `static_argnames` are arguments that are not
    arrays but steer the Python code. With `prevent_cse=False` the compiler may notice that it
    computes something twice and keep the first result; inside of a `scan` it cannot, so there the
    option spares it the care. `concrete` has no effect.

        >>> @mjx.checkpoint
        ... def layer(w, x):
        ...     return mnp.tanh(x @ w)
        >>> mjx.grad(lambda w, x: layer(w, layer(w, x)).sum())(w, x)

    In the body of a `scan` it makes the loop store its carries, and nothing else:

        >>> lax.scan(mjx.checkpoint(step), carry, xs)
    """
    check_callable(fun, "checkpoint")
    chosen = _policy(policy, "checkpoint")
    numbers = as_numbers(static_argnums, "checkpoint: static_argnums")
    names = as_names(static_argnames, "checkpoint: static_argnames")
    attributes = {
        "saves": chosen.saves,
        "names": ",".join(sorted(chosen.names)),
        "all_names_but": chosen.all_names_but,
        "may_merge": not (any(prevent_cse) if isinstance(prevent_cse, Sequence) else prevent_cse),
    }

    @functools.wraps(fun)
    @api_boundary
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        # Nothing is differentiated outside of a program.
        if state.level is None or disable_jit_flag.value:
            return fun(*args, **kwargs)
        return _bind(fun, args, kwargs, numbers, names, attributes)

    return checkpointed


remat = checkpoint


def _bind(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    numbers: Sequence[int],
    names: Sequence[str],
    attributes: dict[str, Any],
) -> Any:
    for n in numbers:
        if not -len(args) <= n < len(args):
            expected = f"static_argnums among the {len(args)} positional arguments"
            raise ValueError(explain("checkpoint", expected, str(n)))
    static = {n % len(args) for n in numbers}
    positions = [i for i in range(len(args)) if i not in static]
    keywords = [k for k in kwargs if k not in names]
    inputs = ([args[i] for i in positions], {k: kwargs[k] for k in keywords})
    leaves, tree = tree_flatten(inputs)
    who = f"checkpoint of {function_name(fun)}"
    values = [as_array_or_tracer(x, who) for x in leaves]

    def body(*tracers: Any) -> Any:
        given, named = tree.unflatten(tracers)
        full = list(args)
        for i, value in zip(positions, given):
            full[i] = value
        return fun(*full, **{**kwargs, **named})

    body.__name__ = function_name(fun)
    region, out_tree, avals = trace_region(body, [v.aval for v in values], "checkpoint")
    weak = [a.weak_type for a in avals]
    return out_tree.unflatten(bind_regions("checkpoint", values, [region], attributes, weak))


def checkpoint_name(x: Any, name: str) -> Any:
    """`x`, an array or a tree of arrays, under a name that checkpoint policies know.

    >>> h = checkpoint_name(mnp.sin(x), "hidden")
    """
    name = _name(name, "checkpoint_name")

    def named(leaf: Any) -> Any:
        leaf = as_array_or_tracer(leaf, "checkpoint_name")
        return bind("checkpoint_name", [leaf], {"name": name}, None, leaf.aval.weak_type)[0]

    return tree_map(named, x)


# What is stored


@api_boundary
def saved_residuals(
    f: Callable[..., Any], *args: Any, **kwargs: Any
) -> list[tuple[ShapedArray, str]]:
    """What reverse mode stores between the value of `f(*args)` and its derivative.

    A pair for each array: its type, and what it is. Arguments are among them, as they must be kept,
    but take no more memory.
    """
    check_callable(f, "saved_residuals")
    arguments = Arguments(f, args, range(len(args)), "saved_residuals")
    with outside():
        level = new_program("saved_residuals", "saved_residuals", function_name(f), staging=True)
        program = level.program
        leaves = [program.parameter(x.aval) for x in arguments.active_leaves]
        with entered(level):
            tracers = [
                level.tracer(v, x.aval.weak_type) for v, x in zip(leaves, arguments.active_leaves)
            ]
            found = linearize_call(
                "saved_residuals",
                f,
                tracers,
                arguments.active_names,
                lambda given: arguments.call(given, kwargs),
            )
            residuals = program.ir.split_linear(found.map.value)[0]
            names = [name for name, _ in arguments.active_names()]
            return [(level.tracer(v).aval, _described(v, names)) for v in residuals]


def _described(value: Any, names: Sequence[str]) -> str:
    number = value.argument_number
    if number >= len(names):
        return "from a constant"
    if number >= 0:
        return f"from the argument {names[number]}"
    op, place = value.origin
    return f"output of {op} from {place}" if place else f"output of {op}"


def print_saved_residuals(f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Prints what reverse mode stores between the value of `f(*args)` and its derivative.

    >>> print_saved_residuals(lambda x: mnp.sin(mnp.sin(x)), 1.0)
    """
    for aval, what in saved_residuals(f, *args, **kwargs):
        print(f"{aval.str_short()} {what}")
