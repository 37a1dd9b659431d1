"""In a real browser: choose a column of the demo, and exactly its path lights up."""

from urllib.parse import urlencode

import pytest

from tests.page.lake import Oracle, demo_oracle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

LIT = """() => [...document.querySelectorAll(".row.lit")].map(
    (row) => [row.closest(".card").dataset.dataset, row.dataset.column])"""
STEPS = (
    """() => [...document.querySelectorAll("#edges .step")].map((path) => [path.dataset.source, path.dataset.target])"""
)
INFLUENCES = """() => [...document.querySelectorAll("#edges .influence[data-kind]")].map(
    (path) => [path.dataset.kind, path.dataset.source])"""
SHOW = """(address) => { history.pushState(null, "", address); dispatchEvent(new PopStateEvent("popstate")); }"""


def pairs(found):
    return sorted(map(tuple, found))


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return demo_oracle()


def address(column, **more):
    return "#" + urlencode({"all": "", "of": column[0], "column": column[1], **more})


def test_the_lit_set_is_the_oracles_for_every_column_of_the_demo(opened, demo_page, oracle):
    page = opened(demo_page).page
    assert len(oracle.columns) > 90
    for column in sorted(oracle.columns):
        page.evaluate(SHOW, address(column))
        columns, edges = oracle.lit(column)
        assert pairs(page.evaluate(LIT)) == sorted(columns), column
        drawn = {tuple(tuple(end.rsplit("#", 1)) for end in step) for step in page.evaluate(STEPS)}
        assert drawn == edges, column


def test_influences_are_drawn_on_demand_for_every_column_of_the_demo(opened, demo_page, oracle):
    page = opened(demo_page).page
    for column in sorted(oracle.columns):
        page.evaluate(SHOW, address(column))
        assert page.evaluate(INFLUENCES) == []
        page.evaluate(SHOW, address(column, influences=""))
        expected = {(kind, "#".join(source)) for kind, source in oracle.influences(column) if kind != "condition"}
        drawn = {tuple(one) for one in page.evaluate(INFLUENCES) if one[0] != "condition"}
        assert drawn == expected, column


def test_a_condition_is_shown_for_the_column_that_it_decides_about(opened, demo_page, oracle):
    page = opened(demo_page).page
    lake = "https://northwindlake.dfs.core.windows.net"
    page.evaluate(SHOW, address((f"{lake}/gold/customer_value", "segment"), influences=""))
    conditions = {source for kind, source in page.evaluate(INFLUENCES) if kind == "condition"}
    assert conditions >= {f"{lake}/silver/orders#net_amount_eur", f"{lake}/silver/customers#country"}
    page.evaluate(SHOW, address((f"{lake}/gold/customer_value", "lifetime_value_eur"), influences=""))
    decided = [source for kind, source in page.evaluate(INFLUENCES) if kind == "condition"]
    assert decided == []


def test_the_rest_is_faint(opened, demo_page):
    one = opened(demo_page).show(
        all="", of="https://northwindlake.dfs.core.windows.net/gold/daily_revenue", column="revenue_eur"
    )
    opacity = "(element) => Number(getComputedStyle(element).opacity)"
    assert one.page.locator(".card.lit").first.evaluate(opacity) == 1
    one.page.wait_for_timeout(200)
    assert one.page.locator(".card:not(.lit)").first.evaluate(opacity) < 0.5
    assert one.page.locator("#status").text_content() == "revenue_eur: 9 columns upstream, 1 downstream"
    one.picture("column")
