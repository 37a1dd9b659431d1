"""In a real browser: names that mean harm are shown as what they are, text."""

import json
from itertools import pairwise

import pytest

from lineage.page import render_page
from tests.page.atlas_double import AtlasDouble

pytestmark = pytest.mark.browser


ILL_MEANT = [
    "</script><script>window.hurt = 1</script>",
    '"><img src=x onerror="window.hurt = 1">',
    "'; window.hurt = 1; '",
    "<b>bold</b> & {{data}} {{script}}",
    "n" * 10_000,
    "\u202egnp.exe",
    "جدول المبيعات",
    "\u2028\u2029 line \\u003c separators",
    '=HYPERLINK("http://example.invalid")',
    "javascript:window.hurt=1",
]


def ill_meant_lake():
    atlas = AtlasDouble()
    listed = [(name, name) for name in ILL_MEANT]
    made = [atlas.dataset(f"https://w.dfs.core.windows.net/evil/{name}", listed, name=name) for name in ILL_MEANT]
    for at, (source, target) in enumerate(pairwise(made)):
        ends = {"Source": source["attributes"]["qualifiedName"], "Sink": target["attributes"]["qualifiedName"]}
        mapping = json.dumps([{"DatasetMapping": ends, "ColumnMapping": [{"Source": n, "Sink": n} for n in ILL_MEANT]}])
        plan = json.dumps({"statements": [{"mode": ILL_MEANT[at], "expressions": {n: n for n in ILL_MEANT}}]})
        process = atlas.process(
            f"databricks://x.invalid/notebooks/{ILL_MEANT[at]}/processes/{at}", [source], [target], name=ILL_MEANT[at],
            columnMapping=mapping, sparkPlan=plan,
        )  # fmt: skip
        process["customAttributes"] = {
            "lastStatus": ILL_MEANT[at], "lastRun": ILL_MEANT[at], "lastError": ILL_MEANT[at], "runLink": ILL_MEANT[at],
            "remarks": json.dumps(ILL_MEANT), "shortened": ILL_MEANT[at],
        }  # fmt: skip
    return atlas, made


def test_ill_meant_names_are_text(opened, tmp_path):
    atlas, made = ill_meant_lake()
    path = tmp_path / "ill.html"
    path.write_text(render_page(atlas, None, extras={"parked": ILL_MEANT[0]}), encoding="utf-8")
    one = opened(path)
    one.show(all="", columns="on")
    for name in ILL_MEANT:
        one.page.fill("#query", name)
        assert one.page.locator("#hits li").count() > 0
    one.page.keyboard.press("Escape")
    shown = sorted(name.rpartition("/")[2] for name in ILL_MEANT)
    assert sorted(one.page.locator(".card .head .name").all_text_contents()) == shown
    for entity in made[:3]:
        key = entity["attributes"]["qualifiedName"]
        for column in ILL_MEANT:
            one.show(all="", of=key, column=column)
            assert one.page.locator(".row[aria-pressed=true] .name").text_content() == column
    for node in range(len(ILL_MEANT) - 1):
        one.page.locator(".node .main").nth(node).dispatch_event("click")
        assert one.page.locator("#panel h2").is_visible()
    assert one.page.evaluate("() => window.hurt") is None
    assert one.page.locator("body img, body b b, #nodes script").count() == 0
    assert set(one.page.locator("a").evaluate_all("(all) => all.map((a) => a.protocol)")) <= {"https:"}
    assert one.page.evaluate("() => document.documentElement.scrollWidth") == 1440
    one.show(at=made[4]["attributes"]["qualifiedName"], columns="on")
    one.picture("ill-meant")
