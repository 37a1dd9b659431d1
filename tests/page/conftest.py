"""The demo's lakehouse in the embedded catalogue, and a real Chromium."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request

from lineage.catalogue import AtlasClient
from lineage.page import render_page
from tests.page import chromium as browsers
from tests.page import lake

PICTURES = Path("build/pictures")


@dataclass
class Opened:
    """A page in the browser, with everything that should not have happened on it."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    def show(self, **address: str) -> "Opened":
        """Go to an address of the page, as somebody who was sent it."""
        self.page.goto(f"{self.url}#{urlencode(address)}")
        self.page.reload()
        self.page.wait_for_selector("html[data-ready]")
        return self

    def picture(self, name: str) -> Path:
        """Keep what is to be seen."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements, as the reader has them."""
        return [text.strip() for text in self.page.locator(selector).all_text_contents()]


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def lakehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtlasClient]:
    """A catalogue with every write of the demo."""
    folder = tmp_path_factory.mktemp("lakehouse")
    with lake.catalogue(folder) as client:
        lake.publish(client, folder)
        yield client


@pytest.fixture(scope="session")
def demo_page(lakehouse: AtlasClient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole demo as a file."""
    path = tmp_path_factory.mktemp("page") / "lineage.html"
    path.write_text(render_page(lakehouse, None, extras={"unmapped": 0, "parked": 0}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not browsers.PATH:
        if os.environ.get("CI") == "true":
            pytest.fail(browsers.MISSING)
        pytest.skip(browsers.MISSING)
    with browsers.started() as browser:
        yield browser


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Opens a file or a URL; no error, no request to anywhere else and no refusal by the policy may come of it."""
    with ExitStack() as contexts:
        seen: list[Opened] = []

        def open_page(where: Path | str, **options: Any) -> Opened:
            options.setdefault("viewport", {"width": 1440, "height": 900})
            context = chromium.new_context(**options)
            contexts.callback(context.close)
            url = where.resolve().as_uri() if isinstance(where, Path) else where
            opened = Opened(context.new_page(), url)
            _watch(opened)
            seen.append(opened)
            opened.page.goto(url)
            opened.page.wait_for_selector("html[data-ready]")
            return opened

        yield open_page
        assert [fault for one in seen for fault in one.faults] == []


def _watch(opened: Opened) -> None:
    page, faults = opened.page, opened.faults
    own = opened.url.partition("?")[0].rpartition("/")[0]

    def dismiss(dialog: Dialog) -> None:
        faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def requested(request: Request) -> None:
        if not request.url.startswith((own, "data:", "blob:")):
            faults.append(f"request: {request.url}")

    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
    page.on("dialog", dismiss)
    page.on("request", requested)
