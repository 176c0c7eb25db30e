"""The user's place in the program, and tracebacks without the frames of mjx."""

from __future__ import annotations

import contextlib
import functools
import linecache
import os
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from mjx.support.config import traceback_filtering

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

# What tracebacks leave out: mjx itself, and what libraries on top of it register.
_library = [_PACKAGE]

# What cannot be the user's line though it is not ours: wrappers of the standard library that may
# stand between two of our functions, and NumPy, which calls back into arrays.
_passed_over = [
    contextlib.__file__,
    functools.__file__,
    os.path.dirname(np.__file__) + os.sep,
    "<frozen ",
]

# By file name: a code object's own hash reads all of its constants.
_internal_files: dict[str, bool] = {}


class Location(NamedTuple):
    """A place in a source file."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


UNKNOWN = Location("<unknown>", 0, "<unknown>")


def register_exclusion(path: str) -> None:
    """Takes frames of files that start with `path` for library code, as those of mjx."""
    _library.append(path)
    _internal_files.clear()


def is_library(filename: str) -> bool:
    """Whether a file belongs to mjx, or to a library that asked to be treated so."""
    return filename.startswith(tuple(_library))


def is_internal(filename: str) -> bool:
    """Whether no line of a file can be the one to show the user."""
    known = _internal_files.get(filename)
    if known is None:
        known = is_library(filename) or filename.startswith(tuple(_passed_over))
        _internal_files[filename] = known
    return known


def user_frame() -> FrameType | None:
    """The innermost frame outside the library; None if there is none."""
    frame = sys._getframe(1)
    files = _internal_files
    while frame is not None:
        filename = frame.f_code.co_filename
        internal = files.get(filename)
        if internal is None:
            internal = is_internal(filename)
        if not internal:
            return frame
        frame = frame.f_back
    return None


def user_location() -> Location:
    """Where the user's code is now."""
    frame = user_frame()
    return UNKNOWN if frame is None else location_of(frame)


def location_of(frame: FrameType) -> Location:
    """Where a frame is."""
    code = frame.f_code
    function = getattr(code, "co_qualname", code.co_name)
    return Location(code.co_filename, frame.f_lineno, function)


def user_stacklevel() -> int:
    """The `stacklevel` with which `warnings.warn`, called by our caller, names the user's line."""
    frame, level = sys._getframe(1), 1
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level


def code_text(location: Location) -> str:
    """The line of code at a location, stripped; empty if it cannot be read."""
    return linecache.getline(location.file, location.line).strip()


def describe(location: Location) -> str:
    """A location and its code, for an error message."""
    code = code_text(location)
    return f"{location}: {code}" if code else str(location)


def filter_traceback(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of mjx."""
    kept = []
    while traceback is not None:
        if not is_library(traceback.tb_frame.f_code.co_filename):
            kept.append(traceback)
        traceback = traceback.tb_next
    filtered = None
    for entry in reversed(kept):
        filtered = TracebackType(filtered, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return filtered


def strip_frames(error: BaseException) -> BaseException:
    """Removes the frames of mjx from an exception and those that led to it."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.__traceback__ = filter_traceback(link.__traceback__)
        link = link.__cause__ or link.__context__
    return error


def api_boundary(function: F) -> F:
    """Makes exceptions that leave `function` show the user's frames only.

    Set `traceback_filtering` to 'off' to see all of them.
    """

    @functools.wraps(function)
    def boundary(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if traceback_filtering.value == "off":
                raise
            # Not a bare raise: up to Python 3.10 that brings the removed frames back.
            raise strip_frames(error)  # noqa: B904

    return boundary  # type: ignore[return-value]
