"""Functions with derivatives of the user's own: `custom_jvp`, `custom_vjp`, `custom_gradient`.

Where something around the call may differentiate it, function and rules are traced into the
regions of one op, which takes the rule's place when its turn comes: each level of differentiation
uses up one, so that a rule that calls its own function ends. Elsewhere the function is called as
if it had no rule. Whatever is no traced number among the arguments (text, functions, concrete
arrays) reaches function and rules as it is; what they take from around them becomes operands.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.bind import as_array_or_tracer, bind
from mjx.core.regions import open_region, run_region
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import float0
from mjx.support.errors import explain
from mjx.support.source import api_boundary
from mjx.support.tree import keystr, tree_flatten_with_path, tree_map
from mjx.transforms.custom_call import Call, Primal, coerced, pair_of, positional_arguments
from mjx.transforms.linear import Value, full, is_inexact
from mjx.transforms.signature import (
    as_names,
    as_numbers,
    check_callable,
    positional_names,
    signature_of,
)
from mjx.transforms.symbolic import CustomVJPPrimal, SymbolicZero, is_perturbed, zero_of


class CustomFunction:
    """What `custom_jvp` and `custom_vjp` have in common: a function, and which arguments count."""

    transform: str

    def __init__(
        self,
        fun: Callable[..., Any],
        nondiff_argnums: int | Sequence[int] = (),
        nondiff_argnames: str | Sequence[str] = (),
    ):
        check_callable(fun, self.transform)
        functools.update_wrapper(self, fun)
        self.fun = fun
        self._signature = signature_of(fun)
        # Whether all arguments have positions, by which rules know them.
        self._is_positional = self._signature is not None and not any(
            p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in self._signature.parameters.values()
        )
        self.nondiff_argnums = self._positions(nondiff_argnums, nondiff_argnames)

    def _positions(self, numbers: Any, names: Any) -> tuple[int, ...]:
        found = set(as_numbers(numbers, f"{self.transform}: nondiff_argnums"))
        parameters = positional_names(self._signature)
        for name in as_names(names, f"{self.transform}: nondiff_argnames"):
            if name not in parameters:
                raise ValueError(
                    f"{self.transform}: expected nondiff_argnames among the parameters "
                    f"{tuple(parameters)} of {function_name(self.fun)}, but got {name!r}"
                )
            found.add(parameters.index(name))
        return tuple(sorted(found))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.transform} {self.fun!r}>"

    @property
    def _who(self) -> str:
        return f"{self.transform} of {function_name(self.fun)}"

    @api_boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._check_rules()
        if self._is_positional and (state.level is None or not state.level.order):
            return self.fun(*args, **kwargs)
        args = positional_arguments(self._signature, args, kwargs, self._who)
        if state.level is None or not state.level.order:
            return self.fun(*args)
        for n in self.nondiff_argnums:
            if not 0 <= n < len(args):
                raise ValueError(
                    explain(self._who, f"nondiff_argnums below {len(args)}, the arguments", str(n))
                )
        return self._apply(Call(self.fun, args, set(self.nondiff_argnums), self._who))

    def _check_rules(self) -> None:
        raise NotImplementedError

    def _apply(self, call: Call) -> Any:
        raise NotImplementedError


class custom_jvp(CustomFunction):  # noqa: N801
    """A function whose tangents come from a rule, in forward and reverse mode.

    Arguments in `nondiff_argnums` or `nondiff_argnames` may be of any type; the rule gets them
    first. What the function uses from around it is differentiated by as if there was no rule.

    Example:
        >>> import mjx
        >>> @mjx.custom_jvp
        ... def f(x):
        ...     return x * x
        >>> @f.defjvp
        ... def f_jvp(primals, tangents):
        ...     (x,), (t,) = primals, tangents
        ...     return f(x), 10.0 * t
        >>> float(f(3.0)), float(mjx.grad(f)(3.0))
        (9.0, 10.0)
    """

    transform = "custom_jvp"
    jvp: Callable[..., Any] | None = None
    symbolic_zeros = False

    def defjvp(self, jvp: Callable[..., Any], symbolic_zeros: bool = False) -> Callable[..., Any]:
        """Sets the rule, `jvp(*nondiff, primals, tangents) -> (out, out_tangent)`, and returns it.

        With `symbolic_zeros` it gets a `SymbolicZero` for each tangent known to be zero.
        """
        check_callable(jvp, f"{self._who}: defjvp")
        self.jvp = jvp
        self.symbolic_zeros = symbolic_zeros
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Sets a rule for each argument, `jvp(tangent, out, *primals) -> out_tangent`, or None.

        Example:
            >>> import mjx
            >>> f = mjx.custom_jvp(lambda x, y: x * y)
            >>> f.defjvps(lambda t, out, x, y: t * y, None)
            >>> [float(g) for g in mjx.grad(f, (0, 1))(2.0, 3.0)]
            [3.0, 0.0]
        """
        if self.nondiff_argnums:
            raise TypeError(
                f"{self._who}: expected defjvp for a function with nondiff_argnums, but got "
                f"defjvps, which has a rule for each argument"
            )

        def jvp(primals: tuple, tangents: tuple) -> tuple[Any, Any]:
            if len(jvps) != len(primals):
                raise TypeError(
                    explain(
                        f"{self._who}: defjvps",
                        f"a rule or None for each of the {len(primals)} arguments",
                        str(len(jvps)),
                    )
                )
            out = self(*primals)
            terms = [rule(t, out, *primals) for rule, t in zip(jvps, tangents) if rule is not None]
            if not terms:
                return out, _tree_zeros(out)
            return out, functools.reduce(_tree_sum, terms)

        self.defjvp(jvp)

    def _check_rules(self) -> None:
        if self.jvp is None:
            raise AttributeError(
                f"{self._who}: expected a rule, but No JVP defined for it; use defjvp"
            )

    def _apply(self, call: Call) -> Any:
        if not call.active:
            return self.fun(*call.args)
        primal = Primal(call, self.transform)
        order = state.level.order - 1
        avals = [x.aval for x in call.inputs]
        rule = call.trace("custom_jvp", order, avals, functools.partial(self._rule, call, primal))
        return primal.emit("custom_jvp", [rule])

    def _rule(
        self, call: Call, primal: Primal, inputs: list[Tracer], directions: list[Tracer]
    ) -> list[Value]:
        """The rule's outputs, and the tangents of those that have any."""
        leaves = call.with_inputs(inputs)
        tangents = [zero_of(x.aval, self.symbolic_zeros) for x in call.leaves]
        for i, direction in zip(call.active, directions):
            if not self.symbolic_zeros or is_perturbed(call.leaves[i]):
                tangents[i] = direction
        split = call.tree.unflatten
        who = f"{self._who}: rule {function_name(self.jvp)}"
        result = self.jvp(*call.static, split(leaves), split(tangents))
        out, out_tangent = pair_of(result, who, "output, tangent of the output")
        found, tree = tree_flatten_with_path(out)
        primal.check_tree(tree, who, "an output")
        moved, moved_tree = tree_flatten_with_path(out_tangent)
        primal.check_tree(moved_tree, who, "a tangent")
        outputs = primal.outputs([x for _, x in found], who, "output")
        return outputs + _out_tangents(primal, [x for _, x in moved], who)


