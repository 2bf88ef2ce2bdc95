"""The command ``vifcast``."""

from vifcast.cli.main import main

__all__ = ["main"]
