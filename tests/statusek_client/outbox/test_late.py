"""What a late message says."""

import json

import pytest

from csm import GeneralComponent, Note, Status, StatusMessage, from_json_string, to_json_string
from statusek_client.outbox.late import DETAIL, marked

MADE = 1_700_000_000.9


def test_a_csm_says_when_it_was_made() -> None:
    """A note more, and nothing else changes."""
    message = StatusMessage(
        component=GeneralComponent(component_name="db"),
        status=Status.WARN,
        notes=[Note(title="slow")],
    )
    late = marked(to_json_string(message), MADE)
    assert late is not None
    note = Note(title="made at 2023-11-14T22:13:20Z", detail=DETAIL)
    assert message.replace(notes=[*message.notes, note]) == from_json_string(late)
    assert late == marked(to_json_string(message), MADE)  # the same bytes, for the same key


def test_unknown_names_and_keys_stay() -> None:
    """A message of a newer version comes through."""
    text = (
        '{"component":{"componentType":"MAJOR","componentName":"NEW ONE"},"status":"STRANGE",'
        '"epochSecondsTimestamp":0,"colour":"red"}'
    )
    late = json.loads(marked(text, MADE) or "")
    assert ("STRANGE", "red", "NEW ONE", 1) == (
        late["status"],
        late["colour"],
        late["component"]["componentName"],
        len(late["notes"]),
    )


@pytest.mark.parametrize("text", [None, "", "17 files", '{"files": 17}', "{broken", "[]", " 1"])
def test_what_is_no_csm_stays_as_it_is(text: str | None) -> None:
    """Whoever reads such a text may know its form."""
    assert text == marked(text, MADE)
