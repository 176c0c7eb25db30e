"""What holds of every rule whatever its op computes, and wherever the op stands.

For each sample in double precision: the linear map is linear, its transpose's transpose is the
map, reverse mode goes over reverse mode; the derivatives of an op in a loop or a branch are those
of the op; and vmap of vmap is a loop of loops.
"""

import pytest

import numpy as np
from op_programs import Program, element_name, emit, jvp, linearize, region, vmap
from op_samples import SAMPLES
from op_sampling import Sample
from test_ops_batching import examples, is_plain
from test_ops_derivatives import (
    chosen,
    differentiable,
    direction,
    inexact_results,
    outputs,
    pairing,
)

#: Samples of an op that are put to all this.
MOST = 2
#: Rounds of the loops that an op is put into.
ROUNDS = 2


def some(found: list[Sample]) -> list[Sample]:
    """Of each kind of an op the first that has elements; at least two in all."""
    picks = [s for s in found if all(x.size for x in s.operands)] or found
    kinds = {s.attributes.get("kind"): s for s in reversed(picks)}
    return list(kinds.values()) if len(kinds) > 1 else picks[:: max(1, len(picks) - 1)][:MOST]


# Places for an op: functions of the operands that it is given


def types_of_results(trace, sample: Sample, operands):
    """Found by a region that is thrown away."""
    arguments = trace.open_region([x.type for x in operands])
    try:
        return [value.type for value in emit(trace, sample, arguments)]
    finally:
        trace.abandon_region()


def zeros(trace, types):
    return [trace.constant(np.zeros(shape, element), element) for element, shape in types]


def in_scan(trace, sample, operands):
    body = region(trace, [x.type for x in operands], lambda xs: emit(trace, sample, xs))
    numbers = {"num_consts": len(operands), "num_carry": 0, "length": ROUNDS, "reverse": True}
    return trace.emit("scan", operands, numbers, None, [body])


def in_map(trace, sample, operands):
    body = region(trace, [x.type for x in operands], lambda xs: emit(trace, sample, xs))
    numbers = {"num_consts": len(operands), "size": ROUNDS}
    return trace.emit("map", operands, numbers, None, [body])


def in_cond(trace, sample, operands):
    types, results = [x.type for x in operands], types_of_results(trace, sample, operands)
    branches = [
        region(trace, types, lambda xs: zeros(trace, results)),
        region(trace, types, lambda xs: emit(trace, sample, xs)),
    ]
    index = trace.constant(np.array(1, np.int32), "int32")
    (hidden,) = trace.emit("optimization_barrier", [index])
    return trace.emit("cond", [hidden, *operands], {}, None, branches)


def in_while(trace, sample, operands):
    results = types_of_results(trace, sample, operands)
    integer, carried = ("int32", ()), [("int32", ()), *results]

    def is_first(carry):
        return trace.emit("compare", [carry[0], *zeros(trace, [integer])], {"direction": "eq"})

    def step(arguments):
        xs, count = arguments[: len(operands)], arguments[len(operands)]
        one = trace.constant(np.array(1, np.int32), "int32")
        return [*trace.emit("add", [count, one]), *emit(trace, sample, xs)]

    condition = region(trace, carried, is_first)
    body = region(trace, [*(x.type for x in operands), *carried], step)
    start = [*operands, *zeros(trace, carried)]
    numbers = {"cond_consts": 0, "body_consts": len(operands)}
    return trace.emit("while", start, numbers, None, [condition, body])[1:]


#: How many rows of results a place gives, 0 for none; and whether it has a reverse mode.
PLACES = {in_scan: (ROUNDS, True), in_map: (ROUNDS, True), in_cond: (0, True), in_while: (0, False)}


