"""Every rule for batching: against a loop over examples, and against rules for derivatives."""

import itertools

import pytest

import numpy as np
from op_programs import Program, element_name, emit, has_tangent, jvp, linearize, vmap
from op_samples import SAMPLES
from op_sampling import Sample
from test_ops_derivatives import differentiable, direction, is_chosen, outputs, pairing

SIZE = 3
MOST = 8


def is_plain(sample: Sample) -> bool:
    """Of element types NumPy computes with, and without special values."""
    if sample.op == "convert" and any("float16" in t for t, _ in sample.types):
        return False
    return all(
        element_name(x) not in ("float16", "bfloat16", "float32", "complex64")
        and (not has_tangent(x) or bool((np.abs(x) < 50).all()))
        for x in sample.operands
    )


def chosen(op: str) -> list[Sample]:
    found = [sample for sample in SAMPLES[op] if sample.operands and is_plain(sample)]
    if len(found) <= MOST:
        return found
    picks = np.random.default_rng(0).permutation(len(found))[:MOST]
    return [found[i] for i in sorted(picks)]


def axes_of(sample: Sample, is_first: bool) -> list[list[int]]:
    """Where operands are batched: all in front, one at a time at the back, all mixed.

    For the first sample of an op of few operands: each not at all, in front, or at the back.
    """
    ranks = [x.ndim for x in sample.operands]
    if is_first and len(ranks) <= 3:
        places = itertools.product(*({-1: None, 0: None, rank: None} for rank in ranks))
        return [[*axes] for axes in places if any(axis >= 0 for axis in axes)]
    combinations = [[0] * len(ranks)]
    for i, rank in enumerate(ranks):
        combinations.append([rank if j == i else -1 for j in range(len(ranks))])
    combinations.append([rank if i % 2 == 0 else 0 for i, rank in enumerate(ranks)])
    unique = {tuple(axes): list(axes) for axes in combinations}
    return list(unique.values())


def examples(sample: Sample, operand: int) -> list[np.ndarray]:
    """Operands like that of the sample: itself, and rearrangements of its elements."""
    x = sample.operands[operand]
    rng = np.random.default_rng([operand, *map(ord, sample.op)])
    if x.dtype == bool:
        return [x, ~x, x]
    if not has_tangent(x):
        return [x, np.roll(x, 1), x] if x.ndim else [x, np.asarray(x + 1, x.dtype), x // 2]
    scale = rng.uniform(0.9, 1.0, (SIZE - 1, *x.shape))
    return [x, *(np.asarray(x * s) for s in scale)]


class Batched:
    """A sample under one choice of axes."""

    def __init__(self, program: Program, sample: Sample, axes: list[int], size: int = SIZE) -> None:
        self.sample, self.axes, self.size, trace = sample, axes, size, program.trace
        self.examples = [examples(sample, i) for i in range(len(axes))]
        arrays = [
            xs[0] if axis < 0 else np.stack(xs, axis).take(range(size), axis)
            for xs, axis in zip(self.examples, axes)
        ]
        outs = outputs(sample.reference(*sample.operands))
        self.out_axis = min(x.ndim for x in outs) if axes[0] else 0
        self.values = program.keep(
            vmap(
                trace,
                lambda operands: emit(trace, sample, operands),
                program.arguments(arrays),
                axes,
                self.out_axis,
                size,
            )
        )

    def operands(self, example: int) -> list[np.ndarray]:
        pairs = zip(self.examples, self.axes)
        return [xs[0] if axis < 0 else xs[example] for xs, axis in pairs]

    def check(self) -> None:
        results = self.values()
        assert all(got.shape[self.out_axis] == self.size for got in results)
        for example in range(self.size):
            wants = outputs(self.sample.reference(*self.operands(example)))
            for got, want in zip(results, wants):
                got = np.take(got, example, self.out_axis)
                if got.dtype == np.float32 or got.dtype == np.complex64:
                    want = want.astype(got.dtype)
                assert got.shape == want.shape
                np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)


