"""Reading: what is accepted, what is refused and how, by every engine."""

import json
import pickle
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import (
    CsmDecodeError,
    CsmError,
    CsmValidationError,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    Note,
    Problem,
    Status,
    StatusMessage,
    StatusMessageSerializer,
    StatusMessageType,
    catalogue_sandbox,
    from_json_string,
)
from csm.codec.mirror import mirrored_message
from csm.codec.plain_reading import Progress, is_plain, read
from strategies.csm import json_values, status_messages

EngineName = Literal["stdlib", "msgspec"]
ENGINES: list[EngineName] = ["stdlib", "msgspec"]
engines = pytest.mark.parametrize("engine", ENGINES)

COMPONENT = '"component":{"componentType":"MAJOR","componentName":"SIA"}'
TIME = '"epochSecondsTimestamp":1437064108,"iso8601UtcTimestamp":"2015-07-16T16:28:28Z"'
MINIMAL = f'{{{COMPONENT},"status":"OK",{TIME}}}'
SIA = MajorComponent(component_name="SIA")


def reader(engine: EngineName, **options: Any) -> Callable[[Any], StatusMessage]:  # noqa: ANN401
    """The reading method of a serializer."""
    return StatusMessageSerializer(engine=engine, **options).from_json_string


def error_of(read: Callable[[Any], StatusMessage], text: object) -> CsmError:
    """The error that a text raises."""
    with pytest.raises(CsmError) as caught:
        read(text)
    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value)))
    return caught.value


def problems_of(read: Callable[[Any], StatusMessage], text: object) -> list[tuple[str, str]]:
    """The problems that a text raises, as path and excerpt."""
    error = error_of(read, text)
    assert isinstance(error, CsmValidationError)
    return [(problem.path, problem.excerpt) for problem in error.problems]


def with_fields(**fields: object) -> str:
    """The minimal message with some keys changed; None removes a key."""
    message = json.loads(MINIMAL) | fields
    return json.dumps({key: value for key, value in message.items() if value is not None})


@engines
def test_minimal(engine: EngineName) -> None:
    """The smallest message of the original document can be read."""
    expected = StatusMessage(component=SIA, epoch_seconds_timestamp=1437064108)

    assert expected == reader(engine)(MINIMAL)


@engines
@given(message=status_messages())
def test_round_trip(engine: EngineName, message: StatusMessage) -> None:
    """Every message can be written and read again, in every form."""
    serializer = StatusMessageSerializer(engine=engine)
    text = serializer.to_json_string(message)

    assert message == serializer.from_json_string(text)
    assert message == serializer.from_json_bytes(serializer.to_json_bytes(message))
    assert message == serializer.from_dict(serializer.to_dict(message))
    assert message == serializer.from_json_string(
        StatusMessageSerializer(engine=engine, indent=2).to_json_string(message)
    )
    assert text == serializer.to_json_string(serializer.from_json_string(text))


def plain_message(text: str) -> StatusMessage | None:
    """What the fast reader of the standard library makes of a text."""
    progress = Progress(json.loads(text))
    message = read(progress)
    if message is None or not is_plain(message, text.encode(), progress.strings, 100):
        return None
    return message


@pytest.mark.parametrize("fast", [plain_message, lambda text: mirrored_message(text.encode(), 100)])
def test_simple_messages_take_the_fast_way(
    fast: Callable[[str], StatusMessage | None],
) -> None:
    """A message without unknown keys and nulls needs no second look."""
    below = StatusMessage(
        component=MajorComponent(component_name="MADM", secondary_id="2"),
        notes=[
            Note(title='say "ä" \\ \n', detail="d", action_to_take="a"),
            Note(title="x", data="{}", data_deserialization_key="json"),
        ],
    )
    external = StatusMessageSerializer.from_json_string(
        MINIMAL.replace('"MAJOR"', '"MAJOR_EXTERNAL"').replace("SIA", "EDW")
    )
    general = GeneralComponent(
        component_name="x", secondary_id="2", tertiary_id="3", quaternary_id="4"
    )
    message = StatusMessage(component=general, sub_statuses=[below, external, below])
    for each in (message, external, below):
        assert each == fast(StatusMessageSerializer.to_json_string(each))
    assert from_json_string(MINIMAL) == fast(MINIMAL)


@engines
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes(engine: EngineName, kind: Callable[[bytes], object]) -> None:
    """Text may come as any kind of bytes."""
    text = with_fields(component={"componentType": "GENERAL", "componentName": "größer 😀"})
    data = json.dumps(json.loads(text), ensure_ascii=False).encode()

    assert reader(engine)(text) == reader(engine)(kind(data))


