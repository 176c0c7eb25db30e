"""Buffers on disk, saved step by step: a folder of files that are written once, and a manifest that lists them.

The manifest is replaced last and at once, by renaming, and no file that the one before lists is changed
or removed until then. A process that dies while it saves leaves what it saved before.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mjx import numpy as mnp
from mjx.replay import ring
from mjx.support.errors import explain
from mjx.support.tree import (
    tree_flatten,
    tree_flatten_with_path,
    tree_leaves,
    tree_structure,
    tree_unflatten,
)
from mjx.support.tree_keys import keystr

__all__ = ["load", "save"]

MANIFEST = "manifest.json"
FORMAT = 1
MOST_CHUNKS = 64  # then all steps are written as one file again
WRAP = 1 << 32  # of the number of steps, which is uint32


def save(folder: Any, state: Any) -> int:
    """Writes to `folder` what is new in `state` since the save before, and returns how many steps that was.

    The steps of a buffer that does not continue what the folder holds are all written, in its place.
    Raises ValueError if the folder holds steps of other shapes, or for a state under `vmap`.
    """
    folder, view = Path(folder), _View(state, "replay.save")
    folder.mkdir(parents=True, exist_ok=True)
    before = _manifest(folder)
    if before is not None:
        _same_kind(before, view, "replay.save")
    chunks, steps = _continued(before, view), view.held
    if chunks:
        steps = (view.added - before["added"]) % WRAP
    serial = 1 if before is None else before["serial"] + 1
    if steps:
        chunks.append(
            {
                "first": (view.added - steps) % WRAP,
                "steps": steps,
                "last": _digest(view.parts(1, 1)),
                **_write(folder / f"steps-{serial}.bin", view.parts(steps, steps)),
            }
        )
    rest = _write(folder / f"rest-{serial}.bin", view.rest)
    manifest = {
        **view.kind,
        "added": view.added,
        "position": view.position,
        "serial": serial,
        "chunks": chunks,
        "rest": rest,
    }
    _write(folder / MANIFEST, [json.dumps(manifest, indent=1).encode()])
    _tidy(folder, manifest)
    return steps


def load(folder: Any, state: Any) -> Any:
    """The state that was saved last, of the kind of `state`, which is as `init` gives it.

    Raises FileNotFoundError if nothing was saved there, and ValueError if what was is of another kind or
    does not have the checksum it was written with.
    """
    folder, view = Path(folder), _View(state, "replay.load")
    manifest = _manifest(folder)
    if manifest is None:
        raise FileNotFoundError(explain("replay.load", f"a saved buffer in {folder}", "nothing"))
    _same_kind(manifest, view, "replay.load")
    rest, data = [], _read(folder, manifest["rest"])
    for leaf in view.rest:
        rest.append(_array(data, leaf.shape, leaf.dtype))
        data = data[leaf.nbytes :]
    leaves = [np.zeros(leaf.shape, leaf.dtype) for leaf in view.leaves]
    for chunk in manifest["chunks"]:
        back = (manifest["added"] - chunk["first"]) % WRAP
        _place(leaves, _read(folder, chunk), chunk["steps"], manifest["position"] - back)
    found = tree_unflatten(view.rest_structure, [mnp.array(leaf) for leaf in rest])
    structure = tree_structure(state.experience)
    return found._replace(
        experience=tree_unflatten(structure, [mnp.array(leaf) for leaf in leaves])
    )


class _View:
    """A state as NumPy arrays, and where in its ring is what."""

    def __init__(self, state: Any, who: str):
        if np.ndim(state.added):
            shape = np.shape(state.added)
            raise ValueError(explain(who, "the state of one buffer", f"a batch of shape {shape}"))
        self.leaves = [np.asarray(leaf) for leaf in tree_leaves(state.experience)]
        rest, self.rest_structure = tree_flatten(state._replace(experience=None))
        self.rest = [np.asarray(leaf) for leaf in rest]
        self.rows, self.length = ring.extent(self.leaves)
        place = state.write_index if hasattr(state, "write_index") else state.current_index
        self.position = int(place)  # where the next step goes
        self.added = int(state.added)
        full = self.added >= self.length or bool(state.is_full)
        self.held = self.length if full else self.added
        self.kind = {
            "format": FORMAT,
            "kind": type(state).__name__,
            "leaves": [
                [keystr(path), leaf.dtype.name, list(leaf.shape)]
                for path, leaf in tree_flatten_with_path(state)[0]
            ],
        }

    def parts(self, back: int, steps: int) -> Iterator[np.ndarray]:
        """Each leaf's `steps` steps from `back` steps ago, as arrays [rows, steps, ...]."""
        where = np.arange(self.position - back, self.position - back + steps) % self.length
        straight = where[0] + steps <= self.length
        index = slice(where[0], where[0] + steps) if straight else where
        for leaf in self.leaves:
            yield leaf[:, index]


