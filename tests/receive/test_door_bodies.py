"""Bodies: what is taken, what is not and why. No answer quotes a body; every refusal is recorded without it."""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.receive.knock import EVENTS, JSON_1_2, LIMIT, PLAN, MemoryIntake, door, knock

pytestmark = pytest.mark.unit

PLANS_ROUTE = "/api/producer/execution-plans"
EVENTS_ROUTE = "/api/producer/execution-events"
CANARY = b"canary-7d1f"
GZIP = JSON_1_2 | {"content-encoding": "gzip"}
PADDED = PLAN[:-1] + b',"extra":"' + CANARY * 300 + b'"}'


def refused(
    body: bytes,
    headers: Any = JSON_1_2,
    *,
    fault: str,
    route: str = PLANS_ROUTE,
    status: int = 400,
    received: bytes | None = None,
    leaves: bool = False,
) -> dict[str, Any]:
    """Check everything that every refusal has in common; returns its problem document."""
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", route, body, headers, leaves=leaves)
    problem = answer.json
    assert answer.status == problem["status"] == status
    assert answer.header("content-type") == ["application/problem+json"]
    assert problem["type"] == f"urn:problem-type:lineage:{fault}"
    assert problem["instance"] == route.removeprefix("/api")
    assert problem["title"]
    assert problem["detail"]
    assert CANARY not in answer.body
    assert not intake.plans + intake.events + intake.mounts
    whole = received if received is not None else body
    [record] = intake.refusals
    assert record["status"] == status
    assert record["path"] == problem["instance"]
    assert record["reason"] == f"{fault}: {problem['detail']}"
    assert record["size"] == len(whole)
    assert record["sha256"] == hashlib.sha256(whole).hexdigest()
    return {**problem, "headers": dict(answer.headers)}


def taken(body: bytes, headers: Mapping[str, str] = JSON_1_2, *, route: str = PLANS_ROUTE) -> bytes:
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", route, body, headers)
    assert answer.status == 201, answer.body
    assert not intake.refusals
    [kept] = intake.plans + intake.events
    return kept


# --- encoding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", " gzip ", "identity, gzip"])
def test_gzip_by_header(coding):
    assert taken(gzip.compress(PADDED), JSON_1_2 | {"content-encoding": coding}) == PADDED


@pytest.mark.parametrize("coding", ["identity", "", " Identity"])
def test_plain_by_header(coding):
    assert taken(PADDED, JSON_1_2 | {"content-encoding": coding}) == PADDED


def test_gzip_of_several_members_and_with_zero_padding():
    assert taken(gzip.compress(PADDED[:50]) + gzip.compress(PADDED[50:]), GZIP) == PADDED
    assert taken(gzip.compress(PADDED) + bytes(512), GZIP) == PADDED


def test_gzip_in_parts_of_one_byte():
    intake = MemoryIntake()
    parts = [bytes([byte]) for byte in gzip.compress(PADDED)]
    assert knock(door(intake), "POST", PLANS_ROUTE, parts, GZIP).status == 201
    assert intake.plans == [PADDED]


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd", "gzip, gzip", "deflate, gzip", "*", "x" * 5000])
def test_another_coding_is_refused_and_told_what_is_taken(coding):
    problem = refused(PADDED, JSON_1_2 | {"content-encoding": coding}, status=415, fault="content-encoding")
    assert problem["headers"]["accept-encoding"] == "gzip, identity"
    assert len(problem["detail"]) < 200


def test_two_content_encoding_lines_are_two_codings():
    headers = [("content-encoding", "gzip"), ("content-encoding", "gzip"), *JSON_1_2.items()]
    refused(gzip.compress(gzip.compress(PADDED)), headers, status=415, fault="content-encoding")


