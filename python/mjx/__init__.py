"""mjx: NumPy with derivatives, batching, and a compiler of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mjx import errors, lax, numpy, tree, tree_util
from mjx.core import Array, ShapeDtypeStruct, typeof
from mjx.core.array import live_arrays
from mjx.core.callback import effects_barrier
from mjx.core.device import (
    Device,
    default_backend,
    device_count,
    devices,
    local_device_count,
    local_devices,
    memory_stats,
    process_count,
    process_index,
    process_indices,
)
from mjx.core.device import process_count as host_count
from mjx.core.device import process_index as host_id
from mjx.core.device import process_indices as host_ids
from mjx.core.execute import clear_caches
from mjx.core.execute import statistics as compile_statistics
from mjx.core.scopes import ensure_compile_time_eval, named_call, named_scope
from mjx.core.transfer import block_until_ready, copy_to_host_async, device_get, device_put
from mjx.placement import (
    Shard,
    make_array_from_callback,
    make_array_from_process_local_data,
    make_array_from_single_device_arrays,
    shard_map,
)
from mjx.sharding import NamedSharding, make_mesh, reshard, set_mesh
from mjx.sharding import PartitionSpec as P
from mjx.support.config import (
    check_tracer_leaks,
    checking_leaks,
    config,
    debug_infs,
    debug_nans,
    default_device,
    default_matmul_precision,
    default_prng_impl,
    disable_jit,
    enable_x64,
    explain_cache_misses,
    log_compiles,
    num_threads,
    numpy_dtype_promotion,
    numpy_rank_promotion,
    threefry_partitionable,
    transfer_guard,
    transfer_guard_device_to_device,
    transfer_guard_device_to_host,
    transfer_guard_host_to_device,
)
from mjx.support.dtypes import float0
from mjx.transforms import (
    check,
    checkpoint,
    checkpoint_policies,
    closure_convert,
    custom_gradient,
    custom_jvp,
    custom_vjp,
    eval_shape,
    grad,
    hessian,
    jacfwd,
    jacobian,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    make_ir,
    pmap,
    pure_callback,
    remat,
    value_and_grad,
    vjp,
    vmap,
)
from mjx.transforms.implicit import custom_linear_solve, custom_root

if TYPE_CHECKING:
    from mjx import (
        ad_checkpoint,
        custom_derivatives,
        debug,
        dtypes,
        experimental,
        ffi,
        mlir,
        nn,
        profiler,
        random,
        replay,
        scipy,
    )

# They need derivatives, which `lax` is below of, but this is where JAX has them.
lax.custom_linear_solve, lax.custom_root = custom_linear_solve, custom_root

__version__ = "0.1.0"
version_info = (0, 1, 0)
__version_info__ = version_info

# Imported when they are first asked for.
_LAZY = (
    "ad_checkpoint",
    "custom_derivatives",
    "debug",
    "distributed",
    "dlpack",
    "dtypes",
    "experimental",
    "ffi",
    "flatten_util",
    "image",
    "mlir",
    "monitoring",
    "nn",
    "ops",
    "profiler",
    "random",
    "replay",
    "scipy",
    "sharding",
    "stages",
    "test_util",
    "typing",
)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"mjx.{name}")
    raise AttributeError(f"module 'mjx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])


def _set_threads(count: int) -> None:
    from mjx import _mjx

    if count:
        _mjx.set_num_threads(count)


num_threads.subscribe(_set_threads)
_set_threads(num_threads.value)

__all__ = [
    "Array",
    "Device",
    "NamedSharding",
    "P",
    "ShapeDtypeStruct",
    "Shard",
    "block_until_ready",
    "check",
    "check_tracer_leaks",
    "checking_leaks",
    "checkpoint",
    "checkpoint_policies",
    "clear_caches",
    "closure_convert",
    "compile_statistics",
    "config",
    "copy_to_host_async",
    "custom_gradient",
    "custom_jvp",
    "custom_vjp",
    "debug_infs",
    "debug_nans",
    "default_backend",
    "default_device",
    "default_matmul_precision",
    "default_prng_impl",
    "device_count",
    "device_get",
    "device_put",
    "devices",
    "disable_jit",
    "effects_barrier",
    "enable_x64",
    "ensure_compile_time_eval",
    "errors",
    "eval_shape",
    "explain_cache_misses",
    "float0",
    "grad",
    "hessian",
    "host_count",
    "host_id",
    "host_ids",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jit",
    "jvp",
    "lax",
    "linear_transpose",
    "linearize",
    "live_arrays",
    "local_device_count",
    "local_devices",
    "log_compiles",
    "make_array_from_callback",
    "make_array_from_process_local_data",
    "make_array_from_single_device_arrays",
    "make_ir",
    "make_mesh",
    "memory_stats",
    "named_call",
    "named_scope",
    "num_threads",
    "numpy",
    "numpy_dtype_promotion",
    "numpy_rank_promotion",
    "pmap",
    "process_count",
    "process_index",
    "process_indices",
    "pure_callback",
    "remat",
    "reshard",
    "set_mesh",
    "shard_map",
    "threefry_partitionable",
    "transfer_guard",
    "transfer_guard_device_to_device",
    "transfer_guard_device_to_host",
    "transfer_guard_host_to_device",
    "tree",
    "tree_util",
    "typeof",
    "value_and_grad",
    "version_info",
    "vjp",
    "vmap",
]
