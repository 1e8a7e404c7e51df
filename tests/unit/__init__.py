"""The kit looked at from inside, and held against the standard library call by call."""
