"""Draws programs: everything in them is well typed, smooth almost everywhere, and of size one.

A production is a method that takes the variables in reach and adds statements, or gives up.
Values stay near one, since every function that could grow is put behind one that does not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fuzz.program import Function, Program, Statement, Type, sweep

Variable = tuple[str, Type]
Shape = tuple[int, ...]

FLOATS = ("float64", "float32")
INTEGERS = ("int32", "uint8", "int64")
MOST_ELEMENTS = 64

UNARY = (
    "mnp.sin({0})", "mnp.cos({0})", "mnp.tanh({0})", "lax.logistic({0})", "-{0}", "0.7 * {0}",
    "mnp.exp(-({0} * {0}))", "mnp.log1p({0} * {0})", "mnp.sqrt(1.1 + {0} * {0})", "mnp.arctan({0})",
    "lax.rsqrt(1.3 + {0} * {0})", "lax.erf({0})", "lax.erfc({0})", "mnp.expm1(mnp.tanh({0}))",
    "mnp.arcsinh({0})", "mnp.arccosh(1.5 + {0} * {0})", "mnp.arctanh(0.9 * mnp.tanh({0}))",
    "mnp.arcsin(0.9 * mnp.sin({0}))", "mnp.arccos(0.9 * mnp.sin({0}))", "mnp.cbrt(2.2 + mnp.sin({0}))",
    "mnp.tan(mnp.tanh({0}))", "mnp.sinh(mnp.tanh({0}))", "mnp.cosh(mnp.tanh({0}))",
    "mnp.exp2(mnp.tanh({0}))", "lax.integer_pow(mnp.tanh({0}), 3)", "mnp.abs({0} - 0.317)",
    "mnp.log(1.2 + {0} * {0})", "lax.lgamma(3.1 + mnp.tanh({0}))", "lax.digamma(3.1 + mnp.tanh({0}))",
    "lax.erf_inv(0.8 * mnp.tanh({0}))", "mnp.floor(2.3 * {0})", "mnp.maximum({0}, 0.211)",
    "mnp.clip({0}, -0.713, 0.611)",
)  # fmt: skip
BINARY = (
    "{0} + {1}", "{0} - {1}", "mnp.tanh({0} * {1})", "{0} * mnp.cos({1})",
    "{0} / (2.1 + mnp.tanh({1}))", "mnp.maximum({0}, {1})", "mnp.minimum({0}, {1})",
    "mnp.arctan2({0}, 2.2 + {1} * {1})", "(1.6 + mnp.tanh({0})) ** mnp.tanh({1})",
    "mnp.where({0} < 0.137, {1}, {0})", "mnp.logaddexp({0}, {1})",
    "mnp.fmod(mnp.tanh({0}), 2.3 + {1} * {1})",
)  # fmt: skip
COMPLEX = (
    "mnp.exp(1j * {0}.real) * {0}", "mnp.conj({0})", "{0} * (0.3 + 0.8j)", "mnp.sin(mnp.conj({0}) * 0.4)",
    "0.5 * {0} * {0}", "mnp.cos({0} * 0.3)", "{0} / (2.5 + 0.1j)",
)  # fmt: skip
INTEGER = ("{0} + {1}", "{0} * {1}", "{0} & {1}", "{0} | {1}", "{0} ^ {1}", "{0} - {1}",
           "mnp.maximum({0}, {1})", "mnp.minimum({0}, {1})")  # fmt: skip
INTEGER_UNARY = ("{0} // 3", "{0} % 5", "{0} << 1", "{0} >> 1", "~{0}", "mnp.clip({0}, 1, 4)",
                 "lax.population_count({0})")  # fmt: skip
REDUCTIONS = ("mnp.sum", "mnp.mean", "mnp.max", "mnp.min", "mnp.prod", "mnp.var",
              "lax_logsumexp", "mnp.std")  # fmt: skip
CUMULATIVE = ("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp")

#: Functions with rules: before and behind `def`, and what the function returns.
CUSTOM = (
    ("@custom_jvp", "@{f}.defjvp\ndef {f}_rule(primals, tangents):\n"
     "    (x,), (dx,) = primals, tangents\n    return {f}(x), dx * mnp.cos(x)", "mnp.sin({x})"),
    ("@custom_jvp", "{f}.defjvps(lambda dx, out, x: dx * (1 - out * out))", "mnp.tanh({x})"),
    ("@custom_vjp", "{f}.defvjp(lambda x: (mnp.tanh(x), x), "
     "lambda x, ct: (ct * (1 - mnp.tanh(x) ** 2),))", "mnp.tanh({x})"),
    ("@custom_vjp", "{f}.defvjp(lambda x: (x * mnp.sin(x), (mnp.sin(x), mnp.cos(x) * x)), "
     "lambda kept, ct: (ct * (kept[0] + kept[1]),))", "{x} * mnp.sin({x})"),
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What may be used here."""

    depth: int = 0
    transforms: int = 0
    reverse: bool = False
    forward: bool = False


