"""Runs random programs until the time is up, and prints those that fail, made small.

./dev fuzz --seconds 60 [--seed 7] [--count 1] [--check derivatives]
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection

import mjx
from fuzz.oracles import CHECKS
from fuzz.run import Failure, examine, reproducer, shrink_crash

#: Programs of one process: what crashes takes only these along.
CHUNK = 40


def _work(pipe: Connection, seeds: range, checks: list[str], end: float) -> None:
    with mjx.enable_x64():
        for seed in seeds:
            if time.monotonic() > end:
                break
            pipe.send(seed)
            failure = examine(seed, checks)
            if failure is not None:
                pipe.send(failure)
    pipe.send(None)


def _chunk(seeds: range, checks: list[str], end: float) -> tuple[int, list[Failure]]:
    """How many programs ran, and those that failed; a crash ends the chunk."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(
        target=_work, args=(theirs, seeds, checks, end)
    )
    worker.start()
    theirs.close()
    done, found = 0, []
    try:
        while (message := ours.recv()) is not None:
            if isinstance(message, Failure):
                found.append(message)
            else:
                done += 1
    except EOFError:
        worker.join()
        found.append(shrink_crash(seeds[done - 1], checks))
    worker.join()
    return done, found


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--seed", type=int, help="the first program")
    parser.add_argument("--count", type=int, default=10**9, help="how many programs")
    parser.add_argument(
        "--check", choices=CHECKS, action="append", help="only this; may be repeated"
    )
    options = parser.parse_args()
    first = options.seed if options.seed is not None else int(time.time()) % 10**6 * 1000
    end, done, found = time.monotonic() + options.seconds, 0, Counter()
    while time.monotonic() < end and done < options.count:
        size = min(CHUNK, options.count - done)
        ran, failures = _chunk(
            range(first + done, first + done + size), options.check or list(CHECKS), end
        )
        done += ran
        for failure in failures:
            found[failure.summary] += 1
            if found[failure.summary] == 1:
                print(reproducer(failure), flush=True)
    print(f"{done} programs from seed {first}, {sum(found.values())} failed")
    for summary, count in found.most_common():
        print(f"{count:5} {summary}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
