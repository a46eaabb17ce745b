"""Fabricate what seven publishers would offer, with two planted troubles for medreg to find."""

from __future__ import annotations

import gzip
import json
import tarfile
from typing import TYPE_CHECKING, Any

from medreg.files.atomic import write_bytes
from medreg.files.manifest import describe
from medreg.registry import json_bytes
from medreg.testing import archives, listing, miniature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from medreg.plugins import Plugins

    Array = NDArray[Any]

SHAPE = (80, 80, 60)
RECORD = "fabricated.json"  # digests of every download, so that a second run makes none anew
_LITS = "Training_Batch1.zip/media/nas/01_Datasets/CT/LITS/Training Batch 1"
_FDG = "fdg_pet_ct_lesions/PETCT_{0}/1.3.6.1.4.1.14519.5.2.1.{1}"
_STUDIES = (("0a1b2c3d4e", 1), ("0a1b2c3d4e", 2), ("5f6a7b8c9d", 3))  # two of one patient

PATHS: Mapping[str, str] = {
    "demo_lits": f"{_LITS}/volume-{{0..5}}.nii\n{_LITS}/segmentation-{{0..5}}.nii",
    "demo_msd_liver": "\n".join(
        f"Task03_Liver.tar/Task03_Liver/{file}"
        for file in ("imagesTr/liver_{0..5}.nii.gz", "labelsTr/liver_{0..5}.nii.gz", "dataset.json")
    ),
    "demo_kits": "\n".join(
        f"dataset/case_{{00000..00005}}/{file}.nii.gz" for file in ("imaging", "segmentation")
    ),
    "demo_chaos_ct": "\n".join(
        f"Train_Sets/CT/{case}/{file}"
        for case in (1, 2, 5, 6, 8)
        for file in ("DICOM_anon/i{0000..0059},0000b.dcm", "Ground/liver_GT_{000..059}.png")
    ),
    "demo_chaos_mr": "\n".join(
        f"Train_Sets/MR/{case}/T2SPIR/{file}"
        for case in (1, 2)
        for file in (
            "DICOM_anon/IMG-0002-{00001..00040}.dcm",
            "Ground/IMG-0002-{00001..00040}.png",
        )
    ),
    "demo_fdg_pet_ct": "\n".join(
        f"{_FDG.format(patient, study)}/{file}"
        for patient, study in _STUDIES
        for file in (
            "CT_1.2/1-{001..100}.dcm",
            "PT_1.3/1-{001..100}.dcm",
            "SEG_1.4/1-1.dcm",
        )
    ),
    "demo_btcv": "RawData.zip/RawData/Training/img/img{0001..0006}.nii.gz\n"
    "RawData.zip/RawData/Training/label/label{0001..0006}.nii.gz",
}
SUBJECTS = {"demo_msd_liver": {"liver_4": "demo_lits/volume-4"}}


def fabricate(plugins: Plugins, into: Path) -> tuple[int, int, bool]:
    """Make every download below *into*, unless all are there with the bytes on record.

    Returns how many files and bytes there are, and whether anything was made.
    """
    record = into / RECORD
    made = not _stands(into, record)
    if made:
        for name, paths in PATHS.items():
            miniature(
                plugins.get(name).dataset,
                listing(paths),
                into / name,
                shape=SHAPE,
                subjects=SUBJECTS.get(name),
            )
        _reset_spacing(into / "demo_msd_liver/Task03_Liver.tar", "liver_4.nii.gz")
        _paint_air(into / "demo_kits/dataset/case_00003/segmentation.nii.gz")
        write_bytes(record, json_bytes(_digests(into)))
    files = json.loads(record.read_bytes())
    return len(files), sum((into / path).stat().st_size for path in files), made


def _digests(into: Path) -> dict[str, str]:
    return {row.path: row.sha256 for row in describe(into) if row.path != RECORD}


def _stands(into: Path, record: Path) -> bool:
    return record.is_file() and json.loads(record.read_bytes()) == _digests(into)


def _reset_spacing(archive: Path, name: str) -> None:
    """Plant a repeated scan: the header of *name* says 1 mm, as a careless copy would."""
    import numpy as np

    with tarfile.open(archive) as tar:
        members = {
            f"{archive.name}/{member.name}": _read(tar, member) for member in tar.getmembers()
        }

    def reset(_voxels: Array, affine: Array) -> Array:
        unit: Array = affine / [*np.sqrt((affine[:3, :3] ** 2).sum(axis=0)), 1]
        return unit

    for path in [path for path in members if path.endswith(f"/{name}")]:
        members[path] = _edited(members[path], reset)
    archives.write(members, archive.parent)


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return stream.read() if stream else b""


def _paint_air(file: Path) -> None:
    """Plant a mask that reaches outside the body: a block of kidney in a corner of the scan."""

    def paint(voxels: Array, affine: Array) -> Array:
        voxels[:10, :10, 10:18] = 1
        return affine

    write_bytes(file, _edited(file.read_bytes(), paint))


def _edited(data: bytes, change: Callable[[Array, Array], Array]) -> bytes:
    """Return a ``.nii.gz`` whose voxels *change* edits in place, with the affine it returns."""
    import nibabel as nib
    import numpy as np

    image = nib.Nifti1Image.from_bytes(gzip.decompress(data))
    voxels = np.array(image.dataobj)
    affine = change(voxels, image.affine)
    return gzip.compress(nib.Nifti1Image(voxels, affine).to_bytes(), mtime=0)
