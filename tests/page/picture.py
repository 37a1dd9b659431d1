"""Take the README's picture of a lineage page: ``python -m tests.page.picture PAGE.html PICTURE.png``."""

import sys
from pathlib import Path
from urllib.parse import urlencode

from tests.page import chromium
from tests.page.looks import REVENUE

SIZE = {"width": 1600, "height": 850}


def take(page: Path, picture: Path) -> None:
    """The whole graph of the demo with the path of one column lit."""
    address = urlencode({"all": "", "of": REVENUE, "column": "revenue_eur"})
    with chromium.started() as browser:
        window = browser.new_page(viewport=SIZE, device_scale_factor=2, color_scheme="light")  # type: ignore[arg-type]
        window.goto(f"{page.resolve().as_uri()}#{address}")
        window.wait_for_selector("html[data-ready] .row[aria-pressed=true]")
        picture.parent.mkdir(parents=True, exist_ok=True)
        window.screenshot(path=picture)


def main() -> int:
    """Exit code 0 when the picture was taken, 2 when it could not be."""
    if len(sys.argv) != 3 or not chromium.PATH:
        print(__doc__ if chromium.PATH else chromium.MISSING, file=sys.stderr)
        return 2
    take(Path(sys.argv[1]), Path(sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
