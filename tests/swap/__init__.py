"""The kit in the standard library's place."""
