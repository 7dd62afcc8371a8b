"""The navigation: what Sphinx makes of the lists on the pages."""

from pathlib import Path

from docs.navigation import Section, as_read, is_list, sections
from documents.markdown import DOCS


def reached(page: Path) -> set[Path]:
    """Return a page and all that the navigation shows below it."""
    found = {page}
    if is_list(page.stem):
        for section in sections(page.read_text(encoding="utf-8")):
            for path in section.pages:
                found |= reached((page.parent / path).resolve())
    return found


def test_every_page_is_in_the_navigation() -> None:
    """Whoever begins at docs/index.md can come to every page by lists alone."""
    assert set(DOCS.rglob("*.md")) == reached(DOCS / "index.md")


def test_lists_and_tables_lead_to_pages_by_headings() -> None:
    """Items and first cells that begin with a link to a page count, below their heading."""
    text = (
        "# Title\n\n- [A](a.md): first\n- text [no](no.md)\n\n## Second\n\n| | |\n|---|---|\n"
        "| [B](b/README.md) | [no](no.md) |\n\n## Empty\n\n- [far](https://example.com/x.md)\n"
    )
    assert [Section("", ("a.md",)), Section("Second", ("b/README.md",))] == list(sections(text))
    assert as_read("index", text) == (
        f"{text}\n```{{toctree}}\n:hidden:\n\na\n```\n"
        "\n```{toctree}\n:hidden:\n:caption: Second\n\nb/README\n```\n"
    )


def test_a_page_that_is_no_list_is_read_as_it_stands() -> None:
    """Only pages named index or README get a navigation."""
    assert as_read("models", "- [A](a.md)\n") == "- [A](a.md)\n"


def test_the_changelog_is_the_file_at_the_root_with_links_from_here() -> None:
    """The page that stands for the changelog is read as the changelog itself."""
    text = as_read("changelog", "a pointer")
    assert text.startswith("# Changelog")
    assert "](compatibility.md)" in text
