"""Secrets kept out of reports: passwords in addresses, keys and tokens are masked.

Only the recognition of secrets in text, and its use on a message, live here. Every pattern is
bounded, so that a long text costs time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypedDict, cast

import attrs

from csm.component import Component, GeneralComponent, MajorComponent, MajorExternalComponent
from csm.extra import JsonValue
from csm.message import StatusMessage
from csm.note import Note
from csm.tree import rebuilt

Redact: TypeAlias = Callable[[str], str]

MASK = "***"


class _Ids(TypedDict):
    secondary_id: str | None
    tertiary_id: str | None
    quaternary_id: str | None


_NAMES = (
    "pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|api[_.-]?key|access[_.-]?key"
    "|account[_.-]?key|private[_.-]?key|shared[_.-]?key|encryption[_.-]?key|auth(?:orization)?"
    "|cookie|session(?:[_.-]?id)?|signature|sig|x-amz-credential"
)
_QUOTED = r'\\?"(?:[^"\\]|\\[^"]|\\"(?!\s*[,}\]])){0,4000}\\?"|' + r"'(?:[^'\\]|\\.|''){0,4000}'"


@attrs.frozen
class _Kind:
    """A kind of secret: how it looks, and what is there instead.

    Attributes:
        signs: What is in every text with such a secret, casefolded, one of them at least: looking
            for them costs a tenth of looking for the pattern, and hardly any text has one.
        pattern: What is masked.
        replacement: What is there instead, for the pattern.
    """

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str] = MASK


def _masked_value(match: re.Match[str]) -> str:
    name, value = match[1], match[2]
    for quote in ('\\"', '"', "'"):
        if value.startswith(quote):
            return f"{name}{quote}{MASK}{quote}"
    return f"{name}{MASK}"


_KINDS = (
    # A block of a key file.
    _Kind(
        ("-----begin ",),
        re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END|\Z)"),
    ),
    # scheme://user:password@host, up to the last @ of the word: a password may hold one, too.
    _Kind(
        ("@",),
        re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,40}://)[^\s\"'<>]{0,1000}@"),
        rf"\1{MASK}@",
    ),
    # user:password@host without a scheme, as Go and MySQL write it.
    _Kind(
        ("@",),
        re.compile(r"(?<![\w/@])[\w.%+-]{1,100}:[^\s:@/\"'<>]{1,200}@(?=[\w(\[])"),
        rf"{MASK}@",
    ),
    # Authorization: Bearer ..., wherever it stands.
    _Kind(
        ("bearer", "basic", "digest", "negotiate", "apikey"),
        re.compile(r"(?i)\b(bearer|basic|digest|negotiate|apikey)\s+[\w.~+/=:-]{6,4000}"),
        rf"\1 {MASK}",
    ),
    # name=value, name: value, "name": "value", PWD={value}
    _Kind(
        ("=", ":"),
        re.compile(
            rf"(?i)((?:(?<![a-z])|(?<=[_.-]))(?:{_NAMES})s?(?:[_.-][\w.-]{{0,40}})?\\?[\"']?\]?"
            rf"\s{{0,5}}(?:=>|=|:)\s{{0,5}})"
            rf"({_QUOTED}|\{{[^}}]{{0,4000}}\}}|[^\s,;&\"')\]}}]{{1,4000}})"
        ),
        _masked_value,
    ),
    _Kind(
        ("identified",),
        re.compile(r"(?i)(\bidentified\s+by\s+)('[^']{0,1000}'|\S{1,1000})"),
        rf"\1{MASK}",
    ),
    # Keys and tokens with a shape of their own.
    _Kind(("eyj",), re.compile(r"\beyJ[\w-]{5,4000}\.[\w-]{5,4000}(?:\.[\w-]{0,4000})?")),
    _Kind(
        (
            "akia",
            "asia",
            "gh",
            "glpat-",
            "xox",
            "aiza",
            "sk-",
            "sk_",
            "rk-",
            "rk_",
            "npm_",
            "pypi-",
        ),
        re.compile(
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{16,255}|\bgithub_pat_\w{16,255}"
            r"|\bglpat-[\w-]{16,255}|\bxox[abeoprs]-[\w-]{8,255}|\bAIza[\w-]{30,50}"
            r"|\b[sr]k[-_][\w-]{16,255}|\bnpm_\w{20,255}|\bpypi-[\w-]{20,255}"
        ),
    ),
)


def redact_secrets(text: str) -> str:
    """Mask what looks like a secret in a text.

    Recognised are passwords in addresses, the values of names such as `password`, `token` or
    `api_key` in the usual notations, authorization headers, private keys, and tokens that show by
    their shape what they are. A secret that looks like any other word cannot be recognised.

    Args:
        text: Text of any origin.

    Returns:
        The text with `***` in the place of secrets.

    >>> redact_secrets("cannot connect to postgresql://shop:h0p$@db.example/shop?sslmode=require")
    'cannot connect to postgresql://***@db.example/shop?sslmode=require'
    """
    plain = text.casefold()
    for kind in _KINDS:
        if any(map(plain.__contains__, kind.signs)):
            text = kind.pattern.sub(kind.replacement, text)
    return text


def redacted_message(message: StatusMessage, redact: Redact) -> StatusMessage:
    """Return a message in which no text holds a secret; the message itself where none did.

    Args:
        message: The root of a tree.
        redact: Masks the secrets of a text.
    """

    def rebuild(_depth: int, node: StatusMessage, subs: tuple[StatusMessage, ...]) -> StatusMessage:
        changed = node.replace(
            component=redacted_component(node.component, redact),
            notes=[_redacted_note(note, redact) for note in node.notes],
            sub_statuses=subs,
            extra=_redacted_extra(node.extra, redact),
        )
        return node if changed == node else changed

    return rebuilt(message, rebuild)


def redacted_component(component: Component, redact: Redact) -> Component:
    """Return a component in which neither name nor ids hold a secret.

    The names of a catalogue are left: they are part of the program.
    """
    second, third, fourth = (
        None if each is None else redact(each)
        for each in (component.secondary_id, component.tertiary_id, component.quaternary_id)
    )
    ids: _Ids = {"secondary_id": second, "tertiary_id": third, "quaternary_id": fourth}
    extra = _redacted_extra(component.extra, redact)
    if isinstance(component, GeneralComponent):
        name = redact(component.component_name) or MASK
        return component.replace(component_name=name, extra=extra, **ids)
    if isinstance(component, MajorComponent):
        return component.replace(extra=extra, **ids)
    return cast("MajorExternalComponent", component).replace(extra=extra, **ids)


def _redacted_note(note: Note, redact: Redact) -> Note:
    detail, data, action = (
        None if each is None else redact(each)
        for each in (note.detail, note.data, note.action_to_take)
    )
    return note.replace(
        title=redact(note.title) or MASK,
        detail=detail,
        data=data,
        action_to_take=action,
        extra=_redacted_extra(note.extra, redact),
    )


def _redacted_extra(extra: Mapping[str, JsonValue], redact: Redact) -> Mapping[str, JsonValue]:
    return {key: _redacted_value(value, redact) for key, value in extra.items()} or extra


def _redacted_value(value: JsonValue, redact: Redact) -> JsonValue:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redacted_value(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted_value(item, redact) for item in value]
    return value