@engines
@pytest.mark.parametrize("text", [5, None, {"a": 1}, ["x"], 1.5])
def test_wrong_argument(engine: EngineName, text: object) -> None:
    """What is neither text nor bytes is a mistake of the program."""
    with pytest.raises(TypeError, match="JSON must be str or bytes"):
        reader(engine)(text)


@engines
@pytest.mark.parametrize("values", ["x", 5, None, [("status", "OK")]])
def test_wrong_dict(engine: EngineName, values: Any) -> None:  # noqa: ANN401
    """What is no mapping is a mistake of the program."""
    with pytest.raises(TypeError, match="values must be a mapping"):
        StatusMessageSerializer(engine=engine).from_dict(values)


@engines
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"statusMessageType": "CLUSTER_NODE"}, {"status_message_type": "CLUSTER_NODE"}),
        ({"iso8601UtcTimestamp": None}, {}),
        ({"epochSecondsTimestamp": None}, {}),
        ({"iso8601UtcTimestamp": "2015-07-16T18:28:28.7+02:00"}, {}),
        ({"notes": []}, {}),
        ({"subStatuses": []}, {}),
        (
            {"colour": {"a": [1, 2.5, None, True]}},
            {"extra": {"colour": {"a": [1, 2.5, None, True]}}},
        ),
    ],
)
def test_accepted(engine: EngineName, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """Optional keys may be absent, one timestamp is enough, unknown keys are kept."""
    message = StatusMessage(component=SIA, epoch_seconds_timestamp=1437064108).replace(**expected)

    assert message == reader(engine)(with_fields(**fields))


@engines
def test_null_is_absent(engine: EngineName) -> None:
    """null in an optional place is the same as nothing."""
    component = '{"componentType":"MAJOR","componentName":"SIA","secondaryId":null}'
    note = '{"title":"x","actionImportance":"LOW","detail":null,"data":null}'
    text = f'{{"component":{component},"status":"OK",{TIME},"notes":[{note}],"subStatuses":null}}'

    assert StatusMessage(
        component=SIA,
        epoch_seconds_timestamp=1437064108,
        notes=[Note(title="x", action_importance="LOW")],
    ) == reader(engine)(text)
    assert () == reader(engine)(MINIMAL[:-1] + ',"notes":null}').notes


@engines
@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{}", [("$.component", ""), ("$.status", ""), ("$.epochSecondsTimestamp", "")]),
        (
            """{"component":null,"statusMessageType":null,"status":null,
            "epochSecondsTimestamp":null,"iso8601UtcTimestamp":null}""",
            [
                ("$.component", "None"),
                ("$.statusMessageType", "None"),
                ("$.status", "None"),
                ("$.epochSecondsTimestamp", "None"),
                ("$.iso8601UtcTimestamp", "None"),
            ],
        ),
        (with_fields(component="SIA"), [("$.component", "'SIA'")]),
        (with_fields(component=[]), [("$.component", "list of 0")]),
        (
            with_fields(component={}),
            [("$.component.componentType", ""), ("$.component.componentName", "")],
        ),
        (
            with_fields(component={"componentName": "SIA"}),
            [("$.component.componentType", "")],
        ),
        (
            with_fields(component={"componentName": "", "componentType": "MINOR"}),
            [("$.component.componentName", "''"), ("$.component.componentType", "'MINOR'")],
        ),
        (
            with_fields(component={"componentType": ["MAJOR"], "componentName": "SIA"}),
            [("$.component.componentType", "list of 1")],
        ),
        (
            with_fields(component={"componentType": "GENERAL", "componentName": ""}),
            [("$.component.componentName", "''")],
        ),
        (
            with_fields(component={"componentType": "MAJOR", "componentName": "EDW"}),
            [("$.component.componentName", "'EDW'")],
        ),
        (
            with_fields(
                component={
                    "componentType": "MAJOR_EXTERNAL",
                    "componentName": 5,
                    "secondaryId": 5,
                    "tertiaryId": [],
                    "quaternaryId": {},
                }
            ),
            [
                ("$.component.componentName", "5"),
                ("$.component.secondaryId", "5"),
                ("$.component.tertiaryId", "list of 0"),
                ("$.component.quaternaryId", "dict of 0"),
            ],
        ),
        (with_fields(status="ok"), [("$.status", "'ok'")]),
        (with_fields(status=""), [("$.status", "''")]),
        (with_fields(status=1), [("$.status", "1")]),
        (with_fields(status=["OK"]), [("$.status", "list of 1")]),
        (with_fields(statusMessageType="NODE"), [("$.statusMessageType", "'NODE'")]),
        (
            with_fields(epochSecondsTimestamp="1437064108"),
            [("$.epochSecondsTimestamp", "'1437064108'")],
        ),
        (
            with_fields(epochSecondsTimestamp=1437064108.0),
            [("$.epochSecondsTimestamp", "1437064108.0")],
        ),
        (with_fields(epochSecondsTimestamp=True), [("$.epochSecondsTimestamp", "True")]),
        (
            with_fields(epochSecondsTimestamp=10**12),
            [("$.epochSecondsTimestamp", "1000000000000")],
        ),
        (
            with_fields(epochSecondsTimestamp=-(10**30)),
            [("$.epochSecondsTimestamp", str(-(10**30)))],
        ),
        (with_fields(iso8601UtcTimestamp=5), [("$.iso8601UtcTimestamp", "5")]),
        (
            with_fields(iso8601UtcTimestamp="2015-07-16T16:28:28"),
            [("$.iso8601UtcTimestamp", "'2015-07-16T16:28:28'")],
        ),
        (
            with_fields(iso8601UtcTimestamp="2015-07-16T16:28:29Z"),
            [("$.iso8601UtcTimestamp", "'2015-07-16T16:28:29Z'")],
        ),
        (
            f"""{{"iso8601UtcTimestamp":"2015-07-16T16:28:29Z",
            "epochSecondsTimestamp":1437064108,{COMPONENT},"status":"OK"}}""",
            [("$.epochSecondsTimestamp", "1437064108")],
        ),
        (with_fields(notes={}), [("$.notes", "dict of 0")]),
        (with_fields(notes="x"), [("$.notes", "'x'")]),
        (
            with_fields(notes=[None, {}, {"title": "", "actionImportance": "SOON"}]),
            [
                ("$.notes[0]", "None"),
                ("$.notes[1].title", ""),
                ("$.notes[1].actionImportance", ""),
                ("$.notes[2].title", "''"),
                ("$.notes[2].actionImportance", "'SOON'"),
            ],
        ),
        (
            with_fields(
                notes=[
                    {
                        "title": 5,
                        "actionImportance": "LOW",
                        "detail": 1,
                        "data": {},
                        "dataDeserializationKey": [],
                        "actionToTake": True,
                    }
                ]
            ),
            [
                ("$.notes[0].title", "5"),
                ("$.notes[0].detail", "1"),
                ("$.notes[0].data", "dict of 0"),
                ("$.notes[0].dataDeserializationKey", "list of 0"),
                ("$.notes[0].actionToTake", "True"),
            ],
        ),
        (with_fields(subStatuses={"a": 1}), [("$.subStatuses", "dict of 1")]),
        (
            with_fields(subStatuses=[json.loads(MINIMAL), 5, {"notes": 1}], status="BAD"),
            [
                ("$.status", "'BAD'"),
                ("$.subStatuses[1]", "5"),
                ("$.subStatuses[2].notes", "1"),
                ("$.subStatuses[2].component", ""),
                ("$.subStatuses[2].status", ""),
                ("$.subStatuses[2].epochSecondsTimestamp", ""),
            ],
        ),
    ],
)
def test_problems(engine: EngineName, text: str, problems: list[tuple[str, str]]) -> None:
    """Every fault is found, in document order, missing keys after those that are there."""
    assert problems == problems_of(reader(engine), text)
    first = problems_of(reader(engine, problems="first"), text)
    assert 1 == len(first)
    assert first[0] in problems


