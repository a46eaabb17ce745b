"""Several series lie beside a SEG or RTSTRUCT: the image is the one that it names."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.errors import Refused
from medreg.files.archive import RawTree
from medreg.imaging import phantoms
from medreg.layouts import DicomSeg, RtStruct
from medreg.layouts.among import AmongRef
from medreg.model import CT
from medreg.testing.attributes import Series
from medreg.testing.dicom import segmentation, slices
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (32, 32, 24)
KINDS = {"seg": DicomSeg, "rtstruct": RtStruct}


def study(folder: Path, kind: str, *, drawn_on: str, of: tuple[str, ...]) -> None:
    """Write CT series called *of*, and a mask of *kind* that names the series *drawn_on*."""
    for name in of:
        phantom = phantoms.ct(name, shape=SHAPE)
        for number, data in enumerate(slices(phantom.image, CT, series(name))):
            file = folder / f"p1/s1/CT_{name}/{number:02}.dcm"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    mask = Volume(
        phantoms.ct(drawn_on, shape=SHAPE).organs["liver"].astype(np.uint8),
        phantoms.ct(drawn_on, shape=SHAPE).image.affine,
        "label",
    )
    write = segmentation if kind == "seg" else structure_set
    data = write(mask, {1: "Liver"}, series("m"), source=series(drawn_on), modality=CT)
    file = folder / "p1/s1/M_m/1.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)


def series(name: str) -> Series:
    return Series(patient="p1", study="s1", series=f"s1/{name}", description=name, number=1)


def layout(kind: str) -> DicomSeg | RtStruct:
    return KINDS[kind](
        image="{patient}/{case}/CT_*/*.dcm", label="{patient}/{case}/M_*/*.dcm", named=True
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drawn_on", ["a", "b", "c"])
def test_the_series_that_is_named_is_the_image(tmp_path: Path, kind: str, drawn_on: str) -> None:
    study(tmp_path, kind, drawn_on=drawn_on, of=("a", "b", "c"))
    shutil.copytree(tmp_path / "p1/s1/CT_a", tmp_path / "p1/s2/CT_a")  # beside no annotation
    with RawTree(tmp_path) as tree:
        (case,) = layout(kind).cases(tree)
        image, mask = case.images["image"], case.mask
        assert isinstance(image, AmongRef)
        assert mask is not None
        assert {path.split("/")[2] for path in image.members} == {f"CT_{drawn_on}"}
        assert np.array_equal(
            image.read().to_ras().array, phantoms.ct(drawn_on, shape=SHAPE).image.to_ras().array
        )
        assert mask.read().shape == image.read().shape


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_that_is_not_here_is_refused(tmp_path: Path, kind: str) -> None:
    study(tmp_path, kind, drawn_on="elsewhere", of=("a", "b"))
    with RawTree(tmp_path) as tree:
        (case,) = layout(kind).cases(tree)
        with pytest.raises(Refused, match="which is 0 of those here: p1/s1/CT_a, p1/s1/CT_b"):
            case.images["image"].read()
