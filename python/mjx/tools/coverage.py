"""How much of JAX's interface mjx has, by what is in the package now.

python -m mjx.tools.coverage [--tier N] [--missing]

Each name of `usage.tsv` counts if it can be reached in mjx, and in full if it takes the keyword
arguments that are used most with it. Which names are JAX's internals is decided by rule.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mjx
from mjx.lax.index_update import IndexUpdateRef

__all__ = ["Name", "Tally", "covered", "is_internal", "main", "read_names", "resolve", "tallies"]

TABLE = Path(__file__).with_name("usage.tsv")

# Modules in which JAX shows how it is made; mjx is made otherwise.
_INTERNAL = {"_src", "interpreters", "extend", "lib", "pallas", "xla", "pxla", "mlir", "api_util"}


@dataclass(frozen=True)
class Name:
    """A row of the table: a name of JAX, how much it is used, and with what."""

    name: str
    tier: int
    weight: float
    keywords: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """What the name is listed under: its first two parts, if it has three."""
        return ".".join(self.name.split(".")[:-1][:2])


@dataclass
class Tally:
    """How many of some names there are, found, and taken with their keyword arguments."""

    names: int = 0
    found: int = 0
    full: int = 0
    weight: float = 0.0
    full_weight: float = 0.0

    def add(self, name: Name, found: bool, lacking: Iterable[str]) -> None:
        """Counts one name."""
        full = found and not list(lacking)
        self.names += 1
        self.found += found
        self.full += full
        self.weight += name.weight
        self.full_weight += name.weight * full

    @property
    def share(self) -> float:
        """The share of uses that is covered, in percent."""
        return 100 * self.full_weight / self.weight if self.weight else 100.0


def read_names(path: Path = TABLE) -> list[Name]:
    """The rows of the table."""
    with path.open() as file:
        rows = csv.DictReader((r for r in file if not r.startswith("#")), delimiter="\t")
        return [
            Name(r["name"], int(r["tier"]), float(r["weight"]), tuple(r["keywords"].split()))
            for r in rows
        ]


def is_internal(name: str) -> bool:
    """Whether a name belongs to the inside of JAX: its private modules, primitives and IR."""
    parts = name.split(".")[1:]
    private = any(re.match(r"_(?!_)", part) for part in parts)
    return private or bool(_INTERNAL & set(parts)) or parts[-1].endswith("_p")


def resolve(name: str) -> Any:
    """What mjx has under a name of JAX's; AttributeError if it has nothing."""
    updates = "jax.Array.at[]."
    if name.startswith(updates):
        return getattr(IndexUpdateRef, name.removeprefix(updates))
    found, path = mjx, "mjx"
    for part in name.split(".")[1:]:
        path = f"{path}.{part}"
        found = _step(found, part, path)
    return found


def _step(found: Any, part: str, path: str) -> Any:
    try:
        return getattr(found, part)
    except AttributeError:
        try:
            return importlib.import_module(path)
        except ImportError:
            raise AttributeError(f"there is no {path}") from None


def lacking_keywords(function: Any, keywords: Iterable[str]) -> list[str]:
    """The keyword arguments that a function does not take."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return []
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [k for k in keywords if k not in parameters or parameters[k].kind not in kinds]


def covered(name: Name) -> tuple[bool, list[str]]:
    """Whether mjx has the name, and which of its keyword arguments it lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = resolve(name.name)
        except AttributeError:
            return False, list(name.keywords)
    return True, lacking_keywords(found, name.keywords)


def tallies(names: Iterable[Name], group: Callable[[Name], Any]) -> dict[Any, Tally]:
    """The tallies of groups of names."""
    found: dict[Any, Tally] = {}
    for name in names:
        found.setdefault(group(name), Tally()).add(name, *covered(name))
    return found


def _table(title: str, counts: dict[Any, Tally]) -> Iterator[str]:
    yield f"{title:24} {'names':>6} {'found':>6} {'full':>6} {'% of uses':>10}"
    for group, tally in sorted(counts.items()):
        yield (f"{group!s:24} {tally.names:6} {tally.found:6} {tally.full:6} {tally.share:10.2f}")


def _missing(names: Iterable[Name]) -> Iterator[str]:
    for name in names:
        found, lacking = covered(name)
        if not found:
            yield f"{name.tier} {name.name}"
        elif lacking:
            yield f"{name.tier} {name.name}: without {', '.join(lacking)}"


def report(names: list[Name], missing: bool) -> Iterator[str]:
    """The lines that `main` prints."""
    public = [n for n in names if not is_internal(n.name)]
    inside = [n for n in names if is_internal(n.name)]
    if missing:
        yield from _missing(public)
        return
    yield from _table("tier", tallies(public, lambda n: n.tier))
    yield ""
    yield from _table("tier, module", tallies(public, lambda n: f"{n.tier} {n.module}"))
    yield ""
    yield from _table("all", tallies(public, lambda n: "public"))
    yield from list(_table("", tallies(inside, lambda n: "internals of JAX")))[1:]


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m mjx.tools.coverage")
    parser.add_argument("--tier", type=int, help="only the names of a tier (1 to 5)")
    parser.add_argument("--missing", action="store_true", help="list what is not there")
    options = parser.parse_args(arguments)
    names = [n for n in read_names() if options.tier in (None, n.tier)]
    print("\n".join(report(names, options.missing)))


if __name__ == "__main__":
    main()