def test_gzip_that_ends_early():
    whole = gzip.compress(PADDED)
    for end in (2, 5, 10, len(whole) // 2, len(whole) - 8, len(whole) - 1):
        refused(whole[:end], GZIP, fault="incomplete")


def test_gzip_that_is_damaged():
    whole = gzip.compress(PADDED)
    assert "CRC" in refused(whole[:-8] + b"\0\0\0\0" + whole[-4:], GZIP, fault="gzip")["detail"]
    refused(whole[:-4] + b"\1\1\1\1", GZIP, fault="gzip")
    refused(whole[:12] + b"\xff" * 20 + whole[32:], GZIP, fault="gzip")


def test_gzip_with_bytes_after_its_end():
    problem = refused(gzip.compress(PADDED) + CANARY, GZIP, fault="gzip")
    assert problem["detail"] == "after its end come bytes that are not gzip"


@pytest.mark.parametrize("body", [PADDED, zlib.compress(PADDED), CANARY, b"\x1f\x8b\x09" + CANARY], ids=range(4))
def test_no_gzip_although_the_header_says_so(body):
    refused(body, GZIP, fault="gzip")


def test_gzip_although_no_header_says_so_is_not_json():
    refused(gzip.compress(PADDED, mtime=0), fault="text")


# --- size -----------------------------------------------------------------------------------------------------------


def _of(size: int) -> bytes:
    return PLAN[:-1] + b',"x":"' + b"x" * (size - len(PLAN) - 7) + b'"}'


def test_the_limit_is_inclusive_plain_and_decompressed():
    assert len(_of(LIMIT)) == LIMIT
    taken(_of(LIMIT))
    taken(gzip.compress(_of(LIMIT)), GZIP)
    refused(_of(LIMIT + 1), status=413, fault="too-large")
    refused(gzip.compress(_of(LIMIT + 1)), GZIP, status=413, fault="too-large")


def test_what_is_announced_too_large_is_not_read():
    headers = JSON_1_2 | {"content-length": str(LIMIT + 1)}
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", PLANS_ROUTE, PLAN, headers)
    assert (answer.status, answer.read) == (413, 0)
    assert intake.refusals[0]["size"] == 0
    assert intake.refusals[0]["headers"]["content-length"] == str(LIMIT + 1)


def test_what_turns_out_too_large_is_read_no_further_than_the_limit():
    part = b"x" * 1000
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", PLANS_ROUTE, (part for _ in range(10**9)), JSON_1_2 | {"content-length": "10"})
    assert answer.status == 413
    assert answer.read == LIMIT // 1000 + 1
    assert intake.refusals[0]["size"] == LIMIT + 1000


@pytest.mark.parametrize("length", ["9" * 5000, "99999999999999999999"])
def test_a_content_length_beyond_all_measure_is_too_large(length):
    refused(PLAN, JSON_1_2 | {"content-length": length}, status=413, fault="too-large", received=b"")


@pytest.mark.parametrize("length", ["", "-1", "1e3", "²", "0x10", "7", "00000000000000000000000000000000000000099"])
def test_a_content_length_that_lies_or_is_none_does_not_matter(length):
    assert taken(PLAN, JSON_1_2 | {"content-length": length}) == PLAN


def test_a_gzip_bomb_is_stopped_at_the_limit_with_constant_memory():
    import tracemalloc

    def peak(zeros: int) -> int:
        bomb = gzip.compress(bytes(zeros), 9)
        intake = MemoryIntake()
        app = door(intake, max_body_bytes=1_000_000)
        tracemalloc.start()
        answer = knock(app, "POST", PLANS_ROUTE, bomb, GZIP)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer.json["type"].endswith("too-large")
        assert intake.refusals[0]["sha256"] == hashlib.sha256(bomb).hexdigest()
        return most

    assert peak(200_000_000) < peak(2_000_000) + 1_000_000


def test_a_bomb_of_many_members_is_stopped_too():
    member = gzip.compress(bytes(10_000))
    refused(member * 50, GZIP, status=413, fault="too-large")


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [JSON_1_2, GZIP, {}])
def test_an_empty_body_is_named_and_chunked_requests_with_it(headers):
    assert "Content-Length" in refused(b"", headers, fault="empty")["detail"]


