"""What the extension is told, so that calls it has seen before need no Python.

A `Dispatcher` of the extension takes a call's arguments apart and launches the program that calls
of this signature were found to need; see `python/bindings/Dispatch.cpp`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import _mjx
from mjx.core import profiling
from mjx.core.array import Array
from mjx.core.bind import as_array_or_tracer
from mjx.core.tracer import Tracer
from mjx.support.config import config, debug_infs, debug_nans, disable_jit_flag, enable_x64
from mjx.support.tree_registry import kinds

# One object for equal settings, for the extension to compare.
_keys: dict[tuple[Any, ...], tuple[Any, ...]] = {}


def _publish_settings() -> None:
    """Calls go to Python while results are checked, a profile is taken, or programs run op by op."""
    profiles = profiling.recorder is not None
    if config.is_scoped:
        bypass = profiles or disable_jit_flag.value or debug_nans.value or debug_infs.value
        key = config.trace_key()
        _mjx.set_scope(None if bypass else _keys.setdefault(key, key), enable_x64.value)
    else:
        _mjx.end_scope()
    flags = (disable_jit_flag, debug_nans, debug_infs)
    bypass = profiles or any(flag.process_value for flag in flags)
    key = config.process_trace_key
    _mjx.set_settings(None if bypass else _keys.setdefault(key, key), enable_x64.process_value)


_mjx.set_registry(kinds, Tracer, np.ndarray, np.generic, as_array_or_tracer)
config.watch(_publish_settings)


class Dispatcher(_mjx.Dispatcher):
    """A callable that launches known programs itself and asks `_call(args, kwargs)` otherwise.

    Arguments at `static_numbers` and with `static_names` are compared by value, all arguments given
    by name if `static_keywords`; the others are pytrees of arrays and numbers.
    """

    def _compare_by_value(
        self,
        static_numbers: Sequence[int] = (),
        static_names: Sequence[str] = (),
        static_keywords: bool = False,
    ) -> None:
        _mjx.configure_dispatcher(self, list(static_numbers), static_names, static_keywords)

    def _remember(
        self,
        args: tuple,
        kwargs: dict[str, Any],
        executable: Any,
        spec: Any,
        avals: Sequence[Any],
        captured: Sequence[Array] = (),
        donated: Sequence[int] = (),
        name: str = "",
        input_names: Sequence[str] = (),
        insists: bool = False,
    ) -> None:
        """Lets further calls like this one launch a program.

        It takes the leaves of the arguments, in the order in which trees are flattened, and then the
        captured arrays; its results have the given avals and the structure of `spec`. Errors call the
        program `name` and its inputs by `input_names`, or by their numbers where there are none. If
        it `insists`, it is an error if donated memory cannot be taken over.
        """
        _mjx.remember_call(
            self,
            args,
            kwargs,
            executable,
            spec,
            avals,
            captured,
            list(donated),
            name or executable.name,
            list(input_names),
            insists,
        )

    def _forget(self) -> None:
        _mjx.forget_calls_of(self)
