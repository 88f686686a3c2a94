"""The operator's commands: `xunyue --help`."""

from server.cli.main import main

__all__ = ["main"]
