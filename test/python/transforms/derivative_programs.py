"""Twenty programs with their derivatives written by hand, as a careful author would write them.

Each loss takes the arrays that it is differentiated by first; `gradient` gives their derivatives.
What the compiler makes of the derivative of a loss is measured against what is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax


@dataclass(frozen=True)
class DerivativeProgram:
    """A loss, its derivative by the first `active` arguments, and arguments."""

    loss: Callable[..., Any]
    gradient: Callable[..., Any]
    active: int
    arguments: tuple[np.ndarray, ...]


PROGRAMS: dict[str, DerivativeProgram] = {}


def _arrays(*shapes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(sum(map(sum, shapes)))
    return tuple(0.5 * rng.standard_normal(s).astype(np.float32) for s in shapes)


def _add(name: str, loss, gradient, active: int, arguments: tuple[np.ndarray, ...]) -> None:
    PROGRAMS[name] = DerivativeProgram(loss, gradient, active, arguments)


# A perceptron with one hidden layer.


def mlp(w1, b1, w2, b2, x, y):
    e = mnp.tanh(x @ w1 + b1) @ w2 + b2 - y
    return mnp.sum(e * e)


def mlp_gradient(w1, b1, w2, b2, x, y):
    h = mnp.tanh(x @ w1 + b1)
    e = h @ w2 + b2 - y
    de = e + e
    da = (de @ w2.T) * (1 - h * h)
    return x.T @ da, mnp.sum(da, 0), h.T @ de, mnp.sum(de, 0)


_add("mlp", mlp, mlp_gradient, 4, _arrays((6, 7), (7,), (7, 3), (3,), (8, 6), (8, 3)))


# A convolution under a rectifier.


def conv(w, x):
    y = lax.conv_general_dilated(x, w, (1, 1), "VALID")
    return mnp.sum(mnp.where(y > 0, y, 0.0) * y)


def conv_gradient(w, x):
    y = lax.conv_general_dilated(x, w, (1, 1), "VALID")
    r = mnp.where(y > 0, y, 0.0)
    dy = r + mnp.where(y > 0, y, 0.0)
    # The examples are summed over: they take the place of the features.
    dw = lax.conv_general_dilated(
        mnp.transpose(x, (1, 0, 2, 3)), mnp.transpose(dy, (1, 0, 2, 3)), (1, 1), "VALID"
    )
    return (mnp.transpose(dw, (1, 0, 2, 3)),)


_add("conv", conv, conv_gradient, 1, _arrays((4, 3, 3, 3), (2, 3, 8, 8)))


# Cross entropy of a linear classifier.


def softmax_cross_entropy(w, b, x, y):
    z = x @ w + b
    m = lax.stop_gradient(mnp.max(z, axis=1, keepdims=True))
    shifted = z - m
    lse = mnp.log(mnp.sum(mnp.exp(shifted), axis=1, keepdims=True))
    return -mnp.sum(y * (shifted - lse))


def softmax_cross_entropy_gradient(w, b, x, y):
    z = x @ w + b
    e = mnp.exp(z - mnp.max(z, axis=1, keepdims=True))
    p = e * (mnp.sum(y, axis=1, keepdims=True) / mnp.sum(e, axis=1, keepdims=True))
    dz = p - y
    return x.T @ dz, mnp.sum(dz, 0)


_add(
    "softmax_cross_entropy",
    softmax_cross_entropy,
    softmax_cross_entropy_gradient,
    2,
    _arrays((6, 5), (5,), (8, 6), (8, 5)),
)


# Layer normalization.


def layernorm(x, g, b, t):
    c = x - mnp.mean(x, axis=1, keepdims=True)
    v = mnp.mean(c * c, axis=1, keepdims=True)
    return mnp.sum((c * lax.rsqrt(v + 1e-5) * g + b) * t)


def layernorm_gradient(x, g, b, t):
    n = x.shape[1]
    c = x - mnp.mean(x, axis=1, keepdims=True)
    s = mnp.mean(c * c, axis=1, keepdims=True) + 1e-5
    r = lax.rsqrt(s)
    dn = t * g
    # Through the variance and through the mean.
    dv = mnp.sum(dn * c, axis=1, keepdims=True) * (-0.5 * r / s)
    dc = dn * r + c * (dv * (2.0 / n))
    dx = dc - mnp.sum(dc, axis=1, keepdims=True) / n
    return dx, mnp.sum(t * (c * r), 0), mnp.sum(t, 0)


_add("layernorm", layernorm, layernorm_gradient, 3, _arrays((8, 6), (6,), (6,), (8, 6)))


# Attention with one head.


def attention(q, k, v, t):
    s = mnp.exp(q @ k.T * 0.25)
    p = s / mnp.sum(s, axis=1, keepdims=True)
    return mnp.sum((p @ v) * t)


def attention_gradient(q, k, v, t):
    s = mnp.exp(q @ k.T * 0.25)
    z = mnp.sum(s, axis=1, keepdims=True)
    p = s / z
    dp = t @ v.T
    ds = dp / z - mnp.sum(dp * p / z, axis=1, keepdims=True)
    da = ds * s * 0.25
    return da @ k, da.T @ q, p.T @ t


_add("attention", attention, attention_gradient, 3, _arrays((5, 4), (6, 4), (6, 3), (5, 3)))


# A recurrent network.


def rnn(w, u, h0, xs):
    def step(h, x):
        h = mnp.tanh(h @ w + x @ u)
        return h, None

    h, _ = lax.scan(step, h0, xs)
    return mnp.sum(h * h)


def rnn_gradient(w, u, h0, xs):
    def step(h, x):
        n = mnp.tanh(h @ w + x @ u)
        return n, (h, n)

    h, (before, after) = lax.scan(step, h0, xs)

    def back(carry, at):
        dw, du, dh = carry
        h, n, x = at
        da = dh * (1 - n * n)
        return (dw + h.T @ da, du + x.T @ da, da @ w.T), None

    start = (mnp.zeros_like(w), mnp.zeros_like(u), h + h)
    (dw, du, dh), _ = lax.scan(back, start, (before, after, xs), reverse=True)
    return dw, du, dh


_add("rnn", rnn, rnn_gradient, 3, _arrays((4, 4), (3, 4), (2, 4), (5, 2, 3)))


# The log-likelihood of a mixture of Gaussians with diagonal covariances.


def gmm(alpha, mu, logs, x):
    d = (x[:, None, :] - mu) * mnp.exp(logs)
    e = alpha + mnp.sum(logs, 1) - 0.5 * mnp.sum(d * d, 2)
    m = lax.stop_gradient(mnp.max(e, axis=1, keepdims=True))
    return mnp.sum(mnp.log(mnp.sum(mnp.exp(e - m), axis=1)) + m[:, 0])


def gmm_gradient(alpha, mu, logs, x):
    s = mnp.exp(logs)
    c = x[:, None, :] - mu
    d = c * s
    e = alpha + mnp.sum(logs, 1) - 0.5 * mnp.sum(d * d, 2)
    w = mnp.exp(e - mnp.max(e, axis=1, keepdims=True))
    p = w * (1.0 / mnp.sum(w, axis=1))[:, None]
    total = mnp.sum(p, 0)
    dd = d * p[:, :, None]
    dmu = mnp.sum(dd * s, 0)
    dlogs = total[:, None] - mnp.sum(dd * c, 0) * s
    return total, dmu, dlogs


_add("gmm", gmm, gmm_gradient, 3, _arrays((3,), (3, 2), (3, 2), (10, 2)))


# Bundle adjustment: points seen by one camera with radial distortion.


def bundle_adjustment(points, shift, f, kappa, seen):
    c = points - shift
    p = c[:, :2] / (c[:, 2:] + 4.0)
    r2 = mnp.sum(p * p, axis=1, keepdims=True)
    e = f * (1 + kappa * r2) * p - seen
    return mnp.sum(e * e)


def bundle_adjustment_gradient(points, shift, f, kappa, seen):
    c = points - shift
    z = c[:, 2:] + 4.0
    p = c[:, :2] / z
    r2 = mnp.sum(p * p, axis=1, keepdims=True)
    q = 1 + kappa * r2
    g = f * q
    e = g * p - seen
    de = e + e
    dg = mnp.sum(de * p, axis=1, keepdims=True)
    dq = dg * f
    dr2 = dq * kappa
    dp = de * g + (dr2 + dr2) * p
    dxy = dp / z
    dz = -mnp.sum(p * dxy, axis=1, keepdims=True)
    dc = mnp.concatenate([dxy, dz], axis=1)
    return dc, -mnp.sum(dc, 0), mnp.sum(q * dg), mnp.sum(dq * r2)


_add(
    "bundle_adjustment",
    bundle_adjustment,
    bundle_adjustment_gradient,
    4,
    _arrays((9, 3), (3,), (), (), (9, 2)),
)


# Hand tracking: where the tip of a finger of three joints is.


def hand_tracking(angles, lengths, target):
    a = mnp.cumsum(angles)
    ex = mnp.sum(lengths * mnp.cos(a)) - target[0]
    ey = mnp.sum(lengths * mnp.sin(a)) - target[1]
    return ex * ex + ey * ey


def hand_tracking_gradient(angles, lengths, target):
    a = mnp.cumsum(angles)
    c, s = mnp.cos(a), mnp.sin(a)
    x, y = lengths * c, lengths * s
    ex = mnp.sum(x) - target[0]
    ey = mnp.sum(y) - target[1]
    dx, dy = ex + ex, ey + ey
    da = dy * lengths * c - dx * lengths * s
    return lax.cumsum(da, axis=0, reverse=True), dy * s + dx * c


_add("hand_tracking", hand_tracking, hand_tracking_gradient, 2, _arrays((3,), (3,), (2,)))


# A long short-term memory.


def _gates(z):
    return [z[:, i * 3 : i * 3 + 3] for i in range(4)]


def lstm(w, u, xs):
    def step(carry, x):
        h, c = carry
        i, f, o, g = _gates(x @ w + h @ u)
        c = lax.logistic(f) * c + lax.logistic(i) * mnp.tanh(g)
        h = lax.logistic(o) * mnp.tanh(c)
        return (h, c), None

    zeros = mnp.zeros((xs.shape[1], 3), mnp.float32)
    (h, _), _ = lax.scan(step, (zeros, zeros), xs)
    return mnp.sum(h * h)


def lstm_gradient(w, u, xs):
    def step(carry, x):
        h, c = carry
        i, f, o, g = _gates(x @ w + h @ u)
        si, sf, so, tg = lax.logistic(i), lax.logistic(f), lax.logistic(o), mnp.tanh(g)
        n = sf * c + si * tg
        tc = mnp.tanh(n)
        return (so * tc, n), (h, c, si, sf, so, tg, tc, i, f, o)

    zeros = mnp.zeros((xs.shape[1], 3), mnp.float32)
    (h, _), kept = lax.scan(step, (zeros, zeros), xs)

    def back(carry, at):
        dw, du, dh, dc = carry
        x, h, c, si, sf, so, tg, tc, i, f, o = at
        do = dh * tc * (so * lax.logistic(-o))
        dc = dc + dh * so * (1 - tc * tc)
        df = dc * c * (sf * lax.logistic(-f))
        di = dc * tg * (si * lax.logistic(-i))
        dg = dc * si * (1 - tg * tg)
        dz = mnp.concatenate([di, df, do, dg], axis=1)
        return (dw + x.T @ dz, du + h.T @ dz, dz @ u.T, dc * sf), None

    start = (mnp.zeros_like(w), mnp.zeros_like(u), h + h, zeros)
    (dw, du, _, _), _ = lax.scan(back, start, (xs, *kept), reverse=True)
    return dw, du


_add("lstm", lstm, lstm_gradient, 2, _arrays((2, 12), (3, 12), (5, 4, 2)))


# An oscillator integrated by Euler's method.


def ode(k, x0, v0):
    def step(carry, _):
        x, v = carry
        return (x + 0.1 * v, v - 0.1 * (k * x)), None

    (x, _), _ = lax.scan(step, (x0, v0), None, length=10)
    return mnp.sum(x * x)


def ode_gradient(k, x0, v0):
    def step(carry, _):
        x, v = carry
        return (x + 0.1 * v, v - 0.1 * (k * x)), x

    (x, _), xs = lax.scan(step, (x0, v0), None, length=10)

    def back(carry, x):
        dk, dx, dv = carry
        d = 0.1 * dv
        return (dk - d * x, dx - d * k, dv + 0.1 * dx), None

    zeros = mnp.zeros_like(x)
    (dk, dx, dv), _ = lax.scan(back, (zeros, x + x, zeros), xs, reverse=True)
    return dk, dx, dv


_add("ode", ode, ode_gradient, 3, _arrays((4,), (4,), (4,)))


# A Kalman filter of one dimension; its parameters are the variances.


def kalman(q, r, ys):
    def step(carry, y):
        m, p = carry
        p = p + q
        k = p / (p + r)
        e = y - m
        return (m + k * e, (1 - k) * p), e * e

    one = mnp.ones((), mnp.float32)
    _, errors = lax.scan(step, (0.0 * one, one), ys)
    return mnp.sum(errors)


def kalman_gradient(q, r, ys):
    def step(carry, y):
        m, p = carry
        n = p + q
        s = n + r
        k = n / s
        e = y - m
        return (m + k * e, (1 - k) * n), (n, e)

    one = mnp.ones((), mnp.float32)
    _, kept = lax.scan(step, (0.0 * one, one), ys)

    def back(carry, at):
        dq, dr, dm, dp = carry
        # Two numbers are kept for each step; the others are computed again.
        n, e = at
        s = n + r
        k = n / s
        dk = dm * e - dp * n
        a = dk / s
        b = a * k
        dn = dp * (1 - k) + (a - b)
        de = dm * k + (e + e)
        return (dq + dn, dr - b, dm - de, dn), None

    zero = mnp.zeros((), mnp.float32)
    (dq, dr, _, _), _ = lax.scan(back, (zero, zero, zero, zero), kept, reverse=True)
    return dq, dr


_add(
    "kalman",
    kalman,
    kalman_gradient,
    2,
    (np.float32(0.3), np.float32(0.7), _arrays((12,))[0]),
)


# A tree of sums: the share of the leaves in the total of a prefix.


def sum_tree(leaves):
    level, total = leaves * leaves, 0.0
    while level.shape[0] > 1:
        level = mnp.sum(mnp.reshape(level, (-1, 2)), axis=1)
        total = total + mnp.sum(level * level)
    return total


def sum_tree_gradient(leaves):
    levels = [leaves * leaves]
    while levels[-1].shape[0] > 1:
        levels.append(mnp.sum(mnp.reshape(levels[-1], (-1, 2)), axis=1))
    d = levels[-1] + levels[-1]
    for level in levels[-2:0:-1]:
        d = level + level + mnp.reshape(mnp.broadcast_to(d[:, None], (d.shape[0], 2)), (-1,))
    d = leaves * mnp.reshape(mnp.broadcast_to(d[:, None], (d.shape[0], 2)), (-1,))
    return (d + d,)


_add("sum_tree", sum_tree, sum_tree_gradient, 1, _arrays((16,)))


# A lookup of rows.


def embedding(table, rows, t):
    e = table[rows] - t
    return mnp.sum(e * e)


def embedding_gradient(table, rows, t):
    e = table[rows] - t
    return (mnp.zeros_like(table).at[rows].add(e + e),)


_add(
    "embedding",
    embedding,
    embedding_gradient,
    1,
    (*_arrays((10, 4)), np.array([3, 1, 3, 7, 9, 0], np.int32), *_arrays((6, 4))),
)


# Logistic regression.


def logistic_regression(w, b, x, y):
    z = x @ w + b
    return mnp.mean(mnp.log1p(mnp.exp(z)) - y * z)


def logistic_regression_gradient(w, b, x, y):
    e = mnp.exp(x @ w + b)
    dz = (e / (1 + e) - y) * (1.0 / x.shape[0])
    return dz @ x, mnp.sum(dz)


_add(
    "logistic_regression",
    logistic_regression,
    logistic_regression_gradient,
    2,
    _arrays((5,), (), (8, 5), (8,)),
)


# The energy of a Gaussian process under a squared exponential kernel.


def gaussian_process(x, a):
    d = x[:, None] - x
    k = mnp.exp(-0.5 * (d * d))
    return a @ (k @ a)


def gaussian_process_gradient(x, a):
    d = x[:, None] - x
    k = mnp.exp(-0.5 * (d * d))
    g = a[:, None] * a * k * d
    return mnp.sum(g, 0) - mnp.sum(g, 1), k @ a + a @ k


_add("gaussian_process", gaussian_process, gaussian_process_gradient, 2, _arrays((7,), (7,)))


# Batch normalization.


def batch_norm(x, g, t):
    c = x - mnp.mean(x, axis=0)
    s = mnp.sqrt(mnp.mean(c * c, axis=0) + 1e-3)
    return mnp.sum(c / s * g * t)


def batch_norm_gradient(x, g, t):
    n = x.shape[0]
    c = x - mnp.mean(x, axis=0)
    s = mnp.sqrt(mnp.mean(c * c, axis=0) + 1e-3)
    y = c / s
    dy = t * g / s
    ds = mnp.sum(y * dy, 0)
    dv = ds * (-0.5 / s) * (2.0 / n)
    dc = dy + c * dv
    return dc - mnp.sum(dc, 0) / n, mnp.sum(y * t, 0)


_add("batch_norm", batch_norm, batch_norm_gradient, 2, _arrays((8, 4), (4,), (8, 4)))


# Huber's loss of a linear fit.


def huber(w, x, y):
    e = x @ w - y
    a = mnp.abs(e)
    return mnp.sum(mnp.where(a < 0.5, 0.5 * (e * e), 0.5 * a - 0.125))


def huber_gradient(w, x, y):
    e = x @ w - y
    isnear = mnp.abs(e) < 0.5
    far = mnp.where(isnear, 0.0, 0.5)
    de = mnp.where(isnear, e, mnp.where(e < 0, -far, far))
    return (de @ x,)


_add("huber", huber, huber_gradient, 1, _arrays((4,), (9, 4), (9,)))


# A polynomial by Horner's rule.


def polynomial(x, c):
    y = c[3]
    for i in (2, 1, 0):
        y = y * x + c[i]
    return mnp.sum(y)


def polynomial_gradient(x, c):
    y = c[3]
    ys = [y]
    for i in (2, 1):
        y = y * x + c[i]
        ys.append(y)
    d1 = ys[2]
    p1 = x
    d1 = d1 + p1 * ys[1]
    p2 = x * p1
    d1 = d1 + p2 * ys[0]
    p3 = x * p2
    dc = mnp.stack([mnp.sum(mnp.ones_like(x)), mnp.sum(p1), mnp.sum(p2), mnp.sum(p3)])
    return d1, dc


_add("polynomial", polynomial, polynomial_gradient, 2, _arrays((9,), (4,)))


# The potential energy of bodies that attract each other.


def n_body(x, m):
    d = x[:, None, :] - x
    r = lax.rsqrt(mnp.sum(d * d, 2) + 0.1)
    return -0.5 * (m @ (r @ m))


def n_body_gradient(x, m):
    d = x[:, None, :] - x
    s = mnp.sum(d * d, 2) + 0.1
    r = lax.rsqrt(s)
    u = m * -0.5
    dr = u[:, None] * m
    ds = dr * (-0.5 * r / s)
    dd = ds[:, :, None] * (d + d)
    return mnp.sum(dd, 1) - mnp.sum(dd, 0), -0.5 * (r @ m) + u @ r


_add("n_body", n_body, n_body_gradient, 2, _arrays((6, 3), (6,)))


def automatic(program: DerivativeProgram) -> Callable[..., Any]:
    """The derivative of the loss, as the compiler makes it."""
    return mjx.grad(program.loss, argnums=tuple(range(program.active)))
