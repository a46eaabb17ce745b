"""`medreg site`: a page for everything, that asks no network and says no more than it may."""

from __future__ import annotations

import io
import json
import posixpath
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from medreg import api
from medreg.catalog.find import SORTS, Filters
from medreg.cli import main
from medreg.versions import git
from tests.catalog.conftest import BUNDLED, ENTRIES
from tests.peers import peer
from tests.versions import real

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Pages = dict[str, bytes]
LOADS = {"src", "srcset", "poster", "data", "action", "background", "formaction", "ping"}
BAD = '<img src=x onerror="alert(1)">&\'</script>'
RECORD = ".medreg-site.json"


class Seen(HTMLParser):
    """What a browser meets in a page: its tags, and the blocks of JSON-LD."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.blocks: list[str] = []
        self._inside = False
        self.feed(text.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        self._inside = tag == "script" and ("type", "application/ld+json") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.blocks.append(data)
            self._inside = False

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


def read(lab: api.Lab) -> Pages:
    site = api.site(lab)
    return {path: site.read(path) for path in site.paths()}


def written(folder: Path) -> Pages:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != RECORD)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def bundled() -> Pages:
    return read(BUNDLED)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of a released set, a model of it, a restricted dataset and a withdrawn case."""
    folder = tmp_path_factory.mktemp("site")
    root = folder / "lab"
    real.make(root)
    lab = api.open_lab(root)
    api.release(lab, "toys", "1.0.0")
    (folder / "net.pt").write_bytes(b"weights")
    api.model_add(lab, "net", weights=folder / "net.pt", data="toys@v1.0.0")
    return root


@pytest.fixture(scope="module")
def pages(root: Path) -> Pages:
    return read(api.open_lab(root))


@pytest.fixture(scope="module")
def every(bundled: Pages, pages: Pages) -> Mapping[str, Pages]:
    return {"bundled": bundled, "registry": pages}


def pages_of(site: Pages) -> dict[str, Seen]:
    return {path: Seen(text) for path, text in site.items() if path.endswith(".html")}


def own(bundled: Pages, pages: Pages) -> Pages:
    """Return the pages of a registry that those of the bundled catalog do not show already."""
    return {path: text for path, text in pages.items() if bundled.get(path) != text}


@pytest.fixture(scope="module")
def seen(bundled: Pages, pages: Pages) -> Mapping[str, dict[str, Seen]]:
    return {"bundled": pages_of(bundled), "registry": pages_of(own(bundled, pages))}


KINDS = pytest.mark.parametrize("kind", ["bundled", "registry"])


def test_everything_has_a_page(bundled: Pages, pages: Pages) -> None:
    """F073: each dataset, set, model and label, and the lists of them."""
    for entry in ENTRIES:
        assert f"dataset/{entry.name}.html" in bundled
    for label in BUNDLED.vocabulary.names:
        assert f"label/{label}.html" in bundled
    named = {"index.html", "sets.html", "models.html", "labels.html", "assets/catalog.js"}
    assert {*named, "dataset/toy.html", "dataset/ward.html", "dataset/lits.html"} <= set(pages)
    assert {"set/toys.html", "model/net.html", "label/liver.html"} <= set(pages)
    assert list(pages) == sorted(pages)


@KINDS
def test_every_link_within_the_site_leads_somewhere(
    every: Mapping[str, Pages], seen: Mapping[str, dict[str, Seen]], kind: str
) -> None:
    site = every[kind]
    ids = {path: set(page.ids) for path, page in seen[kind].items()}
    for path, page in seen[kind].items():
        for _, attrs in page.tags:
            for key in ("href", "src"):
                parts = urlsplit(attrs.get(key, ""))
                if key not in attrs or parts.scheme in ("http", "https"):
                    continue
                there = posixpath.join(posixpath.dirname(path), unquote(parts.path))
                target = posixpath.normpath(there) if parts.path else path
                assert target in site, (path, attrs[key])
                if parts.fragment:
                    assert parts.fragment in ids[target], (path, attrs[key])


@KINDS
def test_nothing_is_loaded_from_elsewhere(
    every: Mapping[str, Pages], seen: Mapping[str, dict[str, Seen]], kind: str
) -> None:
    for path, page in seen[kind].items():
        for tag, attrs in page.tags:
            assert tag not in {"iframe", "object", "embed", "base", "style", "form"} or (
                tag == "form" and "action" not in attrs
            )
            assert "style" not in attrs
            assert not any(key.startswith("on") for key in attrs)
            assert not any("://" in attrs[key] for key in LOADS & set(attrs)), (path, attrs)
            if tag != "a":
                assert "://" not in attrs.get("href", ""), (path, attrs)
            if tag == "script":
                assert "src" in attrs or attrs == {"type": "application/ld+json"}
        policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
    for path, text in every[kind].items():
        if path.endswith((".css", ".js")) and path != "assets/catalog.js":
            assert not re.search(rb"https?://|@import|url\(|//cdn", text), path