NOTE = {"title": "x", "actionImportance": "LOW"}
GENERAL = {"componentType": "GENERAL", "componentName": "x"}


@engines
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        *[
            ({"component": GENERAL | {key: 5}}, f"$.component.{key}")
            for key in ("secondaryId", "tertiaryId", "quaternaryId")
        ],
        *[
            ({"notes": [NOTE, NOTE | {key: 5}]}, f"$.notes[1].{key}")
            for key in ("title", "detail", "data", "dataDeserializationKey", "actionToTake")
        ],
        ({"notes": [NOTE, NOTE | {"title": ""}]}, "$.notes[1].title"),
        ({"component": GENERAL | {"componentName": ""}}, "$.component.componentName"),
        ({"component": GENERAL | {"componentName": 5}}, "$.component.componentName"),
        ({"component": GENERAL | {"colour": 5}}, "$.component.colour"),
        ({"component": GENERAL | {"tertiaryId": "3", "colour": 5}}, "$.component.colour"),
        ({"notes": [NOTE | {"colour": 5}]}, "$.notes[0].colour"),
        ({"notes": [NOTE | {"data": "d", "colour": 5}]}, "$.notes[0].colour"),
        ({"colour": 5}, "$.colour"),
        ({"subStatuses": [], "colour": 5}, "$.colour"),
        ({"notes": [], "colour": 5}, "$.colour"),
    ],
)
def test_one_fault(engine: EngineName, fields: dict[str, Any], path: str) -> None:
    """A single fault is found wherever it is, also deep in the tree, and also as the first one."""
    good, bad = json.loads(MINIMAL), json.loads(with_fields(**fields))
    branch = good | {"subStatuses": [good, bad]}
    tree = good | {"subStatuses": [good, branch, good]}
    for problems in ("all", "first"):
        read = reader(engine, extra_keys="reject", problems=problems)
        assert [path] == [each for each, _ in problems_of(read, json.dumps(bad))]
        assert [path.replace("$", "$.subStatuses[1].subStatuses[1]")] == [
            each for each, _ in problems_of(read, json.dumps(tree))
        ]


