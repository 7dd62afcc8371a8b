"""Other health formats: what is written, what is read, what comes back, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as prometheus

from csm import (
    CsmDecodeError,
    CsmError,
    CsmValidationError,
    MajorComponent,
    Note,
    Status,
    StatusMessage,
)
from csm.formats import FORMATS, format_of, read, write
from csm.formats.parts import is_well, unique
from csm.tree import walk
from strategies.csm import status_messages
from strategies.trees import node

SAMPLES = Path(__file__).resolve().parents[4] / "shared/samples/health"
KEYS = ["status", "components", "details", "checks", "a:b", "conditions", "entries", "data"]
KEYS += ["type", "name", "reason", "message", "time", "notes", "csmStatus"]
READABLE = [name for name, each in FORMATS.items() if each.read]
TREE = node(
    "shop",
    node(
        "db", status="CRITICAL", notes=[Note(title="down", detail="since 9", action_to_take="call")]
    ),
    node("queue", node("broker", status="WARN")),
    node("db"),
    status="ERROR",
    notes=[Note(title="slow")],
)


def written(message: StatusMessage, name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(write(message, name)[0])


def summary(message: StatusMessage) -> list[tuple[str, str]]:
    """Names and statuses of a tree, the root first."""
    return [(str(each.component.component_name), each.status.name) for _, each in walk(message)]


def test_health_json_is_written_as_the_draft_has_it() -> None:
    """The exact status is observed; a key has one colon, and its value is a list."""
    found = written(TREE, "health+json")
    assert ("fail", "shop", ["slow"]) == (found["status"], found["description"], found["notes"])
    assert {
        "componentId": "db",
        "componentType": "component",
        "observedValue": "CRITICAL",
        "status": "fail",
        "time": "2015-07-16T16:28:28Z",
        "output": "down: since 9 (to do: call)",
    } == found["checks"]["db:csmStatus"][0]
    assert all(1 == key.count(":") for key in found["checks"])
    assert "queue > broker:csmStatus" in found["checks"]


def test_health_json_without_a_value() -> None:
    """A check that observed nothing has no note about it."""
    checks = '{"db:time":[{"status":"warn","output":"slow"}],"db:size":[{"observedValue":5}]}'
    message = read(f'{{"status":"pass","checks":{checks}}}', "health+json")

    notes = [note.title for _, each in walk(message) for note in each.notes]
    assert ["slow", "size: 5"] == notes


def test_spring_has_its_own_words_only() -> None:
    """UP and DOWN in a tree; the exact status in the details of a leaf."""
    found = written(TREE, "spring")
    assert {"status", "components"} == set(found)
    assert ["db", "queue", "db (2)"] == list(found["components"])
    assert {
        "status": "DOWN",
        "details": {
            "csmStatus": "CRITICAL",
            "time": "2015-07-16T16:28:28Z",
            "notes": "down: since 9 (to do: call)",
        },
    } == found["components"]["db"]
    assert "UP" == found["components"]["queue"]["components"]["broker"]["status"]


def test_microprofile_has_checks_with_data() -> None:
    """Notes stand in the data of a check; data of others become a note."""
    checks = {check["name"]: check for check in written(TREE, "microprofile")["checks"]}
    assert ("DOWN", "down: since 9 (to do: call)") == (
        checks["db"]["status"],
        checks["db"]["data"]["notes"],
    )
    found = read(
        '{"status":"DOWN","checks":[{"name":"first","status":"DOWN","data":{"key":"value"}},'
        '{"name":"second","status":"UP"}]}',
        "microprofile",
    )
    assert [("application", "ERROR"), ("first", "ERROR"), ("second", "OK")] == summary(found)
    assert {"key": "value"} == found.sub_statuses[0].notes[0].load_data()


def test_kubernetes_conditions_need_no_reason() -> None:
    """Type and status are all that every condition has."""
    found = read('{"conditions":[{"type":"Ready","status":"True"}]}', "kubernetes")
    assert [("application", "OK"), ("Ready", "OK")] == summary(found)
    assert () == found.sub_statuses[0].notes


def test_aspnet_has_entries_in_three_words() -> None:
    """Degraded is a warning; entries have what Xabaril's interface reads."""
    found = written(TREE, "aspnet")
    assert ("Unhealthy", "00:00:00") == (found["status"], found["totalDuration"])
    entry = found["entries"]["queue > broker"]
    assert ("Degraded", [], "00:00:00") == (entry["status"], entry["tags"], entry["duration"])
    assert "description" not in entry


