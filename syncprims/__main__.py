"""``python -m syncprims``."""

import sys

from syncprims.cli import main

if __name__ == "__main__":
    sys.exit(main())
