"""A dataset that asks for uptake: through fetch and convert, recorded in its sidecars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from medreg import CT, PT, Claim, Dataset, PetCt
from medreg.imaging import nifti
from medreg.sources import Local
from medreg.testing import miniature
from tests.stages.toy import make

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = PetCt(ct="{case}/CT/*.dcm", pet="{case}/PT/*.dcm", seg="{case}/SEG/*.dcm", suv="bw")
LISTING = [
    *(f"p1/{kind}/{n:02d}.dcm" for kind in ("CT", "PT") for n in range(20)),
    "p1/SEG/1.dcm",
]
PLUGIN = '''\
"""PET/CT as uptake."""

from medreg import CT, PT, Dataset, PetCt, hookimpl
from medreg.sources import Local


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="fdg", title="FDG", homepage="https://example.org", licenses=(), cite=(),
        modality={"ct": CT, "pet": PT}, source=Local(SOURCE), labels={1: "liver_tumor"},
        layout=LAYOUT, patients="each case",
    )
'''


def test_a_dataset_that_asks_for_uptake(tmp_path: Path) -> None:
    dataset = Dataset(
        name="fdg",
        title="FDG",
        homepage="",
        licenses=(Claim("CC0-1.0", "nobody"),),
        cite=(),
        modality={"ct": CT, "pet": PT},
        source=Local("."),
        layout=LAYOUT,
        labels={1: "lesion"},
    )
    miniature(dataset, LISTING, tmp_path / "scans", shape=(30, 30, 20))
    lab = make(tmp_path / "lab")
    text = PLUGIN.replace("SOURCE", repr(str(tmp_path / "scans"))).replace("LAYOUT", repr(LAYOUT))
    (lab.registry.plugins / "fdg.py").write_text(text)
    *_, converted, checked = lab.prepare("fdg")
    assert [answer.reason for answer in converted.answers] == [""]
    assert "FAIL" not in " ".join(answer.reason for answer in checked.answers)
    folder = lab.registry.dataset("fdg").converted / "p1"
    case = json.loads((folder / "case.json").read_text())
    said = " | ".join(case["corrections"])
    assert "pet: SUV = " in said
    assert "ct: resampled to the PET's grid: linear, -1024 HU outside the CT" in said
    pet, ct, mask = (nifti.load(folder / f"{name}.nii.gz") for name in ("pet", "ct", "mask"))
    assert ct.same_grid(pet)
    assert mask.same_grid(pet)
    assert (pet.array.dtype, ct.array.dtype) == (np.float32, np.int16)
    assert case["images"]["pet"]["unit"] == "SUV"
    assert 2 < pet.array[mask.array > 0].max() <= 12.1, "lesions of the phantom have SUV 5 to 12"