def test_kubernetes_has_conditions_with_unique_types() -> None:
    """True, False and Unknown; reasons and types that the API server takes."""
    found = written(
        node("a b", node("a b"), node("A B"), status=Status.kept("MELTED")), "kubernetes"
    )
    types = [each["type"] for each in found["conditions"]]
    assert ["AB", "AB-2", "AB-3"] == types
    assert "Unknown" == found["conditions"][0]["status"]
    pattern = re.compile(r"[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?")
    assert all(pattern.fullmatch(each["reason"]) for each in found["conditions"])


@pytest.mark.parametrize("name", READABLE)
@given(message=status_messages())
def test_no_format_makes_a_status_better_or_worse(name: str, message: StatusMessage) -> None:
    """Whatever is lost, the root stays well or not well, and so does every node below."""
    again = read(write(message, name)[0], name)
    assert is_well(message.status) == is_well(again.status)
    before = [is_well(each.status) for _, each in walk(message)]
    after = [is_well(each.status) for _, each in walk(again)]
    assert sorted(before) == sorted(after)


def test_aspnet_data_of_others_becomes_a_note() -> None:
    """What an entry says of itself in a form of its own is kept as it is."""
    found = read(
        '{"status":"Degraded","entries":{"cellar":{"status":"Degraded","description":"full",'
        '"data":{"bottles":17}}}}',
        "aspnet",
    )
    assert [("application", "WARN"), ("cellar", "WARN")] == summary(found)
    said, data = found.sub_statuses[0].notes
    assert ("full", {"bottles": 17}) == (said.title, data.load_data())


@pytest.mark.parametrize("name", ["csm", "health+json", "aspnet", "microprofile", "kubernetes"])
@given(message=status_messages())
def test_exact_statuses_and_times_come_back(name: str, message: StatusMessage) -> None:
    """Formats with room for it keep the status of every node, also one that is not known."""
    again = read(write(message, name)[0], name)

    def facts(root: StatusMessage) -> list[tuple[str, int]]:
        return sorted((each.status.name, each.epoch_seconds_timestamp) for _, each in walk(root))

    known = all(re.fullmatch("[A-Z][A-Z0-9_]{0,63}", each.status.name) for _, each in walk(message))
    assert facts(message) == facts(again) or not known


@given(status_messages())
def test_spring_keeps_the_tree(message: StatusMessage) -> None:
    """Its components nest as ours do."""
    again = read(write(message, "spring")[0], "spring")

    def shape(root: StatusMessage) -> list[Any]:
        return [shape(below) for below in root.sub_statuses]

    assert shape(message) == shape(again)


@given(status_messages())
def test_the_commons_format_loses_nothing(message: StatusMessage) -> None:
    """What is written is what is read."""
    assert message == read(write(message, "csm")[0], "csm")
    assert () == FORMATS["csm"].loses


@given(status_messages())
def test_metrics_are_what_parsers_of_prometheus_read(message: StatusMessage) -> None:
    """In both forms of the format, with one sample for each node, whatever the names hold."""
    body = write(message, "prometheus")[0].decode()
    count = len(list(walk(message)))
    for parse in (prometheus, openmetrics):
        status, time = parse(body)
        assert ("csm_status", count) == (status.name, len(status.samples))
        assert ("csm_status_time_seconds", count) == (time.name, len(time.samples))
        assert count == len({sample.labels["path"] for sample in status.samples})


@given(status_messages())
def test_pages_hold_nothing_that_a_browser_runs_or_loads(message: StatusMessage) -> None:
    """Text from a message stays text."""
    body, media_type = write(message, "html")
    assert media_type.startswith("text/html")
    tags = re.findall(r"<([a-z0-9]+)", body.decode())
    known = {"html", "head", "meta", "title", "style", "body", "h1", "pre", "span"}
    assert set(tags) <= known
    assert not re.search(r"(?:src|href|url)\s*[=(]", re.sub(r"&[^;]*;|[^<]*>", "", body.decode()))


