"""Spans of time, recorded while a profile is taken; `mjx.profiler` is what users see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from mjx.support.source import user_location


class Span(NamedTuple):
    """Something that took a while, in nanoseconds of `time.perf_counter_ns`."""

    name: str
    category: str
    start: int
    duration: int
    thread: int
    details: Mapping[str, Any]


class Recorder:
    """The spans of one profile, in the order in which they ended."""

    def __init__(self) -> None:
        self.start = time.perf_counter_ns()
        self.spans: list[Span] = []
        self.threads: dict[int, str] = {}

    def add(
        self, name: str, category: str, start: int, duration: int, details: Mapping[str, Any]
    ) -> None:
        """Notes a span of this thread."""
        thread = threading.get_ident()
        if thread not in self.threads:
            self.threads[thread] = threading.current_thread().name
        self.spans.append(Span(name, category, start, duration, thread, details))


# The profile being taken. Whoever records looks here first, and does nothing if there is none.
recorder: Recorder | None = None


class span:
    """Records what runs within, if a profile is being taken at its beginning and end."""

    __slots__ = ("category", "details", "name", "recorder", "start")

    def __init__(self, name: str, category: str, **details: Any):
        self.name = name
        self.category = category
        self.details = details
        self.recorder: Recorder | None = None

    def __enter__(self) -> span:
        self.recorder = recorder
        if recorder is not None:
            self.details.setdefault("at", str(user_location()))
            self.start = time.perf_counter_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.recorder is not None and self.recorder is recorder:
            duration = time.perf_counter_ns() - self.start
            self.recorder.add(self.name, self.category, self.start, duration, self.details)


def note_stages(start: int, milliseconds: Mapping[str, float]) -> None:
    """Records stages that ran one after the other from `start` on."""
    if recorder is None:
        return
    for name, duration in milliseconds.items():
        nanoseconds = round(duration * 1e6)
        recorder.add(name, "compile stage", start, nanoseconds, {})
        start += nanoseconds


def defined_at(fun: Callable[..., Any]) -> str:
    """The file and line of a function, as far as it has them."""
    code = getattr(fun, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else "<unknown>"
