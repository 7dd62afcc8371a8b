"""The pictures of the documents."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from documents.markdown import DOCS, PROJECT, links, pages

pytestmark = pytest.mark.slow

PICTURES = sorted((DOCS / "images").iterdir())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_picture_is_shown_somewhere(picture: Path) -> None:
    """No picture is left over from a page that has changed."""
    shown = {
        (page.parent / link).resolve()
        for page in pages()
        for link in links(page.read_text(encoding="utf-8"))
    }
    assert picture in shown


@pytest.mark.parametrize("picture", [each for each in PICTURES if each.suffix == ".svg"], ids=str)
def test_a_drawing_loads_nothing_and_runs_nothing(picture: Path) -> None:
    """A drawing is well-formed, and asks no other host for anything."""
    text = picture.read_text(encoding="utf-8")
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(text).tag
    for word in ("url(http", "@import", "<script", "href="):
        assert word not in text


def test_the_project_has_pictures() -> None:
    """The tests above have something to look at."""
    assert len(PICTURES) > 4
    assert PROJECT in DOCS.parents
