"""Callbacks: functions of Python applied by programs, and checks.

`pure_callback`, `io_callback`, `debug_callback`, `debug_print`, `breakpoint` and `check` are public
as `mjx.pure_callback`, `mjx.experimental.io_callback`, `mjx.debug.callback`, `mjx.debug.print`,
`mjx.debug.breakpoint` and `mjx.check`.
"""

from __future__ import annotations

import pdb
import string
import sys
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.bind import as_array_or_tracer, bind
from mjx.core.callback import Call, checked_results, emit_effect
from mjx.core.trace import function_name, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import as_dtype, canonicalize_dtype
from mjx.support.errors import MjxRuntimeError
from mjx.support.source import api_boundary, describe, user_location
from mjx.support.tree import PyTreeDef, tree_flatten

VMAP_METHODS = (None, "sequential", "expand_dims", "broadcast_all", "legacy_vectorized")


# Operands and static values.


def is_operand(x: Any) -> bool:
    """Whether a program can have `x` as an operand."""
    return isinstance(x, (Array, Tracer, np.ndarray, np.generic, bool, int, float, complex)) or (
        hasattr(x, "__array__") and not isinstance(x, type)
    )


class _Arguments:
    """Arguments of a callback but for its operands: what the program never sees.

    Callbacks outlive the trace in which the operands are tracers.
    """

    def __init__(self, tree: PyTreeDef, leaves: Sequence[Any]):
        self.tree = tree
        self.is_operand = tuple([is_operand(x) for x in leaves])
        self.static = tuple([x for x, is_ in zip(leaves, self.is_operand) if not is_])

    @staticmethod
    def split(args: tuple, kwargs: dict[str, Any]) -> tuple[_Arguments, list[Any]]:
        """Arguments and operands."""
        leaves, tree = tree_flatten((args, kwargs))
        return _Arguments(tree, leaves), [x for x in leaves if is_operand(x)]

    def call(self, callback: Callable[..., Any], arrays: Sequence[np.ndarray]) -> Any:
        """The callback applied to arrays in the place of the operands."""
        operands, static = iter(arrays), iter(self.static)
        leaves = [next(operands) if is_ else next(static) for is_ in self.is_operand]
        args, kwargs = self.tree.unflatten(leaves)
        return callback(*args, **kwargs)

    @property
    def key(self) -> Hashable:
        """Equal for arguments that differ in their operands only."""
        return (self.tree, self.is_operand, self.static)


def result_avals(who: str, result_shape_dtypes: Any) -> tuple[list[ShapedArray], PyTreeDef]:
    """The types that a callback's results were declared to have."""
    leaves, tree = tree_flatten(result_shape_dtypes)
    avals = []
    for leaf in leaves:
        if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
            raise TypeError(
                f"{who}: expected result_shape_dtypes to hold ShapeDtypeStructs or arrays, but got "
                f"{leaf!r} of type {type(leaf).__name__}"
            )
        avals.append(ShapedArray(leaf.shape, canonicalize_dtype(as_dtype(leaf.dtype))))
    return avals, tree


def _check_callable(who: str, callback: Any) -> None:
    if not callable(callback):
        raise TypeError(
            f"{who}: expected a callable, but got {callback!r} of type {type(callback).__name__}"
        )


def _apply(
    who: str,
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    args: tuple,
    kwargs: dict[str, Any],
    **options: Any,
) -> Any:
    _check_callable(who, callback)
    avals, out_tree = result_avals(who, result_shape_dtypes)
    arguments, operands = _Arguments.split(args, kwargs)

    def function(arrays: list[np.ndarray], wanted: Sequence[Any]) -> list[np.ndarray]:
        leaves, tree = tree_flatten(arguments.call(callback, arrays))
        if tree != out_tree:
            raise ValueError(
                f"{who}: expected the callback to return the structure {out_tree}, as declared, "
                f"but got {tree}"
            )
        return checked_results(who, leaves, wanted)

    key = (who, callback, arguments.key, out_tree, *options.values())
    call = Call(function, f"{who} of {function_name(callback)}", key, tuple(avals), **options)
    return out_tree.unflatten(call.apply(operands))


