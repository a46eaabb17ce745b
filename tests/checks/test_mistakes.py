"""Mistakes are planted in phantoms, and each is found; innocent phantoms give nothing (F070)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.checks import BUILT_IN
from medreg.checks.outliers import outliers
from medreg.checks.regions import holes, pieces
from medreg.checks.survey import survey, values_of
from medreg.imaging import phantoms
from medreg.imaging.agreement import border
from medreg.imaging.nifti import load
from medreg.model import CT, MR, Converted, Dataset
from medreg.tissues import of_labels, parse
from medreg.vocabulary import Vocabulary
from medreg.volume import Volume
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from medreg.model import Modality

FACTS = Path(__file__).resolve().parents[2] / "registry"
VOCABULARY = Vocabulary.parse((FACTS / "vocabulary.csv").read_text(encoding="utf-8"))
TABLE = parse((FACTS / "tissues.csv").read_text(encoding="utf-8"))
ORGANS = (
    *("liver", "spleen", "kidney_left", "kidney_right", "pancreas", "gallbladder", "stomach"),
    *("aorta", "inferior_vena_cava", "lung", "heart", "bone", "colon", "small_bowel"),
    *("adrenal_gland_left", "adrenal_gland_right", "esophagus", "liver_tumor", "kidney_tumor"),
)
VALUE = {label: value for value, label in enumerate(ORGANS, 1)}
SHAPES = [(64, 64, 48), (96, 80, 60), (40, 40, 30)]


class Nowhere:
    """A source and layout that nobody asks."""


def dataset(modality: Modality, labels: tuple[str, ...] = ORGANS) -> Dataset:
    return Dataset(
        name="phantoms",
        title="Phantoms",
        homepage="",
        licenses=(),
        cite=(),
        modality=modality,
        source=Nowhere(),
        layout=Nowhere(),
        labels={VALUE[label]: label for label in labels},
    )


@cache
def drawn(seed: str, shape: tuple[int, int, int], modality: Modality) -> phantoms.Phantom:
    return (phantoms.ct if modality is CT else phantoms.mr)(seed, shape)


def mask_of(phantom: phantoms.Phantom) -> np.ndarray:
    """Draw every organ; a tumor over its organ, as most datasets do."""
    mask = np.zeros(phantom.image.shape, np.uint8)
    for label in ORGANS:
        mask[phantom.organs[label]] = VALUE[label]
    return mask


def case(
    mask: np.ndarray | None = None,
    *,
    image: np.ndarray | None = None,
    seed: str = "planted",
    shape: tuple[int, int, int] = SHAPES[0],
    modality: Modality = CT,
) -> Converted:
    phantom = drawn(seed, shape, modality)
    volume = phantom.image
    return Converted(
        dataset=dataset(modality),
        case=seed,
        images={"ct": Volume(volume.array if image is None else image, volume.affine, volume.unit)}
        if modality is CT
        else {"mr": volume},
        mask=Volume(mask_of(phantom) if mask is None else mask, volume.affine, "label"),
        grid="ct" if modality is CT else "mr",
        annotated=frozenset(ORGANS),
        raw={"mask": "m.nii"},
        tissues=of_labels(TABLE, VOCABULARY, ORGANS),
        wholes={label: VOCABULARY.wholes(label) for label in ORGANS},
    )


def found(one: Converted) -> list[str]:
    return [f"{f.check}:{f.severity}:{f.message}" for check in BUILT_IN for f in check.ask(one)]


@pytest.mark.parametrize("modality", [CT, MR])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", range(6))
def test_an_innocent_phantom_gives_nothing(
    number: int, shape: tuple[int, int, int], modality: Modality
) -> None:
    assert found(case(seed=f"innocent {number}", shape=shape, modality=modality)) == []


def innocent() -> np.ndarray:
    return mask_of(drawn("planted", SHAPES[0], CT))


def region(label: str) -> np.ndarray:
    return innocent() == VALUE[label]


def center(label: str) -> tuple[int, int, int]:
    i, j, k = np.rint(np.argwhere(region(label)).mean(axis=0)).astype(int).tolist()
    return i, j, k


def swapped(one: str, other: str) -> np.ndarray:
    mask = innocent()
    a, b = region(one), region(other)
    mask[a], mask[b] = VALUE[other], VALUE[one]
    return mask


def moved(label: str, by: tuple[int, int, int]) -> np.ndarray:
    """Draw an organ beside where it is."""
    mask, there = innocent(), region(label)
    mask[there] = 0
    mask[np.roll(there, by, axis=(0, 1, 2))] = VALUE[label]
    return mask


def dotted(label: str, at: str, size: int) -> np.ndarray:
    """Draw a cube of one organ within another."""
    mask = innocent()
    i, j, k = center(at)
    mask[i : i + size, j : j + size, k : k + size] = VALUE[label]
    return mask


def hollow(label: str, size: int) -> np.ndarray:
    mask, core = innocent(), region(label)
    while (core & ~border(core)).any():
        core &= ~border(core)
    i, j, k = np.argwhere(core)[0] - size // 2
    mask[i : i + size, j : j + size, k : k + size] = 0
    return mask


def only(label: str, voxels: int) -> np.ndarray:
    mask = innocent()
    places = np.flatnonzero(region(label).ravel())
    mask.ravel()[places[voxels:]] = 0
    return mask


def bare(label: str, voxels: int) -> np.ndarray:
    mask = only(label, voxels)
    return np.where(mask == VALUE[label], mask, 0).astype(np.uint8)


def flipped() -> np.ndarray:
    return innocent()[::-1].copy()


def in_air() -> np.ndarray:
    mask = innocent()
    mask[1:5, 1:5, 10:14] = VALUE["spleen"]
    return mask


PLANTED: list[tuple[str, Callable[[], np.ndarray], set[str], str]] = [
    ("liver drawn in the lung", lambda: moved("liver", (0, 0, 16)), {"tissue"}, "liver"),
    ("lung drawn in the liver", lambda: swapped("lung", "liver"), {"tissue"}, "lung"),
    ("bone drawn in the gallbladder", lambda: swapped("bone", "gallbladder"), {"tissue"}, "bone"),
    ("kidneys swapped", lambda: swapped("kidney_left", "kidney_right"), {"sides"}, "kidney_left"),
    ("mask flipped", flipped, {"sides"}, "spleen lies to the right"),
    ("spleen in the liver", lambda: dotted("spleen", "liver", 4), {"islands"}, "spleen"),
    ("kidney in the kidney", lambda: dotted("kidney_left", "kidney_right", 3), {"islands"}, "left"),
    ("hole in the liver", lambda: hollow("liver", 3), {"holes"}, "liver"),
    ("hole in the spleen", lambda: hollow("spleen", 2), {"holes"}, "spleen"),
    ("spleen of a few voxels", lambda: only("spleen", 6), {"size"}, "spleen"),
    ("kidney of a few voxels", lambda: only("kidney_left", 7), {"size"}, "kidney_left"),
    ("mask of a few voxels", lambda: bare("liver", 5), {"size"}, "5 voxels in all"),
    ("empty mask", lambda: innocent() * np.uint8(0), {"labels"}, "empty"),
    ("unlisted value", lambda: np.where(innocent() == 1, 77, innocent()), {"labels"}, "77"),
    ("spleen on the kidney", lambda: dotted("spleen", "kidney_right", 3), {"neighbors"}, "touch"),
    ("heart on the kidney", lambda: dotted("heart", "kidney_left", 3), {"neighbors"}, "heart"),
    ("spleen in the air", in_air, {"body", "islands"}, "outside the body"),
]  # fmt: skip


@pytest.mark.parametrize(("checks", "make", "words"), [
    pytest.param(checks, make, words, id=name) for name, make, checks, words in PLANTED
])  # fmt: skip
def test_a_planted_mistake_is_found(
    checks: set[str], make: Callable[[], np.ndarray], words: str
) -> None:
    told = found(case(make().astype(np.uint8)))
    by = {one.partition(":")[0] for one in told}
    assert checks <= by, told
    assert any(words in one for one in told if one.partition(":")[0] in checks), told


def test_every_check_that_looks_at_masks_is_planted() -> None:
    tried = {name for _, _, checks, _ in PLANTED for name in checks}
    images_or_names = {"geometry", "values", "privacy"}  # see test_checks.py
    assert tried == {check.name for check in BUILT_IN} - images_or_names


def test_a_finding_tells_value_and_threshold() -> None:
    (told,) = [one for one in found(case(hollow("liver", 3))) if one.startswith("holes")]
    assert told == "holes:warn:m.nii: liver has holes: 27 voxels, 6.6 ml"
    (told,) = [one for one in found(case(swapped("bone", "gallbladder"))) if "bone has" in one][:1]
    assert told.endswith("HU, not 50 to 1500")


def test_a_tumor_is_no_hole_and_cuts_no_organ_in_pieces() -> None:
    mask = innocent()
    i, _, _ = center("liver")
    mask[i, :, :][region("liver")[i]] = VALUE["liver_tumor"]
    mask[center("liver")] = VALUE["liver_tumor"]
    assert found(case(mask)) == []


def test_what_the_edge_of_the_scan_cuts_may_lie_in_pieces() -> None:
    mask = innocent()
    mask[mask == VALUE["spleen"]] = 0
    mask[20:24, 30:34, :3] = mask[20:24, 40:44, :3] = VALUE["spleen"]
    assert not [one for one in found(case(mask)) if one.startswith(("islands", "size"))]


def test_the_survey_counts_as_numpy_does() -> None:
    one = case()
    seen, mask, image = survey(one), one.mask.array, one.images["ct"].array
    for label, values in values_of(one).items():
        there = np.isin(mask, values)
        where = np.argwhere(there)
        assert seen.voxels(values) == there.sum(), label
        assert [(s.start, s.stop) for s in seen.box(values)] == [
            (a, b + 1) for a, b in zip(where.min(axis=0), where.max(axis=0), strict=True)
        ]
        assert seen.median(values) == np.sort(image[there])[(there.sum() - 1) // 2], label
        assert seen.center(values, 0) == pytest.approx(where[:, 0].mean())
    assert survey(one) is seen


def test_a_volume_unlike_all_others_is_found() -> None:
    random = np.random.default_rng(3)
    volumes = {f"c{n}": 1500 * float(np.exp(0.2 * random.standard_normal())) for n in range(40)}
    assert outliers({"liver": volumes}) == {}
    found = outliers({"liver": {**volumes, "tiny": 60.0, "huge": 15000.0}})
    assert sorted(found) == ["huge", "tiny"]
    assert "liver takes 60 ml where the median of 42 cases is" in found["tiny"][0].message
    assert outliers({"liver": {"a": 1.0, "b": 1000.0}}) == {}


REAL_NAMES = (  # of TotalSegmentator's version 2, from 1
    *("spleen", "kidney_right", "kidney_left", "gallbladder", "liver", "stomach", "pancreas"),
    *("adrenal_gland_right", "adrenal_gland_left", "lung_upper_lobe_left"),
    *("lung_lower_lobe_left", "lung_upper_lobe_right", "lung_middle_lobe_right"),
    *("lung_lower_lobe_right", "esophagus"),
)
REAL = dict(enumerate(REAL_NAMES, 1))


def real(folder: Path, file: str) -> Converted:
    image = load(folder / "totalsegmentator/example_ct_sm.nii.gz", "HU").to_ras()
    whole = Volume(np.rint(image.array).astype(np.int16), image.affine, "HU")
    mask = load(folder / "totalsegmentator" / file, "label").to_ras()
    listed = np.where(np.isin(mask.array, list(REAL)), mask.array, 0).astype(np.uint8)
    return Converted(
        dataset=replace(dataset(CT), labels=REAL),
        case="real",
        images={"ct": whole},
        mask=Volume(listed, whole.affine, "label"),
        grid="ct",
        annotated=frozenset(REAL.values()),
        tissues=of_labels(TABLE, VOCABULARY, REAL.values()),
        wholes={label: VOCABULARY.wholes(label) for label in REAL.values()},
    )


@pytest.mark.parametrize("file", ["example_seg.nii.gz", "example_seg_fast.nii.gz"])
def test_nothing_is_found_in_real_masks_but_what_is_planted(shared_data: Path, file: str) -> None:
    one = real(shared_data, file)
    assert found(one) == []
    mask = one.mask.array
    kidneys = np.where(mask == 2, 3, np.where(mask == 3, 2, mask)).astype(np.uint8)
    lungs = np.where(mask == 5, 14, mask).astype(np.uint8)
    for planted, check in ((kidneys, "sides"), (lungs, "tissue"), (mask[::-1].copy(), "sides")):
        told = found(replace(one, mask=Volume(planted, one.mask.affine, "label")))
        assert any(line.startswith(check) for line in told), (check, told)


@pytest.mark.peers
@pytest.mark.parametrize("seed", range(30))
def test_pieces_and_holes_are_those_of_scipy(seed: int) -> None:
    ndimage = peer("scipy.ndimage")
    random = np.random.default_rng(seed)
    region = random.random(random.integers(3, 14, 3)) < random.choice([0.2, 0.5, 0.8, 0.93])
    numbered, count = ndimage.label(region, np.ones((3, 3, 3)))
    ours = pieces(region)
    pairs = set(zip(ours[region].tolist(), numbered[region].tolist(), strict=True))
    assert len(pairs) == count == ours.max(initial=0)
    assert (holes(region) == (ndimage.binary_fill_holes(region) & ~region)).all()
