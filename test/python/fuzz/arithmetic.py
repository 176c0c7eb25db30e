"""Productions of statements without functions."""

from __future__ import annotations

import math

from fuzz.vocabulary import (
    BINARY,
    COMPLEX,
    CUMULATIVE,
    FLOATS,
    INTEGER,
    INTEGER_UNARY,
    INTEGERS,
    REDUCTIONS,
    UNARY,
    Shape,
    Variable,
    spread,
)


class Arithmetic:
    """The part of `Generator` that draws ops of all families but control flow."""

    def unary(self, scope, context):
        x = self.pick(scope, *FLOATS)
        return x and self.one(self.random.choice(UNARY), x[1], x[0])

    def _pair(self, scope, *dtypes: str) -> tuple[Variable, Variable, Shape] | None:
        x = self.pick(scope, *dtypes)
        if x is None:
            return None
        y = self.pick([v for v in scope if spread(v[1][1], x[1][1]) is not None], x[1][0])
        return y and (x, y, spread(x[1][1], y[1][1]))

    def binary(self, scope, context):
        pair = self._pair(scope, *FLOATS)
        if pair is None:
            return None
        x, y, shape = pair
        return self.one(self.random.choice(BINARY), (x[1][0], shape), x[0], y[0])

    def where(self, scope, context):
        pair, p = self._pair(scope, *FLOATS), self.pick(scope, "bool")
        if pair is None or p is None:
            return None
        x, y, shape = pair
        shape = spread(shape, p[1][1])
        if shape is None:
            return None
        template = self.random.choice(("mnp.where({2}, {0}, {1})", "mnp.where({2}, {0} * {1}, 0)"))
        return self.one(template, (x[1][0], shape), x[0], y[0], p[0])

    def reduction(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        axes = sorted(self.random.sample(range(len(shape)), self.random.randint(1, len(shape))))
        keep = self.chance(0.3)
        out = tuple(1 if d in axes else n for d, n in enumerate(shape) if keep or d not in axes)
        function, argument = self.random.choice(REDUCTIONS), "{0}"
        if function == "mnp.prod":
            argument = "mnp.tanh({0}) + 1.1"
        if function == "mnp.std":  # not smooth at zero
            function, argument = "mnp.sqrt", "0.5 + mnp.var({0}"
            tail = f", axis={tuple(axes)}, keepdims={keep}))"
            return self.one(f"{function}({argument}{tail}", (dtype, out), x[0])
        if function == "lax_logsumexp":
            function = "mjx.nn.logsumexp"
        template = f"{function}({argument}, axis={tuple(axes)}, keepdims={keep})"
        return self.one(template, (dtype, out), x[0])

    def cumulative(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None:
            return None
        function = self.random.choice(CUMULATIVE)
        argument = "mnp.tanh({0}) + 1.2" if function == "cumprod" else "{0}"
        axis, reverse = self.axis(x[1][1]), self.chance(0.5)
        return self.one(f"lax.{function}({argument}, axis={axis}, reverse={reverse})", x[1], x[0])

    def ordered(self, scope, context):
        x = self.pick(scope, *FLOATS, *INTEGERS, rank=1)
        return x and self.one(f"mnp.sort({{0}}, axis={self.axis(x[1][1])})", x[1], x[0])

    def rearranged(self, scope, context):
        x = self.pick(scope, *FLOATS, *INTEGERS, "bool", "complex128", rank=1)
        if x is None:
            return None
        dtype, shape = x[1]
        axis, rank = self.axis(shape), len(shape)
        order = self.random.sample(range(rank), rank)
        options = [
            (f"mnp.transpose({{0}}, {tuple(order)})", tuple(shape[d] for d in order)),
            (f"mnp.flip({{0}}, {axis})", shape),
            ("{0}.reshape(-1)", (math.prod(shape),)),
            (f"mnp.roll({{0}}, {self.random.randint(-2, 2)}, {axis})", shape),
            (f"mnp.expand_dims({{0}}, {axis})", (*shape[:axis], 1, *shape[axis:])),
            (f"mnp.broadcast_to({{0}}, {(2, *shape)})", (2, *shape)),
            (f"mnp.moveaxis({{0}}, {axis}, -1)", (*shape[:axis], *shape[axis + 1 :], shape[axis])),
        ]
        template, out = self.random.choice(options)
        return self.one(template, (dtype, out), x[0]) if len(out) <= 4 else None

    def joined(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None:
            return None
        dtype, shape = x[1]
        if self.chance(0.5):
            y = self.pick([v for v in scope if v[1][1] == shape], dtype)
            axis = self.random.randint(0, len(shape))
            out = (*shape[:axis], 2, *shape[axis:])
            return self.one(f"mnp.stack([{{0}}, {{1}}], {axis})", (dtype, out), x[0], y[0])
        axis = self.axis(shape)
        rest = [v for v in scope if len(v[1][1]) == len(shape)
                and all(m == n or d == axis for d, (m, n) in enumerate(zip(v[1][1], shape)))]  # fmt: skip
        y = self.pick(rest, dtype)
        out = (*shape[:axis], shape[axis] + y[1][1][axis], *shape[axis + 1 :])
        return self.one(f"mnp.concatenate([{{0}}, {{1}}], {axis})", (dtype, out), x[0], y[0])

    def padded(self, scope, context):
        x, value = self.pick(scope, *FLOATS, rank=1), self.pick(scope, "float64")
        if x is None or value is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        config = [(self.random.randint(-1, 2), self.random.randint(0, 1), self.random.randint(0, 1))
                  for _ in shape]  # fmt: skip
        out = tuple(
            n + low + high + (n - 1) * inner for n, (low, high, inner) in zip(shape, config)
        )
        if min(out) < 0:
            return None
        template = f"lax.pad({{0}}, mnp.mean({{1}}).astype('{dtype}'), {config})"
        if 0 in value[1][1]:
            template = f"lax.pad({{0}}, mnp.array(0.3, '{dtype}'), {config})"
        return self.one(template, (dtype, out), x[0], value[0])

    def part(self, scope, context):
        x = self.pick(scope, *FLOATS, *INTEGERS, "bool", rank=1)
        if x is None:
            return None
        out, places = [], []
        for n in x[1][1]:
            kind = self.random.randrange(4)
            if kind == 0 and n:
                places.append(str(self.random.randrange(-n, n)))
                continue
            start, step = self.random.randint(0, max(0, n - 1)), self.random.choice((1, 1, 2, -1))
            one = (
                slice(None, None, step)
                if kind == 1
                else slice(start if step > 0 else None, None, step)
            )
            out.append(len(range(*one.indices(n))))
            first = "" if one.start is None else one.start
            places.append(f"{first}::{step}")
        return self.one(f"{{0}}[{', '.join(places)}]", (x[1][0], tuple(out)), x[0])

    def _index(self, scope) -> tuple[str, list[str]]:
        """A scalar index, perhaps out of bounds, as a template for input {1}."""
        i = self.pick(scope, "int32", "int64")
        if i is None or 0 in i[1][1]:
            return str(self.random.randint(-1, 4)), []
        return f"({{1}}.reshape(-1)[0] % {self.random.randint(1, 5)})", [i[0]]

    def dynamic(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        axis, (index, inputs) = self.axis(shape), self._index(scope)
        length = self.random.randint(1, shape[axis])
        out = (*shape[:axis], length, *shape[axis + 1 :])
        if self.chance(0.5):
            template = f"lax.dynamic_slice_in_dim({{0}}, {index}, {length}, {axis})"
            return self.one(template, (dtype, out), x[0], *inputs)
        same = f"mnp.tanh(lax.slice_in_dim({{0}}, 0, {length}, axis={axis}))"
        template = f"lax.dynamic_update_slice_in_dim({{0}}, {same}, {index}, {axis})"
        return self.one(template, x[1], x[0], *inputs)

    def _places(self, scope, extent: int) -> tuple[str, list[str], Shape] | None:
        """Indices into a dimension, as a template for input {1}."""
        i = self.pick(scope, "int32", "int64", "uint8", rank=1)
        if i is None or self.chance(0.4):
            count = self.random.randint(1, 3)
            return (
                str([self.random.randint(-extent, extent - 1) for _ in range(count)]),
                [],
                (count,),
            )
        return f"{{1}} % {extent}", [i[0]], i[1][1]

    def taken(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        axis = self.axis(shape)
        places, inputs, extra = self._places(scope, shape[axis])
        out = (*shape[:axis], *extra, *shape[axis + 1 :])
        template = f"mnp.take({{0}}, mnp.array({places}), axis={axis})"
        return self.one(template, (dtype, out), x[0], *inputs) if len(out) <= 4 else None

    def updated(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        places, inputs, extra = self._places(scope, x[1][1][0])
        kind = self.random.choice(("add", "set", "multiply", "max", "min", "add"))
        if kind in ("set", "multiply", "max", "min"):  # which update wins is no matter of taste
            places, inputs = str(self.random.randrange(x[1][1][0])), []
        value = self.random.choice(("0.4", "mnp.sin({0})[0]", "mnp.mean({0})"))
        return self.one(f"{{0}}.at[{self._bare(places)}].{kind}({value})", x[1], x[0], *inputs)

    def _bare(self, places: str) -> str:
        return f"mnp.array({places})" if places.startswith(("[", "{")) else places

    def contracted(self, scope, context):
        x = self.pick(scope, *FLOATS)
        if x is None:
            return None
        dtype, shape = x[1]
        y = self.pick(scope, dtype)
        pairs = [(i, j) for i, m in enumerate(shape) for j, n in enumerate(y[1][1]) if m == n]
        axes = [self.random.choice(pairs)] if pairs else []
        out = [n for d, n in enumerate(shape) if d not in [i for i, _ in axes]]
        out += [n for d, n in enumerate(y[1][1]) if d not in [j for _, j in axes]]
        if len(out) > 4:
            return None
        numbers = ([i for i, _ in axes], [j for _, j in axes])
        template = f"mnp.tanh(mnp.tensordot({{0}}, {{1}}, {numbers}))"
        if self.chance(0.3) and shape and y[1][1] and shape[0] == y[1][1][0] and len(out) < 4:
            rest = "abc"[: len(shape) - 1], "def"[: len(y[1][1]) - 1]
            subscripts = f"z{rest[0]},z{rest[1]}->z{rest[0]}{rest[1]}"
            template = f"mnp.tanh(mnp.einsum('{subscripts}', {{0}}, {{1}}))"
            out = [*shape, *y[1][1][1:]]
        return self.one(template, (dtype, tuple(out)), x[0], y[0])

    def convolved(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None:
            return None
        y = self.pick(scope, x[1][0], rank=1)
        m, n = math.prod(x[1][1]), math.prod(y[1][1])
        low, high, stride = (
            self.random.randint(0, 2),
            self.random.randint(0, 2),
            self.random.randint(1, 2),
        )
        spread_, dilated = self.random.randint(1, 2), self.random.randint(1, 2)
        if not m or not n:
            return None
        length = (m - 1) * spread_ + 1 + low + high - ((n - 1) * dilated + 1)
        if length < 0:
            return None
        template = (
            f"mnp.tanh(lax.conv_general_dilated({{0}}.reshape(1, 1, -1), {{1}}.reshape(1, 1, -1), "
            f"({stride},), [({low}, {high})], ({spread_},), ({dilated},)))[0, 0]"
        )
        return self.one(template, (x[1][0], (length // stride + 1,)), x[0], y[0])

    def converted(self, scope, context):
        x = self.pick(scope, *FLOATS, *INTEGERS, "bool")
        target = self.random.choice(("float64", "float64", "float32", "int32"))
        if x is None or x[1][0] == target:
            return None
        template = f"{{0}}.astype('{target}')"
        if target in FLOATS and x[1][0] in INTEGERS:
            template = f"({{0}} % 7).astype('{target}') * 0.3"
        elif x[1][0] == "float64" and target == "int32":
            template = "({0} * 3.17).astype('int32')"
        elif x[1][0] == "float32" and target == "int32":
            return None
        return self.one(template, (target, x[1][1]), x[0])

    def integers(self, scope, context):
        if self.chance(0.4):
            x = self.pick(scope, *INTEGERS)
            return x and self.one(self.random.choice(INTEGER_UNARY), x[1], x[0])
        pair = self._pair(scope, *INTEGERS)
        if pair is None:
            return None
        x, y, shape = pair
        return self.one(self.random.choice(INTEGER), (x[1][0], shape), x[0], y[0])

    def compared(self, scope, context):
        x = self.pick(scope, "float64", *INTEGERS, "bool")
        if x is None:
            return None
        template = {"bool": "~{0}"}.get(x[1][0], "{0} > 2")
        if x[1][0] == "float64":
            template = self.random.choice(("{0} > 0.177", "mnp.abs({0}) < 0.531"))
        return self.one(template, ("bool", x[1][1]), x[0])

    def complexes(self, scope, context):
        z = self.pick(scope, "complex128")
        if z is None or self.chance(0.2):
            pair = self._pair(scope, "float64")
            if pair is None:
                return None
            x, y, shape = pair
            template = "mnp.tanh({0}) + 1j * mnp.sin({1})"
            return self.one(template, ("complex128", shape), x[0], y[0])
        if self.chance(0.4):
            template = self.random.choice(
                ("{0}.real", "{0}.imag", "mnp.tanh(({0} * mnp.conj({0})).real)")
            )
            return self.one(template, ("float64", z[1][1]), z[0])
        return self.one(self.random.choice(COMPLEX), z[1], z[0])

    def factored(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=2)
        if x is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        matrix = f"(lambda a: a @ a.mT + 2 * mnp.eye({shape[-2]}, dtype=a.dtype))(mnp.tanh({{0}}))"
        square = (*shape[:-1], shape[-2])
        template, out = self.random.choice((
            (f"mnp.linalg.solve({matrix}, {{0}})", shape),
            (f"mnp.linalg.cholesky({matrix})", square),
            (f"mnp.linalg.inv({matrix})", square),
            (f"mnp.linalg.slogdet({matrix})[1]", shape[:-2]),
        ))  # fmt: skip
        return self.one(template, (dtype, out), x[0])

    def transformed(self, scope, context):
        x = self.pick(scope, "float64", rank=1)
        if x is None or 0 in x[1][1]:
            return None
        part = self.random.choice(("real", "imag"))
        template = f"mnp.tanh(mnp.fft.fft({{0}}, axis={self.axis(x[1][1])}).{part})"
        return self.one(template, x[1], x[0])

    def windowed(self, scope, context):
        x = self.pick(scope, *FLOATS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        dtype, shape = x[1]
        window = tuple(self.random.randint(1, n) for n in shape)
        strides = tuple(self.random.randint(1, 2) for _ in shape)
        out = tuple((n - w) // s + 1 for n, w, s in zip(shape, window, strides))
        function, start = self.random.choice(
            (("max", "-mnp.inf"), ("min", "mnp.inf"), ("add", "0.0"))
        )
        template = (
            f"mnp.tanh(lax.reduce_window({{0}}, mnp.array({start}, '{dtype}'), lax.{function}, "
            f"{window}, {strides}, 'VALID'))"
        )
        return self.one(template, (dtype, out), x[0])

    def ranked(self, scope, context):
        x = self.pick(scope, *FLOATS, *INTEGERS, rank=1)
        if x is None or 0 in x[1][1]:
            return None
        count = self.random.randint(1, x[1][1][-1])
        out = (*x[1][1][:-1], count)
        return self.one(f"lax.top_k({{0}}, {count})[0]", (x[1][0], out), x[0])

    def collected(self, scope, context):
        x = self.pick(scope, *FLOATS)
        if x is None or not context.axes:
            return None
        (name, size), (dtype, shape) = self.random.choice(context.axes), x[1]
        options = [(f"lax.{f}({{0}}, '{name}')", shape) for f in ("psum", "pmean", "pmax")]
        options.append((f"{{0}} * 0.3 * lax.axis_index('{name}')", shape))
        options.append((f"lax.all_gather({{0}}, '{name}')", (size, *shape)))
        turned = [(i, (i + 1) % size) for i in range(size)]
        options.append((f"lax.ppermute({{0}}, '{name}', {turned})", shape))
        template, out = self.random.choice(options)
        return self.one(template, (dtype, out), x[0]) if len(out) <= 4 else None
