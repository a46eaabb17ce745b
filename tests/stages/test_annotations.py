"""Structures with names through fetch, convert and check: SEG, RTSTRUCT, a file per structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg import CT, Dataset, DicomSeg, Local, PerLabel, RtStruct
from medreg.engine import Inline
from medreg.tables import CaseRow, RefusedRow, pairs
from medreg.testing import miniature
from tests.stages.toy import make

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import Layout
    from tests.stages.toy import Lab

PLUGIN = '''\
"""Two cases, whose structures have names."""

from medreg import CT, Claim, Dataset, DicomSeg, Local, PerLabel, RtStruct, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="drawn",
        title="Drawn",
        homepage="https://example.org",
        licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),),
        cite=(),
        modality=CT,
        source=Local(SOURCE),
        layout=LAYOUT,
        labels=LABELS,
        patients="each case",
    )
'''
LABELS = {"Milz": "spleen", "Läsion 1": "liver_tumor", "Leber": "liver"}
DICOM = [f"{case}/ct/{n:02}.dcm" for case in ("p1", "p2") for n in range(1, 25)]
LAYOUTS: dict[str, tuple[Layout, list[str]]] = {
    "seg": (
        DicomSeg(image="{case}/ct/*.dcm", label="{case}/seg/*.dcm"),
        [*DICOM, "p1/seg/1.dcm", "p2/seg/1.dcm"],
    ),
    "rtstruct": (
        RtStruct(image="{case}/ct/*.dcm", label="{case}/rt/*.dcm"),
        [*DICOM, "p1/rt/1.dcm", "p2/rt/1.dcm"],
    ),
    "files": (
        PerLabel(image="{case}/ct.nii.gz", label="{case}/each/{label}.nii.gz"),
        [
            *("p1/ct.nii.gz", "p2/ct.nii.gz"),
            *(f"{case}/each/{name}.nii.gz" for case in ("p1", "p2") for name in LABELS),
        ],
    ),
}


def lab(folder: Path, layout: Layout, listing: list[str], labels: dict[str, str]) -> Lab:
    made = make(folder)
    source = folder / "published"
    value = Dataset(
        name="drawn",
        title="",
        homepage="",
        licenses=(),
        cite=(),
        modality=CT,
        source=Local(str(source)),
        layout=layout,
        labels=LABELS,
    )
    miniature(value, listing, source, shape=(40, 40, 24))
    text = PLUGIN.replace("SOURCE", repr(str(source))).replace("LAYOUT", repr(layout))
    (made.registry.plugins / "drawn.py").write_text(text.replace("LABELS", repr(labels)))
    return made


@pytest.mark.parametrize("kind", LAYOUTS)
def test_names_become_values_end_to_end(tmp_path: Path, kind: str) -> None:
    made = lab(tmp_path, *LAYOUTS[kind], LABELS)
    made.prepare("drawn", engine=Inline())
    folder = made.dataset("drawn")
    assert folder.rows("refused.csv", RefusedRow) == []
    rows = folder.rows("cases.csv", CaseRow)
    assert [row.case for row in rows] == ["p1", "p2"]
    for row in rows:
        mask = np.asarray(nibabel.load(folder.converted / row.case / "mask.nii.gz").dataobj)
        counted = {name: int((mask == at).sum()) for at, name in enumerate(LABELS.values(), 1)}
        assert {name: int(n) for name, n in pairs(row.voxels).items()} == counted
        assert min(counted.values()) > 0
        assert counted["liver"] > counted["liver_tumor"]
        assert row.annotated == "liver liver_tumor spleen"
        assert "labels" not in row.findings


def test_a_structure_that_is_not_drawn_is_a_refused_case(tmp_path: Path) -> None:
    made = lab(tmp_path, *LAYOUTS["rtstruct"], {"Leber": "liver", "GTV": "liver_tumor"})
    made.prepare("drawn", engine=Inline())
    refused = made.dataset("drawn").rows("refused.csv", RefusedRow)
    assert [row.case for row in refused] == ["p1", "p2"]
    assert "p1/rt/1.dcm draws no 'GTV'; it has 'Milz', 'Läsion 1', 'Leber'" in refused[0].reason


def test_a_set_is_made_of_names(tmp_path: Path) -> None:
    made = lab(tmp_path, *LAYOUTS["seg"], LABELS)
    made.prepare("drawn", engine=Inline())
    made.recipe("both", datasets=["drawn"], labels=["liver", "spleen"])
    for stage in ("decide", "write"):
        made.run(stage, "both")
    masks = sorted(made.registry.set("both").data.rglob("labelsTr/*.nii.gz"))
    assert len(masks) == 2
    for file, case in zip(masks, ("p1", "p2"), strict=True):
        raw = made.dataset("drawn").converted / case / "mask.nii.gz"
        before, after = (np.asarray(nibabel.load(f).dataobj) for f in (raw, file))
        assert np.array_equal(after, np.array([0, 2, 1, 1], np.uint8)[before])
