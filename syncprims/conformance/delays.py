"""Every delay of the suite and of the project's own tests, and the one factor that scales them.

No test sleeps to give another thread time. These are only for waits that must expire, and for how
long a test may take before it is called wedged. On a slow or loaded machine set
``SYNCPRIMS_SCALE=5``.
"""

from __future__ import annotations

import os

SCALE = float(os.environ.get("SYNCPRIMS_SCALE", "1"))

BRIEF = 0.02 * SCALE  # seconds: a time-out that is meant to expire
LIMIT = 20.0 * SCALE  # seconds: how long what must happen may take; then the test is wedged
GRACE = 0.1 * SCALE  # seconds: the same for those who are known to fail; the others have LIMIT
EARLY = 0.01  # seconds: by how much clocks that differ may make a time-out look early
