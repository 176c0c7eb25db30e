"""Draws programs: everything in them is well typed, smooth almost everywhere, and of size one.

A production is a method that takes the variables in reach and gives a statement, or None. Values
stay near one, since every function that could grow is put behind one that does not.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Iterable, Sequence

from fuzz.arithmetic import Arithmetic
from fuzz.nesting import Nesting
from fuzz.program import Function, Program, Statement, Type, sweep
from fuzz.vocabulary import FLOATS, INTEGERS, MOST_ELEMENTS, Context, Shape, Variable


class Generator(Arithmetic, Nesting):
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
        inner = dataclasses.replace(context, depth=context.depth + 1)
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
            "factored": 2, "transformed": 1, "windowed": 2, "ranked": 1, "collected": 3,
        }  # fmt: skip
        needs = {"rematerialized": "checkpoint", "ruled": "custom_jvp"}
        return [
            (getattr(self, name), weight)
            for name, weight in table.items()
            if name not in needs or self.available(needs[name])
        ]

    def one(self, template: str, type_: Type, *inputs: str) -> Statement:
        return Statement([self.name()], [type_], template, list(inputs))


def generate(seed: int, available: Callable[[str], bool] = lambda _: True) -> Program:
    """The program of a seed; `available` says of a transform whether mjx has it."""
    return Generator(seed, available).program()
