"""Learns to balance a pole on a cart by deep Q-learning, all of it in compiled programs.

The cart, the replay buffer, the network and the optimizer are pure functions, so that a thousand turns
of acting, remembering, and learning are one `scan`; the state of it all is donated, and so the buffer
is written in place. Prints the mean length of the episodes that ended in each thousand turns: 500 is a
pole that never fell. Takes a few seconds on two cores.

    python examples/dqn.py [--turns 9000] [--prioritised] [--save build/dqn]
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any, NamedTuple

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, nn, random, replay

CARTS = 4  # side by side
SAMPLE = 128
WARMUP = 500  # steps of each cart before learning starts
DISCOUNT = 0.99
RATE = 1e-3  # at first; after LEARNING turns, none
LEARNING = 6500
FOLLOW = 0.005  # how fast the target network follows
LIMIT = 500  # steps of an episode
ROUND = 1000  # turns in one compiled call
SCALE = np.array([0.4, 0.5, 5.0, 0.5], np.float32)  # of what is seen


class Step(NamedTuple):
    """What is remembered of one step: what was seen and done, and what came of it: -1 for a fall."""

    view: Any
    action: Any
    reward: Any
    fell: Any
    over: Any  # the next step begins a new episode


class Agent(NamedTuple):
    """Parameters, those that set the targets, and Adam's moments."""

    params: Any
    target: Any
    mean: Any
    square: Any
    count: Any


class World(NamedTuple):
    """The carts: position, speed, angle and its speed of each, and the length of its episode."""

    carts: Any
    age: Any


# The cart


def fresh(key):
    return random.uniform(key, (CARTS, 4), minval=-0.05, maxval=0.05)


def push(carts, action):
    """The carts 0.02 s after a push of 10 N to the left (0) or right (1)."""
    x, speed, angle, turn = mnp.moveaxis(carts, -1, 0)
    force = mnp.where(action == 1, 10.0, -10.0)
    cart, pole, half = 1.0, 0.1, 0.5
    total = cart + pole
    drive = (force + pole * half * turn**2 * mnp.sin(angle)) / total
    bend = (9.8 * mnp.sin(angle) - mnp.cos(angle) * drive) / (
        half * (4 / 3 - pole * mnp.cos(angle) ** 2 / total)
    )
    pull = drive - pole * half * bend * mnp.cos(angle) / total
    after = (x + 0.02 * speed, speed + 0.02 * pull, angle + 0.02 * turn, turn + 0.02 * bend)
    return mnp.stack(after, axis=-1)


def fallen(carts):
    return (mnp.abs(carts[:, 0]) > 2.4) | (mnp.abs(carts[:, 2]) > 12 * np.pi / 180)


# The agent


def initialize(key):
    sizes = (4, 64, 64, 2)
    params = []
    for layer, inputs, outputs in zip(random.split(key, 3), sizes, sizes[1:]):
        weight = random.normal(layer, (inputs, outputs)) * np.sqrt(2 / inputs)
        params.append((weight, mnp.zeros(outputs)))
    copy = mjx.tree.map(mnp.copy, params)
    zeros = [mjx.tree.map(mnp.zeros_like, params) for _ in range(2)]
    return Agent(params, copy, *zeros, mnp.zeros(()))


def values(params, view):
    """The expected discounted rewards of both actions."""
    *hidden, (weight, bias) = params
    view = view * SCALE
    for w, b in hidden:
        view = nn.relu(view @ w + b)
    return view @ weight + bias


def errors(params, target, pair):
    """How far values are from what came, by double Q-learning; 0 where an episode was cut off."""
    now, after = pair.first, pair.second
    best = mnp.argmax(values(params, after.view), axis=-1)
    future = mnp.take_along_axis(values(target, after.view), best[:, None], axis=-1)[:, 0]
    goal = now.reward + DISCOUNT * mnp.where(now.fell, 0.0, future)
    guess = mnp.take_along_axis(values(params, now.view), now.action[:, None], axis=-1)[:, 0]
    return mnp.where(now.over & ~now.fell, 0.0, guess - lax.stop_gradient(goal))


def loss(params, target, pair, weights):
    wrong = errors(params, target, pair)
    size = mnp.abs(wrong)
    return mnp.mean(weights * mnp.where(size < 1, 0.5 * wrong**2, size - 0.5)), size


