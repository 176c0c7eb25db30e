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