def _out_tangents(primal: Primal, leaves: Sequence[Any], who: str) -> list[Value]:
    """Tangents of the outputs that have any; those of integers must be float0."""
    found = []
    for x, aval, path in zip(leaves, primal.avals, primal.paths):
        what = f"tangent{path}"
        if is_inexact(aval):
            x = full(0, aval.strip_weak_type()) if isinstance(x, SymbolicZero) else x
            found.append(coerced(x, aval, who, what, "the output it belongs to"))
        elif not isinstance(x, SymbolicZero) and getattr(x, "dtype", None) != float0:
            raise TypeError(
                explain(who, f"{what} to be float0, since the output is {aval}", repr(x))
            )
    return found


def _tree_zeros(tree: Any) -> Any:
    return tree_map(lambda x: zero_of(as_array_or_tracer(x).aval, False), tree)


def _tree_sum(x: Any, y: Any) -> Any:
    return tree_map(_sum, x, y)


def _sum(x: Any, y: Any) -> Any:
    if getattr(x, "dtype", None) == float0:
        return x
    x, y = as_array_or_tracer(x), as_array_or_tracer(y)
    return bind("add", [x, y])[0]


class custom_vjp(CustomFunction):  # noqa: N801
    """A function whose cotangents come from a rule, in reverse mode.

    Forward mode cannot use such a rule and says so. Nor does the rule know of what the function
    uses from around it: being differentiated by that is an error. Arguments in `nondiff_argnums`
    or `nondiff_argnames` may be of any type; bwd gets them first.

    Example:
        >>> import mjx
        >>> @mjx.custom_vjp
        ... def clipped(x):
        ...     return x * x
        >>> clipped.defvjp(lambda x: (x * x, x), lambda x, ct: (mjx.numpy.clip(2 * x * ct, -1, 1),))
        >>> float(mjx.grad(clipped)(3.0))
        1.0
    """

    transform = "custom_vjp"
    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None
    symbolic_zeros = False

    def defvjp(
        self,
        fwd: Callable[..., Any],
        bwd: Callable[..., Any],
        symbolic_zeros: bool = False,
        optimize_remat: bool = False,
    ) -> None:
        """Sets the rule: `fwd(*args) -> (out, residuals)`, `bwd(*nondiff, residuals, ct) -> cts`.

        bwd returns a tuple with a cotangent for each argument, None standing for zero. With
        `symbolic_zeros`, fwd gets a `CustomVJPPrimal` for each number, and bwd a `SymbolicZero`
        for cotangents that cannot but be zero. Rematerialization needs no `optimize_remat`.
        """
        check_callable(fwd, f"{self._who}: defvjp")
        check_callable(bwd, f"{self._who}: defvjp")
        self.fwd, self.bwd = fwd, bwd
        self.symbolic_zeros = symbolic_zeros

    def _check_rules(self) -> None:
        if self.fwd is None:
            raise AttributeError(
                f"{self._who}: expected a rule, but No VJP defined for it; use defvjp"
            )

    def _apply(self, call: Call) -> Any:
        return Reverse(call, Primal(call, self.transform), self).emit()

    def run_fwd(self, call: Call, leaves: list[Value]) -> tuple[Any, Callable[[Any], Any]]:
        """The rule's output, and what takes its cotangent to those of the arguments."""
        if self.symbolic_zeros:
            wrapped = [
                CustomVJPPrimal(x, i in call.active and is_perturbed(call.leaves[i]))
                for i, x in enumerate(leaves)
            ]
            args = call.all_arguments(wrapped)
        else:
            args = call.all_arguments(leaves)
        who = f"{self._who}: fwd {function_name(self.fwd)}"
        out, residuals = pair_of(self.fwd(*args), who, "output, residuals")
        return out, lambda ct: self.bwd(*call.static, residuals, ct)

    def bwd_name(self) -> str:
        """Who is to blame for wrong cotangents."""
        return f"{self._who}: bwd {function_name(self.bwd)}"


