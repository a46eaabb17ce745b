"""`medreg preview` of every kind of image: a case, a dataset, a set (F084, F085)."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medreg import plugins, stages
from medreg.cli import main
from medreg.engine import Inline
from medreg.plugins import bundled, load
from medreg.report import Silent
from medreg.testing import listing, miniature
from medreg.testing.house import TODAY, offered_from, one_plugin
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.registry import Registry

KINDS = {
    "lits": "CT",
    "chaos_mr_t1dual": "MR",
    "fdg_pet_ct_lesions": "PET with CT",
    "lctsc": "RTSTRUCT",
    "hcc_tace_seg": "SEG",
    "chexpert": "X-ray",
    "vindr_cxr": "X-ray in DICOM",
    "medmnist_breastmnist": "ultrasound",
    "isic_archive_2018": "dermoscopy",
    "idrid_optic_disc": "fundus with a mask",
    "camelyon": "slide",
    "echonet_dynamic": "echo",
}
MASKED = {
    "lits": "liver",
    "chaos_mr_t1dual": "liver",
    "fdg_pet_ct_lesions": "lesion",
    "lctsc": "heart",
    "hcc_tace_seg": "liver",
    "isic_archive_2018": "skin_lesion",
    "idrid_optic_disc": "optic_disc",
}
NEEDS = {"camelyon": "openslide", "echonet_dynamic": "cv2"}


def house(name: str, root: Path) -> Registry:
    """Take a miniature of the bundled dataset *name* through every stage; return its registry."""
    declared = load(None).get(name)
    registry = one_plugin(root / "lab", declared, bundled() / "registry")
    paths = listing((bundled() / f"tests/listings/{name}.txt").read_text(encoding="utf-8"))
    miniature(declared.dataset, paths, root / "offered", shape=(64, 64, 48))
    known = plugins.load(registry.plugins)
    here = known.get(name)
    source = offered_from(root / "offered", here.dataset.source)
    bare = replace(here, dataset=replace(here.dataset, source=source, gate=None, licenses=()))
    stages.declare(registry, known, name)
    shown = replace(known, datasets={name: bare})
    stages.fetch(registry, shown, name, given=None, today=TODAY, progress=Silent())
    for stage in (stages.convert, stages.check):
        report = stage(registry, known, name, engine=Inline(), progress=Silent())
        assert not report.failed
    return registry


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Registry]:
    """Return the registry of one dataset, made when it is first asked for."""
    known: dict[str, Registry] = {}

    def registry(name: str) -> Registry:
        if name in NEEDS:
            peer(NEEDS[name])
        if name not in known:
            known[name] = house(name, tmp_path_factory.mktemp(name))
        return known[name]

    return registry


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=kind, marks=pytest.mark.peers if name in NEEDS else ())
        for name, kind in KINDS.items()
    ],
)
def test_a_case_and_a_sheet_of_every_kind(
    name: str,
    made: Callable[[str], Registry],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(made(name).root)
    sheet = tmp_path / f"{name}_sheet.png"
    assert main(["preview", name, "-n", "2", "--to", str(sheet), "--json"]) == 0
    first, *_ = json.loads(capsys.readouterr().out)["cases"]
    case = tmp_path / f"{name}.png"
    assert main(["preview", first, "--to", str(case)]) == 0
    assert capsys.readouterr().out == f"{case}\n"
    for file in (case, sheet):
        pixels = read(file)
        assert pixels.shape[1] >= 640
        assert pixels.std() > 5  # there is something to see
    label = MASKED.get(name)
    if label:
        color = bytes.fromhex(made(name).vocabulary()[label].color.removeprefix("#"))
        assert (read(case) == np.frombuffer(color, np.uint8)).all(axis=-1).sum() > 50
    legend = read(case)[-40:-10, 20:120]  # a box and a name, or that there is no mask
    assert legend.max() > 100


def read(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.array(picture.convert("RGB"))


def test_uptake_is_dark_on_white(
    made: Callable[[str], Registry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PET is; CT is bright on black. Both say where right and left are."""
    white = {}
    for name in ("fdg_pet_ct_lesions", "lits"):
        monkeypatch.chdir(made(name).root)
        assert main(["preview", name, "-n", "1", "--to", str(tmp_path / "a.png")]) == 0
        white[name] = float((read(tmp_path / "a.png") > 240).all(axis=-1).mean())
    assert white["fdg_pet_ct_lesions"] > 0.15 > white["lits"]


@pytest.mark.parametrize("mono", ["MONOCHROME1", "MONOCHROME2"])
def test_an_inverted_radiograph_is_shown_as_it_is_read(
    mono: str,
    made: Callable[[str], Registry],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Air is black, whichever way the values run (DICOM PS3.3 C.7.6.3.1.2)."""
    lab = made("vindr_cxr")
    monkeypatch.chdir(lab.root)
    first = next(iter(sorted(lab.dataset("vindr_cxr").raw.rglob("*.dicom"))))
    kept = first.read_bytes()
    first.write_bytes(kept.replace(b"MONOCHROME2", mono.encode()))
    try:
        file = tmp_path / "a.png"
        assert main(["preview", f"vindr_cxr/{first.stem}", "--to", str(file)]) == 0
    finally:
        first.write_bytes(kept)
    body = read(file)[90:-60, 150:-150].astype(int)
    bright = body[len(body) // 2, body.shape[1] // 2].mean() > body[5, 5].mean()
    assert bright == (mono == "MONOCHROME2")


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("camelyon", "openslide", "wsi"),
        ("echonet_dynamic", "cv2", "video"),
    ],
)
def test_a_missing_extra_is_named_with_what_to_type(  # noqa: PLR0913, PLR0917 - as above
    name: str,
    module: str,
    extra: str,
    made: Callable[[str], Registry],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(made(name).root)
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["preview", name]) == 7
    assert f'hint: pip install "medreg[{extra}]"' in capsys.readouterr().err
