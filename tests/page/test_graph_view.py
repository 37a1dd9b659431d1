"""In a real browser: the graph, what of it is shown, and the address that holds the view."""

import pytest

from tests.page.looks import LAKE, ORDERS, PUBLISHED, REVENUE, card, names

pytestmark = pytest.mark.browser

EDGES_THROUGH_CARDS = """() => {
  const cards = [...document.querySelectorAll(".card")].map((card) => card.getBoundingClientRect());
  const inside = ({ x, y }) =>
    cards.some((card) => x > card.left + 3 && x < card.right - 3 && y > card.top + 3 && y < card.bottom - 3);
  const points = (path) => {
    const matrix = path.getScreenCTM(), length = path.getTotalLength();
    const at = (part) => path.getPointAtLength((length * (part + 1)) / 61).matrixTransform(matrix);
    return Array.from({ length: 60 }, (_, part) => at(part));
  };
  return [...document.querySelectorAll("#edges .edge")].filter((path) => points(path).some(inside)).length;
}"""


def test_the_whole_graph_is_drawn_with_the_failed_process_apart(opened, demo_page):
    one = opened(demo_page).show(all="")
    assert len(names(one)) == 15
    assert one.page.locator(".node").count() == 15
    assert one.page.locator(".node.failed").count() == 1
    one.page.click(".node.failed .main")
    panel = one.page.locator("#panel").inner_text()
    assert "org.apache.spark.SparkException" in panel
    assert "It has never succeeded, so no edge is drawn." in panel
    one.picture("failed")


def test_cards_never_overlap_and_edges_keep_out_of_them(opened, demo_page):
    one = opened(demo_page).show(all="")
    boxes = one.page.eval_on_selector_all(
        "#nodes > *",
        "(all) => all.map((e) => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom]; })",
    )
    for at, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    assert one.page.evaluate(EDGES_THROUGH_CARDS) == 0


def test_focus_and_depth_decide_what_is_shown(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="1", down="0")
    assert set(names(one)) == {REVENUE, ORDERS, f"{LAKE}/silver/customers"}
    one.page.click("#up-more")
    assert f"{LAKE}/bronze/fx_rates" in names(one)
    assert "up=1" not in one.page.url
    one.page.click("#down-more")
    assert PUBLISHED in names(one)
    one.page.click("#up-less")
    one.page.click("#up-less")
    assert one.page.locator("#up").text_content() == "0"
    assert ORDERS not in names(one)


def test_a_handle_shows_the_neighbours_that_are_hidden(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="1", down="0")
    hidden = one.page.locator(f"{card(ORDERS)} .handle.upstream")
    assert hidden.get_attribute("aria-label") == "Show 1 more upstream of orders"
    hidden.click()
    assert f"{LAKE}/bronze/products" in names(one)
    assert one.page.locator(f"{card(ORDERS)} .handle.upstream").count() == 0


def test_the_address_holds_the_view(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="1")
    one.page.click(f"{card(ORDERS)} .handle.upstream")
    one.page.click(f"{card(ORDERS)} .foot")
    one.page.click(f"{card(REVENUE)} [data-column=revenue_eur]")
    one.page.click("#influences")
    one.page.click("#theme")
    one.page.mouse.move(500, 850)
    one.page.mouse.wheel(0, -300)
    one.page.wait_for_timeout(400)
    seen = "() => document.getElementById('world').innerHTML + document.documentElement.dataset.theme"
    place = one.page.locator(card(REVENUE)).bounding_box()
    before = one.page.evaluate(seen)
    again = opened(demo_page)
    again.page.goto(one.page.url)
    again.page.reload()
    again.page.wait_for_selector("html[data-ready]")
    assert again.page.evaluate(seen).replace(' tabindex="0"', "") == before.replace(' tabindex="0"', "")
    assert again.page.locator(card(REVENUE)).bounding_box() == pytest.approx(place, abs=12)
    one.page.go_back()
    assert one.page.get_attribute("html", "data-theme") == "auto"


def test_an_address_that_makes_no_sense_is_let_pass(opened, demo_page):
    one = opened(demo_page)
    one.show(
        at="nowhere", of="nobody", column="nothing", up="-3", down="x", view="1,2", open="y", grown="z>", theme="q"
    )
    assert one.page.locator("#browse").is_visible()
    one.show(at=REVENUE, up="999999", column="revenue_eur", of=ORDERS)
    assert one.page.locator(".card.focus").count() == 1


def test_zoom_pan_and_fit(opened, demo_page):
    one = opened(demo_page).show(all="")
    percent = lambda: int(one.page.locator("#percent").text_content().split()[0])  # noqa: E731
    fitted = percent()
    one.page.click("#zoom-in")
    one.page.click("#zoom-in")
    assert percent() > fitted
    assert one.page.locator("#map").is_visible()
    place = one.page.locator(card(REVENUE)).bounding_box()
    one.page.mouse.move(700, 860)
    one.page.mouse.down()
    one.page.mouse.move(600, 800, steps=4)
    one.page.mouse.up()
    moved = one.page.locator(card(REVENUE)).bounding_box()
    assert round(moved["x"] - place["x"]) == -100
    assert round(moved["y"] - place["y"]) == -60
    one.page.click("#fit")
    assert percent() == fitted
    assert one.page.locator("#map").is_hidden()


def test_an_address_of_what_is_not_in_view_says_so_and_leads_there(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="0", down="0", node=ORDERS)
    assert names(one) == [REVENUE]
    assert one.texts("#panel h2") == ["orders"]
    assert one.texts("#panel .away") == ["Not in the part of the graph that is shown. Show it"]
    one.picture("away")
    one.page.click("#panel .away button")
    assert ORDERS in names(one)
    assert one.page.locator("#panel h2").text_content() == "orders"
    assert one.page.locator("#panel .away").count() == 0


def test_the_column_of_an_address_is_followed_where_it_is(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="0", down="0", of=ORDERS, column="order_id")
    one.page.click("#panel .away button")
    assert ORDERS in names(one)
    assert one.page.locator(".row[aria-pressed=true]").get_attribute("data-column") == "order_id"
    assert one.page.locator("#panel .away").count() == 0


def test_what_leaves_the_view_is_told_in_its_details(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="1", down="0", node=ORDERS)
    assert one.page.locator("#panel .away").count() == 0
    one.page.click("#up-less")
    assert ORDERS not in names(one)
    assert one.page.locator("#panel .away").count() == 1
