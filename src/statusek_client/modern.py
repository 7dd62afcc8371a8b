"""The modern interface `/api/v1`, as far as the client uses it: status models.

The values, their JSON keys and the calls live together here, apart from the two dialects: only
servers of ours have this interface, few callers need it, and nothing loads it before. Errors are
problems of RFC 9457 with real HTTP codes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar, cast
from urllib.parse import quote, urlencode

import attrs

from statusek_client import refusals
from statusek_client.calls import Call, check_text
from statusek_client.fields import JsonObject, NotUnderstoodError, json_object, objects, text, typed
from statusek_client.wire import RefusalError, Request, Response, instant, known_code

Result = TypeVar("Result")

_NOT_TOLD = "this server is older, or an original, and does not tell its instances"
_ONLY_OURS = (
    "the status model cannot be known from this server: it is older, or an original, and does not "
    "tell its models"
)


@attrs.frozen(kw_only=True)
class ModelStatus:
    """One status of a model; `after` names the statuses that come before it."""

    name: str
    type: str
    description: str = ""
    after: tuple[str, ...] = ()
    id: int | None = None


@attrs.frozen(kw_only=True)
class Model:
    """The status model of an object; `timeout` is the default life of an instance, in seconds."""

    name: str
    description: str = ""
    timeout: int | None = None
    statuses: tuple[ModelStatus, ...] = ()

    @property
    def mandatory(self) -> tuple[ModelStatus, ...]:
        """The statuses that must come, in the order of the model."""
        return tuple(status for status in self.statuses if status.type == "MANDATORY")


@attrs.frozen(kw_only=True)
class InstanceState:
    """How an instance stands: `reason` and `finished` are None while it is open."""

    token: str
    object_name: str
    reason: str | None = None
    created: datetime
    due: datetime
    finished: datetime | None = None
    set_statuses: tuple[str, ...] = ()
    missing_mandatory: tuple[str, ...] = ()


def instance(token: str) -> Call[InstanceState]:
    """Ask how an instance stands, which only the modern interface tells."""
    check_text("token", token)
    return Call(
        name="instances",
        request=Request("GET", f"/api/v1/instances/{_segment(token)}"),
        read=_from_resource(read_instance, absent=refusals.INSTANCE_TOKEN_IS_NOT_FOUND),
        token=token,
        lack=_NOT_TOLD,
    )


def instances(
    wanted: Mapping[str, str | int | None],
) -> Call[tuple[tuple[InstanceState, ...], str | None]]:
    """Ask for a page of instances, newest first, and where the next one begins.

    Args:
        wanted: the parameters of the listing by their names; None for those that do not matter.
    """
    query = urlencode({name: value for name, value in wanted.items() if value is not None})
    return Call(
        name="instances",
        request=Request("GET", f"/api/v1/instances?{query}"),
        read=_from_resource(_read_page, absent=refusals.OBJECT_NAME_IS_NOT_FOUND),
        lack=_NOT_TOLD,
    )


def model(object_name: str) -> Call[Model]:
    """Ask for the model of an object, which only the modern interface tells."""
    check_text("object_name", object_name)
    return Call(
        name="models",
        request=Request("GET", f"/api/v1/models/{_segment(object_name)}"),
        read=_from_resource(read_model, absent=refusals.OBJECT_NAME_IS_NOT_FOUND),
        object_name=object_name,
        lack=_ONLY_OURS,
    )


def object_of_instance(token: str) -> Call[str]:
    """Ask which object an instance was made of, which only the modern interface tells."""
    check_text("token", token)
    return Call(
        name="instances",
        request=Request("GET", f"/api/v1/instances/{_segment(token)}"),
        read=_from_resource(read_object_name, absent=refusals.INSTANCE_TOKEN_IS_NOT_FOUND),
        token=token,
        lack=_ONLY_OURS,
    )


def _segment(name: str) -> str:
    # Names of dots only would be taken for steps through the path.
    return quote(name, safe="") if name.strip(".") else name.replace(".", "%2E")


def read_model(fields: JsonObject) -> Model:
    """Return the model that the modern interface describes; unknown keys are ignored."""
    timeout = fields.get("timeout")
    if not (timeout is None or type(timeout) is int):
        raise NotUnderstoodError("its 'timeout' is not a number of seconds")
    return Model(
        name=typed(fields, "name", str),
        description=text(fields, "description"),
        timeout=timeout,
        statuses=tuple(_model_status(item) for item in objects(fields.get("statuses"), "statuses")),
    )


def read_object_name(fields: JsonObject) -> str:
    """Return the object that an instance, as the modern interface describes it, was made of."""
    return typed(fields, "object", str)


def read_instance(fields: JsonObject) -> InstanceState:
    """Return how an instance stands, as the modern interface describes it."""
    finished = fields.get("finished")
    return InstanceState(
        token=typed(fields, "token", str),
        object_name=typed(fields, "object", str),
        reason=text(fields, "reason") or None,
        created=instant(typed(fields, "created", str)),
        due=instant(typed(fields, "due", str)),
        finished=None if finished is None else instant(typed(fields, "finished", str)),
        set_statuses=_names(fields.get("set_statuses"), "set_statuses"),
        missing_mandatory=_names(fields.get("missing_mandatory"), "missing_mandatory"),
    )


def _read_page(fields: JsonObject) -> tuple[tuple[InstanceState, ...], str | None]:
    found = objects(fields.get("instances"), "instances")
    return tuple(map(read_instance, found)), text(fields, "next") or None


def read_problem(fields: JsonObject) -> RefusalError | None:
    """Return the refusal that an RFC 9457 problem states, or None where it is not a problem."""
    title = fields.get("detail") or fields.get("title")
    if not isinstance(title, str) or type(fields.get("status")) is not int:
        return None
    return RefusalError(known_code(fields), title)


def _model_status(item: JsonObject) -> ModelStatus:
    return ModelStatus(
        name=typed(item, "name", str),
        type=typed(item, "type", str),
        description=text(item, "description"),
        after=_names(item.get("after"), "after"),
        id=typed(item, "id", int) if item.get("id") is not None else None,
    )


def _names(value: object, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    names = cast("list[object]", value if isinstance(value, list) else [None])
    if not all(isinstance(name, str) for name in names):
        raise NotUnderstoodError(f"its {key!r} is not a list of names")
    return tuple(cast("list[str]", names))


def _from_resource(
    read: Callable[[JsonObject], Result], *, absent: str
) -> Callable[[Response], Result]:
    """Return how to read a resource of the modern interface, whose 404 means `absent`."""

    def read_response(response: Response) -> Result:
        fields = json_object(response.body)
        if response.status_code == 200:
            return read(fields)
        problem = read_problem(fields)
        if problem is None:
            raise NotUnderstoodError("it is neither the resource nor a problem")
        if problem.code is None and response.status_code == 404:
            raise RefusalError(absent, problem.message)
        raise problem

    return read_response
