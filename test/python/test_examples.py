"""The examples run, on fewer rounds than a person would give them."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_digits_learns_and_draws(tmp_path):
    command = [sys.executable, EXAMPLES / "digits.py", "--epochs", "12", "--out", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"test accuracy ([\d.]+)%", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) > 93
    assert (tmp_path / "loss.png").stat().st_size > 1000
    assert (tmp_path / "misread.png").stat().st_size > 1000
    assert "tracing" in done.stdout
    assert "compiling" in done.stdout


def test_dqn_learns_and_keeps_its_memory(tmp_path):
    command = [sys.executable, EXAMPLES / "dqn.py", "--turns", "3000", "--save", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lengths = [float(x) for x in re.findall(r"turns +([\d.]+) steps", done.stdout)]
    assert len(lengths) == 3, done.stdout + done.stderr
    assert lengths[-1] > 2 * lengths[0]
    assert (tmp_path / "manifest.json").exists()
