"""The client beside what it stands on: the same calls made by hand."""
