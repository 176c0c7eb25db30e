"""Programs for those who work on or with mjx, run as `python -m mjx.tools.<name>`."""
