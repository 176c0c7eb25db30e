"""Vector quantization."""

from __future__ import annotations

from typing import Any

import mjx.numpy as mnp
from mjx.numpy import operands as ops

__all__ = ["vq"]


def vq(obs: Any, code_book: Any, check_finite: bool = True) -> tuple[Any, Any]:
    """For each observation (row) the index of the nearest code, and its distance.

    Vectors of length 1 may be given as numbers. `check_finite` is accepted; nothing is checked.
    """
    obs, code_book = ops.promoted("vq", obs, code_book, inexact=True)
    if obs.ndim != code_book.ndim or obs.ndim not in (1, 2):
        raise ValueError(
            f"vq: expected observations and codes of 1 or 2 dimensions, the same for both, but got "
            f"shapes {obs.shape} and {code_book.shape}"
        )
    if obs.ndim == 1:
        obs, code_book = obs[:, None], code_book[:, None]
    if obs.shape[1] != code_book.shape[1]:
        raise ValueError(
            f"vq: expected vectors of one length, but got {obs.shape[1]} and {code_book.shape[1]}"
        )
    distance = mnp.linalg.norm(obs[:, None, :] - code_book[None, :, :], axis=-1)
    code = mnp.argmin(distance, axis=1)
    return code, mnp.take_along_axis(distance, code[:, None], axis=1)[:, 0]
