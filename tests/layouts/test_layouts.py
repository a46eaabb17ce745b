from __future__ import annotations

import json

import pytest

from medreg import Decathlon, DicomSeries, Pairs, PetCt, PngStack
from medreg.errors import DeclarationError, Refused
from medreg.layouts.masks import SegRef
from medreg.layouts.refs import NiftiRef, PngRef, RefusedRef, SeriesRef
from medreg.model import LONE, Case
from tests.layouts.names_only import Names

LITS = Pairs(image="**/volume-{case}.nii", label="**/segmentation-{case}.nii")
STUDY = "**/{patient}/{case}"
FDG = PetCt(
    ct=f"{STUDY}/*/*.dcm",
    pet=f"{STUDY}/PT_*/*.dcm | {STUDY}/*-PET corr.-*/*.dcm",
    seg=f"{STUDY}/SEG_*/*.dcm | {STUDY}/*-Segmentation-*/*.dcm",
)


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


# --- pairs ---------------------------------------------------------------------------------------


def test_pairs_finds_cases_in_natural_order_whatever_the_order_of_names() -> None:
    tree = Names(
        *(f"b/{kind}-{n}.nii" for n in (10, 2, 1) for kind in ("volume", "segmentation")),
        "b/readme.txt",
    )
    cases = list(LITS.cases(tree))
    assert ids(cases) == ["volume-1", "volume-2", "volume-10"]
    assert cases[1].images == {LONE: NiftiRef(tree, "b/volume-2.nii")}
    assert cases[1].mask == NiftiRef(tree, "b/segmentation-2.nii", unit="label")
    assert cases[1].labels is None


def test_an_image_without_mask_is_an_unlabelled_case() -> None:
    (case,) = LITS.cases(Names("volume-7.nii"))
    assert case.mask is None
    assert case.labels == frozenset()


def test_a_mask_without_image_is_a_case_that_refuses_to_be_read() -> None:
    first, second = LITS.cases(Names("volume-1.nii", "segmentation-1.nii", "segmentation-2.nii"))
    assert (first.id, second.id) == ("volume-1", "volume-2")
    (image,) = second.images.values()
    with pytest.raises(Refused) as caught:
        image.read()
    assert caught.value.message == (
        "volume-2 has segmentation-2.nii, but no file matches **/volume-{case}.nii"
    )


def test_a_missing_channel_refuses_and_the_case_keeps_its_name() -> None:
    layout = Pairs(image={"flair": "**/{case}_flair.nii.gz", "t1": "**/{case}_t1.nii.gz"})
    one, two = layout.cases(Names("a_flair.nii.gz", "a_t1.nii.gz", "b_t1.nii.gz"))
    assert ids([one, two]) == ["a_flair", "b_flair"]
    assert list(one.images) == list(two.images) == ["flair", "t1"]
    assert isinstance(two.images["flair"], RefusedRef)
    assert isinstance(two.images["t1"], NiftiRef)


def test_two_files_of_one_case_refuse_that_case_alone() -> None:
    layout = Pairs(image="**/scan_{case}/*.nii.gz")
    one, two = layout.cases(Names("scan_1/a.nii.gz", "scan_1/b.nii.gz", "scan_2/a.nii.gz"))
    with pytest.raises(Refused, match=r"2 files match, not one: scan_1/a.nii.gz, scan_1/b.nii.gz"):
        one.images[LONE].read()
    assert isinstance(two.images[LONE], NiftiRef)


@pytest.mark.parametrize(
    ("layout", "paths"),
    [
        (LITS, ("a/volume-1.nii", "b/volume-1.nii")),
        (Pairs(image="**/{site}/img{case}.nii"), ("a/img1.nii", "b/img1.nii")),
        (Pairs(image="**/{case}.nii"), ("a b.nii", "a_b.nii")),
        (DicomSeries(image="**/CT/{case}/*.dcm"), ("Train/CT/1/a.dcm", "Test/CT/1/b.dcm")),
    ],
)
def test_two_cases_with_one_id_name_both_files(layout: Pairs, paths: tuple[str, str]) -> None:
    with pytest.raises(DeclarationError, match="two cases are called") as caught:
        list(layout.cases(Names(*paths)))
    assert all(path in caught.value.message for path in paths)


def test_two_masks_for_one_case_name_both_files() -> None:
    tree = Names("volume-1.nii", "a/segmentation-1.nii", "b/segmentation-1.nii")
    with pytest.raises(DeclarationError, match=r"a/segmentation-1.nii and b/segmentation-1.nii"):
        list(LITS.cases(tree))


def test_a_mask_is_never_taken_for_an_image() -> None:
    layout = Pairs(image="**/{case}.nii.gz", label="**/{case}_seg.nii.gz")
    (case,) = layout.cases(Names("p1.nii.gz", "p1_seg.nii.gz"))
    assert case.id == "p1"
    assert case.mask is not None


