"""Programs as data: typed statements in nested functions, which become Python source.

A function may use the values of those around it, so transforms and loops capture what they like.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

Type = tuple[str, tuple[int, ...]]


@dataclass
class Statement:
    """`names = template`, with {0} for the first input and {f0} for the first function."""

    names: list[str]
    types: list[Type]
    template: str
    inputs: list[str]
    functions: list[Function] = field(default_factory=list)


@dataclass
class Function:
    """Parameters, statements and the names of what is returned."""

    name: str
    parameters: list[tuple[str, Type]]
    body: list[Statement]
    results: list[str]
    #: Lines in front of `def`, and behind its body.
    before: str = ""
    after: str = ""


@dataclass
class Program:
    """A function to be called with arrays of the types of its parameters."""

    seed: int
    main: Function
    #: What it has that some checks do not apply to: "while", "custom_vjp", "float32", "collective".
    traits: set[str] = field(default_factory=set)

    def copy(self) -> Program:
        """Another that may be changed."""
        return copy.deepcopy(self)


def used(function: Function) -> Iterator[str]:
    """All names that a function mentions, its own included."""
    yield from function.results
    for statement in function.body:
        yield from statement.inputs
        for inner in statement.functions:
            yield from used(inner)


def sweep(function: Function) -> None:
    """Drops statements whose results nobody uses."""
    needed = set(function.results)
    kept = []
    for statement in reversed(function.body):
        if needed.isdisjoint(statement.names):
            continue
        kept.append(statement)
        needed.update(statement.inputs)
        for inner in statement.functions:
            sweep(inner)
            needed.update(used(inner))
    function.body = kept[::-1]


def size(function: Function) -> int:
    """The number of statements."""
    return sum(1 + sum(map(size, s.functions)) for s in function.body)


def _tuple(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names)


def lines(function: Function, indent: str = "") -> list[str]:
    """A function as Python source."""
    parameters = ", ".join(name for name, _ in function.parameters)
    found = [indent + line for line in function.before.splitlines()]
    found.append(f"{indent}def {function.name}({parameters}):")
    inside = indent + "    "
    for s in function.body:
        for inner in s.functions:
            found += lines(inner, inside)
        names = {f"f{i}": inner.name for i, inner in enumerate(s.functions)}
        found.append(f"{inside}{_tuple(s.names)} = {s.template.format(*s.inputs, **names)}")
    found.append(f"{inside}return {_tuple(function.results)}")
    after = function.after.format(f=function.name)
    return found + [indent + line for line in after.splitlines()]


def source(program: Program) -> str:
    """The function `main` as Python source."""
    return "\n".join(lines(program.main)) + "\n"
