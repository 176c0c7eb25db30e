"""What a call costs besides its computation, beside NumPy and JAX, and what a second process pays.

    ./dev bench runtime [--quick]

Rows are as in run.py. The growth of a call with the number of its arguments follows, and then the
time to load programs that an earlier process compiled.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from run import JAX, Row, measure, report

import mjx
import mjx.numpy as mnp
import numpy as np

HOST = np.arange(60, dtype=np.float32).reshape(4, 3, 5)


def compared(of: Callable[[Any], Any], host: Callable[[], Any]) -> Callable[[Any], Row]:
    """The same expression of an array of mjx and of JAX, and what NumPy does instead."""

    def make(jax: Any) -> Row:
        x = mnp.array(HOST)
        rows: Row = {"mjx": lambda: of(x), "numpy": host}
        if jax is not None:
            y = jax.numpy.array(HOST)
            rows["jax"] = lambda: of(y)
        return rows

    return make


def _updated() -> np.ndarray:
    copy = HOST.copy()
    copy[1] = 2.0
    return copy


def _arrays(jax: Any) -> Row:
    rows: Row = {"mjx": lambda: mnp.array(HOST), "numpy": lambda: np.array(HOST)}
    if jax is not None:
        rows["jax"] = lambda: jax.numpy.array(HOST)
    return rows


def _round_trip(jax: Any) -> Row:
    x = np.ones(1000, np.float32)
    f = mjx.jit(lambda v: v * 2)
    rows: Row = {"mjx": lambda: np.asarray(f(x)), "numpy": lambda: x * 2}
    if jax is not None:
        g = jax.jit(lambda v: v * 2)
        rows["jax"] = lambda: np.asarray(g(x))
    return rows


def leaves(count: int) -> Callable[[Any], Row]:
    """A jitted call with many arguments in a dict, of which it uses one."""

    def make(jax: Any) -> Row:
        first = lambda d: d["0"] + 1  # noqa: E731
        tree = {str(i): mnp.ones(4) for i in range(count)}
        f = mjx.jit(first)
        rows: Row = {"mjx": lambda: f(tree)}
        if jax is not None:
            g, other = jax.jit(first), {k: jax.numpy.ones(4) for k in tree}
            rows["jax"] = lambda: g(other)
        return rows

    return make


ROWS = {
    "x + 1": compared(lambda x: x + 1, lambda: HOST + 1),
    "x + y": compared(lambda x: x + x, lambda: HOST + HOST),
    "x[i]": compared(lambda x: x[2], lambda: HOST[2]),
    "x[a:b]": compared(lambda x: x[1:3], lambda: HOST[1:3]),
    "x[i, j, k].item()": compared(lambda x: x[1, 2, 3].item(), lambda: HOST[1, 2, 3].item()),
    "x.at[i].set(v)": compared(lambda x: x.at[1].set(2.0), _updated),
    "array of a NumPy array": _arrays,
    "NumPy in, jit, NumPy out": _round_trip,
    "jit call, 1 leaf": leaves(1),
    "jit call, 10 leaves": leaves(10),
    "jit call, 100 leaves": leaves(100),
}

PROCESS = """
import sys, time
import mjx, mjx.numpy as mnp
from mjx.core.execute import statistics

mjx.config.update("compilation_cache_dir", sys.argv[1])
layers = int(sys.argv[2])

def loss(w, x):
    for a in w:
        x = mnp.tanh(x @ a)
    return mnp.sum(x * x)

w, x = [mnp.ones((32, 32))] * layers, mnp.ones((8, 32))
traced = mjx.jit(mjx.value_and_grad(loss)).lower(w, x)
start = time.perf_counter()
traced.compile()
print(time.perf_counter() - start, statistics["compiles"])
"""


def load_times() -> None:
    """Compilation in a first process, and loading in a second."""
    print("\nprograms of a first process in a second: layers, ms first, ms second, compiles second")
    for layers in (1, 8, 64):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", PROCESS, folder, str(layers)]
            environment = {**os.environ, "MJX_ENABLE_COMPILATION_CACHE": "1"}
            runs = [
                subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
                for _ in range(2)
            ]
            first, second = (run.stdout.split() for run in runs)
            print(
                f"{layers:4d} {1e3 * float(first[0]):10.1f} {1e3 * float(second[0]):10.2f} "
                f"{second[1]:>4s}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the time per row")
    options = parser.parse_args()
    jax = importlib.import_module("jax") if JAX else None
    print("ratio: how many times faster than the best peer mjx is")
    results = {}
    for name, make in ROWS.items():
        results[name] = measure(make(jax), 0.1 if options.quick else 1.0)
        report(name, results[name])
    slope = (results["jit call, 100 leaves"]["mjx"] - results["jit call, 10 leaves"]["mjx"]) / 90
    print(f"each further leaf: {1e9 * slope:.0f} ns")
    load_times()


if __name__ == "__main__":
    main()
