"""The error classes of mjx, and messages that name the line, the cause and the fix.

Every message says who complains, what was expected, what came, and what to write instead. The
classes for misuse of traced values stand under the same bases as those of JAX, so that `except`
clauses port. `docs/errors.md` has a heading for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mjx.support.source import Location, code_text, describe, user_location

DOCUMENT = "docs/errors.md"


_HOW_TRACED = {
    "jit": "traces once for all values of that type",
    "vmap": "computes for all elements of the mapped axis at once",
    "scan": "traces once for all iterations",
    "while_loop": "traces once for all iterations",
    "fori_loop": "traces once for all iterations",
}


@dataclass(frozen=True)
class TracedValue:
    """What an error message says about a traced value.

    `depends_on` names arguments of the transformed function, as `"x"` or `"params['w']"`;
    `argnums` are their positions where the transform can make them static.
    """

    type: str
    transform: str = "jit"
    function: str = ""
    depends_on: tuple[str, ...] = ()
    argnums: tuple[int, ...] = ()
    created: Location | None = None

    def origin(self) -> str:
        """A sentence on where the value comes from."""
        function = self.function or "the traced function"
        if not self.depends_on:
            return f"the value was computed while {self.transform} was tracing {function}"
        noun = "argument" if len(self.depends_on) == 1 else "arguments"
        names = ", ".join(self.depends_on)
        how = _HOW_TRACED.get(self.transform, "traces without values")
        return f"the value depends on {noun} {names} of {function}, which {self.transform} {how}"

    def static_fix(self) -> str:
        """How to make the arguments at fault static, if the transform can."""
        if self.transform != "jit":
            return ""
        if not self.argnums:
            return "make the argument static: jit(f, static_argnums=...)"
        numbers = ", ".join(map(str, self.argnums))
        comma = "," if len(self.argnums) == 1 else ""
        name = self.function or "f"
        return f"make the argument static: jit({name}, static_argnums=({numbers}{comma}))"


def of_compiler(error: Exception) -> Exception:
    """What the compiler says, in the class that it has for users."""
    text = str(error)
    if "cannot be differentiated in forward mode" in text:
        return TypeError(text[text.find("'mjx.") :])
    return error


def traced_value(value: Any) -> TracedValue:
    """`value` as a `TracedValue`: itself, what its `traced_value()` returns, or its type's name."""
    if isinstance(value, TracedValue):
        return value
    if hasattr(value, "traced_value"):
        return value.traced_value()
    if isinstance(value, str):
        return TracedValue(type=value)
    return TracedValue(type=str(getattr(value, "aval", type(value).__name__)))


