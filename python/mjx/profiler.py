"""Profiles: what was traced, compiled and launched, and when, for a viewer of Chrome traces.

```python
with mjx.profiler.trace("/tmp/profile"):
    step(params)
```

writes a file `*.trace.json` that https://ui.perfetto.dev and `chrome://tracing` open. A launch ends
when the program is queued or done, whichever is first: wait within an annotation to see the work.
While a profile is taken calls go the long way, by way of Python; otherwise this costs nothing.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mjx.core import profiling
from mjx.support.config import config

F = TypeVar("F", bound=Callable[..., Any])

_directory: Path | None = None


def start_trace(
    log_dir: os.PathLike | str,
    create_perfetto_link: bool = False,
    create_perfetto_trace: bool = False,
    profiler_options: Any = None,
) -> None:
    """Begins a profile, which `stop_trace` writes to `log_dir`. There can be one at a time.

    The file is always one that Perfetto reads; links to a viewer are not made.
    """
    global _directory
    if profiling.recorder is not None:
        raise RuntimeError(
            f"profiler.start_trace: a profile for {_directory} is being taken; stop it first"
        )
    if create_perfetto_link:
        raise ValueError(
            "profiler.start_trace: expected create_perfetto_link=False; open the file that is "
            "written at https://ui.perfetto.dev"
        )
    _directory = Path(log_dir)
    _directory.mkdir(parents=True, exist_ok=True)
    profiling.recorder = profiling.Recorder()
    config.notify()  # the extension sends calls to Python from now on


def stop_trace() -> None:
    """Ends the profile and writes it."""
    recorder, directory = profiling.recorder, _directory
    if recorder is None or directory is None:
        raise RuntimeError("profiler.stop_trace: no profile is being taken; call start_trace first")
    profiling.recorder = None
    config.notify()
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S")
    path = directory / f"{stamp}-{os.getpid()}-{recorder.start}.trace.json"
    path.write_text(json.dumps(_as_json(recorder)))


@contextmanager
def trace(
    log_dir: os.PathLike | str,
    create_perfetto_link: bool = False,
    create_perfetto_trace: bool = False,
    profiler_options: Any = None,
) -> Iterator[None]:
    """Takes a profile of what runs within."""
    start_trace(log_dir, create_perfetto_link, create_perfetto_trace, profiler_options)
    try:
        yield
    finally:
        stop_trace()


def _as_json(recorder: profiling.Recorder) -> dict[str, Any]:
    """A profile in the format of Chrome's traces: complete events, times in microseconds."""
    process = os.getpid()
    common = {"pid": process}
    events: list[dict[str, Any]] = [
        {"name": "process_name", "ph": "M", "pid": process, "args": {"name": "mjx"}}
    ]
    for thread, name in recorder.threads.items():
        events.append(
            {"name": "thread_name", "ph": "M", "tid": thread, "args": {"name": name}, **common}
        )
    for span in sorted(recorder.spans, key=lambda s: (s.start, -s.duration)):
        events.append(
            {
                "name": span.name,
                "cat": span.category,
                "ph": "X",
                "ts": (span.start - recorder.start) / 1000,
                "dur": span.duration / 1000,
                "tid": span.thread,
                "args": {k: _plain(v) for k, v in span.details.items()},
                **common,
            }
        )
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, str)) else str(value)


class TraceAnnotation(profiling.span):
    """A span of the profile with a name, for what runs within: `with TraceAnnotation("load"):`."""

    __slots__ = ()

    def __init__(self, name: str, **kwargs: Any):
        super().__init__(name, "annotation", **kwargs)

    def set_metadata(self, **kwargs: Any) -> None:
        """Adds to what the span tells."""
        self.details.update(kwargs)


class StepTraceAnnotation(TraceAnnotation):
    """A step of training: `with StepTraceAnnotation("train", step_num=i):`."""

    __slots__ = ()

    def __init__(self, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self.category = "step"


def annotate_function(func: F, name: str | None = None, **decorator_kwargs: Any) -> F:
    """Makes each call of a function a span of the profile, named like it unless told otherwise."""
    label = name or getattr(func, "__qualname__", None) or repr(func)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if profiling.recorder is None:
            return func(*args, **kwargs)
        with TraceAnnotation(label, **decorator_kwargs):
            return func(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


__all__ = [
    "StepTraceAnnotation",
    "TraceAnnotation",
    "annotate_function",
    "start_trace",
    "stop_trace",
    "trace",
]
