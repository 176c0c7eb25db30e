"""The devices that hold arrays and run programs."""

from __future__ import annotations

from typing import Any

from mjx import _mjx
from mjx.support.config import default_device as default_device_flag


class Device:
    """A device of this process."""

    platform = "cpu"
    device_kind = "cpu"
    process_index = 0

    def __init__(self, index: int):
        self.id = index
        self.local_hardware_id = index

    @property
    def client(self) -> Device:
        """Itself, which knows its platform."""
        return self

    def memory_stats(self) -> dict[str, int]:
        """Bytes in use, at the peak, kept for reuse, and allowed; see `mjx.memory_stats`."""
        return memory_stats()

    def __repr__(self) -> str:
        return f"CpuDevice(id={self.id})"

    def __str__(self) -> str:
        return f"cpu:{self.id}"

    def __reduce__(self) -> Any:
        return _by_index, (self.id,)


def memory_stats() -> dict[str, int]:
    """What the arrays and running programs of this process use, in bytes of whole blocks.

    `bytes_in_use`, `peak_bytes_in_use`, `bytes_cached` (kept for reuse), `bytes_limit` (that of the
    machine, the control group or the process), `largest_alloc_size`, and `num_allocs`.
    """
    return _mjx.memory_stats()


_DEVICES = [Device(0)]


def _by_index(index: int) -> Device:
    return _DEVICES[index]


def devices(backend: str | None = None) -> list[Device]:
    """All devices, or those of a platform."""
    if backend not in (None, "cpu"):
        raise RuntimeError(
            f"devices: expected a platform of this machine ('cpu'), but got {backend!r}"
        )
    return list(_DEVICES)


def local_devices(
    process_index: int | None = None, backend: str | None = None, host_id: int | None = None
) -> list[Device]:
    """The devices of a process, this one by default; `host_id` is another name for its number."""
    asked = host_id if process_index is None else process_index
    if asked not in (None, 0):
        raise ValueError(
            f"local_devices: expected the number of a process, of which there is one, 0, but got "
            f"{asked!r}"
        )
    return devices(backend)


def device_count(backend: str | None = None) -> int:
    """Number of devices."""
    return len(devices(backend))


local_device_count = device_count


def default_backend() -> str:
    """The platform of the default device."""
    return default_device().platform


def default_device() -> Device:
    """The device that new arrays go to."""
    chosen = default_device_flag.value
    return chosen if isinstance(chosen, Device) else _DEVICES[0]


def process_index() -> int:
    """Number of this process among those that work together: there is one."""
    return 0


def process_count() -> int:
    """How many processes work together."""
    return 1


def process_indices(backend: str | None = None) -> list[int]:
    """The numbers of the processes that have devices of a platform."""
    devices(backend)
    return [process_index()]
