"""Compiling and running programs: the caches that hold executables, and single ops."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mjx import _mjx
from mjx.core import profiling
from mjx.core.array import Array
from mjx.core.aval import ShapedArray, aval_of_type
from mjx.core.disk_cache import enable_compilation_cache
from mjx.core.tracer import Tracer, leaked
from mjx.support.config import debug_infs, debug_nans, eager_cache_size, log_compiles
from mjx.support.errors import of_compiler
from mjx.support.source import describe, user_location

log = logging.getLogger("mjx.compile")

MODULE_CACHE_SIZE = 2048
_modules: OrderedDict[tuple[bytes, tuple[int, ...]], Any] = OrderedDict()
# Programs that call functions of this process: shared as long as somebody has them, since they keep
# those functions. The last of those made for one call wait here for the next.
_local_modules: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
_recent_local: deque[Any] = deque(maxlen=32)
_lock = threading.Lock()
# What the compiler did so far: seconds and counts.
statistics = {"compiles": 0, "compile_seconds": 0.0}


def compile_module(module: Any, donated: Sequence[int] = (), name: str = "program") -> Any:
    """The executable of a program. Programs that read the same are compiled once."""
    return compile_or_find(module, donated, name).executable


class Compilation(NamedTuple):
    """An executable, and what it took to have it."""

    executable: Any
    source: str  # "compiled", "disk", or "memory" where an equal program was compiled before
    seconds: float


def compile_or_find(module: Any, donated: Sequence[int], name: str) -> Compilation:
    """As `compile_module`, and where the executable came from."""
    key = (module.fingerprint(), tuple(donated))
    with _lock:
        found = _modules.get(key)
        if found is not None:
            _modules.move_to_end(key)
            return Compilation(found, "memory", 0.0)
        found = _local_modules.get(key)
        if found is not None:
            return Compilation(found, "memory", 0.0)
    with profiling.span(name, "compile"):
        return _compile_new(module, key, name)


def _compile_new(module: Any, key: Any, name: str) -> Compilation:
    start = time.perf_counter()
    is_local = module.is_process_local()
    try:
        executable = module.compile(list(key[1]), enable_compilation_cache.value and not is_local)
    except RuntimeError as error:
        raise of_compiler(error) from None
    seconds = time.perf_counter() - start
    # What comes from disk went through no stage of the compiler.
    compiled = bool(executable.compile_ms)
    profiling.note_stages(round(start * 1e9), stage_times(executable))
    if log_compiles.value:
        done = "compilation" if compiled else "loading (compiled by an earlier process)"
        log.warning("Finished %s of %s in %.6f s", done, name, seconds)
    with _lock:
        statistics["compiles"] += compiled
        statistics["compile_seconds"] += seconds
        (_local_modules if is_local else _modules)[key] = executable
        if len(_modules) > MODULE_CACHE_SIZE:
            _modules.popitem(last=False)
    return Compilation(executable, "compiled" if compiled else "disk", seconds)


# In the order in which they run.
_STAGES = ("linalg", "fuse", "bufferize", "loops", "llvm", "translate", "optimize", "emit")


def stage_times(executable: Any) -> dict[str, float]:
    """Milliseconds that the stages of the compiler took, in order; empty for what it did not do."""
    times = executable.compile_ms
    order = sorted(times, key=lambda s: _STAGES.index(s) if s in _STAGES else len(_STAGES))
    return {stage: times[stage] for stage in order}


def clear_caches() -> None:
    """Forgets all compiled programs."""
    with _lock:
        _modules.clear()
        _local_modules.clear()
        _recent_local.clear()
        _ops.clear()


def run_module(module: Any, arrays: Sequence[Array], avals: Sequence[ShapedArray]) -> list[Array]:
    """Compiles a program if need be and runs it."""
    executable = compile_module(module)
    if executable.callbacks and executable not in _recent_local:
        _recent_local.append(executable)
    return launch(executable, [a.buffer for a in arrays], avals, "program", module)


def launch(
    executable: Any,
    buffers: list[Any],
    avals: Sequence[ShapedArray],
    name: str,
    module: Any = None,
) -> list[Array]:
    """Runs an executable, which is that of `module`, and wraps what comes out."""
    results = [Array(b, aval) for b, aval in zip(start(executable, buffers, name), avals)]
    if _debugging:
        check_finite(results, name, module, buffers)
    return results


def start(
    executable: Any,
    buffers: list[Any],
    name: str,
    donated: Sequence[int] = (),
    input_names: Sequence[str] = (),
    insists: bool = False,
) -> list[Any]:
    """Starts an executable; returns the buffers of its outputs."""
    if profiling.recorder is None:
        return executable(buffers, donated, name, input_names, insists)
    with profiling.span(name, "launch"):
        return executable(buffers, donated, name, input_names, insists)


# Single ops.

_ops: dict[Any, tuple[Any, list[ShapedArray]]] = {}


def run_op(
    name: str,
    operands: Sequence[Array],
    attributes: dict[str, Any] | None,
    types: Sequence[Any] | None,
    weak_type: bool | Sequence[bool],
) -> list[Array]:
    """Runs one op on concrete arrays."""
    try:
        key: Any = (
            name,
            tuple([x.aval for x in operands]),
            tuple(attributes.items()) if attributes else None,
            types if types is None else tuple(types),
            weak_type,
        )
        found = _ops.get(key)
        if found is None:
            found = _compile_op(key, name, operands, attributes, types, weak_type)
        executable, avals = found
        buffers = [x.buffer for x in operands]
    except AttributeError:
        raise _explained(operands, name) from None
    except TypeError:
        hashable = {k: _hashable(v) for k, v in (attributes or {}).items()}
        if hashable == attributes and isinstance(weak_type, (bool, tuple)):
            raise
        types = None if types is None else tuple((e, tuple(s)) for e, s in types)
        weak_type = weak_type if isinstance(weak_type, bool) else tuple(weak_type)
        return run_op(name, operands, hashable, types, weak_type)
    results = [Array(b, aval) for b, aval in zip(start(executable, buffers, name), avals)]
    if _debugging:
        check_finite(results, name)
    return results


def _hashable(attribute: Any) -> Any:
    return tuple(attribute) if isinstance(attribute, (list, np.ndarray)) else attribute


def _explained(operands: Sequence[Any], name: str) -> Exception:
    for x in operands:
        if isinstance(x, Tracer):
            return leaked(x)
        if not isinstance(x, Array):
            return TypeError(f"{name}: expected arrays, but got {x!r} of type {type(x).__name__}")
    return RuntimeError(f"{name}: could not run on {operands!r}")


def _compile_op(
    key: Any,
    name: str,
    operands: Sequence[Array],
    attributes: dict[str, Any] | None,
    types: Sequence[Any] | None,
    weak_type: bool | Sequence[bool],
) -> tuple[Any, list[ShapedArray]]:
    trace = _mjx.Trace(name)
    arguments = [trace.argument(*x.aval.type) for x in operands]
    results = trace.emit(name, arguments, attributes or {}, types)
    weak = [weak_type] * len(results) if isinstance(weak_type, bool) else weak_type
    avals = [aval_of_type(v.type, w) for v, w in zip(results, weak)]
    executable = compile_module(trace.finish(list(results)), name=name)
    if len(_ops) >= eager_cache_size.value:
        _ops.pop(next(iter(_ops)), None)
    _ops[key] = (executable, avals)
    return executable, avals


# Debugging.

_debugging = False


def _note_debugging(_: Any) -> None:
    # Never switched off again: a look at the flags of the thread decides.
    global _debugging
    _debugging = _debugging or debug_nans.value or debug_infs.value


debug_nans.subscribe(_note_debugging)
debug_infs.subscribe(_note_debugging)
_note_debugging(None)


def check_finite(
    arrays: Sequence[Array], name: str, module: Any = None, buffers: Sequence[Any] = ()
) -> None:
    """Raises FloatingPointError for what `debug_nans` and `debug_infs` forbid.

    If the arrays come from a program that is given, with its inputs, the error names the op that
    went wrong and the line it stems from.
    """
    for array in arrays:
        if array.dtype.kind not in "fcV":
            continue
        values = np.asarray(array)
        for flag, found, what in ((debug_nans, np.isnan, "nan"), (debug_infs, np.isinf, "inf")):
            if flag.value and found(values).any():
                if module is not None:
                    _blame(module, buffers)
                raise FloatingPointError(
                    f"invalid value ({what}) encountered in {name}\n  at {describe(user_location())}"
                )


def _blame(module: Any, buffers: Sequence[Any]) -> None:
    """Runs a program again with a check behind every op, of which the first to fail raises."""
    checked = module.clone()
    checked.check_values(debug_nans.value, debug_infs.value)
    for output in compile_module(checked)(list(buffers)):
        output.wait()