@engines
def test_fault_in_a_list_that_is_replaced(engine: EngineName) -> None:
    """Where a key stands twice, that is what is told, whatever is in the first of its values."""
    bad = MINIMAL.replace("OK", "MELTED")
    text = f'{MINIMAL[:-1]},"subStatuses":[{MINIMAL},{bad}],"subStatuses":[]}}'
    for problems in ("all", "first"):
        error = error_of(reader(engine, problems=problems), text)
        assert "$.subStatuses: a key that stands twice in one object" == str(error)


@engines
def test_no_stack_left(engine: EngineName) -> None:
    """With ever fewer frames to spare a text is read, or Python's own error says why not."""
    read, reached, text = reader(engine), [0], nested_messages(100)
    whole = read(text)

    def from_deep_inside(frames: int) -> StatusMessage:
        if frames:
            return from_deep_inside(frames - 1)
        reached[0] += 1
        return read(text)

    outcomes: list[StatusMessage | type[RecursionError]] = []
    for spare in range(400, 0, -2):
        try:
            outcomes.append(from_deep_inside(sys.getrecursionlimit() - spare))
        except RecursionError:
            outcomes.append(RecursionError)
    reading = outcomes[: reached[0]]
    assert whole == reading[0]
    assert reading[-1] is RecursionError
    assert all(outcome is RecursionError or outcome == whole for outcome in reading)


def at(line: int | None, column: int | None) -> tuple[int | None, int | None]:
    """A place in a text."""
    return (line, column)


@engines
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", at(1, 1)),
        ("{", at(1, 2)),
        ("nonsense", at(1, 1)),
        ('{\n  "status": ,}', at(2, 13)),
        (MINIMAL + "x", at(1, len(MINIMAL) + 1)),
        (MINIMAL.replace("SIA", "S\nA"), at(1, 57)),
        ('{"ä":\n"ö" x}', at(2, 5)),
        ("\ufeff" + MINIMAL, at(1, 1)),
        (b"\xef\xbb\xbf" + MINIMAL.encode(), at(1, 1)),
        (MINIMAL.encode("utf-16"), at(1, 1)),
        (MINIMAL.encode("utf-16-le"), at(1, 2)),
        (b'{"a":\n "\xc3\xa4\xff"}', at(2, 4)),
        (b'{"a": "\xed\xa0\x80"}', at(1, 8)),
        ('{"a": "\ud800"}', at(1, 8)),
        ('{"a": ["NaN", 1e5,\n-1.5, "\\"1e999", Infinity, NaN]}', at(2, 18)),
        ("[]", at(None, None)),
        ("5", at(None, None)),
        ('"text"', at(None, None)),
        ("null", at(None, None)),
        ('{"a": NaN}', at(1, 7)),
        ('{"a": -Infinity}', at(1, 7)),
        ('{"a": 1e400}', at(1, 7)),
        ("1e400+", at(1, 1)),
        ("[1.5e3, -1e400-.e", at(1, 9)),
        ("[-Infinity0", at(1, 2)),
        ('{"a": -1e400}', at(1, 7)),
        pytest.param('{"a": 1' + "0" * 400 + "}", at(1, 7), id="huge"),
        pytest.param('{"a": 1' + "0" * 5000 + "}", at(1, 7), id="larger than huge"),
        (MINIMAL.replace("1437064108", "1" + "0" * 400), at(1, MINIMAL.index("143") + 1)),
        (MINIMAL.replace("1437064108", "1" + "0" * 5000), at(1, MINIMAL.index("143") + 1)),
        (MINIMAL.replace("1437064108", "1e999"), at(1, MINIMAL.index("143") + 1)),
        (MINIMAL.replace('"OK"', r'"\ud800"'), at(None, None)),
        (MINIMAL[:-1] + r',"x":"\uDC00\uD800"}', at(None, None)),
        (MINIMAL[:-1] + r',"\ud800":1}', at(None, None)),
        ('{"a": 1, "a": 1}', at(None, None)),
        (MINIMAL[:-1] + ',"status":"OK"}', at(None, None)),
        (MINIMAL[:-1] + r',"st\u0061tus":"OK"}', at(None, None)),
        (MINIMAL.replace('"SIA"', '"SIA","componentName":"SIA"'), at(None, None)),
        (
            MINIMAL[:-1] + ',"notes":[{"title":"x","title":"x","actionImportance":"LOW"}]}',
            at(None, None),
        ),
        (MINIMAL[:-1] + f',"subStatuses":[{MINIMAL[:-1]},{TIME}}}]}}', at(None, None)),
        (MINIMAL[:-1] + ',"x":{"deep":[{"a":1,"b":2,"a":3}]}}', at(None, None)),
    ],
)
def test_undecodable(
    engine: EngineName, text: str | bytes, place: tuple[int | None, int | None]
) -> None:
    """What is not acceptable JSON is told with its place, where there is one."""
    for options in ({}, {"problems": "first"}, {"extra_keys": "ignore"}, {"extra_keys": "reject"}):
        error = error_of(reader(engine, **options), text)

        assert isinstance(error, CsmDecodeError)
        assert place == (error.line, error.column)


