"""The page that shows a case: its volumes by NiiVue, its labels, what was measured and found.

There is one such page, ``view.html``; its address's fragment says which case: ``#lits/volume-1``.
What it needs to know comes from ``cases/<name>.json`` (`viewed`). NiiVue is served from here.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Html
from medreg.catalog.site.shell import POLICY, Page
from medreg.catalog.site.viewed import viewed
from medreg.catalog.site.volumes import names
from medreg.registry import json_bytes

if TYPE_CHECKING:
    from medreg.catalog.site.volumes import Where
    from medreg.plugins import Plugins
    from medreg.registry import Registry

PATH = "view.html"
SCRIPTS = ("panel.js", "stage.js", "view.js")  # in the order in which they are read
ASSETS = {  # where each lies in this package; `vendor` holds what others wrote
    **{f"assets/{own}": f"assets/{own}" for own in ("view.css", *SCRIPTS)},
    "assets/niivue.umd.js": "vendor/niivue.umd.js",
    "assets/niivue.LICENSE.txt": "vendor/LICENSE.txt",
}
ASKS = POLICY + "; connect-src 'self'"  # the page fetches volumes; NiiVue needs no more than that

VIEWS = {
    "four": "Three planes and 3-D",
    "axial": "Axial",
    "coronal": "Coronal",
    "sagittal": "Sagittal",
    "render": "3-D",
}
KEYS = (
    ("N, P", "next and previous case"),
    ("Arrows", "move the cross left, right, to front and back"),
    ("Page up, page down", "move it to head and feet"),
    ("Home", "back to the middle"),
    ("V", "next view"),
    ("M", "mask on and off"),
)


def paths(registry: Registry | None, plugins: Plugins) -> list[str]:
    """Return what the viewer adds to a site; outside any registry there are no cases."""
    told = names(registry, plugins) if registry else []
    return [PATH, *ASSETS, *(f"cases/{name}.json" for name in told)]


def read(registry: Registry | None, plugins: Plugins, path: str, where: Where) -> bytes:
    """Return one of `paths`."""
    if path in ASSETS:
        return files("medreg.catalog.site").joinpath(ASSETS[path]).read_bytes()
    if path == PATH or registry is None:
        return page()
    name = path.removeprefix("cases/").removesuffix(".json")
    return json_bytes(viewed(registry, plugins, name, where))


def page() -> bytes:
    """Return the page; it holds no case."""
    made = Page(
        path=PATH,
        title="Viewer",
        within="index.html",
        description="A converted case with its mask, in the browser.",
        scripts=("niivue.umd.js", *SCRIPTS),
        styles=("view.css",),
        policy=ASKS,
    )
    return made.around(_head(), '<div class="viewer">', _stage(), _panel(), "</div>")


def _head() -> Html:
    return Html(
        '<div class="opened"><div><p class="crumbs"><a id="dataset" href="index.html">Datasets</a>'
        '</p><h1 id="case">Viewer</h1></div>\n'
        '<div class="turns"><button type="button" id="previous" disabled>Previous</button>'
        '<label for="cases" class="unseen">Case</label><select id="cases" disabled></select>'
        '<button type="button" id="next" disabled>Next</button></div></div>\n'
        "<noscript><p>The viewer needs JavaScript.</p></noscript>"
    )


def _stage() -> Html:
    """Return where the volume is drawn; it is dark in every theme, as reading rooms are."""
    return Html(
        '<section class="scene" aria-label="Volume">'
        '<div class="canvas"><canvas id="canvas" tabindex="0" role="img" aria-label="No volume" '
        'aria-describedby="keys"></canvas>'
        '<div id="told" class="cover" role="status"></div></div>'
        '<div id="place" class="place">&nbsp;</div></section>'
    )


def _panel() -> Html:
    views = "".join(f'<option value="{key}">{word}</option>' for key, word in VIEWS.items())
    keys = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{does}</dd>" for key, does in KEYS)
    return Html(
        '<div class="panel" id="panel" hidden>'
        '<section aria-labelledby="h-look"><h2 id="h-look">Image</h2><div class="fields">'
        f'<label for="view">View</label><select id="view">{views}</select>'
        '<label for="channel">Channel</label><select id="channel"></select>'
        '<label for="window">Window</label><select id="window"></select>'
        '<label for="low">From</label><input id="low" type="number" step="any">'
        '<label for="high">To</label><input id="high" type="number" step="any"></div></section>'
        '<section aria-labelledby="h-labels" id="labelled"><h2 id="h-labels">Labels</h2>'
        '<div class="fields"><label for="opacity">Opacity</label>'
        '<input id="opacity" type="range" min="0" max="100" step="5" value="50"></div>'
        '<p class="switches"><button type="button" id="all">All</button>'
        '<button type="button" id="none">None</button>'
        '<label><input type="checkbox" id="outline"> Outlines</label></p>'
        '<ul id="labels" class="labels"></ul></section>'
        '<section aria-labelledby="h-findings"><h2 id="h-findings">Findings</h2>'
        '<div id="findings"></div></section>'
        '<section aria-labelledby="h-facts"><h2 id="h-facts">Facts</h2>'
        '<dl id="facts"></dl></section>'
        f'<details id="keys"><summary>Keys</summary><dl>{keys}</dl></details></div>'
    )
