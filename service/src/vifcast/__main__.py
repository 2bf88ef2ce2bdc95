"""``python -m vifcast`` is the command ``vifcast``."""

from vifcast.cli import main

main()
