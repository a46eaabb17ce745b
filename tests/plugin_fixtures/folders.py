"""Folders as people have them on disk, and what should be found in each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medreg.layouts import (
    Arrays,
    Bids,
    Decathlon,
    DicomSeg,
    DicomSeries,
    Images2d,
    NnunetRaw,
    Pairs,
    PerLabel,
    RtStruct,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medreg.model import Layout


@dataclass(frozen=True)
class Arrangement:
    """*files* (a mask's name is marked with its values), the *layout* and *labels* expected."""

    files: tuple[str, ...]
    layout: Layout
    masks: tuple[str, ...] = ()  # what a path of a mask holds
    labels: Mapping[int | str, str] = field(default_factory=dict)
    index: Mapping[str, object] = field(default_factory=dict)
    index_at: str = "dataset.json"


BLANK = "FIXME: a name in registry/vocabulary.csv"
NUMBERED = {1: BLANK, 2: BLANK}
CASES = ("a_01", "a_02", "a_03", "a_04")


def each(*forms: str) -> tuple[str, ...]:
    return tuple(form.format(case, n) for n, case in enumerate(CASES, 1) for form in forms)


ARRANGEMENTS = {
    "decathlon_names": Arrangement(
        each("imagesTr/{}.nii.gz", "labelsTr/{}.nii.gz"),
        Pairs("**/imagesTr/{case}.nii.gz", "**/labelsTr/{case}.nii.gz"),
        ("labelsTr",),
        NUMBERED,
    ),
    "images_and_labels": Arrangement(
        each("images/img{1:04d}.nii.gz", "labels/label{1:04d}.nii.gz"),
        Pairs("**/images/img{case}.nii.gz", "**/labels/label{case}.nii.gz"),
        ("labels/",),
        NUMBERED,
    ),
    "seg_beside": Arrangement(
        each("scans/{}.nii.gz", "scans/{}_seg.nii.gz"),
        Pairs("**/{case}.nii.gz", "**/{case}_seg.nii.gz"),
        ("_seg",),
        NUMBERED,
    ),
    "lits": Arrangement(
        each("volume-{1}.nii", "segmentation-{1}.nii"),
        Pairs("**/volume-{case}.nii", "**/segmentation-{case}.nii"),
        ("segmentation",),
        NUMBERED,
    ),
    "channels_beside": Arrangement(
        each("{}_t1.nii.gz", "{}_t2.nii.gz", "{}_mask.nii.gz"),
        Pairs({"t1": "**/{case}_t1.nii.gz", "t2": "**/{case}_t2.nii.gz"}, "**/{case}_mask.nii.gz"),
        ("_mask",),
        NUMBERED,
    ),
    "folder_per_case": Arrangement(
        each("{}/imaging.nii.gz", "{}/segmentation.nii.gz"),
        Pairs("**/{case}/imaging.nii.gz", "**/{case}/segmentation.nii.gz"),
        ("segmentation",),
        NUMBERED,
    ),
    "brats": Arrangement(
        each("{0}/{0}_flair.nii.gz", "{0}/{0}_t1.nii.gz", "{0}/{0}_seg.nii.gz"),
        Pairs(
            {"flair": "**/{case}/{case}_flair.nii.gz", "t1": "**/{case}/{case}_t1.nii.gz"},
            "**/{case}/{case}_seg.nii.gz",
        ),
        ("_seg",),
        NUMBERED,
    ),
    "file_per_label": Arrangement(
        each(
            "{}/ct.nii.gz",
            "{}/segmentations/liver.nii.gz",
            "{}/segmentations/left_kidney.nii.gz",
            "{}/segmentations/odd_thing.nii.gz",
        ),
        PerLabel("**/{case}/ct.nii.gz", "**/{case}/segmentations/{label}.nii.gz"),
        ("segmentations",),
        {
            "left_kidney": "kidney_left",
            "liver": "liver",
            "odd_thing": "FIXME: 'odd_thing', as in registry/vocabulary.csv",
        },
    ),
    "nnunet": Arrangement(
        each(
            "Dataset007_X/imagesTr/{}_0000.nii.gz",
            "Dataset007_X/imagesTr/{}_0001.nii.gz",
            "Dataset007_X/labelsTr/{}.nii.gz",
        ),
        NnunetRaw(("t1", "t2"), "**/Dataset007_X"),
        ("labelsTr",),
        {1: "liver", 2: "FIXME: 'lump', as in registry/vocabulary.csv"},
        {
            "channel_names": {"0": "T1", "1": "T2"},
            "labels": {"background": 0, "Liver": 1, "lump": 2},
            "file_ending": ".nii.gz",
        },
        "Dataset007_X/dataset.json",
    ),
    "decathlon": Arrangement(
        each("Task77_Organ/imagesTr/{}.nii.gz", "Task77_Organ/labelsTr/{}.nii.gz"),
        Decathlon("Task77_Organ", ("ct",)),
        ("labelsTr",),
        {1: "liver", 2: "liver_tumor"},
        {
            "name": "Organ",
            "licence": "CC-BY-SA 4.0",
            "modality": {"0": "CT"},
            "labels": {"0": "background", "1": "liver", "2": "liver tumour"},
            "training": [
                {"image": f"./imagesTr/{c}.nii.gz", "label": f"./labelsTr/{c}.nii.gz"}
                for c in CASES
            ],
        },
        "Task77_Organ/dataset.json",
    ),
    "bids": Arrangement(
        tuple(
            path
            for n in (1, 2, 3)
            for path in (
                f"sub-{n:02d}/anat/sub-{n:02d}_T1w.nii.gz",
                f"derivatives/manual/sub-{n:02d}/anat/sub-{n:02d}_label-lesion_mask.nii.gz",
            )
        ),
        Bids("T1w", "anat", "derivatives/**/{case}_label-lesion_mask.nii.gz"),
        ("_mask",),
        NUMBERED,
    ),
    "mha": Arrangement(
        each("images/{}.mha", "masks/{}.mha"),
        Pairs("**/images/{case}.mha", "**/masks/{case}.mha"),
        ("masks/",),
        NUMBERED,
    ),
    "nrrd": Arrangement(
        each("{}/image.nrrd", "{}/label.nrrd"),
        Pairs("**/{case}/image.nrrd", "**/{case}/label.nrrd"),
        ("label",),
        NUMBERED,
    ),
    "without_masks": Arrangement(each("ct/{}.nii.gz"), Pairs("**/ct/{case}.nii.gz")),
    "classes": Arrangement(
        each("train/benign/{}.png", "train/malignant/{}b.png"), Images2d("**/{class}/{case}.png")
    ),
    "picture_masks": Arrangement(
        each("images/{}.jpg", "masks/{}.png"),
        Images2d("**/images/{case}.jpg", "**/masks/{case}.png"),
        ("masks/",),
        NUMBERED,
    ),
    "arrays": Arrangement(("mini.npz",), Arrays("mini.npz")),
    "dicom": Arrangement(each("{}/CT/{{1}}.dcm"), DicomSeries("**/{case}/CT/*.dcm")),
    "dicom_seg": Arrangement(
        each("{}/CT/{{1}}.dcm", "{}/SEG/seg.dcm"),
        DicomSeg("**/{case}/CT/*.dcm", "**/{case}/SEG/*.dcm"),
        labels={"liver": "liver", "liver_tumor": "liver_tumor"},
    ),
    "rtstruct": Arrangement(
        each("{}/CT/{{1}}.dcm", "{}/RT/rs.dcm"),
        RtStruct("**/{case}/CT/*.dcm", "**/{case}/RT/*.dcm"),
        labels={"liver": "liver", "liver_tumor": "liver_tumor"},
    ),
}


def write(kind: str, into: Path) -> Path:
    """Write the arrangement *kind* below *into*; returns its folder."""
    arrangement = ARRANGEMENTS[kind]
    folder = into / kind
    if isinstance(arrangement.layout, DicomSeries | DicomSeg | RtStruct):
        _dicom(arrangement, folder)
        return folder
    for path in arrangement.files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        masked = any(word in path for word in arrangement.masks)
        _write(target, masked=masked)
    if arrangement.index:
        text = json.dumps(arrangement.index)
        (folder / arrangement.index_at).write_text(text, encoding="utf-8")
    return folder


def _write(target: Path, *, masked: bool) -> None:
    shape = (16, 16, 10)
    mask = np.zeros(shape, np.uint8)
    mask[4:12, 4:12, 3:8], mask[6:9, 6:9, 4:6] = 1, 2
    seed = sum(target.name.encode())
    image = np.random.default_rng(seed).integers(-900, 900, shape).astype(np.int16)
    array = mask if masked else image
    if target.suffix in (".png", ".jpg"):
        from PIL import Image

        Image.fromarray((array[:, :, 5] if masked else array[:, :, 5] % 255).astype(np.uint8)).save(
            target
        )
    elif target.suffix == ".npz":
        pictures = np.zeros((4, 8, 8), np.uint8)
        labels = np.arange(4).reshape(4, 1).astype(np.uint8)
        np.savez(target, train_images=pictures, train_labels=labels)
    elif target.suffix in (".mha", ".nrrd"):
        import SimpleITK

        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array.T), str(target))
    else:
        nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), target)


def _dicom(arrangement: Arrangement, folder: Path) -> None:
    from medreg.model import CT, Dataset
    from medreg.sources import Local
    from medreg.testing import miniature

    dataset = Dataset(
        name="made",
        title="",
        homepage="",
        licenses=(),
        cite=(),
        modality=CT,
        source=Local("x"),
        layout=arrangement.layout,
        labels=arrangement.labels,
        annotation="segmentation" if arrangement.labels else "none",
    )
    paths = [
        path.replace("{1}", str(n))
        for path in arrangement.files
        for n in (range(1, 11) if "{1}" in path else (1,))
    ]
    miniature(dataset, paths, folder, shape=(24, 24, 10))
