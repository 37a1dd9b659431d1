"""Masked payloads hold no secret and no literal, and all that lineage needs."""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import spline
from lineage.errors import MalformedPayload
from lineage.model import Observation
from lineage.spline.mask import mask_payload
from lineage.spline.sources import NAMING_OPTIONS
from tests.redact.recorded import events, payloads, plans, skeleton

pytestmark = pytest.mark.unit


def masked(body: str | dict[str, Any], *, keep_literals: bool = False) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return json.loads(mask_payload(text.encode(), keep_literals=keep_literals))


# What the recorded jobs' sources compare with, concatenate and raise, by recording; names of columns apart.
LITERALS: dict[str, list[str]] = {
    "07-window-latest": ["PAID"],
    "11-case-and-python-udf": ['"DE"', "ZA", "EMEA", "AMER", "SimplePythonFunction", "WrappedArray"],
    "14-cte-sql": ["= PAID"],
    "26-delta-update": ["@contoso.com", "DE)"],
    "28-delta-replacewhere": ["EUR'", '"EUR"', '"USD"', "0.9"],
    "33-jdbc-read-table": ["s3cr3t"],
    "35-jdbc-write": ["s3cr3t"],
    "50-failed-udf": ["bad amount", "170.01", "Workspace", "etl@contoso.com/50", "TASK_WRITE_FAILED"],
    "54-stream-foreachbatch": ["1.8"],
    "72-delta-merge-expr": ["C3", "1000", "@,"],
    "demo": ["prospect", "regular", "occasional", "s3cr3t", "yyyyMM", "CANCELLED"],
}


@pytest.mark.parametrize("recording", LITERALS)
def test_no_literal_of_the_recorded_jobs_survives(recording: str):
    bodies = [body for name, body, _ in payloads() if name == recording]
    survivors = "".join(mask_payload(body.encode(), keep_literals=False).decode() for body in bodies)
    assert bodies
    assert [literal for literal in LITERALS[recording] if literal in survivors] == []


@pytest.mark.parametrize(
    "recording", ["11-case-and-python-udf", "26-delta-update", "28-delta-replacewhere", "50-failed-udf"]
)
def test_the_literals_were_there(recording: str):
    bodies = "".join(body for name, body, _ in payloads() if name == recording)
    assert [literal for literal in LITERALS[recording] if literal.strip("\"'") not in bodies] == []


@pytest.mark.parametrize("keep_literals", [False, True])
def test_structure_is_unchanged(keep_literals: bool):
    for body in plans():
        plan = json.loads(body)
        assert skeleton(masked(body, keep_literals=keep_literals)) == skeleton(plan)
    for body in events():
        before, after = json.loads(body), masked(body, keep_literals=keep_literals)
        assert [{**event, "error": None} for event in before] == [{**event, "error": None} for event in after]


@pytest.mark.parametrize("keep_literals", [False, True])
def test_lineage_is_the_same_before_and_after(keep_literals: bool):
    for name, body, headers in payloads():
        if "operations" in body:
            after = mask_payload(body.encode(), keep_literals=keep_literals)
            assert lineage(after, headers) == lineage(body.encode(), headers), name


def lineage(plan: bytes, headers: dict[str, str]) -> Observation:
    observation = spline.observe(spline.decode_plan(plan, headers.get("content-type", "")), None, headers)
    columns = tuple(msgspec.structs.replace(column, expression="") for column in observation.columns)
    return msgspec.structs.replace(observation, columns=columns)


@pytest.mark.parametrize("keep_literals", [False, True])
def test_masking_twice_is_masking_once(keep_literals: bool):
    for _, body, _ in payloads():
        once = mask_payload(body.encode(), keep_literals=keep_literals)
        assert mask_payload(once, keep_literals=keep_literals) == once


def test_literals_stay_where_they_are_to_be_kept_and_secrets_do_not():
    bodies = "".join(
        mask_payload(body.encode(), keep_literals=True).decode()
        for name, body, _ in payloads()
        if name in ("26-delta-update", "28-delta-replacewhere", "50-failed-udf", "11-case-and-python-udf")
    )
    assert [text for text in ("@contoso.com", "currency = 'EUR'", "bad amount", "EMEA") if text not in bodies] == []
    assert "SimplePythonFunction" not in bodies
    plan = small_plan()
    plant_secret_option(plan, "s3cr3t")
    plant_secret_in_url(plan, "s3cr3t")
    plant_secret_extra(plan, "s3cr3t")
    assert "s3cr3t" not in json.dumps(masked(plan, keep_literals=True))


