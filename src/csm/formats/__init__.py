"""Other health formats: a message written in them, and what they say read as a message.

>>> from csm import GeneralComponent, StatusMessage
>>> message = StatusMessage(component=GeneralComponent(component_name="a"))
>>> body, media_type = write(message, "spring")
>>> media_type
'application/vnd.spring-boot.actuator.v3+json'
>>> read(body, "spring").status
<Status.OK: 'OK'>
"""

from csm.formats.format import Format
from csm.formats.negotiation import Choice, acceptable
from csm.formats.registry import FORMATS, format_of, read, write

__all__ = ["FORMATS", "Choice", "Format", "acceptable", "format_of", "read", "write"]
