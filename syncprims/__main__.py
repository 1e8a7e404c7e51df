"""``python -m syncprims``."""

import sys

if __name__ == "__main__":
    try:
        from syncprims.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before the command had begun
        print("syncprims: interrupted", file=sys.stderr)
        sys.exit(130)