@engines
@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ('{\n  "status": ,}\n', '  "status": ,}'),
        (MINIMAL + "x", "…" + (MINIMAL + "x")[-78:]),
        (b'{"a":\n "\xc3\xa4\xff"}', ' "ä'),
        ('{"a": "\ud800"}', '{"a": "\ud800"}'),
        ("\ufeff{}", ""),
        ('{"a": NaN}', '{"a": NaN}'),
        ('{"a":\n 1e999 }', " 1e999 }"),
    ],
)
def test_offending_line(engine: EngineName, text: str | bytes, excerpt: str) -> None:
    """What is no JSON is shown with the line in which it stops to be."""
    error = error_of(reader(engine), text)

    assert isinstance(error, CsmDecodeError)
    assert excerpt == error.excerpt


@engines
@pytest.mark.parametrize("problems", ["all", "first"])
def test_decode_errors_come_first(engine: EngineName, problems: str) -> None:
    """A text that is both undecodable and invalid is undecodable, wherever the two faults are."""
    invalid = MINIMAL.replace("OK", "MELTED")
    for text in (
        invalid[:-1] + ',"x":1,"x":2}',
        invalid[:-1] + r',"x":"\ud800"}',
        invalid[:-1] + ',"x":1e999}',
        invalid + "x",
    ):
        assert isinstance(error_of(reader(engine, problems=problems), text), CsmDecodeError)


@engines
def test_path_of_a_key_that_stands_twice(engine: EngineName) -> None:
    """The error for a key that stands twice says which."""
    text = MINIMAL[:-1] + ',"x":{"deep":[{"a":1,"b":2,"a":3}]}}'

    assert "$.x.deep[0].a: a key that stands twice in one object" == str(
        error_of(reader(engine), text)
    )


@engines
def test_valid_surrogate_pairs(engine: EngineName) -> None:
    """An escaped pair of surrogates is one character."""
    text = MINIMAL.replace('"MAJOR"', '"GENERAL"').replace("SIA", r"\ud83d\ude00 \\ud800")

    assert "😀 \\ud800" == reader(engine)(text).component.component_name


@engines
def test_size(engine: EngineName) -> None:
    """Size is counted in bytes of UTF-8, and the limit itself is allowed."""
    for character in ("a", "ä", "€", "😀"):
        text = MINIMAL.replace('"MAJOR"', '"GENERAL"').replace("SIA", character * 5)
        size = len(text.encode())
        for source in (text, text.encode()):
            assert reader(engine, max_bytes=size)(source).component.component_name
            error = error_of(reader(engine, max_bytes=size - 1), source)
            assert isinstance(error, CsmDecodeError)
            expected = f"too large: more than the {size - 1:,} bytes that max_bytes allows"
            assert expected == str(error)


