import base64
import hashlib
import json
import re
from importlib import resources

import pytest

from lineage.page import render_page
from lineage.page.render import SCRIPTS, in_script
from tests.page.atlas_double import AtlasDouble

pytestmark = pytest.mark.unit

ILL_MEANT = "</script><script>x</script><!-- & \u2028\u2029 {{script}} {{data}}"


def small_lake():
    atlas = AtlasDouble()
    source, target = (
        atlas.dataset(f"https://a.dfs.core.windows.net/{place}/t", [(ILL_MEANT, "int")]) for place in ("raw", "out")
    )
    atlas.process("databricks://h/notebooks/n/processes/1", [source], [target], name=ILL_MEANT)
    return atlas, target


def data_of(page):
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(data)


def test_the_page_carries_the_graph_as_it_is():
    atlas, target = small_lake()
    data = data_of(render_page(atlas, target["guid"], depth=2, extras={"parked": 3}))
    assert [dataset["columns"] for dataset in data["datasets"]] == [[[ILL_MEANT, "int"]]] * 2
    assert data["processes"][0]["name"] == ILL_MEANT
    assert (data["focus"], data["depth"], data["live"], data["extras"]) == (0, 2, False, {"parked": 3})
    assert data["edges"] == [[1, 2, 0, []], [2, 0, 0, []]]


def test_names_cannot_leave_their_script_element():
    atlas, _ = small_lake()
    page = render_page(atlas, None)
    assert page.count("</script>") == 2
    assert "<!-- &" not in page


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "&lt;", "\u2028", "\u2029", "\\u003c", '"'])
def test_escaping_keeps_the_meaning(text):
    escaped = in_script(json.dumps(text, ensure_ascii=False))
    assert json.loads(escaped) == text
    assert not re.search("[<>&\u2028\u2029]", escaped)


def test_the_policy_allows_exactly_what_is_in_the_page():
    atlas, _ = small_lake()
    page = render_page(atlas, None)
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "connect-src 'none'" in policy
    for tag, source in (("script", "script-src"), ("style", "style-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in policy


def test_a_file_refers_to_nothing():
    atlas, _ = small_lake()
    page = re.sub(r'<script type="application/json".*?</script>', "", render_page(atlas, None), flags=re.DOTALL)
    urls = set(re.findall(r"https?://[^\s\"'`)]+", page))
    assert urls <= {"http://www.w3.org/2000/svg", "https://"}
    assert not re.findall(r"@import|url\((?!#)|src=|<link (?!rel=\"icon\" href=\"data:,\")", page)


def test_names_never_become_markup():
    page = render_page(AtlasDouble(), None)
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", page)


def test_a_live_page_may_ask_its_own_server():
    page = render_page(AtlasDouble(), None, live=True)
    assert "connect-src 'self'" in page
    assert data_of(page)["live"] is True


def test_the_same_catalogue_gives_the_same_bytes():
    assert render_page(small_lake()[0], None) == render_page(small_lake()[0], None)


def test_an_empty_catalogue_is_a_page_too():
    assert data_of(render_page(AtlasDouble(), None))["datasets"] == []


def test_the_pages_own_weight_is_small():
    assert len(render_page(AtlasDouble(), None).encode()) < 150_000


def test_every_part_of_the_script_is_in_the_page():
    parts = {part.name.removesuffix(".js") for part in (resources.files("lineage.page") / "script").iterdir()}
    assert sorted(SCRIPTS) == sorted(parts)