def spread(*shapes: Shape) -> Shape | None:
    """The shape that shapes broadcast to, if they do."""
    rank = max(map(len, shapes), default=0)
    out = []
    for column in zip(*[(1,) * (rank - len(s)) + s for s in shapes]):
        extents = {n for n in column if n != 1}
        if len(extents) > 1:
            return None
        out.append(extents.pop() if extents else 1)
    return tuple(out) if math.prod(out) <= MOST_ELEMENTS else None


class Generator:
    """Draws one program from a seed."""

    def __init__(self, seed: int, available: Callable[[str], bool] = lambda _: True) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.available = available
        self.traits: set[str] = set()
        self.count = 0
        self.productions = self._productions()

    # Choices

    def name(self, prefix: str = "v") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def pick(self, scope: Sequence[Variable], *dtypes: str, rank: int = 0) -> Variable | None:
        """A variable of one of some dtypes and at least some rank; of the last ones rather."""
        found = [v for v in scope if v[1][0] in dtypes and len(v[1][1]) >= rank]
        if not found:
            return None
        if self.chance(0.5):
            found = found[-4:]
        return self.random.choice(found)

    def axis(self, shape: Shape) -> int:
        return self.random.randrange(len(shape))

    def shape(self) -> Shape:
        rank = self.random.choice((0, 1, 1, 1, 2, 2, 2, 3, 4))
        extents = (1, 2, 3) if rank > 2 else (1, 2, 3, 3, 4, 5)
        shape = tuple(self.random.choice(extents) for _ in range(rank))
        if self.chance(0.02) and rank:
            shape = (0, *shape[1:])
        return shape if math.prod(shape) <= MOST_ELEMENTS else shape[:2]

    def type(self) -> Type:
        dtype = self.random.choices(
            ("float64", "float32", "int32", "uint8", "bool", "complex128"), (14, 2, 2, 1, 1, 1)
        )[0]
        return dtype, self.shape()

    def note(self, types: Iterable[Type]) -> None:
        """Remembers that numbers are rounded where they are."""
        if any(dtype in ("float32", "complex64") for dtype, _ in types):
            self.traits.add("float32")

    # Functions

    def program(self) -> Program:
        parameters = [(self.name("x"), ("float64", self.shape()))]
        parameters += [(self.name("x"), self.type()) for _ in range(self.random.randint(1, 3))]
        main = Function("main", parameters, [], [])
        scope = list(parameters)
        for _ in range(self.random.randint(3, 9)):
            self.step(main.body, scope, Context())
        made = [n for n, _ in scope[len(parameters) :]]
        floats = [n for n, (d, _) in scope[len(parameters) :] if d in FLOATS]
        main.results = list(dict.fromkeys([*floats[-4:], *made[-2:]])) or [parameters[0][0]]
        sweep(main)
        self.note(kind for _, kind in parameters)
        return Program(self.seed, main, set(self.traits))

    def step(self, body: list[Statement], scope: list[Variable], context: Context) -> None:
        """Adds something to a function, or after some attempts nothing."""
        for _ in range(8):
            (production,) = self.random.choices(*zip(*self.productions))
            statement = production(scope, context)
            if statement is None:
                continue
            if any(math.prod(s) > MOST_ELEMENTS for _, s in statement.types):
                continue
            body.append(statement)
            scope += zip(statement.names, statement.types)
            self.note(statement.types)
            return

    def function(
        self,
        scope: Sequence[Variable],
        types: Sequence[Type],
        context: Context,
        wanted: Sequence[Type] | None = None,
    ) -> tuple[Function, list[Type]]:
        """A function of parameters of some types, and the types of its results."""
        inner = Context(context.depth + 1, context.transforms, context.reverse, context.forward)
        made = Function(self.name("f"), [(self.name("a"), t) for t in types], [], [])
        reach = [*scope, *made.parameters]
        for _ in range(self.random.randint(1, 4 if context.depth < 2 else 2)):
            self.step(made.body, reach, inner)
        own = reach[len(scope) :]
        if wanted is None:
            count = self.random.randint(1, 2)
            found = [v for v in own if v[1][0] in (*FLOATS, *INTEGERS)][-count:] or own[-1:]
        else:
            found = [self.coerce(made.body, own, t, made.parameters) for t in wanted]
        made.results = [n for n, _ in found]
        return made, [t for _, t in found]

    def coerce(
        self,
        body: list[Statement],
        scope: Sequence[Variable],
        wanted: Type,
        parameters: Sequence[Variable],
    ) -> Variable:
        """A variable of a type, made of others, and of one of them in any case."""
        dtype, shape = wanted
        kinds = FLOATS if dtype in FLOATS else (dtype,)
        of_kind = [v for v in scope if v[1][0] in kinds]
        exact = [v for v in of_kind[-3:] if v[1] == wanted and v not in parameters]
        if exact:
            source = self.random.choice(exact)
            template = "mnp.tanh({0})" if dtype in FLOATS else "{0}"
            inputs = [source[0]]
        elif of_kind and dtype in FLOATS:
            source = of_kind[-1]
            template = f"mnp.broadcast_to(mnp.tanh(mnp.sum({{0}})), {shape}).astype('{dtype}')"
            inputs = [source[0]]
            same = [v for v in parameters if v[1] == wanted]
            if same:
                template = f"0.6 * {{1}} + ({template})"
                inputs.append(self.random.choice(same)[0])
        else:
            same = [v for v in scope if v[1] == wanted]
            if same:
                return same[-1]
            template, inputs = f"mnp.full({shape}, 1, '{dtype}')", []
        name = self.name()
        body.append(Statement([name], [wanted], template, inputs))
        return name, wanted

    # Productions

    def _productions(self) -> list[tuple[Callable[..., Statement | None], float]]:
        table: dict[str, float] = {
            "unary": 12, "binary": 14, "where": 4, "reduction": 6, "cumulative": 3, "ordered": 2,
            "rearranged": 6, "joined": 3, "padded": 2, "part": 3, "dynamic": 4, "taken": 3,
            "updated": 4, "contracted": 5, "convolved": 2, "converted": 3, "integers": 4,
            "compared": 3, "complexes": 4, "scanned": 4, "counted": 3, "looped": 3, "branched": 4,
            "mapped": 3, "differentiated": 5, "pushed": 3, "pulled": 4, "linearized": 3,
            "jacobian": 2, "batched": 7, "jitted": 2, "rematerialized": 3, "ruled": 3,
        }  # fmt: skip
        needs = {"rematerialized": "checkpoint", "ruled": "custom_jvp"}
        return [
            (getattr(self, name), weight)
            for name, weight in table.items()
            if name not in needs or self.available(needs[name])
        ]

    def one(self, template: str, type_: Type, *inputs: str) -> Statement:
        return Statement([self.name()], [type_], template, list(inputs))

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

    # Control flow

    def _carried(self, scope) -> list[Variable]:
        found = [self.pick(scope, *FLOATS) for _ in range(self.random.randint(1, 2))]
        if self.chance(0.2):
            found.append(self.pick(scope, "int32", "bool", "complex128"))
        return [v for v in found if v is not None]

    def _nested(self, context: Context) -> bool:
        return context.depth < 3

    def scanned(self, scope, context):
        carry = self._carried(scope)
        items = [v for v in scope if v[1][1] and 1 <= v[1][1][0] <= 3 and v[1][0] in FLOATS]
        if not carry or not items or not self._nested(context):
            return None
        count = self.random.choice(items)[1][1][0]
        items = [v for v in items if v[1][1][0] == count]
        items = self.random.sample(items, min(len(items), self.random.randint(1, 2)))
        types = [t for _, t in carry] + [(d, s[1:]) for _, (d, s) in items]
        extra = [t for _, t in carry[:1]]
        body, _ = self.function(scope, types, context, [*[t for _, t in carry], *extra])
        k, n = len(carry), len(items)
        slots = [f"{{{i}}}" for i in range(k + n)]
        body_of = f"lambda c, xs: (lambda *r: (r[:{k}], r[{k}:]))(*{{f0}}(*c, *xs))"
        template = (
            f"(lambda c, ys: (*c, *ys))(*scan({body_of}, ({', '.join(slots[:k])},), "
            f"({', '.join(slots[k:])},), reverse={self.chance(0.4)}))"
        )
        out = [t for _, t in carry] + [(d, (count, *s)) for d, s in extra]
        names = [self.name() for _ in out]
        return Statement(names, out, template, [v[0] for v in (*carry, *items)], [body])

    def counted(self, scope, context):
        carry = [v for v in self._carried(scope)][:1]
        if not carry or not self._nested(context):
            return None
        types = [t for _, t in carry]
        body, _ = self.function(scope, [("int32", ()), *types], context, types)
        count = self.random.randint(0, 3)
        return Statement([self.name()], types, f"fori_loop(0, {count}, {{f0}}, {{0}})",
                         [carry[0][0]], [body])  # fmt: skip

    def looped(self, scope, context):
        carry = [v for v in self._carried(scope)][:1]
        start = self.pick(scope, "int32")
        if not carry or not self._nested(context):
            return None
        bounded = context.reverse or self.chance(0.5)
        if not bounded:
            self.traits.add("while")
        types = [t for _, t in carry]
        body, _ = self.function(scope, types, context, types)
        begin, inputs = "0", [carry[0][0]]
        if start is not None and 0 not in start[1][1]:
            begin, inputs = "{1}.reshape(-1)[0] % 4", [carry[0][0], start[0]]
        limit = ", max_steps=4" if bounded else ""
        template = (
            f"while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, {{f0}}(s[1])), "
            f"(({begin}) + mnp.array(0, 'int32'), {{0}}){limit})[1]"
        )
        return Statement([self.name()], types, template, inputs, [body])

    def branched(self, scope, context):
        operands = self._carried(scope)[:2]
        p = self.pick(scope, "bool", "int32")
        if not operands or p is None or 0 in p[1][1] or not self._nested(context):
            return None
        types = [t for _, t in operands]
        wanted = types[:1]
        boolean = p[1][0] == "bool"
        count = 2 if boolean else self.random.randint(2, 3)
        branches = [self.function(scope, types, context, wanted)[0] for _ in range(count)]
        slots = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        index = f"{{{len(operands)}}}.reshape(-1)[0]"
        template = f"cond({index}, {{f0}}, {{f1}}, {slots})"
        if not boolean:
            names = ", ".join(f"{{f{i}}}" for i in range(count))
            template = f"switch({index} % 4, [{names}], {slots})"
        return Statement([self.name()], wanted, template, [v[0] for v in (*operands, p)], branches)

    def mapped(self, scope, context):
        items = [v for v in scope if v[1][1] and 1 <= v[1][1][0] <= 3 and v[1][0] in FLOATS]
        if not items or not self._nested(context):
            return None
        x = self.random.choice(items)
        body, outs = self.function(scope, [(x[1][0], x[1][1][1:])], context)
        out = [(d, (x[1][1][0], *s)) for d, s in outs]
        return Statement([self.name() for _ in out], out, "map_({f0}, {0})", [x[0]], [body])

    # Transforms

    def _within(self, context: Context, reverse: bool, forward: bool) -> Context | None:
        """The context of a function that is transformed; None where there are enough already."""
        if context.transforms >= 3 or not self._nested(context):
            return None
        return Context(context.depth, context.transforms + 1, context.reverse or reverse,
                       context.forward or forward)  # fmt: skip

    def _points(self, scope, most: int = 2) -> list[Variable]:
        small = [v for v in scope if v[1][0] in FLOATS and math.prod(v[1][1]) <= 12]
        count = min(len(small), self.random.randint(1, most))
        found = self.random.sample(small, count)
        return [v for v in found if v[1][0] == found[0][1][0]]

    def differentiated(self, scope, context):
        points, inner = self._points(scope), self._within(context, True, False)
        if not points or inner is None:
            return None
        types = [t for _, t in points]
        body, _ = self.function(scope, types, inner, [(types[0][0], ())])
        slots = ", ".join(f"{{{i}}}" for i in range(len(points)))
        template = f"grad({{f0}}, {tuple(range(len(points)))})({slots})"
        if len(points) == 1:
            template = f"grad({{f0}})({slots})"
        return Statement([self.name() for _ in points], types, template,
                         [v[0] for v in points], [body])  # fmt: skip

    def pushed(self, scope, context):
        points, inner = self._points(scope), self._within(context, False, True)
        if not points or inner is None:
            return None
        return self._along(scope, points, inner, "jvp({f0}, ({0},), ({1},))[1]",
                           "jvp({f0}, ({0}, {1}), ({2}, {3}))[1]")  # fmt: skip

    def linearized(self, scope, context):
        points, inner = self._points(scope), self._within(context, True, True)
        if not points or inner is None:
            return None
        return self._along(scope, points, inner, "linearize({f0}, {0})[1]({1})",
                           "linearize({f0}, {0}, {1})[1]({2}, {3})")  # fmt: skip

    def _along(self, scope, points, inner, one: str, two: str):
        types = [t for _, t in points]
        wanted = [(types[0][0], self.random.choice(types)[1])]
        body, _ = self.function(scope, types, inner, wanted)
        tangents = []
        for t in types:
            same = [v for v in scope if v[1] == t]
            tangents.append(self.random.choice(same)[0])
        inputs = [*(v[0] for v in points), *tangents]
        template = one if len(points) == 1 else two
        return Statement([self.name()], wanted, template, inputs, [body])

    def pulled(self, scope, context):
        points, inner = self._points(scope), self._within(context, True, False)
        if not points or inner is None:
            return None
        types = [t for _, t in points]
        cotangent = self.pick(scope, types[0][0])
        body, _ = self.function(scope, types, inner, [cotangent[1]])
        slots = ", ".join(f"{{{i}}}" for i in range(len(points)))
        template = f"vjp({{f0}}, {slots})[1]({{{len(points)}}})"
        if len(points) == 1:
            template += "[0]"
        inputs = [*(v[0] for v in points), cotangent[0]]
        return Statement([self.name() for _ in points], types, template, inputs, [body])

    def jacobian(self, scope, context):
        reverse = self.chance(0.5)
        inner = self._within(context, True, not reverse)
        small = [v for v in scope if v[1][0] in FLOATS and math.prod(v[1][1]) <= 6
                 and len(v[1][1]) <= 2]  # fmt: skip
        if not small or inner is None:
            return None
        x = self.random.choice(small)
        wanted = (x[1][0], self.random.choice([v[1][1] for v in small]))
        body, _ = self.function(scope, [x[1]], inner, [wanted])
        out = (x[1][0], (*wanted[1], *x[1][1]))
        template = f"jac{'rev' if reverse else 'fwd'}({{f0}})({{0}})"
        return Statement([self.name()], [out], template, [x[0]], [body])

    def batched(self, scope, context):
        inner = self._within(context, False, False)
        first = self.pick(scope, *FLOATS, *INTEGERS, "bool", "complex128", rank=1)
        if first is None or inner is None:
            return None
        dtype, shape = first[1]
        axis = self.axis(shape)
        size = shape[axis]
        if not 1 <= size <= 3:
            return None
        operands, axes = [first], [axis]
        for _ in range(self.random.randint(0, 2)):
            other = self.pick(scope, *FLOATS, *INTEGERS, "bool")
            places = [d for d, n in enumerate(other[1][1]) if n == size] if other else []
            if other is None:
                continue
            operands.append(other)
            axes.append(self.random.choice([*places, None]) if places else None)
        types = [
            (d, s if a is None else (*s[:a], *s[a + 1 :])) for (_, (d, s)), a in zip(operands, axes)
        ]
        body, outs = self.function(scope, types, inner)
        out_axes = [self.random.randint(0, len(s)) for _, s in outs]
        out = [(d, (*s[:a], size, *s[a:])) for (d, s), a in zip(outs, out_axes)]
        if any(len(s) > 4 for _, s in out):
            return None
        numbers = out_axes[0] if len(out) == 1 else tuple(out_axes)
        slots = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        template = f"vmap({{f0}}, {tuple(axes)}, {numbers})({slots})"
        return Statement([self.name() for _ in out], out, template,
                         [v[0] for v in operands], [body])  # fmt: skip

    def _applied(self, scope, context, template: str):
        operands = self._carried(scope)
        if not operands or context.depth >= 3:
            return None
        types = [t for _, t in operands]
        body, outs = self.function(scope, types, context)
        slots = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        return Statement([self.name() for _ in outs], outs, template.replace("SLOTS", slots),
                         [v[0] for v in operands], [body])  # fmt: skip

    def jitted(self, scope, context):
        return self._applied(scope, context, "jit({f0})(SLOTS)")

    def rematerialized(self, scope, context):
        return self._applied(scope, context, "checkpoint({f0})(SLOTS)")

    def ruled(self, scope, context):
        x = self.pick(scope, *FLOATS)
        if x is None:
            return None
        before, after, result = self.random.choice(CUSTOM)
        if before == "@custom_vjp":
            if context.forward or not self.available("custom_vjp"):
                return None
            self.traits.add("custom_vjp")
        parameter, made = self.name("a"), self.name()
        statement = Statement([made], [x[1]], result.replace("{x}", "{0}"), [parameter])
        function = Function(self.name("f"), [(parameter, x[1])], [statement], [made], before, after)
        return Statement([self.name()], [x[1]], "{f0}({0})", [x[0]], [function])


def generate(seed: int, available: Callable[[str], bool] = lambda _: True) -> Program:
    """The program of a seed; `available` says of a transform whether mjx has it."""
    return Generator(seed, available).program()
