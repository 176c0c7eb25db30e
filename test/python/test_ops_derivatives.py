"""Every rule for derivatives: against differences of NumPy's values, and against one another.

For each sample in double precision, with random tangents v and cotangents u:
J v is what `jvp` gives, and `linearize` with `apply`; <u, J v> = <J^T u, v>; and the second
derivative along v is what `jvp` of `jvp` gives, and `jvp` of `apply_transpose` paired with v.
"""

import pytest

import numpy as np
from op_programs import Program, element_name, emit, has_tangent, jvp, linearize
from op_samples import SAMPLES
from op_sampling import Sample

STEP = 1e-6
SECOND_STEP = 1e-4
DOUBLE = ("float64", "complex128")
MOST = 12


def differentiable(sample: Sample) -> list[int]:
    return [
        i
        for i, x in enumerate(sample.operands)
        if element_name(x) in DOUBLE and i not in sample.constants
    ]


def is_chosen(sample: Sample) -> bool:
    """In double precision and without special values."""
    floats = [x for x in sample.operands if has_tangent(x)]
    results = [element for element, _ in sample.types or ()]
    double = all(element in DOUBLE for element in (*map(element_name, floats), *results))
    return bool(floats) and double and all((np.abs(x) < 50).all() for x in floats)


def chosen(op: str) -> list[Sample]:
    """Some of many: a program of each differentiates it in five ways."""
    found = [sample for sample in SAMPLES[op] if is_chosen(sample)]
    if len(found) <= MOST:
        return found
    picks = np.random.default_rng(0).permutation(len(found))[:MOST]
    return [found[i] for i in sorted(picks)]


def direction(sample: Sample, like: list[np.ndarray], salt: int) -> list[np.ndarray]:
    rng = np.random.default_rng([salt, *map(ord, sample.op)])
    draw = []
    for x in like:
        parts = rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1, 1], x.shape)
        if x.dtype.kind == "c":
            parts = parts + 1j * rng.uniform(-1, 1, x.shape)
        draw.append(np.asarray(parts, x.dtype))
    return draw


def moved(sample: Sample, tangents: list[np.ndarray], by: float) -> list[np.ndarray]:
    operands = list(sample.operands)
    for i, tangent in zip(differentiable(sample), tangents):
        operands[i] = operands[i] + by * tangent
    return operands


def outputs(results) -> list[np.ndarray]:
    return [np.asarray(x) for x in (results if isinstance(results, tuple) else (results,))]


def at(sample: Sample, tangents: list[np.ndarray], by: float) -> list[np.ndarray]:
    outs = outputs(sample.reference(*moved(sample, tangents, by)))
    return [x for x, inexact in zip(outs, inexact_results(sample, outs)) if inexact]


def inexact_results(sample: Sample, outs: list[np.ndarray]) -> list[bool]:
    if sample.types:
        return ["float" in element or "complex" in element for element, _ in sample.types]
    return [has_tangent(x) for x in outs]


def first_derivative(sample: Sample, tangents: list[np.ndarray]) -> list[np.ndarray]:
    if sample.tangent:
        return [sample.tangent(*sample.operands, *tangents)]
    if not sample.smooth:
        return [np.zeros_like(x) for x in at(sample, tangents, 0.0)]
    with np.errstate(invalid="ignore"):  # infinite where nothing is reduced
        pairs = zip(at(sample, tangents, STEP), at(sample, tangents, -STEP))
        return [np.nan_to_num(after - before) / (2 * STEP) for after, before in pairs]


def second_derivative(sample: Sample, tangents: list[np.ndarray]) -> list[np.ndarray]:
    here, h = at(sample, tangents, 0.0), SECOND_STEP
    if not sample.smooth:
        return [np.zeros_like(x) for x in here]
    with np.errstate(invalid="ignore"):
        ends = zip(at(sample, tangents, h), here, at(sample, tangents, -h))
        return [np.nan_to_num(after - 2 * x + before) / h**2 for after, x, before in ends]


