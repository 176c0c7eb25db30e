"""Settings of the whole suite."""

import os

# Tests are to see the compiler at work, not what an earlier run left on disk.
os.environ.setdefault("MJX_ENABLE_COMPILATION_CACHE", "0")
