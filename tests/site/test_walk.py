"""The site in a real browser: found, narrowed, reached by keyboard, heard, and looked at."""

from __future__ import annotations

import io
import json
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.peers import peer
from tests.site.conftest import MODEL, running, watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.peers

SMALL = (760, 560)  # pixels in software take their time
WIDE = (1280, 900)  # the facets stand open
CASE = "view.html#demo_btcv/img0001"
LIVER = (0xE8, 0x40, 0x28)  # registry/vocabulary.csv
PAGES = (
    *("index.html?q=demo", "dataset/demo_lits.html", "set/demo_abdomen.html", "label/liver.html"),
    *(f"model/{MODEL}.html", CASE),
)
SHOWN = "#found tr:not([hidden])"


@pytest.fixture(params=["served", "copied"])
def site(request: pytest.FixtureRequest) -> str:
    """The address of the site, alive or as files."""
    return str(request.getfixturevalue(request.param))


# --- the index --------------------------------------------------------------------------------


def names(page: Any) -> list[str]:
    return [str(one) for one in page.eval_on_selector_all(SHOWN, "all => all.map((r) => r.id)")]


def test_search_finds_facets_narrow_and_both_survive_a_reload(browser: Any, site: str) -> None:
    with watched(browser, f"{site}index.html") as page:
        every = names(page)
        assert {"d-demo_lits", "d-demo_chaos_mr"} <= set(every)
        page.fill("#q", "phantoms demo")
        found = names(page)
        assert {"d-demo_lits", "d-demo_chaos_mr"} <= set(found) < set(every)
        page.check('#boxes input[name="modality"][value="MR"]')
        assert names(page) == ["d-demo_chaos_mr"]
        page.check('#boxes input[name="modality"][value="PT"]')
        assert set(names(page)) == {"d-demo_chaos_mr", "d-demo_fdg_pet_ct"}
        page.select_option("#sort", "name")
        found, address = names(page), page.url
        page.reload()
        assert (names(page), page.url) == (found, address)
        assert page.input_value("#q") == "phantoms demo"
        assert page.is_checked('#boxes input[name="modality"][value="PT"]')
        page.click("#clear")
        assert set(names(page)) == set(every)
        page.fill("#q", "no such thing anywhere")
        assert names(page) == []
        assert page.is_visible("#none")


FOCUSABLE = """() => {
  const own = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const seen = [...document.querySelectorAll(own)].filter(
    (one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
  seen.forEach((one, at) => (one.dataset.at = at));
  return seen.length;
}"""
FOCUSED = "() => document.activeElement.dataset.at ?? ''"


@pytest.mark.parametrize("path", ["index.html?q=demo", CASE])
def test_the_keyboard_alone_reaches_everything(browser: Any, served: str, path: str) -> None:
    with watched(browser, f"{served}{path}", size=SMALL if path == CASE else WIDE) as page:
        if path == CASE:
            loaded(page)
        count = page.evaluate(FOCUSABLE)
        reached = []
        for _ in range(count):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUSED))
        assert sorted(map(int, filter(None, reached))) == list(range(count))
        assert reached[0] == "0"  # the way past the menu comes first


def test_a_case_is_found_and_opened_without_a_mouse(browser: Any, served: str) -> None:
    with watched(browser, f"{served}index.html", size=SMALL) as page:
        page.keyboard.press("/")
        page.keyboard.type("demo_lits")
        assert names(page) == ["d-demo_lits"]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/dataset/demo_lits.html")
        page.focus('a[href$="view.html#demo_lits/volume-1"]')
        page.keyboard.press("Enter")
        assert loaded(page) == "demo_lits/volume-1/ct"
        page.keyboard.press("n")
        assert loaded(page, "demo_lits/volume-2/ct")
        page.keyboard.press("p")
        assert loaded(page, "demo_lits/volume-1/ct")


# --- the viewer -------------------------------------------------------------------------------


def loaded(page: Any, what: str = "") -> str:
    """Wait until a case is shown; return which."""
    page.wait_for_selector(f'canvas[data-shown="{what}"]' if what else "canvas[data-shown]")
    return str(page.get_attribute("canvas", "data-shown"))


def pixels(page: Any) -> np.ndarray:
    with Image.open(io.BytesIO(page.locator("#canvas").screenshot())) as picture:
        return np.asarray(picture.convert("RGB")).astype(int).reshape(-1, 3)