# ---- planted secrets and literals -------------------------------------------------------------------------------


def small_plan() -> dict[str, Any]:
    return {
        "id": "p1",
        "name": "app",
        "operations": {
            "write": {
                "id": "op-0",
                "name": "W",
                "outputSource": "abfss://c@a/t",
                "append": False,
                "childIds": ["op-1"],
            },
            "reads": [{"id": "op-2", "name": "R", "inputSources": ["abfss://c@a/s"], "output": ["attr-0"]}],
            "other": [{"id": "op-1", "name": "Filter", "childIds": ["op-2"], "output": ["attr-0"]}],
        },
        "attributes": [{"id": "attr-0", "name": "x", "dataType": "d"}],
        "expressions": {"functions": [], "constants": [{"id": "expr-0", "dataType": "d", "value": 1}]},
        "extraInfo": {"dataTypes": []},
    }


def read(plan: dict[str, Any]) -> Any:
    return plan["operations"].setdefault("reads", [{"id": "op-99", "name": "R", "inputSources": []}])[0]


def params(step: dict[str, Any]) -> Any:
    step["params"] = step.get("params") or {}
    return step["params"]


def other(plan: dict[str, Any]) -> Any:
    steps = plan["operations"].setdefault("other", [])
    steps.append({"id": "op-98", "name": "Filter", "childIds": [], "output": []})
    return params(steps[-1])


def function(plan: dict[str, Any]) -> Any:
    functions = plan.setdefault("expressions", {}).setdefault("functions", [])
    functions.append({"id": "expr-98", "name": "f", "childRefs": []})
    return params(functions[-1])


def constant(plan: dict[str, Any], value: Any) -> None:
    constants = plan.setdefault("expressions", {}).setdefault("constants", [])
    constants.append({"id": "expr-99", "dataType": "d", "value": value})


def plant_secret_option(plan: dict[str, Any], text: str) -> None:
    params(read(plan))["accountkey"] = text


def plant_secret_in_url(plan: dict[str, Any], text: str) -> None:
    params(plan["operations"]["write"])["url"] = f"jdbc:sqlserver://h;password={text};database=d"
    read(plan)["inputSources"].append(f"jdbc:postgresql://u:{text}@h/d:public.t")


def plant_secret_extra(plan: dict[str, Any], text: str) -> None:
    plan.setdefault("extraInfo", {})["conf"] = {
        "spark.x.secret": text,
        "nested": json.dumps({"a": {"password": text}}),
        "pairs": [["x-functions-key", text], {"name": "spark.y.token", "value": text}],
        f"password={text}": 1,
        "tokens": {"token": {"inner": [text, {"deep": text}]}},
        "url": f"https://a.blob.core.windows.net/c?sv=1&sig={text}",
    }


PLANTS: list[Callable[[dict[str, Any], str], Any]] = [
    plant_secret_option,
    plant_secret_in_url,
    plant_secret_extra,
    lambda plan, text: constant(plan, text),
    lambda plan, text: constant(plan, {"a": [text, {"b": text}]}),
    lambda plan, text: other(plan).update(condition=f"((x#1 = {text}) AND (y#2 = {text}))"),
    lambda plan, text: other(plan).update(matchedClauses=[f"Update [actions: [`x` = concat(x#1, {text}, y#2)]]"]),
    lambda plan, text: other(plan).update(updateExpressions=["x#1", f"CASE WHEN (x#1 = {text}) THEN {text} END"]),
    lambda plan, text: other(plan).update(newThing=f"(x#1 <=> {text})", otherThing=[{"deeper": text}]),
    lambda plan, text: other(plan).update(data=[[text, 1], {"a": text}], pivotColumnValues=[text]),
    lambda plan, text: other(plan).update(desc=f"CatalogTable(\nTable: v\nComment: {text}\nView Text: a\n'{text}'\n)"),
    lambda plan, text: other(plan).update(relation=f"XRelation(abfss://c@a/p,Map(a -> {text}),{{'k':'{text}'}})"),
    lambda plan, text: other(plan).update(child={"_typeHint": "expr.Literal", "value": text, "dataTypeId": "d"}),
    lambda plan, text: function(plan).update(branches=[f"((x#1 = {text}),{text})"], elseValue=text, list=[text]),
    lambda plan, t: function(plan).update(func=f"SimplePythonFunction({t})", explicitMetadata=f'{{"c":"{t}"}}'),
    lambda plan, t: function(plan).update(plan=f"Project [{t} AS a#1]\n+- Filter (x#1 = {t})\n +- View (`v`, [x#1])"),
    lambda plan, t: params(read(plan)).update(myoption=t, nullvalue=t, options={"comment": t}),
    lambda plan, t: params(read(plan)).update(query=f"select a from t where b = '{t}' -- {t}"),
    lambda plan, t: params(read(plan)).update(dbtable=f"(select a from t where b = '{t}') q"),
    lambda plan, t: params(plan["operations"]["write"]).update(replacewhere=f"day = '{t}' and x = \"{t}\""),
    lambda plan, t: read(plan)["inputSources"].append(f"jdbc:sqlserver://h;a=b:(select a from t where b = '{t}') q"),
    lambda plan, text: plan.update(labels={"token": [text]}, unknown={"password": text}),
]  # fmt: skip
MARKS = st.text("abcdefghXYZ0123456789", min_size=4, max_size=12).map(lambda text: f"Zq{text}qZ")


