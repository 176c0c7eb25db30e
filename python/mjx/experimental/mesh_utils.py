"""Devices in the order that suits a mesh."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.core.device import devices as all_devices
from mjx.support.errors import explain

__all__ = ["create_device_mesh"]


def create_device_mesh(
    mesh_shape: Sequence[int],
    devices: Sequence[Any] | None = None,
    *,
    contiguous_submeshes: bool = False,
    allow_split_physical_axes: bool = False,
) -> np.ndarray:
    """The devices as an array of the shape of a mesh.

    There are no physical axes, so the options change nothing.
    """
    found = all_devices() if devices is None else list(devices)
    if math.prod(mesh_shape) != len(found):
        raise ValueError(
            explain(
                "create_device_mesh", f"a shape of {len(found)} devices", str(tuple(mesh_shape))
            )
        )
    return np.array(found, object).reshape(tuple(mesh_shape))
