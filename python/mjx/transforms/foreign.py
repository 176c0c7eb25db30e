"""C functions in programs, found by name."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import _mjx
from mjx.core.bind import as_array_or_tracer, bind
from mjx.core.callback import emit_effect
from mjx.core.trace import state
from mjx.core.tracer import Tracer
from mjx.support.source import api_boundary
from mjx.transforms.callbacks import VMAP_METHODS, result_avals

# What each registered function wants: buffers with their types, or pointers only.
_interfaces: dict[str, str] = {}
# ctypes frees a function made of Python code with its last reference.
_kept: list[Any] = []


def pycapsule(funcptr: Any) -> Any:
    """A capsule around a C function, as `register_ffi_target` takes it.

    `funcptr` is a function of a `ctypes` library or one made by `ctypes.CFUNCTYPE`.
    """
    address = ctypes.cast(funcptr, ctypes.c_void_p).value
    if not address:
        raise ValueError(f"pycapsule: expected a C function, but got {funcptr!r}, a null pointer")
    _kept.append(funcptr)
    return _mjx.capsule(address)


def register_ffi_target(
    name: str, fn: Any, platform: str = "cpu", api_version: int = 1, **kwargs: Any
) -> None:
    """Makes a C function known to programs of this process.

    `fn` is a capsule, the address, or a `ctypes` function. With `api_version` 1 it takes a pointer
    to the `mjx_call` of `mjx-c/Foreign.h` and returns 0 or an error; with 0 it takes the data of
    the results and of the inputs, two arrays of pointers. A name cannot be registered again for
    another function.
    """
    if platform != "cpu":
        raise ValueError(
            f"register_ffi_target: expected platform 'cpu', the only one, but got {platform!r}"
        )
    if api_version not in (0, 1):
        raise ValueError(
            f"register_ffi_target: expected api_version 0 or 1, but got {api_version!r}"
        )
    if not isinstance(name, str) or not name:
        raise TypeError(f"register_ffi_target: expected a name, but got {name!r}")
    if isinstance(fn, ctypes._CFuncPtr):
        fn = pycapsule(fn)
    _mjx.register_foreign_function(name, fn)
    _interfaces[name] = "buffers" if api_version else "pointers"


def include_dir() -> str:
    """Where the headers for such functions are: `-I` for the C compiler."""
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    installed = os.path.join(package, "include")
    source = os.path.join(os.path.dirname(os.path.dirname(package)), "include")
    return installed if os.path.isdir(installed) else source


def _parameter(name: str, value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return f"{name}=i:{int(value)}"
    if isinstance(value, (int, np.integer)):
        return f"{name}=i:{int(value)}"
    if isinstance(value, (float, np.floating)):
        return f"{name}=f:{float(value)!r}"
    if isinstance(value, str) and not set(value) & {"\n", "\0"}:
        return f"{name}=t:{value}"
    raise TypeError(
        f"ffi_call: expected parameters to be numbers, booleans or lines of text, but {name} is "
        f"{value!r} of type {type(value).__name__}; pass arrays as positional arguments"
    )


def ffi_call(
    target_name: str,
    result_shape_dtypes: Any,
    *,
    has_side_effect: bool = False,
    vmap_method: str | None = None,
    input_layouts: Sequence[Any] | None = None,
    output_layouts: Any = None,
    input_output_aliases: dict[int, int] | None = None,
    custom_call_api_version: int = 4,
    legacy_backend_config: str | None = None,
) -> Callable[..., Any]:
    """A function of arrays that calls the C function registered as `target_name`.

    Its positional arguments are the inputs, its keywords the parameters, which are numbers,
    booleans and text. It returns arrays of the types of `result_shape_dtypes`. With
    `has_side_effect` it is called exactly as often as the program says. `vmap_method` is as for
    `mjx.pure_callback`. Its derivative is not known.
    """
    if vmap_method not in VMAP_METHODS:
        raise ValueError(
            f"ffi_call: expected a vmap_method among {VMAP_METHODS}, but got {vmap_method!r}"
        )
    if input_layouts is not None or output_layouts is not None or input_output_aliases:
        raise ValueError(
            "ffi_call: expected no layouts and no aliases, since arrays are dense, row-major and "
            "immutable"
        )
    avals, out_tree = result_avals("ffi_call", result_shape_dtypes)
    types = tuple([a.type for a in avals])

    @api_boundary
    def call(*args: Any, **parameters: Any) -> Any:
        interface = _interfaces.get(target_name)
        if interface is None:
            raise ValueError(
                f"ffi_call: expected a registered function, but there is no {target_name!r}; "
                f"call mjx.ffi.register_ffi_target first"
            )
        operands = [as_array_or_tracer(x, "ffi_call") for x in args]
        attributes = {
            "target": target_name,
            "api": interface,
            "config": "\n".join(_parameter(k, parameters[k]) for k in sorted(parameters)),
            "has_effects": has_side_effect,
            "vmap_method": vmap_method or "none",
        }
        level = state.level
        traced = any(type(x) is Tracer for x in operands)
        if has_side_effect and level is not None and (level.staging or traced):
            results = emit_effect(level, "custom_call", operands, attributes, types)
        else:
            results = bind("custom_call", operands, attributes, types)
        return out_tree.unflatten(results)

    return call
