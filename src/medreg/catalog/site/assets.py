"""The few files beside the pages: styles, scripts, the icon."""

from __future__ import annotations

from importlib.resources import files

OWN = ("find.js", "icon.svg", "site.js", "theme.js")
CATALOG = "assets/catalog.js"  # made of the registry: see `index.search_data`


def paths() -> list[str]:
    """Return the address of every asset that is the same in each site."""
    return sorted(["assets/site.css", *(f"assets/{name}" for name in OWN)])


def read(path: str) -> bytes:
    """Return an asset's bytes; *path* is one of `paths`."""
    name = path.removeprefix("assets/")
    own = files("medreg.catalog.site").joinpath("assets", name).read_bytes()
    if name != "site.css":
        return own
    return files("medreg.catalog.setpage").joinpath("style.css").read_bytes() + b"\n" + own
