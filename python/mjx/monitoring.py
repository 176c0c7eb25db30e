"""Events that libraries record, for whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Listener = Callable[..., None]
_listeners: dict[str, list[Listener]] = {"event": [], "duration": [], "scalar": [], "span": []}


def _tell(kind: str, *args: Any, **kwargs: Any) -> None:
    for listener in list(_listeners[kind]):
        listener(*args, **kwargs)


def record_event(event: str, **kwargs: str | int) -> None:
    """Tells listeners that something happened."""
    _tell("event", event, **kwargs)


def record_event_duration_secs(event: str, duration: float, **kwargs: str | int) -> None:
    """Tells listeners how many seconds something took."""
    _tell("duration", event, duration, **kwargs)


def record_event_time_span(
    event: str, start_time: float, end_time: float, **kwargs: str | int
) -> None:
    """Tells listeners when something began and ended."""
    _tell("span", event, start_time, end_time, **kwargs)


def record_scalar(event: str, value: float | int, **kwargs: str | int) -> None:
    """Tells listeners a number."""
    _tell("scalar", event, value, **kwargs)


def register_event_listener(callback: Listener) -> None:
    """Calls `callback(event, **kwargs)` for each event."""
    _listeners["event"].append(callback)


def register_event_duration_secs_listener(callback: Listener) -> None:
    """Calls `callback(event, duration, **kwargs)` for each duration."""
    _listeners["duration"].append(callback)


def register_event_time_span_listener(callback: Listener) -> None:
    """Calls `callback(event, start_time, end_time, **kwargs)` for each span."""
    _listeners["span"].append(callback)


def register_scalar_listener(callback: Listener) -> None:
    """Calls `callback(event, value, **kwargs)` for each number."""
    _listeners["scalar"].append(callback)


def _unregister(kind: str, callback: Listener) -> None:
    if callback not in _listeners[kind]:
        raise ValueError(f"monitoring: expected a registered listener, but got {callback!r}")
    _listeners[kind].remove(callback)


def unregister_event_listener(callback: Listener) -> None:
    """Calls it no more."""
    _unregister("event", callback)


def unregister_event_duration_listener(callback: Listener) -> None:
    """Calls it no more."""
    _unregister("duration", callback)


def unregister_event_time_span_listener(callback: Listener) -> None:
    """Calls it no more."""
    _unregister("span", callback)


def unregister_scalar_listener(callback: Listener) -> None:
    """Calls it no more."""
    _unregister("scalar", callback)


def clear_event_listeners() -> None:
    """Forgets all listeners."""
    for found in _listeners.values():
        found.clear()
