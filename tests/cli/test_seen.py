"""`medreg report` and contact sheets: all is there, in one file that asks no network (F085)."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medreg.cli import main
from tests.peers import program
from tests.stages.toy import liver, make_both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stages.toy import Lab

SECTIONS = (
    *("funnel", "counts", "distributions", "findings"),
    *("overlaps", "terms", "splits", "citations"),
)
LOADS = {"src", "srcset", "poster", "data", "action", "background"}  # attributes that load


class Seen(HTMLParser):
    """What a browser meets in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A written set of two datasets; one mask of the first reaches outside the body."""
    lab = make_both(tmp_path_factory.mktemp("seen"))
    mask = liver("3")
    mask[0:3, 0:3, 3:9] = 1
    lab.publish("3", mask=mask)
    lab.prepare("toy")
    (lab.registry.facts / "overlaps" / "toy_other.yaml").write_text(
        "a: toy\nb: other\nrelation: shared patients\ncases: [[volume-1, volume-a]]\n"
        "complete: false\nconfidence: suspected\n"
        "evidence: [{source: a paper, date: 2026-01-01, says: one <patient> is in both}]\n"
    )
    lab.recipe(hold_out=["other"], labels=["liver", "liver_tumor"])
    for stage in ("decide", "write"):
        lab.run(stage, "both")
    subprocess.run(["git", "init", "-q", lab.registry.root], check=True)
    return lab


@pytest.fixture
def here(built: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(built.registry.root)
    return built


@pytest.fixture
def text(here: Lab, tmp_path: Path) -> str:
    return report(tmp_path / "r.html")


def report(file: Path) -> str:
    assert main(["report", "both", "--out", str(file)]) == 0
    return file.read_text(encoding="utf-8")


def test_every_section_is_there_and_can_be_reached(text: str) -> None:
    page = Seen(text)
    assert tuple(one["id"] for one in page.all("section")) == SECTIONS
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    inner = [a["href"].removeprefix("#") for a in page.all("a") if a["href"].startswith("#")]
    assert set(inner) <= ids
    assert set(SECTIONS) <= set(inner)


@pytest.mark.parametrize(
    "told",
    [
        "Cases left after each step",
        "Voxel spacing in mm",
        "Volume of each label in ml",
        "Least and greatest value of each case in HU",
        "toy/volume-3",
        "one &lt;patient&gt; is in both",
        "shared patients",
        '<span class="v allowed">allowed</span>',
        "No patient is in more than one part.",
        "https://doi.org/10.1000/toy",
    ],
)
def test_what_the_tables_say_is_told(text: str, told: str) -> None:
    assert told in text


def test_nothing_is_loaded_from_elsewhere(text: str) -> None:
    page = Seen(text)
    for tag, attrs in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base"}
        for key in LOADS & set(attrs):
            assert attrs[key].startswith("data:image/jpeg;base64,"), (tag, key)
        for key in ("href", "xlink:href"):
            assert tag == "a" or key not in attrs
    assert "url(" not in text
    assert "@import" not in text
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")


def test_it_speaks_to_those_who_do_not_see_it(text: str) -> None:
    page = Seen(text)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("table")) == len(page.all("caption")) > len(SECTIONS) - 2
    assert {one.get("scope") for one in page.all("th")} == {"row", "col"}
    assert page.all("img")
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or svg["aria-label"]


def test_the_worst_case_is_shown_first(text: str) -> None:
    alts = [image["alt"] for image in Seen(text).all("img")]
    assert "toy/volume-3" in alts[0]
    assert "body" in alts[0]


def test_the_same_set_gives_the_same_bytes(here: Lab, tmp_path: Path, text: str) -> None:
    assert report(tmp_path / "again.html") == text


def test_it_says_what_is_not_here(here: Lab, tmp_path: Path, text: str) -> None:
    table = here.dataset("other").path / "cases.csv"
    kept = table.read_bytes()
    table.unlink()
    try:
        assert "the tables of other" in report(tmp_path / "less.html")
    finally:
        table.write_bytes(kept)


def test_no_case_of_what_may_not_be_shared_is_shown(here: Lab, tmp_path: Path) -> None:
    plugin = here.registry.plugins / "toy.py"
    kept = plugin.read_text()
    plugin.write_text(kept.replace("restricted=False", "restricted=True"))
    try:
        text = report(tmp_path / "private.html")
    finally:
        plugin.write_text(kept)
    assert "toy/volume" not in text
    assert "they may not be shared" in text
    assert all("other/" in image["alt"] for image in Seen(text).all("img"))


def test_it_warns_of_pictures_that_may_not_be_passed_on(
    here: Lab, tmp_path: Path, text: str
) -> None:
    warning = "This page holds pictures of toy"
    assert warning not in text
    plugin = here.registry.plugins / "toy.py"
    kept = plugin.read_text()
    plugin.write_text(kept.replace('"CC-BY-4.0"', '"on request"'))
    try:
        assert warning in report(tmp_path / "bound.html")
    finally:
        plugin.write_text(kept)


def test_a_set_that_is_not_there_is_named(here: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "bot"]) == 3
    assert "both" in capsys.readouterr().err


def test_a_contact_sheet_has_the_worst_cases_first(
    here: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, first in (("toy", "toy/volume-3"), ("both", "toy/volume-3")):
        file = tmp_path / f"{name}.png"
        assert main(["preview", name, "-n", "2", "--to", str(file), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["cases"][0] == first
        assert len(told["cases"]) == 2
        with Image.open(file) as sheet:
            assert sheet.width > 2 * 900


def test_a_picture_is_drawn_in_the_vocabularys_colors(here: Lab, tmp_path: Path) -> None:
    file = tmp_path / "case.png"
    assert main(["preview", "toy/volume-1", "--to", str(file)]) == 0
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    found = {tuple(color) for color in np.unique(pixels, axis=0).tolist()}
    assert {(0xAA, 0, 0), (0, 0xAA, 0)} <= found


def test_a_terminal_shows_blocks(
    here: Lab,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    words = ["preview", "toy/volume-1", "--to", str(tmp_path / "case.png")]
    assert main([*words, "--terminal"]) == 0
    lines = capsys.readouterr().out.splitlines()
    drawn = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines[1:]]
    assert len(drawn) > 5
    assert {len(line) for line in drawn} == {59}
    assert {character for line in drawn for character in line} == {"▀"}
    assert any("38;2;" in line for line in lines)
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == lines[:1]


@pytest.mark.peers
@pytest.mark.parametrize("size", ["1100,1600", "500,1600"])
def test_a_browser_shows_it_light_and_dark(here: Lab, tmp_path: Path, size: str, text: str) -> None:
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    light, dark = (shot(tmp_path, size, scheme) for scheme in ("light", "dark"))
    assert light[5, 5].min() > 240  # the margin of the page
    assert dark[5, 5].max() < 40
    for picture in (light, dark):
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50  # text, bars and ticks


def shot(folder: Path, size: str, scheme: str) -> np.ndarray:
    """Return what Chromium shows of the page; a word on its console fails."""
    file = folder / f"{scheme}.png"
    done = subprocess.run(
        [
            program("chromium", "Debian's chromium"),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            "--enable-logging=stderr",
            f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={size}",
            f"--screenshot={file}",
            (folder / "page.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert file.is_file(), done.stderr
    assert list(console(done.stderr)) == []
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))


def console(said: str) -> Iterator[str]:
    return (line for line in said.splitlines() if "CONSOLE" in line)
