"""Programs under construction, and the levels of tracing that nest in them.

A `Program` is one function of the compiler's being built; the `Level`s are the jitted function,
the differentiated functions, loop bodies and so on that are being called now, each in a region of
the one around it. Ops always go to the innermost level.
"""

from __future__ import annotations

import contextlib
import gc
import math
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from mjx import _mjx
from mjx.core.array import Array
from mjx.core.aval import ShapedArray, aval_of_type
from mjx.core.tracer import Tracer, leaked
from mjx.support.config import check_tracer_leaks, eager_max_ops
from mjx.support.dtypes import RAW_DTYPES
from mjx.support.errors import TracedValue, of_compiler
from mjx.support.source import Location, describe, user_location

# `state.level` is the level this thread is tracing at; the extension looks at it in every call.
state = _mjx.state


def current_level() -> Level | None:
    """The innermost level being traced in this thread; None outside of all traces."""
    return state.level


def is_tracing() -> bool:
    """Whether ops are being recorded rather than run."""
    return state.level is not None


class _ScopeNames(threading.local):
    """The names of the scopes this thread is in, each followed by a slash."""

    path: str = ""


scope_names = _ScopeNames()


class Program:
    """A function under construction and the concrete arrays it takes."""

    def __init__(self, name: str, traced_once: bool):
        self.name = name
        # Whether the program serves many calls, so that all literals may be built in.
        self.traced_once = traced_once
        self.ir = _mjx.Trace(name)
        # For each argument of the function the array it stands for, or None for a parameter.
        self.arguments: list[Array | None] = []
        # Whether it must run even if nothing is asked of it, and the functions of Python it calls.
        self.has_effects = False
        self.callbacks: list[Any] = []
        # Called with each op that is traced: name, operands, attributes and results.
        self.observer: Callable[..., None] | None = None
        self._values: dict[int, Any] = {}
        self._locations: dict[tuple[str, int, str], Any] = {}
        self._live: list[weakref.ref[Tracer]] = []
        self._room = math.inf if traced_once else eager_max_ops.value

    def parameter(self, aval: ShapedArray) -> Any:
        """A new argument of the function."""
        self.arguments.append(None)
        return self.ir.argument(*aval.type)

    def array(self, array: Array, level: Level) -> Any:
        """The value of a concrete array: a constant if it is a literal, an argument otherwise."""
        if array.literal is not None and (self.traced_once or _is_plain(array.literal)):
            return self._literal(array, level)
        value = self._values.get(id(array))
        if value is None:
            check_usable(array)
            value = self._values[id(array)] = self.ir.argument(*array.aval.type)
            # The list keeps the array alive, and with that its id taken.
            self.arguments.append(array)
        return value

    def _literal(self, array: Array, level: Level) -> Any:
        found = level.literals.get(id(array))
        if found is None:
            literal, element = array.literal, array.aval.type[0]
            literal = literal.view(RAW_DTYPES.get(literal.dtype, literal.dtype))
            found = (array, self.ir.constant(literal, element, self.location(user_location())))
            level.literals[id(array)] = found
        return found[1]

    def lift(self, x: Array | Tracer, level: Level) -> Any:
        """The value of an array or tracer in this program."""
        if type(x) is Tracer:
            if x.level.alive and x.level.program is self:
                return x.value
            raise leaked(x)
        return self.array(x, level)

    def location(self, where: Location) -> Any:
        """The compiler's form of a place in the user's source."""
        path = scope_names.path
        key = (where.file, where.line, path)
        found = self._locations.get(key)
        if found is None:
            named = where._replace(function=path + where.function)
            found = self._locations[key] = _mjx.Trace.location(*named)
        return found

    def emit(
        self,
        name: str,
        values: Sequence[Any],
        attributes: dict[str, Any] | None = None,
        types: Sequence[Any] | None = None,
        regions: Sequence[Any] = (),
        where: Location | None = None,
    ) -> Sequence[Any]:
        """Appends an op at the innermost level and returns its results."""
        where = where or user_location()
        location = self.location(where)
        self._room -= 1
        if self._room < 0:
            raise self._too_long(where)
        try:
            return self.ir.emit(name, values, attributes or {}, types, regions, location)
        except ValueError as error:
            raise of_compiler(ValueError(f"{name}: {error}\n  at {describe(where)}")) from None

    def _too_long(self, where: Location) -> RuntimeError:
        return RuntimeError(
            f"{self.name}: expected an eagerly transformed function to record at most "
            f"{eager_max_ops.value} ops, but it goes on at {describe(where)}\n  fix: loop with "
            f"mjx.lax.fori_loop, scan or while_loop, or raise mjx.config.eager_max_ops"
        )

    # Running what was recorded so far.

    def watch(self, tracer: Tracer) -> None:
        """Remembers a tracer whose contents may be wanted when others are computed."""
        self._live.append(weakref.ref(tracer))

    def force(self, tracer: Tracer) -> Array | None:
        """The contents of a recorded tracer; None if they depend on what has no contents.

        Other tracers still in use are computed with it, so that a loop that asks again and again
        goes on from there, and runs the same program each time round.
        """
        known, bindings = self._knowledge()
        value = tracer.value
        while value not in known and value in bindings:
            value = bindings[value]
        if value in known:
            return known[value]
        if value.argument_number >= 0:
            return self.arguments[value.argument_number]
        others = [t for t in self._unknown(known, bindings) if t is not tracer]
        # Of the others some may have no contents, as tangents in a custom rule.
        for wanted in ([tracer, *others], [tracer]):
            found = self._extract(wanted, known, bindings)
            if found is not None:
                break
        else:
            return None
        module, inputs = found
        from mjx.core.execute import run_module

        arrays = [known[v] if v in known else self._argument_array(v) for v in inputs]
        if any(a is None for a in arrays):
            return None
        for t, array in zip(wanted, run_module(module, arrays, [t.aval for t in wanted])):
            t.level.known[t.value] = array
        return tracer.level.known[tracer.value]

    def _extract(
        self, wanted: Sequence[Tracer], known: dict[Any, Array], bindings: dict[Any, Any]
    ) -> tuple[Any, Sequence[Any]] | None:
        """A module that computes some values, and its inputs; None if it cannot be had.

        What has effects must not run now, since it will with the rest of the program.
        """
        try:
            found = self.ir.extract([t.value for t in wanted], list(known), list(bindings.items()))
            return None if self.has_effects and found[0].has_effects() else found
        except ValueError:
            return None

    def _argument_array(self, value: Any) -> Array | None:
        return self.arguments[value.argument_number]

    def _knowledge(self) -> tuple[dict[Any, Array], dict[Any, Any]]:
        known: dict[Any, Array] = {}
        bindings: dict[Any, Any] = {}
        level = state.level
        while level is not None:
            known.update(level.known)
            bindings.update(level.bindings)
            level = level.parent
        return known, bindings

    def _unknown(self, known: dict[Any, Array], bindings: dict[Any, Any]) -> list[Tracer]:
        """The watched tracers still in use that are neither known nor arguments."""
        tracers = [t for t in (ref() for ref in self._live) if t is not None and t.level.alive]
        self._live = [weakref.ref(t) for t in tracers]
        values = {t.value: t for t in tracers if t.value not in known and t.value not in bindings}
        return [t for value, t in values.items() if value.argument_number < 0]


