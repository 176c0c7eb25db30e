"""Every op computes what NumPy computes, for every element type it takes."""

import pytest

import numpy as np
from mjx import _mjx
from op_programs import Program, element_name, emit, has_tangent, wide
from op_references import to_element
from op_samples import ELSEWHERE, SAMPLES
from op_sampling import Sample


def test_every_op_is_sampled():
    names = set(_mjx.op_names())
    assert not names - set(SAMPLES) - set(ELSEWHERE), "ops without a sample in op_samples.py"
    assert not (set(SAMPLES) | set(ELSEWHERE)) - names, "samples of ops that do not exist"


def expected(sample: Sample) -> list[np.ndarray]:
    if sample.op in ("compare", "bitcast_convert"):
        operands = sample.operands
    else:
        operands = [wide(x) for x in sample.operands]
    with np.errstate(all="ignore"):
        results = sample.reference(*operands)
    return list(results) if isinstance(results, tuple) else [results]


def check_close(got: np.ndarray, want: np.ndarray, ulp: float) -> None:
    """Within `ulp` units in the last place; complex numbers by the size of the number."""
    if not has_tangent(got):
        np.testing.assert_array_equal(got, want)
        return
    part = np.dtype("float32" if element_name(got) == "complex64" else "float64")
    eps = np.finfo(part).eps if got.dtype.kind == "c" else _eps(got)
    slack = 8 if got.dtype.kind == "c" else 1
    atol = ulp * SUBNORMALS.get(element_name(got), 0.0)
    np.testing.assert_allclose(wide(got), wide(want), rtol=eps * ulp * slack, atol=atol)
    if got.dtype.kind != "c":
        zeros = (wide(want) == 0) & (wide(got) == 0)
        signs = [np.signbit(wide(x))[zeros] for x in (got, want)]
        np.testing.assert_array_equal(*signs, err_msg="signs of zeros")


#: The unit in the last place near zero; that of float64 is no bound to speak of.
SUBNORMALS = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149}


def _eps(x: np.ndarray) -> float:
    name = element_name(x)
    return {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(name) or float(np.finfo(x.dtype).eps)


def describe(sample: Sample) -> str:
    types = ", ".join(f"{element_name(x)}{list(x.shape)}" for x in sample.operands)
    return f"{sample.op}({types}) {sample.attributes} -> {sample.types}"


@pytest.mark.parametrize("op", sorted(SAMPLES))
def test_values(op):
    program = Program(f"values_of_{op}")
    kept = []
    for sample in SAMPLES[op]:
        values = emit(program.trace, sample, program.arguments(sample.operands))
        kept.append((sample, program.keep(values)))
    program.run()
    failures = []
    for sample, results in kept:
        wants = expected(sample)
        assert len(results()) == len(wants)
        for got, want in zip(results(), wants):
            try:
                assert got.shape == np.shape(want)
                check_close(got, to_element(want, element_name(got)), sample.ulp)
            except AssertionError as error:
                failures.append(f"{describe(sample)}{error}")
    assert not failures, "\n\n".join(failures)
