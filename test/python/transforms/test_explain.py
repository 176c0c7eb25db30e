"""`explain`: which argument's which field made a version, and what it took to make it."""

import logging
import os
import subprocess
import sys
import textwrap

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np

FIRST = "traced because it is the first call"


def explained(f, *args, **kwargs):
    """The lines of an explanation, without the indentation."""
    return [line.strip() for line in f.explain(*args, **kwargs).splitlines()]


@pytest.mark.parametrize(
    "before, after, reason",
    [
        (
            lambda: mnp.ones(2),
            lambda: mnp.ones(3),
            "argument x is float32[3], and was float32[2] (its shape is (3,), and was (2,))",
        ),
        (
            lambda: mnp.ones(2),
            lambda: mnp.ones(2, "int32"),
            "argument x is int32[2], and was float32[2] (its dtype is int32, and was float32)",
        ),
        (
            lambda: mnp.float32(1),
            lambda: 1.0,
            "argument x is ~float32[], and was float32[] (its weak_type is True, and was False)",
        ),
        (lambda: (1.0, 2.0), lambda: [1.0, 2.0], "argument x has the structure ([*, *]), and had"),
    ],
    ids=["shape", "dtype", "weak", "tree"],
)
def test_the_field_that_differs_is_named(before, after, reason):
    f = mjx.jit(lambda x: x)
    f(before())
    assert explained(f, before())[1] == FIRST
    f(after())
    lines = explained(f, after())
    assert lines[0].startswith("jit of <lambda>, version 2 of 2: (x")
    assert lines[1].startswith("traced because " + reason), lines


def test_the_version_most_like_it_is_compared():
    f = mjx.jit(lambda params, y: params["w"] + y)
    f({"w": mnp.ones(3)}, mnp.ones(3))
    f({"w": mnp.ones((2, 2))}, mnp.ones((2, 2)))
    f({"w": mnp.ones(3)}, 1.0)
    [reason] = [x for x in explained(f, {"w": mnp.ones(3)}, 1.0) if x.startswith("traced because")]
    assert reason.startswith("traced because argument y is ~float32[], and was float32[3]")
    assert "params" not in reason


def test_static_arguments_names_and_settings():
    f = mjx.jit(lambda x, n=1, *, k=0: x * n, static_argnums=1)
    f(1.0, 2)
    assert "static 1=2" in f.explain(1.0, 2)
    assert explained(f, 1.0, 3)[1] == "traced because static argument 1 is 3, and was 2"
    lines = explained(f, 1.0, 3, k=2)
    assert lines[1] == "traced because arguments ['k'] are given by name, and were []"
    assert "there are 1 positional arguments, and were 2" in f.explain(1.0)
    with mjx.enable_x64(True):
        assert "setting enable_x64 is True, and was False" in f.explain(1.0, 3)


def test_what_was_not_compiled_yet_is_compiled_and_kept():
    f = mjx.jit(lambda x: mnp.sin(x) * 3.25)
    lines = explained(f, mjx.ShapeDtypeStruct((5, 5), np.float32))
    assert lines[0] == "jit of <lambda>, version 1 of 1: (x: float32[5,5]) -> (float32[5,5])"
    assert lines[2].startswith("first called at ") and __file__ in lines[2]
    assert lines[3].startswith("tracing took ") and lines[4].startswith("compiling took ")
    for stage in ("linalg", "bufferize", "llvm", "optimize", "emit", "rest"):
        assert f"{stage} " in lines[4]
    f(mnp.ones((5, 5)))
    assert f.stats()["traces"] == 1 and explained(f, mnp.ones((5, 5))) == lines
    g = mjx.jit(lambda x: mnp.sin(x) * 3.25)
    assert "an equal program was compiled before in this process" in g.explain(mnp.ones((5, 5)))


def test_misses_are_logged_with_their_cost(caplog):
    f = mjx.jit(lambda x: x - 3.75)
    with mjx.explain_cache_misses(True), caplog.at_level(logging.WARNING):
        f(mnp.ones(3))
        assert "traced again" not in caplog.text and FIRST in caplog.text
        f(mnp.ones(4))
        f(mnp.ones(4))
    assert caplog.text.count("traced again: argument x is float32[4], and was float32[3]") == 1
    assert caplog.text.count("tracing took") == 2


def test_what_came_from_disk_says_so(tmp_path):
    script = """
        import mjx, mjx.numpy as mnp
        print(mjx.jit(lambda x: mnp.cos(x) - 0.125).explain(mnp.ones(7)))
    """
    texts = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ
            | {
                "MJX_ENABLE_COMPILATION_CACHE": "1",
                "MJX_COMPILATION_CACHE_DIR": str(tmp_path),
            },
        )
        texts.append(done.stdout)
    assert "compiling took" in texts[0] and "disk" not in texts[0]
    assert "read in" in texts[1] and "from the disk cache" in texts[1]


def test_arguments_that_are_no_arrays_are_refused():
    with pytest.raises(TypeError, match="explain of f"):

        @mjx.jit
        def f(x):
            return x

        f.explain("text")
