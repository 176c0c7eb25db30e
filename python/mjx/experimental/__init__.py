"""What may still change."""

from mjx.transforms.callbacks import io_callback

__all__ = ["io_callback"]