class Reverse:
    """The op of a call whose rule gives cotangents.

    bwd is traced while fwd is still open: whatever it uses of that, in residuals or by closure,
    is then what fwd stores.
    """

    def __init__(self, call: Call, primal: Primal, rules: Any):
        self.call = call
        self.primal = primal
        self.rules = rules

    def emit(self) -> Any:
        """Traces the rules and returns the function's result."""
        order = state.level.order - 1
        fwd = self.call.trace("custom_vjp", order, (), self._fwd)
        return self.primal.emit("custom_vjp", [fwd, self.bwd])

    def _fwd(self, inputs: list[Tracer], _: list[Tracer]) -> list[Value]:
        out, pull = self.rules.run_fwd(self.call, self.call.with_inputs(inputs))
        who = f"{self.rules._who}: fwd"
        found, tree = tree_flatten_with_path(out)
        self.primal.check_tree(tree, who, "an output")
        outputs = self.primal.outputs([x for _, x in found], who, "output")
        return outputs + self._trace_bwd(pull)

    def _trace_bwd(self, pull: Callable[[Any], Any]) -> list[Value]:
        """Traces bwd, and returns what it uses."""
        fwd_level = state.level
        avals = [a.strip_weak_type() for a in self.primal.avals if is_inexact(a)]
        level, values = open_region(avals, "custom_vjp bwd", self._name, staging=False)

        def run() -> list[Any]:
            cotangents = [level.tracer(v) for v in values]
            result = pull(self._cotangent_tree(cotangents))
            return [level.lift(x) for x in self._matched(result)]

        self.bwd = run_region(level, run)
        return [fwd_level.tracer(v) for v in fwd_level.program.ir.capture([self.bwd])]

    @property
    def _name(self) -> str:
        return function_name(self.call.fun)

    def _cotangent_tree(self, cotangents: list[Tracer]) -> Any:
        """Cotangents of the output as bwd takes them."""
        given = iter(cotangents)
        leaves = [
            next(given) if is_inexact(a) else zero_of(a, self.rules.symbolic_zeros)
            for a in self.primal.avals
        ]
        return self.primal.tree.unflatten(leaves)

    def _matched(self, result: Any) -> list[Value]:
        """The cotangents of the inputs, which must fit the arguments; None stands for zeros."""
        call, who = self.call, self.rules.bwd_name()
        found = self._by_path(result, who)
        cotangents = []
        for i in call.active:
            aval, x = call.leaves[i].aval, found[i]
            if x is None or isinstance(x, SymbolicZero):
                cotangents.append(full(0, aval.strip_weak_type()))
                continue
            what, model = f"output{keystr(call.paths[i])}", f"argument {call.name(call.paths[i])}"
            cotangents.append(coerced(x, aval, who, what, model, ValueError))
        return cotangents

    def _by_path(self, result: Any, who: str) -> list[Any]:
        """For each leaf of the arguments what bwd returned there, None for zero."""
        count = len(self.call.positions)
        if isinstance(result, list):
            result = tuple(result)
        if not isinstance(result, tuple) or len(result) != count:
            raise TypeError(
                explain(
                    who,
                    f"a tuple with a cotangent for each of the {count} arguments, or None for zero",
                    repr(result),
                )
            )
        leaves, _ = tree_flatten_with_path(result, is_leaf=lambda x: x is None)
        given = {path: leaf for path, leaf in leaves}
        found, used = [], set()
        for path in self.call.paths:
            place = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in given), None)
            if place is None or (place != path and given[place] is not None):
                raise self._structure_error(result, who)
            used.add(place)
            found.append(given[place])
        # A None may also stand for an argument without leaves.
        if any(x is not None for path, x in given.items() if path not in used):
            raise self._structure_error(result, who)
        return found

    def _structure_error(self, result: Any, who: str) -> TypeError:
        _, tree = tree_flatten_with_path(result)
        expected = self.call.tree
        return TypeError(
            explain(
                who,
                f"cotangents of the structure of the arguments, {expected} (None stands for zero)",
                f"{tree}",
            )
        )


