"""In a real browser: the details at the side, and what can be taken away."""

import csv
import io
from pathlib import Path

import pytest

from tests.page.looks import LAKE, ORDERS, REVENUE, card

pytestmark = pytest.mark.browser


def test_a_process_shows_its_statement_runs_and_links(opened, demo_page):
    one = opened(demo_page).show(at=ORDERS, up="1", down="0")
    one.page.click(".node .main")
    panel = one.page.locator("#panel")
    text = panel.inner_text()
    assert "02_build_silver: bronze/fx_rates + bronze/orders + bronze/products → silver/orders" in text
    assert "to_date(order_ts)" in text
    assert "overwrite" in text
    assert len(one.texts("#panel table.runs tbody tr")) == 2
    assert one.texts("#panel table.runs .pill") == ["succeeded", "succeeded"]
    links = panel.locator("a").evaluate_all("(all) => all.map((a) => [a.textContent, a.href, a.rel, a.target])")
    host = "https://adb-8765432109876543.7.azuredatabricks.net"
    hrefs = [href for _, href, _, _ in links]
    assert hrefs[:3] == [f"{host}/", f"{host}/jobs/4711", f"{host}/#workspace/Repos/data/retail/02_build_silver"]
    assert [href.partition("?")[0] for href in hrefs[3:]] == [f"{host}/jobs/4711/runs/{run}" for run in (9002, 9001)]
    assert {(rel, target) for _, _, rel, target in links} == {("noopener noreferrer", "_blank")}
    one.picture("process")


def test_a_process_that_was_not_seen_for_long_says_so(opened, demo_page, tmp_path):
    text = Path(demo_page).read_text(encoding="utf-8")
    assert '"stale":false' in text
    stale = tmp_path / "stale.html"
    stale.write_text(text.replace('"stale":false', '"stale":true'), encoding="utf-8")
    one = opened(stale).show(at=ORDERS, up="1", down="0")
    one.page.click(".node .main")
    assert one.texts("#panel .cut") == ["Stale: no run of it was seen for long."]


def test_what_could_not_be_known_is_said(opened, demo_page):
    one = opened(demo_page).show(at=f"{LAKE}/silver/customers", up="1", down="0")
    one.page.click(".node .main")
    assert "WHEN NOT MATCHED BY SOURCE" in one.texts("#panel .notes li")[0]


def test_a_dataset_shows_place_name_standing_writers_and_readers(opened, demo_page):
    one = opened(demo_page, permissions=["clipboard-read", "clipboard-write"]).show(at=ORDERS)
    one.page.click(f"{card(ORDERS)} .head")
    text = one.page.locator("#panel").inner_text()
    assert ORDERS in text
    assert "Placeholder: made by lineage, no scanned asset was found" in text
    assert "02_build_silver → orders" in text
    assert "03_build_gold → top_products" in text
    assert len(one.texts("#panel .schema tr")) == 11
    one.page.click("#panel .copy")
    one.page.wait_for_selector(".copy.done")
    assert one.page.evaluate("() => navigator.clipboard.readText()") == ORDERS
    one.picture("dataset")


def test_the_details_of_a_column_say_how_it_is_made(opened, demo_page):
    one = opened(demo_page).show(all="", of=ORDERS, column="net_amount_eur")
    text = one.page.locator("#panel").inner_text()
    assert "decimal(12,2)" in text
    assert "rate_to_eur" in one.page.locator("#panel .expression").inner_text()
    one.page.click("#panel .item.column:has-text('rate_to_eur')")
    assert one.page.locator(".row[aria-pressed=true]").get_attribute("data-column") == "rate_to_eur"


def test_the_edges_can_be_taken_away_as_a_table(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="1", down="0")
    with one.page.expect_download() as download:
        one.page.keyboard.press("d")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    edges = {(row["source"], row["source column"], row["target column"], row["kind"]) for row in rows}
    assert (ORDERS, "net_amount_eur", "revenue_eur", "aggregation") in edges
    assert {row["target"] for row in rows} == {REVENUE}
    assert {row["expression"] for row in rows if row["target column"] == "revenue_eur"} == {"sum(net_amount_eur)"}
