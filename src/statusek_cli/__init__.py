"""The frame of the command `statusek`: it finds its commands, it has none of its own.

Each package of this distribution brings its commands (entry points in the group
`statusek.commands`), so that neither the client nor the server needs the other to be installed.
What a command does belongs to the package that brings it; only finding and naming live here.
"""

from statusek_cli.main import main

__all__ = ["main"]
