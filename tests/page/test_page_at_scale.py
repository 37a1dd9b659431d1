"""In a real browser: wide tables, many nodes, a large catalogue."""

import json
from itertools import pairwise

import pytest

from lineage.page import render_page
from tests.page.atlas_double import AtlasDouble
from tests.page.looks import card, names

pytestmark = pytest.mark.browser


def wide_lake(columns):
    atlas = AtlasDouble()
    listed = [(f"measure_{at:03}", "double") for at in range(columns)]
    source, target = (atlas.dataset(f"https://w.dfs.core.windows.net/{place}/wide", listed) for place in ("raw", "out"))
    ends = {"Source": source["attributes"]["qualifiedName"], "Sink": target["attributes"]["qualifiedName"]}
    pairs = [{"Source": name, "Sink": name} for name, _ in listed]
    mapping = json.dumps([{"DatasetMapping": ends, "ColumnMapping": pairs}])
    atlas.process(
        "databricks://adb-1.azuredatabricks.net/notebooks/widen/processes/1", [source], [target], columnMapping=mapping
    )
    return atlas, target


def test_five_hundred_columns_fold_and_can_be_filtered(opened, tmp_path):
    atlas, target = wide_lake(500)
    path = tmp_path / "wide.html"
    path.write_text(render_page(atlas, target["guid"]), encoding="utf-8")
    one = opened(path)
    wide = card("https://w.dfs.core.windows.net/out/wide")
    assert one.page.locator(f"{wide} .row").count() == 6
    one.page.click(f"{wide} .foot")
    assert one.page.locator(f"{wide} .row").count() == 500
    assert one.page.locator(wide).bounding_box()["height"] < 500
    one.page.fill(f"{wide} .filter", "re_49")
    assert one.texts(f"{wide} .row .name") == [f"measure_{at}" for at in range(490, 500)]
    one.page.click(f"{wide} [data-column=measure_497]")
    assert sorted(one.texts(".row.lit .name")) == ["measure_497", "measure_497"]
    one.page.fill(f"{wide} .filter", "")
    one.page.locator(f"{wide} .rows").evaluate("(list) => { list.scrollTop = 4000; }")
    one.page.wait_for_timeout(100)
    ends = one.page.locator("#edges .step").evaluate("(path) => path.getPointAtLength(path.getTotalLength()).y")
    box = one.page.locator(wide).evaluate("(card) => [new DOMMatrix(card.style.transform).f, card.offsetHeight]")
    assert box[0] < ends < box[0] + box[1]
    one.picture("wide")


def layered_lake(datasets, columns=20, layers=6):
    """Tables in layers, each made of two of the layer before."""
    atlas = AtlasDouble()
    listed = [(f"column_{at}", "string") for at in range(columns)]
    rows = [
        [
            atlas.dataset(f"https://lake{at % 5}.dfs.core.windows.net/layer{layer}/table_{layer}_{at}", listed)
            for at in range(datasets // layers)
        ]
        for layer in range(layers)
    ]
    for layer, (above, row) in enumerate(pairwise(rows), start=1):
        for at, target in enumerate(row):
            sources = [above[at], above[(at * 7 + layer) % len(above)]]
            mapping = [
                {
                    "DatasetMapping": {
                        "Source": source["attributes"]["qualifiedName"],
                        "Sink": target["attributes"]["qualifiedName"],
                    },
                    "ColumnMapping": [{"Source": name, "Sink": name} for name, _ in listed[half::2]],
                }
                for half, source in enumerate(sources)
            ]
            atlas.process(
                f"databricks://adb-{at % 3}.azuredatabricks.net/jobs/{at % 40}/tasks/build_{layer}/processes/{at}",
                sources, [target], columnMapping=json.dumps(mapping),
            )  # fmt: skip
    return atlas, rows


def test_forty_nodes_are_legible_on_a_laptop(opened, tmp_path):
    atlas, _ = layered_lake(24, columns=9)
    path = tmp_path / "forty.html"
    path.write_text(render_page(atlas, None), encoding="utf-8")
    one = opened(path).show(all="")
    assert one.page.locator("#nodes > *").count() == 44
    shown = one.page.evaluate(
        """() => [...document.querySelectorAll("#nodes .head .name, #nodes .node .name")].map((e) => {
        const zoom = new DOMMatrix(getComputedStyle(document.getElementById("world")).transform).a;
        const box = e.getBoundingClientRect();
        const inside = box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
        const size = parseFloat(getComputedStyle(e).fontSize) * zoom;
        return [e.textContent, size, e.scrollWidth > e.clientWidth, inside]; })"""
    )
    assert [found for found in shown if found[1] < 8.5 or found[2] or not found[3]] == []
    one.picture("forty")


def test_a_catalogue_of_two_thousand_datasets_opens_a_neighbourhood(opened, tmp_path):
    atlas, rows = layered_lake(2000)
    path = tmp_path / "large.html"
    path.write_text(render_page(atlas, None), encoding="utf-8")
    name = rows[3][100]["attributes"]["qualifiedName"]
    one = opened(path)
    assert "1,998" in one.texts(".figure b")
    one.picture("large-start")
    one.page.fill("#query", "table_3_100")
    one.page.keyboard.press("Enter")
    assert one.page.locator(".card.focus").get_attribute("data-dataset") == name
    assert 5 < len(names(one)) < 60
    one.picture("large")
    near = tmp_path / "near.html"
    near.write_text(render_page(atlas, rows[3][100]["guid"], depth=3), encoding="utf-8")
    assert near.stat().st_size < 1_000_000
    assert name in names(opened(near))
