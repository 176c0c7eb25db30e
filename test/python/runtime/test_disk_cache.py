"""Compiled programs survive the process, and nothing that happens to their files matters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
import mjx, mjx.numpy as mnp
from mjx.core.execute import statistics
from mjx.core.disk_cache import disk_cache_statistics

mjx.config.update("compilation_cache_dir", sys.argv[1])
mjx.config.update("enable_compilation_cache", True)

@mjx.jit
def f(x, y):
    return mnp.tanh(x @ y) + 1, mjx.grad(lambda a: (a @ y).sum())(x)

x = mnp.arange(6.0).reshape(2, 3)
out = f(x, mnp.ones((3, 2)))
print(json.dumps({"compiles": statistics["compiles"], "values": [o.tolist() for o in out],
                  **disk_cache_statistics()}))
"""


def run(folder: Path, **environment: str) -> dict:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_second_process_compiles_nothing(tmp_path):
    first, second = run(tmp_path / "c"), run(tmp_path / "c")
    assert first["compiles"] > 0 and first["stored"] == first["compiles"]
    assert second["compiles"] == 0 and second["hits"] == first["stored"]
    assert first["values"] == second["values"]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other"])
def test_damaged_files_are_compiled_anew(tmp_path, damage):
    first = run(tmp_path)
    for file in tmp_path.glob("*.mjx"):
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        contents = {"empty": b"", "cut": whole[:-5], "flipped": bytes(changed), "other": b"hello"}
        file.write_bytes(contents[damage])
    second = run(tmp_path)
    assert second["damaged"] == first["stored"]
    assert second["compiles"] == first["compiles"] and second["values"] == first["values"]
    assert run(tmp_path)["compiles"] == 0


def test_a_folder_that_cannot_be_used_is_no_obstacle(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    result = run(blocked)
    assert result["compiles"] > 0 and result["stored"] == 0
    assert "cannot create" in result["problem"]


def test_writers_at_once(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    results = [json.loads(p.communicate(timeout=120)[0]) for p in running]
    assert all(r["damaged"] == 0 and r["values"] == results[0]["values"] for r in results)
    assert run(tmp_path)["compiles"] == 0


def test_the_bound_is_kept(tmp_path):
    limit = 30_000
    run(tmp_path, MJX_COMPILATION_CACHE_MAX_SIZE=str(limit))
    assert 0 < sum(f.stat().st_size for f in tmp_path.glob("*.mjx")) <= limit
