"""Where arrays lie. There is one device, so every placement means that all of an array lies there.

Programs written for several devices run with the names they use: meshes, partition specs and
shardings are accepted, checked, and carried along.
"""

from __future__ import annotations

import contextlib
import enum
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mjx.core.device import Device, devices
from mjx.core.device import device_count as _device_count
from mjx.core.transfer import device_put

__all__ = [
    "AbstractMesh",
    "AxisType",
    "Mesh",
    "NamedSharding",
    "PartitionSpec",
    "Sharding",
    "SingleDeviceSharding",
    "get_abstract_mesh",
    "get_mesh",
    "make_mesh",
    "reshard",
    "set_mesh",
    "use_mesh",
]


class PartitionSpec(tuple):
    """For each dimension the mesh axis (or axes) it is divided along; None for undivided."""

    unreduced: frozenset[str]
    reduced: frozenset[str]

    def __new__(
        cls, *partitions: Any, unreduced: Any = frozenset(), reduced: Any = frozenset()
    ) -> PartitionSpec:
        for part in partitions:
            names = part if isinstance(part, tuple) else (part,)
            if not all(n is None or isinstance(n, str) for n in names):
                raise TypeError(
                    f"PartitionSpec: expected names of mesh axes, tuples of them, or None, but got "
                    f"{part!r}"
                )
        found = super().__new__(cls, partitions)
        # Axes along which sums are left to be taken, and were: with one device, of one term.
        found.unreduced, found.reduced = frozenset(unreduced), frozenset(reduced)
        return found

    def __repr__(self) -> str:
        return (
            f"PartitionSpec{super().__repr__()}"
            if len(self) != 1
            else f"PartitionSpec({self[0]!r})"
        )

    def __reduce__(self) -> Any:
        return PartitionSpec, tuple(self), self.__dict__


class AxisType(enum.Enum):
    """Who decides how arrays are divided along an axis of a mesh: on one device, nobody has to."""

    Auto = enum.auto()
    Explicit = enum.auto()
    Manual = enum.auto()


class Mesh(contextlib.ContextDecorator):
    """Devices in an array whose axes have names. `with mesh:` makes it the current one."""

    def __init__(self, devices: Any, axis_names: str | Sequence[str], axis_types: Any = None):
        self.devices = np.asarray(devices, dtype=object)
        self.axis_names = (axis_names,) if isinstance(axis_names, str) else tuple(axis_names)
        self.axis_types = axis_types
        if self.devices.ndim != len(self.axis_names):
            raise ValueError(
                f"Mesh: expected a name for each of {self.devices.ndim} dimensions of devices, but "
                f"got {self.axis_names}"
            )

    @property
    def shape(self) -> Mapping[str, int]:
        """The extent of each axis, by name."""
        return dict(zip(self.axis_names, self.devices.shape))

    @property
    def abstract_mesh(self) -> AbstractMesh:
        """The mesh without its devices."""
        return AbstractMesh(self.devices.shape, self.axis_names, self.axis_types)

    @property
    def size(self) -> int:
        """Number of devices."""
        return self.devices.size

    @property
    def empty(self) -> bool:
        """Whether there are no devices."""
        return not self.devices.size

    def __enter__(self) -> Mesh:
        _current.stack.append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        _current.stack.pop()

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Mesh) and self.axis_names == other.axis_names
        return same and self.devices.shape == other.devices.shape

    def __hash__(self) -> int:
        return hash((self.axis_names, self.devices.shape))

    def __repr__(self) -> str:
        return f"Mesh({', '.join(f'{n!r}: {s}' for n, s in self.shape.items())})"


class AbstractMesh:
    """The extents and names of a mesh, without devices."""

    def __init__(
        self,
        axis_sizes: Sequence[int],
        axis_names: Sequence[str],
        axis_types: Any = None,
        *,
        abstract_device: Any = None,
    ):
        if len(axis_sizes) != len(axis_names):
            raise ValueError(
                f"AbstractMesh: expected a name for each of {len(axis_sizes)} axes, but got "
                f"{tuple(axis_names)}"
            )
        self.axis_sizes, self.axis_names = tuple(axis_sizes), tuple(axis_names)
        self.axis_types, self.abstract_device = axis_types, abstract_device

    @property
    def shape(self) -> Mapping[str, int]:
        """The extent of each axis, by name."""
        return dict(zip(self.axis_names, self.axis_sizes))

    @property
    def size(self) -> int:
        """Number of devices that such a mesh has."""
        return math.prod(self.axis_sizes) if self.axis_sizes else 0

    @property
    def empty(self) -> bool:
        """Whether there are no axes."""
        return not self.axis_names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbstractMesh) and self.shape == other.shape

    def __hash__(self) -> int:
        return hash((self.axis_names, self.axis_sizes))

    def __repr__(self) -> str:
        return f"AbstractMesh({', '.join(f'{n!r}: {s}' for n, s in self.shape.items())})"


