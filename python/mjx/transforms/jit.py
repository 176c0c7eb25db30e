"""`jit`: functions traced once for each kind of argument, compiled, and called from a cache."""

from __future__ import annotations

import functools
import logging
import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray, abstractify
from mjx.core.bind import as_array_or_tracer
from mjx.core.dispatch import Dispatcher
from mjx.core.execute import check_finite, compile_module, statistics
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer, leaked
from mjx.support.config import (
    config,
    debug_infs,
    debug_nans,
    disable_jit_flag,
    explain_cache_misses,
    log_compiles,
)
from mjx.support.source import api_boundary, user_stacklevel
from mjx.support.tree import PyTreeDef, tree_flatten_with_path
from mjx.support.tree_registry import leaf_types
from mjx.support.treedef import LEAF, build, walk
from mjx.transforms.shapes import eval_shape
from mjx.transforms.signature import (
    ArgumentNames,
    check_callable,
    resolve_parameters,
    signature_of,
)
from mjx.transforms.stages import Lowered
from mjx.transforms.tracing import TracedProgram, trace_function, trace_inline

log = logging.getLogger("mjx.jit")

# The caches of jitted functions: jitting the same function twice shares one.
_caches: weakref.WeakKeyDictionary[Any, dict[Any, dict[Any, Any]]] = weakref.WeakKeyDictionary()


class Static:
    """A static argument, which is compared by value and type."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: Any, name: str, function: str):
        self.value = value
        try:
            self._hash = hash((type(value), value))
        except TypeError:
            raise ValueError(
                f"jit of {function}: Non-hashable static arguments are not supported: expected "
                f"argument {name} to be hashable, since it is static, but got {value!r} of type "
                f"{type(value).__name__}; pass a tuple in the place of a list, and no arrays"
            ) from None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: Any) -> bool:
        return type(self.value) is type(other.value) and self.value == other.value


class Entry:
    """One compiled version of a function."""

    __slots__ = ("avals", "captured", "donated", "executable", "module", "name", "spec")

    def __init__(self, executable: Any, traced: TracedProgram, donated: list[int], name: str):
        self.executable = executable
        self.avals = traced.out_avals
        self.spec = traced.out_tree.spec
        self.captured = traced.captured
        self.donated = donated
        self.name = name
        self.module = traced.module if debug_nans.value or debug_infs.value else None

    def run(self, buffers: list[Any]) -> Any:
        """Launches the program on the buffers of the arguments."""
        if self.captured:
            buffers.extend([a.buffer for a in self.captured])
        # What is checked may have to run again, on the same inputs.
        donates = self.donated and self.module is None
        outputs = self.executable(buffers, self.donated) if donates else self.executable(buffers)
        results = [Array(b, aval) for b, aval in zip(outputs, self.avals)]
        if self.module is not None:
            check_finite(results, f"jit of {self.name}", self.module, buffers)
        return results[0] if self.spec is LEAF else build(self.spec, iter(results))


def leaf_aval(x: Any) -> ShapedArray:
    """The aval of an argument. Raises TypeError for what is no array or number."""
    if type(x) is Tracer:
        raise leaked(x)
    if isinstance(x, (np.ndarray, np.generic, bool, int, float, complex)):
        return abstractify(x)
    return as_array_or_tracer(x).aval


def leaf_buffer(x: Any) -> Any:
    """The buffer of an argument."""
    return x.buffer if type(x) is Array else as_array_or_tracer(x).buffer


def flatten_call(args: tuple, kwargs: dict[str, Any]) -> tuple[list[Any], Any]:
    """The leaves of a call's arguments, and their structure: a number if all are leaves."""
    if not kwargs and leaf_types.issuperset(map(type, args)):
        return list(args), len(args)
    leaves: list[Any] = []
    return leaves, walk((args, kwargs), leaves)


