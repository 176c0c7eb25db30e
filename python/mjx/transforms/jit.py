"""`jit`: functions traced once for each kind of argument, compiled, and called from a cache."""

from __future__ import annotations

import functools
import logging
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from mjx.core import profiling
from mjx.core.array import Array
from mjx.core.aval import ShapedArray, abstractify
from mjx.core.bind import as_array_or_tracer
from mjx.core.dispatch import Dispatcher
from mjx.core.execute import Compilation, compile_or_find, statistics
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer, leaked
from mjx.support.config import (
    config,
    disable_jit_flag,
    explain_cache_misses,
    log_compiles,
)
from mjx.support.source import api_boundary, user_location
from mjx.support.tree import PyTreeDef, tree_flatten_with_path
from mjx.support.tree_registry import leaf_types
from mjx.support.treedef import LEAF, walk
from mjx.transforms.donation import check_donations, donations_of, mode_of, with_copies
from mjx.transforms.shapes import eval_shape
from mjx.transforms.signature import (
    ArgumentNames,
    check_callable,
    resolve_parameters,
    signature_of,
)
from mjx.transforms.stages import Lowered
from mjx.transforms.tracing import TracedProgram, trace_function, trace_inline
from mjx.transforms.versions import (
    Entry,
    History,
    Key,
    Static,
    Versions,
    signature_text,
    why_traced,
)

log = logging.getLogger("mjx.jit")

# The caches of jitted functions: jitting the same function twice shares one.
_caches: weakref.WeakKeyDictionary[Any, dict[Any, Versions]] = weakref.WeakKeyDictionary()


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
    spec = walk((args, kwargs), leaves)
    flat = not kwargs and all([child is LEAF for child in spec[2][0][2]])
    return leaves, len(args) if flat else spec


# With how many earlier versions a new one is compared, to say what is new about it.
COMPARED = 8


