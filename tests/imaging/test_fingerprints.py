"""Planted copies are found by the rung that should find them, and strangers by none."""

from __future__ import annotations

import gzip
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.errors import BytesDiffer
from medreg.imaging import nifti, phantoms
from medreg.imaging.fingerprints import Fingerprint, fingerprint_of, match, pairs
from medreg.imaging.fingerprints.sketch import SIZE, contained
from tests.imaging.copies import SAME_PATIENT, SAME_SCAN

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.volume import Volume

RUNGS = {
    "other axes": "values",
    "header and spacing lost": "values",
    "other type": "values",
    "cropped in z to 70 %": "slices",
}
SARCOMA = [f"ibsi_validation/nifti/STS_00{n}/CT_image.nii.gz" for n in (1, 2, 3)]
EXAMPLE = "totalsegmentator/example_ct.nii.gz"


def phantom(seed: str = "scan") -> Volume:
    return phantoms.ct(seed, (96, 96, 64)).image


@pytest.fixture(scope="module")
def scan() -> Volume:
    return phantom()


@pytest.fixture(scope="module")
def taken(scan: Volume) -> Fingerprint:
    return fingerprint_of(scan)


@pytest.mark.parametrize("name", SAME_SCAN)
def test_a_copy_is_the_same_scan(name: str, scan: Volume, taken: Fingerprint) -> None:
    found = match(taken, fingerprint_of(SAME_SCAN[name](scan)))
    assert found.same_scan, found
    assert found.rung == RUNGS.get(name, "sketch" if "clip" not in name else found.rung)
    assert found.sure


@pytest.mark.parametrize("name", SAME_PATIENT)
def test_a_reconstruction_is_the_same_patient_and_never_sure(
    name: str, scan: Volume, taken: Fingerprint
) -> None:
    found = match(taken, fingerprint_of(SAME_PATIENT[name](scan)))
    assert (found.rung, found.same_scan, found.sure) == ("perceptual", False, False)


def test_strangers_of_one_anatomy_match_on_no_rung() -> None:
    prints = [fingerprint_of(phantom(f"stranger {n}")) for n in range(8)]
    worst = max(match(a, b).score for a, b in combinations(prints, 2))
    assert {match(a, b).rung for a, b in combinations(prints, 2)} == {"none"}
    assert worst < 0.9
    assert max(contained(a.sketch, b.sketch)[0] for a, b in combinations(prints, 2)) < 0.002


@pytest.mark.parametrize("level", [1, 9])
def test_compression_does_not_count(level: int, scan: Volume, tmp_path: Path) -> None:
    nifti.write(scan, tmp_path / "a.nii.gz")
    plain = gzip.decompress((tmp_path / "a.nii.gz").read_bytes())
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(plain, level))
    again = nifti.load(tmp_path / "b.nii.gz", "HU")
    assert match(fingerprint_of(scan), fingerprint_of(again)).rung == "values"


def test_the_text_brings_a_fingerprint_back(taken: Fingerprint) -> None:
    again = Fingerprint.from_texts(taken.texts())
    assert again.texts() == taken.texts()
    assert match(taken, again).rung == "values"
    assert sum(len(text) for text in taken.texts().values()) < 16_000


def test_a_damaged_text_is_named() -> None:
    with pytest.raises(BytesDiffer, match="lits/volume-1"):
        Fingerprint.from_texts({"sketch": "###"}, "lits/volume-1")


def test_uids_are_kept_as_hashes_only(scan: Volume) -> None:
    one = fingerprint_of(scan, ["1.2.3", "1.2.3.4"])
    other = fingerprint_of(phantom("another"), ["1.2.3.4", "1.2.9"])
    assert match(one, other).rung == "uids"
    assert "1.2.3" not in str(one.texts())


def test_the_index_finds_what_the_ladder_finds() -> None:
    scans = [phantom(f"p{n}") for n in range(4)]
    makers = [*SAME_SCAN.values(), *SAME_PATIENT.values()]
    copies = [make(scans[n % 4]) for n, make in enumerate(makers)]
    prints = [fingerprint_of(one) for one in (*scans, *copies)]
    expected = {
        (a, b): match(prints[a], prints[b])
        for a, b in combinations(range(len(prints)), 2)
        if match(prints[a], prints[b]).rung != "none"
    }
    assert {(a, b): found for a, b, found in pairs(prints)} == expected


def test_empty_and_flat_volumes_match_nothing(taken: Fingerprint, scan: Volume) -> None:
    flat = fingerprint_of(type(scan)(np.zeros((4, 4, 4), np.int16), np.eye(4), "HU"))
    thin = fingerprint_of(type(scan)(np.ones((4, 4, 1), np.int16), np.eye(4), "HU"))
    assert (len(flat.sketch), len(flat.slices)) == (0, 0)
    assert match(flat, taken).rung == match(flat, thin).rung == "none"


def test_a_sketch_is_complete_or_full(taken: Fingerprint) -> None:
    assert 0 < len(taken.sketch) <= SIZE
    assert (np.diff(taken.sketch.astype(np.int64)) > 0).all()


@pytest.mark.parametrize("path", [*SARCOMA, EXAMPLE])
@pytest.mark.parametrize("name", [*SAME_SCAN, *SAME_PATIENT])
def test_copies_of_real_scans_are_found(name: str, path: str, shared_data: Path) -> None:
    scan = nifti.load(shared_data / path, "HU")
    make = {**SAME_SCAN, **SAME_PATIENT}[name]
    found = match(fingerprint_of(scan), fingerprint_of(make(scan)))
    assert found.rung != "none"
    assert found.same_scan == (name in SAME_SCAN), found


def test_a_published_part_of_a_scan_is_found(shared_data: Path) -> None:
    whole = fingerprint_of(nifti.load(shared_data / EXAMPLE, "HU"))
    part = nifti.load(shared_data / "totalsegmentator/example_ct_sm.nii.gz", "HU")
    assert match(whole, fingerprint_of(part)).same_scan