class Level:
    """One function being traced.

    `staging` levels never know contents, those that record do unless they are `batched`.
    `bindings` says which outer values the arguments of a transform's region stand for.
    """

    __slots__ = (
        "alive",
        "axis",
        "batched",
        "bindings",
        "function",
        "known",
        "literals",
        "made",
        "names",
        "order",
        "parent",
        "program",
        "staging",
        "transform",
        "wrt",
    )

    def __init__(
        self,
        program: Program,
        parent: Level | None,
        transform: str,
        function: str,
        staging: bool,
        batched: bool = False,
    ):
        self.program = program
        self.parent = parent
        self.transform = transform
        self.function = function
        inherits = parent is not None and parent.program is program
        self.staging = staging or (inherits and parent.staging)
        self.batched = batched or (inherits and parent.batched)
        # How often what is traced here may be differentiated by levels around it, and the
        # arguments by which this one is.
        self.order: int = parent.order if inherits else 0
        self.wrt: Sequence[Any] = ()
        self.alive = True
        # The axis that the level maps over, if it has a name: a `core.axes.NamedAxis`.
        self.axis: Any = None
        # What the arguments are called: name and position for each value. Asked for by errors only.
        self.names: Callable[[], dict[Any, tuple[str, int | None]]] = dict
        self.bindings: dict[Any, Any] = {}
        self.known: dict[Any, Array] = {}
        self.literals: dict[int, tuple[Array, Any]] = {}
        # All tracers of the level, if it is to be checked for leaks.
        self.made: list[weakref.ref[Tracer]] | None = [] if check_tracer_leaks.value else None

    def tracer(self, value: Any, weak_type: bool = False, where: Location | None = None) -> Tracer:
        """A tracer of this level for a value."""
        tracer = Tracer(value, aval_of_type(value.type, weak_type), self, where)
        if not self.staging and not self.batched:
            self.program.watch(tracer)
        if self.made is not None:
            self.made.append(weakref.ref(tracer))
        return tracer

    def check_leaks(self) -> None:
        """Raises if a tracer of the level, which has ended, is still referred to."""
        if not self.made:
            return
        gc.collect()
        left = [tracer for tracer in (ref() for ref in self.made) if tracer is not None]
        if left:
            raise leaked(left[0])

    def lift(self, x: Array | Tracer) -> Any:
        """The value of an array or tracer."""
        return self.program.lift(x, self)

    def concrete(self, tracer: Tracer) -> Array | None:
        """The contents of a tracer of this level, if they can be had."""
        if not self.alive:
            raise leaked(tracer)
        return None if self.staging else self.program.force(tracer)

    def describe(self, tracer: Tracer) -> TracedValue:
        """What an error message says about a tracer of this level."""
        found = self._sources(tracer) if self.alive else {}
        argnums = [number for number in found.values() if number is not None]
        return TracedValue(
            str(tracer.aval),
            self.transform,
            self.function,
            tuple(found),
            tuple(sorted(set(argnums))),
            tracer.where,
        )

    def _sources(self, tracer: Tracer) -> dict[str, int | None]:
        """The named arguments that a tracer depends on, with their positions."""
        names: dict[Any, tuple[str, int | None]] = {}
        bindings: dict[Any, Any] = {}
        level: Level | None = self
        while level is not None:
            names.update(level.names())
            bindings.update(level.bindings)
            level = level.parent
        found, queue, seen = {}, [tracer.value], set()
        while queue:
            for source in self.program.ir.sources(queue.pop()):
                if source in seen:
                    continue
                seen.add(source)
                if source in names:
                    found[names[source][0]] = names[source][1]
                elif source in bindings:
                    queue.append(bindings[source])
        return found