class Jitted(Dispatcher):
    """A function that is compiled when it is called."""

    def __init__(
        self,
        fun: Callable[..., Any],
        static: tuple[tuple[int, ...], tuple[str, ...]],
        donated: tuple[tuple[int, ...], tuple[str, ...]],
    ):
        functools.update_wrapper(self, fun)
        self._fun = fun
        self._name = function_name(fun)
        self._static_numbers, self._static_names = static
        self._donated_numbers, self._donated_names = donated
        self._is_static = bool(static[0] or static[1])
        self._compare_by_value(*static)
        self._cache = self._find_cache((static, donated))
        self._stats = {
            "traces": 0,
            "compiles": 0,
            "tracing_seconds": 0.0,
            "compiling_seconds": 0.0,
        }

    def _find_cache(self, options: Any) -> dict[Any, Entry]:
        try:
            return _caches.setdefault(self._fun, {}).setdefault(options, {})
        except TypeError:
            return {}

    def __repr__(self) -> str:
        return f"<jitted {self._fun!r}>"

    def __reduce__(self) -> Any:
        static = (self._static_numbers, self._static_names)
        return Jitted, (self._fun, static, (self._donated_numbers, self._donated_names))

    # Calling.

    @api_boundary
    def _call(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The general case: static arguments, nested in a trace, not yet compiled, or wrong."""
        if disable_jit_flag.value:
            return self._fun(*args, **kwargs)
        dynamic_args, dynamic_kwargs, static = self._split(args, kwargs)
        leaves, spec = flatten_call(dynamic_args, dynamic_kwargs)
        if state.level is not None:
            return self._inline(dynamic_args, dynamic_kwargs, static)
        avals = self._checked_avals(leaves, dynamic_args, dynamic_kwargs)
        key = (spec, avals, config.trace_key(), *static.items())
        entry = self._cache.get(key)
        if entry is None:
            if explain_cache_misses.value and self._cache:
                self._explain(key, dynamic_args, dynamic_kwargs)
            entry = self._cache[key] = self._compile(avals, dynamic_args, dynamic_kwargs, static)
        self._remember(
            args, kwargs, entry.executable, entry.spec, entry.avals, entry.captured, entry.donated
        )
        return entry.run([leaf_buffer(x) for x in leaves])

    def _explain(self, key: tuple, args: tuple, kwargs: dict[str, Any]) -> None:
        """Logs what is new about a call."""
        spec, avals, settings, *static = key
        last = next(reversed(self._cache))
        reasons = []
        if spec != last[0]:
            reasons.append("the arguments have another structure")
        elif avals != last[1]:
            paths = [path for path, _ in tree_flatten_with_path((args, kwargs))[0]]
            names = ArgumentNames(self._fun)
            reasons.extend(
                f"argument {names.of_path(path)} is {new}, and was {old}"
                for path, new, old in zip(paths, avals, last[1])
                if new is not old
            )
        if settings != last[2]:
            reasons.append("settings have changed")
        for (where, new), (_, old) in zip(static, last[3:]):
            if new != old:
                reasons.append(f"static argument {where} is {new.value!r}, and was {old.value!r}")
        log.warning("jit of %s is traced again: %s", self._name, "; ".join(reasons))

    def _split(
        self, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any], dict[Any, Static]]:
        """The dynamic arguments, and the static ones by position or name."""
        if not self._is_static:
            return args, kwargs, {}
        static: dict[Any, Static] = {}
        dynamic_args = list(args)
        numbers = sorted(
            {n % len(args) for n in self._static_numbers if -len(args) <= n < len(args)}
        )
        for n in numbers:
            static[n] = Static(args[n], repr(n), self._name)
            dynamic_args[n] = None
        dynamic_kwargs = {}
        for name in sorted(kwargs):
            if name in self._static_names:
                static[name] = Static(kwargs[name], name, self._name)
            else:
                dynamic_kwargs[name] = kwargs[name]
        return tuple(dynamic_args), dynamic_kwargs, static

    def _checked_avals(
        self, leaves: list[Any], args: tuple, kwargs: dict[str, Any]
    ) -> tuple[ShapedArray, ...]:
        avals = []
        for i, leaf in enumerate(leaves):
            try:
                avals.append(leaf_aval(leaf))
            except TypeError:
                if type(leaf) is Tracer:
                    raise
                path = tree_flatten_with_path((args, kwargs))[0][i][0]
                raise TypeError(
                    f"jit of {self._name}: expected arguments to be arrays, numbers and pytrees of "
                    f"them, but argument {ArgumentNames(self._fun).of_path(path)} is {leaf!r} of "
                    f"type {type(leaf).__name__}; make it static with static_argnums or "
                    f"static_argnames"
                ) from None
        return tuple(avals)

    def _caller(self, tree: PyTreeDef, static: dict[Any, Static]) -> Callable[[list[Any]], Any]:
        """What applies the function to the leaves of its dynamic arguments."""

        def call(leaves: list[Any]) -> Any:
            args, kwargs = tree.unflatten(leaves)
            if static:
                args = list(args)
                for where, value in static.items():
                    if isinstance(where, int):
                        args[where] = value.value
                    else:
                        kwargs[where] = value.value
            return self._fun(*args, **kwargs)

        return call

    def _inline(self, args: tuple, kwargs: dict[str, Any], static: dict[Any, Static]) -> Any:
        found, tree = tree_flatten_with_path((args, kwargs))
        self._checked_types([leaf for _, leaf in found], args, kwargs)
        leaves = [as_array_or_tracer(leaf) for _, leaf in found]
        return trace_inline(
            self._fun, leaves, [path for path, _ in found], self._caller(tree, static)
        )

    def _checked_types(self, leaves: list[Any], args: tuple, kwargs: dict[str, Any]) -> None:
        concrete = [0 if type(x) is Tracer else x for x in leaves]
        self._checked_avals(concrete, args, kwargs)

    # Compiling.

    def _trace(
        self,
        avals: Sequence[ShapedArray],
        args: tuple,
        kwargs: dict[str, Any],
        static: dict[Any, Static],
    ) -> TracedProgram:
        found, tree = tree_flatten_with_path((args, kwargs))
        paths = [path for path, _ in found]
        traced = trace_function(self._fun, avals, paths, self._caller(tree, static))
        self._stats["traces"] += 1
        self._stats["tracing_seconds"] += traced.seconds
        if log_compiles.value:
            log.warning("Finished tracing %s for jit in %.6f s", self._name, traced.seconds)
            types_text = ", ".join(map(str, avals))
            log.warning("Compiling jit of %s for arguments (%s)", self._name, types_text)
        return traced

    def _compile(
        self,
        avals: Sequence[ShapedArray],
        args: tuple,
        kwargs: dict[str, Any],
        static: dict[Any, Static],
    ) -> Entry:
        traced = self._trace(avals, args, kwargs, static)
        donated = self._donated_leaves(args, kwargs)
        executable = self._timed_compile(traced.module, donated)
        usable = self._usable_donations(executable, donated, avals)
        return Entry(executable, traced, usable, self._name)

    def _timed_compile(self, module: Any, donated: list[int]) -> Any:
        count, seconds = statistics["compiles"], statistics["compile_seconds"]
        executable = compile_module(module, donated, f"jit of {self._name}")
        self._stats["compiles"] += statistics["compiles"] - count
        self._stats["compiling_seconds"] += statistics["compile_seconds"] - seconds
        return executable

    def _donated_leaves(self, args: tuple, kwargs: dict[str, Any]) -> list[int]:
        """Positions of the leaves whose memory may be taken over."""
        if not self._donated_numbers and not self._donated_names:
            return []
        numbers = {n % len(args) for n in self._donated_numbers if -len(args) <= n < len(args)}
        found = []
        for i, (path, _) in enumerate(tree_flatten_with_path((args, kwargs))[0]):
            if path[0].idx == 0 and path[1].idx in numbers:
                found.append(i)
            elif path[0].idx == 1 and path[1].key in self._donated_names:
                found.append(i)
        return found

    def _usable_donations(
        self, executable: Any, donated: list[int], avals: Sequence[ShapedArray]
    ) -> list[int]:
        taken = set(executable.aliases)
        unused = [avals[i] for i in donated if i not in taken]
        if unused:
            warnings.warn(
                f"jit of {self._name}: Some donated buffers were not usable: "
                f"{', '.join(map(str, unused))}. An output of the same shape and dtype takes over "
                f"a donated argument; there are not as many of them.",
                UserWarning,
                stacklevel=user_stacklevel(),
            )
        return [i for i in donated if i in taken]

    # Looking into it.

    @api_boundary
    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """The traced function for arguments like these (arrays or `ShapeDtypeStruct`s)."""
        args, kwargs, static = self._split(args, kwargs)
        found, tree = tree_flatten_with_path((args, kwargs))
        avals = tuple([abstractify(leaf, f"lower of {self._name}") for _, leaf in found])
        traced = self._trace(avals, args, kwargs, static)
        donated = self._donated_leaves(args, kwargs)
        return Lowered(self._name, traced, tree, avals, donated)

    trace = lower

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Shapes and dtypes of what a call would return."""
        return eval_shape(self._fun, *args, **kwargs)

    def stats(self) -> dict[str, Any]:
        """How often and how long this function was traced and compiled."""
        return dict(self._stats)

    def _cache_size(self) -> int:
        return len(self._cache)

    def clear_cache(self) -> None:
        """Forgets the compiled versions of this function."""
        self._cache.clear()
        self._forget()


def jit(
    fun: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Iterable[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Iterable[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    keep_unused: bool = False,
    inline: bool = False,
    device: Any = None,
    backend: Any = None,
    in_shardings: Any = None,
    out_shardings: Any = None,
) -> Any:
    """Makes `fun` run as one compiled program, also as a decorator: `@jit`, `@jit(...)`.

    `fun` is traced once for each structure, shapes and dtypes of its arguments, and for each
    value of the static ones. Donated arguments are deleted; results may use their memory.
    """
    if fun is None:
        options = dict(locals())
        del options["fun"]
        return functools.partial(jit, **options)
    check_callable(fun, "jit")
    signature = signature_of(fun)
    static = resolve_parameters(signature, static_argnums, static_argnames, "static")
    donated = resolve_parameters(signature, donate_argnums, donate_argnames, "donate")
    both = set(static[0]) & set(donated[0])
    if both:
        raise ValueError(
            f"jit of {function_name(fun)}: expected an argument to be static or donated, but "
            f"{sorted(both)} are both"
        )
    return Jitted(fun, static, donated)