@engines
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        MINIMAL[:-1] + ',"x":' + "[" * 100_000 + "]" * 100_000 + "}",
        MINIMAL[:-1] + ',"subStatuses":[{' * 100_000,
        (MINIMAL[:-1] + ',"subStatuses":[') * 20_000 + MINIMAL + "]}" * 20_000,
        '{"status":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"component":' * 100_000 + "1" + "}" * 100_000,
        '{"notes":[' * 100_000 + "]}" * 100_000,
    ],
    ids=range(8),
)
@pytest.mark.parametrize("recursion_limit", [1_000, 1_000_000])
def test_hostile_depth(engine: EngineName, text: str, recursion_limit: int) -> None:
    """Any depth is a clear error, whatever the recursion limit."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(recursion_limit)
    try:
        error = error_of(reader(engine, max_bytes=2**30), text)
    finally:
        sys.setrecursionlimit(before)

    assert isinstance(error, CsmDecodeError)


def nested_messages(levels: int) -> str:
    """The text of some messages in one another."""
    return (MINIMAL[:-1] + ',"subStatuses":[') * (levels - 1) + MINIMAL + "]}" * (levels - 1)


def nested_lists(levels: int) -> str:
    """The text of some arrays in one another."""
    return "[" * levels + "]" * levels


@engines
def test_depth_of_messages(engine: EngineName) -> None:
    """A hundred messages from root to leaf are read, one more is not; the limit can be lowered."""
    assert 100 == reader(engine)(nested_messages(100)).height
    assert 5 == reader(engine, max_depth=5)(nested_messages(5)).height
    for options, levels in (({}, 101), ({"max_depth": 5}, 6), ({"max_depth": 1}, 2)):
        error = error_of(reader(engine, **options), nested_messages(levels))
        assert isinstance(error, CsmDecodeError)


@engines
@pytest.mark.parametrize("extra_keys", ["keep", "ignore", "reject"])
def test_depth_of_unknown_values(engine: EngineName, extra_keys: str) -> None:
    """An unknown value nests a hundred levels and no more, wherever it is, kept or not."""
    note = '{"title":"x","actionImportance":"LOW","x":%s}'
    places = [
        MINIMAL[:-1] + ',"x":%s}',
        MINIMAL[:-1] + f',"notes":[{note}]}}',
        MINIMAL.replace('"SIA"', '"SIA","x":%s'),
        nested_messages(100).replace('"SIA"', '"SIA","x":%s', 1),
        nested_messages(100)[::-1].replace('"AIS"', 's%:"x","AIS"', 1)[::-1],
        (MINIMAL[:-1] + ',"subStatuses":[') * 99 + MINIMAL[:-1] + ',"x":%s}' + "]}" * 99,
    ]
    for place in places:
        error = error_of(reader(engine, extra_keys=extra_keys), place % nested_lists(101))
        assert isinstance(error, CsmDecodeError)
        if extra_keys == "reject":
            assert problems_of(reader(engine, extra_keys=extra_keys), place % nested_lists(100))
        else:
            assert reader(engine, extra_keys=extra_keys)(place % nested_lists(100)).height


@engines
def test_full_depth_from_deep_inside(engine: EngineName) -> None:
    """A message of full depth, with unknown values as deep, is read by a caller that is deep."""
    text = (MINIMAL[:-1] + ',"subStatuses":[') * 99
    text += MINIMAL[:-1] + f',"x":{nested_lists(100)}}}' + "]}" * 99

    def from_deep_inside(frames: int, work: Callable[[], StatusMessage]) -> StatusMessage:
        return work() if frames == 0 else from_deep_inside(frames - 1, work)

    serializer = StatusMessageSerializer(engine=engine)
    message = from_deep_inside(500, lambda: serializer.from_json_string(text))
    for source in (nested_messages(100), text):
        deep = from_deep_inside(500, partial(serializer.from_json_string, source))
        assert 100 == deep.height
    from_deep_inside(500, lambda: serializer.from_dict(serializer.to_dict(message)))
    bad = text.replace("OK", "BAD")
    with pytest.raises(CsmValidationError) as caught:
        from_deep_inside(500, lambda: serializer.from_json_string(bad))
    assert 100 == len(caught.value.problems)


@engines
def test_extra_keys(engine: EngineName) -> None:
    """Unknown keys are kept, ignored or rejected, in all three kinds of object."""
    note = '{"title":"x","actionImportance":"LOW","c":3}'
    text = MINIMAL.replace('"SIA"', '"SIA","b":2')[:-1] + f',"notes":[{note}],"a b":[1]}}'
    kept = reader(engine)(text)
    ignored = reader(engine, extra_keys="ignore")(text)

    assert ({"a b": [1]}, {"b": 2}, {"c": 3}) == (
        kept.extra,
        kept.component.extra,
        kept.notes[0].extra,
    )
    assert ({}, {}, {}) == (ignored.extra, ignored.component.extra, ignored.notes[0].extra)
    assert kept == ignored.replace(
        component=SIA.replace(extra={"b": 2}),
        notes=[Note(title="x", action_importance="LOW", extra={"c": 3})],
        extra={"a b": [1]},
    )
    assert [
        ("$.component.b", "2"),
        ("$.notes[0].c", "3"),
        ("$['a b']", "list of 1"),
    ] == problems_of(reader(engine, extra_keys="reject"), text)


@engines
def test_unknown_values(engine: EngineName) -> None:
    """Unknown names of every enum are kept when that was asked for, except a component's type."""
    note = {"title": "x", "actionImportance": "SOON"}
    text = with_fields(
        component={"componentType": "MAJOR", "componentName": "LEGACY"},
        status="MELTED",
        statusMessageType="SATELLITE",
        notes=[note],
        subStatuses=[
            json.loads(
                with_fields(component={"componentType": "MAJOR_EXTERNAL", "componentName": "old"})
            )
        ],
    )
    message = reader(engine, unknown_values="keep")(text)

    assert Status.kept("MELTED") is message.status
    assert StatusMessageType.kept("SATELLITE") is message.status_message_type
    assert MajorComponentType.kept("LEGACY") is message.component.component_name
    assert "SOON" == message.notes[0].action_importance.name
    assert "LEGACY" not in MajorComponentType
    written = StatusMessageSerializer(engine=engine).to_json_string(message)
    assert message == reader(engine, unknown_values="keep")(written)
    assert message == pickle.loads(pickle.dumps(message))
    assert 5 == len(problems_of(reader(engine), text))
    assert [("$.component.componentType", "'MINOR'")] == problems_of(
        reader(engine, unknown_values="keep"),
        with_fields(component={"componentType": "MINOR", "componentName": "x"}),
    )
    assert [("$.status", "''")] == problems_of(
        reader(engine, unknown_values="keep"), with_fields(status="")
    )