class Laws:
    """One sample, and what has to agree about it."""

    def __init__(self, program: Program, sample: Sample) -> None:
        self.program, self.sample, self.trace = program, sample, program.trace
        self.wrt = differentiable(sample)
        outs = outputs(sample.reference(*sample.operands))
        self.inexact = inexact_results(sample, outs)
        elements = [e for e, _ in sample.types] if sample.types else [x.dtype.name for x in outs]
        self.likes = [np.asarray(np.real(x) if "float" in e else x, e)
                      for x, e, inexact in zip(outs, elements, self.inexact) if inexact]  # fmt: skip
        self.primals = program.arguments(sample.operands)
        self.ts = direction(sample, [sample.operands[i] for i in self.wrt], 5)
        self.us = direction(sample, self.likes, 6)
        self.checks = []
        self.tangents, self.cotangents = program.arguments(self.ts), program.arguments(self.us)
        self.pushed = self.forward(self.function, self.tangents)
        self.linearity()
        if sample.reversible:
            self.pulled = self.reverse(self.function, self.cotangents)
            self.twice_transposed()
            self.reverse_of_reverse()
        if len(self.wrt) > 1:
            for k in range(len(self.wrt)):
                self.alone(k)
        for place, (rows, reversible) in PLACES.items():
            self.placed(place, rows, reversible and sample.reversible)

    def function(self, operands):
        return emit(self.trace, self.sample, operands)

    def forward(self, function, tangents):
        count = len(self.inexact)
        return list(jvp(self.trace, function, self.primals, tangents, self.wrt))[count:]

    def reverse(self, function, cotangents):
        _, linear = linearize(self.trace, function, self.primals, self.wrt)
        return self.trace.emit("apply_transpose", [linear, *cotangents])

    def agree(self, what: str, found, wanted, change=lambda x: x, exact: bool = False) -> None:
        """Notes that values must be what others are, changed somehow."""
        found, wanted = self.program.keep(found), self.program.keep(wanted)
        limit = 0 if exact else max(1e-12, self.sample.adjoint / 100)

        def check():
            for x, y in zip(found(), wanted(), strict=True):
                np.testing.assert_allclose(x, change(y), rtol=limit, atol=limit, err_msg=what)

        self.checks.append(check)

    def scaled(self, values, by: float):
        factors = [np.full(v.shape, by, v.element_type) for v in values]
        constants = [self.trace.constant(f, element_name(f)) for f in factors]
        return [self.trace.emit("mul", [v, c])[0] for v, c in zip(values, constants)]

    def linearity(self) -> None:
        if not self.sample.reversible:
            return
        _, linear = linearize(self.trace, self.function, self.primals, self.wrt)

        def apply(tangents):
            return self.trace.emit("apply", [linear, *tangents])

        plain, twice = apply(self.tangents), apply(self.scaled(self.tangents, 2.0))
        self.agree("f(2t) = 2 f(t)", twice, plain, lambda y: 2 * y, exact=True)
        nothing = apply(self.scaled(self.tangents, 0.0))
        self.agree("f(0) = 0", nothing, nothing, np.zeros_like, exact=True)

    def alone(self, k: int) -> None:
        """With one tangent the others are zero, though no one has written the zeros down."""
        tangents = self.scaled(self.tangents, 0.0)
        tangents[k] = self.tangents[k]
        one, count = [self.wrt[k]], len(self.inexact)
        found = jvp(self.trace, self.function, self.primals, [self.tangents[k]], one)
        self.agree("jvp by one", list(found)[count:], self.forward(self.function, tangents))
        if self.sample.reversible:
            _, linear = linearize(self.trace, self.function, self.primals, one)
            pulled = self.trace.emit("apply_transpose", [linear, *self.cotangents])
            self.agree("reverse by one", pulled, [self.pulled[k]])

    def twice_transposed(self) -> None:
        def transposed(us):
            return self.reverse(self.function, us)

        wrt = list(range(len(self.cotangents)))
        _, linear = linearize(self.trace, transposed, self.cotangents, wrt)
        again = self.trace.emit("apply_transpose", [linear, *self.tangents])
        self.agree("transpose of transpose", again, self.pushed)

    def reverse_of_reverse(self) -> None:
        """<D(J^T u) t, t'> = <t, D(J^T u)^T t'>: the second derivative by reverse mode alone."""

        def gradient(operands):
            _, linear = linearize(self.trace, self.function, operands, self.wrt)
            return self.trace.emit("apply_transpose", [linear, *self.cotangents])

        others = direction(self.sample, self.ts, 7)
        forward = jvp(self.trace, gradient, self.primals, self.tangents, self.wrt)
        _, linear = linearize(self.trace, gradient, self.primals, self.wrt)
        reverse = self.trace.emit("apply_transpose", [linear, *self.program.arguments(others)])
        pushed = self.program.keep(list(forward)[len(self.wrt) :])
        pulled = self.program.keep(reverse)

        def check():
            pairs = pairing(pulled(), self.ts), pairing(pushed(), others)
            limit = 10 * self.sample.adjoint
            np.testing.assert_allclose(*pairs, rtol=limit, atol=limit, err_msg="reverse of reverse")

        self.checks.append(check)

    def placed(self, place, rows: int, reversible: bool) -> None:
        def function(operands):
            return place(self.trace, self.sample, operands)

        name = place.__name__
        self.agree(f"jvp {name}", self.forward(function, self.tangents), self.pushed,
                   lambda y: np.stack([y] * rows) if rows else y)  # fmt: skip
        if reversible:
            us = [np.stack([u] * rows) for u in self.us] if rows else self.us
            pulled = self.reverse(function, self.program.arguments(us))
            self.agree(f"reverse {name}", pulled, self.pulled, lambda y: max(rows, 1) * y)


