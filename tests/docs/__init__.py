"""The documentation is true: its examples run, its links lead somewhere, its reference is whole."""
