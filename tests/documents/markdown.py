"""What tests read of a page: its links and anchors, as code hosts and the generator see them."""

import re
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"


def pages() -> list[Path]:
    """Return every page of the project that people read."""
    return sorted([*PROJECT.glob("*.md"), *DOCS.rglob("*.md"), *PROJECT.glob("examples/**/*.md")])


def links(text: str) -> Iterator[str]:
    """Yield the targets of all links and pictures of a page."""
    for token in _tokens(text):
        target = token.attrGet("href") or token.attrGet("src")
        if target:
            yield str(target)


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows: blocks whose first line is a comment with a name.

    Args:
        page: Its path below the documents.
    """
    blocks = (
        token.content
        for token in _tokens((DOCS / page).read_text(encoding="utf-8"))
        if token.type == "fence"
    )
    named = ((re.match(r"# ([\w.-]+)\n", block), block) for block in blocks)
    return {name[1]: block for name, block in named if name}


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    found = set[str]()
    for before, token in pairwise(_tokens(text)):
        if before.type == "heading_open":
            slug = anchor(_words(token))
            again = (f"{slug}-{number}" for number in count(1))
            found.add(slug if slug not in found else next(s for s in again if s not in found))
    return found


def anchor(heading: str) -> str:
    """Return the anchor of a heading: small letters, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(page: Path) -> list[str]:
    """Return what a page's relative links lead to and is not there."""
    broken = list[str]()
    for link in links(page.read_text(encoding="utf-8")):
        path, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (
            fragment and fragment not in anchors(target.read_text(encoding="utf-8"))
        ):
            broken.append(link)
    return broken


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def _words(token: Token) -> str:
    return "".join(child.content for child in token.children or () if child.content)
