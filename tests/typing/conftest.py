"""Nothing in this folder runs: the type checkers read it."""

collect_ignore_glob = ["*.py"]
