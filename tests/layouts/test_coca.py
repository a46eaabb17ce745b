"""COCA: outlines of calcium lie on the slice that their places say, never on a counted one."""

from __future__ import annotations

import json
import plistlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg import CT, Dataset, Manual
from medreg.cli import main
from medreg.errors import Refused
from medreg.files.archive import RawTree
from medreg.imaging.masks.coca import ARTERIES, read_coca
from medreg.layouts import CocaXml
from medreg.testing import miniature
from medreg.testing.subjects import content

if TYPE_CHECKING:
    from pathlib import Path

LISTING = [f"Gated/patient/{n}/Pro/IM-{k:04d}.dcm" for n in (0, 1, 2) for k in range(16)] + [
    "Gated/calcium_xml/0.xml",
    "Gated/calcium_xml/2.xml",
    "Gated/scores.xlsx",
]
COCA = Dataset(
    name="coca",
    title="",
    homepage="",
    licenses=(),
    cite=(),
    modality=CT,
    source=Manual(files=("a",), steps=""),
    layout=CocaXml("**/patient/{case}/*/*.dcm", "**/calcium_xml/{case}.xml"),
    labels={
        "Right Coronary Artery": "coronary_calcification_rca",
        "Left Circumflex Artery": "coronary_calcification_lcx",
    },
    patients="each case",
)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    miniature(COCA, LISTING, tmp_path / "raw", shape=(40, 36, 16))
    return tmp_path / "raw"


def test_every_case_reads_back_what_was_outlined(raw: Path) -> None:
    with RawTree(raw) as tree:
        cases = {case.id: case for case in COCA.find(tree)}
        assert list(cases) == ["0", "1", "2"]
        assert cases["1"].mask is None
        for name in ("0", "2"):
            case = cases[name]
            assert case.mask is not None
            seen = case.mask.read().to_ras()
            plain = next(one for one in COCA.arranged.cases(tree) if one.id == name)
            shown = content(COCA, COCA.with_channels(plain), f"coca/{name}", (40, 36, 16)).mask
            assert shown is not None
            assert seen.same_grid(shown.to_ras())
            assert np.array_equal(seen.array, shown.to_ras().array)
            assert {1, 2} <= {*np.unique(seen.array).tolist()}


def edited(raw: Path, change: Any) -> None:
    file = raw / "Gated/calcium_xml/0.xml"
    said = plistlib.loads(file.read_bytes())
    for number, image in enumerate(said["Images"]):
        for roi in image["ROIs"]:
            change(number, image, roi)
    file.write_bytes(plistlib.dumps(said))


def mask_of(raw: Path) -> np.ndarray:
    with RawTree(raw) as tree:
        mask = next(iter(COCA.find(tree))).mask
        assert mask is not None
        return np.asarray(mask.read().to_ras().array)


def test_the_index_of_an_image_decides_nothing(raw: Path) -> None:
    before = mask_of(raw)
    edited(raw, lambda number, image, _: image.update(ImageIndex=number * 3))
    assert np.array_equal(mask_of(raw), before)


def moved(points: list[str], by: tuple[float, ...]) -> list[str]:
    numbers = ([float(v) for v in point.strip("()").split(",")] for point in points)
    return [str(tuple(a + b for a, b in zip(one, by, strict=True))) for one in numbers]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r.update(Point_mm=moved(r["Point_mm"], (0, 0, 900))), "no slice of the image"),
        (lambda r: r.update(Point_mm=moved(r["Point_mm"], (0, 0, 4))), "no slice of the image"),
        (lambda r: r.update(Point_px=moved(r["Point_px"], (3, 0))), "3.0 pixels apart"),
        (lambda r: r.update(Point_px=r["Point_px"][:-1]), "corners in mm"),
        (lambda r: r.update(Point_mm=["(a, b, c)"]), "cannot be read as a COCA property list"),
        (lambda r: r.pop("Name"), "cannot be read as a COCA property list"),
    ],
)
def test_outlines_of_another_image_are_refused(raw: Path, change: Any, told: str) -> None:
    edited(raw, lambda _, __, roi: change(roi))
    with pytest.raises(Refused, match=told):
        mask_of(raw)


def test_what_has_no_area_is_left_out_and_noted(raw: Path) -> None:
    edited(raw, lambda number, _, roi: roi.update(Area=0.0) if number == 0 else None)
    with RawTree(raw) as tree:
        case = next(iter(COCA.find(tree)))
        drawing = read_coca(tree, "Gated/calcium_xml/0.xml", case.images["ct"].read())
    assert any("without an area" in note for note in drawing.notes)
    assert {one.name for one in drawing.structures} <= {*ARTERIES}


def test_an_entity_is_refused(raw: Path) -> None:
    file = raw / "Gated/calcium_xml/0.xml"
    bomb = b'<!DOCTYPE plist [<!ENTITY a "b">]><plist version="1.0"><string>&a;</string></plist>'
    file.write_bytes(b'<?xml version="1.0"?>' + bomb)
    with pytest.raises(Refused, match="cannot be read as a COCA property list"):
        mask_of(raw)


def test_masks_takes_the_list_alone(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, annotation = raw / "Gated/patient/0/Pro", raw / "Gated/calcium_xml/0.xml"
    target = tmp_path / "out.nii.gz"
    assert main(["masks", str(image), str(annotation), str(target), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == "COCA XML"
    assert {one["name"]: one["value"] for one in said["structures"]} == {
        "Left Circumflex Artery": 2,
        "Right Coronary Artery": 3,
    }