def test_a_page_escapes() -> None:
    """A name is no tag."""
    body = write(node("<script>&"), "html")[0].decode()
    assert "<script" not in body
    assert "&lt;script&gt;&amp;" in body


def test_text_is_the_tree() -> None:
    """The same as on a terminal, without colours."""
    assert "✓ OK  a" in write(node("a"), "text")[0].decode()


@given(st.lists(st.sampled_from(["a", "a (2)", "b"]), max_size=8))
def test_names_become_unique(names: list[str]) -> None:
    """None twice, each beginning with what it was."""
    found = list(unique(names))
    assert len(names) == len(set(found))
    assert all(new.startswith(old) for new, old in zip(found, names, strict=True))


def test_a_format_is_asked_for_by_name() -> None:
    """A slip of the pen is told with what there is."""
    with pytest.raises(ValueError, match="did you mean spring"):
        format_of("sprint")
    with pytest.raises(ValueError, match="can only be written"):
        read("", "html")
    assert "a" == read(write(node("a"), "csm")[0].decode(), "csm").component.component_name


def test_ids_are_part_of_a_name() -> None:
    """Two nodes of one name are told apart by their ids."""
    message = StatusMessage(component=MajorComponent(component_name="SIA", secondary_id="eu"))
    assert "SIA/eu" == written(message, "health+json")["description"]


# What other applications write --------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> Callable[[str], bytes]:
    """Real payloads, where the folder with them exists."""
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    return lambda name: (SAMPLES / name).read_bytes()


def test_a_real_spring_payload(sample: Callable[[str], bytes]) -> None:
    """Nested components; details are kept as data."""
    found = read(sample("spring-actuator-v3-health-200.json"), "spring")
    assert [
        ("application", "OK"),
        ("broker", "OK"),
        ("us1", "OK"),
        ("us2", "OK"),
        ("db", "OK"),
        ("diskSpace", "OK"),
    ] == summary(found)
    database = found.find(name="db")
    assert database is not None
    assert {"database": "H2", "validationQuery": "isValid()"} == database.notes[0].load_data()


def test_a_real_health_json_payload(sample: Callable[[str], bytes]) -> None:
    """Its own example: pass over warnings; observed values become notes."""
    found = read(sample("ietf-health+json-draft06-section5.json"), "health+json")
    assert ("health of authz service", "OK") == summary(found)[0]
    assert ("cassandra", "OK") == summary(found)[1]
    assert "WARN" in {status for _, status in summary(found)}
    assert "responseTime: 250 ms" == found.sub_statuses[0].notes[0].title


def test_a_real_aspnet_payload(sample: Callable[[str], bytes]) -> None:
    """Entries with a description, and with data of their own."""
    found = read(sample("aspnet-xabaril-ui-unhealthy-503.json"), "aspnet")
    assert [("application", "ERROR"), ("node-health", "ERROR")] == summary(found)
    assert "The node has 0 peers connected" == found.sub_statuses[0].notes[0].title
    body = '{"Status":"degraded","Entries":{"a":{"Status":"Healthy","Data":{"n":1}}}}'
    found = read(body, "aspnet")
    assert ("WARN", {"n": 1}) == (found.status.name, found.sub_statuses[0].notes[0].load_data())


def test_a_real_microprofile_payload_and_its_schema(sample: Callable[[str], bytes]) -> None:
    """Checks with data; what is written fits the schema of the specification."""
    found = read(sample("microprofile-down-503.json"), "microprofile")
    assert [("application", "ERROR"), ("firstCheck", "ERROR"), ("secondCheck", "OK")] == summary(
        found
    )
    assert {"key": "value", "foo": "bar"} == found.sub_statuses[0].notes[0].load_data()
    schema = json.loads(sample("microprofile-health-json-schema-draft04.json"))
    for message in (found, TREE, node("a", status=Status.kept("MELTED"))):
        jsonschema.validate(written(message, "microprofile"), schema)


def test_real_kubernetes_conditions(sample: Callable[[str], bytes]) -> None:
    """Conditions of a pod, by themselves and within its status."""
    body = sample("kubernetes-pod-status-conditions.json")
    found = read(body, "kubernetes")
    assert ("Ready", "OK") in summary(found)
    pod = json.dumps({"kind": "Pod", "status": json.loads(body)})
    assert summary(found) == summary(read(pod, "kubernetes"))


