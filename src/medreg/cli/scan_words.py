"""The words of the commands that work on scans in any folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_scans(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    _judge(make)
    _measure(make)
    _rewrite(make)


def _judge(make: Make) -> None:
    validate = make(
        "validate", "judge scans in any folder", "validate:validate", "medreg validate ~/export"
    )
    validate.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="folder or archive")
    validate.add_argument(
        "--profile", default="ct", help="thresholds: ct (default), mr, pet, a dataset, a TOML file"
    )
    prints = make(
        "fingerprint",
        "find a scan or patient again",
        "fingerprint:fingerprint",
        "medreg fingerprint a.nii.gz --against b.nii.gz",
    )
    prints.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="DICOM, NIfTI, ...")
    prints.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="PATH|JSON|DATASET",
        help="compare with these instead of with each other (repeatable)",
    )


def _measure(make: Make) -> None:
    masks = make(
        "masks",
        "write an annotation as label NIfTI",
        "masks:masks",
        "medreg masks ct/ rtstruct.dcm liver.nii.gz --only Liver",
    )
    masks.add_argument("image", type=Path, metavar="IMAGE", help="DICOM folder or archive; NIfTI")
    masks.add_argument(
        "annotation",
        type=Path,
        metavar="ANNOTATION",
        help="SEG, RTSTRUCT, LIDC or COCA XML, label NIfTI",
    )
    masks.add_argument("target", type=Path, metavar="OUT", help="a .nii.gz file, or a new folder")
    masks.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="of the structures, this (repeatable)",
    )
    masks.add_argument(
        "--priority", action="append", default=[], metavar="NAME", help="wins overlaps; repeatable"
    )
    masks.add_argument("--each", action="store_true", help="one file per structure")
    masks.add_argument("--resample", action="store_true", help="label NIfTI of another geometry")
    masks.add_argument(
        "--allow-other-image", action="store_true", help="although it names another image"
    )
    masks.add_argument("--series", default="", metavar="UID", help="of IMAGE, if it has several")
    suv = make("suv", "write a PET series as standardized uptake", "suv:suv", "medreg suv pet/ out")
    suv.add_argument("source", type=Path, metavar="IN", help="folder of the PET, or of its study")
    suv.add_argument("target", type=Path, metavar="OUT", help="a new folder")
    suv.add_argument(
        "--kind",
        default="bw",
        choices=["bw", "lbm", "lbmjames128", "lbmjanma", "ibw", "bsa"],
        help="per body weight (default), lean mass by James or Janmahasatian, ideal mass, surface",
    )
    suv.add_argument("--series", default="", metavar="UID", help="which PET, if there are several")


def _rewrite(make: Make) -> None:
    clean = make(
        "deidentify",
        "remove who is shown in DICOM",
        "deidentify:deidentify",
        "medreg deidentify ~/export clean --mapping ~/secret.json",
    )
    clean.add_argument("source", type=Path, metavar="IN", help="a folder, archive or file")
    clean.add_argument("target", type=Path, metavar="OUT", help="a new folder")
    clean.add_argument(
        "--mapping", type=Path, metavar="FILE", help="the secret key (default: .medreg/)"
    )
    clean.add_argument(
        "--dates", choices=["shift", "remove"], default="shift", help="one shift per patient"
    )
    clean.add_argument(
        "--no-characteristics", action="store_true", help="remove weight, size and sex too"
    )
    clean.add_argument(
        "--descriptors", action="store_true", help="keep the harmless words of descriptions"
    )
    d2n = make(
        "dicom2nifti",
        "write any DICOM as NIfTI",
        "dicom2nifti:dicom2nifti",
        "medreg dicom2nifti ~/export out",
    )
    d2n.add_argument("source", type=Path, metavar="IN", help="folder, archive or file")
    d2n.add_argument("target", type=Path, metavar="OUT", help="folder; or FILE.nii.gz for one")
    d2n.add_argument("--allow-tilt", action="store_true", help="resample a tilted gantry's slices")
    d2n.add_argument(
        "--allow-spacing", action="store_true", help="resample irregular or missing slices"
    )
    d2n.add_argument("--workers", type=int, default=0, metavar="N", help="default: all processors")