def colored(page: Any, color: tuple[int, int, int]) -> int:
    """Count the pixels of a color; a browser may round."""
    return int((np.abs(pixels(page) - color).max(axis=1) <= 3).sum())


def gray(page: Any) -> int:
    """Count the pixels between black and white that have no color: anatomy."""
    found = pixels(page)
    flat = found.max(axis=1) - found.min(axis=1) <= 3
    return int((flat & (found[:, 0] > 60) & (found[:, 0] < 220)).sum())


def test_a_volume_is_drawn_with_its_mask(browser: Any, site: str) -> None:
    with watched(browser, f"{site}{CASE}", size=SMALL) as page:
        assert loaded(page) == "demo_btcv/img0001/ct"
        assert gray(page) > 3_000
        assert colored(page, LIVER) == 0  # one sees through it
        page.focus("#opacity")
        page.keyboard.press("End")
        page.select_option("#view", "axial")
        assert colored(page, LIVER) > 1_500
        page.focus('[data-label="liver"]')
        page.keyboard.press("Space")
        assert colored(page, LIVER) == 0
        page.click("#all")
        assert colored(page, LIVER) > 1_500
        page.check("#outline")
        page.focus("#opacity")
        page.keyboard.press("Home")
        assert 100 < colored(page, LIVER) < 1_500  # its outline alone
        page.click("#none")
        assert colored(page, LIVER) == 0
        assert gray(page) > 3_000


def test_the_window_changes_what_is_gray(browser: Any, served: str) -> None:
    with watched(browser, f"{served}{CASE}", size=SMALL) as page:
        loaded(page)
        page.click("#none")
        page.select_option("#view", "coronal")
        soft = pixels(page)
        assert [page.input_value(f"#{end}") for end in ("low", "high")] == ["-150", "250"]
        page.select_option("#window", "Bone")
        assert np.abs(pixels(page) - soft).mean() > 5
        page.fill("#low", "-150")
        page.fill("#high", "250")
        page.keyboard.press("Enter")
        assert np.abs(pixels(page) - soft).mean() < 0.1


def test_each_channel_is_shown_under_the_mask(browser: Any, served: str) -> None:
    case = "demo_fdg_pet_ct/1.3.6.1.4.1.14519.5.2.1.1"
    with watched(browser, f"{served}view.html#{case}", size=SMALL) as page:
        assert loaded(page) == f"{case}/pet"
        page.select_option("#channel", "ct")
        assert loaded(page, f"{case}/ct")
        assert page.input_value("#window") == "Soft tissue"
        assert "HU" in page.inner_text("#place")


def test_a_sets_own_masks_are_shown(browser: Any, served: str) -> None:
    with watched(browser, f"{served}view.html#demo_abdomen", size=SMALL) as page:
        loaded(page)
        shown = page.eval_on_selector_all("[data-label]", "all => all.map((b) => b.dataset.label)")
        assert shown == ["liver", "kidney", "spleen", "ignored"]


def test_what_is_found_in_a_case_stands_beside_it(browser: Any, served: str) -> None:
    told = json.loads(peer("requests").get(f"{served}cases/demo_kits.json", timeout=30).content)
    case = next(one for one in told["cases"] if one["findings"])
    with watched(browser, f"{served}view.html#demo_kits/{case['case']}", size=SMALL) as page:
        loaded(page)
        for finding in case["findings"]:
            assert finding["message"] in page.inner_text("#findings")
        for key, value in case["facts"]:
            assert key in page.inner_text("#facts")
            assert value in page.inner_text("#facts")


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("", "Choose a case"),
        ("#demo_btcv/img0009", "demo_btcv has no case named img0009"),
    ],
)
def test_an_address_without_a_case_is_answered(
    browser: Any, served: str, fragment: str, told: str
) -> None:
    with watched(browser, f"{served}view.html{fragment}", size=SMALL) as page:
        page.wait_for_selector(f"#told >> text={told}")


def test_a_file_says_how_to_serve_it(browser: Any, folder: Path) -> None:
    page = browser.new_page()
    page.goto(f"{(folder / 'view.html').as_uri()}#demo_btcv/img0001")
    page.wait_for_selector("#told >> text=medreg serve")
    page.close()


