from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.errors import BytesDiffer, DeclarationError
from medreg.imaging.nifti import load
from medreg.sources import Synthetic
from medreg.sources.synthetic import CT_LABELS, PETCT_LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.lab import Lab

CT = Synthetic(kind="ct", cases=2, seed="tests")
PETCT = Synthetic(kind="petct", cases=2, seed="tests")


def test_cases_are_made_once_and_kept(lab: Lab) -> None:
    files = [f"case_00{n}/{name}.nii.gz" for n in (1, 2) for name in ("ct", "mask")]
    assert CT.access == "generated"
    assert CT.wanted() == ("case_001", "case_002")
    assert lab.outcomes(CT) == dict.fromkeys(files, "fetched")
    before = lab.files()
    assert lab.outcomes(CT) == dict.fromkeys(files, "kept")
    (lab.raw / files[1]).write_bytes(b"damaged")
    (lab.raw / files[2]).unlink()
    assert list(lab.outcomes(CT).values()) == ["kept", "repaired", "fetched", "kept"]
    assert lab.files() == before
    records = dict(lab.records)
    lab.records.clear()  # killed before files.csv was written
    assert lab.outcomes(CT) == dict.fromkeys(files, "kept")
    assert lab.records == records


def test_another_seed_makes_other_bytes_and_says_so(lab: Lab) -> None:
    lab.fetch(CT)
    other = Synthetic(kind="ct", cases=2, seed="others")
    (lab.raw / "case_001" / "ct.nii.gz").unlink()
    with pytest.raises(BytesDiffer, match=r"case_001/ct\.nii\.gz"):
        lab.fetch(other)
    lab.records.clear()
    assert lab.outcomes(other)["case_002/ct.nii.gz"] == "repaired"


def test_ct_masks_hold_the_declared_labels_on_the_images_grid(lab: Lab) -> None:
    lab.fetch(CT)
    seen: set[int] = set()
    for case in CT.wanted():
        image = load(lab.raw / case / "ct.nii.gz", "HU")
        mask = load(lab.raw / case / "mask.nii.gz", "label")
        assert image.same_grid(mask)
        assert mask.array.dtype == np.uint8
        seen |= set(np.unique(mask.array).tolist())
        parts = mask.array == next(v for v, name in CT_LABELS.items() if name == "liver_tumor")
        assert 0 < parts.sum() < (mask.array == 1).sum()  # carved out of the liver
    assert seen <= {0, *CT_LABELS}
    assert len(seen) > 12


def test_petct_is_as_the_generator_is_described(lab: Lab) -> None:
    """Features F095: HU of air, tissue and bone; SUV of background, tumors and brain; burden."""
    lab.fetch(PETCT)
    for case in PETCT.wanted():
        volumes = {name: load(lab.raw / case / f"{name}.nii.gz") for name in FILES}
        ct, coarse, suv, seg = (volumes[name].array for name in FILES)
        assert volumes["CTres"].same_grid(volumes["SUV"])
        assert volumes["SEG"].same_grid(volumes["SUV"])
        assert min(ct.shape) > max(suv.shape) / 2 > 0
        assert set(np.unique(seg)) == {0, *PETCT_LABELS}
        assert ct.min() == coarse.min() == -1000
        assert 250 <= np.percentile(ct, 99.9) <= 400
        tumor = suv[seg == 1]
        assert 5 <= tumor.max() <= 12.5
        assert 0.0002 <= (seg == 1).mean() <= 0.0010
        assert 1 <= np.median(suv[(coarse > -200) & (seg == 0)]) <= 2


FILES = ("CT", "CTres", "SUV", "SEG")


def test_the_bytes_are_the_same_wherever_they_are_made(lab: Lab, tmp_path: Path) -> None:
    from tests.sources.lab import Lab as AnotherLab

    lab.fetch(PETCT)
    other = AnotherLab(tmp_path / "elsewhere")
    other.fetch(PETCT)
    digests = [hashlib.sha256(b"".join(one.files().values())).hexdigest() for one in (lab, other)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("wrong", [{"kind": "mr"}, {"cases": 0}])
def test_impossible_declarations_are_errors(wrong: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        Synthetic(**{"kind": "ct", "cases": 1, "seed": "a", **wrong})  # type: ignore[arg-type]
