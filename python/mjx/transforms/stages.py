"""A jitted function taken through the stages of compilation: `Lowered` and `Compiled`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mjx.core.array import Array
from mjx.core.aval import ShapedArray, ShapeDtypeStruct, abstractify
from mjx.core.bind import as_array_or_tracer
from mjx.core.execute import compile_module, launch, start
from mjx.support.tree import PyTreeDef, tree_flatten, tree_flatten_with_path
from mjx.transforms.donation import donations_of, memory_report, with_copies

STAGES = ("mjx", "linalg", "llvm", "llvm-ir", "asm")


def struct_of(aval: ShapedArray) -> ShapeDtypeStruct:
    """Shape and dtype, for users."""
    return ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=aval.weak_type)


@dataclass(frozen=True)
class ArgInfo:
    """What is known of one argument of a lowered function."""

    shape: tuple[int, ...]
    dtype: Any
    donated: bool


@dataclass(frozen=True)
class MemoryStats:
    """Bytes that a compiled program deals with."""

    argument_size_in_bytes: int
    output_size_in_bytes: int
    alias_size_in_bytes: int
    temp_size_in_bytes: int
    # The most that are alive at one time if nothing is fused.
    peak_memory_in_bytes: int = 0


class Stage:
    """What is common to the stages: the types of arguments and results."""

    def __init__(
        self,
        name: str,
        traced: Any,
        in_tree: PyTreeDef,
        avals: Sequence[ShapedArray],
        donated: Sequence[int],
        names: Sequence[str],
    ):
        self._name = name
        self._traced = traced
        self._avals = tuple(avals)
        self._donated = tuple(donated)
        self._names = tuple(names)
        self.in_tree = in_tree

    @property
    def out_tree(self) -> PyTreeDef:
        """The structure of the result."""
        return self._traced.out_tree

    @property
    def in_avals(self) -> Any:
        """Avals of the arguments, as (args, kwargs)."""
        return self.in_tree.unflatten(self._avals)

    @property
    def out_info(self) -> Any:
        """Shapes and dtypes of the result."""
        return self.out_tree.unflatten([struct_of(a) for a in self._traced.out_avals])

    @property
    def args_info(self) -> Any:
        """Shapes, dtypes and donation of the arguments."""
        infos = [ArgInfo(a.shape, a.dtype, i in self._donated) for i, a in enumerate(self._avals)]
        return self.in_tree.unflatten(infos)

    @property
    def donate_argnums(self) -> tuple[int, ...]:
        """Positions of the leaves whose memory may be taken over."""
        return self._donated

    def cost_analysis(self) -> dict[str, float]:
        """What a call costs: "flops" and "bytes accessed".

        Counted on the simplified program, op by op: loops are multiplied out, of branches the
        costliest counts, and nothing is taken to be fused.
        """
        cost = self._traced.module.cost()
        return {
            "flops": cost["flops"],
            "bytes accessed": cost["bytes read"] + cost["bytes written"],
        }

    def as_text(self, stage: str = "mjx", *, debug_info: bool = False) -> str:
        """The program at a stage: 'mjx', 'linalg', 'llvm', 'llvm-ir' or 'asm'."""
        if stage not in STAGES:
            raise ValueError(f"as_text: expected a stage among {STAGES}, but got {stage!r}")
        if stage == "mjx":
            return self._traced.module.text(debug_info)
        return self._traced.module.stage_text(stage)


class Lowered(Stage):
    """A function traced for arguments of certain types."""

    def compile(self) -> Compiled:
        """The machine code."""
        executable = compile_module(self._traced.module, self._donated, self._name)
        compiled = Compiled(
            self._name, self._traced, self.in_tree, self._avals, self._donated, self._names
        )
        compiled.executable = executable
        return compiled

    def memory_report(self) -> str:
        """As that of the compiled program, for people to read."""
        return self.compile().memory_report()

    def lower(self) -> Lowered:
        """Itself: tracing and lowering are one step."""
        return self

    def compiler_ir(self, stage: str = "mjx") -> str:
        """The program as text; see `as_text`."""
        return self.as_text(stage)


class Compiled(Stage):
    """A compiled function. It takes arguments of the types that it was compiled for only."""

    executable: Any

    def as_text(self, stage: str = "asm", *, debug_info: bool = False) -> str:
        """The program at a stage, the machine code unless told otherwise."""
        return super().as_text(stage, debug_info=debug_info)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, tree = tree_flatten((args, kwargs))
        if tree != self.in_tree:
            raise TypeError(
                f"{self._name}: expected arguments of the structure {self.in_tree} that it was "
                f"compiled for, but got {tree}"
            )
        self._check(leaves, args, kwargs)
        arrays = [as_array_or_tracer(x) for x in leaves]
        arrays.extend(self._traced.captured)
        buffers = [a.buffer for a in arrays]
        usable = [i for i in self._donated if i in self.executable.aliases]
        if usable:
            outputs = start(self.executable, buffers, self._name, usable, self._names)
            results = [Array(b, a) for b, a in zip(outputs, self._traced.out_avals)]
        else:
            results = launch(self.executable, buffers, self._traced.out_avals, self._name)
        return self.out_tree.unflatten(results)

    call = __call__

    def _check(self, leaves: Sequence[Any], args: Any, kwargs: Any) -> None:
        for i, (leaf, aval) in enumerate(zip(leaves, self._avals)):
            found = abstractify(leaf, self._name)
            if found.type != aval.type:
                path = tree_flatten_with_path((args, kwargs))[0][i][0]
                place = "".join(map(str, path[1:]))
                raise TypeError(
                    f"{self._name}: Argument types differ from the types for which this "
                    f"computation was compiled: expected {aval.str_short()} for argument "
                    f"{place}, but got {found.str_short()}; lower it again for such arguments"
                )

    def memory_analysis(self) -> MemoryStats:
        """Bytes of arguments, results and temporaries."""
        taken = [i for i in self.executable.aliases if i >= 0]
        return MemoryStats(
            sum(a.nbytes for a in self._avals),
            sum(a.nbytes for a in self._traced.out_avals),
            sum(self._avals[i].nbytes for i in taken if i < len(self._avals)),
            self.executable.scratch_bytes,
            int(self._traced.module.cost()["peak bytes"]),
        )

    def memory_report(self) -> str:
        """Bytes, whose memory each output takes over, and which donated arguments keep theirs."""
        out_avals = self._traced.out_avals
        aliases = self.executable.aliases
        found = donations_of(aliases, self._donated, self._avals, out_avals, self._names)
        found = with_copies(found, self._traced.module, self.executable)
        scratch = self.executable.scratch_bytes
        who = f"jit of {self._name}"
        return memory_report(who, found, self._avals, out_avals, self.out_tree, scratch)

    def runtime_executable(self) -> Any:
        """What the runtime launches."""
        return self.executable
