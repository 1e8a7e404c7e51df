"""What the interpreter itself says on stderr when it starts is none of the program's.

PyPy says there, on some machines, that it cannot tell the size of a cache.
"""

import functools
import subprocess
import sys


def programs_own(stderr):
    """Return what the program that was run has said."""
    return stderr.removeprefix(_said_at_start())


@functools.cache
def _said_at_start():
    command = [sys.executable, "-c", ""]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr
