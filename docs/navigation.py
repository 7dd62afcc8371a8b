"""What Sphinx reads instead of the pages as they stand: the same, with a navigation.

The pages are plain Markdown that reads well in an editor and on a code host. A page named index.md
or README.md leads to the pages that its list items and table rows begin with; its headings of the
second level become the captions. So a new page needs one line in one place.

Some pages only say which file at the root of the project to read; as HTML they are that file.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

DOCS = Path(__file__).resolve().parent
LISTS = ("index", "README")
FILES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}

_HEADING = re.compile(r"^## +(?P<text>.+?) *$")
_ENTRY = re.compile(r"^(?:-|\|) *\[[^\]]+\]\((?P<path>[^)#:]+\.md)\)")


class Section(NamedTuple):
    """Some pages below a caption, which is empty where a page has no headings."""

    caption: str
    pages: tuple[str, ...]


def is_list(docname: str) -> bool:
    """Tell whether a page leads to others."""
    return PurePosixPath(docname).name in LISTS


def sections(text: str) -> Iterator[Section]:
    """Yield what a page of lists leads to.

    Args:
        text: The page as Markdown.

    Yields:
        Each section that has pages, their paths as written there.
    """
    caption, pages = "", list[str]()
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            if pages:
                yield Section(caption, tuple(pages))
            caption, pages = heading["text"], []
        elif entry := _ENTRY.match(line):
            pages.append(entry["path"])
    if pages:
        yield Section(caption, tuple(pages))


def as_read(docname: str, text: str) -> str:
    """Return a page as Sphinx shall read it.

    Args:
        docname: Its name in Sphinx: the path below the documents, without the ending.
        text: The page as Markdown.
    """
    if docname in FILES:
        return _from_root((DOCS.parent / FILES[docname]).read_text(encoding="utf-8"))
    if not is_list(docname):
        return text
    return text + "".join(_toctree(section) for section in sections(text))


def _from_root(text: str) -> str:
    return text.replace("](docs/", "](")


def _toctree(section: Section) -> str:
    caption = f":caption: {section.caption}\n" if section.caption else ""
    entries = "\n".join(path.removesuffix(".md") for path in section.pages)
    return f"\n```{{toctree}}\n:hidden:\n{caption}\n{entries}\n```\n"
