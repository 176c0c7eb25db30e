"""Two hundred random programs, the same ones in every run. `./dev fuzz` makes others."""

import pytest

import mjx
from fuzz.oracles import CHECKS
from fuzz.run import examine, reproducer

GROUPS, PROGRAMS = 20, 10
#: One more check of each program than that of the interpreter, in turn.
OTHERS = [name for name in CHECKS if name != "by_interpreter"]


@pytest.mark.parametrize("group", range(GROUPS))
def test_programs(group):
    with mjx.enable_x64():
        for seed in range(group * PROGRAMS, (group + 1) * PROGRAMS):
            failure = examine(seed, ["by_interpreter", OTHERS[seed % len(OTHERS)]])
            assert failure is None, reproducer(failure)
