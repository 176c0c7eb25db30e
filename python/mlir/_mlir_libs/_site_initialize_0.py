"""Read by the bindings when they are first imported: what a new context knows."""

from ._mjxRegistration import register_dialects, register_passes

__all__ = ["context_init_hook", "disable_load_all_available_dialects", "register_dialects"]

# Loading every dialect costs 50 ms a context; passes load what they need.
disable_load_all_available_dialects = True

register_passes()


def context_init_hook(context):
    from . import append_load_on_create_dialect, get_load_on_create_dialects

    if "mjx" not in get_load_on_create_dialects():
        for dialect in ("mjx", "func", "arith", "tensor", "linalg"):
            append_load_on_create_dialect(dialect)
