"""Several processes that work together: there is one, and nothing to connect it to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["initialize", "is_initialized", "shutdown"]

_initialized = False


def initialize(
    coordinator_address: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    local_device_ids: int | Sequence[int] | None = None,
    cluster_detection_method: str | None = None,
    initialization_timeout: int = 300,
    heartbeat_timeout_seconds: int = 100,
    shutdown_timeout_seconds: int = 300,
    coordinator_bind_address: str | None = None,
    slice_index: Any = None,
) -> None:
    """Says that all processes have come: this one. There may be no other, and no further device."""
    global _initialized
    if num_processes not in (None, 1) or process_id not in (None, 0):
        raise ValueError(
            f"distributed.initialize: expected one process, number 0, but got number {process_id} "
            f"of {num_processes}"
        )
    if local_device_ids not in (None, 0, [0], (0,)):
        raise ValueError(
            f"distributed.initialize: expected the device 0, but got {local_device_ids!r}"
        )
    if _initialized:
        raise RuntimeError("distributed.initialize: expected to be called once, but got a second")
    _initialized = True


def is_initialized() -> bool:
    """Whether `initialize` was called."""
    return _initialized


def shutdown() -> None:
    """Undoes `initialize`."""
    global _initialized
    _initialized = False
