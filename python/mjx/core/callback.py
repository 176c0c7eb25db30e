"""Functions of Python that programs call while they run.

A program knows such a function by number. `HostFunction`s are kept as long as a program, traced or
compiled, calls them; the extension counts. They are called without anything being traced, on a
thread of the runtime's or on the caller's, and may compute with arrays and wait for them.
"""

from __future__ import annotations

import atexit
import itertools
import os
import sys
import threading
import traceback
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mjx import _mjx
from mjx.core.array import Array, from_numpy
from mjx.core.aval import ShapedArray
from mjx.core.bind import Value, as_array_or_tracer
from mjx.core.trace import Level, outside, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import DTYPES
from mjx.support.errors import MjxRuntimeError
from mjx.support.source import Location, describe, filter_traceback, user_location

# NumPy arrays, and the types of the results wanted, to NumPy arrays of these types.
Function = Callable[[list[np.ndarray], list[tuple[np.dtype, tuple[int, ...]]]], Sequence[Any]]


@dataclass(frozen=True)
class HostFunction:
    """A function for programs to call, and the user's line that made them do so."""

    call: Function
    who: str
    where: Location


_functions: dict[int, HostFunction] = {}
_keys: dict[int, Hashable] = {}
_numbers: dict[Hashable, int] = {}
_next_number = itertools.count(1)
_lock = threading.RLock()


class Handle:
    """Keeps the function with a number: held by traced programs."""

    __slots__ = ("number",)

    def __init__(self, number: int):
        self.number = number
        _mjx.retain_callback(number)

    def __del__(self, release: Callable[[int], None] = _mjx.release_callback) -> None:
        release(self.number)


def keep(function: HostFunction, key: Hashable) -> Handle:
    """A handle of the function, the same number for the same key while that is known.

    A program that is traced anew at each call then reads the same, and is compiled once.
    """
    try:
        hash(key)
    except TypeError:
        key = object()
    with _lock:
        number = _numbers.get(key)
        if number is None:
            number = next(_next_number)
            _numbers[key], _keys[number], _functions[number] = number, key, function
        return Handle(number)


def _drop(numbers: list[int]) -> None:
    with _lock:
        for number in numbers:
            _functions.pop(number, None)
            _numbers.pop(_keys.pop(number, None), None)


# Running them.


def _read(memory: memoryview, element: str, shape: tuple[int, ...]) -> np.ndarray:
    """A copy: the program goes on to use its memory."""
    return np.frombuffer(memory, DTYPES[element]).reshape(shape).copy()


def _write(memory: memoryview, element: str, shape: tuple[int, ...], value: np.ndarray) -> None:
    np.frombuffer(memory, DTYPES[element]).reshape(shape)[...] = value


def _run(number: int, ins: list[Any], outs: list[Any]) -> tuple[str, str] | None:
    """Calls a function for a program. Returns the message and the class of an error."""
    function = _functions[number]
    try:
        with outside():
            wanted = [(DTYPES[element], shape) for _, element, shape in outs]
            results = function.call([_read(*x) for x in ins], wanted)
        for (memory, element, shape), value in zip(outs, results):
            _write(memory, element, shape, value)
    except BaseException as error:
        return _message(function, error), "MjxRuntimeError"
    return None


def _message(function: HostFunction, error: BaseException) -> str:
    frames = filter_traceback(error.__traceback__)
    lines = "".join(traceback.format_exception(type(error), error, frames)).rstrip()
    return (
        f"{function.who}: expected the callback to return, but it raised {type(error).__name__}: "
        f"{error}\n  at {describe(function.where)}\n{lines}"
    )


_mjx.set_host_functions(_run, _drop)


# Results.


def checked_results(
    who: str, results: Sequence[Any], wanted: Sequence[tuple[np.dtype, tuple[int, ...]]]
) -> list[np.ndarray]:
    """What a callback returned, as arrays of the types that were declared."""
    if len(results) != len(wanted):
        raise ValueError(
            f"{who}: expected the callback to return {len(wanted)} arrays, but got {len(results)}"
        )
    return [_checked(who, i, x, *type_) for i, (x, type_) in enumerate(zip(results, wanted))]


