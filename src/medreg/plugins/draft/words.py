"""The words by which people name folders and files of images, masks and channels."""

from __future__ import annotations

import re

from medreg.model import CT, MR, PT, Modality

MASK = frozenset(
    (
        *("seg", "segs", "segmentation", "segmentations", "mask", "masks", "label", "labels"),
        *("labelstr", "labelsts", "gt", "groundtruth", "truth", "annotation", "annotations"),
        *("roi", "rois", "contour", "contours", "manual", "structures", "dseg", "lesion"),
    )
)
IMAGE = frozenset(
    (
        *("image", "images", "img", "imgs", "imagestr", "imagests", "volume", "volumes", "scan"),
        *("scans", "data", "raw", "vol", "ct", "mr", "mri", "pet", "nii", "nifti"),
    )
)
MODALITY = {
    **dict.fromkeys(("ct", "cta", "cect", "ncct", "cbct"), CT),
    **dict.fromkeys(
        (
            *("mr", "mri", "t1", "t2", "t1c", "t1ce", "t1w", "t2w", "t1n", "t2f", "flair", "adc"),
            *("dwi", "pd", "swi", "bold", "t1gd", "hbv", "dce", "tof", "mrt"),
        ),
        MR,
    ),
    **dict.fromkeys(("pet", "pt", "suv", "fdg"), PT),
    **dict.fromkeys(("us", "ultrasound", "bus", "echo"), Modality.US),
    **dict.fromkeys(("xray", "cxr", "dx", "chestxray", "radiograph"), Modality.DX),
    **dict.fromkeys(("mg", "mammogram", "mammography"), Modality.MG),
    **dict.fromkeys(("fundus", "retina"), Modality.OP),
    **dict.fromkeys(("oct",), Modality.OPT),
    **dict.fromkeys(("dermoscopy", "isic", "dermoscopic"), Modality.DMS),
    **dict.fromkeys(("histology", "pathology", "wsi", "histopathology"), Modality.SM),
}
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


def words(text: str) -> list[str]:
    """Return the words of a name, in lower case.

    >>> words("labelsTr"), words("case_01-seg.nii")
    (['labels', 'tr', 'labelstr'], ['case', '01', 'seg', 'nii'])
    """
    split = [word.lower() for word in _SPLIT.split(text) if word]
    joined = text.lower()
    camel = joined.isalpha() and len(split) > 1
    return [*split, joined] if camel else split


def is_mask(text: str) -> bool:
    """Tell whether a name says that it is a mask's."""
    return any(word.rstrip("0123456789") in MASK for word in words(text))


def modality(text: str) -> Modality | None:
    """Return the modality that a name speaks of, if any does."""
    return next((MODALITY[word] for word in words(text) if word in MODALITY), None)