def test_gzip_of_nothing_is_empty():
    refused(gzip.compress(b""), GZIP, fault="empty")


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":"\xff' + CANARY + b'"}',
        b'{"id":"\xc3',
        "{}".encode("utf-16"),
        PLAN + b"\0",
        b"\0",
        b'{"id":"\xed\xa0\x80"}',
    ],
    ids=["invalid", "cut", "utf-16", "nul at the end", "nul", "surrogate"],
)
def test_what_is_not_utf_8_or_has_nul(body):
    assert "byte" in refused(body, fault="text")["detail"]
    refused(gzip.compress(body, mtime=0), GZIP, fault="text")


def test_utf_8_across_the_blocks_of_the_check():
    text = PLAN[:-1] + b',"x":"' + "€ß😀".encode() * 400_000 + b'"}'
    intake = MemoryIntake()
    assert knock(door(intake, max_body_bytes=10**7), "POST", PLANS_ROUTE, text, JSON_1_2).status == 201
    broken = text[:2_500_000] + b"\xff" + text[2_500_001:]
    answer = knock(door(intake, max_body_bytes=10**7), "POST", PLANS_ROUTE, broken, JSON_1_2)
    assert answer.json["type"].endswith(":text")


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b"[1,]", b'{"id":NaN}', b"\xef\xbb\xbf" + PLAN, PLAN + b"}", b"'single'", CANARY],
)
@pytest.mark.parametrize("route", [PLANS_ROUTE, EVENTS_ROUTE])
def test_what_is_not_json(body, route):
    refused(body, route=route, fault="malformed")


@pytest.mark.parametrize("body", [b"{}", b"null", b"3", b'"text"', b"[]", b"[[]]", b'{"id":3,"operations":{}}'])
def test_json_of_another_shape(body):
    refused(body, fault="malformed")


def test_the_path_to_the_fault_is_told():
    problem = refused(b'{"id":{"a":"%b"},"operations":{}}' % CANARY, fault="malformed")
    assert problem["path"] == "id"


@pytest.mark.parametrize("opening", [b"[", b'{"operations":', b'[{"planId":'])
@pytest.mark.parametrize("route", [PLANS_ROUTE, EVENTS_ROUTE])
def test_json_that_is_nested_too_deeply(opening, route):
    intake = MemoryIntake()
    answer = knock(door(intake, max_body_bytes=10**7), "POST", route, opening * 100_000, JSON_1_2)
    assert answer.json["type"] == "urn:problem-type:lineage:malformed"
    assert len(intake.refusals) == 1


@pytest.mark.parametrize("body", [EVENTS, EVENTS[1:-1]])
def test_an_event_among_the_plans_is_told_where_it_belongs(body):
    assert "producer/execution-events" in refused(body, fault="wrong-route")["detail"]


@pytest.mark.parametrize("body", [PLAN, b"[" + PLAN + b"]"])
def test_a_plan_among_the_events_is_told_where_it_belongs(body):
    assert "producer/execution-plans" in refused(body, route=EVENTS_ROUTE, fault="wrong-route")["detail"]


# --- content type ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.absa.spline.producer.v1+json",
        "application/vnd.absa.spline.producer.v1.1+json",
        "application/vnd.absa.spline.producer.v1.2+json",
        "application/cloudevents+json",
        "",
        None,
    ],
)
def test_json_of_any_known_version_is_taken_and_a_missing_content_type_too(content_type):
    assert taken(PLAN, {} if content_type is None else {"content-type": content_type}) == PLAN


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "ä",
    ],
)
def test_what_is_said_to_be_something_else_is_not_taken(content_type):
    problem = refused(PLAN, {"content-type": content_type}, status=415, fault="media-type")
    assert problem["headers"]["accept-post"] == "application/json"


def test_a_version_that_is_not_known_is_named():
    problem = refused(
        PLAN, {"content-type": "application/vnd.absa.spline.producer.v2+json"}, status=415, fault="media-type"
    )
    assert "'2'" in problem["detail"]
    assert "1.2" in problem["detail"]


# --- connection -----------------------------------------------------------------------------------------------------


def test_a_client_that_leaves_is_recorded_with_what_came():
    refused(PLAN[:20], leaves=True, fault="incomplete")
