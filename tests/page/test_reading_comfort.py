"""In a real browser: by keyboard alone, in light and dark, on a narrow screen."""

import re

import pytest

from tests.page.looks import ORDERS, REVENUE, active, card, names, pressed

pytestmark = pytest.mark.browser

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([red, green, blue, alpha], under) =>
    [red, green, blue].map((part, at) => part * alpha + under[at] * (1 - alpha));
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ground = (element) => {
    const stack = [];
    for (let at = element; at; at = at.parentElement) stack.unshift(rgba(getComputedStyle(at).backgroundColor));
    return stack.reduce((under, color) => over(color, under), [255, 255, 255]);
  };
  const faint = (element) => element.closest(".card:not(.lit), .node:not(.lit)");
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("#bar *, #panel *, .card *, .node *, #legend *, #lens *")]
    .filter((element) => element.checkVisibility() && !faint(element) && says(element))
    .map((element) => {
      const under = ground(element);
      const ink = over(rgba(getComputedStyle(element).color), under);
      const [dark, bright] = [light(ink), light(under)].sort((one, other) => one - other);
      return [`${element.className} ${element.textContent.slice(0, 20)}`, (bright + 0.05) / (dark + 0.05)];
    });
}"""
"""Every text with the contrast to what lies under it (WCAG 2)."""


def test_the_keyboard_goes_everywhere(opened, demo_page):
    one = opened(demo_page).show(at=REVENUE, up="2", down="1")
    one.page.evaluate("() => document.body.focus()")
    for _ in range(20):
        pressed(one, "Tab")
        if active(one)[0]:
            break
    assert active(one) == [REVENUE, ""]
    pressed(one, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
    assert active(one) == [REVENUE, "revenue_eur"]
    pressed(one, "Enter")
    assert one.page.locator(".row[aria-pressed=true]").count() == 1
    assert active(one) == [REVENUE, "revenue_eur"]
    pressed(one, "ArrowLeft")
    assert active(one) == [ORDERS, "net_amount_eur"]
    pressed(one, "ArrowRight")
    assert active(one) == [REVENUE, "revenue_eur"]
    pressed(one, "i")
    assert one.page.locator("#edges .influence").count() > 0
    pressed(one, "Escape")
    assert one.page.locator(".row[aria-pressed=true]").count() == 0
    pressed(one, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowLeft")
    assert "/processes/" in active(one)[0]
    pressed(one, "Enter")
    assert one.page.locator("#panel").is_visible()
    pressed(one, "ArrowLeft")
    assert active(one)[0] in names(one)
    chosen = active(one)[0]
    pressed(one, "g")
    assert one.page.locator(".card.focus").get_attribute("data-dataset") == chosen
    pressed(one, "]", "]", "}")
    assert (one.page.locator("#up").text_content(), one.page.locator("#down").text_content()) == ("4", "2")
    pressed(one, "?")
    assert one.page.locator("#help").is_visible()
    one.picture("keys")
    pressed(one, "Escape", "h")
    assert one.page.locator("#browse").is_visible()
    pressed(one, "a")
    assert len(names(one)) == 15


def test_every_key_of_the_list_does_something(opened, demo_page):
    one = opened(demo_page).show(all="")
    pressed(one, "?")
    listed = one.texts("#key-list kbd")
    assert len(listed) == len(one.texts("#key-list dd"))
    assert set("/goic[]{}f+-0daht?") <= set(listed)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_in_light_and_dark(opened, demo_page, scheme):
    one = opened(demo_page, color_scheme=scheme).show(all="", of=REVENUE, column="revenue_eur", influences="")
    contrasts = one.page.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [found for found in contrasts if found[1] < 4.5] == []
    dark = one.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == (scheme == "dark")
    one.picture(f"column-{scheme}")


def test_the_scheme_can_be_turned(opened, demo_page):
    one = opened(demo_page, color_scheme="dark").show(all="")
    one.page.click("#theme")
    assert one.page.get_attribute("html", "data-theme") == "light"
    assert "theme=light" in one.page.url
    one.page.click("#theme")
    assert one.page.get_attribute("html", "data-theme") == "dark"


def test_a_narrow_screen_is_enough(opened, demo_page):
    one = opened(demo_page, viewport={"width": 400, "height": 800}, has_touch=True)
    wide = "() => document.documentElement.scrollWidth"
    assert one.page.evaluate(wide) == 400
    one.picture("narrow-start")
    one.show(at=REVENUE)
    assert one.page.evaluate(wide) == 400
    focus = one.page.locator(".card.focus").bounding_box()
    assert focus["x"] >= 0
    assert focus["x"] + focus["width"] <= 400
    one.page.tap(f"{card(REVENUE)} [data-column=revenue_eur]")
    panel = one.page.locator("#panel").bounding_box()
    assert (panel["x"], panel["width"]) == (0, 400)
    chosen = one.page.locator(".row[aria-pressed=true]").bounding_box()
    assert chosen["y"] + chosen["height"] <= panel["y"]
    one.picture("narrow")
    one.page.tap("#panel .close")
    assert one.page.locator("#panel").is_hidden()