def test_the_mask_may_lie_on_another_channel() -> None:
    folder = "**/patient_{case}"
    layout = Pairs(
        image={"ct": f"{folder}/CT.nii.gz", "pet": f"{folder}/SUV.nii.gz"},
        label=f"{folder}/SEG.nii.gz",
        mask_on="pet",
    )
    (case,) = layout.cases(Names(*(f"patient_001/{f}.nii.gz" for f in ("CT", "SUV", "SEG"))))
    assert (case.id, case.grid) == ("patient_001", "pet")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Pairs(image="**/volume.nii"), "no {case}"),
        (lambda: Pairs(image="{case}.nii", label="mask.nii"), "no {case}"),
        (lambda: Pairs(image={}), "no channel"),
        (lambda: Pairs(image="{case}.nii", mask_on="pet"), "none of the channels"),
        (lambda: DicomSeries(image="*/*.dcm"), "no {case}"),
        (lambda: PngStack(image="{case}/*.dcm", mask="*.png"), "no {case}"),
        (lambda: PetCt(ct="{case}/CT/*", pet="{case}/PT/*", seg="SEG/*"), "no {case}"),
        (lambda: Decathlon(task="Task03_Liver", channels=()), "channels is empty"),
    ],
)
def test_an_impossible_layout_cannot_be_declared(make: object, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):
        make()  # type: ignore[operator]


def test_nothing_found_is_an_error_that_shows_a_file() -> None:
    with pytest.raises(Refused, match=r"among 1, such as other/ct.nii"):
        list(LITS.cases(Names("other/ct.nii")))
    with pytest.raises(Refused, match="no file at all"):
        list(LITS.cases(Names()))


# --- DICOM ---------------------------------------------------------------------------------------


def test_dicom_series_takes_the_slices_of_one_folder() -> None:
    layout = DicomSeries(image="**/PANCREAS_{case}/**/*.dcm", label="**/label{case}.nii.gz")
    slices = [f"Pancreas-CT/PANCREAS_0001/study/series/1-{n:03}.dcm" for n in range(1, 12)]
    tree = Names(*slices, "labels/label0001.nii.gz", "labels/label0025.nii.gz")
    case, withdrawn = layout.cases(tree)
    assert case.id == "PANCREAS_0001"
    assert case.images[LONE] == SeriesRef(tree, slices)
    assert withdrawn.id == "PANCREAS_0025"  # so that DropCase finds it


def test_two_series_in_a_case_refuse_it() -> None:
    layout = DicomSeries(image="**/P{case}/*/*.dcm")
    mixed, whole = layout.cases(Names("P1/a/1.dcm", "P1/b/1.dcm", "P2/a/1.dcm"))
    with pytest.raises(Refused, match="one series is one folder, but these match: P1/a, P1/b"):
        mixed.images[LONE].read()
    assert isinstance(whole.images[LONE], SeriesRef)


def test_channels_of_one_acquisition_share_a_stack_of_pngs() -> None:
    t1 = "**/MR/{case}/T1DUAL"
    layout = PngStack(
        image={
            "t1_in": f"{t1}/DICOM_anon/InPhase/*.dcm",
            "t1_out": f"{t1}/DICOM_anon/OutPhase/*.dcm",
        },
        mask=f"{t1}/Ground/*.png",
    )
    folder = "Train_Sets/MR/1/T1DUAL"
    tree = Names(
        *(f"{folder}/DICOM_anon/InPhase/IMG-{n}.dcm" for n in (2, 4, 10)),
        *(f"{folder}/DICOM_anon/OutPhase/IMG-{n}.dcm" for n in (1, 3, 9)),
        *(f"{folder}/Ground/IMG-{n}.png" for n in (2, 4, 10)),
    )
    (case,) = layout.cases(tree)
    assert case.id == "1"
    assert list(case.images) == ["t1_in", "t1_out"]
    assert case.mask == PngRef(
        tree,
        [f"{folder}/Ground/IMG-{n}.png" for n in (2, 4, 10)],
        [f"{folder}/DICOM_anon/InPhase/IMG-{n}.dcm" for n in (2, 4, 10)],
    )


# public code opens .../4.000000-GK p.v.3-58263 and .../7.000000-PET corr.-78839; the last digits of
# the UIDs of the other series are those of idc-index-data 25.0.5
NBIA = "manifest-1/FDG-PET-CT-Lesions/PETCT_0011f3deaf"
NBIA_STUDY = f"{NBIA}/03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445"
IDC = "fdg_pet_ct_lesions/PETCT_01140d52d8/1.3.6.1.4"


