"""Productions of statements with functions: loops, branches and transforms."""

from __future__ import annotations

import dataclasses
import math

from fuzz.program import Function, Statement
from fuzz.vocabulary import FLOATS, INTEGERS, Context, Variable

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


class Nesting:
    """The part of `Generator` that draws control flow and transforms."""

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
        # Examples that go on while others have stopped cannot wait for them.
        context = dataclasses.replace(context, axes=())
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
        context = dataclasses.replace(context, axes=())
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
        return dataclasses.replace(
            context,
            transforms=context.transforms + 1,
            reverse=context.reverse or reverse,
            forward=context.forward or forward,
        )

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
        named = ""
        if self.chance(0.4):
            named = self.name("axis")
            inner = dataclasses.replace(inner, axes=(*inner.axes, (named, size)))
        body, outs = self.function(scope, types, inner)
        out_axes = [self.random.randint(0, len(s)) for _, s in outs]
        out = [(d, (*s[:a], size, *s[a:])) for (d, s), a in zip(outs, out_axes)]
        if any(len(s) > 4 for _, s in out):
            return None
        numbers = out_axes[0] if len(out) == 1 else tuple(out_axes)
        slots = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        name = f", axis_name='{named}'" if named else ""
        template = f"vmap({{f0}}, {tuple(axes)}, {numbers}{name})({slots})"
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
