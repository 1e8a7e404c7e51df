"""Deliberately broken primitives, and the proof that the conformance suite catches each."""
