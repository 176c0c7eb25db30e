"""What transforms need to know of a function's parameters: names, and where arguments came from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mjx.support.tree import keystr


def check_callable(fun: Any, who: str) -> None:
    """Raises unless `fun` can be called."""
    if not callable(fun):
        raise TypeError(f"{who}: expected a callable, but got {fun!r} of type {type(fun).__name__}")
    if inspect.isgeneratorfunction(fun):
        raise TypeError(f"{who}: expected a function that returns, but got a generator {fun!r}")


def signature_of(fun: Callable[..., Any]) -> inspect.Signature | None:
    """The signature, or None for functions that do not tell."""
    try:
        return inspect.signature(fun)
    except (ValueError, TypeError):
        return None


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def positional_names(signature: inspect.Signature | None) -> list[str]:
    """Names of the parameters that can be given by position."""
    if signature is None:
        return []
    return [p.name for p in signature.parameters.values() if p.kind in _POSITIONAL]


def has_kind(signature: inspect.Signature | None, kind: Any) -> bool:
    """Whether some parameter is of a kind, such as `*args`."""
    return signature is not None and any(p.kind == kind for p in signature.parameters.values())


def as_numbers(numbers: int | Iterable[int] | None, who: str) -> tuple[int, ...]:
    """Positions given as None, an integer or several."""
    if numbers is None:
        return ()
    if isinstance(numbers, int):
        return (numbers,)
    numbers = tuple(numbers)
    if not all(isinstance(n, int) for n in numbers):
        raise TypeError(f"{who}: expected an integer or several, but got {numbers!r}")
    return numbers


def as_names(names: str | Iterable[str] | None, who: str) -> tuple[str, ...]:
    """Names given as None, a string or several."""
    if names is None:
        return ()
    if isinstance(names, str):
        return (names,)
    names = tuple(names)
    if not all(isinstance(n, str) for n in names):
        raise TypeError(f"{who}: expected a name or several, but got {names!r}")
    return names


def resolve_parameters(
    signature: inspect.Signature | None,
    numbers: int | Iterable[int] | None,
    names: str | Iterable[str] | None,
    what: str,
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Positions and names of the parameters meant by `<what>_argnums` and `<what>_argnames`.

    If only one of the two is given, the other follows from the signature.
    """
    found_numbers = as_numbers(numbers, f"jit: {what}_argnums")
    found_names = as_names(names, f"jit: {what}_argnames")
    if signature is None:
        return found_numbers, found_names
    positional = positional_names(signature)
    found_numbers = _checked_numbers(signature, positional, found_numbers, what)
    _check_names(signature, found_names, what)
    if numbers is None:
        found_numbers = tuple(i for i, n in enumerate(positional) if n in found_names)
    elif names is None:
        found_names = tuple(positional[i] for i in found_numbers if 0 <= i < len(positional))
    return found_numbers, found_names


def _checked_numbers(
    signature: inspect.Signature, positional: Sequence[str], numbers: tuple[int, ...], what: str
) -> tuple[int, ...]:
    if has_kind(signature, inspect.Parameter.VAR_POSITIONAL):
        return numbers
    count = len(positional)
    for n in numbers:
        if not -count <= n < count:
            raise ValueError(
                f"jit: expected {what}_argnums among the {count} positional parameters "
                f"{tuple(positional)}, but got {n}"
            )
    return tuple(n % count for n in numbers)


def _check_names(signature: inspect.Signature, names: tuple[str, ...], what: str) -> None:
    if has_kind(signature, inspect.Parameter.VAR_KEYWORD):
        return
    for name in names:
        if name not in signature.parameters:
            raise ValueError(
                f"jit: expected {what}_argnames among the parameters "
                f"{tuple(signature.parameters)}, but got {name!r}"
            )


class ArgumentNames:
    """Names for the leaves of (args, kwargs), as a user would write them: `params['w'][0]`."""

    def __init__(self, fun: Callable[..., Any]):
        signature = signature_of(fun)
        self.positional = positional_names(signature)
        self.variadic = next(
            (
                p.name
                for p in (signature.parameters.values() if signature else ())
                if p.kind == inspect.Parameter.VAR_POSITIONAL
            ),
            "args",
        )

    def of_position(self, index: int) -> str:
        """The name of a positional argument."""
        if index < len(self.positional):
            return self.positional[index]
        return f"{self.variadic}[{index - len(self.positional)}]"

    def of_path(self, path: Sequence[Any]) -> str:
        """The name of the leaf at a path of (args, kwargs)."""
        if path[0].idx == 1:
            return f"{path[1].key}{keystr(path[2:])}"
        return f"{self.of_position(path[1].idx)}{keystr(path[2:])}"

    @staticmethod
    def argnum_of_path(path: Sequence[Any]) -> int | None:
        """The position of the argument that a leaf belongs to; None for keywords."""
        return path[1].idx if path[0].idx == 0 else None
