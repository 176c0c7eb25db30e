"""Makes a program that fails as small as it gets while still failing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fuzz.program import Function, Program, Statement, size, sweep, used


def _functions(function: Function) -> Iterator[Function]:
    yield function
    for statement in function.body:
        for inner in statement.functions:
            yield from _functions(inner)


def _constant(statement: Statement) -> Statement:
    """Numbers of the same types in the place of a statement's results."""
    made = [f"mnp.full({shape}, {'0.37' if 'float' in dtype else '1'}, '{dtype}')"
            for dtype, shape in statement.types]  # fmt: skip
    return Statement(statement.names, statement.types, ", ".join(made), [])


def _is_constant(statement: Statement) -> bool:
    return not statement.inputs and statement.template.startswith("mnp.full(")


def _edits(program: Program) -> Iterator[Program]:
    """Smaller programs, the smallest first."""
    for kept in range(len(program.main.results)):
        if len(program.main.results) > 1:
            made = program.copy()
            made.main.results = [made.main.results[kept]]
            yield made
    places = [(i, j) for i, f in enumerate(_functions(program.main)) for j in range(len(f.body))]
    for i, j in places:
        function = list(_functions(program.main))[i]
        statement = function.body[j]
        if _is_constant(statement):
            continue
        for other in _substitutes(function, j):
            made = program.copy()
            _rename(list(_functions(made.main))[i], statement.names[0], other)
            yield made
        made = program.copy()
        inner = list(_functions(made.main))[i]
        inner.body[j] = _constant(inner.body[j])
        yield made


def _substitutes(function: Function, place: int) -> Iterator[str]:
    """Variables of the same type as a statement's only result."""
    statement = function.body[place]
    if len(statement.names) > 1:
        return
    known = [*function.parameters]
    for earlier in function.body[:place]:
        known += zip(earlier.names, earlier.types)
    yield from [name for name, kind in known if kind == statement.types[0]][:2]


def _rename(function: Function, old: str, new: str) -> None:
    function.results = [new if name == old else name for name in function.results]
    for statement in function.body:
        statement.inputs = [new if name == old else name for name in statement.inputs]
        for inner in statement.functions:
            _rename(inner, old, new)


def _swept(program: Program) -> Program:
    sweep(program.main)
    mentioned = set(used(program.main))
    if any(name not in mentioned for name, _ in program.main.parameters[1:]):
        kept = [p for p in program.main.parameters if p[0] in mentioned]
        program.main.parameters = kept or program.main.parameters[:1]
    return program


def shrink(program: Program, fails: Callable[[Program], bool], attempts: int = 300) -> Program:
    """A smaller program that fails too."""
    best = program
    while True:
        for smaller in _edits(best):
            smaller = _swept(smaller)
            measure = (size(smaller.main), len(smaller.main.results), _weight(smaller))
            if measure >= (size(best.main), len(best.main.results), _weight(best)):
                continue
            attempts -= 1
            if attempts < 0:
                return best
            if fails(smaller):
                best = smaller
                break
        else:
            return best


def _weight(program: Program) -> int:
    return sum(not _is_constant(s) for function in _functions(program.main) for s in function.body)