@engines
def test_registered_names(engine: EngineName) -> None:
    """A name is readable from its registration on, until that is undone."""
    text = with_fields(component={"componentType": "MAJOR", "componentName": "BILLING"})
    assert [("$.component.componentName", "'BILLING'")] == problems_of(reader(engine), text)
    with catalogue_sandbox():
        billing = MajorComponentType.register("BILLING")
        assert billing is reader(engine)(text).component.component_name
    assert [("$.component.componentName", "'BILLING'")] == problems_of(reader(engine), text)


@engines
def test_many_problems(engine: EngineName) -> None:
    """At most a thousand problems are told, then how many more there are."""
    error = error_of(reader(engine), with_fields(notes=[{}] * 1_000))

    assert isinstance(error, CsmValidationError)
    assert 1_001 == len(error.problems)
    assert Problem("$", "1,000 more problems are not listed") == error.problems[-1]
    assert Problem("$.notes[499].actionImportance", "is missing") == error.problems[999]


@engines
def test_hints(engine: EngineName) -> None:
    """A problem with a name says which names there are, and how to add one."""
    error = error_of(
        reader(engine),
        with_fields(component={"componentType": "MAJOR", "componentName": "SAI"}),
    )

    assert (
        "$.component.componentName: is no registered MajorComponentType: expected one of SIA, "
        "MADM; did you mean SIA?; register(…) or a catalogue file adds a name (found: 'SAI')"
    ) == str(error)


@pytest.mark.parametrize(
    "values",
    [
        {"status": float("nan")},
        {"x": float("inf")},
        {"x": 10**400},
        {"x": "\ud800"},
        {"\ud800": 1},
        {5: 1},
        {"x": object()},
        {"x": b"bytes"},
        {"component": {"componentName": {1, 2}}},
    ],
)
def test_dict_of_other_values(values: dict[Any, Any]) -> None:
    """A dict may hold only what JSON can."""
    with pytest.raises(CsmDecodeError):
        StatusMessageSerializer.from_dict(json.loads(MINIMAL) | values)


def test_dict_inside_itself() -> None:
    """A dict that contains itself is nested too deep."""
    values = json.loads(MINIMAL)
    values["subStatuses"] = [values, values]
    with pytest.raises(CsmDecodeError, match="deeper than 100 messages"):
        StatusMessageSerializer.from_dict(values)


def test_dict_with_tuples() -> None:
    """A tuple in a dict is an array."""
    values = json.loads(MINIMAL) | {"notes": ({"title": "x", "actionImportance": "LOW"},)}

    assert (Note(title="x", action_importance="LOW"),) == StatusMessageSerializer.from_dict(
        values
    ).notes


class _Twice(dict[str, Any]):
    """A JSON object in which a key stands twice."""


def mutated(draw: st.DrawFn, value: object) -> object:
    """A JSON value with something changed somewhere in it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        return mutated_object(draw, value)
    if isinstance(value, list) and value and draw(st.booleans()):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], mutated(draw, value[index]), *value[index + 1 :]]
    odd: st.SearchStrategy[object] = st.sampled_from(
        [None, "", "OK", "MELTED", 0, 1.0, -1, True, [], {}, [[]], 10**20]
    )
    return draw(json_values() | odd | st.just(float("nan")) | st.just("\ud800"))


def mutated_object(draw: st.DrawFn, value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with one of its keys changed."""
    key = draw(st.sampled_from(sorted(value)))
    match draw(st.sampled_from(["inside", "drop", "rename", "add", "twice"])):
        case "inside":
            return value | {key: mutated(draw, value[key])}
        case "drop":
            return {each: value[each] for each in value if each != key}
        case "rename":
            return {f"{each}x" if each == key else each: value[each] for each in value}
        case "add":
            return value | {draw(st.text(max_size=3)): draw(json_values())}
        case _:
            return _Twice(value)


