"""attrs' classes and validators with cattrs, as its documentation shows camel case and unions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs
from attrs.validators import in_, instance_of, min_len
from attrs.validators import optional as or_none
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from benchmarks.peers.peer import Kinds, Peer
from benchmarks.peers.words import WORDS, External, Importance, Major, MessageType, Status

is_text = instance_of(str)


@attrs.frozen(kw_only=True)
class General:
    """A component that no catalogue names."""

    component_name: str = attrs.field(validator=[is_text, min_len(1)])
    secondary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    tertiary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    quaternary_id: str | None = attrs.field(default=None, validator=or_none(is_text))


@attrs.frozen(kw_only=True)
class MajorComponent:
    """An application of the organisation."""

    component_name: Major = attrs.field(validator=in_(Major))
    secondary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    tertiary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    quaternary_id: str | None = attrs.field(default=None, validator=or_none(is_text))


@attrs.frozen(kw_only=True)
class ExternalComponent:
    """An application from outside."""

    component_name: External = attrs.field(validator=in_(External))
    secondary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    tertiary_id: str | None = attrs.field(default=None, validator=or_none(is_text))
    quaternary_id: str | None = attrs.field(default=None, validator=or_none(is_text))


Component: TypeAlias = General | MajorComponent | ExternalComponent
_TAGS = {General: "GENERAL", MajorComponent: "MAJOR", ExternalComponent: "MAJOR_EXTERNAL"}


@attrs.frozen(kw_only=True)
class Note:
    """What there is to say about a status."""

    title: str = attrs.field(validator=[is_text, min_len(1)])
    action_importance: Importance = attrs.field(validator=in_(Importance))
    detail: str | None = attrs.field(default=None, validator=or_none(is_text))
    data: str | None = attrs.field(default=None, validator=or_none(is_text))
    data_deserialization_key: str | None = attrs.field(default=None, validator=or_none(is_text))
    action_to_take: str | None = attrs.field(default=None, validator=or_none(is_text))


@attrs.frozen(kw_only=True)
class Message:
    """The status of a component, and of everything below it."""

    component: Component
    status_message_type: MessageType = attrs.field(validator=in_(MessageType))
    status: Status = attrs.field(validator=in_(Status))
    epoch_seconds_timestamp: int = attrs.field(validator=instance_of(int))
    iso8601_utc_timestamp: str = attrs.field(validator=is_text)
    notes: tuple[Note, ...] = attrs.field(default=(), converter=tuple)
    sub_statuses: tuple[Message, ...] = attrs.field(default=(), converter=tuple)


attrs.resolve_types(Message)
_converter: Any = make_converter()


def _renames(cls: Any) -> dict[str, Any]:  # noqa: ANN401
    return {each.name: override(rename=camel_case(each.name)) for each in attrs.fields(cls)}


def _unstructure(cls: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    return make_dict_unstructure_fn(cls, _converter, _cattrs_omit_if_default=True, **_renames(cls))


def _structure(cls: Any) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    return make_dict_structure_fn(cls, _converter, **_renames(cls))


def camel_case(name: str) -> str:
    """A field's name on the wire."""
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


_converter.register_unstructure_hook_factory(attrs.has, _unstructure)
_converter.register_structure_hook_factory(attrs.has, _structure)
configure_tagged_union(
    Component, _converter, tag_generator=_TAGS.__getitem__, tag_name="componentType"
)


def encode(message: object) -> str:
    """The text of a message, with the members of components in another order than `csm`'s."""
    text: str = _converter.dumps(message, unstructure_as=Message)
    return text


def decode(data: bytes) -> object:
    """A message, checked by the classes."""
    return _converter.loads(data, Message)


KINDS = Kinds(
    message=Message,
    note=Note,
    components={
        "GENERAL": General,
        "MAJOR": MajorComponent,
        "MAJOR_EXTERNAL": ExternalComponent,
    },
    words=WORDS,
)
PEER = Peer("attrs + cattrs, json", encode, decode, KINDS, ("attrs", "cattrs"))