def run(program: Program, laws: list) -> list[str]:
    program.run()
    failures = []
    for one in laws:
        shapes = [x.shape for x in one.sample.operands]
        for check in one.checks:
            try:
                check()
            except AssertionError as error:
                failures.append(f"{one.sample.op}{shapes} {one.sample.attributes}{error}")
    return failures


def is_differentiable(sample: Sample) -> bool:
    return any(inexact_results(sample, outputs(sample.reference(*sample.operands))))


OPS = sorted(op for op in SAMPLES if any(map(is_differentiable, chosen(op))))


@pytest.mark.parametrize("op", OPS)
def test_laws(op):
    program = Program(f"laws_of_{op}")
    laws = [Laws(program, s) for s in some(list(filter(is_differentiable, chosen(op))))]
    failures = run(program, laws)
    assert not failures, "\n\n".join(failures)


# Batches of batches


class Nested:
    """A sample under two vmaps, the inner in front, the outer at the back or not at all."""

    def __init__(self, program: Program, sample: Sample) -> None:
        self.sample, self.checks, trace = sample, [self.check], program.trace
        self.operands = [examples(sample, i) for i in range(len(sample.operands))]
        self.outer = [xs[0].ndim + 1 if i % 2 == 0 else -1 for i, xs in enumerate(self.operands)]
        arrays = []
        for xs, axis in zip(self.operands, self.outer):
            rows = np.stack(xs)
            arrays.append(rows if axis < 0 else np.stack([rows, rows[::-1]], axis))

        def inner(operands):
            function = lambda xs: emit(trace, sample, xs)  # noqa: E731
            return vmap(trace, function, operands, [0] * len(operands), 0, len(self.operands[0]))

        values = vmap(trace, inner, program.arguments(arrays), self.outer, 0, 2)
        self.values = program.keep(values)

    def check(self) -> None:
        size = len(self.operands[0])
        for turned in (0, 1):
            for example in range(size):
                xs = [
                    row[example if axis < 0 or not turned else size - 1 - example]
                    for row, axis in zip(self.operands, self.outer)
                ]
                for got, want in zip(self.values(), outputs(self.sample.reference(*xs))):
                    np.testing.assert_allclose(
                        got[turned, example], want, rtol=1e-11, atol=1e-12, err_msg="vmap of vmap"
                    )


BATCHED = sorted(
    op for op in SAMPLES if any(s.operands and is_plain(s) for s in SAMPLES[op])
)  # fmt: skip


@pytest.mark.parametrize("op", BATCHED)
def test_batches_of_batches(op):
    program = Program(f"nested_batches_of_{op}")
    found = some([s for s in SAMPLES[op] if s.operands and is_plain(s)])
    failures = run(program, [Nested(program, s) for s in found])
    assert not failures, "\n\n".join(failures)