def dumped(value: object) -> str:
    """The JSON text of a value, keys that stand twice included."""
    if isinstance(value, dict):
        members = [f"{json.dumps(key)}:{dumped(each)}" for key, each in value.items()]
        return "{" + ",".join(members + members[: isinstance(value, _Twice)]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    return json.dumps(value)


@st.composite
def mutated_texts(draw: st.DrawFn) -> str:
    """The text of a valid message with one to three changes."""
    value: object = StatusMessageSerializer.to_dict(draw(status_messages()))
    for _ in range(draw(st.integers(1, 3))):
        value = mutated(draw, value)
    text = dumped(value)
    if draw(st.integers(0, 4)) == 0 and text:
        index = draw(st.integers(0, len(text) - 1))
        text = text[:index] + draw(st.text(max_size=2)) + text[index + 1 :]
    return text


options = st.fixed_dictionaries(
    {},
    optional={
        "extra_keys": st.sampled_from(["keep", "ignore", "reject"]),
        "unknown_values": st.sampled_from(["reject", "keep"]),
        "max_depth": st.integers(1, 4),
        "max_bytes": st.integers(100, 2_000),
    },
)


def outcome(read: Callable[[Any], StatusMessage], text: object) -> object:
    """What reading leads to: a message, or an error with all it says."""
    try:
        return read(text)
    except CsmError as error:
        return (type(error), str(error), vars(error))


@given(mutated_texts(), options)
def test_engines_agree(text: str, chosen: dict[str, Any]) -> None:
    """Whatever comes, the engines and the thorough reader come to the same result."""
    expected = outcome(reader("stdlib", **chosen), text)

    assert expected == outcome(reader("msgspec", **chosen), text)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert expected == outcome(reader("msgspec", **chosen), text.encode())
        assert expected == outcome(reader("stdlib", **chosen), bytearray(text.encode()))
    first = outcome(reader("stdlib", problems="first", **chosen), text)
    assert first == outcome(reader("msgspec", problems="first", **chosen), text)
    assert isinstance(first, tuple) is isinstance(expected, tuple)
    if isinstance(first, tuple) and isinstance(expected, tuple):
        assert expected[0] is first[0]


@given(status_messages(), options)
def test_the_thorough_reader_agrees(message: StatusMessage, chosen: dict[str, Any]) -> None:
    """A message that the fast readers take is the same when it is read thoroughly."""
    text = StatusMessageSerializer.to_json_string(message)
    thorough = StatusMessageSerializer(**chosen | {"max_bytes": 2**24})
    expected = outcome(lambda _: thorough.from_dict(json.loads(text)), text)
    for engine in ENGINES:
        read = reader(engine, **chosen | {"max_bytes": 2**24})
        assert expected == outcome(read, text)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_noise(text: str | bytes) -> None:
    """Noise is an error of this package, and the same for both engines."""
    assert outcome(reader("stdlib"), text) == outcome(reader("msgspec"), text)


@pytest.mark.parametrize("engine", ["stdlib", "msgspec"])
def test_first_of_several_problems(engine: EngineName) -> None:
    """Both engines stop at the same one of several problems."""
    message = json.loads(with_fields())
    bad_note = message | {"notes": [{"title": "", "actionImportance": "NONE"}]}
    text = with_fields(subStatuses=[bad_note, message | {"status": "MELTED"}])
    expected = [("$.subStatuses[0].notes[0].title", "''")]
    assert problems_of(reader(engine, problems="first"), text) == expected


class Shade(StrEnum):
    """A str to Python, and an object of its own."""

    OK = "OK"


@pytest.mark.parametrize(
    "value",
    [type("Text", (str,), {})("OK"), type("Whole", (int,), {})(1), Shade.OK],
)
def test_dict_of_subclasses(value: object) -> None:
    """An instance of a subclass is no JSON value, in a known place or an unknown one."""
    for key in ("status", "colour"):
        with pytest.raises(CsmDecodeError, match=rf"\$\.{key}: no JSON value"):
            StatusMessageSerializer.from_dict(json.loads(with_fields()) | {key: value})


@engines
def test_misspelt_keys(engine: EngineName) -> None:
    """Where a key is missing and one like it stands there, the problem names that."""
    text = MINIMAL.replace('"status":', '"statuss":').replace("componentName", "component_name")
    found = error_of(reader(engine), text)

    assert isinstance(found, CsmValidationError)
    assert [
        "$.component.componentName: is missing; is it 'component_name', which stands there?",
        "$.status: is missing; is it 'statuss', which stands there?",
    ] == [str(problem) for problem in found.problems]


@engines
def test_milliseconds(engine: EngineName) -> None:
    """The usual mistake with epochs is named; a time of no use is not taken for it."""
    text = MINIMAL.replace("1437064108", "1437064108000")
    assert "9999; this may be milliseconds (found: 1437064108000)" in str(
        error_of(reader(engine), text)
    )
    text = MINIMAL.replace("1437064108", "1" + "0" * 30)
    assert "milliseconds" not in str(error_of(reader(engine), text))
