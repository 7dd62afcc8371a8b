"""The cattrs converter that knows status messages.

Only the registration of hooks lives here; they call the serializer, so there is one behaviour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csm.codec.values import Json
from csm.message import StatusMessage

if TYPE_CHECKING:
    from cattrs import Converter


def make_converter() -> Converter:
    """A new cattrs converter for classes that have a StatusMessage among their fields.

    Returns:
        A converter of its own, so that hooks registered on it reach nobody else.

    >>> import attrs
    >>> from csm import GeneralComponent
    >>> @attrs.frozen
    ... class Report:
    ...     host: str
    ...     message: StatusMessage
    >>> database = GeneralComponent(component_name="database")
    >>> report = Report("web-1", StatusMessage(component=database, epoch_seconds_timestamp=0))
    >>> converter = make_converter()
    >>> converter.unstructure(report)["message"]["component"]
    {'componentType': 'GENERAL', 'componentName': 'database'}
    >>> converter.structure(converter.unstructure(report), Report) == report
    True
    """
    from cattrs import Converter

    from csm.serializer import StatusMessageSerializer

    converter = Converter()

    def structure(values: Json, _: object) -> StatusMessage:
        return StatusMessageSerializer.from_dict(values)

    def unstructure(message: StatusMessage) -> dict[str, Any]:
        return StatusMessageSerializer.to_dict(message)

    converter.register_structure_hook(StatusMessage, structure)
    converter.register_unstructure_hook(StatusMessage, unstructure)
    return converter
