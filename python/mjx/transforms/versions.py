"""The compiled versions of a jitted function: what each is, and why there is another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.core.execute import Compilation, check_finite, stage_times, start
from mjx.support.config import config, debug_infs, debug_nans
from mjx.support.source import Location
from mjx.support.treedef import LEAF, abbreviate, build, from_spec
from mjx.transforms.signature import ArgumentNames
from mjx.transforms.tracing import TracedProgram

# Structure, avals and settings of a call, and pairs of where and what static arguments are.
Key = tuple[Any, ...]


class Static:
    """A static argument, which is compared by value and type."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: Any, name: str, function: str):
        self.value = value
        try:
            self._hash = hash((type(value), value))
        except TypeError:
            raise ValueError(
                f"jit of {function}: Non-hashable static arguments are not supported: expected "
                f"argument {name} to be hashable, since it is static, but got {value!r} of type "
                f"{type(value).__name__}; pass a tuple in the place of a list, and no arrays"
            ) from None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: Any) -> bool:
        return type(self.value) is type(other.value) and self.value == other.value


class Entry:
    """One compiled version of a function."""

    __slots__ = (
        "avals",
        "captured",
        "donated",
        "executable",
        "history",
        "input_names",
        "insists",
        "module",
        "name",
        "spec",
    )

    def __init__(
        self,
        compilation: Compilation,
        traced: TracedProgram,
        donated: list[int],
        name: str,
        input_names: list[str],
        insists: bool,
    ):
        self.executable = compilation.executable
        self.avals = traced.out_avals
        self.spec = traced.out_tree.spec
        self.captured = traced.captured
        self.donated = donated
        self.name = name
        self.input_names = input_names
        self.insists = insists
        self.module = traced.module if debug_nans.value or debug_infs.value else None
        self.history: History | None = None

    def run(self, buffers: list[Any]) -> Any:
        """Launches the program on the buffers of the arguments."""
        if self.captured:
            buffers.extend([a.buffer for a in self.captured])
        # What is checked may have to run again, on the same inputs.
        donated = self.donated if self.module is None else ()
        outputs = start(
            self.executable, buffers, self.name, donated, self.input_names, self.insists
        )
        results = [Array(b, aval) for b, aval in zip(outputs, self.avals)]
        if self.module is not None:
            check_finite(results, self.name, self.module, buffers)
        return results[0] if self.spec is LEAF else build(self.spec, iter(results))


class Versions(OrderedDict[Key, Entry]):
    """The versions of a function, the oldest of which are dropped when there are too many."""

    # More are made of accidents, such as a length in the place of a static argument.
    LIMIT = 4096

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def add(self, key: Key, entry: Entry) -> None:
        """Keeps a new version."""
        self[key] = entry
        self.made += 1
        while len(self) > self.LIMIT:
            self.popitem(last=False)

    def latest(self, count: int) -> list[Key]:
        """The keys of the last versions, the newest first."""
        keys: Iterator[Key] = reversed(self)
        return [key for key, _ in zip(keys, range(count))]


class History:
    """How a version came about."""

    def __init__(
        self,
        number: int,
        key: Key,
        earlier: list[Key],
        compilation: Compilation,
        tracing_seconds: float,
        place: Location,
        names: list[str],
    ):
        self.number = number
        self.names = names
        self.key = key
        self.earlier = earlier
        self.source = compilation.source
        self.seconds = compilation.seconds
        self.stages = stage_times(compilation.executable)
        self.tracing_seconds = tracing_seconds
        self.place = place

    def lines(self, fun: Callable[..., Any]) -> list[str]:
        """What there is to say, for people to read."""
        reasons = why_traced(self.key, self.earlier, self.names, fun)
        return [
            f"traced because {'; '.join(reasons)}",
            f"first called at {self.place}",
            f"tracing took {self.tracing_seconds * 1e3:.3f} ms",
            self._of_compiler(),
        ]

    def _of_compiler(self) -> str:
        if self.source == "memory":
            return "not compiled: an equal program was compiled before in this process"
        if self.source == "disk":
            return (
                f"not compiled: read in {self.seconds * 1e3:.3f} ms from the disk cache, to which "
                f"an earlier process wrote it"
            )
        rest = self.seconds * 1e3 - sum(self.stages.values())
        stages = ", ".join(f"{k} {ms:.3f}" for k, ms in {**self.stages, "rest": rest}.items())
        return f"compiling took {self.seconds * 1e3:.3f} ms (in ms: {stages})"


