"""What must hold of a program, each said in another way than by running it once more.

A check raises `Disagreement`; `CHECKS` has them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mjx
import mjx.numpy as mnp
import numpy as np
from fuzz.plain import plain_words, words
from fuzz.program import Function, Program, source
from interpreter import evaluate

Arrays = list[np.ndarray]


class Disagreement(Exception):
    """Two ways to compute the same that differ."""


def arguments_of(program: Program) -> Arrays:
    """Arrays to call a program with: what the seed says for each parameter."""
    arrays = []
    for name, (dtype, shape) in program.main.parameters:
        rng = np.random.default_rng([program.seed, *map(ord, name)])
        if dtype == "bool":
            x = rng.integers(0, 2, shape).astype(bool)
        elif "int" in dtype:
            x = rng.integers(0, 250 if dtype == "uint8" else 9, shape).astype(dtype)
        elif dtype == "complex128":
            x = rng.uniform(-1.5, 1.5, shape) + 1j * rng.uniform(-1.5, 1.5, shape)
        else:
            x = rng.uniform(-1.5, 1.5, shape).astype(dtype)
        arrays.append(np.asarray(x))
    return arrays


def _of_tuple(main: Callable[..., Any]) -> Callable[..., tuple[Any, ...]]:
    def of_tuple(*xs: Any) -> tuple[Any, ...]:
        out = main(*xs)
        return out if isinstance(out, tuple) else (out,)

    return of_tuple


class Case:
    """A program with its arguments, and what it computes when compiled."""

    def __init__(self, program: Program, arguments: Arrays | None = None) -> None:
        self.program = program
        self.code = source(program)
        self.arguments = arguments_of(program) if arguments is None else arguments
        self.function = self.defined(words())
        self.lowered = mjx.jit(self.function).lower(*self.arguments)
        self.results = self.run(self.lowered.compile())
        self.floats = [i for i, x in enumerate(self.arguments) if x.dtype.kind == "f"]
        self.outs = [i for i, x in enumerate(self.results) if x.dtype.kind == "f"]

    def defined(self, meanings: dict[str, Any]) -> Callable[..., tuple[Any, ...]]:
        """The function of the source, under some meanings of its words."""
        scope = dict(meanings)
        exec(compile(self.code, f"<program {self.program.seed}>", "exec"), scope)
        return _of_tuple(scope["main"])

    def run(self, function: Callable[..., Any], *arrays: Any) -> Arrays:
        """The results as NumPy arrays."""
        return [np.asarray(x) for x in function(*(arrays or self.arguments))]

    @property
    def wild(self) -> bool:
        """Whether numbers are too large to be compared."""
        return not all(np.isfinite(x).all() and np.all(np.abs(x) < 1e6) for x in self.results
                       if x.dtype.kind in "fc")  # fmt: skip

    def checked(self, what: str, function: Callable[..., Any], *arrays: Any) -> Any:
        """What another function computes when compiled, which the interpreter must say too."""
        lowered = mjx.jit(function).lower(*arrays)
        found = lowered.compile()(*arrays)
        inputs = [np.asarray(x) for x in (*mjx.tree.leaves(arrays), *lowered._traced.captured)]
        leaves = [np.asarray(x) for x in mjx.tree.leaves(found)]
        self.close(f"compiled {what}", leaves, evaluate(lowered._traced.module, inputs), 10)
        return found

    def interpreted(self, arrays: Arrays, wide: bool = False) -> Arrays:
        """What the interpreter says of the resolved program."""
        traced = self.lowered._traced
        captured = [np.asarray(x) for x in traced.captured]
        return evaluate(traced.module, [*arrays, *captured], wide)

    # The function of its floats, and its results that are

    def of_floats(self, *xs: Any) -> tuple[Any, ...]:
        whole = list(self.arguments)
        for i, x in zip(self.floats, xs):
            whole[i] = x
        found = self.function(*whole)
        return tuple(found[i] for i in self.outs)

    def directions(self, like: Sequence[np.ndarray], salt: int) -> Arrays:
        """Random arrays of the types of others."""
        rng = np.random.default_rng([self.program.seed, salt])
        return [np.asarray(rng.uniform(-1, 1, x.shape), x.dtype) for x in like]

    # Comparing

    @property
    def limit(self) -> float:
        return 5e-3 if "float32" in self.program.traits else 1e-8

    def close(self, what: str, found: Sequence[Any], wanted: Sequence[Any], slack: float = 1):
        """Raises if arrays differ by more than rounding explains."""
        assert len(found) == len(wanted), f"{what}: {len(found)} results, not {len(wanted)}"
        for i, (x, y) in enumerate(zip(map(np.asarray, found), map(np.asarray, wanted))):
            if x.shape != y.shape:
                raise Disagreement(f"{what}: result {i} has shape {x.shape}, not {y.shape}")
            if x.dtype.kind in "biu" and y.dtype.kind in "biu":
                agree = np.array_equal(x, y)
            else:
                size = max(1.0, float(np.max(np.abs(y), initial=0)))
                limit = self.limit * slack * size
                agree = np.allclose(x, y, rtol=0, atol=limit, equal_nan=True)
            if not agree:
                raise Disagreement(f"{what}: result {i} is\n{x}\nbut should be\n{y}")


# The checks


def by_interpreter(case: Case) -> None:
    """Compiled code computes what the ops of the program say."""
    case.close("compiled", case.results, case.interpreted(case.arguments))


def eagerly(case: Case) -> None:
    """Without `jit`, programs are recorded in parts and run when a number is asked for."""
    arrays = [mnp.array(x) for x in case.arguments]
    case.close("eager", case.run(case.function, *arrays), case.results)


def plainly(case: Case) -> None:
    """Transforms and loops mean what they mean: see plain.py."""
    found = case.checked("loops", case.defined(plain_words()), *case.arguments)
    case.close("program", case.results, found, 10)


def _difference(case: Case, tangents: Arrays, step: float) -> Arrays:
    ends = []
    for sign in (1, -1):
        moved = list(case.arguments)
        for i, t in zip(case.floats, tangents):
            moved[i] = moved[i].astype(np.float64) + sign * step * t
        found = case.interpreted(moved, wide=True)
        ends.append([found[i] for i in case.outs])
    return [(after - before) / (2 * step) for after, before in zip(*ends)]


def _smooth(case: Case, tangents: Arrays) -> Arrays | None:
    """The derivative by differences, if differences of two sizes agree about it."""
    fine, coarse = (_difference(case, tangents, h) for h in (1e-5, 3e-5))
    for x, y in zip(fine, coarse):
        if not np.allclose(x, y, rtol=1e-5, atol=1e-6 * max(1, np.max(np.abs(y), initial=0))):
            return None
    return fine


def derivatives(case: Case) -> None:
    """Forward mode is what differences are; reverse mode is its transpose."""
    if not case.floats or not case.outs:
        return
    xs = [case.arguments[i] for i in case.floats]
    tangents = case.directions(xs, 1)
    cotangents = case.directions([case.results[i] for i in case.outs], 2)
    forward = "custom_vjp" not in case.program.traits
    reverse = "while" not in case.program.traits

    def both(xs, ts, us):
        pushed = mjx.jvp(case.of_floats, xs, ts)[1] if forward else ()
        return pushed, mjx.vjp(case.of_floats, *xs)[1](us) if reverse else ()

    pushed, pulled = case.checked(
        "derivatives", both, tuple(xs), tuple(tangents), tuple(cotangents)
    )
    wanted = _smooth(case, tangents)
    if wanted is not None and forward:
        case.close("jvp", pushed, wanted, 1e3 if case.limit < 1e-5 else 5)
    if not reverse:
        return
    by_pulled = sum(float(np.sum(np.asarray(g, np.float64) * t)) for g, t in zip(pulled, tangents))
    forwards = pushed if forward else wanted
    if forwards is None:
        return
    by_pushed = sum(float(np.sum(np.asarray(y, np.float64) * u))
                    for y, u in zip(forwards, cotangents))  # fmt: skip
    slack = 10 if forward else 1e3
    case.close("vjp, paired with tangents", [by_pulled], [by_pushed], slack)


def batches(case: Case) -> None:
    """`vmap` is a loop, whichever arguments and dimensions it goes over."""
    rng = np.random.default_rng([case.program.seed, 3])
    axes = [int(rng.integers(0, x.ndim + 1)) if rng.random() < 0.7 else None
            for x in case.arguments]  # fmt: skip
    if all(a is None for a in axes):
        axes[0] = 0
    rows = []
    for i in range(2):
        rows.append([x if not i else _varied(x) for x in case.arguments])
    arrays = [x if a is None else np.stack([rows[0][k], rows[1][k]], a)
              for k, (x, a) in enumerate(zip(case.arguments, axes))]  # fmt: skip
    out_axes = tuple(int(rng.integers(0, x.ndim + 1)) for x in case.results)
    found = case.checked("vmap", mjx.vmap(case.function, tuple(axes), out_axes), *arrays)
    compiled = mjx.jit(case.function)
    for i in range(2):
        chosen = [x if a is None else rows[i][k]
                  for k, (x, a) in enumerate(zip(case.arguments, axes))]  # fmt: skip
        wanted = case.run(compiled, *chosen)
        case.close(f"vmap over {axes}, example {i},",
                   [np.take(np.asarray(x), i, a) for x, a in zip(found, out_axes)], wanted)  # fmt: skip


def _varied(x: np.ndarray) -> np.ndarray:
    if x.dtype == bool:
        return ~x
    if x.dtype.kind in "iu":
        return ((x + 3) % 11).astype(x.dtype)
    return (x * 0.83 - 0.11).astype(x.dtype)


def orders(case: Case) -> None:
    """The gradient of a sum over a batch is the batch of gradients."""
    if not case.floats or not case.outs or "while" in case.program.traits:
        return
    wrt = tuple(range(len(case.floats)))
    stacked = [np.stack([x, _varied(x)]) for x in (case.arguments[i] for i in case.floats)]

    def total(*xs):
        return sum(mnp.sum(mnp.sin(x.astype("float64"))) for x in case.of_floats(*xs))

    def outside(*xs):
        return mjx.vmap(mjx.grad(total, wrt))(*xs)

    def inside(*xs):
        return mjx.grad(lambda *ys: mnp.sum(mjx.vmap(total)(*ys)), wrt)(*xs)

    found = case.checked("gradients", lambda *xs: (outside(*xs), inside(*xs)), *stacked)
    case.close("vmap of grad", *found, 10)


CHECKS: dict[str, Callable[[Case], None]] = {
    check.__name__: check
    for check in (by_interpreter, eagerly, plainly, derivatives, batches, orders)
}


class Pasted(Case):
    """A case of a function that stands in a file."""

    def __init__(self, main: Callable[..., Any], arguments: Arrays, seed: int, traits: list[str]):
        self.main = main
        parameters = [("", (x.dtype.name, x.shape)) for x in arguments]
        super().__init__(
            Program(seed, Function("main", parameters, [], []), set(traits)), arguments
        )

    def defined(self, meanings: dict[str, Any]) -> Callable[..., tuple[Any, ...]]:
        """The function under some meanings of the words it finds in its module."""
        self.main.__globals__.update(meanings)
        return _of_tuple(self.main)