def explain(
    who: str,
    expected: str,
    got: str,
    fix: str = "",
    *,
    location: Location | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The text of an error: complaint, the user's line, notes, fix.

    `location` is the user's current line unless given.
    """
    lines = [f"{who}: expected {expected}, but got {got}"]
    lines.append(f"at {describe(location or user_location())}")
    lines.extend(note for note in notes if note)
    if fix:
        lines.append(f"fix: {fix}")
    return "\n  ".join(lines)


def _rebuild(cls: type[BaseException], message: str) -> BaseException:
    error = cls.__new__(cls, message)
    error.args = (message,)
    return error


class MjxErrorMixin:
    """Adds to a message where it is explained."""

    def __init__(self, message: str):
        anchor = type(self).__name__.lower()
        super().__init__(f"{message}\n  see {DOCUMENT}#{anchor}")

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), str(self))


class MjxTypeError(MjxErrorMixin, TypeError):
    """Base of errors on the wrong kind of value: traced where a concrete one is needed."""


class MjxIndexError(MjxErrorMixin, IndexError):
    """Base of errors on an index."""


class MjxRuntimeError(RuntimeError):
    """A compiled program failed while it ran, or the runtime refused to run it."""


class OutOfMemoryError(MjxRuntimeError, MemoryError):
    """There is no memory for an array or a program. Lists the largest arrays."""


class TypePromotionError(ValueError):
    """Two types have no common type, or strict promotion forbids to look for it."""


class ConcretizationTypeError(MjxTypeError):
    """A traced value was used where the value itself must be known."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        traced = traced_value(value)
        fix = "compute with mjx.numpy and mjx.lax instead"
        super().__init__(
            explain(
                context or "converting to a Python value",
                "a concrete value, known while tracing",
                f"a traced {traced.type}",
                _either(fix, traced.static_fix()),
                location=location,
                notes=_origin_notes(traced),
            )
        )


class TracerBoolConversionError(ConcretizationTypeError):
    """Python control flow asked for the truth of a traced value."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        traced, location = traced_value(value), location or user_location()
        who, fix = _control_flow(code_text(location))
        message = explain(
            context or who,
            "a concrete truth value, known while tracing",
            f"a traced {traced.type}",
            _either(fix, traced.static_fix()),
            location=location,
            notes=_origin_notes(traced),
        )
        MjxErrorMixin.__init__(self, message)


class TracerIntegerConversionError(MjxTypeError):
    """A traced value was used as a Python integer: in `range`, as a list index, as a shape."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        traced, location = traced_value(value), location or user_location()
        who, fix = _integer_use(code_text(location))
        super().__init__(
            explain(
                context or who,
                "a Python integer, known while tracing",
                f"a traced {traced.type}",
                _either(fix, traced.static_fix()),
                location=location,
                notes=_origin_notes(traced),
            )
        )


class TracerArrayConversionError(MjxTypeError):
    """A traced value was handed to NumPy."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        traced, location = traced_value(value), location or user_location()
        called = re.search(r"\b(?:np|numpy)\.([a-z_.0-9]+)\(", code_text(location))
        same = f"mnp.{called[1]}" if called else "the function of mjx.numpy"
        super().__init__(
            explain(
                context or "converting to a NumPy array",
                "a concrete array",
                f"a traced {traced.type}",
                _either(f"use {same} in the place of NumPy's", traced.static_fix()),
                location=location,
                notes=_origin_notes(traced),
            )
        )


class UnexpectedTracerError(MjxTypeError):
    """A traced value was used after its trace had ended. A string is taken as the message."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        if isinstance(value, str):
            super().__init__(value)
            return
        traced = traced_value(value)
        function = traced.function or "the function that was traced"
        super().__init__(
            explain(
                context or "using a traced value",
                f"a value of the current trace, or an array (the trace of {function} has ended)",
                f"a traced {traced.type} left over from it",
                f"return the value from {function} instead of storing it in a global, an attribute "
                f"or a list, and pass it on as an argument",
                location=location,
                notes=_origin_notes(traced),
            )
        )


class NonConcreteBooleanIndexError(MjxIndexError):
    """A traced boolean mask was used as an index: the size of the result would be unknown."""

    def __init__(self, value: Any, context: str = "", *, location: Location | None = None):
        traced = traced_value(value)
        super().__init__(
            explain(
                context or "indexing with a boolean mask",
                "a concrete mask, since the shape of the result depends on its values",
                f"a traced {traced.type}",
                "keep the shape: mnp.where(mask, x, 0) to read, x.at[...].set or "
                "mnp.where(mask, new, x) to write, mnp.nonzero(mask, size=n) for indices",
                location=location,
                notes=_origin_notes(traced),
            )
        )


def _origin_notes(traced: TracedValue) -> list[str]:
    notes = [traced.origin()]
    if traced.created is not None:
        notes.append(f"it was computed at {describe(traced.created)}")
    return notes


def _either(*fixes: str) -> str:
    return "; or ".join(fix for fix in fixes if fix)


_CHOOSE = (
    "choose with mjx.lax.cond(pred, true_fun, false_fun, *operands), or element by element with "
    "mnp.where(condition, x, y)"
)

# By the first word that explains why a truth value was asked for. `while` and `assert` before
# `if`, since their lines may hold a conditional expression too.
_TRUTH_USES = (
    (r"while\b", "while", "repeat with mjx.lax.while_loop(cond_fun, body_fun, init_val)"),
    (
        r"assert\b",
        "assert",
        "drop the assertion inside traced code, or check the result outside of it",
    ),
    (r"\b(?:if|elif)\b", "if", _CHOOSE),
    (
        r"\b(?:and|or|not)\b",
        "and/or/not",
        "combine with &, |, ~ (mnp.logical_and, mnp.logical_or, mnp.logical_not)",
    ),
    (r"\b(?:min|max)\(", "min/max", "use mnp.minimum, mnp.maximum, or x.min(), x.max()"),
    (r"\b(?:any|all)\(", "any/all", "use mnp.any, mnp.all"),
)


def _control_flow(code: str) -> tuple[str, str]:
    """Who asks for a truth value in a line of code, and what to write instead."""
    for pattern, word, fix in _TRUTH_USES:
        if re.search(pattern, code):
            return f"Python `{word}`", fix
    return "bool()", _CHOOSE


def _integer_use(code: str) -> tuple[str, str]:
    """Who asks for an integer in a line of code, and what to write instead."""
    if re.search(r"\brange\(", code):
        return "range()", "loop with mjx.lax.fori_loop(lower, upper, body_fun, init_val)"
    if re.search(r"\[[^\]]+\]", code):
        return "a Python index", "index an array: mnp.asarray(sequence)[i]"
    return "converting to a Python integer", "compute with mjx.numpy and mjx.lax instead"