def get_abstract_mesh() -> AbstractMesh:
    """The current mesh of this thread without its devices; an empty one if there is none."""
    mesh = get_mesh()
    return AbstractMesh((), ()) if mesh is None else mesh.abstract_mesh


def reshard(xs: Any, out_shardings: Any) -> Any:
    """The tree with its arrays placed anew, where they are already."""
    return device_put(xs, out_shardings)


class _Current(threading.local):
    def __init__(self) -> None:
        self.stack: list[Mesh] = []


_current = _Current()


def get_mesh() -> Mesh | None:
    """The current mesh of this thread, or None."""
    return _current.stack[-1] if _current.stack else None


@contextlib.contextmanager
def use_mesh(mesh: Mesh) -> Iterator[Mesh]:
    """A scope in which a mesh is the current one."""
    with mesh:
        yield mesh


set_mesh = use_mesh


def make_mesh(
    axis_shapes: Sequence[int],
    axis_names: Sequence[str],
    axis_types: Any = None,
    *,
    devices: Any = None,
) -> Mesh:
    """A mesh of the given extents; there must be as many devices."""
    found = list(_all_devices() if devices is None else devices)
    if math.prod(axis_shapes) > len(found):
        raise ValueError(
            f"make_mesh: expected at most {len(found)} devices, since there are no more, but got "
            f"axis_shapes {tuple(axis_shapes)}"
        )
    chosen = np.asarray(found[: math.prod(axis_shapes)], dtype=object)
    return Mesh(chosen.reshape(tuple(axis_shapes)), axis_names, axis_types)


def _all_devices() -> list[Device]:
    return devices()[: _device_count()]


class Sharding:
    """How an array is divided among devices."""

    @property
    def device_set(self) -> set[Device]:
        """The devices that hold a part."""
        return set(_all_devices())

    @property
    def is_fully_replicated(self) -> bool:
        """Whether every device holds all of the array."""
        return True

    @property
    def is_fully_addressable(self) -> bool:
        """Whether this process can read all of the array."""
        return True

    @property
    def memory_kind(self) -> str | None:
        """The kind of memory; there is one."""
        return None

    def shard_shape(self, global_shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the part on one device."""
        return tuple(global_shape)


class SingleDeviceSharding(Sharding):
    """All of an array on one device."""

    def __init__(self, device: Device, *, memory_kind: str | None = None):
        self._device = device

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SingleDeviceSharding) and self._device == other._device

    def __hash__(self) -> int:
        return hash(self._device)

    def __repr__(self) -> str:
        return f"SingleDeviceSharding(device={self._device!r})"


class NamedSharding(Sharding):
    """An array divided along the axes of a mesh."""

    def __init__(self, mesh: Mesh, spec: PartitionSpec, *, memory_kind: str | None = None):
        if not isinstance(spec, PartitionSpec):
            raise TypeError(f"NamedSharding: expected a PartitionSpec, but got {spec!r}")
        used = [n for part in spec for n in (part if isinstance(part, tuple) else (part,)) if n]
        unknown = [n for n in used if n not in mesh.axis_names]
        if unknown:
            raise ValueError(
                f"NamedSharding: expected axes of {mesh!r}, but got {unknown[0]!r} in {spec!r}"
            )
        self.mesh, self.spec = mesh, spec

    def shard_shape(self, global_shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the part on one device."""
        sizes, shape = self.mesh.shape, list(global_shape)
        for d, part in enumerate(self.spec):
            for name in part if isinstance(part, tuple) else (part,):
                if name is None:
                    continue
                if shape[d] % sizes[name]:
                    raise ValueError(
                        f"shard_shape: expected dimension {d} of {tuple(global_shape)} to be "
                        f"divisible by {sizes[name]}, the extent of {name!r}"
                    )
                shape[d] //= sizes[name]
        return tuple(shape)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, NamedSharding) and self.mesh == other.mesh
        return same and self.spec == other.spec

    def __hash__(self) -> int:
        return hash((self.mesh, self.spec))

    def __repr__(self) -> str:
        return f"NamedSharding(mesh={self.mesh!r}, spec={self.spec!r})"
