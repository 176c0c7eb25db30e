"""Settings: typed flags with an environment variable, a process-wide value and scoped values.

A flag is an object: `enable_x64.value` reads it, `enable_x64(True)` is a context manager (and
decorator) that sets it for this thread, `config.update("enable_x64", True)` sets it for the
process. Layers above define the flags of their own concern with `define_flag`.
"""

from __future__ import annotations

import difflib
import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from typing import Any

_UNSET: Any = object()


class _Local(threading.local):
    """What this thread has set in scopes: flag name -> value. Never mutated, only replaced."""

    overrides: dict[str, Any] | None = None


_local = _Local()


def parse_bool(value: Any) -> bool:
    """A truth value, also from the words used in environment variables."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else None
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off", ""):
        return False
    raise ValueError("true or false")


def parse_count(value: Any) -> int:
    """A whole number that is not negative."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if isinstance(value, bool) or number < 0 or (not isinstance(value, str) and number != value):
        raise ValueError("a whole number, 0 or more")
    return number


def parse_choice(*choices: str | None) -> Callable[[Any], str | None]:
    """A parser of one of some words."""

    def parse(value: Any) -> str | None:
        if value in choices:
            return value
        raise ValueError(f"one of {', '.join(map(repr, choices))}")

    return parse


def _parse_only(only: bool) -> Callable[[Any], bool]:
    """A parser of truth values of which one is taken."""

    def parse(value: Any) -> bool:
        if parse_bool(value) is not only:
            raise ValueError(f"{only}, the only choice,")
        return only

    return parse


