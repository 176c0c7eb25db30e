"""Functions of several ops that run as one program when their operands are concrete."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from mjx.core.execute import compile_module, launch
from mjx.core.trace import entered, new_program, outside, state
from mjx.core.tracer import Tracer
from mjx.support.config import enable_x64

_CACHE_SIZE = 4096
_programs: dict[Any, Any] = {}
_lock = threading.Lock()


class _Compiled:
    """An executable of a fused function: what it takes besides its operands, what it returns."""

    __slots__ = ("arguments", "avals", "executable", "single", "taken")

    def __init__(self, executable: Any, arguments: list[Any], avals: list[Any], single: bool):
        self.executable = executable
        # Buffers of captured arrays by position; None is where the next operand goes.
        self.arguments = arguments
        self.taken = None if all(a is None for a in arguments) else arguments
        self.avals = avals
        self.single = single

    def __call__(self, name: str, operands: Any) -> Any:
        if self.taken is None:
            buffers = [x.buffer for x in operands]
        else:
            rest = iter(operands)
            buffers = [(next(rest) if a is None else a).buffer for a in self.taken]
        results = launch(self.executable, buffers, self.avals, name)
        return results[0] if self.single else results


def fused(fun: Callable[..., Any]) -> Callable[..., Any]:
    """Lets `fun(*values, **static)` run as one cached program on concrete values.

    `fun` binds ops on its values, which are arrays or tracers, and returns one value or a list of
    them; `static` must be hashable. Within a trace it is called as it is.
    """
    name = fun.__name__.strip("_")

    @functools.wraps(fun)
    def call(*values: Any, **static: Any) -> Any:
        level = state.level
        if any([type(x) is Tracer for x in values]) or (level is not None and level.staging):
            return fun(*values, **static)
        key = (
            fun,
            tuple([x.aval for x in values]),
            tuple(static.items()) if static else None,
            enable_x64.value,
        )
        found = _programs.get(key)
        if found is None:
            found = _compile(fun, name, values, static)
            with _lock:
                if len(_programs) >= _CACHE_SIZE:
                    _programs.clear()
                _programs[key] = found
        return found(name, values)

    return call


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
