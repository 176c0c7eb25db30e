"""Where compiled programs are kept for other processes.

Files are named by the program's text, the options, the build of mjx and the processor, so nothing
that is found has to be doubted; the folder may be deleted at any time.
"""

from __future__ import annotations

import os
from typing import Any

from mjx import _mjx
from mjx.support.config import define_flag, parse_bool, parse_text


def _parse_size(value: Any) -> int:
    """A number of bytes; -1 for no bound."""
    try:
        size = int(value)
    except (TypeError, ValueError):
        size = -2
    if isinstance(value, bool) or size < -1:
        raise ValueError("a number of bytes, or -1 for no bound")
    return size


enable_compilation_cache = define_flag(
    "enable_compilation_cache",
    True,
    parse_bool,
    "Keep compiled programs on disk, for this process and others.",
)
compilation_cache_dir = define_flag(
    "compilation_cache_dir",
    None,
    parse_text,
    "Folder of the compiled programs; None: mjx/programs in the user's cache folder.",
)
compilation_cache_max_size = define_flag(
    "compilation_cache_max_size",
    1 << 30,
    _parse_size,
    "Bytes that the compiled programs may take; those unused for longest go. -1: no bound.",
)


def _default_folder() -> str | None:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "mjx", "programs") if os.path.isabs(base) else None


def _apply(_: Any = None) -> None:
    folder = compilation_cache_dir.process_value or _default_folder()
    on = enable_compilation_cache.process_value and folder is not None
    _mjx.set_disk_cache(folder if on else None, compilation_cache_max_size.process_value)


for _flag in (enable_compilation_cache, compilation_cache_dir, compilation_cache_max_size):
    _flag.subscribe(_apply)
_apply()


def disk_cache_statistics() -> dict[str, Any]:
    """The folder, and how many programs were found there, compiled, stored, or damaged."""
    return _mjx.disk_cache_statistics()