def _checked(who: str, i: int, x: Any, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    value = np.asarray(x)
    number = isinstance(x, (bool, int, float, complex))
    if value.shape != shape:
        raise ValueError(
            f"{who}: expected result {i} of the callback to have shape {shape}, as declared, but "
            f"got shape {value.shape}"
        )
    if not number and value.dtype != dtype and not _fits(value.dtype, dtype):
        raise ValueError(
            f"{who}: expected result {i} of the callback to be {dtype.name}, as declared, but got "
            f"{value.dtype.name}; convert it in the callback, or declare that type"
        )
    return value.astype(dtype, copy=False)


def _fits(given: np.dtype, wanted: np.dtype) -> bool:
    """Whether nothing but precision is lost: 64-bit results of NumPy are those of default width."""
    return np.can_cast(given, wanted, "same_kind") or (given.kind == "f" and wanted.kind == "V")


# Applying them.


@dataclass(frozen=True)
class Call:
    """A callback as an op: its function, types of results, and attributes."""

    function: Function
    who: str
    key: Hashable
    results: tuple[ShapedArray, ...]
    kind: str
    ordered: bool = False
    vmap_method: str | None = None
    # Whether to leave the call to the program, even if all operands are known.
    is_recorded: bool = False

    def apply(self, operands: Sequence[Any]) -> list[Value]:
        """Calls the function now, or lets the program being traced call it."""
        values = [as_array_or_tracer(x, self.who) for x in operands]
        level = state.level
        if level is None:
            return self._now(values)
        is_recorded = self.is_recorded or level.staging or any(type(x) is Tracer for x in values)
        if not is_recorded:
            return self._now(values)
        return self._emit(level, values)

    def _now(self, operands: Sequence[Array]) -> list[Value]:
        wanted = [(a.dtype, a.shape) for a in self.results]
        with outside():
            found = self.function([np.array(x) for x in operands], wanted)
        return [from_numpy(np.asarray(x), a) for x, a in zip(found, self.results)]

    def _emit(self, level: Level, operands: Sequence[Value]) -> list[Value]:
        where = user_location()
        handle = keep(HostFunction(self.function, self.who, where), (self.key, where))
        level.program.callbacks.append(handle)
        attributes = {
            "kind": self.kind,
            "callback": handle.number,
            "ordered": self.ordered,
            "vmap_method": self.vmap_method or "none",
        }
        types = [a.type for a in self.results]
        return emit_effect(level, "host_callback", operands, attributes, types)


def emit_effect(
    level: Level,
    name: str,
    operands: Sequence[Value],
    attributes: dict[str, Any],
    types: Sequence[Any] = (),
) -> list[Value]:
    """Appends an op that programs run for, even if nothing is asked of them."""
    program, where = level.program, user_location()
    values = [program.lift(x, level) for x in operands]
    results = program.emit(name, values, attributes, list(types), (), where)
    program.has_effects = True
    return [level.tracer(v, False, where) for v in results]


# Waiting.


def effects_barrier() -> None:
    """Waits for all programs with effects, and raises the errors that no array tells.

    In a callback it does not wait: that would be for itself.

    >>> mjx.jit(lambda x: mjx.debug.print("x = {}", x))(1.0)
    >>> mjx.effects_barrier()
    x = 1.0
    """
    while not _mjx.wait_for_effects(0.05):
        pass
    _mjx.drop_unused_callbacks()
    _mjx.raise_effect_error()


def _finish() -> None:
    """At the end of the process, programs in flight still need Python."""
    try:
        effects_barrier()
    except KeyboardInterrupt:
        # They will not get it, and threads that ask a dying interpreter end the process badly.
        os._exit(130)
    except MjxRuntimeError:
        traceback.print_exc(file=sys.stderr)


atexit.register(_finish)
