from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from medreg.errors import DeclarationError, Refused
from medreg.layouts.pattern import find, named, words

COMPONENT = st.text("abcXYZ019 ._-,äß()+", min_size=1, max_size=12).filter(
    lambda text: any(letter in "abcXYZ019-" for letter in text)
)


@pytest.mark.parametrize(
    ("pattern", "path", "case"),
    [
        ("**/volume-{case}.nii", "volume-28.nii", "volume-28"),
        ("**/volume-{case}.nii", "Training_Batch1/media/nas/volume-28.nii", "volume-28"),
        ("**/case_{case}/imaging.nii.gz", "dataset/case_00003/imaging.nii.gz", "case_00003"),
        ("{case}.nii.gz", "BRATS_001.nii.gz", "BRATS_001"),
        ("**/{case}/{case}_flair.nii.gz", "a/BraTS20_007/BraTS20_007_flair.nii.gz", "BraTS20_007"),
        ("**/CT/{case}/DICOM_anon/*.dcm", "Train/CT/21/DICOM_anon/i0000,0000b.dcm", "21"),
        ("{case}/**/*.dcm", "p 1.3/a/b/1.dcm", "p_1.3"),
        ("{case}/**/*.dcm", "p/1.dcm", "p"),
        ("s[1]/{case}.mha", "s[1]/a+b.mha", "a_b"),
    ],
)
def test_a_case_is_named_by_the_component_that_holds_it(pattern: str, path: str, case: str) -> None:
    assert [match.case for match in find(pattern, [path])] == [case]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/volume-{case}.nii", "volume-28.nii.gz"),
        ("**/volume-{case}.nii", "test-volume-28.nii"),
        ("volume-{case}.nii", "a/volume-28.nii"),
        ("**/{case}/image.nii", "image.nii"),
        ("**/{case}/{case}_t1.nii", "BraTS_1/BraTS_2_t1.nii"),
        ("*/{case}.nii", "a/b/1.nii"),
        ("s?/{case}.nii", "s1/1.nii"),
        ("{case}.nii", "1xnii"),
    ],
)
def test_other_files_are_not_matched(pattern: str, path: str) -> None:
    assert list(find(pattern, [path])) == []


def test_words_and_patients_are_read_from_the_path() -> None:
    path = "FDG/PETCT_0011f3deaf/03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445/4/1-001.dcm"
    (match,) = find("**/PETCT_{patient}/{case}/*/*.dcm", [path])
    assert match.patient == "PETCT_0011f3deaf"
    assert match.case == "03-23-2003-NA-PET-CT_Ganzkoerper_primaer_mit_KM-10445"
    assert match.words["patient"] == "0011f3deaf"
    assert match.folder == path.removesuffix("/4/1-001.dcm")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("**/volume.nii", "no {case}"),
        ("", "no {case}"),
        ("/data/{case}.nii", "below the raw folder"),
        ("a//{case}.nii", "single slashes"),
        ("../{case}.nii", "below the raw folder"),
        ("a\\{case}.nii", "below the raw folder"),
        ("**x/{case}.nii", "whole component"),
        ("{case}/{Site}.nii", "written {like_this}"),
        ("{case}/{.nii", "written {like_this}"),
    ],
)
def test_a_wrong_pattern_says_what_is_wrong(pattern: str, why: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        words(pattern)
    assert why in caught.value.message
    assert repr(pattern) in caught.value.message


@pytest.mark.parametrize("name", ["...", "  ", "_", "ä"])
def test_a_case_without_a_usable_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot name a case"):
        list(find("{case}/1.dcm", [f"{name}/1.dcm"]))


@given(case=COMPONENT, patient=COMPONENT, site=COMPONENT)
def test_what_was_written_into_a_path_is_found_in_it(case: str, patient: str, site: str) -> None:
    path = f"raw/{site}/P_{patient}/{case}/slice.dcm"
    (match,) = find("**/{site}/P_{patient}/{case}/*.dcm", [path])
    assert match.words == {"case": case, "patient": patient, "site": site}
    assert match.case == named("{case}/x", {"case": case})
    assert set(match.case) <= set("abcXYZ019._-")


@given(st.lists(COMPONENT, min_size=1, max_size=4), COMPONENT)
def test_two_stars_stand_for_any_folders_or_none(folders: list[str], case: str) -> None:
    assume(not case.startswith("scan"))
    file = f"scan{case}.nii"
    for depth in range(len(folders) + 1):
        (match,) = find("**/scan{case}.nii", ["/".join([*folders[:depth], file])])
        assert match.words["case"] == case