def pairing(xs, ys) -> float:
    """Transposes are of linear maps, so that nothing is conjugated."""
    return sum(float(np.real(np.sum(x * y))) for x, y in zip(xs, ys))


class Derivatives:
    """What the rules give for one sample, computed by one program for many samples."""

    def __init__(self, program: Program, sample: Sample) -> None:
        trace, self.sample = program.trace, sample
        wrt = differentiable(sample)
        self.tangents = direction(sample, [sample.operands[i] for i in wrt], 1)
        primals = program.arguments(sample.operands)
        vs = program.arguments(self.tangents)
        values = at(sample, self.tangents, 0.0)
        real_types = sample.types or [None] * len(values)
        self.cotangents = [
            np.asarray(np.real(u) if t and t[0] == "float64" else u)
            for u, t in zip(direction(sample, values, 2), real_types)
        ]
        us = program.arguments(self.cotangents)

        def function(operands):
            return emit(trace, sample, operands)

        def tangents_of(operands):
            return jvp(trace, function, operands, vs, wrt)[-len(us) :]

        def cotangents_of(operands):
            _, linear = linearize(trace, function, operands, wrt)
            return trace.emit("apply_transpose", [linear, *us])

        self.by_jvp = program.keep(tangents_of(primals))
        second = jvp(trace, tangents_of, primals, vs, wrt)
        self.second = program.keep(second[-len(us) :])
        if not sample.reversible:
            with pytest.raises(ValueError, match=r"cannot be (differentiated in reverse|reversed)"):
                cotangents_of(primals)
            self.by_map = self.by_jvp
            return
        _, linear = linearize(trace, function, primals, wrt)
        self.by_map = program.keep(trace.emit("apply", [linear, *vs]))
        self.pulled = program.keep(cotangents_of(primals))
        mixed = jvp(trace, cotangents_of, primals, vs, wrt)
        self.mixed = program.keep(mixed[-len(wrt) :])

    def check(self) -> None:
        sample, close = self.sample, np.testing.assert_allclose
        for got, want in zip(self.by_jvp(), first_derivative(sample, self.tangents)):
            close(got, want, rtol=1e-6, atol=1e-7, err_msg="jvp")
        for got, want in zip(self.by_map(), self.by_jvp()):
            close(got, want, rtol=1e-12, atol=1e-13, err_msg="apply")
        for got, want in zip(self.second(), second_derivative(sample, self.tangents)):
            if not sample.tangent:
                close(got, want, rtol=1e-4, atol=2e-6, err_msg="jvp of jvp")
        if sample.reversible:
            self.check_reverse()

    def check_reverse(self) -> None:
        close = np.testing.assert_allclose
        pushed = pairing(self.cotangents, self.by_jvp())
        pulled = pairing(self.pulled(), self.tangents)
        limit = self.sample.adjoint
        close(pulled, pushed, rtol=limit, atol=limit / 10, err_msg="apply_transpose")
        pushed = pairing(self.cotangents, self.second())
        pulled = pairing(self.mixed(), self.tangents)
        close(pulled, pushed, rtol=10 * limit, atol=limit, err_msg="jvp of apply_transpose")


OPS = sorted(op for op in SAMPLES if chosen(op))


@pytest.mark.parametrize("op", OPS)
def test_derivatives(op):
    program = Program(f"derivatives_of_{op}")
    found = []
    for sample in chosen(op):
        outs = outputs(sample.reference(*sample.operands))
        if any(inexact_results(sample, outs)):
            found.append(Derivatives(program, sample))
    if not found:
        return
    program.run()
    failures = []
    for derivatives in found:
        try:
            derivatives.check()
        except AssertionError as error:
            shapes = [x.shape for x in derivatives.sample.operands]
            failures.append(f"{op}{shapes} {derivatives.sample.attributes}{error}")
    assert not failures, "\n\n".join(failures)
