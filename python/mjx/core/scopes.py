"""Names that users give to parts of their programs, and code that runs while tracing."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from mjx.core.trace import outside, scope_names


@contextlib.contextmanager
def named_scope(name: str) -> Iterator[None]:
    """A scope whose name is in the locations of the ops traced in it. Also a decorator.

    >>> @mjx.jit
    ... def f(x):
    ...     with mjx.named_scope("layer"):
    ...         return mnp.sin(x)
    >>> "layer/f" in f.lower(1.0).as_text(debug_info=True)
    True
    """
    if not isinstance(name, str):
        raise TypeError(f"named_scope: expected a string, but got {name!r}")
    previous = scope_names.path
    scope_names.path = f"{previous}{name}/"
    try:
        yield
    finally:
        scope_names.path = previous


def named_call(fun: Callable[..., Any], *, name: str | None = None) -> Callable[..., Any]:
    """`fun` in a `named_scope` of its name."""

    @functools.wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        with named_scope(name or fun.__name__):
            return fun(*args, **kwargs)

    return call


def ensure_compile_time_eval() -> contextlib.AbstractContextManager[None]:
    """A scope in which ops on known arrays run at once, even while a function is being traced."""
    return outside()