class Jitted(Dispatcher):
    """A function that is compiled when it is called."""

    def __init__(
        self,
        fun: Callable[..., Any],
        static: tuple[tuple[int, ...], tuple[str, ...]],
        donated: tuple[tuple[int, ...], tuple[str, ...]],
        donate: str = "warn",
    ):
        functools.update_wrapper(self, fun)
        self._fun = fun
        self._name = function_name(fun)
        self._static_numbers, self._static_names = static
        self._donated_numbers, self._donated_names = donated
        self._is_static = bool(static[0] or static[1])
        self._compare_by_value(*static)
        self._donation_mode = donate
        self._cache = self._find_cache((static, donated, donate))
        self._stats = {
            "traces": 0,
            "compiles": 0,
            "tracing_seconds": 0.0,
            "compiling_seconds": 0.0,
        }

    def _find_cache(self, options: Any) -> Versions:
        try:
            return _caches.setdefault(self._fun, {}).setdefault(options, Versions())
        except TypeError:
            return Versions()

    def __repr__(self) -> str:
        return f"<jitted {self._fun!r}>"

    def __reduce__(self) -> Any:
        static = (self._static_numbers, self._static_names)
        donated = (self._donated_numbers, self._donated_names)
        return Jitted, (self._fun, static, donated, self._donation_mode)

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
            entry = self._compile(key, dynamic_args, dynamic_kwargs, static)
        self._remember(
            args,
            kwargs,
            entry.executable,
            entry.spec,
            entry.avals,
            entry.captured,
            entry.donated,
            entry.name,
            entry.input_names,
            entry.insists,
        )
        return entry.run([leaf_buffer(x) for x in leaves])

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
        where = profiling.defined_at(self._fun)
        with profiling.span(f"trace {self._name}", "trace", defined_at=where):
            traced = trace_function(self._fun, avals, paths, self._caller(tree, static))
        self._stats["traces"] += 1
        self._stats["tracing_seconds"] += traced.seconds
        if log_compiles.value:
            log.warning("Finished tracing %s for jit in %.6f s", self._name, traced.seconds)
            types_text = ", ".join(map(str, avals))
            log.warning("Compiling jit of %s for arguments (%s)", self._name, types_text)
        return traced

    def _compile(
        self, key: Key, args: tuple, kwargs: dict[str, Any], static: dict[Any, Static]
    ) -> Entry:
        avals, who = key[1], f"jit of {self._name}"
        names = self._leaf_names(args, kwargs)
        earlier = self._cache.latest(COMPARED)
        if explain_cache_misses.value and earlier:
            reasons = "; ".join(why_traced(key, earlier, names, self._fun))
            log.warning("%s is traced again: %s", who, reasons)
        traced = self._trace(avals, args, kwargs, static)
        donated = self._donated_leaves(args, kwargs)
        compilation = self._timed_compile(traced.module, donated)
        aliases = compilation.executable.aliases
        found = donations_of(aliases, donated, avals, traced.out_avals, names)
        insists = self._donation_mode == "require"
        if insists:
            found = with_copies(found, traced.module, compilation.executable)
        usable = check_donations(found, who, self._donation_mode)
        entry = Entry(compilation, traced, usable, who, names, insists)
        number = self._cache.made + 1
        place = user_location()
        entry.history = History(number, key, earlier, compilation, traced.seconds, place, names)
        self._cache.add(key, entry)
        if explain_cache_misses.value:
            log.warning("%s", self._describe(entry))
        return entry

    def _leaf_names(self, args: tuple, kwargs: dict[str, Any]) -> list[str]:
        """What the user calls the leaves of the arguments."""
        names = ArgumentNames(self._fun)
        return [names.of_path(path) for path, _ in tree_flatten_with_path((args, kwargs))[0]]

    def _timed_compile(self, module: Any, donated: list[int]) -> Compilation:
        count, seconds = statistics["compiles"], statistics["compile_seconds"]
        compilation = compile_or_find(module, donated, f"jit of {self._name}")
        self._stats["compiles"] += statistics["compiles"] - count
        self._stats["compiling_seconds"] += statistics["compile_seconds"] - seconds
        return compilation

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

    # Looking into it.

    @api_boundary
    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """The traced function for arguments like these (arrays or `ShapeDtypeStruct`s)."""
        args, kwargs, static = self._split(args, kwargs)
        found, tree = tree_flatten_with_path((args, kwargs))
        avals = tuple([abstractify(leaf, f"lower of {self._name}") for _, leaf in found])
        traced = self._trace(avals, args, kwargs, static)
        donated = self._donated_leaves(args, kwargs)
        names = self._leaf_names(args, kwargs)
        return Lowered(self._name, traced, tree, avals, donated, names)

    trace = lower

    @api_boundary
    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Text on the version for arguments like these (arrays or `ShapeDtypeStruct`s).

        Says what it takes and returns, how the call that made it differed from earlier ones, and how
        long tracing and each stage of the compiler took. Compiles it if that was not done yet.
        """
        args, kwargs, static = self._split(args, kwargs)
        leaves, spec = flatten_call(args, kwargs)
        avals = tuple([abstractify(leaf, f"explain of {self._name}") for leaf in leaves])
        key = (spec, avals, config.trace_key(), *static.items())
        entry = self._cache.get(key)
        return self._describe(entry or self._compile(key, args, kwargs, static))

    def _describe(self, entry: Entry) -> str:
        history = entry.history
        text = signature_text(history.key, entry.input_names, entry.avals)
        title = f"{entry.name}, version {history.number} of {self._cache.made}: {text}"
        return "\n  ".join([title, *history.lines(self._fun)])

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
    donate: str = "warn",
    keep_unused: bool = False,
    inline: bool = False,
    device: Any = None,
    backend: Any = None,
    in_shardings: Any = None,
    out_shardings: Any = None,
) -> Any:
    """Makes `fun` run as one compiled program, also as a decorator: `@jit`, `@jit(...)`.

    `fun` is traced once for each structure, shapes and dtypes of its arguments, and for each
    value of the static ones. Donated arguments are deleted, and results use their memory. Where no
    result does, the argument stays as it is, and jit warns. If `donate` is "require" it raises
    ValueError instead, also where the memory must be copied before a result can be written there.
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
    return Jitted(fun, static, donated, mode_of(donate))
