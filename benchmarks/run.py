"""Measures mjx beside its peers, interleaved in one process, and prints ratios.

    ./dev bench [--quick] [--only NAME] [--json FILE]

Peers are NumPy, and JAX where the environment has it. A row shows the best time of each and how
many times faster than the best peer mjx is; a growth row repeats one workload over sizes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections.abc import Callable
from typing import Any

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax

Row = dict[str, Callable[[], Any]]
ROWS: dict[str, Callable[[Any], Row]] = {}
JAX = importlib.util.find_spec("jax") is not None


def row(name: str) -> Callable:
    """Registers a workload: a function of the JAX module (or None) that gives what to time."""

    def register(make: Callable[[Any], Row]) -> Callable[[Any], Row]:
        ROWS[name] = make
        return make

    return register


def blocked(function: Callable, *args: Any) -> Callable[[], Any]:
    """A call that waits for its result."""
    return lambda: mjx.block_until_ready(function(*args))


def add_jax(peers: Row, jax: Any, make: Callable[[Any], Callable], *args: np.ndarray) -> Row:
    """The same workload in JAX, whose numpy module `make` is given."""
    if jax is not None:
        function = jax.jit(make(jax.numpy))
        values = [jax.numpy.asarray(a) for a in args]
        peers["jax"] = lambda: jax.block_until_ready(function(*values))
    return peers


def elementwise(n: int) -> Callable[[Any], Row]:
    def make(jax: Any) -> Row:
        x = np.linspace(-3, 3, n, dtype=np.float32)
        chain = lambda np_: lambda v: v * np_.sin(v) + np_.exp(-v)  # noqa: E731
        rows = {"mjx": blocked(mjx.jit(chain(mnp)), mnp.asarray(x)), "numpy": lambda: chain(np)(x)}
        return add_jax(rows, jax, chain, x)

    return make


def product(n: int) -> Callable[[Any], Row]:
    def make(jax: Any) -> Row:
        a, b = np.random.default_rng(0).standard_normal((2, n, n)).astype(np.float32)
        multiply = lambda np_: lambda x, y: np_.matmul(x, y)  # noqa: E731
        rows = {
            "mjx": blocked(mjx.jit(multiply(mnp)), mnp.asarray(a), mnp.asarray(b)),
            "numpy": lambda: a @ b,
        }
        return add_jax(rows, jax, multiply, a, b)

    return make


for _n in (10**3, 10**4, 10**5, 10**6):
    ROWS[f"x*sin(x)+exp(-x), {_n}"] = elementwise(_n)
for _n in (64, 256, 512, 1024):
    ROWS[f"matmul f32, {_n}"] = product(_n)


@row("eager x+1")
def _eager(jax: Any) -> Row:
    x = np.ones(8, np.float32)
    value = mnp.asarray(x)
    rows: Row = {"mjx": lambda: value + 1, "numpy": lambda: x + 1}
    if jax is not None:
        other = jax.numpy.asarray(x)
        rows["jax"] = lambda: other + 1
    return rows


@row("jit call, one leaf")
def _call(jax: Any) -> Row:
    x = np.ones(8, np.float32)
    rows = {"mjx": blocked(mjx.jit(lambda v: v + 1), mnp.asarray(x))}
    return add_jax(rows, jax, lambda np_: lambda v: v + 1, x)


@row("eager grad of 3 ops")
def _grad(jax: Any) -> Row:
    f = lambda np_: lambda v: np_.sum(np_.sin(v) * v)  # noqa: E731
    x = np.ones(8, np.float32)
    rows: Row = {"mjx": blocked(mjx.grad(f(mnp)), mnp.asarray(x))}
    if jax is not None:
        gradient, value = jax.grad(f(jax.numpy)), jax.numpy.asarray(x)
        rows["jax"] = lambda: jax.block_until_ready(gradient(value))
    return rows


@row("softmax 1024x1024")
def _softmax(jax: Any) -> Row:
    x = np.random.default_rng(0).standard_normal((1024, 1024)).astype(np.float32)

    def softmax(np_: Any) -> Callable:
        def f(v: Any) -> Any:
            e = np_.exp(v - np_.max(v, axis=1, keepdims=True))
            return e / np_.sum(e, axis=1, keepdims=True)

        return f

    rows = {"mjx": blocked(mjx.jit(softmax(mnp)), mnp.asarray(x)), "numpy": lambda: softmax(np)(x)}
    return add_jax(rows, jax, softmax, x)


def ordering(name: str, *shape: int, axis: int = -1) -> Callable[[Any], Row]:
    """A function of `numpy` that puts normal numbers in order along an axis."""

    def make(jax: Any) -> Row:
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        of = lambda np_: lambda v: getattr(np_, name)(v, axis=axis)  # noqa: E731
        rows = {"mjx": blocked(mjx.jit(of(mnp)), mnp.asarray(x)), "numpy": lambda: of(np)(x)}
        return add_jax(rows, jax, of, x)

    return make


for _n in (10**5, 10**6):
    ROWS[f"sort {_n}"] = ordering("sort", _n)
ROWS["argsort 1000000"] = ordering("argsort", 10**6)
for _axis in (0, 1):
    ROWS[f"sort 1000x1000, axis {_axis}"] = ordering("sort", 1000, 1000, axis=_axis)


@row("permutation 1000000")
def _permutation(jax: Any) -> Row:
    key, generator = mjx.random.key(0), np.random.default_rng(0)
    rows: Row = {
        "mjx": blocked(mjx.random.permutation, key, 10**6),
        "numpy": lambda: generator.permutation(10**6),
    }
    if jax is not None:
        other = jax.random.key(0)
        rows["jax"] = lambda: jax.block_until_ready(jax.random.permutation(other, 10**6))
    return rows


@row("scan of 10000 scalar steps")
def _scan(jax: Any) -> Row:
    steps = lambda lax_: lambda c: lax_.fori_loop(0, 10_000, lambda _, v: v * 0.999 + 1.0, c)  # noqa: E731
    rows: Row = {"mjx": blocked(mjx.jit(steps(lax)), mnp.asarray(np.float32(1)))}
    if jax is not None:
        function, value = jax.jit(steps(jax.lax)), jax.numpy.float32(1)
        rows["jax"] = lambda: jax.block_until_ready(function(value))
    return rows


def factorization(name: str, *shape: int) -> Callable[[Any], Row]:
    """A function of `linalg` or `fft`, of matrices far from singular, or of their squares."""
    module, function = name.split(".")

    def make(jax: Any) -> Row:
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        if module == "linalg":
            x += shape[-1] * np.eye(*shape[-2:], dtype=np.float32)
        if function in ("cholesky", "eigh"):
            x = x @ x.swapaxes(-1, -2)
        of = lambda np_: getattr(getattr(np_, module), function)  # noqa: E731
        args = (x, x[..., :1]) if function == "solve" else (x,)
        call = blocked(mjx.jit(of(mnp)), *map(mnp.asarray, args))
        return add_jax({"mjx": call, "numpy": lambda: of(np)(*args)}, jax, of, *args)

    return make


for _name in ("solve", "cholesky", "qr", "svd", "eigh"):
    ROWS[f"{_name} 300"] = factorization(f"linalg.{_name}", 300, 300)
ROWS["solve 10000 x 3x3"] = factorization("linalg.solve", 10_000, 3, 3)
ROWS["rfft 1000 x 1000"] = factorization("fft.rfft", 1000, 1000)
ROWS["fft2 512"] = factorization("fft.fft2", 512, 512)


def measure(calls: Row, seconds: float) -> dict[str, float]:
    """Best time of each call in seconds, taken in turns so that all meet the same machine."""
    counts = {}
    for name, call in calls.items():
        call()
        start = time.perf_counter()
        call()
        counts[name] = max(1, int(2e-3 / max(time.perf_counter() - start, 1e-7)))
    best = dict.fromkeys(calls, float("inf"))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                call()
            best[name] = min(best[name], (time.perf_counter() - start) / counts[name])
    return best


def report(name: str, times: dict[str, float]) -> None:
    cells = "  ".join(f"{who} {1e6 * t:10.1f} us" for who, t in times.items())
    peers = [t for who, t in times.items() if who != "mjx"]
    ratio = f"{min(peers) / times['mjx']:6.2f}x" if peers else "      -"
    print(f"{name:32s} {ratio}  {cells}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the time per row")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--json", help="write the times to this file")
    options = parser.parse_args()
    jax = importlib.import_module("jax") if JAX else None
    results = {}
    print("ratio: how many times faster than the best peer mjx is")
    for name, make in ROWS.items():
        if options.only in name:
            results[name] = measure(make(jax), 0.1 if options.quick else 1.0)
            report(name, results[name])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
