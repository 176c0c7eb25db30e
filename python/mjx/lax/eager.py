"""Functions of several ops that run as one program when their operands are concrete."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mjx.core.array import Array
from mjx.core.bind import as_array_or_tracer
from mjx.core.dispatch import Dispatcher
from mjx.core.execute import compile_module, launch
from mjx.core.trace import entered, new_program, outside, state
from mjx.core.tracer import Tracer
from mjx.support.config import enable_x64
from mjx.support.tree_registry import LIST
from mjx.support.treedef import LEAF

_CACHE_SIZE = 4096
_programs: dict[Any, _Compiled] = {}


class _Compiled:
    """An executable of a fused function: what it takes besides its operands, what it returns."""

    __slots__ = ("arguments", "avals", "executable", "single")

    def __init__(self, executable: Any, arguments: list[Any], avals: list[Any], single: bool):
        self.executable = executable
        # Captured arrays, which follow the operands.
        self.arguments = [a for a in arguments if a is not None]
        self.avals = avals
        self.single = single

    @property
    def spec(self) -> Any:
        """The structure of the results: one, or a list."""
        return LEAF if self.single else (LIST, None, tuple([LEAF] * len(self.avals)))

    def __call__(self, name: str, operands: Sequence[Array]) -> Any:
        buffers = [x.buffer for x in (*operands, *self.arguments)]
        results = launch(self.executable, buffers, self.avals, name)
        return results[0] if self.single else results


class Fused(Dispatcher):
    """What `fused` makes of a function."""

    def __init__(self, fun: Callable[..., Any]):
        functools.update_wrapper(self, fun)
        self._fun = fun
        self._name = fun.__name__.strip("_")
        self._compare_by_value(static_keywords=True)

    def __repr__(self) -> str:
        return repr(self._fun)

    def __reduce__(self) -> Any:
        return self._fun.__qualname__

    def _call(self, values: tuple, static: dict[str, Any]) -> Any:
        """The general case: within a trace, not yet compiled, or wrong."""
        level = state.level
        if any([type(x) is Tracer for x in values]) or (level is not None and level.staging):
            return self._fun(*values, **static)
        operands = _as_operands(values)
        if operands is None:
            return self._fun(*values, **static)
        found = self._find(operands, static)
        if level is None:
            self._remember(
                values,
                static,
                found.executable,
                found.spec,
                found.avals,
                found.arguments,
                name=self._name,
            )
        return found(self._name, operands)

    def _find(self, operands: list[Array], static: dict[str, Any]) -> _Compiled:
        avals = tuple([x.aval for x in operands])
        key = (self._fun, avals, tuple(static.items()) if static else None, enable_x64.value)
        found = _programs.get(key)
        if found is None:
            found = _compile(self._fun, self._name, operands, static)
            if len(_programs) >= _CACHE_SIZE:
                _programs.clear()
            _programs[key] = found
        return found


def fused(fun: Callable[..., Any]) -> Fused:
    """Lets `fun(*values, **static)` run as one cached program on concrete values.

    `fun` binds ops on its values, which are arrays, tracers or numbers, and returns one value or a
    list of them; `static` must be hashable. Within a trace it is called as it is.
    """
    return Fused(fun)


def _as_operands(values: tuple) -> list[Array] | None:
    """The values as arrays; None where the function itself knows better what to do or say."""
    try:
        return [x if type(x) is Array else as_array_or_tracer(x) for x in values]
    except (TypeError, OverflowError):
        return None


def _compile(fun: Callable[..., Any], name: str, values: Any, static: dict[str, Any]) -> _Compiled:
    with outside():
        level = new_program(name, name, name, True)
        with entered(level):
            program = level.program
            tracers = [level.tracer(program.parameter(x.aval), x.aval.weak_type) for x in values]
            results = fun(*tracers, **static)
            single = not isinstance(results, (list, tuple))
            listed = [results] if single else list(results)
            module = program.ir.finish([level.lift(x) for x in listed])
    executable = compile_module(module, name=name)
    return _Compiled(executable, program.arguments, [x.aval for x in listed], single)
