"""Measures what transforms cost to make and to run: times, ratios and growth rates.

    python benchmarks/transforms.py [--quick] [--only NAME]

Each line has a figure, the aim for it, and whether it is met. A growth rate is the time for one
size over that for half of it: 2 is linear.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax

BENCHMARKS: dict[str, Callable[[bool], None]] = {}


def benchmark(make: Callable[[bool], None]) -> Callable[[bool], None]:
    """Registers a measurement under the name of its function."""
    BENCHMARKS[make.__name__] = make
    return make


def best(function: Callable[[], Any], seconds: float = 0.5, least: int = 3) -> float:
    """The shortest time of a call, in seconds."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        mjx.block_until_ready(function())
        times.append(time.perf_counter() - start)
    return min(times)


def report(what: str, figure: float, unit: str, aim: float | None = None) -> None:
    """Prints a line."""
    verdict = "" if aim is None else f"  aim {aim:g}: {'met' if figure <= aim else 'MISSED'}"
    print(f"{what:58s} {figure:10.3g} {unit:4s}{verdict}", flush=True)


def report_growth(what: str, sizes: list[int], times: list[float], aim: float) -> None:
    """Prints how a time grows from each size to the next, which is twice that."""
    for n, before, after in zip(sizes[1:], times, times[1:]):
        report(f"{what}, growth to n = {n}", after / before, "x", aim)


def halves(n: int, count: int) -> list[int]:
    """`n` and what halving it gives, smallest first."""
    return [n >> i for i in reversed(range(count))]


