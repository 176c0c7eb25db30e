"""The interpreter knows every op, and computes what the samples of ops say."""

import pytest

import numpy as np
from interpreter import NOT_RUN, Interpreter, is_interpreted
from mjx import _mjx
from op_programs import Program, element_name, emit
from op_references import to_element
from op_samples import SAMPLES
from test_ops_values import check_close, describe, expected


def test_every_op_is_interpreted():
    names = set(_mjx.op_names())
    known = {name for name in names if is_interpreted(name)}
    unknown = names - known - set(NOT_RUN)
    assert not unknown, f"{sorted(unknown)}: see the head of interpreter.py"
    unknown = set(NOT_RUN) - names
    assert not unknown, f"{sorted(unknown)}: reasons for ops that do not exist"


@pytest.mark.parametrize("op", sorted(set(SAMPLES) - set(NOT_RUN)))
def test_samples(op):
    program, wants = Program(f"interpreted_{op}"), []
    for sample in SAMPLES[op]:
        program.keep(emit(program.trace, sample, program.arguments(sample.operands)))
        wants += [(sample, want) for want in expected(sample)]
    found = Interpreter(program.trace.finish(program.results)).call("main", program.arrays)
    assert len(found) == len(wants)
    for got, (sample, want) in zip(found, wants):
        assert got.shape == np.shape(want), describe(sample)
        check_close(got, to_element(want, element_name(got)), sample.ulp)