@KINDS
def test_pages_speak_to_those_who_do_not_see_them(
    seen: Mapping[str, dict[str, Seen]], kind: str
) -> None:
    for path, page in seen[kind].items():
        assert page.all("html") == [{"lang": "en"}], path
        assert [len(page.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1], path
        assert len(page.ids) == len(set(page.ids)), path
        assert page.all("a")[0]["href"] == "#main"
        assert len(page.all("table")) == len(page.all("caption")), path
        assert all(len(image["alt"]) > 20 for image in page.all("img"))
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert all(b - a <= 1 for a, b in pairwise(levels)), path


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("dataset/toy.html", "Toy toy"),
        ("dataset/toy.html", "10200004 Liver"),
        ("dataset/toy.html", "medreg fetch toy"),
        ("dataset/toy.html", "@misc{toy,"),
        ("dataset/toy.html", 'href="../set/toys.html"'),
        ("dataset/toy.html", 'href="../model/net.html"'),
        ("dataset/toy.html", "toys@v1.0.0"),
        ("dataset/toy.html", "Geometry of the converted cases"),
        ("dataset/lits.html", "Register for competition 17094"),
        ("dataset/lits.html", "medreg accept lits"),
        ("dataset/lits.html", "CC-BY-NC-SA-4.0"),
        ("dataset/lits.html", 'href="../dataset/msd_liver.html"'),
        ("dataset/lits.html", "@article{bilic2023,"),
        ("set/toys.html", "Cases left after each step"),
        ("set/toys.html", "Balance of the splits"),
        ("set/toys.html", "medreg reproduce toys@v1.0.0"),
        ("model/net.html", "Data card"),
        ("model/net.html", 'href="../set/toys.html"'),
        ("label/liver.html", 'href="../label/liver_tumor.html"'),
        ("label/liver.html", 'href="../set/toys.html"'),
        ("label/liver_tumor.html", 'href="../dataset/lits.html"'),
    ],
)
def test_pages_tell_what_the_registry_says(pages: Pages, page: str, told: str) -> None:
    assert told in pages[page].decode()


def test_the_table_is_there_without_a_script(bundled: Pages) -> None:
    page = Seen(bundled["index.html"])
    rows = [attrs["id"] for attrs in page.all("tr") if "id" in attrs]
    best = api.listed(BUNDLED, Filters(), "best")
    assert rows == [f"d-{entry.name}" for entry in best]
    hidden = {attrs["id"] for _, attrs in page.tags if "hidden" in attrs}
    assert {"find", "facets", "theme"} <= hidden  # what only a script can work


def search_data(site: Pages) -> dict[str, object]:
    text = site["assets/catalog.js"].decode()
    found: dict[str, object] = json.loads(text.removeprefix("var medregCatalog = ")[:-2])
    return found


def test_the_browser_searches_what_the_terminal_does(bundled: Pages) -> None:
    """F073: the same text, orders and verdicts as `medreg list`."""
    data = search_data(bundled)
    rows = {row["name"]: row for row in data["rows"]}  # type: ignore[attr-defined]
    names = list(rows)
    assert names == [entry.name for entry in ENTRIES]
    for by, ranks in data["orders"].items():  # type: ignore[attr-defined]
        assert by in SORTS
        assert [names[at] for at in ranks] == [e.name for e in api.listed(BUNDLED, Filters(), by)]
    liver = {e.name for e in api.listed(BUNDLED, Filters(text=("liver",), modality=("CT",)))}
    assert liver == {
        name for name, row in rows.items() if "liver" in row["text"] and "CT" in row["modality"]
    }
    uses = data["uses"]
    for entry in ENTRIES[:20]:
        told = dict(zip(uses, rows[entry.name]["terms"], strict=True))  # type: ignore[call-overload]
        assert told["commercial"] == api.verdict(BUNDLED, entry.name, "commercial").answer
    for label in ("liver", "kidney"):
        held = {e.name for e in api.listed(BUNDLED, Filters(has=(label,)))}
        assert held == {name for name, row in rows.items() if label in row["has"]}


def test_the_same_registry_gives_the_same_bytes(root: Path, bundled: Pages, pages: Pages) -> None:
    again = api.site(api.open_lab(root))
    assert again.paths() == list(pages)
    for path, text in own(bundled, pages).items():
        assert again.read(path) == text, path
    for path, text in pages.items():
        if path.endswith((".html", ".js")) and "view" not in path:
            assert str(root).encode() not in text, path