def chain(ops: int) -> Callable[[Any], Any]:
    """A function of as many ops."""

    def f(x):
        for _ in range(ops // 2):
            x = mnp.sin(x) * 1.01
        return mnp.sum(x)

    return f


def traced(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """Tracing anew, with all transforms resolved."""
    return lambda: mjx.jit(lambda *a: function(*a)).lower(*args)


@benchmark
def resolve(quick: bool) -> None:
    """What differentiating and batching take per op, apart from tracing it."""
    x, xs = mnp.ones(8), mnp.ones((4, 8))
    ops = 2000
    f = chain(ops)
    plain = best(traced(f, x))
    report("trace, per op", 1e6 * plain / ops, "us")
    for name, g, arg in (
        ("jvp", lambda v: mjx.jvp(f, (v,), (v,))[1], x),
        ("grad", mjx.grad(f), x),
        ("vmap", mjx.vmap(f), xs),
    ):
        report(f"resolve {name}, per op", 1e6 * (best(traced(g, arg)) - plain) / ops, "us", 10)


@benchmark
def elements(quick: bool) -> None:
    """The gradient of sum(sin(x[i]) for i in range(n)), by indexing one at a time."""
    sizes = halves(1024 if quick else 4096, 3 if quick else 4)

    def f(x):
        return sum(mnp.sin(x[i]) for i in range(x.shape[0]))

    tracing, resolving, simplifying = [], [], []
    for n in sizes:
        x = mnp.ones(n)
        tracing.append(best(traced(f, x), 1, 3))
        resolving.append(best(traced(mjx.grad(f), x), 1, 3))
        module = mjx.jit(mjx.grad(f)).lower(x)._traced.module
        simplifying.append(best(lambda m=module: m.clone().run("mjx-simplify"), 1, 4))
    report(f"trace, n = {sizes[-1]}, per element", 1e6 * tracing[-1] / sizes[-1], "us")
    report_growth("trace and resolve", sizes, resolving, 2.4)
    report_growth("simplify", sizes, simplifying, 2.4)
    times = []
    for n in sizes[:3]:
        call, x = mjx.jit(mjx.grad(f)), mnp.ones(n)
        times.append(best(lambda call=call, x=x: call(x), 0.2))
    report(f"run, n = {sizes[2]}, per element", 1e9 * times[-1] / sizes[2], "ns")
    report_growth("run", sizes[:3], times, 2.4)


@benchmark
def indexed_scan(quick: bool) -> None:
    """A scan that reads and writes one row per step (jax-ml/jax#10197)."""
    sizes, forward, backward = [250, 500, 1000], [], []
    for n in sizes:
        order = np.arange(n, dtype=np.int32)
        reads = mnp.asarray(np.roll(order, 1))

        def loss(x, reads=reads, order=order):
            def step(y, at):
                i, j = at
                row = lax.dynamic_slice(y, (j, 0, 0), (1, 10, 10))
                return lax.dynamic_update_slice(y, mnp.sin(row), (i, 0, 0)), None

            return mnp.sum(lax.scan(step, x, (mnp.asarray(order), reads))[0])

        x = mnp.ones((n, 10, 10))
        f, g = mjx.jit(loss), mjx.jit(mjx.grad(loss))
        forward.append(best(lambda f=f, x=x: f(x)))
        backward.append(best(lambda g=g, x=x: g(x)))
        report(f"scan over rows, n = {n}, gradient", 1e6 * backward[-1], "us")
        report(f"scan over rows, n = {n}, over forward", backward[-1] / forward[-1], "x", 5)
    report_growth("scan over rows, gradient", sizes, backward, 2.4)


@benchmark
def long_lane(quick: bool) -> None:
    """A cond of which one lane in 256 is long, against a loop over the lanes."""
    work = 20000

    def lane(p, x):
        long = lambda v: lax.fori_loop(0, work, lambda i, w: mnp.sin(w), v)  # noqa: E731
        return lax.cond(p, long, lambda v: v + 1.0, x)

    p = mnp.asarray(np.arange(256) == 100)
    x = mnp.ones(256)
    mapped, looped = (
        mjx.jit(mjx.vmap(lane)),
        mjx.jit(lambda p, x: lax.map(lambda a: lane(*a), (p, x))),
    )
    one = mjx.jit(lane)
    single = best(lambda: one(True, mnp.float32(1.0)))
    together, apart = best(lambda: mapped(p, x)), best(lambda: looped(p, x))
    report("vmap of cond, one long lane of 256", 1e6 * together, "us")
    report("vmap of cond over a loop over lanes", together / apart, "x", 2)
    report("vmap of cond over the long lane alone", together / single, "x", 2)


@benchmark
def sixth_derivative(quick: bool) -> None:
    """Tracing and resolving the sixth derivative of a network of three layers."""
    w = [mnp.ones((8, 8)) * 0.1 for _ in range(3)]

    def net(t):
        h = t * mnp.ones(8)
        for m in w:
            h = mnp.tanh(m @ h)
        return mnp.sum(h)

    times = [best(traced(net, 0.5), 0.1)]
    f = net
    for order in range(1, 7):
        f = mjx.grad(f)
        times.append(best(traced(f, 0.5), 0.1))
        report(f"derivative {order}, traced and resolved", 1e3 * times[-1], "ms", 20)


@benchmark
def compilation(quick: bool) -> None:
    """How the time to compile grows with the program."""
    sizes = halves(2500 if quick else 10000, 3 if quick else 4)
    for name, wrap in (("", lambda f: f), ("gradient of ", mjx.grad)):
        stages = []
        for n in sizes:
            lowered = mjx.jit(wrap(chain(n))).lower(mnp.ones(8))
            stages.append(
                best(lambda m=lowered._traced.module: m.clone().run("mjx-simplify"), 0, 2)
            )
        report(f"simplify {name}{sizes[-1]} ops, per op", 1e6 * stages[-1] / sizes[-1], "us", 10)
        report_growth(f"simplify {name}a chain", sizes, stages, 2.4)
        times = []
        for n in sizes:
            x = mnp.ones(8)
            start = time.perf_counter()
            mjx.jit(wrap(chain(n))).lower(x).compile()
            times.append(time.perf_counter() - start)
        report(f"compile {name}{sizes[-1]} ops", times[-1], "s")
        report_growth(f"compile {name}a chain", sizes, times, 2.2)


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
