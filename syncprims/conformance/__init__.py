"""The conformance suite: what a synchronization primitive owes its user, one test a requirement.

``python -m syncprims conform`` runs it against the kit and the standard library and prints one
table; ``pytest --pyargs syncprims.conformance --primitives NAME`` is the same for pytest people.
"""
