"""One program through its checks; what failed, as a program to be pasted."""

from __future__ import annotations

import functools
import multiprocessing
import re
from dataclasses import dataclass

import mjx
import numpy as np
from fuzz.generator import generate
from fuzz.oracles import CHECKS, Case, Disagreement, arguments_of
from fuzz.program import Program, source
from fuzz.shrink import shrink


@dataclass
class Failure:
    """A program, the check that it fails, and how."""

    program: Program
    check: str
    message: str

    @property
    def summary(self) -> str:
        """What failures of one cause have in common."""
        line = (self.message.splitlines() or [""])[0]
        return f"{self.check}: {re.sub(r'[0-9]+', 'N', line)[:100]}"


def available(name: str) -> bool:
    """Whether mjx has a transform."""
    return hasattr(mjx, name)


def failure_of(program: Program, checks: list[str]) -> Failure | None:
    """The first of the checks that a program fails."""
    name = "compilation"
    try:
        case = Case(program)
        if case.wild:
            return None
        for name in checks:
            CHECKS[name](case)
    except Disagreement as error:
        return Failure(program, name, str(error))
    except Exception as error:
        return Failure(program, name, f"{type(error).__name__}: {error}")
    return None


def examine(seed: int, checks: list[str], smaller: bool = True) -> Failure | None:
    """How the program of a seed fails, made small; None if it does not."""
    failure = failure_of(generate(seed, available), checks)
    if failure is None or not smaller:
        return failure
    known = failure

    def fails(program: Program) -> bool:
        nonlocal known
        found = failure_of(program, [failure.check] if failure.check in CHECKS else [])
        same = found is not None and found.check == failure.check
        if same and _kind(found) == _kind(failure):
            known = found
            return True
        return False

    shrink(failure.program, fails)
    return known


def _kind(failure: Failure) -> str:
    """The class of an error, or that there was none."""
    name = failure.message.partition(":")[0]
    return name if name.endswith("Error") else "disagreement"


_HEAD = """\
import numpy as np
import mjx
import mjx.numpy as mnp
from mjx import lax
"""


def reproducer(failure: Failure) -> str:
    """Python that shows the failure when it is run in test/python."""
    program = failure.program
    with np.printoptions(floatmode="unique"):
        arrays = [f"    np.array({x.tolist()!r}, '{x.dtype}').reshape({x.shape}),"
                  for x in arguments_of(program)]  # fmt: skip
    comment = "\n".join("# " + line for line in failure.message.splitlines()[:40])
    return "\n".join([
        f"# Seed {program.seed} fails the check `{failure.check}`:", comment, _HEAD,
        "import sys; sys.path.insert(0, 'test/python')",
        "from fuzz.oracles import CHECKS, Pasted",
        "from fuzz.plain import words",
        "globals().update(words())\n",
        source(program),
        "arguments = [", *arrays, "]",
        "with mjx.enable_x64():",
        f"    case = Pasted(main, arguments, seed={program.seed}, traits={sorted(program.traits)})",
        f"    CHECKS['{failure.check}'](case)" if failure.check in CHECKS else "    pass",
    ])  # fmt: skip


def _crashes(program: Program, checks: list[str]) -> bool:
    """Whether a process that examines a program dies."""

    def work() -> None:
        with mjx.enable_x64():
            failure_of(program, checks)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    return (process.exitcode or 0) < 0


def shrink_crash(seed: int, checks: list[str]) -> Failure:
    """The program of a seed that crashes, made small by processes that may."""
    program = generate(seed, available)
    for name in ("compilation", *checks):
        crashes = functools.partial(_crashes, checks=[] if name == "compilation" else [name])
        if crashes(program):
            small = shrink(program, crashes, attempts=60)
            return Failure(small, name, "the process died")
    return Failure(program, "compilation", "the process died, with the programs before it only")
