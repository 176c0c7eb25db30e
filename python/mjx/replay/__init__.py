"""Replay buffers: experience in a ring, written in place under `jit`, as pure functions on pytrees.

buffer = replay.make_flat_buffer(max_length=10_000, min_length=100, sample_batch_size=32)
state = buffer.init(step)
add = mjx.jit(buffer.add, donate_argnums=0)
state = add(state, step)
if buffer.can_sample(state):
    pairs = buffer.sample(state, key).experience
"""

from mjx.replay import sum_tree as sum_tree
from mjx.replay.disk import *
from mjx.replay.flat import *
from mjx.replay.prioritised import *
from mjx.replay.queue import *
from mjx.replay.trajectory import *
