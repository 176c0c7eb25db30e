"""Trains a small convolutional network on scikit-learn's handwritten digits.

The whole of an epoch is one compiled program: a scan over minibatches, each augmented by a
`vmap`ped random shift, differentiated, and followed by a step of Adam, in parameters that are
donated and so updated in place. Ends with the test accuracy and two pictures.

    python examples/digits.py [--epochs 100] [--out build/digits]
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import matplotlib
from sklearn.datasets import load_digits

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, random

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend has to be chosen first)

BATCH = 64
RATE = 2e-3
CONV = ("NHWC", "HWIO", "NHWC")


class State(NamedTuple):
    """What training changes: parameters and Adam's running moments."""

    params: dict
    mean: dict
    square: dict
    step: mjx.Array


# The model


def initialize(key):
    """Random parameters: He's scale for layers that a relu follows."""
    shapes = {
        "conv1": (3, 3, 1, 16),
        "conv2": (3, 3, 16, 32),
        "dense1": (4 * 4 * 32, 64),
        "dense2": (64, 10),
    }
    params = {}
    for name, layer_key in zip(shapes, random.split(key, len(shapes))):
        shape = shapes[name]
        scale = np.sqrt(2.0 / np.prod(shape[:-1]))
        params[name] = {
            "weight": scale * random.normal(layer_key, shape),
            "bias": mnp.zeros(shape[-1]),
        }
    return params


def logits_of(params, images):
    """Scores for the ten digits; images are [batch, 8, 8]."""
    x = images[..., None]
    x = convolve(params["conv1"], x, stride=1)
    x = convolve(params["conv2"], x, stride=2)
    x = x.reshape(x.shape[0], -1)
    x = relu(x @ params["dense1"]["weight"] + params["dense1"]["bias"])
    return x @ params["dense2"]["weight"] + params["dense2"]["bias"]


def convolve(layer, x, stride):
    y = lax.conv_general_dilated(
        x, layer["weight"], (stride, stride), "SAME", dimension_numbers=CONV
    )
    return relu(y + layer["bias"])


def relu(x):
    return mnp.maximum(x, 0)


def loss_of(params, images, labels):
    """Mean cross entropy."""
    logits = logits_of(params, images)
    logits = logits - lax.stop_gradient(logits.max(axis=1, keepdims=True))
    log_sums = mnp.log(mnp.exp(logits).sum(axis=1))
    chosen = mnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return (log_sums - chosen).mean()


# Training


def shifted(key, image):
    """The image moved by up to one pixel in each direction."""
    row, column = random.randint(key, (2,), 0, 3)
    return lax.dynamic_slice(mnp.pad(image, 1), (row, column), (8, 8))


def adam_step(state, gradients, rate, b1=0.9, b2=0.999, eps=1e-8):
    """D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015."""
    step = state.step + 1
    mean = mjx.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state.mean, gradients)
    square = mjx.tree.map(lambda s, g: b2 * s + (1 - b2) * g * g, state.square, gradients)
    rate = rate * mnp.sqrt(1 - b2**step) / (1 - b1**step)
    params = mjx.tree.map(
        lambda p, m, s: p - rate * m / (mnp.sqrt(s) + eps), state.params, mean, square
    )
    return State(params, mean, square, step)


def cosine(progress):
    """The learning rate, falling to zero along half a cosine."""
    return RATE * 0.5 * (1 + np.cos(np.pi * progress))


@partial(mjx.jit, donate_argnums=0)
def train_epoch(state, key, rate, images, labels):
    """One pass over the images in random order; returns the new state and the losses."""
    order_key, shift_key = random.split(key)
    batches = len(images) // BATCH
    order = random.permutation(order_key, len(images))[: batches * BATCH].reshape(batches, BATCH)
    keys = random.split(shift_key, (batches, BATCH))

    def train_batch(state, batch):
        keys, index = batch
        moved = mjx.vmap(shifted)(keys, images[index])
        loss, gradients = mjx.value_and_grad(loss_of)(state.params, moved, labels[index])
        return adam_step(state, gradients, rate), loss

    return lax.scan(train_batch, state, (keys, order))


