"""Buffers on disk: what is written, what is found again, and what a death while saving leaves."""

import builtins
import os
import signal
import subprocess
import sys
import textwrap

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import random, replay
from mjx.replay import disk

ITEM = {"a": mnp.zeros((3,), "uint8"), "b": mnp.zeros((), "bfloat16"), "none": mnp.zeros((0,))}


def batch_of(rng, rows, steps):
    a = rng.integers(0, 255, (rows, steps, 3)).astype(np.uint8)
    b = mnp.array(rng.standard_normal((rows, steps)), "bfloat16")
    return {"a": a, "b": b, "none": np.zeros((rows, steps, 0), np.float32)}


def same(found, wanted):
    assert type(found) is type(wanted)
    assert mjx.tree.structure(found) == mjx.tree.structure(wanted)
    mjx.tree.map(np.testing.assert_array_equal, found, wanted)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


MAKERS = {
    "trajectory": lambda: replay.make_trajectory_buffer(2, 4, 2, 1, 2, max_length_time_axis=11),
    "prioritised": lambda: replay.make_prioritised_trajectory_buffer(2, 4, 2, 1, 2, max_size=22),
    "queue": lambda: replay.make_trajectory_queue(11, 2, 1, 2),
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_was_saved_is_found(tmp_path, name):
    rng, buffer = np.random.default_rng(0), MAKERS[name]()
    empty = state = buffer.init(ITEM)
    assert replay.save(tmp_path, state) == 0
    same(replay.load(tmp_path, empty), state)
    for _ in range(25):
        new = 0
        for _ in range(rng.integers(0, 4)):
            steps = int(rng.integers(1, 5))
            state, new = buffer.add(state, batch_of(rng, 2, steps)), new + steps
        if name == "prioritised" and bool(buffer.can_sample(state)):
            found = buffer.sample(state, random.key(0))
            state = buffer.set_priorities(state, found.indices, np.arange(4.0))
        if name == "queue" and bool(buffer.can_sample(state)):
            state, _ = buffer.sample(state)
        assert replay.save(tmp_path, state) == min(new, 11)
        same(replay.load(tmp_path, empty), state)


def test_only_what_is_new_is_written(tmp_path):
    rng = np.random.default_rng(1)
    buffer = replay.make_trajectory_buffer(1, 4, 2, 1, 2, max_length_time_axis=10_000)
    state = buffer.add(buffer.init(ITEM), batch_of(rng, 1, 4000))
    replay.save(tmp_path, state)
    before = files(tmp_path)
    assert replay.save(tmp_path, buffer.add(state, batch_of(rng, 1, 10))) == 10
    after = files(tmp_path)
    assert after["steps-1.bin"] == before["steps-1.bin"]
    assert sum(len(data) for name, data in after.items() if name not in before) < 200


def test_steps_that_were_written_over_leave_the_disk(tmp_path):
    rng = np.random.default_rng(2)
    buffer = replay.make_trajectory_buffer(1, 4, 2, 1, 2, max_length_time_axis=10)
    state = buffer.init(ITEM)
    for _ in range(40):
        state = buffer.add(state, batch_of(rng, 1, 1))
        replay.save(tmp_path, state)
        assert len(files(tmp_path)) <= 12
    same(replay.load(tmp_path, buffer.init(ITEM)), state)


def test_many_small_files_become_one(tmp_path):
    rng = np.random.default_rng(3)
    buffer = replay.make_trajectory_buffer(1, 4, 2, 1, 2, max_length_time_axis=200)
    state, written = buffer.init(ITEM), []
    for _ in range(disk.MOST_CHUNKS + 2):
        state = buffer.add(state, batch_of(rng, 1, 1))
        written.append(replay.save(tmp_path, state))
    assert written == [1] * disk.MOST_CHUNKS + [disk.MOST_CHUNKS + 1, 1]
    same(replay.load(tmp_path, buffer.init(ITEM)), state)


def test_another_buffer_takes_the_place_of_the_one_before(tmp_path):
    rng, buffer = np.random.default_rng(4), MAKERS["trajectory"]()
    first = buffer.add(buffer.init(ITEM), batch_of(rng, 2, 5))
    replay.save(tmp_path, first)
    for steps in (3, 5, 9):  # behind, level with and ahead of what is there
        other = buffer.add(buffer.init(ITEM), batch_of(rng, 2, steps))
        assert replay.save(tmp_path, other) == steps
        same(replay.load(tmp_path, first), other)


class Death(BaseException):
    pass


def dying_after(monkeypatch, steps):
    """From the given step on, nothing reaches the disk any more."""
    left = [steps]

    def counted(function):
        def call(*args, **options):
            left[0] -= 1
            if left[0] < 0:
                raise Death
            return function(*args, **options)

        return call

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(disk.Path, "unlink", counted(disk.Path.unlink))
    monkeypatch.setattr(builtins, "open", counted(builtins.open))


def test_death_at_any_step_leaves_a_buffer(tmp_path, monkeypatch):
    buffer, found, steps = MAKERS["prioritised"](), [], 0
    while True:
        rng, folder = np.random.default_rng(5), tmp_path / str(steps)
        before = buffer.init(ITEM)
        for _ in range(3):
            before = buffer.add(before, batch_of(rng, 2, 4))
            replay.save(folder, before)
        after = buffer.add(before, batch_of(rng, 2, 3))
        with monkeypatch.context() as patch:
            dying_after(patch, steps)
            try:
                replay.save(folder, after)
                alive = True
            except Death:
                alive = False
        loaded = replay.load(folder, buffer.init(ITEM))
        new = int(loaded.added) == int(after.added)
        same(loaded, after if new else before)
        found.append(new)
        # The next save finds its way from there.
        last = buffer.add(loaded, batch_of(rng, 2, 2))
        replay.save(folder, last)
        same(replay.load(folder, before), last)
        assert not list(folder.glob("*.new"))
        if alive:
            break
        steps += 1
    assert found == sorted(found)
    assert found.count(False) > 8
    assert found.count(True) > 1


PROGRAM = """
import sys
import numpy as np
import mjx
from mjx import replay
buffer = replay.make_trajectory_buffer(1, 1, 1, 1, 1, max_length_time_axis=300)
state = buffer.init(np.int32(0))
for time in range(0, 10**6, 7):
    state = buffer.add(state, np.arange(time, time + 7, dtype=np.int32)[None])
    replay.save(sys.argv[1], state)
    print(time + 7, flush=True)
"""


def test_a_killed_process_leaves_its_last_save(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) >= 350:
                process.send_signal(signal.SIGKILL)
                break
        said = [int(line), *map(int, process.stdout.read().split())][-1]
    buffer = replay.make_trajectory_buffer(1, 1, 1, 1, 1, max_length_time_axis=300)
    state = replay.load(tmp_path, buffer.init(np.int32(0)))
    assert int(state.added) in (said, said + 7)
    held = np.sort(np.asarray(state.experience)[0])
    np.testing.assert_array_equal(held, np.arange(int(state.added) - 300, int(state.added)))


def test_spoiled_files_are_noticed(tmp_path):
    rng, buffer = np.random.default_rng(6), MAKERS["trajectory"]()
    replay.save(tmp_path, buffer.add(buffer.init(ITEM), batch_of(rng, 2, 5)))
    for name in ("steps-1.bin", "rest-1.bin"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(ValueError, match=f"{name}.*checksum"):
            replay.load(tmp_path, buffer.init(ITEM))
        (tmp_path / name).write_bytes(data)


def test_what_does_not_fit_is_refused(tmp_path):
    buffer = MAKERS["trajectory"]()
    state = buffer.init(ITEM)
    with pytest.raises(FileNotFoundError, match="a saved buffer"):
        replay.load(tmp_path, state)
    replay.save(tmp_path, state)
    other = buffer.init({**ITEM, "b": mnp.zeros(())})
    for function in (lambda: replay.load(tmp_path, other), lambda: replay.save(tmp_path, other)):
        with pytest.raises(ValueError, match="bfloat16"):
            function()
    many = mjx.vmap(buffer.init)(mjx.tree.map(lambda x: mnp.stack([x, x]), ITEM))
    with pytest.raises(ValueError, match="the state of one buffer"):
        replay.save(tmp_path, many)