def test_pet_ct_tells_series_apart_by_folder_whoever_named_it() -> None:
    tree = Names(
        "manifest-1/metadata.csv",
        f"{NBIA_STUDY}/4.000000-GK p.v.3-58263/1-001.dcm",
        f"{NBIA_STUDY}/4.000000-GK p.v.3-58263/1-002.dcm",
        f"{NBIA_STUDY}/7.000000-PET corr.-78839/1-001.dcm",
        f"{NBIA_STUDY}/300.000000-Segmentation-55213/1-1.dcm",
        f"{IDC}/CT_1.2/a.dcm",
        f"{IDC}/PT_1.3/b.dcm",
        f"{IDC}/SEG_1.4/c.dcm",
    )
    idc, nbia = FDG.cases(tree)
    assert nbia.id == "03-23-2003-NA-PET-CT_Ganzkoerper_primaer_mit_KM-10445"
    assert (nbia.patient, nbia.grid) == ("PETCT_0011f3deaf", "pet")
    assert list(nbia.images["ct"].members) == [
        f"{NBIA_STUDY}/4.000000-GK p.v.3-58263/1-001.dcm",
        f"{NBIA_STUDY}/4.000000-GK p.v.3-58263/1-002.dcm",
    ]
    assert nbia.mask == SegRef(
        tree, f"{NBIA_STUDY}/300.000000-Segmentation-55213/1-1.dcm", nbia.images["pet"]
    )
    assert (idc.id, idc.patient) == ("1.3.6.1.4", "PETCT_01140d52d8")
    assert list(idc.images["pet"].members) == [f"{IDC}/PT_1.3/b.dcm"]


def test_a_patient_may_have_several_studies() -> None:
    tree = Names(
        *(f"P_1/{study}/{series}/1.dcm" for study in "ab" for series in ("CT_1", "PT_1", "SEG_1"))
    )
    cases = list(FDG.cases(tree))
    assert [(case.id, case.patient) for case in cases] == [("a", "P_1"), ("b", "P_1")]


# --- Decathlon -----------------------------------------------------------------------------------

TASK = "Task05_Prostate"


def decathlon(
    *, modality: object = None, training: object = None, extra: tuple[str, ...] = ()
) -> Names:
    index = {
        "modality": {"0": "T2", "1": "ADC"} if modality is None else modality,
        "training": [
            {"image": f"./imagesTr/prostate_{n}.nii.gz", "label": f"./labelsTr/prostate_{n}.nii.gz"}
            for n in ("16", "04")
        ]
        if training is None
        else training,
        "test": ["./imagesTs/prostate_08.nii.gz"],
    }
    folder = f"{TASK}/{TASK}"
    return Names(
        *(
            f"{folder}/{kind}/prostate_{n}.nii.gz"
            for kind in ("imagesTr", "labelsTr")
            for n in ("16", "04")
        ),
        f"{folder}/imagesTs/prostate_08.nii.gz",
        *(f"{folder}/{path}" for path in extra),
        contents={f"{folder}/dataset.json": json.dumps(index)},
    )


def test_decathlon_splits_channels_and_leaves_test_images_out() -> None:
    tree = decathlon()
    cases = list(Decathlon(task=TASK, channels=("t2", "adc")).cases(tree))
    assert ids(cases) == ["prostate_04", "prostate_16"]
    path = f"{TASK}/{TASK}/imagesTr/prostate_04.nii.gz"
    assert cases[0].images == {"t2": NiftiRef(tree, path, 0), "adc": NiftiRef(tree, path, 1)}
    assert cases[0].mask is not None


@pytest.mark.parametrize(
    ("tree", "error", "why"),
    [
        (Names("x/imagesTr/a.nii.gz"), Refused, f"no {TASK}/dataset.json"),
        (
            decathlon(modality={"0": "T2"}),
            DeclarationError,
            r"lists 1 channels \(T2\), the layout 2",
        ),
        (
            decathlon(extra=("imagesTr/prostate_99.nii.gz",)),
            Refused,
            "prostate_99.nii.gz is not listed",
        ),
        (
            decathlon(extra=("labelsTr/prostate_99.nii.gz",)),
            Refused,
            "prostate_99.nii.gz is not listed",
        ),
        (decathlon(training=[]), Refused, r"prostate_04.nii.gz \(and 3 more\) is not listed"),
        (
            decathlon(
                training=[{"image": "./imagesTr/no.nii.gz", "label": "./labelsTr/no.nii.gz"}]
            ),
            Refused,
            r"imagesTr/no.nii.gz \(and 1 more\) is missing",
        ),
        (decathlon(training=["a"]), Refused, "is not the Decathlon's"),
        (decathlon(training=None, modality=3), Refused, "is not the Decathlon's"),
        (Names(contents={f"{TASK}/dataset.json": "<html>"}), Refused, "is not the Decathlon's"),
        (
            Names(contents={f"a/{TASK}/dataset.json": "{}", f"b/{TASK}/dataset.json": "{}"}),
            DeclarationError,
            f"a/{TASK}/dataset.json and b/{TASK}/dataset.json",
        ),
    ],
)
def test_decathlon_compares_its_index_with_what_is_there(
    tree: Names, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        list(Decathlon(task=TASK, channels=("t2", "adc")).cases(tree))
