"""Measures what programs take to compile, stage by stage, and how that grows with them.

    python benchmarks/compile.py [--quick] [--only NAME]

Each line has the shortest time seen, the growth over half the size (2 is linear), and what the
longest stages took. Nothing is taken from the cache of compiled programs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import mjx
import mjx.numpy as mnp

BENCHMARKS: dict[str, Callable[[bool], None]] = {}


def benchmark(make: Callable[[bool], None]) -> Callable[[bool], None]:
    """Registers a measurement under the name of its function."""
    BENCHMARKS[make.__name__] = make
    return make


def stages(function: Callable[..., Any], *args: Any, repeat: int = 3) -> dict[str, float]:
    """Milliseconds per stage of the fastest of some compilations."""
    # `Lowered.compile` would find what it compiled before.
    module = mjx.jit(function).lower(*args)._traced.module
    runs = [module.compile([], False).compile_ms for _ in range(repeat)]
    return min(runs, key=lambda stages: sum(stages.values()))


def report(what: str, times: dict[str, float], aim: float | None = None) -> float:
    """Prints a line and returns the milliseconds of all stages."""
    total = sum(times.values())
    longest = sorted(times.items(), key=lambda item: -item[1])[:4]
    verdict = "" if aim is None else f" aim {aim:g}: {'met' if total <= aim else 'MISSED'}"
    parts = ", ".join(f"{name} {100 * ms / total:.0f}%" for name, ms in longest)
    print(f"{what:36s} {total:9.1f} ms{verdict:18s} {parts}", flush=True)
    return total


def grow(what: str, sizes: list[int], times: list[dict[str, float]]) -> None:
    """Prints the time of each size and the ratio of each to the one before."""
    totals = [report(f"{what}, n = {n}", time) for n, time in zip(sizes, times)]
    for n, before, after in zip(sizes[1:], totals, totals[1:]):
        verdict = "met" if after <= 2.2 * before else "MISSED"
        print(f"{f'{what}, t({n})/t({n // 2})':36s} {after / before:9.2f} x  aim 2.2: {verdict}")


def halves(n: int, count: int) -> list[int]:
    """`n` and what halving it gives, smallest first."""
    return [n >> i for i in reversed(range(count))]


def chain(ops: int) -> Callable[[Any], Any]:
    """A function of as many elementwise ops and a sum."""

    def f(x):
        for _ in range(ops // 2):
            x = mnp.sin(x) * 1.01
        return mnp.sum(x)

    return f


def network(layers: int) -> tuple[Callable[[Any, Any], Any], tuple[Any, Any]]:
    """The loss of a network of square layers, and its arguments."""

    def loss(weights, x):
        for w in weights:
            x = mnp.tanh(x @ w)
        return mnp.sum(x * x)

    return loss, ([mnp.ones((32, 32)) for _ in range(layers)], mnp.ones((8, 32)))


@benchmark
def small(quick: bool) -> None:
    """Programs that are compiled while somebody waits."""
    x = mnp.ones(1000)
    report("one op", stages(mnp.sin, x, repeat=20), 4)

    def fused(x):
        for _ in range(25):
            x = mnp.sin(x) * 1.01
        return x

    report("50 fused ops", stages(fused, x, repeat=5), 25)

    def loss(params, x, y):
        w1, b1, w2, b2 = params
        hidden = mnp.maximum(x @ w1 + b1, 0)
        return mnp.mean((hidden @ w2 + b2 - y) ** 2)

    def step(params, x, y):
        value, slopes = mjx.value_and_grad(loss)(params, x, y)
        return value, [p - 0.1 * s for p, s in zip(params, slopes)]

    params = [mnp.ones((784, 128)), mnp.ones(128), mnp.ones((128, 10)), mnp.ones(10)]
    args = params, mnp.ones((64, 784)), mnp.ones((64, 10))
    report("step of training two layers", stages(step, *args, repeat=5), 40)


@benchmark
def chains(quick: bool) -> None:
    """Chains of elementwise ops, and their gradients."""
    sizes = halves(2000 if quick else 8000, 4 if quick else 6)
    x = mnp.ones(8)
    forward = [stages(chain(n), x, repeat=2) for n in sizes]
    grow("chain", sizes, forward)
    backward = [stages(mjx.grad(chain(n)), x, repeat=2) for n in sizes]
    grow("gradient of a chain", sizes, backward)
    ratio = sum(backward[-1].values()) / sum(forward[-1].values())
    print(f"gradient over forward                {ratio:9.2f} x  aim 2.5")


@benchmark
def depths(quick: bool) -> None:
    """Networks of growing depth."""
    sizes = halves(32 if quick else 128, 3 if quick else 5)
    forward, backward = [], []
    for n in sizes:
        loss, args = network(n)
        forward.append(stages(loss, *args, repeat=2))
        backward.append(stages(mjx.value_and_grad(loss), *args, repeat=2))
    grow("network", sizes, forward)
    grow("gradient of a network", sizes, backward)
    ratio = sum(backward[-1].values()) / sum(forward[-1].values())
    print(f"gradient over forward                {ratio:9.2f} x  aim 2.5")


def main() -> None:
    """Runs the measurements asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="one measurement")
    options = parser.parse_args()
    for name, measure in BENCHMARKS.items():
        if options.only in (None, name):
            print(f"-- {name}: {measure.__doc__.splitlines()[0]}", flush=True)
            measure(options.quick)


if __name__ == "__main__":
    main()
