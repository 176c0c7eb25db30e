"""Finds what can be changed in rules, and writes sources that have all changes at once.

A rule is a member `buildJvp` or `buildTranspose` of an op, and whatever helper it calls that
returns a `Val`. Statements of rules become switches, with a case for every mutant of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: Pattern, replacement and whether it must occur where the pattern does not.
CHANGES = (
    (r"(?<=[\w)\]}]) \+ (?=\S)", " - "),
    (r"(?<=[\w)\]}]) - (?=\S)", " + "),
    (r"(?<=[\w)\]}]) \* (?=\S)", " + "),
    (r"(?<=[\w)\]}]) / (?=\S)", " * "),
    (r"(?<=[(,?:] )-(?=[a-zA-Z(])|(?<=[(])-(?=[a-zA-Z(])", ""),
    (r"\bCosOp\b", "SinOp"),
    (r"\bSinOp\b", "CosOp"),
    (r"\bCoshOp\b", "SinhOp"),
    (r"\bSinhOp\b", "CoshOp"),
    (r"\bRsqrtOp\b", "SqrtOp"),
    (r"\bRealOp::of\((?=c?t)", "ImagOp::of("),
    (r"(?<![\w.])(\d+\.\d+)(?![\w.])", r"(\1 + 1.0)"),
    (r"\bc\.in\(0\)", "c.in(1)"),
    (r"\bc\.in\(1\)", "c.in(0)"),
    (r"\bdx\b", "dy"),
    (r"\bdy\b", "dx"),
    (r'"lt"', '"ge"'),
    (r'"gt"', '"le"'),
    (r'"eq"', '"ne"'),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
)
#: What a replacement names must be there anyway.
ONLY_WITH = {"c.in(1)", "c.in(0)", "dx", "dy"}

MEMBER = re.compile(r"\b(\w+)Op::build(?:Jvp|Transpose)\((?:Jvp|Transpose)Context &c\)")
HELPER = re.compile(r"^(?:static )?Val (\w+)\([^;{]*\) \{", re.MULTILINE)
STATEMENT = re.compile(r"\b(?:c\.set|c\.add)\(|\breturn (?=[^;]*[-+*/(])")


@dataclass
class Mutant:
    """One change, numbered from 1, and the ops whose tests must notice."""

    number: int
    place: str
    ops: list[str]
    before: str
    after: str


@dataclass
class Function:
    """A rule or a helper of rules: its name and where its body is."""

    name: str
    start: int
    end: int
    is_rule: bool
    callers: set[str] = field(default_factory=set)


def matching(text: str, start: int, pair: str) -> int:
    """The place behind what closes the bracket that opens at `start`."""
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == pair[0]) - (text[i] == pair[1])
        if depth == 0:
            return i + 1
    raise ValueError("a bracket is not closed")


def functions(text: str) -> list[Function]:
    found = []
    for pattern, is_rule in ((MEMBER, True), (HELPER, False)):
        for match in pattern.finditer(text):
            start = text.index("{", match.end() - 1)
            if ";" not in text[match.end() : start]:
                found.append(Function(match[1], start, matching(text, start, "{}"), is_rule))
    return found


def callers(texts: list[str]) -> dict[str, set[str]]:
    """For every helper the classes of ops whose rules call it, through others too."""
    bodies = [(f, text[f.start : f.end]) for text in texts for f in functions(text)]
    found = {f.name: set() for f, _ in bodies if not f.is_rule}
    while True:
        size = sum(map(len, found.values()))
        for f, body in bodies:
            who = {f.name} if f.is_rule else found[f.name]
            for name in set(re.findall(r"\b(\w+)\(", body)) & found.keys():
                found[name] |= who
        if size == sum(map(len, found.values())):
            return found


def statements(text: str, function: Function) -> Iterator[tuple[int, int]]:
    """The statements of a function that set, add or return a value."""
    for match in STATEMENT.finditer(text, function.start, function.end):
        if match[0].startswith("return") and function.is_rule:
            continue
        end = text.index(";", match.start()) + 1
        if "{" not in text[match.start() : end]:
            yield match.start(), end


def changed(statement: str, context: str) -> Iterator[str]:
    """The statement with one thing in it changed."""
    if statement.startswith("c.add("):
        yield "(void)0;"
    for pattern, replacement in CHANGES:
        if replacement in ONLY_WITH and not re.search(rf"\b{re.escape(replacement)}", context):
            continue
        for match in re.finditer(pattern, statement):
            yield statement[: match.start()] + match.expand(replacement) + statement[match.end() :]


def mnemonic(op: str) -> str:
    """The name of the op of a class: `Log1p` is log1p, `DotGeneral` dot_general."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", op).lower()


def rewrite(
    path: Path,
    text: str,
    users: dict[str, set[str]],
    first: int,
    excluded: set[str],
    names: set[str],
) -> tuple[str, list[Mutant]]:
    """The text with a switch for every statement of a rule, and the mutants in it."""
    edits, mutants = [], []
    for function in functions(text):
        ops = {function.name} if function.is_rule else users[function.name]
        # A class is called as its op is, but for some digits.
        found = sorted({n for n in names if n.replace("_", "") in {o.lower() for o in ops}})
        if not found:
            continue
        body = text[function.start : function.end]
        for start, end in statements(text, function):
            cases = []
            for after in dict.fromkeys(changed(text[start:end], body)):
                key = f"{function.name}: {after}"
                if key in excluded:
                    continue
                number = first + len(mutants)
                line = text.count("\n", 0, start) + 1
                mutants.append(Mutant(number, f"{path.name}:{line} {function.name}", found,
                                      " ".join(text[start:end].split()), " ".join(after.split())))  # fmt: skip
                one_line = " ".join(after.split())
                cases.append(f"\n/*mutant {number}*/ case {number}: {one_line} break;")
            if cases:
                switch = (
                    f"{{ switch (mjxMutant()) {{{''.join(cases)}\ndefault: {text[start:end]} }} }}"
                )
                edits.append((start, end, switch))
    for start, end, switch in sorted(edits, reverse=True):
        text = text[:start] + switch + text[end:]
    return text, mutants
