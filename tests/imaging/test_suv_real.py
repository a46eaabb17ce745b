"""Uptake of real scans and of IBSI's digital reference objects, and the files that suv writes."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest

from medreg import PetCt, api
from medreg.cli import main
from medreg.errors import DeclarationError, Misuse, NotFound, Refused
from medreg.files.archive import RawTree
from medreg.imaging import nifti, phantoms
from medreg.imaging.suv.volume import OUTSIDE, onto, read_suv
from medreg.testing.dicom import Series, slices
from medreg.volume import Volume
from tests.conftest import SHARED_DATA
from tests.imaging.dicoms import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

DRO = SHARED_DATA / "suv_dro"
OBJECTS = sorted(path.name for path in DRO.glob("DRO_*_*"))


def uptake(folder: Path) -> tuple[Volume, Any]:
    with RawTree(folder) as tree:
        return read_suv(tree, tree.paths())


@pytest.mark.parametrize("name", OBJECTS)
def test_reference_objects(name: str, shared_data: Path) -> None:
    with (shared_data / "suv_dro/DRO_list.csv").open() as file:
        row = next(r for r in csv.DictReader(file) if r["ID"] == name)
    volume, _ = uptake(shared_data / "suv_dro" / name / "PT")
    mask = nibabel.as_closest_canonical(
        nibabel.load(shared_data / "suv_dro" / name / "mask/DRO_mask.nii.gz")
    )
    ras = volume.to_ras()
    assert np.allclose(mask.affine, ras.affine, atol=1e-3)
    inside = ras.array[np.asarray(mask.dataobj) > 0]
    found = [f"{x:.2f}" for x in (inside.min(), np.median(inside), inside.max())]
    assert found == [row[f"SUV{what}_expected"] for what in ("min", "med", "max")]


def test_raw_pet_is_what_others_published(shared_data: Path) -> None:
    known = json.loads((shared_data / "REFERENCES.json").read_text())["sts_001_raw_pet"]
    volume, made = uptake(shared_data / known["series"])
    assert made.value == pytest.approx(known["suvbw_factor"], rel=1e-5)
    assert made.warnings == ()
    published = nibabel.as_closest_canonical(
        nibabel.load(shared_data / "ibsi_validation/nifti/STS_001/PET_image.nii.gz")
    )
    ours = volume.to_ras()
    start = np.rint(np.linalg.inv(ours.affine) @ published.affine[:, 3]).astype(int)[:3]
    crop = ours.array[tuple(slice(a, a + n) for a, n in zip(start, published.shape, strict=True))]
    theirs = np.asarray(published.dataobj)
    assert np.abs(crop - theirs).max() < 1e-3
    ratio, offset = np.polyfit(theirs.ravel().astype(float), crop.ravel().astype(float), 1)
    assert ratio == pytest.approx(1, abs=2e-5)  # its steps of 8e-4, rounded down, explain the rest
    assert abs(offset) < 1e-3


def test_files_are_named_as_fdg_pipelines_read_them(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = api.suv(shared_data / "ibsi_validation/dicom/STS_001", out)
    assert sorted(made["files"]) == ["CT", "CTres", "PET", "SUV"]
    assert sorted(p.name for p in out.iterdir()) == sorted(
        [*(f"{name}.nii.gz" for name in made["files"]), "suv.json"]
    )
    assert json.loads((out / "suv.json").read_text()) == made
    suv, ctres, ct = (nifti.load(out / f"{n}.nii.gz") for n in ("SUV", "CTres", "CT"))
    assert ctres.same_grid(suv)
    assert (suv.array.dtype, ctres.array.dtype, ct.array.dtype) == (np.float32, np.int16, np.int16)
    assert "linear" in " ".join(made["files"]["CTres"]["notes"])
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    api.suv(shared_data / "ibsi_validation/dicom/STS_001", out)
    assert before == {p.name: p.read_bytes() for p in out.iterdir()}, "run again, same bytes"


def test_a_ct_beside_the_pet_is_found(shared_data: Path, tmp_path: Path) -> None:
    study = shared_data / "ibsi_validation/dicom/STS_002"
    made = api.suv(study / "PET", tmp_path / "beside")
    assert made["files"] == api.suv(study, tmp_path / "whole")["files"]
    assert "CTres" in made["files"]


def test_ct_on_the_pets_grid_is_linear_and_air_outside() -> None:
    grid = np.indices((20, 18, 16)).astype(np.float64)
    ct = Volume(
        (10 * grid[0] + 6 * grid[1] - 4 * grid[2]).astype(np.int16), np.diag([1.0, 1, 1, 1])
    )
    shifted = np.diag([2.0, 2.0, 2.0, 1.0])
    shifted[:3, 3] = (0.5, 1.0, 1.5)
    pet = Volume(np.zeros((12, 8, 6), np.float32), shifted, "SUV")
    made = onto(ct, pet)
    i, j, k = np.indices(pet.shape)
    exact = 10 * (2 * i + 0.5) + 6 * (2 * j + 1) - 4 * (2 * k + 1.5)
    inside = 2 * i + 0.5 <= 19
    assert np.array_equal(made.array[inside], np.rint(exact[inside]))
    assert np.array_equal(np.unique(made.array[2 * i + 0.5 > 19.5]), [OUTSIDE])
    assert made.same_grid(pet)


# --- fabricated studies --------------------------------------------------------------------------


def study(into: Path, *, pets: int = 1, extra: Mapping[str, bytes] | None = None) -> Path:
    """Write a CT and *pets* PET series of one phantom; one SUV is 1 in its header's terms."""
    from medreg.model import CT, PT
    from medreg.testing.dicom import BQML_PER_SUV

    made = phantoms.petct("suv", shape=(24, 24, 20))
    activity = Volume(made.pet.array.astype(np.float64) * BQML_PER_SUV, made.pet.affine, "Bq/ml")
    written = [("ct", CT, phantoms.petct("suv", shape=(30, 30, 24)).ct)] + [
        (f"pet{n}", PT, activity) for n in range(pets)
    ]
    for name, modality, volume in written:
        of = Series(patient="p", study="s", series=name)
        (into / name).mkdir(parents=True)
        for number, data in enumerate(slices(volume, modality, of)):
            (into / name / f"{number}.dcm").write_bytes(data)
    for name, data in (extra or {}).items():
        (into / name).write_bytes(data)
    return into


