"""Draw the pictures of ``docs/`` anew: phantoms only, in Debian's Chromium.

    python -m tests.site.pictures DEMO      the folder that `medreg demo` filled

Needs playwright and chromium, as `make test-peers` does.
"""

from __future__ import annotations

import io
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from medreg import api
from medreg.cli import main
from medreg.demo.story import TAG
from tests.site.conftest import FLAGS, MODEL, running

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDE = 1280  # pixels, at most
PAGES = {
    "index": ("index.html", 800),
    "dataset": ("dataset/demo_lits.html", 1400),
    "set": ("set/demo_abdomen.html", 1400),
    "label": ("label/liver.html", 800),
    "model": (f"model/{MODEL}.html", 800),
    "viewer": ("view.html#demo_btcv/img0001", 800),
}


def drawn(demo: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each picture's name and PNG."""
    from playwright.sync_api import sync_playwright

    page: Any
    lab = api.open_lab(demo)
    (demo.parent / "net.pt").write_bytes(b"weights")
    if MODEL not in api.model_names(lab):
        api.model_add(lab, MODEL, weights=demo.parent / "net.pt", data=TAG)
    with sync_playwright() as started, running(demo) as url:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        report = demo.parent / "report.html"
        main(["report", "demo_abdomen", "--registry", str(demo), "--out", str(report)])
        pages = {name: (url + path, high) for name, (path, high) in PAGES.items()}
        pages["report"] = (report.as_uri(), 1400)
        for (name, (address, high)), scheme in product(sorted(pages.items()), ("light", "dark")):
            size = {"width": WIDE, "height": high}
            page = browser.new_page(color_scheme=scheme, viewport=size, reduced_motion="reduce")
            page.goto(address)
            if "view.html" in address:
                page.wait_for_selector("canvas[data-shown]")
            yield f"{name}-{scheme}", page.screenshot()
            page.close()
        browser.close()
    sheet = demo.parent / "sheet.png"
    main(["preview", "demo_lits", "-n", "4", "--registry", str(demo), "--to", str(sheet)])
    yield "contact-sheet", sheet.read_bytes()


def draw(demo: Path) -> None:
    """Write every picture."""
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, data in drawn(demo):
        with Image.open(io.BytesIO(data)) as picture:
            picture.thumbnail((WIDE, picture.height))
            picture.convert("RGB").save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]).resolve() / "registry")
