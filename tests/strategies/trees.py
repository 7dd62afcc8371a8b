"""Small trees about few components, for rules that depend on which components meet."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from csm import GeneralComponent, Note, Status, StatusMessage, StatusMessageType
from csm.vocabulary import StatusLike, StatusMessageTypeLike

EPOCH = 1_437_064_108

unknown_status = Status.kept("MELTED")
statuses = st.sampled_from([*Status, unknown_status])
names = st.sampled_from(["a", "b", "c"])


def node(
    name: str,
    *below: StatusMessage,
    status: StatusLike = Status.OK,
    notes: Sequence[Note] = (),
    kind: StatusMessageTypeLike = StatusMessageType.COMPONENT,
    at: int = EPOCH,
) -> StatusMessage:
    """A message about a general component."""
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status_message_type=kind,
        status=status,
        epoch_seconds_timestamp=at,
        notes=notes,
        sub_statuses=below,
    )


def chain(length: int, *, leaf_status: Status = Status.OK) -> StatusMessage:
    """A message of that many levels, one message each."""
    message = node(str(length), status=leaf_status)
    for level in reversed(range(1, length)):
        message = node(str(level), message)
    return message


notes = st.builds(
    Note,
    title=st.sampled_from(["full", "slow"]),
    action_importance=st.sampled_from(["NONE", "LOW", "URGENT"]),
    action_to_take=st.none() | st.just("restart it"),
)


def _nodes(below: st.SearchStrategy[list[StatusMessage]]) -> st.SearchStrategy[StatusMessage]:
    return st.builds(
        lambda name, status, noted, kind, at, subs: node(
            name, *subs, status=status, notes=noted, kind=kind, at=at
        ),
        names,
        statuses,
        st.lists(notes, max_size=2),
        st.sampled_from(["COMPONENT", "CLUSTER_NODE"]),
        st.integers(EPOCH, EPOCH + 9),
        below,
    )


trees = st.recursive(
    _nodes(st.just([])), lambda inner: _nodes(st.lists(inner, max_size=4)), max_leaves=12
)


@st.composite
def shuffled(draw: st.DrawFn, message: StatusMessage) -> StatusMessage:
    """The same message with siblings and notes in any order, and other times."""
    below = [draw(shuffled(sub)) for sub in message.sub_statuses]
    return message.replace(
        notes=draw(st.permutations(message.notes)),
        sub_statuses=draw(st.permutations(below)),
        epoch_seconds_timestamp=draw(st.integers(0, EPOCH)),
    )
