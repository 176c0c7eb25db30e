"""Replay buffers of growing length, beside flashbax on JAX where the environment has it.

    ./dev bench replay [--quick]

One 32x32x3 uint8 step is added to a donated state, 256 are drawn, and 256 priorities set. The rows of one
workload should not grow with the length, but for what caches and the depth of the tree add.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from run import Row, measure, report

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import random, replay

BATCH = 256
STEP = np.arange(32 * 32 * 3, dtype=np.uint8).reshape(32, 32, 3)
LENGTHS = (10**3, 10**4, 10**5, 5 * 10**5)


class Library:
    """What the two libraries have under different names."""

    def __init__(self, api: Any, arrays: Any, buffers: Any, random_key: Callable[[int], Any]):
        self.jit, self.wait, self.arrays = api.jit, api.block_until_ready, arrays
        self.buffers, self.key = buffers, random_key


def libraries() -> dict[str, Library]:
    """mjx, and flashbax if it is there."""
    found = {"mjx": Library(mjx, mnp, replay, random.key)}
    if importlib.util.find_spec("flashbax") is not None:
        jax, flashbax = importlib.import_module("jax"), importlib.import_module("flashbax")
        found["flashbax"] = Library(jax, jax.numpy, flashbax, jax.random.key)
    return found


def state_of(library: Library, prioritised: bool, length: int) -> tuple[Any, Any]:
    """A buffer that is half full."""
    buffers = library.buffers
    make = buffers.make_prioritised_flat_buffer if prioritised else buffers.make_flat_buffer
    buffer = make(length, 2, BATCH, add_sequences=True)
    state = buffer.init(library.arrays.asarray(STEP))
    extend = library.jit(buffer.add, donate_argnums=0)
    some = library.arrays.zeros((min(length, 1000) // 2, *STEP.shape), np.uint8)
    for _ in range(max(length // 1000, 1)):
        state = extend(state, some)
    return buffer, state


def changing(library: Library, function: Callable, state: Any, *args: Any) -> Callable[[], Any]:
    """A call whose donated state is that of the call before."""
    compiled, held = library.jit(function, donate_argnums=0), [state]

    def step() -> None:
        held[0] = compiled(held[0], *args)
        library.wait(held[0])

    return step


def adding(library: Library, prioritised: bool, length: int) -> Callable[[], Any]:
    buffer, state = state_of(library, prioritised, length)
    return changing(library, buffer.add, state, library.arrays.asarray(STEP[None]))


def sampling(library: Library, prioritised: bool, length: int) -> Callable[[], Any]:
    buffer, state = state_of(library, prioritised, length)
    sample, key = library.jit(buffer.sample), library.key(0)
    return lambda: library.wait(sample(state, key))


def setting(library: Library, prioritised: bool, length: int) -> Callable[[], Any]:
    buffer, state = state_of(library, prioritised, length)
    places = np.random.default_rng(0).integers(0, length // 2 - 1, BATCH).astype(np.int32)
    priorities = np.linspace(0.1, 2, BATCH, dtype=np.float32)
    arrays = [library.arrays.asarray(x) for x in (places, priorities)]
    return changing(library, buffer.set_priorities, state, *arrays)


WORK = {
    "add 1": (adding, False),
    f"sample {BATCH}": (sampling, False),
    "prioritised add 1": (adding, True),
    f"prioritised sample {BATCH}": (sampling, True),
    f"set_priorities {BATCH}": (setting, True),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="short buffers, less repetition")
    options = parser.parse_args()
    for name, (make, prioritised) in WORK.items():
        for length in LENGTHS[:2] if options.quick else LENGTHS:
            rows: Row = {
                who: make(library, prioritised, length) for who, library in libraries().items()
            }
            report(f"{name}, {length}", measure(rows, 0.1 if options.quick else 0.5))


if __name__ == "__main__":
    main()
