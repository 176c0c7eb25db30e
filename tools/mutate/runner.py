"""Runs, for each mutant of a plan, the tests of its ops in a process of its own.

runner.py <plan> <worker> <workers>
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "test/python"
FILES = {
    "test_ops_derivatives": ("test_derivatives",),
    "test_ops_batching": ("test_batches_of_derivatives",),
    "test_ops_laws": ("test_laws",),
}
#: What is not about single ops, for those whose own tests do not notice.
FURTHER = ("transforms", "lax")
#: Seconds after which a mutant has hung, which is noticed.
PATIENCE = 120


def tests_of(ops: list[str], known: set[str]) -> list[str]:
    named = [
        f"{TESTS}/{file}.py::{test}[{op}]"
        for file, tests in FILES.items()
        for test in tests
        for op in ops
    ]
    return [test for test in named if test in known]


class Collector:
    """The tests there are."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.found |= {f"{item.path}::{item.name}" for item in items}


def passes(number: int, tests: list[str]) -> bool:
    """Whether a child process passes tests with a mutant in force."""
    child = os.fork()
    if child == 0:
        os.environ["MJX_MUTANT"] = str(number)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        import signal

        signal.alarm(PATIENCE)
        os._exit(int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *tests])))
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text())
    worker, workers = int(sys.argv[2]), int(sys.argv[3])
    collector = Collector()
    files = [f"{TESTS}/{file}.py" for file in FILES if (TESTS / f"{file}.py").exists()]
    os.chdir(ROOT)
    sys.stdout.flush()
    with open(os.devnull, "w") as null:
        kept, sys.stdout = sys.stdout, null
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *files], [collector])
        sys.stdout = kept
    ours = plan[worker::workers]
    everything = sorted({t for _, ops in ours for t in tests_of(ops, collector.found)})
    if not passes(0, everything):
        return 1
    further = [f"{TESTS}/{path}" for path in FURTHER]
    for number, ops in ours:
        tests = tests_of(ops, collector.found)
        if (not tests or passes(number, tests)) and passes(number, further):
            print(f"survived {number}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