@contextlib.contextmanager
def entered(level: Level) -> Iterator[Level]:
    """Traces at a level; its tracers cannot be used afterwards."""
    previous = state.level
    state.level = level
    try:
        yield level
    finally:
        state.level = previous
        level.alive = False


@contextlib.contextmanager
def outside() -> Iterator[None]:
    """Runs code as if nothing was being traced."""
    previous = state.level
    state.level = None
    try:
        yield
    finally:
        state.level = previous


def new_program(
    name: str, transform: str, function: str, staging: bool, traced_once: bool | None = None
) -> Level:
    """The outermost level of a new program, to be `entered`.

    A program made for one call is not `traced_once`: it takes arrays as arguments, so that the
    next call can use the same executable.
    """
    program = Program(name, staging if traced_once is None else traced_once)
    return Level(program, None, transform, function, staging)


def _is_plain(literal: np.ndarray) -> bool:
    """Whether a literal is a small round number, as programs have them.

    A program recorded at each call must not be compiled anew for each learning rate.
    """
    if literal.shape or literal.dtype.kind == "c":
        return False
    value = float(literal)
    return not math.isfinite(value) or (abs(value) <= 64 and (value * 4).is_integer())


def check_usable(array: Array) -> None:
    """Raises for an array whose contents were given up."""
    if array.is_deleted():
        raise RuntimeError(
            f"Array has been deleted with shape={array.aval.str_short()}.\n  It was deleted, or "
            f"donated to a jitted function (donate_argnums); use what that returned instead."
        )


def function_name(fun: Callable[..., Any]) -> str:
    """The name of a function for messages and for the compiler."""
    while hasattr(fun, "func") and not hasattr(fun, "__name__"):
        fun = fun.func
    return getattr(fun, "__name__", type(fun).__name__)