@given(st.sampled_from(plans()), st.lists(st.tuples(st.sampled_from(PLANTS), MARKS), min_size=1, max_size=6))
def test_nothing_that_is_planted_survives_and_all_else_does(body: str, planted: list[tuple[Callable[..., Any], str]]):
    plan = json.loads(body)
    for plant, text in planted:
        plant(plan, text)
    once = mask_payload(json.dumps(plan).encode(), keep_literals=False)
    assert [text for _, text in planted if text in once.decode()] == []
    assert mask_payload(once, keep_literals=False) == once
    before, after = skeleton(plan), skeleton(json.loads(once))
    for key in ("id", "attributes", "functions", "constants", "references"):
        assert after[key] == before[key]
    for old, new in zip(before["steps"], after["steps"], strict=True):
        assert {**new, "inputSources": None} == {**old, "inputSources": None}
        assert len(new["inputSources"] or ()) == len(old["inputSources"] or ())


ERRORS = [
    "org.apache.spark.SparkException: {}\n\tat a.B.c(B.java:1)\nCaused by: java.lang.X: {}\n\t... 3 more",
    'x.PythonException: T:\n  File "/home/{}/job.py", line 7, in boom\n    raise ValueError("{}")\nValueError: {}\n',
    "{}",
    "java.lang.IllegalArgumentException: a\n{}\nb {}",
]


@given(st.sampled_from(events()), MARKS, st.sampled_from(ERRORS))
def test_no_message_of_an_error_survives(body: str, text: str, error: str):
    event = {**json.loads(body)[0], "error": error.replace("{}", text)}
    event["extra"] = {**event.get("extra", {}), "conf": {"client_secret": text}}
    once = mask_payload(json.dumps([event]).encode(), keep_literals=False)
    assert text not in once.decode()
    assert mask_payload(once, keep_literals=False) == once


# ---- single facts -----------------------------------------------------------------------------------------------


def test_constants_lose_their_value_whatever_it_is():
    plan = small_plan()
    for value in (True, 0, 1.5, "x", "", [1, "a"], {"a": 1}, None):
        constant(plan, value)
    values = [constant["value"] for constant in masked(plan)["expressions"]["constants"]]
    assert values == ["?"] * 8 + [None]


def test_literals_of_version_1_0_are_masked_and_references_stay():
    plan = small_plan()
    expression: dict[str, Any] = {
        "_typeHint": "expr.Binary",
        "symbol": "=",
        "dataTypeId": 3,
        "children" : [ { "_typeHint" : "expr.AttrRef", "refId" : 12 }, { "_typeHint" : "expr.Literal", "value" :
        "DE", "dataTypeId" : 4 } ],
    }  # fmt: skip
    plan["operations"]["other"][0] |= {"id": 1, "schema": [12], "params": {"condition": expression}}
    condition = masked(plan)["operations"]["other"][0]["params"]["condition"]
    expression["children"][1]["value"] = "?"
    assert condition == expression