def test_pictures_are_of_cases_that_may_be_shown(root: Path, pages: Pages) -> None:
    """F050, F085: of a restricted dataset there are counts alone."""
    shown = [path for path in pages if path.startswith("picture/")]
    assert {path.split("/")[1] for path in shown} == {"toy", "toys"}
    assert len(shown) == 6
    for path in shown:
        with Image.open(io.BytesIO(pages[path])) as picture:
            assert picture.format == "JPEG"
            assert picture.width == 800
    ward = pages["dataset/ward.html"].decode()
    assert "<img" not in ward
    assert "no case of it is named or shown" in ward
    cases = [row.case for row in api.sample(api.open_lab(root), "ward")]
    assert cases
    assert not re.search(r"volume-\d", ward.replace("volume-{case}", ""))
    assert "All 3 cases" in pages["dataset/toy.html"].decode()
    assert "All 3 cases" not in ward
    assert "<b>3</b>" in ward  # how many there are is told


def test_many_cases_make_no_long_page(root: Path) -> None:
    """Of 126,000 cases a person reads the worst; the page says that it is not all."""
    table = root / "registry/datasets/toy/cases.csv"
    kept = table.read_text()
    head, first, *_ = kept.splitlines()
    cells = [f"{first.partition(',')[0]}-{number}" for number in range(3000)]
    table.write_text("\n".join([head, *(f"{c},{first.partition(',')[2]}" for c in cells)]) + "\n")
    try:
        text = api.site(api.open_lab(root)).read("dataset/toy.html").decode()
    finally:
        table.write_text(kept)
    assert "200 of 3,000 cases, worst first" in text
    assert len(text) < 200_000


def test_a_withdrawn_case_is_shown_no_more(root: Path) -> None:
    file = root / "registry" / "withdrawn.csv"
    case = api.sample(api.open_lab(root), "toy")[0].case
    file.write_text(f"dataset,case,reason,by,date\ntoy,{case},asked,x,2026-01-01\n")
    try:
        site = api.site(api.open_lab(root))
        assert not [path for path in site.paths() if f"toy/{case}.jpg" in path]
        assert f"<b>{case}</b>" not in site.read("dataset/toy.html").decode()
    finally:
        file.unlink()


@pytest.fixture
def hostile(root: Path) -> Iterator[Pages]:
    """The pages of a registry in which a title, a docstring and a recipe try to break out."""
    plugin, recipe = root / "plugins" / "toy.py", root / "registry/sets/toys/recipe.yaml"
    kept = plugin.read_text(), recipe.read_text()
    text = kept[0].replace('title="Toy toy"', f"title={BAD!r}").replace("an ellipse", BAD)
    plugin.write_text(text)
    recipe.write_text(re.sub(r"title: .*", f"title: {json.dumps(BAD)}", kept[1]))
    yield read(api.open_lab(root))
    plugin.write_text(kept[0])
    recipe.write_text(kept[1])


def test_no_text_becomes_markup(hostile: Pages) -> None:
    for path, page in pages_of(hostile).items():
        assert not [a for _, a in page.tags if "onerror" in a], path
        assert not [image for image in page.all("img") if image["src"] == "x"], path
    assert BAD in json.loads(Seen(hostile["dataset/toy.html"]).blocks[0])["alternateName"]
    for path in ("index.html", "set/toys.html", "sets.html", "dataset/toy.html"):
        assert "&lt;img src=x" in hostile[path].decode(), path


def test_a_recipe_that_cannot_be_read_is_told(root: Path) -> None:
    recipe = root / "registry/sets/broken/recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text("title: none\ndatasets: [nobody]\nlabels: [liver]\n")
    try:
        text = api.site(api.open_lab(root)).read("set/broken.html").decode()
    finally:
        recipe.unlink()
        recipe.parent.rmdir()
    assert "The recipe cannot be read" in text
    assert "nobody" in text


def test_machines_are_told_the_same(bundled: Pages, pages: Pages) -> None:
    """F076: Croissant in each dataset's and set's page."""
    for entry in ENTRIES:
        (block,) = Seen(bundled[f"dataset/{entry.name}.html"]).blocks
        said = json.loads(block)
        assert said["name"] == entry.name
        assert said["license"]
    toy = json.loads(Seen(pages["dataset/toy.html"]).blocks[0])
    assert toy["license"] == ["https://spdx.org/licenses/CC-BY-4.0"]
    toys = json.loads(Seen(pages["set/toys.html"]).blocks[0])
    assert toys["version"] == "1.0.0"
    assert toys["isBasedOn"] == ["https://example.org/toy"]