def parse_text(value: Any) -> str | None:
    """Text, or None."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError("a string or None")


def parse_any(value: Any) -> Any:
    """Anything hashable: it may become part of a cache key."""
    try:
        hash(value)
    except TypeError:
        raise ValueError("a hashable value") from None
    return value


class Flag:
    """One setting. Call it with a value for a scope in which it holds in this thread."""

    def __init__(
        self,
        name: str,
        default: Any,
        parse: Callable[[Any], Any],
        doc: str,
        affects_trace: bool = False,
    ):
        self.name = name
        self.default = default
        self.parse = parse
        self.affects_trace = affects_trace
        self.__doc__ = doc
        self.environment = f"MJX_{name.upper()}"
        self._listeners: list[Callable[[Any], None]] = []
        text = os.environ.get(self.environment)
        where = f"environment variable {self.environment}"
        self.process_value = default if text is None else self.checked(text, where)

    @property
    def value(self) -> Any:
        """The value that holds in this thread now."""
        overrides = _local.overrides
        if overrides is None:
            return self.process_value
        return overrides.get(self.name, self.process_value)

    def checked(self, value: Any, who: str) -> Any:
        """`value` parsed; `who` complains if it does not fit."""
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValueError(
                f"{who}: expected {error} for {self.name!r}, but got {value!r}"
            ) from None

    def subscribe(self, listener: Callable[[Any], None]) -> None:
        """Calls `listener(value)` whenever the value changes, in a scope or for the process."""
        self._listeners.append(listener)

    def notify(self) -> None:
        """Tells the listeners the value that holds now."""
        for listener in self._listeners:
            listener(self.value)

    def __call__(self, value: Any = _UNSET) -> Scope:
        """A scope, also usable as decorator, in which the flag has this value."""
        if value is _UNSET:
            if self.parse is not parse_bool:
                raise TypeError(f"mjx.{self.name}: expected a value, as in mjx.{self.name}(value)")
            value = True
        return Scope({self: self.checked(value, f"mjx.{self.name}")})

    def __bool__(self) -> bool:
        raise TypeError(
            f"flag {self.name!r} is not a truth value: read mjx.config.{self.name}, or use it as "
            f"`with mjx.{self.name}(value):`"
        )

    def __repr__(self) -> str:
        return f"<flag {self.name}={self.value!r}>"


class Scope(ContextDecorator):
    """Sets flags in this thread while it is entered; may be nested and used again."""

    def __init__(self, values: dict[Flag, Any]):
        self._values = values
        self._saved: list[dict[str, Any] | None] = []

    def _recreate_cm(self) -> Scope:
        return Scope(self._values)

    def __enter__(self) -> Scope:
        self._saved.append(_local.overrides)
        named = {flag.name: value for flag, value in self._values.items()}
        _local.overrides = {**(_local.overrides or {}), **named}
        self._notify()
        return self

    def __exit__(self, *exception: Any) -> None:
        _local.overrides = self._saved.pop()
        self._notify()

    def _notify(self) -> None:
        for flag in self._values:
            flag.notify()
        config.notify()


class Config:
    """All flags by name: `config.enable_x64`, `config.update(name, value)`.

    The prefixes `mjx_` and `jax_` are accepted in front of every name.
    """

    def __init__(self) -> None:
        object.__setattr__(self, "flags", {})
        object.__setattr__(self, "_key", ())
        object.__setattr__(self, "_tracing", ())
        object.__setattr__(self, "_watchers", [])

    def define(self, flag: Flag) -> Flag:
        """Adds a flag."""
        if flag.name in self.flags:
            raise ValueError(f"config: flag {flag.name!r} is already defined")
        self.flags[flag.name] = flag
        if flag.affects_trace:
            object.__setattr__(self, "_tracing", (*self._tracing, flag))
        self._refresh()
        return flag

    def flag(self, name: str) -> Flag:
        """The flag of that name; AttributeError with the nearest names if there is none."""
        found = self.flags.get(_bare(name))
        if found is None:
            near = difflib.get_close_matches(_bare(name), self.flags, n=3, cutoff=0.5)
            hint = f"did you mean {_listing(near)}?" if near else f"known: {_listing(self.flags)}"
            raise AttributeError(f"config: there is no flag {name!r}; {hint}")
        return found

    def read(self, name: str) -> Any:
        """The value of a flag in this thread."""
        return self.flag(name).value

    def update(self, name: str, value: Any) -> None:
        """Sets a flag for the whole process."""
        flag = self.flag(name)
        flag.process_value = flag.checked(value, "config.update")
        self._refresh()
        flag.notify()

    @property
    def config(self) -> Config:
        """Itself, so that `from mjx.config import config` finds it."""
        return self

    @property
    def x64_enabled(self) -> bool:
        """Whether 64-bit types are allowed in this thread."""
        return self.flag("enable_x64").value

    def parse_flags_with_absl(self) -> None:
        """Sets the flags that the command line has as --jax_<name>=value or --mjx_<name>=value.

        Others are left to other parsers; a truth value may be given by the name alone.
        """
        for argument in sys.argv[1:]:
            name, _, value = argument.lstrip("-").partition("=")
            if argument.startswith("--") and name.startswith(("jax_", "mjx_")):
                self.update(name, value if "=" in argument else True)

    @property
    def values(self) -> dict[str, Any]:
        """The values of all flags in this thread."""
        return {name: flag.value for name, flag in self.flags.items()}

    def trace_key(self) -> tuple[Any, ...]:
        """The values of the flags that change what tracing a function gives."""
        if _local.overrides is None:
            return self._key
        return tuple([flag.value for flag in self._tracing])

    @property
    def tracing_flags(self) -> list[str]:
        """The names of these flags."""
        return [flag.name for flag in self._tracing]

    @property
    def process_trace_key(self) -> tuple[Any, ...]:
        """The same outside of all scopes."""
        return self._key

    @property
    def is_scoped(self) -> bool:
        """Whether this thread is in a scope that sets flags."""
        return _local.overrides is not None

    def watch(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher()` now, and whenever flags change in this thread or for the process."""
        self._watchers.append(watcher)
        watcher()

    def notify(self) -> None:
        """Tells the watchers that flags may have changed."""
        for watcher in self._watchers:
            watcher()

    def _refresh(self) -> None:
        key = tuple([flag.process_value for flag in self._tracing])
        object.__setattr__(self, "_key", key)
        self.notify()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.flag(name).value

    def __setattr__(self, name: str, value: Any) -> None:
        self.update(name, value)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.flags])

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value!r}" for name, value in sorted(self.values.items()))


