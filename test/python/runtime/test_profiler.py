"""Profiles, read back."""

import json
import os
import threading

import pytest

import mjx
import mjx.numpy as mnp
from mjx import profiler
from mjx.core.disk_cache import enable_compilation_cache


def read(directory):
    """The complete events of the one profile in a directory."""
    [path] = directory.glob("*.trace.json")
    content = json.loads(path.read_text())
    assert content["displayTimeUnit"] == "ms"
    for event in content["traceEvents"]:
        assert event["ph"] in "XM" and event["pid"] == os.getpid()
    return [e for e in content["traceEvents"] if e["ph"] == "X"]


def named(events, name, category):
    return [e for e in events if e["name"] == name and e["cat"] == category]


def contains(outer, inner):
    """Whether one span lies within another; times are rounded to nanoseconds."""
    ends = [e["ts"] + e["dur"] for e in (outer, inner)]
    return outer["ts"] <= inner["ts"] and ends[1] <= ends[0] + 0.01


def test_tracing_compiling_and_launches_have_spans(tmp_path):
    def step(x):
        return mnp.tanh(x) * 1.0625

    f = mjx.jit(step)
    with profiler.trace(tmp_path), enable_compilation_cache(False):
        for _ in range(3):
            f(mnp.ones(17))
    events = read(tmp_path)
    [trace] = named(events, "trace step", "trace")
    assert trace["args"]["defined_at"] == f"{__file__}:{step.__code__.co_firstlineno}"
    [compiling] = named(events, "jit of step", "compile")
    stages = [e for e in events if e["cat"] == "compile stage" and contains(compiling, e)]
    names = [e["name"] for e in stages]
    assert names.index("linalg") < names.index("bufferize") < names.index("emit")
    for one, other in zip(stages, stages[1:]):
        assert one["ts"] + one["dur"] <= other["ts"] + 0.01
    launches = named(events, "jit of step", "launch")
    assert len(launches) == 3
    assert all(__file__ in e["args"]["at"] and "have_spans" in e["args"]["at"] for e in launches)
    assert trace["ts"] <= compiling["ts"] <= launches[0]["ts"]
    assert events == sorted(events, key=lambda e: (e["ts"], -e["dur"]))


def test_known_programs_and_single_ops_have_spans_only_meanwhile(tmp_path):
    f, x = mjx.jit(lambda x: x + 2), mnp.ones(3)
    f(x), x * x
    with profiler.trace(tmp_path / "a"):
        f(x), x * x
    f(x), x * x
    with profiler.trace(tmp_path / "b"):
        pass
    launches = [e["name"] for e in read(tmp_path / "a") if e["cat"] == "launch"]
    assert launches == ["jit of <lambda>", "mul"] or len(launches) == 2, launches
    assert read(tmp_path / "b") == []


def test_annotations_nest_and_say_what_they_were_told(tmp_path):
    @profiler.annotate_function
    def load(path):
        return path + "!"

    renamed = profiler.annotate_function(load, name="read", kind="disk")
    with profiler.trace(tmp_path):
        for i in range(2):
            with profiler.StepTraceAnnotation("train", step_num=i):
                with profiler.TraceAnnotation("batch", size=3, unit=mnp.float32) as annotation:
                    annotation.set_metadata(more=True)
                    assert load("a") == "a!"
        assert renamed("b") == "b!"
    assert load("c") == "c!" and load.__name__ == "load"
    events = read(tmp_path)
    steps = named(events, "train", "step")
    assert [e["args"]["step_num"] for e in steps] == [0, 1]
    batches = named(events, "batch", "annotation")
    assert all(contains(s, b) for s, b in zip(steps, batches))
    assert batches[0]["args"]["size"] == 3 and batches[0]["args"]["more"] is True
    loads = [e for e in events if e["name"].endswith("load")]
    assert len(loads) == 3 and contains(batches[0], loads[0])
    assert named(events, "read", "annotation")[0]["args"]["kind"] == "disk"


def test_threads_are_kept_apart(tmp_path):
    def work():
        with profiler.TraceAnnotation("inside"):
            mnp.ones(3) + 1

    with profiler.trace(tmp_path):
        thread = threading.Thread(target=work, name="worker of mine")
        thread.start()
        thread.join()
        with profiler.TraceAnnotation("outside"):
            pass
    [path] = tmp_path.glob("*.json")
    content = json.loads(path.read_text())["traceEvents"]
    threads = {e["args"]["name"]: e["tid"] for e in content if e["name"] == "thread_name"}
    spans = {e["name"]: e["tid"] for e in content if e["ph"] == "X"}
    assert spans["inside"] == threads["worker of mine"] != spans["outside"]


def test_errors_end_spans_and_profiles(tmp_path):
    with pytest.raises(KeyError), profiler.trace(tmp_path):
        with profiler.TraceAnnotation("failing"):
            raise KeyError
    assert [e["name"] for e in read(tmp_path)] == ["failing"]


def test_profiles_are_begun_and_ended_in_turn(tmp_path):
    with pytest.raises(RuntimeError, match="no profile is being taken"):
        profiler.stop_trace()
    profiler.start_trace(tmp_path)
    with pytest.raises(RuntimeError, match="is being taken; stop it first"):
        profiler.start_trace(tmp_path)
    profiler.stop_trace()
    with pytest.raises(ValueError, match="create_perfetto_link=False"):
        profiler.start_trace(tmp_path, create_perfetto_link=True)
    assert read(tmp_path) == []


def test_a_span_that_began_before_is_left_out(tmp_path):
    with profiler.TraceAnnotation("early"):
        profiler.start_trace(tmp_path)
    profiler.stop_trace()
    assert read(tmp_path) == []