def signature_text(key: Key, names: Sequence[str], results: Sequence[ShapedArray]) -> str:
    """What a version takes and returns."""
    _, avals, _, *static = key
    taken = [f"{name}: {aval.str_short()}" for name, aval in zip(names, avals)]
    taken.extend(f"static {where}={value.value!r}" for where, value in static)
    returned = ", ".join(aval.str_short() for aval in results)
    return f"({', '.join(taken)}) -> ({returned})"


def why_traced(
    key: Key, earlier: Sequence[Key], names: Sequence[str], fun: Callable[..., Any]
) -> list[str]:
    """How a call differs from the most similar of earlier ones, argument by argument."""
    if not earlier:
        return ["it is the first call"]
    found = [differences(key, other, names, fun) for other in earlier]
    return min(found, key=len) or ["the version was dropped"]


def differences(new: Key, old: Key, names: Sequence[str], fun: Callable[..., Any]) -> list[str]:
    """What is different between the calls of two keys; none if they are equal."""
    reasons = []
    if new[0] != old[0]:
        reasons.extend(_of_structure(new[0], old[0], ArgumentNames(fun)))
    elif new[1] != old[1]:
        for name, aval, other in zip(names, new[1], old[1]):
            if aval != other:
                reasons.append(_of_avals(name, aval, other))
    for flag, value, other in zip(config.tracing_flags, new[2], old[2]):
        if value != other:
            reasons.append(f"setting {flag} is {value!r}, and was {other!r}")
    statics = dict(old[3:])
    for where, value in new[3:]:
        if where not in statics:
            reasons.append(f"static argument {where} is new")
        elif value != statics[where]:
            was = statics[where].value
            reasons.append(f"static argument {where} is {value.value!r}, and was {was!r}")
    return reasons


def _of_avals(name: str, new: ShapedArray, old: ShapedArray) -> str:
    fields = [
        f"its {field} is {getattr(new, field)}, and was {getattr(old, field)}"
        for field in ("shape", "dtype", "weak_type")
        if getattr(new, field) != getattr(old, field)
    ]
    return f"argument {name} is {new}, and was {old} ({'; '.join(fields)})"


def arguments_of(spec: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The structures of positional arguments, and of those given by name."""
    if isinstance(spec, int):
        return (LEAF,) * spec, {}
    positional, named = spec[2]
    return positional[2], dict(zip(named[1], named[2]))


def _of_structure(new: Any, old: Any, names: ArgumentNames) -> list[str]:
    positional, named = arguments_of(new)
    old_positional, old_named = arguments_of(old)
    reasons = []
    if len(positional) != len(old_positional):
        counts = f"{len(positional)} positional arguments, and were {len(old_positional)}"
        reasons.append(f"there are {counts}")
    if named.keys() != old_named.keys():
        reasons.append(f"arguments {sorted(named)} are given by name, and were {sorted(old_named)}")
    pairs = [
        (names.of_position(i), *both) for i, both in enumerate(zip(positional, old_positional))
    ]
    pairs += [(name, named[name], old_named[name]) for name in named if name in old_named]
    for name, spec, other in pairs:
        if spec != other:
            texts = [abbreviate(from_spec(s), 200).removeprefix("PyTreeDef") for s in (spec, other)]
            reasons.append(f"argument {name} has the structure {texts[0]}, and had {texts[1]}")
    return reasons or ["the arguments have another structure"]
