"""The links of the documents, without asking the network."""

from pathlib import Path

import pytest

from documents.markdown import PROJECT, anchors, broken_links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_relative_link_leads_to_something(page: Path) -> None:
    """Files and anchors that a page names by a relative path are there."""
    assert [] == broken_links(page)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A missing file, a missing anchor and a missing picture are told; what is there is not."""
    (tmp_path / "other.md").write_text("# Other page\n\n## What `it` is, and why\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#what-it-is-and-why) [c](#here) ![d](none.png)\n\n"
        "| |\n|---|\n| [e](none.md) |\n\n## Here\n\n[f](other.md#none) <https://example.com>\n\n"
        "```\n[g](code.md)\n```\n"
    )
    assert ["none.png", "none.md", "other.md#none"] == broken_links(page)


def test_headings_of_the_same_words_have_anchors_of_their_own() -> None:
    """The second heading of the same words gets a number, as on code hosts."""
    assert {"keys", "keys-1", "a_b-c"} == anchors("# Keys\n\n## Keys\n\n### `a_b` c!\n")
