"""Documents of 100 MB: what they are made of, and what reading one may take.

Each is read in a process of its own, with a bound on its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

SIZE = 100_000_000
HEAD = '{"component":{"componentType":"GENERAL","componentName":"x"},"status":"OK"'
HEAD += ',"epochSecondsTimestamp":0,"iso8601UtcTimestamp":"1970-01-01T00:00:00Z"'


def _filled(before: str, piece: str, after: str) -> str:
    return before + piece * ((SIZE - len(before) - len(after)) // len(piece)) + after


GIANTS: Mapping[str, Callable[[], str]] = {
    "one long name": lambda: _filled(HEAD + ',"x":"', "a", '"}'),
    "one long name, not Latin": lambda: _filled(HEAD + ',"x":"', "日", '"}'),
    "escapes": lambda: _filled(HEAD + ',"x":"', "\\\\", '"}'),
    "escaped surrogates": lambda: _filled(HEAD + ',"x":"', "\\ud83d\\ude00", '"}'),
    "white space": lambda: _filled(HEAD, " \n", "}"),
    "white space before": lambda: _filled("", "\n", HEAD + "}"),
    "digits": lambda: _filled(HEAD + ',"x":', "1", "}"),
    "digits after the point": lambda: _filled(HEAD + ',"x":0.', "1", "}"),
    "an open array": lambda: _filled(HEAD + ',"x":', "[", ""),
    "messages in one another": lambda: _filled("", HEAD + ',"subStatuses":[', ""),
    "empty notes": lambda: _filled(HEAD + ',"notes":[', "{},", "{}]}"),
    "empty messages": lambda: _filled(HEAD + ',"subStatuses":[', "{},", "{}]}"),
    "valid notes": lambda: _filled(
        HEAD + ',"notes":[', '{"title":"x","actionImportance":"LOW"},', "]}"
    ).replace(",]}", "]}"),
    "valid messages": lambda: _filled(HEAD + ',"subStatuses":[', HEAD + "},", HEAD + "}]}"),
    "nulls": lambda: _filled(HEAD + ',"x":[', "null,", "0]}"),
    "the same key again and again": lambda: _filled(HEAD, ',"x":0', "}"),
    "broken at the end": lambda: _filled(HEAD + ',"notes":[', '{"title":"x"},', ""),
    "quotes": lambda: _filled("", '"', ""),
    "commas": lambda: _filled("{", ",", "}"),
}
"""Makers of documents of about 100 MB, by what they are full of."""
