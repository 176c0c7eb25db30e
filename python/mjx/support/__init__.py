"""The lowest layer: plain Python that knows nothing of tracing, the compiler or the runtime."""
