"""Messages that are too large for a server, cut to what their root says."""

import json

import pytest

from csm import GeneralComponent, Note, Status, StatusMessage, from_json_string
from statusek_client import calls
from statusek_client.shortening import LEAST_MESSAGE, fitting
from strategies.client_kit import TOKEN


def tree(parts: int, *notes: Note, status: Status = Status.ERROR) -> StatusMessage:
    subs = [
        StatusMessage(component=GeneralComponent(component_name=f"part {number}"), status=status)
        for number in range(parts)
    ]
    return StatusMessage(
        component=GeneralComponent(component_name="whole"),
        status=Status.OK,
        notes=notes,
        sub_statuses=subs,
    )


def test_what_fits_stays_as_it_is() -> None:
    """A message within the limit travels whole."""
    message = tree(3, Note(title="a note"))
    assert message == from_json_string(fitting(message))


def test_what_does_not_fit_is_cut_to_its_root() -> None:
    """The root stays, with its notes, the worst status, and a note that says what is missing."""
    message = tree(9, Note(title="a note"))
    size = len(json.dumps(fitting(message), ensure_ascii=False).encode())
    assert message == from_json_string(fitting(message, size))
    cut = from_json_string(fitting(message, size - 1))
    said = Note(
        title="This message was cut",
        detail=f"It had {size} bytes and 9 parts below this one, too much for the server; "
        "the status here is the worst of all.",
    )
    expected = message.replace(
        status=Status.ERROR, sub_statuses=(), notes=(Note(title="a note"), said)
    )
    assert expected == cut


def test_notes_that_are_too_large_go_too() -> None:
    """Where the notes of the root alone are too large, only the note about the cut is left."""
    cut = from_json_string(fitting(tree(1, Note(title="n" * 5000)), 1000))
    assert ["This message was cut"] == [note.title for note in cut.notes]


def test_a_root_that_is_too_large_is_refused() -> None:
    """A component's name that is larger than the limit cannot be cut."""
    with pytest.raises(ValueError, match="larger than 100 bytes"):
        fitting(tree(1), 100)


def test_a_call_carries_a_message_that_fits() -> None:
    """What `set_status` sends fits a server; what it would send to a smaller one is shorter."""
    message = tree(30_000)
    post = calls.set_status(TOKEN, "RUN", message, "key")
    assert len(post.request.body) < 1024 * 1024
    whole = tree(300)
    post = calls.set_status(TOKEN, "RUN", whole, "key")
    smaller = calls.smaller(post, whole)
    assert smaller is not None
    shorter = smaller()
    assert (TOKEN, "RUN") == (shorter.token, shorter.status_name)
    assert len(shorter.request.body) < LEAST_MESSAGE + 500 < len(post.request.body)
    assert post.request.headers != shorter.request.headers  # another body wants another key
    assert calls.smaller(post, "a text") is None
    assert calls.smaller(post, None) is None
