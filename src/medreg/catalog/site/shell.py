"""What every page of the site has around its content; a browser is told to load nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
PARTS = {
    "index.html": "Datasets",
    "sets.html": "Sets",
    "models.html": "Models",
    "labels.html": "Labels",
}
FOOTER = (
    "<footer><p>Written by <code>medreg site</code> from the tables of a registry. Nothing on "
    "these pages is loaded from elsewhere. Terms are derived from the claims that are shown: "
    "information, no legal advice.</p></footer>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says of itself: its address, what it belongs to, what else it loads.

    *scripts* and *styles* are assets; *data* is the JSON-LD that tells machines the same;
    *policy* is what a browser may do, where `POLICY` is too narrow.
    """

    path: str
    title: str
    within: str = ""
    description: str = ""
    scripts: Sequence[str] = ()
    styles: Sequence[str] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    policy: str = POLICY

    @property
    def root(self) -> str:
        """What leads from the page to the site's folder: nothing, or ``../``."""
        return "../" * self.path.count("/")

    def around(self, *blocks: str) -> bytes:
        """Return the whole page with *blocks* as its main content."""
        links = "".join(self._link(to, word) for to, word in PARTS.items())
        top = (
            f'<header class="top"><div><a class="brand" href="{self.root}index.html">medreg</a>'
            f'<nav aria-label="Catalog"><ul>{links}</ul></nav>'
            '<button type="button" id="theme" hidden></button></div></header>'
        )
        lines = [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            *self._head(),
            "</head>\n<body>",
            '<a class="skip" href="#main">Skip to the content</a>',
            f'{top}\n<main id="main" tabindex="-1">',
            *filter(None, blocks),
            f"</main>\n{FOOTER}\n</body>\n</html>\n",
        ]
        return "\n".join(lines).encode()

    def _head(self) -> list[str]:
        assets = f"{self.root}assets"
        told = f'<meta name="description" content="{escape(self.description)}">'
        return [
            f'<meta http-equiv="Content-Security-Policy" content="{self.policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(self.title)} · medreg</title>",
            *([told] if self.description else []),
            f'<link rel="icon" href="{assets}/icon.svg" type="image/svg+xml">',
            f'<link rel="stylesheet" href="{assets}/site.css">',
            *(f'<link rel="stylesheet" href="{assets}/{name}">' for name in self.styles),
            f'<script src="{assets}/theme.js"></script>',
            f'<script src="{assets}/site.js" defer></script>',
            *(f'<script src="{assets}/{name}" defer></script>' for name in self.scripts),
            *([json_ld(self.data)] if self.data else []),
        ]

    def _link(self, to: str, word: str) -> Html:
        here = ' aria-current="page"' if to == (self.within or self.path) else ""
        return Html(f'<li><a href="{self.root}{to}"{here}>{word}</a></li>')


def json_ld(data: Mapping[str, object]) -> Html:
    """Return *data* as a block that no browser runs and no text in it can leave."""
    text = json.dumps(data, indent=1, ensure_ascii=False).replace("<", "\\u003c")
    return Html(f'<script type="application/ld+json">\n{text}\n</script>')


_HEADED = re.compile(r'<section id="([^"]+)" aria-labelledby="[^"]+"><h2 id="[^"]+">(.*?)</h2>')


def contents(*sections: str) -> str:
    """Return *sections* with links to each beside them; empty ones are left out."""
    body = "\n".join(filter(None, sections))
    links = "".join(f'<li><a href="#{key}">{word}</a></li>' for key, word in _HEADED.findall(body))
    return (
        f'<div class="beside"><nav class="toc" aria-label="On this page"><ul>{links}</ul></nav>'
        f"<div>{body}</div></div>"
    )


def crumbs(root: str, part: str, here: str) -> Html:
    """Return the way back: the *part* of the catalog that *here* belongs to."""
    return Html(
        f'<p class="crumbs"><a href="{root}{part}">{PARTS[part]}</a> '
        f'<span aria-hidden="true">/</span> {escape(here)}</p>'
    )