def _same_kind(manifest: dict[str, Any], view: _View, who: str) -> None:
    for name, wanted in view.kind.items():
        if manifest.get(name) != wanted:
            expected = f"a folder with a buffer of {name} {wanted}"
            raise ValueError(explain(who, expected, f"{manifest.get(name)}"))


def _continued(before: dict[str, Any] | None, view: _View) -> list[dict[str, Any]]:
    """The chunks that can stay, which are none unless the buffer goes on from their last step."""
    if before is None or not before["chunks"] or len(before["chunks"]) >= MOST_CHUNKS:
        return []
    new = (view.added - before["added"]) % WRAP
    if new >= view.held or _digest(view.parts(new + 1, 1)) != before["chunks"][-1]["last"]:
        return []
    oldest = view.held - new  # steps before the last save that the ring still has
    return [
        c for c in before["chunks"] if (before["added"] - c["first"] - c["steps"]) % WRAP < oldest
    ]


def _array(data: memoryview, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The array at the beginning of the data."""
    return np.ndarray(shape, dtype, data)


def _place(leaves: list[np.ndarray], data: memoryview, steps: int, start: int) -> None:
    """Puts the steps of a chunk where they were in the ring; later chunks go over what is outdated."""
    for leaf in leaves:
        rows, length, *item = leaf.shape
        part = _array(data, (rows, steps, *item), leaf.dtype)
        leaf[:, np.arange(start, start + steps) % length] = part
        data = data[part.nbytes :]


def _bytes(part: Any) -> memoryview:
    if isinstance(part, bytes):
        return memoryview(part)
    return memoryview(np.ascontiguousarray(part).reshape(-1).view(np.uint8))


def _digest(parts: Iterable[Any]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(_bytes(part))
    return found.hexdigest()


def _write(path: Path, parts: Iterable[Any]) -> dict[str, Any]:
    """A file that is there as a whole or not at all: its name, size and checksum."""
    draft, found, size = path.with_name(f"{path.name}.new"), hashlib.sha256(), 0
    with open(draft, "wb") as file:
        for part in parts:
            data = _bytes(part)
            file.write(data)
            found.update(data)
            size += data.nbytes
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    _settle(path.parent)
    return {"file": path.name, "bytes": size, "sha256": found.hexdigest()}


def _settle(folder: Path) -> None:
    """Makes names in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(folder: Path, entry: dict[str, Any]) -> memoryview:
    path = folder / entry["file"]
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        expected = f"{path} with the {entry['bytes']} bytes that were saved"
        raise ValueError(explain("replay.load", expected, f"{len(data)} bytes of another checksum"))
    return memoryview(data)


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    return json.loads(path.read_text()) if path.exists() else None


def _tidy(folder: Path, manifest: dict[str, Any]) -> None:
    """Removes what was saved earlier and is no longer part of the buffer."""
    kept = {MANIFEST, manifest["rest"]["file"], *(chunk["file"] for chunk in manifest["chunks"])}
    for pattern in ("steps-*.bin*", "rest-*.bin*", f"{MANIFEST}.new"):
        for path in folder.glob(pattern):
            if path.name not in kept:
                path.unlink()
