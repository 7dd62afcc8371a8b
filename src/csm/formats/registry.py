"""The formats that there are, by name.

Only the table lives here, and the two calls that go through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from csm.errors import nearest
from csm.formats.aspnet import ASPNET
from csm.formats.commons import COMMONS
from csm.formats.format import Format
from csm.formats.health_json import HEALTH_JSON
from csm.formats.html import HTML
from csm.formats.kubernetes import KUBERNETES
from csm.formats.microprofile import MICROPROFILE
from csm.formats.plain_text import TEXT
from csm.formats.prometheus import PROMETHEUS
from csm.formats.spring import SPRING
from csm.message import StatusMessage

FORMATS: Final[Mapping[str, Format]] = {
    each.name: each
    for each in (
        COMMONS,
        HEALTH_JSON,
        SPRING,
        ASPNET,
        MICROPROFILE,
        KUBERNETES,
        HTML,
        TEXT,  # before the other text/plain, which asks for a version
        PROMETHEUS,
    )
}
"""All formats; the first one is what is written where nobody says what is wanted."""


def format_of(name: str) -> Format:
    """Return the format of a name.

    Raises:
        ValueError: There is none.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise ValueError(f"{name!r} is not a format: {nearest(name, FORMATS)}") from None


def write(message: StatusMessage, name: str) -> tuple[bytes, str]:
    """Return a message in another format.

    Args:
        message: The message.
        name: The format; `FORMATS` has them all, and what each loses.

    Returns:
        The body and its media type.

    Raises:
        ValueError: There is no such format.
    """
    found = format_of(name)
    return found.write(message), found.media_types[0]


def read(body: bytes | str, name: str) -> StatusMessage:
    """Return what a body says as a message.

    Args:
        body: The body, as UTF-8.
        name: The format.

    Raises:
        CsmDecodeError: The body cannot be read at all.
        CsmValidationError: It says something that the format does not allow.
        ValueError: There is no such format, or it is only written.
    """
    found = format_of(name)
    if found.read is None:
        raise ValueError(f"{name!r} can only be written")
    return found.read(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body)