def learn(agent, pair, weights, decay):
    """The agent after one step of Adam at a part of the full rate, and the sizes of the errors."""
    gradient, size = mjx.grad(loss, has_aux=True)(agent.params, agent.target, pair, weights)
    count = agent.count + 1
    mean = mjx.tree.map(lambda m, g: 0.9 * m + 0.1 * g, agent.mean, gradient)
    square = mjx.tree.map(lambda s, g: 0.999 * s + 0.001 * g**2, agent.square, gradient)
    rate = RATE * decay * mnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    params = mjx.tree.map(
        lambda p, m, s: p - rate * m / (mnp.sqrt(s) + 1e-8), agent.params, mean, square
    )
    target = mjx.tree.map(lambda t, p: t + FOLLOW * (p - t), agent.target, params)
    return Agent(params, target, mean, square, count), size


# Acting, remembering, learning


def act(agent, world, key, chance):
    """The world after an action of each cart, random with the given chance, and the step to remember."""
    keys = random.split(key, 3)
    greedy = mnp.argmax(values(agent.params, world.carts), axis=-1)
    random_action = random.randint(keys[0], (CARTS,), 0, 2)
    action = mnp.where(random.uniform(keys[1], (CARTS,)) < chance, random_action, greedy)
    carts, age = push(world.carts, action), world.age + 1
    fell = fallen(carts)
    over = fell | (age >= LIMIT)
    step = Step(world.carts, action, -fell.astype(np.float32), fell, over)
    after = World(mnp.where(over[:, None], fresh(keys[2]), carts), mnp.where(over, 0, age))
    return after, step, mnp.where(over, age, 0)


def turn(buffer, state, key):
    """One step of each cart and one of learning."""
    agent, world, memory, number = state
    act_key, sample_key = random.split(key)
    chance = mnp.maximum(0.02, 1 - number / 5000)
    world, step, ages = act(agent, world, act_key, chance)
    memory = buffer.add(memory, step)
    found = buffer.sample(memory, sample_key)
    weights = mnp.ones(SAMPLE)
    if hasattr(buffer, "set_priorities"):
        weights = (1 / found.probabilities) ** 0.4
        weights = weights / mnp.max(weights)
    decay = mnp.maximum(0, 1 - number / LEARNING)
    learned, size = learn(agent, found.experience, weights, decay)
    ready = buffer.can_sample(memory)
    agent = mjx.tree.map(lambda new, old: mnp.where(ready, new, old), learned, agent)
    if hasattr(buffer, "set_priorities"):
        memory = buffer.set_priorities(memory, found.indices, size + 0.01)
    return (agent, world, memory, number + 1), ages


@partial(mjx.jit, static_argnums=(0, 3), donate_argnums=1)
def play(buffer, state, key, turns):
    """Many turns, and the mean length of the episodes that ended."""
    step = partial(turn, buffer)
    state, ages = lax.scan(step, state, random.split(key, turns))
    return state, ages.sum() / mnp.maximum((ages > 0).sum(), 1)


def make_buffer(prioritised):
    make = replay.make_prioritised_flat_buffer if prioritised else replay.make_flat_buffer
    return make(100_000, CARTS * WARMUP, SAMPLE, add_batch_size=CARTS)


def start(buffer, key):
    keys = random.split(key)
    world = World(fresh(keys[0]), mnp.zeros(CARTS, "int32"))
    agent = initialize(keys[1])
    _, step, _ = act(agent, world, key, 1.0)
    memory = buffer.init(mjx.tree.map(lambda leaf: leaf[0], step))
    return agent, world, memory, mnp.zeros((), "int32")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--prioritised", action="store_true")
    parser.add_argument("--save", help="keep the replay buffer in this folder")
    options = parser.parse_args()
    buffer = make_buffer(options.prioritised)
    key = random.key(options.seed)
    state, begin = start(buffer, key), time.perf_counter()
    for first in range(0, options.turns, ROUND):
        turns = min(ROUND, options.turns - first)
        state, length = play(buffer, state, random.fold_in(key, first), turns)
        bar = "#" * round(float(length) / 10)
        print(f"{first + turns:6d} turns  {float(length):6.1f} steps  {bar}")
        if options.save:
            replay.save(options.save, state[2])
    print(f"{time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
