"""A process that runs out of memory goes on, with an error or without."""

import os
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import resource
import numpy as np
import mjx, mjx.numpy as mnp

def limit(megabytes):
    \"\"\"Lets the process have so much more memory than it has.\"\"\"
    pages = int(open("/proc/self/statm").read().split()[0])
    bytes = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (bytes, resource.RLIM_INFINITY))

def still_works():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
    assert mnp.arange(5).sum() == 10
    print("fine")
"""


def run(script):
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | {"MJX_ENABLE_COMPILATION_CACHE": "0", "OMP_NUM_THREADS": "2"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr


@pytest.mark.parametrize(
    "body",
    [
        "x @ x",
        "h @ h",
        "(h @ h.T).astype('float32')",
        "mnp.sort(x, axis=0)",
        "mjx.lax.top_k(x, 100)[0]",
        "mnp.linalg.inv(x)",
        "mnp.cumsum(x)",
    ],
)
def test_too_much_is_an_error(body):
    run(f"""
    x = mnp.ones((3000, 3000))
    h = x.astype("bfloat16")
    f = mjx.jit(lambda x, h: {body})
    executable = f.lower(x, h).compile()
    h.block_until_ready()
    limit(8)
    try:
        executable(x, h).block_until_ready()
    except (MemoryError, RuntimeError) as error:
        assert "memory" in str(error).lower() or isinstance(error, MemoryError), error
    still_works()
    """)


def test_threads_that_do_not_start_are_done_without():
    run("""
    x = mnp.ones((1000, 1000))
    f = mjx.jit(lambda x: x @ x + 1)
    executable = f.lower(x).compile()
    x.block_until_ready()
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 30, resource.RLIM_INFINITY))
    limit(32)                 # not room for the stack of a thread
    assert np.asarray(executable(x))[0, 0] == 1001
    still_works()
    """)


def test_the_error_lists_what_there_is():
    run("""
    small, large = mnp.ones((10, 10)) + 1, mnp.ones((1500, 1000)) + 1
    f = mjx.jit(lambda x: mnp.broadcast_to(x[:, None], (3000, 3000)) + 1)
    executable = f.lower(mnp.ones(3000)).compile()
    x = mnp.ones(3000) + 1
    large.block_until_ready(), x.block_until_ready()
    limit(8)
    try:
        executable(x)
    except mjx.errors.OutOfMemoryError as error:
        text = str(error)
        assert isinstance(error, MemoryError) and isinstance(error, RuntimeError)
    lines = text.splitlines()
    assert "cannot allocate 36000000 bytes for float32[3000,3000]" in lines[0], text
    current = resource.getrlimit(resource.RLIMIT_AS)[0]
    assert any(f"limit: {current}" in line for line in lines), (current, text)
    listed = lines[lines.index(next(x for x in lines if "the largest of" in x)) + 1:]
    assert listed[0].strip() == "float32[1500,1000]: 6000000 bytes", text
    assert len(listed) <= 6
    still_works()
    """)


def test_a_lack_of_memory_leaves_donated_arrays_and_counts_alone():
    run("""
    f = mjx.jit(lambda x: (x + 1, mnp.broadcast_to(x[:, None], (3000, 3000)) * 2), donate_argnums=0)
    x = mnp.ones(3000) + 1
    executable = f.lower(x).compile()
    before = mjx.memory_stats()["bytes_in_use"]
    limit(8)
    for _ in range(5):
        try:
            executable(x)
        except mjx.errors.OutOfMemoryError:
            pass
        else:
            raise AssertionError("it fit")
    assert mjx.memory_stats()["bytes_in_use"] == before
    assert not x.is_deleted()
    still_works()
    """)
