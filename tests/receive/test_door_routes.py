"""Routes, methods, paths as people type them, and the answers of what is taken."""

import pytest

from tests.receive.knock import EVENT, EVENTS, JSON_1_2, PLAN, MemoryIntake, door, knock

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/producer/status",
        "/api/producer/status",
        "/producer//status",
        "/api/producer//status/",
        "//api//producer/status",
        "/API/Producer/Status",
    ],
)
def test_status_is_the_handshake_that_the_agent_understands(method, path):
    answer = knock(door(MemoryIntake()), method, path)
    assert answer.status == 200
    assert answer.header("absa-spline-api-version") == ["1.2"]
    assert answer.header("absa-spline-accept-request-encoding") == ["gzip"]
    assert answer.body == b""


@pytest.mark.parametrize(
    "path",
    ["/producer/execution-plans", "/api/producer/execution-plans", "/api/producer//execution-plans/"],
)
def test_a_plan_is_answered_with_its_id_as_a_json_string(path):
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", path, PLAN, JSON_1_2)
    assert answer.status == 201
    assert answer.json == "1f923528-4753-5656-8d27-36538d1c82ac"
    assert answer.header("content-type") == ["application/json"]
    assert intake.plans == [PLAN]
    assert intake.content_types == ["application/vnd.absa.spline.producer.v1.2+json"]


@pytest.mark.parametrize(("body", "count"), [(EVENTS, 1), (EVENT, 1), (b"[%b,%b]" % (EVENT, EVENT), 2), (b"[]", 0)])
def test_events_come_as_an_array_or_alone(body, count):
    intake = MemoryIntake()
    answer = knock(door(intake), "POST", "/api/producer/execution-events", body, JSON_1_2)
    assert answer.status == 201
    assert len(answer.json) == count
    assert intake.events == [body]


def test_whether_the_catalogue_is_reached_is_told_and_nobody_caches_it():
    told = {"host": "contoso.purview.azure.com", "reached": True}
    answer = knock(door(MemoryIntake(), probe=lambda: told), "GET", "/api/catalogue")
    assert (answer.status, answer.json) == (200, told)
    assert answer.header("cache-control") == ["no-store"]
    assert knock(door(MemoryIntake()), "GET", "/api/catalogue").json == {}
    assert knock(door(MemoryIntake()), "POST", "/api/catalogue").status == 405


def test_the_mounts_of_a_workspace_are_taken():
    intake = MemoryIntake()
    answer = knock(
        door(intake), "POST", "/api/databricks/mounts", b'{"mounts":{}}', {"content-type": "application/json"}
    )
    assert (answer.status, answer.body) == (204, b"")
    assert intake.mounts == [b'{"mounts":{}}']


@pytest.mark.parametrize("path", ["/health", "/api/health", "/version", "/api/version/"])
def test_health_and_version_tell_the_package(path):
    answer = knock(door(MemoryIntake()), "GET", path)
    assert answer.status == 200
    assert answer.json["package"] == "f00d"
    assert answer.json["version"]
    assert answer.header("cache-control") == ["no-store"]


def test_another_prefix_replaces_the_usual_one():
    app = door(MemoryIntake(), prefix="/lineage/in")
    assert knock(app, "HEAD", "/lineage/in/producer/status").status == 200
    assert knock(app, "HEAD", "/producer/status").status == 200
    assert knock(app, "HEAD", "/api/producer/status").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api", 404),
        ("HEAD", "/api/producer", 404),
        ("POST", "/api/producer/execution-plan", 404),
        ("POST", "/api/api/producer/execution-plans", 404),
        ("POST", "/api/../producer/execution-plans", 404),
        pytest.param("POST", "/api/producer/ä€/\udcff", 404, id="undecodable"),
        ("GET", "/api/producer/execution-plans", 405),
        ("PUT", "/api/producer/execution-events", 405),
        ("DELETE", "/api/producer/execution-events", 405),
        ("POST", "/api/producer/status", 405),
        ("POST", "/api/health", 405),
    ],
)
def test_what_is_no_route_is_a_problem_and_never_a_redirect(method, path, status):
    intake = MemoryIntake()
    answer = knock(door(intake), method, path, b"{}", {"content-type": "application/json"})
    assert answer.status == status
    assert answer.header("content-type") == ["application/problem+json"]
    assert answer.json["status"] == status
    assert answer.json["instance"].isascii()
    assert bool(answer.header("allow")) == (status == 405)
    recorded = [(refusal["status"], refusal["size"]) for refusal in intake.refusals]
    assert recorded == ([] if method in ("GET", "HEAD") else [(status, 0)])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/producer/execution-plans", PLAN),
        ("/producer/execution-events", EVENTS),
        ("/databricks/mounts", b"{}"),
    ],
)
def test_nothing_is_acknowledged_while_the_store_is_down(path, body):
    intake = MemoryIntake(down=True)
    answer = knock(door(intake), "POST", path, body, JSON_1_2)
    assert answer.status == 503
    assert answer.header("content-type") == ["application/problem+json"]
    assert answer.header("retry-after") == ["30"]
    assert answer.json["type"] == "urn:problem-type:lineage:store-unavailable"
    assert b"SECRET" not in answer.body
    assert not intake.plans + intake.events + intake.mounts


def test_health_is_bad_while_the_store_is_down():
    app = door(MemoryIntake(down=True))
    assert knock(app, "GET", "/health").status == 503
    assert knock(app, "GET", "/version").status == 200
    assert knock(app, "HEAD", "/producer/status").status == 200


def test_a_refusal_is_answered_even_when_it_cannot_be_recorded():
    answer = knock(door(MemoryIntake(down=True)), "POST", "/producer/execution-plans", b"{", JSON_1_2)
    assert answer.status == 400


def test_only_headers_that_lineage_has_a_use_for_are_kept():
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "scalaj-http/2.4.0",
        "X-Databricks-Workspace-Url": "adb-1.7.azuredatabricks.net",
        "X-SPLINE-TIMEOUT": "120000",
        "X-Functions-Key": "invented-key",
        "Authorization": "Bearer invented-token",
        "Cookie": "a=invented-cookie",
        "X-Original-Url": "/api/producer/execution-plans?code=invented-code",
        "X-Forwarded-For": "10.1.2.3",
    }
    kept = {
        "content-type": "application/json",
        "user-agent": "scalaj-http/2.4.0",
        "x-databricks-workspace-url": "adb-1.7.azuredatabricks.net",
        "x-spline-timeout": "120000",
    }
    intake = MemoryIntake()
    app = door(intake)
    assert knock(app, "POST", "/producer/execution-plans", PLAN, sent).status == 201
    assert knock(app, "POST", "/producer/execution-plans", b"[", sent).status == 400
    assert intake.headers == [kept]
    assert intake.refusals[0]["headers"] == kept


def test_a_bug_behind_the_door_is_a_problem_document_and_reaches_the_log():
    class Broken(MemoryIntake):
        def accept_plan(self, *_):
            raise ValueError("a bug, with data of the body in it")

    answers = []

    async def app(scope, receive, send):
        async def note(message):
            answers.append(message)

        await door(Broken())(scope, receive, note)

    with pytest.raises(ValueError, match="a bug"):
        knock(app, "POST", "/producer/execution-plans", PLAN, JSON_1_2)
    assert answers[0]["status"] == 500
    assert (b"content-type", b"application/problem+json") in answers[0]["headers"]
    assert b"a bug" not in answers[1]["body"]
