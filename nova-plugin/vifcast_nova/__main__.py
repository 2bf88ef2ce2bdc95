"""``python -m vifcast_nova``: the command vifcast-nova, with just this Python."""

import sys

from vifcast_nova.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
