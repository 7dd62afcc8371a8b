"""Secrets: what is recognised, and that it is masked wherever a report has text."""

from __future__ import annotations

import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import (
    Component,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentType,
    Note,
    StatusMessage,
    catalogue_sandbox,
    to_json_string,
)
from csm.checks import StatusReporter, redact_secrets, redaction

SECRET = "h0pSecret99"


NOTATIONS = [
    f"postgresql://shop:{SECRET}@db/x",
    f"redis://:{SECRET}@cache:6379/0",
    f"shop:{SECRET}@tcp(db:3306)/x",
    f"password={SECRET}",
    f"PASSWORD = '{SECRET} and more'",
    f'{{"api_key": "{SECRET}"}}',
    f"{{'client_secret': '{SECRET}'}}",
    f"Server=db;Uid=shop;Pwd={SECRET};",
    f"Pwd={{{SECRET}}};",
    f"Authorization: Bearer {SECRET}",
    f"GET /?token={SECRET}&x=1",
    f"create user shop identified by '{SECRET}'",
    f"Cookie: session={SECRET}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"AWS_SECRET_ACCESS_KEY={SECRET}",
    f"https://hooks.example/x?sig={SECRET}",
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_secrets_are_masked_in_the_usual_notations(text: str) -> None:
    """Addresses, connection strings, headers, JSON, keys."""
    redacted = redact_secrets(text)
    assert SECRET not in redacted
    assert "***" in redacted


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "glpat-" + "a1" * 10,
        "xoxb-" + "1" * 12,
        "sk-" + "a1" * 16,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_tokens_are_known_by_their_shape(text: str) -> None:
    """Even where nothing says what they are."""
    assert "at ***" == redact_secrets(f"at {text}")


@pytest.mark.parametrize(
    "text",
    [
        "no password was given",
        "connection to db.example:5432 refused after 3 tries",
        "mail to cook@shop.example",
        "the token is 17 seconds old",
        "https://shop.example/cellar?page=2",
        "2026-01-01 12:00:00 [cellar] full: 17 of 17",
    ],
)
def test_other_text_stays(text: str) -> None:
    """What holds no secret can be read."""
    assert text == redact_secrets(text)


@given(st.lists(st.sampled_from(NOTATIONS) | st.text(max_size=5)).map("".join))
def test_signs_leave_out_nothing(text: str) -> None:
    """What is masked is what the patterns find, although most are looked for only at a sign."""
    expected = text
    for kind in redaction._KINDS:
        expected = kind.pattern.sub(kind.replacement, expected)
    assert expected == redact_secrets(text)


@given(st.text())
def test_masking_is_done_after_one_time(text: str) -> None:
    """A text that was masked is not changed by masking it again."""
    once = redact_secrets(text)
    assert once == redact_secrets(once)


@pytest.mark.parametrize(
    "text", ["password=" * 5_000, "a:" * 20_000, "://" * 20_000, '\\"' * 20_000]
)
def test_hostile_text_takes_no_hostile_time(text: str) -> None:
    """Twice the text takes far less than ten times as long: no pattern explodes."""

    def taken(of: str) -> float:
        begin = time.process_time()
        redact_secrets(of)
        return time.process_time() - begin

    taken(text)
    assert taken(text * 2) < 10 * max(taken(text), 0.01)


def _full_of_secrets(component: Component) -> StatusMessage:
    secret = f"password={SECRET}"
    note = Note(
        title=secret,
        detail=secret,
        data=secret,
        action_to_take=secret,
        extra={"more": secret},
    )
    return StatusMessage(
        component=component,
        notes=[note],
        extra={"list": [secret, {"deep": secret}, 1, None], "text": secret},
        sub_statuses=[StatusMessage(component=component, notes=[note])],
    )


def test_no_text_of_a_report_holds_a_secret() -> None:
    """Names, ids, notes and unknown keys of every kind of component, at any depth."""
    with catalogue_sandbox():
        components = [
            GeneralComponent(component_name=f"token={SECRET}", secondary_id=f"sig={SECRET}"),
            MajorComponent(
                component_name=MajorComponentType.register("SHOP"), secondary_id=f"sig={SECRET}"
            ),
            MajorExternalComponent(
                component_name=MajorExternalComponentType.register("MAIL"),
                tertiary_id=f"sig={SECRET}",
                extra={"where": f"amqp://shop:{SECRET}@mq/x"},
            ),
        ]
        for number, component in enumerate(components):
            reporter = StatusReporter(component)
            answer = partial(_full_of_secrets, component)
            reporter.add_check(f"cellar {number}", answer, component=component)
            text = to_json_string(reporter.report())
            assert SECRET not in text
            assert text.count("***") >= 14


def test_a_report_without_secrets_is_not_copied() -> None:
    """The message of the check is in the report itself."""
    component = GeneralComponent(component_name="cellar")
    message = StatusMessage(component=component, notes=[Note(title="Full")])
    reporter = StatusReporter(GeneralComponent(component_name="shop"))
    reporter.add_check("cellar", lambda: message)
    assert message is reporter.report().sub_statuses[0]


@pytest.mark.parametrize("redact", [lambda _: 1 / 0, lambda _: None])
def test_a_redaction_that_fails_masks_all(redact: object) -> None:
    """What cannot be looked at is not shown."""
    reporter = StatusReporter(
        GeneralComponent(component_name="shop"),
        redact=redact,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    reporter.add_check("cellar", lambda: Note(title=SECRET))
    assert "***" == reporter.report().sub_statuses[0].notes[0].title
