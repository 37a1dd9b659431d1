"""In a real browser: the start page, and the search."""

import pytest

pytestmark = pytest.mark.browser


def test_the_start_page_lists_containers_jobs_and_recent_runs(opened, demo_page):
    one = opened(demo_page)
    figures = dict(zip(one.texts(".figure span"), one.texts(".figure b"), strict=True))
    assert figures["datasets"] == "15"
    assert figures["processes"] == "15"
    assert figures["failed last"] == "1"
    assert (figures["unmapped"], figures["parked"]) == ("0", "0")
    groups = one.texts(".browse-list summary bdi")
    assert "silver · northwindlake" in groups
    assert "adb-8765432109876543.7.azuredatabricks.net" in groups
    assert "job 4711" in groups
    runs = one.texts("#browse table.runs tbody tr")
    assert len(runs) == 8
    assert [run for run in runs if "failed" in run]
    one.picture("start")
    one.page.click("#browse .item:has-text('daily_revenue') >> nth=1")
    assert one.page.locator("#graph").is_visible()


def test_search_finds_datasets_columns_and_processes(opened, demo_page):
    one = opened(demo_page)
    one.page.keyboard.press("/")
    one.page.keyboard.type("net_am")
    assert one.texts("#hits .name") == ["net_amount_eur"]
    one.page.keyboard.press("Enter")
    assert one.page.locator(".row[aria-pressed=true]").get_attribute("data-column") == "net_amount_eur"
    one.page.fill("#query", "build_silver")
    assert len(one.texts("#hits .name")) == 2
    one.page.fill("#query", "no such thing")
    assert one.texts("#hits li") == ["Nothing has this name."]
