"""A DICOM series as canonical NIfTI files, and a sidecar that says what was done.

The sidecar names no patient, no date and no description: its facts are those of the voxels.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.files.atomic import write_bytes
from medreg.imaging import nifti
from medreg.imaging.canonical import CONVERTER_FORMAT, canonical_image
from medreg.imaging.series import read_volumes
from medreg.model import Modality

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from medreg.imaging.stack import Resample
    from medreg.imaging.study import Series
    from medreg.model import Tree
    from medreg.volume import Volume


def convert(
    tree: Tree, series: Series, folder: Path, *, stem: str = "", resample: Collection[Resample] = ()
) -> list[str]:
    """Write *series* to *folder* and return the names of its NIfTI files.

    A lone volume is ``STEM.nii.gz``, one of several ``STEM_time2.nii.gz``; ``STEM.json`` beside
    them is written last. Raises `Refused` as `series.read_volumes` does: then nothing is written.
    """
    stem = stem or series.stem
    files: list[dict[str, Any]] = []
    with_names = read_volumes(tree, series.paths, resample=resample)
    written: list[Path] = []
    try:
        for name, volume in with_names:
            image = canonical_image(volume, Modality(series.modality))
            target = folder / f"{stem}{f'_{name}' if name else ''}.nii.gz"
            nifti.write(image, target, durable=False)  # made anew by the same command
            written.append(target)
            files.append(_facts(image, target.name, name))
    except Refused:
        for target in written:  # one volume of several cannot be right: leave none of them
            target.unlink()
        raise
    said = {
        "series": series.uid,
        "number": series.number,
        "modality": series.modality,
        "slices": len(series.paths),
        "converter": CONVERTER_FORMAT,
        "files": files,
    }
    text = json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_bytes(folder / f"{stem}.json", text.encode())
    return [entry["file"] for entry in files]


def _facts(image: Volume, file: str, name: str) -> dict[str, Any]:
    return {
        "file": file,
        "volume": name,
        "unit": image.unit,
        "type": image.array.dtype.str.lstrip("<|="),
        "shape": list(image.shape),
        "spacing": [round(length, 6) for length in image.spacing],
        "notes": list(image.notes),
    }
