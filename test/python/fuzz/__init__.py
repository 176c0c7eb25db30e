"""Random programs, and what must hold of every program. See docs/testing.md."""
