"""The graph: every status has its box, every edge its line, whatever the names."""

from __future__ import annotations

from hypothesis import given

from statusek_server.board.graph import drawing
from statusek_server.models import StatusModel
from strategies.server_kit import status_models


@given(status_models())
def test_everything_has_its_place_within_the_drawing(model: StatusModel) -> None:
    """Boxes lie inside and do not overlap; previous statuses are above the next ones."""
    drawn = drawing(model)
    assert drawn is not None
    assert tuple(status.name for status in model.statuses) == tuple(b.name for b in drawn.boxes)
    assert model.edges == tuple((line.previous, line.name) for line in drawn.lines)
    places = {box.name: box for box in drawn.boxes}
    for box in drawn.boxes:
        assert -0.5 <= box.x - box.width / 2
        assert box.x + box.width / 2 <= drawn.width + 0.5
        assert 0 <= box.y - box.height / 2 + 0.5
        assert box.y + box.height / 2 <= drawn.height + 0.5
        for other in drawn.boxes:
            apart_x = abs(box.x - other.x) >= (box.width + other.width) / 2
            apart_y = abs(box.y - other.y) >= (box.height + other.height) / 2
            assert other is box or apart_x or apart_y
    for previous, name in model.edges:
        assert places[previous].y < places[name].y
