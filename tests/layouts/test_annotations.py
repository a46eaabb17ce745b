"""Layouts whose masks are structures with names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from medreg import CT, Dataset, DicomSeg, LidcXml, Local, Pairs, PerLabel, RtStruct
from medreg.errors import DeclarationError
from medreg.imaging.masks.rules import Consensus, Rules
from medreg.layouts.masks import LidcRef, PerLabelRef, RtStructRef, SegRef
from medreg.layouts.refs import NiftiRef, RefusedRef, SeriesRef
from medreg.model import LONE, Layout
from tests.layouts.names_only import Names

CASE = {"image": "**/{case}/ct/*.dcm", "label": "**/{case}/drawn/*"}
TREE = Names("p1/ct/1.dcm", "p1/ct/2.dcm", "p1/drawn/1-1.dcm")
SERIES = SeriesRef(TREE, ["p1/ct/1.dcm", "p1/ct/2.dcm"])
RULES = Rules(("tumor",), "empty")


@pytest.mark.parametrize(
    ("layout", "mask"),
    [
        (DicomSeg(**CASE), SegRef(TREE, "p1/drawn/1-1.dcm", SERIES)),
        (
            DicomSeg(**CASE, priority=("tumor",), absent="empty"),
            SegRef(TREE, "p1/drawn/1-1.dcm", SERIES, RULES),
        ),
        (RtStruct(**CASE), RtStructRef(TREE, "p1/drawn/1-1.dcm", SERIES)),
        (
            RtStruct(**CASE, allow_other_image=True),
            RtStructRef(TREE, "p1/drawn/1-1.dcm", SERIES, allow_other_image=True),
        ),
        (
            LidcXml(**CASE, agree=0.75, readers=3),
            LidcRef(TREE, "p1/drawn/1-1.dcm", SERIES, Consensus(0.75, 3)),
        ),
    ],
)
def test_a_mask_knows_its_image_and_its_rules(layout: Layout, mask: object) -> None:
    (case,) = layout.cases(TREE)
    assert (case.id, case.images, case.mask) == ("p1", {LONE: SERIES}, mask)


def test_images_may_be_nifti() -> None:
    tree = Names("1/ct.nii.gz", "1/rt.dcm")
    (case,) = RtStruct(image="{case}/ct.nii.gz", label="{case}/rt.dcm").cases(tree)
    image = NiftiRef(tree, "1/ct.nii.gz")
    assert case.images == {LONE: image}
    assert case.mask == RtStructRef(tree, "1/rt.dcm", image)


def test_two_annotations_of_one_case_are_refused() -> None:
    tree = Names("p1/ct/1.dcm", "p1/drawn/1.dcm", "p1/drawn/2.dcm")
    (case,) = DicomSeg(**CASE).cases(tree)
    assert isinstance(case.mask, RefusedRef)


EACH = PerLabel(image="{case}/ct.nii.gz", label="{case}/segmentations/{label}.nii.gz")


def test_each_file_is_called_after_its_structure() -> None:
    tree = Names("s1/ct.nii.gz", "s1/segmentations/liver.nii.gz", "s1/segmentations/aorta.nii.gz")
    (case,) = EACH.cases(tree)
    files = {
        "liver": "s1/segmentations/liver.nii.gz",
        "aorta": "s1/segmentations/aorta.nii.gz",
    }
    assert case.mask == PerLabelRef(tree, files, NiftiRef(tree, "s1/ct.nii.gz"))


def dataset(layout: Layout, labels: dict[Any, str]) -> Dataset:
    return Dataset(
        name="toy",
        title="",
        homepage="",
        licenses=(),
        cite=(),
        modality=CT,
        source=Local("."),
        layout=layout,
        labels=labels,
    )


def test_names_become_values_in_the_order_of_the_datasets_labels() -> None:
    labels = {"Tumor": "liver_tumor", "GTV-1": "liver_tumor", "Liver": "liver"}
    toy = dataset(DicomSeg(**CASE), labels)
    assert toy.raw_values == {"Tumor": 1, "GTV-1": 1, "Liver": 2}
    assert toy.raw_labels == {1: "liver_tumor", 2: "liver"}
    (case,) = toy.find(TREE)
    assert isinstance(case.mask, SegRef)
    assert case.mask.values == toy.raw_values


def test_values_stay_values() -> None:
    toy = dataset(DicomSeg(**CASE), {2: "liver"})
    (case,) = toy.find(TREE)
    assert (toy.raw_values, toy.raw_labels) == ({}, {2: "liver"})
    assert case.mask == SegRef(TREE, "p1/drawn/1-1.dcm", SERIES)


def test_what_has_no_file_may_be_unknown_in_that_case_alone() -> None:
    layout = replace(EACH, absent="unknown")
    toy = dataset(layout, {"liver": "liver", "aorta": "aorta"})
    tree = Names(
        *(f"s1/segmentations/{name}.nii.gz" for name in ("liver", "aorta", "rib")),
        *("s1/ct.nii.gz", "s2/segmentations/liver.nii.gz", "s2/ct.nii.gz", "s3/ct.nii.gz"),
    )
    judged = {case.id: case.labels for case in toy.find(tree)}
    assert judged == {
        "s1": frozenset(("liver", "aorta")),
        "s2": frozenset(("liver",)),
        "s3": frozenset(),
    }


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: DicomSeg(**CASE, absent="maybe"), 'absent is "refused" or "empty"'),
        (lambda: RtStruct(**CASE, absent="unknown"), 'absent is "refused" or "empty"'),
        (lambda: replace(EACH, absent="maybe"), 'or "unknown" in PerLabel'),
        (lambda: RtStruct(**CASE, priority="tumor"), "priority is a tuple"),
        (lambda: LidcXml(**CASE, agree=0), "agree is a share"),
        (lambda: DicomSeg(image="**/*.dcm", label="x"), "case"),
        (lambda: PerLabel(**CASE), "does not say where the name"),
        (
            lambda: PerLabel(image="{case}/{label}.nii", label="{case}/s/{label}.nii"),
            "no such word",
        ),
        (lambda: dataset(EACH, {"liver": "liver", 2: "spleen"}), "both values and names"),
        (
            lambda: list(
                dataset(Pairs(image="{case}.nii", label="m_{case}.nii"), {"liver": "liver"}).find(
                    Names("1.nii", "m_1.nii")
                )
            ),
            "labels names structures .'liver'.",
        ),
    ],
)
def test_what_cannot_be_is_said(make: Any, says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        make()