def run(program: Program, found: list) -> list[str]:
    program.run()
    failures = []
    for one in found:
        try:
            one.check()
        except AssertionError as error:
            shapes = [x.shape for x in one.sample.operands]
            failures.append(f"{shapes} {one.sample.attributes} {one.axes}{error}")
    return failures


OPS = sorted(op for op in SAMPLES if chosen(op))
DIFFERENTIABLE = sorted(op for op in OPS if any(is_chosen(s) for s in chosen(op)))


@pytest.mark.parametrize("op", OPS)
def test_batches(op):
    program = Program(f"batches_of_{op}")
    found = [
        Batched(program, s, axes) for i, s in enumerate(chosen(op)) for axes in axes_of(s, i == 0)
    ]
    failures = run(program, found)
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("op", OPS)
def test_batches_of_none_and_one(op):
    program = Program(f"small_batches_of_{op}")
    samples = chosen(op)[:2]
    found = [Batched(program, s, [0] * len(s.operands), size) for s in samples for size in (0, 1)]
    failures = run(program, found)
    assert not failures, "\n\n".join(failures)


class BatchedDerivative:
    """vmap of jvp, jvp of vmap, and vmap of the reverse mode; all operands batched in front."""

    def __init__(self, program: Program, sample: Sample) -> None:
        self.sample, self.axes, trace = sample, [0] * len(sample.operands), program.trace
        wrt, count = differentiable(sample), len(sample.operands)
        primals = [np.stack(examples(sample, i)) for i in range(count)]
        self.tangents = direction(sample, [primals[i] for i in wrt], 3)
        xs, vs = program.arguments(primals), program.arguments(self.tangents)

        def function(operands):
            return emit(trace, sample, operands)

        def tangents_of(operands):
            values = jvp(trace, function, operands[:count], operands[count:], wrt)
            return [*values][len(values) - self.inexact :]

        def batched(operands):
            return vmap(trace, function, operands, self.axes, 0, SIZE)

        outs = outputs(sample.reference(*sample.operands))
        self.inexact = sum(has_tangent(x) for x in outs)
        axes = [0] * (count + len(wrt))
        self.inside = program.keep(vmap(trace, tangents_of, [*xs, *vs], axes, 0, SIZE))
        values = jvp(trace, batched, xs, vs, wrt)
        self.outside = program.keep(values[len(values) - self.inexact :])
        self.pulled = None
        if not sample.reversible:
            return

        like = [np.stack([x] * SIZE) for x in outs if has_tangent(x)]
        self.cotangents = direction(sample, like, 4)

        def cotangents_of(operands):
            _, linear = linearize(trace, function, operands[:count], wrt)
            return trace.emit("apply_transpose", [linear, *operands[count:]])

        us = program.arguments(self.cotangents)
        axes = [0] * (count + len(us))
        self.pulled = program.keep(vmap(trace, cotangents_of, [*xs, *us], axes, 0, SIZE))

    def check(self) -> None:
        for inside, outside in zip(self.inside(), self.outside()):
            np.testing.assert_allclose(inside, outside, rtol=1e-11, atol=1e-12)
        if self.pulled is None:
            return
        for example in range(SIZE):
            of_example = [[x[example] for x in xs] for xs in (
                self.cotangents, self.inside(), self.pulled(), self.tangents)]  # fmt: skip
            pushed, pulled = pairing(*of_example[:2]), pairing(*of_example[2:])
            np.testing.assert_allclose(
                pulled, pushed, rtol=self.sample.adjoint, atol=self.sample.adjoint / 10
            )


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_batches_of_derivatives(op):
    program = Program(f"batched_derivatives_of_{op}")
    samples = [s for s in chosen(op) if is_chosen(s)]
    found = []
    for sample in samples:
        if any(has_tangent(x) for x in outputs(sample.reference(*sample.operands))):
            found.append(BatchedDerivative(program, sample))
    failures = run(program, found)
    assert not failures, "\n\n".join(failures)
