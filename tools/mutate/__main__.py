"""Changes rules of the dialect one at a time and asks whether the tests notice.

    ./dev mutate [--only sin] [--list]

All changes are compiled into one library, build/mutate/libmjx.so, beside what the build has
anyway; the environment variable MJX_MUTANT says which is in force.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutants import Mutant, callers, rewrite

ROOT = Path(__file__).resolve().parents[2]
BUILD, OUT = ROOT / "build/dev", ROOT / "build/mutate"
LIBRARY = "python_packages/mjx/libmjx.so"
RULES = ROOT / "lib/IR"
GENERATED = BUILD / "include/mjx/IR/MjxOpShards.cpp.inc"
HEADER = """\
#pragma once
#include <cstdlib>
inline int mjxMutant() {
  static const int number = std::getenv("MJX_MUTANT") ? std::atoi(std::getenv("MJX_MUTANT")) : 0;
  return number;
}
"""


def sources() -> list[Path]:
    """Where rules are: what is generated from the records, and what is written out."""
    return [GENERATED, *sorted(p for p in RULES.rglob("*.cpp") if "Simplify" not in p.parts)]


def op_names() -> set[str]:
    return {path.stem for path in (ROOT / "test/IR").glob("*.mlir")}


class Builder:
    """The changed sources, and the library made of them."""

    def __init__(self) -> None:
        OUT.mkdir(parents=True, exist_ok=True)
        self.header = OUT / "Mutant.h"
        write(self.header, HEADER)
        tool = ["ninja", "-C", str(BUILD), "-t"]
        self.commands = {
            one["output"]: one["command"] for one in json.loads(output([*tool, "compdb"]))
        }
        self.link = output([*tool, "commands", LIBRARY]).splitlines()[-1]
        self.excluded: set[str] = set()
        self.mutants: list[Mutant] = []

    def rewrite(self, keep: bool = True) -> list[str]:
        """Writes the changed sources, or only counts; returns the objects to be compiled."""
        texts = {path: path.read_text() for path in sources()}
        users, names = callers(list(texts.values())), op_names()
        self.mutants, objects = [], []
        for path, text in texts.items():
            text, mutants = rewrite(path, text, users, len(self.mutants) + 1, self.excluded, names)
            self.mutants += mutants
            text = f'#include "{self.header}"\n{text}'
            if not keep:
                continue
            if path == GENERATED:
                write(OUT / "include/mjx/IR" / path.name, text)
                objects += [
                    o for o in self.commands if re.search(r"OpDefinitions\.\d+\.cpp\.o$", o)
                ]
            elif mutants:
                write(OUT / path.relative_to(ROOT), text)
                objects.append(f"lib/IR/CMakeFiles/MjxIR.dir/{path.relative_to(RULES)}.o")
        return objects

    def compile(self, made: str) -> str:
        """Compiles one object; returns what the compiler says."""
        target = OUT / made
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.is_fresh(made, target):
            return ""
        command = shlex.split(self.commands[made].replace("&&", " "))
        source = Path(command[-1] if command[-2] == "-c" else command[command.index("-c") + 1])
        source = source if source.is_absolute() else BUILD / source
        changed = OUT / source.relative_to(ROOT) if source.is_relative_to(ROOT) else source
        compiler = next(i for i, word in enumerate(command) if "clang++" in word or "g++" in word)
        flags = [f"-I{OUT}/include", f"-I{source.parent}", f"-I{RULES}"]
        command[compiler + 1 : compiler + 1] = flags
        place = command.index("-c") + 1
        command[place] = str(changed if changed.exists() else source)
        command[command.index("-o") + 1] = str(target)
        if "-MF" in command:
            command[command.index("-MF") + 1] = f"{target}.d"
        done = subprocess.run([*command, "-w"], cwd=BUILD, capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stderr

    def is_fresh(self, made: str, target: Path) -> bool:
        """Whether an object is younger than its changed source and its plain twin."""
        source = (
            OUT / "lib/IR" / made.removeprefix("lib/IR/CMakeFiles/MjxIR.dir/").removesuffix(".o")
        )
        if not source.exists():
            source = OUT / "include/mjx/IR" / GENERATED.name
        older = [p.stat().st_mtime for p in (source, BUILD / made)]
        return target.exists() and target.stat().st_mtime > max(older)

    def build(self, jobs: int) -> None:
        """Compiles and links; mutants that do not compile are left out."""
        stale = set(self.rewrite())
        for _ in range(20):
            with ThreadPoolExecutor(jobs) as pool:
                complaints = dict(zip(sorted(stale), pool.map(self.compile, sorted(stale))))
            wrong = {one for text in complaints.values() for one in self.blamed(text)}
            failing = {made for made, text in complaints.items() if text}
            if not failing:
                break
            if not wrong:
                sys.exit("mutate: does not compile\n" + "\n".join(complaints.values())[:3000])
            # Numbers move, and with them every file behind the first.
            self.excluded |= wrong
            stale = set(self.rewrite())
        link = self.link.replace(LIBRARY, str(OUT / "libmjx.so"))
        for made in self.rewrite():
            link = link.replace(f" {made} ", f" {OUT / made} ")
        subprocess.run(link, shell=True, cwd=BUILD, check=True)

    def blamed(self, text: str) -> set[str]:
        """The mutants in whose lines there are errors, as `Builder.excluded` has them."""
        found = set()
        for file, line in re.findall(r"^(?:\x1b\[[\d;]*m)*([^\s:]+):(\d+):\d+:.*error", text, re.M):
            lines = Path(BUILD / file).read_text().splitlines()
            match = re.match(r"/\*mutant (\d+)\*/", lines[int(line) - 1])
            if match:
                mutant = self.mutants[int(match[1]) - 1]
                found.add(f"{mutant.place.split()[-1]}: {mutant.after}")
        return found


def output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def notice(mutants: list[Mutant], jobs: int) -> list[Mutant]:
    """The mutants that no test notices."""
    plan = OUT / "plan.json"
    write(plan, json.dumps([[m.number, m.ops] for m in mutants]))
    environment = os.environ | {
        "LD_LIBRARY_PATH": f"{OUT}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        "MJX_ENABLE_COMPILATION_CACHE": "0",
        "PYTHONPATH": str(ROOT / "test/python"),
    }
    runner = Path(__file__).with_name("runner.py")
    workers = [
        subprocess.Popen(
            [sys.executable, runner, plan, str(k), str(jobs)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )  # fmt: skip
        for k in range(jobs)
    ]
    lines = [line for worker in workers for line in worker.communicate()[0].splitlines()]
    if any(worker.returncode for worker in workers):
        sys.exit("mutate: the tests do not pass without a mutant; see ./dev test")
    survivors = {int(line.split()[1]) for line in lines if line.startswith("survived ")}
    return [m for m in mutants if m.number in survivors]


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev mutate", description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", help="mutants of this op; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the mutants and stop")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    builder = Builder()
    if options.list:
        builder.rewrite(keep=False)
    else:
        builder.build(options.jobs)
    chosen = [m for m in builder.mutants if not options.only or set(m.ops) & set(options.only)]
    if options.list:
        for m in chosen:
            print(f"{m.number:4} {m.place} [{', '.join(m.ops)}]\n     {m.before}\n  -> {m.after}")
        return 0
    start = time.monotonic()
    survivors = notice(chosen, options.jobs)
    print(f"{len(chosen)} mutants, {len(survivors)} survived, {time.monotonic() - start:.0f} s")
    for m in survivors:
        print(f"{m.number:4} {m.place} [{', '.join(m.ops)}]\n     {m.before}\n  -> {m.after}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