def _bare(name: str) -> str:
    for prefix in ("mjx_", "jax_"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _listing(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


config = Config()


def define_flag(
    name: str,
    default: Any,
    parse: Callable[[Any], Any],
    doc: str,
    *,
    affects_trace: bool = False,
) -> Flag:
    """Defines a flag, reads its environment variable `MJX_<NAME>` and adds it to `config`."""
    return config.define(Flag(name, default, parse, doc, affects_trace))


enable_x64 = define_flag(
    "enable_x64",
    False,
    parse_bool,
    "Allow 64-bit types; without it they become 32-bit.",
    affects_trace=True,
)
numpy_dtype_promotion = define_flag(
    "numpy_dtype_promotion",
    "standard",
    parse_choice("standard", "strict"),
    "'strict' refuses to mix types implicitly.",
    affects_trace=True,
)
numpy_rank_promotion = define_flag(
    "numpy_rank_promotion",
    "allow",
    parse_choice("allow", "warn", "raise"),
    "What to do when operands of different rank are broadcast.",
    affects_trace=True,
)
default_matmul_precision = define_flag(
    "default_matmul_precision",
    None,
    parse_choice(None, "default", "high", "highest", "bfloat16", "tensorfloat32", "float32"),
    "Precision of products whose call names none.",
    affects_trace=True,
)
default_device = define_flag(
    "default_device",
    None,
    parse_any,
    "Device (or its name) for new arrays; None: the first.",
    affects_trace=True,
)
debug_nans = define_flag(
    "debug_nans",
    False,
    parse_bool,
    "Raise FloatingPointError where a result has a NaN.",
    affects_trace=True,
)
debug_infs = define_flag(
    "debug_infs",
    False,
    parse_bool,
    "Raise FloatingPointError where a result is infinite.",
    affects_trace=True,
)
disable_jit_flag = define_flag(
    "disable_jit",
    False,
    parse_bool,
    "Run jitted functions op by op, on concrete values.",
    affects_trace=True,
)
check_tracer_leaks = define_flag(
    "check_tracer_leaks",
    False,
    parse_bool,
    "Raise when a traced value outlives its trace.",
    affects_trace=True,
)
log_compiles = define_flag(
    "log_compiles", False, parse_bool, "Log a warning for every trace and compilation."
)
explain_cache_misses = define_flag(
    "explain_cache_misses", False, parse_bool, "Log why a jitted function is traced again."
)
traceback_filtering = define_flag(
    "traceback_filtering",
    "auto",
    parse_choice("auto", "remove_frames", "off"),
    "'off' keeps the frames of mjx itself in tracebacks.",
)
num_threads = define_flag(
    "num_threads", 0, parse_count, "Threads for computing; 0: as many as the process may use."
)
eager_cache_size = define_flag(
    "eager_cache_size", 4096, parse_count, "How many single-op programs to keep compiled."
)
eager_max_ops = define_flag(
    "eager_max_ops",
    1_000_000,
    parse_count,
    "How many ops an eagerly transformed function may record before an error is raised.",
)

_GUARDS = ("allow", "log", "disallow", "log_explicit", "disallow_explicit")


def _define_guard(name: str, what: str) -> Flag:
    doc = (
        f"Whether {what} are allowed; all memory is that of the host, so there are none to refuse."
    )
    return define_flag(name, None, parse_choice(None, *_GUARDS), doc)


transfer_guard = _define_guard("transfer_guard", "transfers between host and device")
transfer_guard_host_to_device = _define_guard(
    "transfer_guard_host_to_device", "transfers from host to device"
)
transfer_guard_device_to_device = _define_guard(
    "transfer_guard_device_to_device", "transfers between devices"
)
transfer_guard_device_to_host = _define_guard(
    "transfer_guard_device_to_host", "transfers from device to host"
)
default_prng_impl = define_flag(
    "default_prng_impl",
    "threefry2x32",
    parse_choice("threefry2x32"),
    "The generator of random keys; there is one.",
)
threefry_partitionable = define_flag(
    "threefry_partitionable",
    True,
    _parse_only(True),
    "Random streams are those of JAX with this flag on.",
)
dynamic_shapes = define_flag(
    "dynamic_shapes", False, _parse_only(False), "Shapes are known when a function is traced."
)
platforms = define_flag(
    "platforms", None, parse_choice(None, "", "cpu"), "The platforms to use, of which there is one."
)
platform_name = define_flag(
    "platform_name",
    "",
    parse_choice("", "cpu"),
    "The platform of new arrays, of which there is one.",
)


def disable_jit(disable: bool = True) -> Scope:
    """Scope in which jitted functions run op by op, on concrete values."""
    return disable_jit_flag(disable)


def checking_leaks(check: bool = True) -> Scope:
    """Scope in which a traced value that outlives its trace raises."""
    return check_tracer_leaks(check)