def test_spring_2_calls_nodes_details() -> None:
    """The details of version 2 are nodes where all of them have a status."""
    found = read(
        '{"status":"OUT_OF_SERVICE","details":{"db":{"status":"UP","details":{"n":1}},'
        '"x":{"status":"FATAL"},"y":{"status":"UNKNOWN","description":"late"}}}',
        "spring",
    )
    assert [("application", "ERROR"), ("db", "OK"), ("x", "ERROR"), ("y", "WARN")] == summary(found)
    assert "the status is FATAL" == found.sub_statuses[1].notes[0].title
    assert "late" == found.sub_statuses[2].notes[0].title


def test_an_exact_status_cannot_contradict_the_format() -> None:
    """What says DOWN is not OK, whatever its details claim; nor is a strange name a status."""
    for exact in ("OK", "WARN", "not a name", 1):
        body = json.dumps({"status": "DOWN", "details": {"csmStatus": exact}})
        assert Status.ERROR is read(body, "spring").status
    body = json.dumps({"status": "UP", "details": {"csmStatus": "CRITICAL", "time": 5}})
    assert Status.OK is read(body, "spring").status


def test_foreign_conditions_keep_their_reason() -> None:
    """What no rule of ours explains is a note; no condition at all is not good news."""
    body = json.dumps(
        {
            "conditions": [
                {"type": "Ready", "status": "False", "reason": "Crash", "message": "exit 1"},
                {"type": "Fit", "status": "Unknown", "reason": "Late"},
            ]
        }
    )
    found = read(body, "kubernetes")
    assert ("ERROR", "Crash: exit 1") == (found.status.name, found.sub_statuses[0].notes[0].title)
    assert "Late" == found.sub_statuses[1].notes[0].title
    assert Status.WARN is read('{"conditions":[]}', "kubernetes").status


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("health+json", "{}", "$.status"),
        ("health+json", '{"status":"fine"}', "$.status"),
        ("health+json", '{"status":"pass","notes":[1]}', "$.notes[0]"),
        ("health+json", '{"status":"pass","notes":"x"}', "$.notes"),
        ("health+json", '{"status":"pass","checks":[]}', "$.checks"),
        ("health+json", '{"status":"pass","checks":{"a:b":[1]}}', "$.checks['a:b'][0]"),
        ("spring", '{"status":"UP","components":{"a":1}}', "$.components.a"),
        ("spring", '{"status":"UP","components":{"a":{}}}', "$.components.status"),
        ("spring", '{"status":1}', "$.status"),
        ("aspnet", '{"status":"Fine"}', "$.status"),
        ("aspnet", '{"status":"Healthy","entries":{"a":{}}}', "$.entries.a.status"),
        ("microprofile", '{"status":"UP","checks":[{"status":"UP"}]}', "$.checks[0].name"),
        ("microprofile", '{"status":"up"}', "$.status"),
        ("kubernetes", "{}", "$.conditions"),
        ("kubernetes", '{"conditions":[{"type":"A","status":"Yes"}]}', "$.conditions[0].status"),
    ],
)
def test_what_a_format_does_not_allow_is_told_with_its_path(
    name: str, body: str, path: str
) -> None:
    """One problem, with its place."""
    with pytest.raises(CsmValidationError) as caught:
        read(body, name)
    assert path == caught.value.problems[0].path


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"status":NaN}', b'{"a":1,"a":2}', b"[" * 200_000]
)
def test_what_is_no_document_is_refused(name: str, body: bytes) -> None:
    """Not JSON, not an object, a key twice, hostile depth."""
    with pytest.raises(CsmDecodeError):
        read(body, name)


def test_a_tree_that_is_too_deep_is_refused() -> None:
    """Before anything recurses too far."""
    body = '{"status":"UP"}'
    for _ in range(60):
        body = f'{{"status":"UP","components":{{"a":{body}}}}}'
    with pytest.raises(CsmError):
        read(body, "spring")


@pytest.mark.parametrize("name", READABLE)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-5, 5)
        | st.sampled_from(["UP", "pass", "x", "True"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_document_ends_in_anything_but_a_message_or_an_error(name: str, value: object) -> None:
    """Nothing that a foreign application answers can break who asks."""
    try:
        read(json.dumps(value), name)
    except CsmError:
        return
