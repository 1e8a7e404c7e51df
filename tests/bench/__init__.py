"""Speed, measured as a ratio to the standard library in the same run: ``python -m tests.bench``."""