class _Gradient:
    """The rule of `custom_gradient`, a function that returns its own pullback."""

    symbolic_zeros = False

    def __init__(self, fun: Callable[..., Any]):
        self.fun = fun
        self._who = f"custom_gradient of {function_name(fun)}"

    def run_fwd(self, call: Call, leaves: list[Value]) -> tuple[Any, Callable[[Any], Any]]:
        """The function's output, and its pullback."""
        out, pull = self._pair(self.fun(*call.all_arguments(leaves)))
        single = len(call.positions) == 1

        def cotangents(ct: Any) -> Any:
            result = pull(ct)
            return (result,) if single and not _is_single(result) else result

        return out, cotangents

    def _pair(self, result: Any) -> tuple[Any, Any]:
        return pair_of(result, self._who, "output, function from its cotangent to the arguments'")

    def bwd_name(self) -> str:
        """Who is to blame for wrong cotangents."""
        return f"{self._who}: its second result"


def _is_single(result: Any) -> bool:
    return isinstance(result, (tuple, list)) and len(result) == 1


def custom_gradient(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function from one that returns (output, pullback), in the manner of TensorFlow.

    The pullback takes the cotangent of the output to those of the arguments, and may use whatever
    `fun` has computed.

    Example:
        >>> import mjx
        >>> @mjx.custom_gradient
        ... def f(x):
        ...     y = x * x
        ...     return y, lambda ct: 7.0 * ct
        >>> float(f(3.0)), float(mjx.grad(f)(3.0))
        (9.0, 7.0)
    """
    check_callable(fun, "custom_gradient")
    rules = _Gradient(fun)
    signature = signature_of(fun)

    def value(*args: Any) -> Any:
        return rules._pair(fun(*args))[0]

    @functools.wraps(fun)
    @api_boundary
    def function(*args: Any, **kwargs: Any) -> Any:
        args = positional_arguments(signature, args, kwargs, rules._who)
        if state.level is None or not state.level.order:
            return value(*args)
        call = Call(functools.wraps(fun)(value), args, set(), rules._who)
        return Reverse(call, Primal(call, "custom_gradient"), rules).emit()

    return function