def test_a_browser_without_webgl_still_tells_the_facts(browser: Any, served: str) -> None:
    context = browser.new_context()
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page = context.new_page()
    page.goto(f"{served}{CASE}")
    page.wait_for_selector("#told >> text=WebGL 2")
    assert "80 × 80 × 60" in page.inner_text("#facts")  # noqa: RUF001 - as the page writes it
    context.close()


def test_volumes_that_are_elsewhere_are_named_with_the_command(browser: Any, demo: Path) -> None:
    away = demo / "registry/datasets/demo_btcv/converted/img0001"
    away.rename(away.with_name("away"))
    try:
        with running(demo) as url, watched(browser, f"{url}{CASE}", size=SMALL) as page:
            page.wait_for_selector("#told >> text=medreg pull demo_btcv")
            assert "80 × 80 × 60" in page.inner_text("#facts")  # noqa: RUF001 - as the page writes it
    finally:
        away.with_name("away").rename(away)


# --- everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(browser: Any, served: str, path: str, scheme: str) -> None:
    axe = peer("axe_playwright_python.sync_playwright").Axe()
    size = SMALL if path == CASE else WIDE
    with watched(browser, f"{served}{path}", scheme=scheme, size=size) as page:
        if path == CASE:
            loaded(page)
        found = axe.run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"] for node in one["nodes"][:3]]) for one in bad] == []


# --- many -------------------------------------------------------------------------------------

MANY = '''\
"""Many datasets, to search in."""

from medreg import CT, MR, PT, Claim, Dataset, hookimpl
from medreg.layouts import Pairs
from medreg.sources import Manual

ORGANS = ("liver", "spleen", "pancreas", "aorta", "stomach", "esophagus", "gallbladder")


@hookimpl
def medreg_datasets():
    for number in range({count}):
        yield Dataset(
            name=f"many_{{number:03d}}",
            title=f"Made-up collection {{number}} of {{ORGANS[number % 7]}}",
            homepage=f"https://example.org/{{number}}",
            licenses=(
                Claim(("CC-BY-4.0", "CC-BY-NC-4.0", "on request")[number % 3], source="a page"),
            ),
            cite=(f"doi:10.1000/{{number}}",),
            modality=(CT, MR, PT)[number % 3],
            source=Manual(files=("a.zip",), steps="Ask."),
            layout=Pairs(image="**/volume-{{case}}.nii.gz", label="**/label-{{case}}.nii.gz"),
            labels={{1: ORGANS[number % 7], 2: ORGANS[(number + 1 + number % 5) % 7]}},
            cases=10 * number + 7,
        )
'''
TYPED = ("l", "li", "liver", "made", "made-up 12", "", "ct lung", "zzz", "")
SEARCH = """(word) => {
  const field = document.getElementById("q");
  field.value = word;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  document.body.offsetHeight;  // what it takes to lay the page out again counts, too
}"""
FOUND = "() => performance.getEntriesByName('find').map((one) => one.duration)"
CLICK = """(at) => {
  document.querySelectorAll("#boxes input[type=checkbox]")[at].click();
  document.body.offsetHeight;
}"""


def busy(devtools: Any) -> float:
    """Return the milliseconds that the page's thread has computed; waiting is none."""
    told = devtools.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(one["value"]) for one in told if one["name"] == "TaskDuration")


def test_340_datasets_are_searched_at_once(
    browser: Any,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    from medreg import api

    api.init(tmp_path)
    known = len(api.open_lab(tmp_path).plugins.datasets)
    (tmp_path / "plugins").mkdir(exist_ok=True)
    (tmp_path / "plugins/many.py").write_text(MANY.format(count=max(0, 340 - known)))
    with running(tmp_path) as url, watched(browser, f"{url}index.html") as page:
        assert len(names(page)) >= 340
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        acts = [(SEARCH, word) for word in TYPED]
        acts += [(CLICK, at) for at in range(8) for _ in ("on", "off")]
        core, clock = [], []
        for act, given in acts:
            before, began = busy(devtools), monotonic()
            page.evaluate(act, given)
            clock.append(1000 * (monotonic() - began))
            core.append(busy(devtools) - before)
        script = page.evaluate(FOUND)
    told = (
        f"{len(acts)} searches and facets over 340 datasets, median (slowest) in ms: "
        f"script {median(script):.1f} ({max(script):.1f}), with style, layout and paint "
        f"{median(core):.1f} ({max(core):.1f}) of one core, {median(clock):.1f} "
        f"({max(clock):.1f}) by the clock"
    )
    record_property("table", told)
    assert median(core) < 500
