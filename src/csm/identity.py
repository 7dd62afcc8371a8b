"""What makes two components the same one, and how a person reads which one it is.

Only the identity of components, alone and along a path, lives here; nothing that looks at a
message's content.
"""

from __future__ import annotations

from typing import TypeAlias

from csm.component import Component
from csm.printable import printable

Path: TypeAlias = tuple[Component, ...]
Identity: TypeAlias = tuple[object, ...]


def identity(component: Component) -> Identity:
    """Return what makes two components the same one: type, name and ids, but no unknown keys."""
    return (
        component.component_type,
        component.component_name,
        component.secondary_id,
        component.tertiary_id,
        component.quaternary_id,
    )


def name_of(component: Component) -> str:
    """Return the name as text, whether it is free text or comes from a catalogue."""
    name = component.component_name
    return name if isinstance(name, str) else name.name


def ids_of(component: Component) -> tuple[str, ...]:
    """Return the ids that a component has, from the second to the fourth."""
    ids = (component.secondary_id, component.tertiary_id, component.quaternary_id)
    return tuple(each for each in ids if each is not None)


def label(component: Component) -> str:
    """Return name and ids for a person to read, safe to print: `MADM/ROTX/Server-02`."""
    return "/".join(printable(part) for part in (name_of(component), *ids_of(component)))


def path_label(path: Path) -> str:
    """Return a path of components for a person to read: `SIA > Persistence`."""
    return " > ".join(label(component) for component in path)
