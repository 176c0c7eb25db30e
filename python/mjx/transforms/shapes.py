"""Looking at what a function does without running it: `eval_shape` and `make_ir`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mjx.core.aval import abstractify
from mjx.core.trace import function_name
from mjx.support.source import api_boundary
from mjx.support.tree import tree_flatten_with_path
from mjx.transforms.signature import check_callable
from mjx.transforms.stages import struct_of
from mjx.transforms.tracing import abstract_result, trace_function


def _abstract(fun: Callable[..., Any], args: tuple, kwargs: dict[str, Any], who: str) -> Any:
    check_callable(fun, who)
    found, tree = tree_flatten_with_path((args, kwargs))
    avals = [abstractify(leaf, f"{who} of {function_name(fun)}") for _, leaf in found]

    def call(leaves: list[Any]) -> Any:
        inner_args, inner_kwargs = tree.unflatten(leaves)
        return fun(*inner_args, **inner_kwargs)

    return avals, [path for path, _ in found], call


@api_boundary
def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Shapes and dtypes of what `fun(*args, **kwargs)` returns, found without computing it.

    Arguments may be arrays or `ShapeDtypeStruct`s.
    """
    avals, paths, call = _abstract(fun, args, kwargs, "eval_shape")
    out_avals, tree = abstract_result(fun, avals, paths, call)
    return tree.unflatten([struct_of(aval) for aval in out_avals])


def make_ir(fun: Callable[..., Any], stage: str = "mjx") -> Callable[..., str]:
    """A function of the same arguments that returns the program `fun` is traced to, as text.

    `stage` is 'mjx', 'linalg', 'llvm', 'llvm-ir' or 'asm'.
    """
    check_callable(fun, "make_ir")

    @api_boundary
    def text_of(*args: Any, **kwargs: Any) -> str:
        avals, paths, call = _abstract(fun, args, kwargs, "make_ir")
        module = trace_function(fun, avals, paths, call, "make_ir").module
        return module.text() if stage == "mjx" else module.stage_text(stage)

    return text_of
