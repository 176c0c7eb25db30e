"""Errors as values: functions that return what went wrong beside their result.

>>> def f(x):
...     checkify.check(x > 0, "expected x > 0, but got {}", x)
...     return mnp.log(x)
>>> err, out = mjx.jit(checkify.checkify(f))(-1.0)
>>> err.throw()
JaxRuntimeError: expected x > 0, but got -1.0

The first failure counts, and the function goes on after it. Errors cross `jit`, loops and branches.
Mapped over with `vmap`, a function has one error for all examples.
"""

from __future__ import annotations

import functools
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mjx.numpy as mnp
import numpy as np
from mjx.core.aval import ShapeDtypeStruct
from mjx.core.bind import as_array_or_tracer
from mjx.core.regions import run_program
from mjx.core.trace import function_name, state
from mjx.lax.control_flow import cond
from mjx.support.dtypes import is_kind
from mjx.support.errors import MjxRuntimeError as JaxRuntimeError
from mjx.support.source import api_boundary, describe, user_location
from mjx.support.tree import tree_flatten, tree_map
from mjx.support.tree_registry import register_pytree_node
from mjx.transforms import callbacks
from mjx.transforms.callbacks import io_callback, recorded_io_callback
from mjx.transforms.linear import as_argument

# Kinds of checks, as sets: combine them with |.
user_checks = frozenset({"user"})
nan_checks = frozenset({"nan"})
div_checks = frozenset({"div"})
index_checks = frozenset({"index"})
float_checks = nan_checks | div_checks
automatic_checks = float_checks | index_checks
all_checks = automatic_checks | user_checks

_NUMBER = ShapeDtypeStruct((), np.int32)


class Error:
    """What went wrong in a checked function, if anything: a pytree of one number."""

    def __init__(self, code: Any):
        self._code = code

    def get(self) -> str | None:
        """The message of the first failed check; None if there is none."""
        codes = np.ravel(self._code)
        return _failures.message(int(codes.max())) if codes.any() else None

    def throw(self) -> None:
        """Raises JaxRuntimeError with the message, if a check failed."""
        message = self.get()
        if message is not None:
            raise JaxRuntimeError(message)

    def __repr__(self) -> str:
        return f"Error({self.get()})" if not hasattr(self._code, "level") else "Error(traced)"


register_pytree_node(Error, lambda e: ((e._code,), None), lambda _, children: Error(*children))


# What fails while programs run. A call of a checked function has a number, under which its first
# failure is noted; a failure has one too, which is the error that the function returns.


