"""Hypothesis strategies for status messages and their parts."""

from __future__ import annotations

from hypothesis import strategies as st

from csm import (
    ActionImportance,
    Component,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentType,
    Note,
    Status,
    StatusMessage,
    StatusMessageType,
)
from csm.extra import JsonValue
from csm.timestamps import FIRST_SECOND, LAST_SECOND

# Everything that UTF-8 can hold: all but surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = texts.filter(bool)
optional_texts = st.none() | texts
epoch_seconds = st.integers(FIRST_SECOND, LAST_SECOND)


def json_values() -> st.SearchStrategy[JsonValue]:
    """Any JSON value that a reader keeps."""
    floats = st.floats(allow_nan=False, allow_infinity=False)
    scalars = st.none() | st.booleans() | st.integers() | floats | texts
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    )


def extras() -> st.SearchStrategy[dict[str, JsonValue]]:
    """Unknown keys; nearly always none."""
    unknown = texts.map(lambda key: f"x-{key}")
    some = st.dictionaries(unknown, json_values(), min_size=1, max_size=2)
    return st.one_of(st.just({}), st.just({}), st.just({}), some)


@st.composite
def components(draw: st.DrawFn) -> Component:
    """A component of any kind."""
    secondary_id, tertiary_id, quaternary_id = (draw(optional_texts) for _ in range(3))
    extra = draw(extras())
    match draw(st.sampled_from(["general", "major", "external"])):
        case "general":
            return GeneralComponent(
                component_name=draw(names),
                secondary_id=secondary_id,
                tertiary_id=tertiary_id,
                quaternary_id=quaternary_id,
                extra=extra,
            )
        case "major":
            return MajorComponent(
                component_name=draw(st.sampled_from(list(MajorComponentType))),
                secondary_id=secondary_id,
                tertiary_id=tertiary_id,
                quaternary_id=quaternary_id,
                extra=extra,
            )
        case _:
            return MajorExternalComponent(
                component_name=draw(st.sampled_from(list(MajorExternalComponentType))),
                secondary_id=secondary_id,
                tertiary_id=tertiary_id,
                quaternary_id=quaternary_id,
                extra=extra,
            )


def notes() -> st.SearchStrategy[Note]:
    """A note."""
    return st.builds(
        Note,
        title=names,
        action_importance=st.sampled_from(ActionImportance),
        detail=optional_texts,
        data=optional_texts,
        data_deserialization_key=optional_texts,
        action_to_take=optional_texts,
        extra=extras(),
    )


def _messages(
    sub_statuses: st.SearchStrategy[list[StatusMessage]],
) -> st.SearchStrategy[StatusMessage]:
    return st.builds(
        StatusMessage,
        component=components(),
        status_message_type=st.sampled_from(StatusMessageType),
        status=st.sampled_from(Status),
        epoch_seconds_timestamp=epoch_seconds,
        notes=st.lists(notes(), max_size=2),
        sub_statuses=sub_statuses,
        extra=extras(),
    )


def status_messages(*, max_leaves: int = 5) -> st.SearchStrategy[StatusMessage]:
    """A tree of messages, with unknown keys here and there."""
    return st.recursive(
        _messages(st.just([])),
        lambda inner: _messages(st.lists(inner, max_size=3)),
        max_leaves=max_leaves,
    )
