"""The words of a program, twice: as mjx has them, and by other means.

The other means are loops of Python for `vmap` and control flow, forward mode in the place of
reverse mode and the reverse, and functions without their custom rules. Both must agree.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax


def words() -> dict[str, Any]:
    """What a program's source may mention."""
    found = {"np": np, "mjx": mjx, "mnp": mnp, "lax": lax}
    for name in ("grad", "jvp", "vjp", "linearize", "vmap", "jit", "jacfwd", "jacrev"):
        found[name] = getattr(mjx, name)
    for name in ("checkpoint", "custom_jvp", "custom_vjp"):
        found[name] = getattr(mjx, name, None)
    for name in ("scan", "while_loop", "fori_loop", "cond", "switch"):
        found[name] = getattr(lax, name)
    return found | {"map_": lax.map}


def _tupled(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


def _like(x: Any, results: list[Any]) -> Any:
    """As many results as `x` has, packed as it is."""
    return tuple(results) if isinstance(x, tuple) else results[0]


# Batching


def vmap(f, in_axes=0, out_axes=0, axis_name=None):
    if axis_name is not None:  # examples that see one another are no loop
        return mjx.vmap(f, in_axes, out_axes, axis_name)

    def batched(*xs):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(xs)
        size = next(x.shape[a] for x, a in zip(xs, axes) if a is not None)
        rows = [
            f(*(x if a is None else lax.index_in_dim(x, i, a, False) for x, a in zip(xs, axes)))
            for i in range(size)
        ]
        columns = zip(*map(_tupled, rows))
        outs = _tupled(out_axes) if isinstance(out_axes, tuple) else None
        stacked = [
            mnp.stack(column, out_axes if outs is None else outs[k])
            for k, column in enumerate(columns)
        ]
        return _like(rows[0], stacked)

    return batched


# Control flow


def scan(f, init, xs, length=None, reverse=False):
    count = length if xs is None else mjx.tree.leaves(xs)[0].shape[0]
    carry, rows = init, []
    for i in reversed(range(count)) if reverse else range(count):
        item = None if xs is None else mjx.tree.map(lambda x, i=i: x[i], xs)
        carry, out = f(carry, item)
        rows.append(out)
    rows = rows[::-1] if reverse else rows
    return carry, mjx.tree.map(lambda *leaves: mnp.stack(leaves), *rows)


def map_(f, xs):
    rows = [f(xs[i]) for i in range(xs.shape[0])]
    return _like(rows[0], [mnp.stack(column) for column in zip(*map(_tupled, rows))])


def fori_loop(lower, upper, f, init):
    if not isinstance(upper, int):
        return while_loop(lambda s: s[0] < upper, lambda s: (s[0] + 1, f(*s)), (lower, init))[1]
    for i in range(lower, upper):
        init = f(mnp.array(i, "int32"), init)
    return init


#: More steps than any loop of a program takes.
MOST_STEPS = 5


def while_loop(test, f, init, max_steps=MOST_STEPS):
    for _ in range(max_steps):
        go = test(init)
        init = mjx.tree.map(lambda new, old, go=go: mnp.where(go, new, old), f(init), init)
    return init


def _chosen(p, x, y):
    return mjx.tree.map(lambda a, b: mnp.where(p, a, b), x, y)


def cond(pred, yes, no, *operands):
    return _chosen(pred, yes(*operands), no(*operands))


def switch(index, branches, *operands):
    found = branches[-1](*operands)
    for i in reversed(range(len(branches) - 1)):
        found = _chosen(index <= i, branches[i](*operands), found)
    return found


# Derivatives: forward mode by reverse mode, and the reverse


def jvp(f, primals, tangents):
    value, pull = mjx.vjp(f, *primals)
    zeros = mjx.tree.map(mnp.zeros_like, value)
    _, push = mjx.vjp(pull, zeros)
    return value, push(tuple(tangents))[0]


def _columns(f, xs):
    """For each argument the derivative of all results by each of its elements, in front."""
    for i, x in enumerate(xs):
        basis = mnp.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
        zeros = [mnp.zeros_like(y) for y in xs]

        def along(t, i=i, zeros=zeros):
            return mjx.jvp(f, xs, (*zeros[:i], t, *zeros[i + 1 :]))[1]

        yield x, mjx.vmap(along)(basis)


def vjp(f, *xs):
    value = f(*xs)

    def pull(cotangents):
        found = []
        for x, columns in _columns(f, xs):
            pairs = zip(_tupled(columns), _tupled(cotangents))
            sums = [mnp.sum(c * u, tuple(range(1, c.ndim))) for c, u in pairs]
            found.append(sum(sums).reshape(x.shape))
        return tuple(found)

    return value, pull


def grad(f, argnums=0):
    def gradient(*xs):
        wrt = _tupled(argnums)

        def only(*some):
            return f(*[some[wrt.index(i)] if i in wrt else x for i, x in enumerate(xs)])

        chosen = tuple(xs[i] for i in wrt)
        found = vjp(only, *chosen)[1](mnp.ones_like(f(*xs)))
        return _like(argnums, found)

    return gradient


def linearize(f, *xs):
    return f(*xs), lambda *ts: jvp(f, xs, ts)[1]


# Functions whose rules are those that they would have anyway


def identity(f, **_: Any):
    return f


def ruled(f, *_, **__):
    return _Ruled(f)


class _Ruled(SimpleNamespace):
    def __init__(self, f):
        super().__init__(f=f)

    def __call__(self, *xs):
        return self.f(*xs)

    def defjvp(self, rule, **_: Any):
        return rule

    def defjvps(self, *rules: Any):
        return rules

    def defvjp(self, forward, backward, **_: Any):
        return forward, backward


def plain_words() -> dict[str, Any]:
    """The same words with other meanings."""
    own = {
        name: globals()[name]
        for name in ("vmap", "scan", "map_", "fori_loop", "while_loop", "cond", "switch", "jvp",
                     "vjp", "grad", "linearize")
    }  # fmt: skip
    own |= {"jit": identity, "checkpoint": identity, "custom_jvp": ruled, "custom_vjp": ruled}
    return words() | own | {"jacfwd": mjx.jacrev, "jacrev": mjx.jacfwd}
