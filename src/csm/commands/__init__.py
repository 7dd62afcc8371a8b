"""The commands of `csm`, for which click must be installed."""

from csm.commands.group import csm

__all__ = ["csm"]
