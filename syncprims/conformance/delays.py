"""Every delay and limit of the suite and of the project's tests, and what scales them all.

No test sleeps to give another thread time. These are only for waits that must expire, and for how
long a requirement may take before it is called wedged. On a slow or loaded machine set
``SYNCPRIMS_SCALE=5``.
"""

from __future__ import annotations

import os

SCALE = float(os.environ.get("SYNCPRIMS_SCALE", "1"))

BRIEF = 0.02 * SCALE  # seconds: a time-out that is meant to expire
GRACE = 0.1 * SCALE  # seconds: a time-out for what needs no time, unless it fails
LATE = 0.3 * SCALE  # seconds: by how much a time-out may end later than a bare lock's
EARLY = 0.01  # seconds: by how much clocks that differ may make a time-out look early

LIMIT = 10.0 * SCALE  # seconds: how long all that a requirement waits for may take
SHORT_LIMIT = 1.0 * SCALE  # seconds: the same for one that is known to fail, or of one that hangs
MARGIN = 0.2 * SCALE  # seconds: how much longer the requirement itself is waited for
WATCH = 2.0 * SCALE  # seconds: how much longer the watchdog waits that needs no Python to run