@api_boundary
def pure_callback(
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    *args: Any,
    sharding: Any = None,
    vmap_method: str | None = None,
    **kwargs: Any,
) -> Any:
    """`callback(*args, **kwargs)`, a function of NumPy arrays without side effects.

    It returns arrays of the shapes and dtypes of `result_shape_dtypes`. A program may call it any
    number of times, or never. Under `vmap` it is called for each example ("sequential"), or once
    with the batch in front of the arguments; those without a batch get a dimension of 1
    ("expand_dims"), copies ("broadcast_all"), or stay as they are ("legacy_vectorized"). Its
    derivative is not known: wrap it in `custom_jvp` or `custom_vjp`.

    >>> x = mnp.arange(3.0)
    >>> mjx.jit(lambda x: mjx.pure_callback(np.sin, mjx.ShapeDtypeStruct(x.shape, x.dtype), x))(x)
    """
    if vmap_method not in VMAP_METHODS:
        raise ValueError(
            f"pure_callback: expected a vmap_method among {VMAP_METHODS}, but got {vmap_method!r}"
        )
    return _apply(
        "pure_callback",
        callback,
        result_shape_dtypes,
        args,
        kwargs,
        kind="pure",
        vmap_method=vmap_method,
    )


@api_boundary
def io_callback(
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    *args: Any,
    sharding: Any = None,
    ordered: bool = False,
    **kwargs: Any,
) -> Any:
    """`callback(*args, **kwargs)`, a function of NumPy arrays that may have side effects.

    It is called exactly as often as the program says, in the order of the program; with `ordered`,
    also after the ordered callbacks of programs this thread started before. Under `vmap` it is
    called for each example. `mjx.effects_barrier()` waits for it.

    >>> log = []
    >>> mjx.jit(lambda x: io_callback(log.append, None, x))(1.0)
    >>> mjx.effects_barrier()
    """
    return _apply(
        "io_callback",
        callback,
        result_shape_dtypes,
        args,
        kwargs,
        kind="io",
        ordered=ordered,
        vmap_method="sequential",
    )


def recorded_io_callback(callback: Callable[[], Any], result_shape_dtypes: Any) -> Any:
    """As `io_callback`, but part of the program being recorded even without operands."""
    return _apply(
        "io_callback",
        callback,
        result_shape_dtypes,
        (),
        {},
        kind="io",
        vmap_method="sequential",
        is_recorded=True,
    )


# Debugging.


def _debug(
    who: str,
    callback: Callable[..., Any],
    key: Hashable,
    args: tuple,
    kwargs: dict[str, Any],
    ordered: bool,
) -> None:
    arguments, operands = _Arguments.split(args, kwargs)

    def function(arrays: list[np.ndarray], wanted: Sequence[Any]) -> list[np.ndarray]:
        arguments.call(callback, arrays)
        return []

    call = Call(function, who, (key, arguments.key), (), "debug", ordered, "sequential")
    call.apply(operands)


@api_boundary
def debug_callback(
    callback: Callable[..., None],
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    **kwargs: Any,
) -> None:
    """Calls `callback(*args, **kwargs)` with NumPy arrays when the program gets there.

    What it returns is ignored, and nothing is differentiated by it. Under `vmap` it is called for
    each example, if its arguments depend on the example.

    >>> mjx.debug.callback(lambda x: print("norm", np.linalg.norm(x)), mnp.ones(4))
    norm 2.0
    """
    _check_callable("debug.callback", callback)
    who = f"debug.callback of {function_name(callback)}"
    _debug(who, callback, ("debug.callback", callback, ordered), args, kwargs, ordered)


class _Formatter(string.Formatter):
    """Complains about arguments that the format has no place for."""

    def check_unused_args(self, used: Any, args: Sequence[Any], kwargs: Any) -> None:
        numbers = [i for i in range(len(args)) if i not in used]
        names = [name for name in kwargs if name not in used]
        if numbers or names:
            raise ValueError(
                f"debug.print: expected the format to use all arguments, but it uses neither of "
                f"{[*numbers, *names]}; write {{}} or {{name}} where they belong, and no f-string"
            )


_formatter = _Formatter()


class _Placeholder:
    """Stands for any value while a format is checked."""

    def __format__(self, spec: str) -> str:
        return ""

    def __getitem__(self, index: Any) -> _Placeholder:
        return self

    def __getattr__(self, name: str) -> _Placeholder:
        return self


def _check_format(fmt: str, args: tuple, kwargs: dict[str, Any]) -> None:
    placeholder = _Placeholder()
    _formatter.format(fmt, *[placeholder for _ in args], **dict.fromkeys(kwargs, placeholder))


@api_boundary
def debug_print(
    fmt: str,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    skip_format_check: bool = False,
    **kwargs: Any,
) -> None:
    """Prints `fmt.format(*args, **kwargs)` when the program gets there.

    Do not use an f-string: it would format the traced value. Under `vmap` a line is printed for
    each example.

    >>> mjx.jit(lambda x: mjx.debug.print("x = {x:.2f}, twice {}", 2 * x, x=x))(1.5)
    x = 1.50, twice 3.0
    """
    if not isinstance(fmt, str):
        raise TypeError(f"debug.print: expected a format string, but got {fmt!r}")
    if not skip_format_check:
        _check_format(fmt, args, kwargs)

    def callback(*args: Any, **kwargs: Any) -> None:
        print(fmt.format(*args, **kwargs), flush=True)

    _debug("debug.print", callback, ("debug.print", fmt, ordered), args, kwargs, ordered)


def _stop(frame_name: str, values: dict[str, Any]) -> None:
    """A prompt of pdb where the values are local variables."""
    scope = {"np": np, **values}
    print(f"> mjx breakpoint in {frame_name}; values: {', '.join(values) or 'none'}", flush=True)
    debugger = pdb.Pdb()
    debugger.prompt = "(mjx) "
    debugger.run("pass  # inspect the values; c continues", scope, scope)


def _is_interactive() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False


@api_boundary
def breakpoint(*, backend: str | None = None, num_frames: int | None = None, **values: Any) -> None:
    """Stops the program here, in pdb on the host, with the given values as variables.

    Without keywords these are the arrays among the caller's local variables. Does nothing where
    nobody can answer, because standard input is no terminal.

    >>> mjx.debug.breakpoint(loss=loss)
    """
    if not values:
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        found = frame.f_locals if frame is not None else {}
        values = {k: v for k, v in found.items() if isinstance(v, (Array, Tracer, np.ndarray))}
    where = user_location()

    def callback(**values: Any) -> None:
        if _is_interactive():
            _stop(str(where), values)

    _debug("debug.breakpoint", callback, ("debug.breakpoint", where), (), values, True)


_PACKAGE = __file__.rsplit("transforms", 1)[0]


# Checks.


def _numbered(message: str, values: dict[str, Any]) -> str:
    """The message with `{i}` for the i-th value."""
    pieces = []
    names = {name: i for i, name in enumerate(values)}
    for text, field, _, _ in string.Formatter().parse(message):
        pieces.append(text)
        if field is None:
            continue
        if field not in names:
            raise ValueError(
                f"check: expected the message to name values that are given ({', '.join(names)}), "
                f"but it names {field!r}"
            )
        pieces.append("{" + str(names[field]) + "}")
    return "".join(pieces)


@api_boundary
def check(pred: Any, message: str = "check failed", **values: Any) -> None:
    """Raises MjxRuntimeError with the message unless `pred` holds in all elements.

    `{name}` in the message shows the value of that name. In a program the error is raised where any
    of its outputs is first read, or by `mjx.effects_barrier()` if it has none; what comes after the
    check is not executed.

    >>> mjx.jit(lambda x: (mjx.check(x > 0, "expected x > 0, but got {x}", x=x), x)[1])(-1.0)
    MjxRuntimeError: expected x > 0, but got -1.0
    """
    text = _numbered(message, values) + f"\n  at {describe(user_location())}"
    pred = _all(as_array_or_tracer(pred, "check"))
    operands = [as_array_or_tracer(x, "check") for x in values.values()]
    level = state.level
    traced = any(type(x) is Tracer for x in (pred, *operands))
    if level is None or not (level.staging or traced):
        if not bool(pred):
            raise MjxRuntimeError(_filled(text, operands))
        return
    attributes = {"message": text, "error": "MjxRuntimeError"}
    emit_effect(level, "check", [pred, *operands], attributes)


def _all(pred: Array | Tracer) -> Array | Tracer:
    if pred.aval.dtype != np.dtype(bool):
        raise TypeError(f"check: expected a boolean predicate, but got {pred.aval}")
    if not pred.aval.shape:
        return pred
    dims = tuple(range(pred.aval.ndim))
    return bind("reduce", [pred], {"kind": "and", "dims": dims})[0]


def _filled(text: str, operands: Sequence[Any]) -> str:
    for i, x in enumerate(operands):
        text = text.replace("{" + str(i) + "}", str(np.asarray(x)))
    return text
