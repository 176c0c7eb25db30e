import contextlib
import os
import threading
import timeit
import traceback
import warnings

import pytest

import numpy as np
from mjx.support import source
from mjx.support.config import traceback_filtering
from mjx.support.tree import tree_map

HERE = os.path.abspath(__file__)
LIBRARY = os.path.join(source._PACKAGE, "pretended.py")


def library(text):
    """Functions that look as if they were defined in mjx."""
    names = {"source": source, "warnings": warnings}
    exec(compile(text, LIBRARY, "exec"), names)
    return names


LIB = library(
    """
def where(): return source.user_location()
def call(f, *args): return f(*args)
def fail(): raise KeyError("inside")
def fail_twice():
    try: fail()
    except KeyError as error: raise ValueError("outside") from error
def warn(): warnings.warn("careful", stacklevel=source.user_stacklevel())
def warn_deep(): warn()
"""
)


def test_location_is_the_innermost_user_line():
    location = LIB["call"](LIB["where"])
    line = test_location_is_the_innermost_user_line.__code__.co_firstlineno + 1
    assert location[:2] == (__file__, line)
    assert location.function == "test_location_is_the_innermost_user_line"
    assert source.code_text(location) == 'location = LIB["call"](LIB["where"])'
    assert source.describe(location) == f"{location}: {source.code_text(location)}"


def test_location_inside_a_callback():
    def callback(x):
        return LIB["where"]()

    location = tree_map(callback, [1])[0]
    assert location.file == __file__ and location.function.endswith("callback")


def test_helpers_between_library_frames_are_passed_over():
    @contextlib.contextmanager
    def scope():
        yield

    where = scope()(LIB["where"])
    assert LIB["call"](where).file == __file__

    class Array:
        def __array__(self, dtype=None, copy=None):
            self.location = LIB["where"]()
            return np.ones(2)

    array = Array()
    np.mean(array)
    assert array.location.file == __file__


def test_no_user_frame():
    found = []
    code = compile("found.append(where())", LIBRARY, "exec")
    thread = threading.Thread(target=exec, args=(code, {"found": found, **LIB}))
    thread.start()
    thread.join()
    # threading.py is the outermost frame that is not ours
    assert os.path.basename(found[0].file) == "threading.py"
    assert source.describe(source.UNKNOWN) == "<unknown>:0 in <unknown>"


@pytest.mark.parametrize("name", ["warn", "warn_deep"])
def test_stacklevel_names_the_users_line(name):
    with pytest.warns(UserWarning, match="careful") as caught:
        LIB[name]()
    assert caught[0].filename == __file__


def files(error):
    return [entry.filename for entry in traceback.extract_tb(error.__traceback__)]


def test_boundary_strips_library_frames():
    def user():
        return LIB["fail"]()

    deep = source.api_boundary(lambda: LIB["call"](user))
    with pytest.raises(KeyError) as info:
        deep()
    found = files(info.value)
    assert LIBRARY not in found
    assert found.count(source.__file__) == 1  # the boundary's own frame cannot be removed
    assert [f for f in found if f == HERE or f == __file__]
    assert any(e.name == "user" for e in traceback.extract_tb(info.value.__traceback__))


def test_boundary_strips_causes():
    with pytest.raises(ValueError) as info:
        source.api_boundary(LIB["fail_twice"])()
    assert isinstance(info.value.__cause__, KeyError)
    assert LIBRARY not in files(info.value) + files(info.value.__cause__)


def test_boundary_keeps_frames_when_asked():
    with traceback_filtering("off"), pytest.raises(KeyError) as info:
        source.api_boundary(LIB["fail"])()
    assert LIBRARY in files(info.value)


def test_boundary_is_transparent():
    @source.api_boundary
    def double(x, *, by=2):
        """Doc."""
        return x * by

    assert double(3, by=4) == 12 and double.__doc__ == "Doc." and double.__name__ == "double"


def test_registered_libraries_are_stripped_and_passed_over(tmp_path):
    other = str(tmp_path / "other.py")
    names = {"where": LIB["where"], "fail": LIB["fail"]}
    exec(compile("def locate(): return where()\ndef fall(): fail()", other, "exec"), names)
    assert names["locate"]().file == other
    before = list(source._library)
    source.register_exclusion(other)
    try:
        assert names["locate"]().file == __file__
        with pytest.raises(KeyError) as info:
            source.api_boundary(names["fall"])()
        assert other not in files(info.value)
    finally:
        source._library[:] = before
        source._internal_files.clear()


def test_location_is_cheap():
    # 0.8 us on an idle machine; the bound leaves room for a busy one.
    assert min(timeit.repeat(LIB["where"], number=2000, repeat=5)) / 2000 < 20e-6
