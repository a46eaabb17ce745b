"""Convert every real series that has a reference, and print how far each volume is from it.

    python -m bench.conformance [--data ../shared/data] [--peers BIN]

Columns: medreg's largest difference of a voxel and of an affine's entry (mm) from the reference,
and the same for dcm2niix where it is installed (in this environment, in BIN, or on PATH). `ok`
says that medreg is within the bounds: 0 for integers, 1e-4 of the value for floats, 1e-3 mm. All
are compared in RAS+. References: `INDEX.md` and `REFERENCES.json` beside the data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medreg.errors import Refused
from medreg.imaging import nifti
from medreg.imaging.series import read_series
from medreg.imaging.study import find, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.volume import Volume

RELATIVE, AFFINE = 1e-4, 1e-3  # the bounds: of a float's value; mm of an affine's entry
DIGITS = 5e-6  # absolute: published float32 of values near zero
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Case:
    """One series in *folder* below the data, and the NIfTI that others made of it."""

    folder: str
    reference: str


@dataclass(frozen=True)
class Error:
    """How far a volume is from its reference; infinite where it cannot be compared."""

    voxels: float
    relative: float
    affine: float
    is_whole: bool

    @property
    def ok(self) -> bool:
        """Tell whether it is within the bounds."""
        exact = self.voxels == 0 if self.is_whole else self.relative <= RELATIVE
        return exact and self.affine <= AFFINE


def cases(data: Path) -> Iterator[Case]:
    """Yield every series of *data* with a NIfTI reference, in the order of their folders."""
    for image in sorted(data.glob("ibsi_validation/nifti/*/*_image.nii.gz")):
        kind = image.name.removesuffix("_image.nii.gz")
        folder = f"ibsi_validation/dicom/{image.parent.name}/{kind}/image"
        yield Case(folder, image.relative_to(data).as_posix())
    for truth in sorted(data.glob("dicom2nifti/**/*_ground_truth.nii.gz")):
        series = truth.with_name(truth.name.removesuffix("_ground_truth.nii.gz"))
        if series.parent.name != "rgb":  # color: no volume of real numbers
            yield Case(series.relative_to(data).as_posix(), truth.relative_to(data).as_posix())


def compared(found: Volume, expected: Volume) -> Error:
    """Return how far *found* is from *expected*, both in RAS+."""
    ours, theirs = found.to_ras(), expected.to_ras()
    if ours.shape != theirs.shape:
        return Error(np.inf, np.inf, np.inf, is_whole=True)
    is_whole = all(bool((array % 1 == 0).all()) for array in (ours.array, theirs.array))
    a, b = ours.array.astype(np.float64), theirs.array.astype(np.float64)
    apart = np.abs(a - b)
    relative = np.maximum(apart - DIGITS, 0) / np.maximum(np.abs(b), np.finfo(np.float32).tiny)
    affine = np.abs(ours.affine - theirs.affine).max()
    return Error(float(apart.max()), float(relative.max()), float(affine), is_whole)


def converted(folder: Path) -> Volume:
    with opened(folder) as tree:
        (series,) = find(tree).series
        return read_series(tree, series.paths)


def by_dcm2niix(program: str, folder: Path) -> Volume | None:
    with tempfile.TemporaryDirectory() as into:
        words = [program, "-z", "i", "-b", "n", "-o", into, "-f", "out", str(folder)]
        subprocess.run(words, check=False, capture_output=True)
        made = sorted(Path(into).glob("*.nii.gz"))
        return nifti.load(made[0]) if len(made) == 1 else None


def philips(data: Path) -> Iterator[str]:
    """Compare with the git blob id of dcm2niix's own .nii: its stored values and geometry.

    dcm2niix keeps stored values and rows from the feet of the patient; both are undone here by
    letting today's dcm2niix write the file, whose id must be the published one.
    """
    ids = json.loads((data / "REFERENCES.json").read_text())
    expected = ids["dcm_qa_ct_philips_git_blob_sha1_of_dcm2niix_nii"]["201 (S21570/S2010)"]
    program = dcm2niix(Path(sys.executable).parent)
    if not program:
        return
    folder = data / "dcm_qa_ct_philips" / "S21570" / "S2010"
    with tempfile.TemporaryDirectory() as into:
        words = [program, "-z", "n", "-b", "n", "-o", into, "-f", "out", str(folder)]
        subprocess.run(words, check=False, capture_output=True)
        (made,) = Path(into).glob("*.nii")
        content = made.read_bytes()
        same = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == expected  # noqa: S324 - git's id
        error = compared(converted(folder), nifti.load(made))
    origin = "whose id is the published one" if same else "whose header is of another version"
    yield line("dcm_qa_ct_philips/S21570/S2010", error, None) + f"  (dcm2niix's own, {origin})"


def dcm2niix(*folders: Path) -> str | None:
    there = [str(folder / "dcm2niix") for folder in folders if (folder / "dcm2niix").exists()]
    return there[0] if there else shutil.which("dcm2niix")


def line(name: str, ours: Error | str, theirs: Error | str | None) -> str:
    def text(error: Error | str | None) -> str:
        if not isinstance(error, Error):
            return f"{error or '-':<28}"
        exact = "exact" if error.voxels == 0 else f"{error.voxels:.2e}"
        return f"{exact:<10} {error.affine:<8.1e}        "

    mark = "ok  " if isinstance(ours, Error) and ours.ok else "FAIL"
    return f"{mark} {name:<52} {text(ours)} {text(theirs)}".rstrip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent)
    args = parser.parse_args()
    program = dcm2niix(Path(sys.executable).parent, args.peers)
    print(f"     {'series':<52} {'medreg: voxels, affine':<28} dcm2niix")
    failed = 0
    for case in cases(args.data):
        expected = nifti.load(args.data / case.reference)
        ours: Error | str
        try:
            ours = compared(converted(args.data / case.folder), expected)
        except Refused as refusal:
            ours = f"refused: {refusal.message}"
        peer = by_dcm2niix(program, args.data / case.folder) if program else None
        theirs = compared(peer, expected) if peer else None
        failed += not (isinstance(ours, Error) and ours.ok)
        print(line(case.folder, ours, theirs))
    for row in philips(args.data):
        failed += not row.startswith("ok")
        print(row)
    return failed


if __name__ == "__main__":
    sys.exit(main() and 1)
