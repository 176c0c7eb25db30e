"""Arrays by where they lie, and functions of their parts: there is one device, and one part."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mjx.numpy as mnp
from mjx.core import Array
from mjx.core.device import Device
from mjx.core.transfer import device_put
from mjx.sharding import (
    Mesh,
    NamedSharding,
    PartitionSpec,
    Sharding,
    SingleDeviceSharding,
    get_mesh,
)
from mjx.support.errors import explain
from mjx.support.tree import tree_leaves, tree_map
from mjx.transforms import vmap

__all__ = [
    "Shard",
    "make_array_from_callback",
    "make_array_from_process_local_data",
    "make_array_from_single_device_arrays",
    "shard_map",
]


@dataclass(frozen=True)
class Shard:
    """The part of an array on a device: all of it."""

    device: Device
    sharding: Sharding
    global_shape: tuple[int, ...]
    data: Array

    @property
    def index(self) -> tuple[slice, ...]:
        """The place of the part in the array."""
        return _everything(self.global_shape)

    @property
    def replica_id(self) -> int:
        """Which of the copies of the part this is."""
        return 0


def _everything(shape: Sequence[int]) -> tuple[slice, ...]:
    return (slice(None),) * len(shape)


def make_array_from_callback(
    shape: Sequence[int], sharding: Any, data_callback: Callable[[Any], Any], dtype: Any = None
) -> Array:
    """The array of which `data_callback(index)` gives the part at an index, called once for all."""
    shape = tuple(shape)
    return _of_shape("make_array_from_callback", data_callback(_everything(shape)), shape, dtype)


def make_array_from_single_device_arrays(
    shape: Sequence[int], sharding: Any, arrays: Sequence[Any], *, dtype: Any = None
) -> Array:
    """The array whose parts are the one in `arrays`."""
    who = "make_array_from_single_device_arrays"
    if len(arrays) != 1:
        raise ValueError(explain(who, "one array, since there is one device", str(len(arrays))))
    return _of_shape(who, arrays[0], tuple(shape), dtype)


def make_array_from_process_local_data(
    sharding: Any, local_data: Any, global_shape: Sequence[int] | None = None
) -> Any:
    """The arrays of which this process, the only one, has all data; of a tree of such."""
    who = "make_array_from_process_local_data"
    if global_shape is None:
        return tree_map(mnp.asarray, local_data)
    return _of_shape(who, local_data, tuple(global_shape), None)


def _of_shape(who: str, data: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    found = mnp.asarray(data, dtype)
    if found.shape != shape:
        raise ValueError(explain(who, f"data of shape {shape}", str(found.aval)))
    return found


def shard_map(
    f: Callable[..., Any] | None = None,
    /,
    *,
    out_specs: Any,
    in_specs: Any = None,
    mesh: Mesh | None = None,
    axis_names: Any = frozenset(),
    check_vma: bool = True,
) -> Any:
    """`f` of the parts of its arguments, with collectives over the axes of the mesh.

    The mesh has one device, so the parts are whole, and each axis has the extent 1. The specs are
    checked against the mesh, by default the current one. Without `f` it is a decorator.
    """
    if f is None:
        options = {"in_specs": in_specs, "mesh": mesh, "axis_names": axis_names}
        return lambda f: shard_map(f, out_specs=out_specs, check_vma=check_vma, **options)
    mesh = get_mesh() if mesh is None else mesh
    if mesh is None or mesh.size != 1:
        raise ValueError(explain("shard_map", "a mesh of one device", repr(mesh)))
    for spec in tree_leaves((in_specs, out_specs), is_leaf=_is_spec):
        _check_spec(mesh, spec)
    names = [n for n in mesh.axis_names if not axis_names or n in axis_names]

    @functools.wraps(f)
    def mapped(*args: Any) -> Any:
        return functools.reduce(_with_axis, names, f)(*args)

    return mapped


def _is_spec(x: Any) -> bool:
    return isinstance(x, PartitionSpec)


def _check_spec(mesh: Mesh, spec: Any) -> None:
    if not _is_spec(spec):
        raise TypeError(explain("shard_map", "trees of PartitionSpec", repr(spec)))
    NamedSharding(mesh, spec)


def _with_axis(f: Callable[..., Any], name: str) -> Callable[..., Any]:
    """`f` where the axis `name` has one place."""

    def inside(*args: Any) -> Any:
        rows = vmap(f, in_axes=None, axis_name=name, axis_size=1)(*args)
        return tree_map(lambda x: x[0], rows)

    return inside


# What arrays say about where they are.


def _sharding(self: Array) -> Sharding:
    """All of the array on its device."""
    return SingleDeviceSharding(self.device)


def _shards(self: Array) -> list[Shard]:
    """The parts on the devices: one."""
    return [Shard(self.device, self.sharding, self.shape, self)]


def _addressable_data(self: Array, index: int) -> Array:
    """The part on a device, by number."""
    return self.addressable_shards[index].data


def _to_device(self: Array, device: Any, *, stream: Any = None) -> Array:
    """The array on a device."""
    if stream is not None:
        raise ValueError(explain("Array.to_device", "no stream", repr(stream)))
    return device_put(self, device)


def _on_device_size_in_bytes(self: Array) -> int:
    """Bytes of all elements."""
    return self.nbytes


def _unsafe_buffer_pointer(self: Array) -> int:
    """The address of the elements: read only, and only while the array lives."""
    return self.numpy_view().ctypes.data


Array.sharding = property(_sharding)
Array.addressable_shards = Array.global_shards = property(_shards)
Array.is_fully_replicated = property(lambda self: True, doc="Whether every device has all of it.")
Array.addressable_data = _addressable_data
Array.to_device = _to_device
Array.on_device_size_in_bytes = _on_device_size_in_bytes
Array.unsafe_buffer_pointer = _unsafe_buffer_pointer