@pytest.mark.peers
@pytest.mark.filterwarnings("default::DeprecationWarning")  # of rdflib, which it uses
@pytest.mark.parametrize(
    "page", ["dataset/lits.html", "dataset/toy.html", "dataset/btcv.html", "set/toys.html"]
)
def test_mlcroissant_accepts_a_page(pages: Pages, tmp_path: Path, page: str) -> None:
    """F076."""
    mlcroissant = peer("mlcroissant")
    (block,) = Seen(pages[page]).blocks
    file = tmp_path / "page.json"
    file.write_text(block, encoding="utf-8")
    assert mlcroissant.Dataset(str(file)).metadata.name


# --- written ------------------------------------------------------------------------------------


@pytest.fixture
def here(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(root)
    return tmp_path / "www"


def site(into: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["site", "--into", str(into), "--json", *words]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_site_is_written_once(
    here: Path, pages: Pages, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(site(here, capsys, "--dry-run")["pages"]) == len(pages)  # type: ignore[arg-type]
    assert not here.exists()
    assert site(here, capsys)["written"] == len(pages)
    assert written(here) == pages
    monkeypatch.setattr("medreg.api.pictures.drawn", None)  # nothing is drawn again
    before = {path: (here / path).stat().st_mtime_ns for path in pages if path != "index.html"}
    (here / "index.html").write_text("torn")
    assert site(here, capsys)["written"] == 1
    assert written(here) == pages
    assert {path: (here / path).stat().st_mtime_ns for path in before} == before


def test_git_sees_nothing_of_a_site_within_the_registry(
    here: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = git.run(root, "status", "--porcelain")
    for into in (root / "www", here):
        site(into, capsys)
    assert git.run(root, "status", "--porcelain") == before
    assert not (here / ".gitignore").exists()  # what lies elsewhere is for whoever asked
    shutil.rmtree(root / "www")


def test_what_is_gone_is_removed_and_nothing_else(
    here: Path, root: Path, pages: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    site(here, capsys)
    outside = here.parent / "outside.txt"
    outside.write_text("")
    named = json.loads((here / RECORD).read_text())
    empty = ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""]
    named |= dict.fromkeys(["../outside.txt", str(outside), "a/../../outside.txt"], empty)
    (here / RECORD).write_text(json.dumps(named))
    (here / "own.html").write_text("mine")
    (here / "dataset" / "notes.txt").write_text("mine")
    models = root / "registry" / "models" / "net.yaml"
    kept = models.read_bytes()
    models.unlink()
    try:
        assert site(here, capsys)["removed"] == ["model/net.html"]
    finally:
        models.write_bytes(kept)
    assert outside.exists()
    assert not (here / "model").exists()
    assert (here / "own.html").read_text() == "mine"
    assert (here / "dataset" / "notes.txt").read_text() == "mine"
    assert set(written(here)) == {*pages, "own.html", "dataset/notes.txt"} - {"model/net.html"}


def test_a_folder_of_somebody_else_is_left_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.mkdir()
    (here / "index.html").write_text("my homepage")
    assert main(["site", "--into", str(here)]) == 2
    assert "index.html" in capsys.readouterr().err
    assert [file.name for file in here.iterdir()] == ["index.html"]
    assert (here / "index.html").read_text() == "my homepage"


def test_a_killed_run_knows_its_own_pages(
    here: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_page = api.Site.read
    ends = ["dataset/amos_ct.html", ""]  # where the first run is killed, and the second goes on

    def killed(self: api.Site, path: str) -> bytes:
        if path == ends[0]:
            ends.reverse()
            raise KeyboardInterrupt
        return read_page(self, path)

    monkeypatch.setattr(api.Site, "read", killed)
    assert main(["site", "--into", str(here)]) == 130
    assert 0 < len(written(here)) < len(pages)
    assert main(["site", "--into", str(here)]) == 0
    assert written(here) == pages


def test_volumes_come_along_as_far_as_terms_allow(
    here: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site(here, capsys, "--volumes")
    found = [path for path in written(here) if path.startswith("volumes/")]
    assert {path.split("/")[1] for path in found} == {"toy", "toys"}
    case = root / "registry/datasets/toy/converted/volume-1"
    folder = case if case.is_dir() else next(case.parent.iterdir())
    copied = here / "volumes/toy" / folder.name
    for file in copied.iterdir():
        assert file.read_bytes() == (folder / file.name).read_bytes()
    assert f"view.html#toy/{folder.name}" in (here / "dataset/toy.html").read_text()
    assert "view.html" not in (here / "dataset/ward.html").read_text()
    assert len(site(here, capsys)["removed"]) >= len(found)  # type: ignore[arg-type]


def test_outside_any_registry_it_is_what_is_bundled(
    tmp_path: Path, bundled: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    assert main(["site"]) == 0
    assert written(tmp_path / "site") == bundled
