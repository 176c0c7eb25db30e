"""Runs the lit and the Python tests and ends with one line that counts both.

    test/run.py --build <folder> [--lit | --py] [paths and pytest options]

Paths choose what runs: a test file, or a folder of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON_TESTS = ROOT / "python"
LIT_FAILURES = {"FAIL", "XPASS", "TIMEOUT", "UNRESOLVED"}


class Count:
    """Tests that passed and tests that did not; one that did not run is neither."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, passed: int, failed: int, clean_exit: bool) -> None:
        # A runner that died without naming a test is a failure of its own.
        if not clean_exit and not failed:
            failed = 1
        self.passed += passed
        self.failed += failed


def run_lit(paths: list[str], build: Path, scratch: Path, count: Count) -> None:
    """Tests are found through the configured copy of the suite in the build tree."""
    results = scratch / "lit.json"
    suite = build / "test"
    chosen = [str(suite / Path(path).resolve().relative_to(ROOT)) for path in paths] or [str(suite)]
    lit = Path(sys.executable).with_name("lit")
    status = subprocess.run([lit, "-sv", "--output", results, *chosen], check=False).returncode
    tests = json.loads(results.read_text())["tests"] if results.exists() else []
    codes = [test["code"] for test in tests]
    failed = sum(code in LIT_FAILURES for code in codes)
    count.add(codes.count("PASS"), failed, status == 0)


def run_pytest(arguments: list[str], scratch: Path, count: Count) -> None:
    report = scratch / "pytest.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}", *arguments]
    status = subprocess.run(command, check=False, cwd=ROOT.parent).returncode
    passed = failed = 0
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            broken = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            passed += total - skipped - broken
            failed += broken
    count.add(passed, failed, status == 0)


def is_python(argument: str) -> bool:
    path = Path(argument.partition("::")[0]).resolve()
    return path == PYTHON_TESTS or PYTHON_TESTS in path.parents


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="the build tree")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--lit", action="store_true", help="only the lit tests")
    only.add_argument("--py", action="store_true", help="only the Python tests")
    options, rest = parser.parse_known_args()

    paths = [argument for argument in rest if Path(argument.partition("::")[0]).exists()]
    python_paths = [path for path in paths if is_python(path)]
    lit_paths = [path for path in paths if path not in python_paths]
    flags = [argument for argument in rest if argument not in paths]
    # Options of pytest choose Python tests, as paths below test/python do.
    wants_lit = options.lit or bool(lit_paths) or not (options.py or python_paths or flags)
    wants_python = options.py or bool(python_paths or flags) or not (options.lit or lit_paths)

    count = Count()
    with tempfile.TemporaryDirectory() as scratch:
        if wants_lit:
            run_lit(lit_paths, options.build.resolve(), Path(scratch), count)
        if wants_python:
            run_pytest([*flags, *(python_paths or [str(PYTHON_TESTS)])], Path(scratch), count)
    sys.stdout.flush()
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
