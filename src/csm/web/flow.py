"""Flows: one request from its facts to its answer, synchronous and asynchronous.

Only the order of the steps lives here, and whom the application lets see details.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar, cast

from csm.checks import redact_secrets
from csm.checks.outcome import log_exception, logger
from csm.web.answer import Answer
from csm.web.endpoint import Endpoint
from csm.web.question import Asked, route_of

R = TypeVar("R")
Details: TypeAlias = bool | Callable[[R], bool]
"""Whether who asks may see details: for everybody, or by what a function says of the request."""
AsyncDetails: TypeAlias = bool | Callable[[R], bool | Awaitable[bool]]
"""The same, where the function may be a coroutine function."""


def respond(endpoint: Endpoint, asked: Asked, request: object) -> Answer:
    """Return the answer to a request.

    Args:
        endpoint: Answers it.
        asked: Its facts.
        request: What the function `details=` gets.
    """
    question = endpoint.question(asked)
    if isinstance(question, Answer):
        return question
    details = endpoint.details
    sees_details = details if isinstance(details, bool) else _decided(details, request)
    if question.below and not sees_details:
        return endpoint.not_found
    route = route_of(asked.route)
    message = endpoint.reporter.report(tags=question.tags, route=route)
    return endpoint.answer(asked, question, message, sees_details=sees_details)


async def respond_async(endpoint: Endpoint, asked: Asked, request: object) -> Answer:
    """Return the answer to a request; arguments as for `respond`."""
    question = endpoint.question(asked)
    if isinstance(question, Answer):
        return question
    details = endpoint.details
    sees_details = details if isinstance(details, bool) else await _decided_async(details, request)
    if question.below and not sees_details:
        return endpoint.not_found
    route = route_of(asked.route)
    message = endpoint.reporter.held(tags=question.tags, route=route)
    if message is None:
        message = await endpoint.reporter.report_async(tags=question.tags, route=route)
    return endpoint.answer(asked, question, message, sees_details=sees_details)


def _decided(details: Callable[[Any], object], request: object) -> bool:
    try:
        decision = details(request)
        if inspect.iscoroutine(decision):
            decision.close()
    except Exception as error:  # noqa: BLE001  # it is the application's: nobody is let in by it
        log_exception("details=", error, redact_secrets)
        return False
    return _is_yes(decision)


async def _decided_async(details: Callable[[Any], object], request: object) -> bool:
    try:
        decision = details(request)
        if inspect.isawaitable(decision):
            decision = await cast("Awaitable[object]", decision)
    except Exception as error:  # noqa: BLE001  # it is the application's: nobody is let in by it
        log_exception("details=", error, redact_secrets)
        return False
    return _is_yes(decision)


def _is_yes(decision: object) -> bool:
    """Take only a bool: a coroutine or a user object that is true by accident lets nobody in."""
    if not isinstance(decision, bool):
        kind = type(decision).__name__
        logger.warning("details= returned a value of type %s, not a bool: no details", kind)
    return decision is True