def test_a_fabricated_study(tmp_path: Path) -> None:
    made = phantoms.petct("suv", shape=(24, 24, 20)).pet.to_ras()
    api.suv(study(tmp_path / "in", extra={"README.txt": b"no DICOM"}), tmp_path / "out")
    found = nifti.load(tmp_path / "out/SUV.nii.gz")
    assert np.allclose(found.array, made.array, atol=float(made.array.max()) / 30_000)
    assert np.allclose(found.affine, made.affine, atol=1e-4)


@pytest.mark.parametrize("seed", range(25))
def test_damaged_headers_end_as_a_value_or_a_refusal(seed: int, tmp_path: Path) -> None:
    """Bits flip in the first kilobytes, where everything that decides uptake is said."""
    source = study(tmp_path / "in") / "pet0"
    for path in sorted(source.iterdir()):
        data = path.read_bytes()
        path.write_bytes(damaged(data[:3000], seed) + data[3000:])
    try:
        volume, made = uptake(source)
    except Refused:
        return
    assert volume.unit == made.unit == "SUV"


def test_the_command_speaks_json_and_exit_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F081: PET as SUV, and the CT both as it is and on the grid of PET."""
    source = study(tmp_path / "in")
    assert main(["suv", str(source), str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["factor"]["unit"] == "SUV"
    made = {name: nifti.load(tmp_path / "out" / f"{name}.nii.gz") for name in ("SUV", "CTres")}
    assert made["CTres"].same_grid(made["SUV"])
    assert {"SUV.nii.gz", "CTres.nii.gz", "CT.nii.gz", "PET.nii.gz"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    assert main(["suv", str(source), str(tmp_path / "other"), "--kind", "bsa"]) == 1
    assert "PatientSize is not stated" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_an_archive_is_a_folder_too(tmp_path: Path) -> None:
    source = study(tmp_path / "in")
    archive = Path(shutil.make_archive(str(tmp_path / "scans"), "zip", source))
    packed = api.suv(archive, tmp_path / "packed")
    assert packed["files"] == api.suv(source, tmp_path / "plain")["files"]


def test_what_suv_refuses_it_names_and_leaves_nothing(tmp_path: Path) -> None:
    source = study(tmp_path / "in", pets=2)
    out = tmp_path / "out"
    with pytest.raises(Refused, match="2 PET series") as caught:
        api.suv(source, out)
    assert "--series UID" in caught.value.hint
    with pytest.raises(NotFound, match="PET"):
        api.suv(source / "ct", out)
    with pytest.raises(NotFound, match="no file or folder"):
        api.suv(tmp_path / "nowhere", out)
    with pytest.raises(Misuse, match="scans themselves"):
        api.suv(source, source)
    with pytest.raises(Misuse, match="one file"):
        api.suv(source / "ct/0.dcm", out)
    assert not out.exists()
    out.mkdir()
    (out / "thesis.doc").write_bytes(b"")
    with pytest.raises(Misuse, match=r"thesis\.doc"):
        api.suv(source, out, series="")


def test_a_dataset_may_ask_for_uptake(tmp_path: Path) -> None:
    study(tmp_path / "one")
    patterns = {"ct": "{case}/ct/*", "pet": "{case}/pet0/*", "seg": "{case}/seg/*"}
    with RawTree(tmp_path) as tree:
        (plain,) = PetCt(**patterns).cases(tree)
        (asked,) = PetCt(**patterns, suv="bw").cases(tree)
        stored, pet, ct = (
            plain.images["pet"].read(),
            asked.images["pet"].read(),
            asked.images["ct"].read(),
        )
        assert (stored.unit, pet.unit, ct.unit) == ("Bq/ml", "SUV", "HU")
        assert ct.same_grid(pet.to_ras())
        assert not plain.images["ct"].read().same_grid(stored)
        assert "resampled" in " ".join(ct.notes)
        assert "SUV = " in " ".join(pet.notes)
        assert list(asked.images["ct"].members) == [
            *plain.images["ct"].members,
            *plain.images["pet"].members,
        ]
    with pytest.raises(DeclarationError, match="'weight' is none of bw"):
        PetCt(**patterns, suv="weight")  # type: ignore[arg-type]
