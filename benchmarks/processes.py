"""Processes whose imports are measured: with code that is compiled, as installing leaves it."""

from __future__ import annotations

import os
from typing import Final

COMPILED: Final = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
"""The environment in which what was imported once is kept compiled.

Without it, where the shell says so, a checkout would be compiled in each process, beside packages
that were compiled when they were installed.
"""
