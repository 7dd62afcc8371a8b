"""Findings: what was done, how often, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from benchmarks.report import table


@frozen
class Finding:
    """One promise that was tried.

    Args:
        what: What was done.
        tried: How often, or how much of it.
        seen: What came of it.
        holds: Whether that is what is promised.
    """

    what: str
    tried: str
    seen: str
    holds: bool


def findings_table(findings: Iterable[Finding]) -> str:
    """All findings, as a Markdown table."""
    rows = [
        [
            finding.what,
            f"{finding.tried}<br>{finding.seen}",
            "yes" if finding.holds else "**no**",
        ]
        for finding in findings
    ]
    return table(["what was done", "what was seen", "holds"], rows).replace(
        "| ---: |", "| --- |", 1
    )