@mjx.jit
def predict(params, images):
    """The most likely digit of each image."""
    return logits_of(params, images).argmax(axis=1)


# What a person sees


def show_progress(epoch, epochs, loss, rate):
    done = 30 * epoch // epochs
    bar = "#" * done + "." * (30 - done)
    line = f"epoch {epoch:3d}/{epochs} [{bar}] loss {loss:.4f}  {rate:8.0f} images/s"
    end = "\n" if epoch == epochs or not sys.stdout.isatty() else "\r"
    if sys.stdout.isatty() or epoch == epochs or epoch == 1 or epoch % 10 == 0:
        print(line, end=end, flush=True)


def draw_losses(losses, path):
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.semilogy(losses, color="0.75", label="each batch")
    width = max(1, len(losses) // 30)
    smooth = np.convolve(losses, np.ones(width) / width, "valid")
    axes.semilogy(np.arange(len(smooth)) + width // 2, smooth, label="running mean")
    axes.set(xlabel="step", ylabel="cross entropy", title="Training loss")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def draw_misread(images, labels, predicted, path):
    wrong = np.flatnonzero(labels != predicted)[:8]
    figure, axes = plt.subplots(1, max(len(wrong), 1), figsize=(1.5 * max(len(wrong), 2), 2.1))
    for axis, i in zip(np.atleast_1d(axes), wrong):
        axis.imshow(images[i], cmap="gray_r")
        axis.set_title(f"{labels[i]}, read {predicted[i]}", fontsize=9)
    for axis in np.atleast_1d(axes):
        axis.axis("off")
    figure.suptitle(f"Misread: {int((labels != predicted).sum())} of {len(labels)}", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def preparation(*functions):
    """Seconds that jitted functions spent tracing and compiling."""
    stats = [function.stats() for function in functions]
    return sum(s["tracing_seconds"] for s in stats), sum(s["compiling_seconds"] for s in stats)


def load():
    """Training and test images in [0, 1] with their labels, split at random."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.images))
    images = (digits.images[order] / 16).astype(np.float32)
    labels = digits.target[order].astype(np.int32)
    return (images[:1437], labels[:1437]), (images[1437:], labels[1437:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("build/digits"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    (images, labels), (test_images, test_labels) = load()
    device_images, device_labels = mnp.asarray(images), mnp.asarray(labels)
    key, init_key = random.split(random.PRNGKey(0))
    params = initialize(init_key)
    zeros = mjx.tree.map(mnp.zeros_like, params)
    state = State(params, zeros, mjx.tree.map(mnp.zeros_like, params), mnp.zeros((), mnp.int32))

    losses, running = [], 0.0
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        state, epoch_losses = train_epoch(
            state,
            random.fold_in(key, epoch),
            cosine(epoch / options.epochs),
            device_images,
            device_labels,
        )
        losses += epoch_losses.tolist()
        took = time.perf_counter() - start
        running += took
        show_progress(
            epoch, options.epochs, np.mean(losses[-len(epoch_losses) :]), len(images) / took
        )

    predicted = np.asarray(predict(state.params, test_images))
    accuracy = (predicted == test_labels).mean()
    draw_losses(losses, options.out / "loss.png")
    draw_misread(test_images, test_labels, predicted, options.out / "misread.png")
    tracing, compiling = preparation(train_epoch, predict)
    print(f"test accuracy {accuracy:.2%} on {len(test_labels)} images")
    print(
        f"time: tracing {tracing:.2f} s, compiling {compiling:.2f} s, "
        f"running {max(running - tracing - compiling, 0):.2f} s"
    )
    print(f"pictures: {options.out / 'loss.png'}, {options.out / 'misread.png'}")
    return 0 if accuracy >= 0.98 else 1


if __name__ == "__main__":
    sys.exit(main())