def test_options_keep_what_names_the_asset():
    plan = small_plan()
    plan["operations"]["reads"][0]["params"] = {
        "url": "jdbc:sqlserver://h:1433;database=d;user=u;password={p:w;d};encrypt=true",
        "dbtable": "dbo.Orders",
        "user": "etl",
        "password": "x",
        "header": "true",
        "versionasof": "3",
        "path": "abfss://c@a/p",
        "subscribe": "orders",
        "unknown": "anything",
        "number": 5,
        "flag": True,
        "nothing": None,
        "fs.azure.account.key.a": "x",
        "table" : { "identifier" : { "table" : "t", "database" : "db" }, "storage" :
        "Storage(Location: dbfs:/x, Storage Properties: [a=b])" },
    }  # fmt: skip
    assert masked(plan)["operations"]["reads"][0]["params"] == {
        "url": "jdbc:sqlserver://h:1433;database=d;user=u;password=*****;encrypt=true",
        "dbtable": "dbo.Orders",
        "user": "etl",
        "password": "*****",
        "header": "true",
        "versionasof": "3",
        "path": "abfss://c@a/p",
        "subscribe": "orders",
        "unknown": "?",
        "number": "?",
        "flag": True,
        "nothing": None,
        "fs.azure.account.key.a": "*****",
        "table" : { "identifier" : { "table" : "t", "database" : "db" }, "storage" :
        "Storage(Location: dbfs:/x, Storage Properties: [?])" },
    }  # fmt: skip


@pytest.mark.parametrize("option", sorted(NAMING_OPTIONS))
def test_every_option_that_a_name_is_made_of_stays(option: str):
    plan = small_plan()
    plan["operations"]["reads"][0]["params"] = {option: "contoso", "unknown": "contoso"}
    assert masked(plan)["operations"]["reads"][0]["params"] == {option: "contoso", "unknown": "?"}


def test_secrets_in_keys_go_and_pickled_functions_with_their_key():
    token = "dapi0123456789abcdef0123456789abcdef"
    plan = small_plan()
    plan["operations"]["other"][0]["params"] = {f"of {token}": ["ids#1"], "func": {"command": "gASV"}}
    plan["extraInfo"] = {token: {"n": "x"}}
    after = masked(plan)
    assert after["operations"]["other"][0]["params"] == {"of *****": ["ids#1"]}
    assert after["extraInfo"] == {"*****": {"n": "x"}}


def test_texts_in_double_quotes_go_where_the_database_has_them():
    plan = small_plan()
    query = '(select "a" from t where b = "c") q'
    plan["operations"]["reads"][0]["params"] = {"url": "jdbc:mysql://h/d", "dbtable": query}
    assert masked(plan)["operations"]["reads"][0]["params"]["dbtable"] == "(select '?' from t where b = '?') q"
    plan["operations"]["reads"][0]["params"] = {"url": "jdbc:oracle:thin:@//h/d", "dbtable": query}
    assert masked(plan)["operations"]["reads"][0]["params"]["dbtable"] == query


def test_metadata_of_users_stays():
    extra = {
        "appId": "local-1",
        "databricks" : { "notebookPath" : "/Users/etl@contoso.com/Orders, daily", "taskKey" : "03_gold", "jobId" :
        "4711", "runId" : 9 },
        "columns": ["key", "order_id", "token"],
        "writeMetrics": {"numOutputRows": 3},
    }  # fmt: skip
    event = {"planId": "p1", "timestamp": 1, "durationNs": 2, "extra": extra, "labels": {"env": ["prod"]}}
    assert masked(event) == event


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff", b'"text"', b"1", b"null", b"{}x", b'{"a":\x00}'])
def test_no_json_object_or_array_is_refused(body: bytes):
    with pytest.raises(MalformedPayload):
        mask_payload(body, keep_literals=False)


@pytest.mark.parametrize("depth", [100, 1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"operations":{"other":[{"params":{"a":['])
def test_deep_nesting_is_masked_or_refused(depth: int, opening: str):
    closing = "".join({"[": "]", "{": "}"}[bracket] for bracket in reversed(re.findall(r"[\[{]", opening)))
    body = (opening * depth + '"password=s3cr3t"' + closing * depth).encode()
    try:
        once = mask_payload(body, keep_literals=False)
    except MalformedPayload:
        once = b""
    assert b"s3cr3t" not in once
    assert once or depth > 100


KEYS = st.sampled_from(["operations", "expressions", "attributes", "extraInfo", "params", "value", "name", "error"])
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=20,
)


@given(st.lists(JSON) | st.dictionaries(KEYS, JSON))
def test_any_json_is_masked_without_an_error(value: Any):
    try:
        once = mask_payload(msgspec.json.encode(value), keep_literals=False)
    except MalformedPayload:
        return
    assert mask_payload(once, keep_literals=False) == once
