"""The catalog as a static site: which pages there are, and each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from medreg.api.site_facts import Gathered, picture
from medreg.errors import NotFound
from medreg.versions.track import is_bound

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.catalog.site.volumes import Where
    from medreg.registry import Registry


@dataclass(frozen=True)
class Site:
    """The site of an open registry, or of what is bundled; a page is made when it is read.

    What all pages share is read once: make another `Site` to see what changed since. Tables of a
    dataset or set are read with its page. *volumes* says whether cases can be opened: not at all
    (empty), as files beside the pages (``copied``), or from a server (``served``).
    """

    lab: Lab
    volumes: Where = ""

    @cached_property
    def gathered(self) -> Gathered:
        """What all pages share."""
        return Gathered(self.lab, self.volumes)

    @cached_property
    def registry(self) -> Registry | None:
        """The registry; None where only what is bundled is shown."""
        return self.lab.registry if self.lab.root else None

    def paths(self) -> list[str]:
        """Return every page and asset, sorted, as paths from the site's folder."""
        from medreg.catalog.site import assets

        pages = self.gathered.overview.paths()
        own = [*assets.paths(), assets.CATALOG, *self.pictures, *self.viewed]
        return sorted([*pages, *own])

    @cached_property
    def viewed(self) -> frozenset[str]:
        """The viewer, and what it reads of each dataset and set, where cases can be opened."""
        from medreg.catalog.site import viewer

        return frozenset(viewer.paths(self.registry, self.lab.plugins) if self.volumes else ())

    @cached_property
    def pictures(self) -> dict[str, tuple[str, str]]:
        """Of each picture, by its path, the dataset or set it is of, and ``dataset/case``."""
        overview = self.gathered.overview
        found = {}
        for name in overview.entries if self.registry else ():
            for case in self.gathered.drawn(name):
                found[picture(name, case)] = (name, f"{name}/{case}")
        for name in overview.sets:
            page, _ = self.gathered.set(name)
            for ref in page.facts.pictures if page.facts else ():
                found[picture(name, ref.replace("/", "__", 1))] = (name, ref)
        return found

    def bound(self) -> list[str]:
        """Return the datasets of which there are pictures that may not be passed on, sorted."""
        shown = sorted({ref.partition("/")[0] for _, ref in self.pictures.values()})
        return [name for name in shown if is_bound(self.lab.registry, self.lab.plugins, name)]

    def copies(self) -> dict[str, Path]:
        """Return the volumes that a copy of the site holds: the file of each, by its path."""
        from medreg.catalog.site import volumes

        if self.registry is None or self.volumes != "copied":
            return {}
        names = volumes.names(self.registry, self.lab.plugins)
        return {
            path: file
            for name in names
            for path, file in volumes.files(self.registry, self.lab.plugins, name)
        }

    def read(self, path: str) -> bytes:
        """Return the page or asset at *path*; raises `NotFound`."""
        from medreg.catalog.site import assets, index, others, viewer

        if path in self.viewed:
            return viewer.read(self.registry, self.lab.plugins, path, self.volumes)
        if path in assets.paths():
            return assets.read(path)
        whole = {
            "index.html": index.page,
            "sets.html": others.sets,
            "models.html": others.models,
            "labels.html": others.labels,
            assets.CATALOG: index.search_data,
        }
        known = self.gathered.overview
        found = whole[path](known) if path in whole else self._one(path)
        if found is None:
            raise NotFound.named("page", path, self.paths(), hint="index.html")
        return found

    def _one(self, path: str) -> bytes | None:
        """Return the page of one dataset, set, model or label, or a picture, if there is one."""
        from medreg.api.models import model_card
        from medreg.catalog.site import dataset, others

        known = self.gathered.overview
        kind, _, file = path.partition("/")
        name = file.removesuffix(".html") if file.endswith(".html") else ""
        page = None
        if kind == "dataset" and name in known.entries:
            page = dataset.page(self.gathered.dataset(name), known)
        elif kind == "set" and name in known.sets:
            page = others.set_page(self.gathered.set(name)[0], known)
        elif kind == "model" and name in known.models:
            page = others.model_page(name, model_card(self.lab, name), known)
        elif kind == "label" and name in known.vocabulary:
            page = others.label_page(name, known)
        elif kind == "picture" and path in self.pictures:
            page = self._picture(path)
        return page

    def _picture(self, path: str) -> bytes:
        from medreg.api.pictures import drawn
        from medreg.api.set_report import jpeg

        name, ref = self.pictures[path]
        whole = self.gathered.set(name)[1] if name in self.gathered.overview.sets else None
        return jpeg(drawn(self.lab, ref, whole))

    def stamp(self, path: str) -> str:
        """Return a digest of what the picture at *path* is drawn of; nothing for a page."""
        return self.gathered.stamp(*self.pictures[path]) if path in self.pictures else ""


def site(lab: Lab, volumes: Where = "") -> Site:
    """Return the catalog of *lab* as a static site; nothing is made before it is read."""
    return Site(lab, volumes)