class _Failures:
    """The failures of calls under way, and the messages of errors returned: the last few of each."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.calls: OrderedDict[int, str | None] = OrderedDict()
        self.messages: OrderedDict[int, str] = OrderedDict()

    def begin(self) -> np.int32:
        with self.lock:
            number = next(self.numbers)
            self.calls[number] = None
            while len(self.calls) > 1024:
                self.calls.popitem(last=False)
        return np.int32(number)

    def note(self, message: str, call: Any, args: tuple, kwargs: dict[str, Any]) -> None:
        with self.lock:
            if self.calls.get(int(call)) is None:
                self.calls[int(call)] = message.format(*args, **kwargs)

    def end(self, call: Any) -> np.int32:
        with self.lock:
            message = self.calls.pop(int(call), None)
            if message is None:
                return np.int32(0)
            number = next(self.numbers)
            self.messages[number] = message
            while len(self.messages) > 4096:
                self.messages.popitem(last=False)
        return np.int32(number)

    def message(self, code: int) -> str:
        return self.messages.get(code, "a check failed; its message has been forgotten")


_failures = _Failures()


class _Checking(threading.local):
    """The number of the innermost checked function being traced, and its kinds of checks."""

    call: Any = None
    errors: frozenset[str] = frozenset()


_checking = _Checking()


@contextmanager
def _checks(call: Any, errors: frozenset[str]) -> Iterator[None]:
    program = state.level.program
    before = _checking.call, _checking.errors, program.observer
    _checking.call, _checking.errors = call, errors
    program.observer = _observe if errors & automatic_checks else None
    try:
        yield
    finally:
        _checking.call, _checking.errors, program.observer = before


def _require(good: Any, message: str, args: Sequence[Any] = (), **kwargs: Any) -> None:
    """Notes a failure unless `good` holds."""
    call = _checking.call

    def fail() -> None:
        io_callback(_failures.note, None, message, call, tuple(args), kwargs)

    cond(mnp.all(good), lambda: None, fail)


# Public functions.


@api_boundary
def check(pred: Any, msg: str, *fmt_args: Any, debug: bool = False, **fmt_kwargs: Any) -> None:
    """Notes an error with the message `msg.format(*fmt_args, **fmt_kwargs)` unless `pred` holds.

    In a function that is not checked for "user" errors by `checkify`, it is `mjx.check`: the error
    is raised. With `debug` it then does nothing.
    """
    if _checking.call is not None:
        if "user" in _checking.errors:
            _require(as_array_or_tracer(pred, "check"), msg, fmt_args, **fmt_kwargs)
        return
    if debug:
        return
    fields = {f"value{i}": x for i, x in enumerate(fmt_args)} | fmt_kwargs
    text = msg.format(
        *[f"{{value{i}}}" for i in range(len(fmt_args))],
        **{name: f"{{{name}}}" for name in fmt_kwargs},
    )
    callbacks.check(pred, text, **fields)


debug_check = functools.partial(check, debug=True)


@api_boundary
def check_error(error: Error) -> None:
    """Raises the error, if there is one; in a program, where its outputs are read."""
    if not hasattr(error._code, "level"):
        error.throw()
        return

    io_callback(_throw, None, error._code)


def _throw(code: Any) -> None:
    Error(code).throw()


def checkify(
    f: Callable[..., Any], errors: frozenset[str] = user_checks
) -> Callable[..., tuple[Error, Any]]:
    """A function that returns `(error, f(...))`, where `error` tells the first failed check.

    `errors` are the checks to make: `user_checks` (calls of `check`), `nan_checks` (an op yields
    NaN), `div_checks` (a divisor is zero), `index_checks` (an index is out of bounds), and unions
    of them. Ops of derivatives are not among those checked for NaN; `mjx.debug_nans` finds these.

    >>> err, out = checkify(lambda x: x / 0, errors=float_checks)(1.0)
    >>> err.get()
    """
    unknown = frozenset(errors) - all_checks
    if unknown:
        raise ValueError(
            f"checkify: expected errors to be a union of the sets of checkify, such as "
            f"checkify.float_checks, but got {sorted(unknown)} in it"
        )

    @functools.wraps(f)
    @api_boundary
    def checked(*args: Any, **kwargs: Any) -> tuple[Error, Any]:
        def body() -> list[Any]:
            call = recorded_io_callback(_failures.begin, _NUMBER)
            with _checks(call, frozenset(errors)):
                given, kwgiven = tree_map(_traced, (args, kwargs))
                leaves, found = tree_flatten(f(*given, **kwgiven))
                values = [as_array_or_tracer(x, "checkify: result") for x in leaves]
            trees.append(found)
            return [io_callback(_failures.end, _NUMBER, call), *values]

        trees: list[Any] = []
        if state.level is not None:
            code, *leaves = body()
        else:
            code, *leaves = run_program(body, "checkify", function_name(f), staging=True)
        return Error(code), trees[0].unflatten(leaves)

    return checked


def _traced(x: Any) -> Any:
    """An argument as a tracer, so that what is done with it can be checked."""
    if not callbacks.is_operand(x):
        return x
    level, value = state.level, as_argument(x, "checkify")
    return level.tracer(level.lift(value), value.aval.weak_type, user_location())


# Automatic checks.


def _observe(name: str, operands: Any, attributes: dict[str, Any], results: Any) -> None:
    """Adds the checks of an op that has just been traced."""
    program = state.level.program
    program.observer = None
    try:
        if "index" in _checking.errors and name in _INDEXED:
            _INDEXED[name](name, operands, attributes, results)
        if "div" in _checking.errors and name in ("div", "rem"):
            _require(operands[1] != 0, _text("expected a divisor other than 0 in " + name))
        if "nan" in _checking.errors and name not in _WITHOUT_NAN:
            for x in results:
                if is_kind(x.aval.dtype, float) or is_kind(x.aval.dtype, complex):
                    _require(x == x, _text(f"expected numbers, but {name} yields nan"))
    finally:
        program.observer = _observe


# Constants are the user's, callbacks of checks our own.
_WITHOUT_NAN = frozenset({"constant", "host_callback", "check"})


def _text(message: str) -> str:
    """The message with the user's line, fit for `str.format`."""
    where = describe(user_location()).replace("{", "{{").replace("}", "}}")
    return f"{message}\n  at {where}"


def _bounded(name: str, i: Any, last: int, dim: int, extent: int) -> None:
    text = _text(f"{name}: expected indices that fit dimension {dim} of {extent} elements")
    _require((i >= 0) & (i <= last), text.replace("\n", ", but got {}\n", 1), (i,))


def _check_slice(name: str, operands: Any, attributes: dict[str, Any], results: Any) -> None:
    x, first = operands[0], 1 if name == "dynamic_slice" else 2
    sizes = results[0].shape if first == 1 else operands[1].shape
    for dim, (i, size) in enumerate(zip(operands[first:], sizes)):
        _bounded(name, i, x.shape[dim] - size, dim, x.shape[dim])


def _check_gather(name: str, operands: Any, attributes: dict[str, Any], results: Any) -> None:
    x, indices = operands[:2]
    for k, dim in enumerate(attributes["start_index_map"]):
        last = x.shape[dim] - attributes["slice_sizes"][dim]
        _bounded(name, indices[..., k], last, dim, x.shape[dim])


def _check_scatter(name: str, operands: Any, attributes: dict[str, Any], results: Any) -> None:
    x, indices, updates = operands
    single = {*attributes["inserted_dims"], *attributes.get("operand_batching_dims", ())}
    window = iter(attributes["update_window_dims"])
    sizes = [1 if d in single else updates.shape[next(window)] for d in range(x.aval.ndim)]
    for k, dim in enumerate(attributes["scatter_index_map"]):
        _bounded(name, indices[..., k], x.shape[dim] - sizes[dim], dim, x.shape[dim])


_INDEXED: dict[str, Callable[..., None]] = {
    "dynamic_slice": _check_slice,
    "dynamic_update_slice": _check_slice,
    "gather": _check_gather,
    "scatter": _check_scatter,
}

__all__ = [
    "Error",
    "JaxRuntimeError",
    "all_checks",
    "automatic_checks",
    "check",
    "check_error",
    "checkify",
    "debug_check",
    "div_checks",
    "float_checks",
    "index_checks",
    "nan_checks",
    "user_checks",
]
