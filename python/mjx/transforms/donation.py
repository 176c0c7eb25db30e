"""What became of donated arguments: which output took over whose memory, and why others did not."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mjx.core.aval import ShapedArray
from mjx.core.execute import compile_module
from mjx.support.source import user_stacklevel
from mjx.support.tree import PyTreeDef, keystr, tree_flatten_with_path

MODES = ("warn", "require")


@dataclass(frozen=True)
class Donation:
    """A donated leaf, and the number of the output that has its memory, or why there is none."""

    index: int
    name: str
    aval: ShapedArray
    output: int | None
    reason: str = ""
    copied: bool = False


def donations_of(
    aliases: Sequence[int],
    donated: Sequence[int],
    avals: Sequence[ShapedArray],
    out_avals: Sequence[ShapedArray],
    names: Sequence[str],
) -> list[Donation]:
    """What became of each donated leaf of a program."""
    outputs = {i: n for n, i in enumerate(aliases) if i >= 0}
    found = []
    for i in donated:
        output = outputs.get(i)
        reason = "" if output is not None else _reason(avals[i], aliases, out_avals, names)
        found.append(Donation(i, names[i], avals[i], output, reason))
    return found


def _reason(
    aval: ShapedArray,
    aliases: Sequence[int],
    out_avals: Sequence[ShapedArray],
    names: Sequence[str],
) -> str:
    takers = [names[i] for i, out in zip(aliases, out_avals) if out.type == aval.type and i >= 0]
    if not takers:
        return "no output has its shape and dtype"
    outputs = "the one output" if len(takers) == 1 else f"all {len(takers)} outputs"
    verb = "takes" if len(takers) == 1 else "take"
    return f"{outputs} of its shape and dtype {verb} over {', '.join(takers)}"


# Programs differ by a few bytes of temporaries in any case, and copies so small cost nothing.
_SLACK, _SMALL = 128, 1024


def with_copies(found: Sequence[Donation], module: Any, executable: Any) -> list[Donation]:
    """The same, with a mark at leaves whose memory the program must copy to give it away.

    Such a leaf is read when the output that has its memory is written in part already. The program
    then has temporaries as large as the leaf, which it has not if the leaf is not donated: that is
    how it is found out, by compiling the program without.
    """

    def costs_a_copy(d: Donation, with_it: Any, without: Any) -> bool:
        more = with_it.scratch_bytes - without.scratch_bytes
        return d.output is not None and d.aval.nbytes > _SMALL and more >= d.aval.nbytes - _SLACK

    if not any([d.output is not None and d.aval.nbytes > _SMALL for d in found]):
        return list(found)
    plain = compile_module(module)
    marked = []
    for d in found:
        copied = costs_a_copy(d, executable, plain)
        if copied and len(found) > 1:
            copied = costs_a_copy(d, compile_module(module, [d.index]), plain)
        marked.append(replace(d, copied=copied))
    return marked


def check_donations(found: Sequence[Donation], who: str, mode: str) -> list[int]:
    """The leaves that are given up. Warns or raises if some of the donated ones are not."""
    copied = [d for d in found if d.copied]
    if copied and mode == "require":
        listed = "; ".join(f"{d.aval.str_short()} of argument {d.name}" for d in copied)
        raise ValueError(
            f"{who}: expected the memory of every donated argument to be taken over without a copy "
            f"(donate='require'), but the program copies {listed}, since it still reads the argument "
            f"when it writes the output in its place; compute the output element by element, or do "
            f"not donate the argument"
        )
    unused = [d for d in found if d.output is None]
    listed = "; ".join(f"{d.aval.str_short()} of argument {d.name} ({d.reason})" for d in unused)
    if unused and mode == "require":
        raise ValueError(
            f"{who}: expected an output to take over the memory of every donated argument "
            f"(donate='require'), but none does so for {listed}; do not donate what has no output "
            f"like it"
        )
    if unused:
        warnings.warn(
            f"{who}: Some donated buffers were not usable: {listed}. An output of the same shape "
            f"and dtype takes over a donated argument; the others stay as they are.",
            UserWarning,
            stacklevel=user_stacklevel(),
        )
    return [d.index for d in found if d.output is not None]


def output_names(tree: PyTreeDef) -> list[str]:
    """Names for the leaves of a result: `result['w'][0]`."""
    leaves = tree_flatten_with_path(tree.unflatten(range(tree.num_leaves)))[0]
    return [f"result{keystr(path)}" for path, _ in leaves]


def memory_report(
    who: str,
    found: Sequence[Donation],
    avals: Sequence[ShapedArray],
    out_avals: Sequence[ShapedArray],
    out_tree: PyTreeDef,
    scratch_bytes: int,
) -> str:
    """Bytes of a program and the fate of its donated arguments, for people to read."""
    names = output_names(out_tree)
    taken = sum(d.aval.nbytes for d in found if d.output is not None)
    lines = [
        f"memory of {who}",
        f"  arguments: {len(avals)}, of {_bytes(sum(a.nbytes for a in avals))}",
        f"  outputs: {len(out_avals)}, of {_bytes(sum(a.nbytes for a in out_avals))}, "
        f"of which {_bytes(taken)} in memory of arguments",
        f"  temporaries: {_bytes(scratch_bytes)}",
    ]
    for d in found:
        fate = f"taken over by {names[d.output]}" if d.output is not None else "not taken over"
        why = f": {d.reason}" if d.reason else ", after a copy" if d.copied else ""
        lines.append(f"  {d.name}, {d.aval.str_short()}, {_bytes(d.aval.nbytes)}: {fate}{why}")
    if not found:
        lines.append("  no argument is donated")
    return "\n".join(lines)


def _bytes(count: int) -> str:
    return f"{count:,} byte" + ("" if count == 1 else "s")


def mode_of(value: Any) -> str:
    """What `jit` was told to do about arguments that are donated in vain."""
    if value not in MODES:
        raise ValueError(f"jit: expected donate to be 'warn' or 'require', but got {value!r}")
    return value
