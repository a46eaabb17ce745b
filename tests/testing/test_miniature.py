"""Every dataset with a listing is fabricated, fetched by its own source, and read back."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg import CT, MR, Claim, Dataset, FlipAxis, Local, Manual, Pairs, PngStack, Synthetic
from medreg import plugins as finder
from medreg.errors import Misuse, Refused
from medreg.files.archive import RawTree
from medreg.model import PT, Case, FetchJob
from medreg.report import Silent
from medreg.testing import listing, miniature
from medreg.testing.subjects import content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.volume import Volume

LISTINGS = Path(__file__).parents[1] / "listings"

UNLABELLED = {"custom_institutional/scan_003"}
CASES: Mapping[str, list[str]] = {
    "btcv": ["img0001", "img0002", "img0036"],
    "chaos_ct": ["1", "2", "21"],
    "chaos_mr_t1dual": ["1", "2", "38"],
    "chaos_mr_t2spir": ["1", "2", "38"],
    "custom_institutional": ["scan_001", "scan_002", "scan_003", "scan_010"],
    "fdg_pet_ct_lesions": [
        f"1.3.6.1.4.1.14519.5.2.1.4219.6651.{study}"
        for study in (
            "215436249461776095301205575415",
            "280716982711906432679942920805",
            "316964892168994707041803056839",
            "389860614478618826979455610445",
        )
    ],
    "kits23": ["case_00000", "case_00001", "case_00002", "case_00003"],
    "lits": [f"volume-{n}" for n in (0, 1, 27, 28, 29, 130)],
    "msd_brain_tumour": ["BRATS_206", "BRATS_306", "BRATS_457"],
    "msd_colon": ["colon_001", "colon_104", "colon_136", "colon_176"],
    "msd_heart": ["la_003", "la_004", "la_007"],
    "msd_hepatic_vessel": [f"hepaticvessel_{n}" for n in ("001", "002", "004", "455")],
    "msd_hippocampus": ["hippocampus_001", "hippocampus_304", "hippocampus_367"],
    "msd_liver": ["liver_0", "liver_1", "liver_4"],
    "msd_lung": ["lung_022", "lung_041", "lung_053", "lung_069"],
    "msd_pancreas": ["pancreas_001", "pancreas_004", "pancreas_290"],
    "msd_prostate": ["prostate_04", "prostate_16", "prostate_47"],
    "msd_spleen": ["spleen_2", "spleen_19", "spleen_31", "spleen_40", "spleen_52"],
    "pancreas_ct": ["PANCREAS_0001", "PANCREAS_0002", "PANCREAS_0003"],
    "synthetic_ct": ["case_001", "case_002", "case_003"],
    "synthetic_petct": ["patient_001", "patient_002", "patient_003"],
}


@pytest.fixture(scope="module")
def datasets() -> Mapping[str, Dataset]:
    declared = finder.load(None).datasets
    return {name: one.dataset for name, one in declared.items()}


@pytest.fixture(params=sorted(CASES), scope="module")
def made(
    request: pytest.FixtureRequest,
    datasets: Mapping[str, Dataset],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Dataset, RawTree]]:
    """A dataset and its miniature, fetched as a person's download."""
    dataset = datasets[request.param]
    folder = tmp_path_factory.mktemp(dataset.name)
    listed = listing((LISTINGS / f"{dataset.name}.txt").read_text(encoding="utf-8"))
    miniature(dataset, listed, folder / "download", shape=(24, 20, 16))
    fetched(dataset, folder / "download", folder / "raw")
    tree = RawTree(folder / "raw")
    yield dataset, tree
    tree.close()
    shutil.rmtree(folder)


def fetched(dataset: Dataset, download: Path, raw: Path) -> None:
    """Bring *download* into *raw*: by the dataset's own source where that needs no network."""
    offline = isinstance(dataset.source, Manual) or not download.is_dir()
    source = dataset.source if offline else Local(str(download))
    raw.mkdir()
    job = FetchJob(
        into=raw,
        scratch=raw.parent / "scratch",
        given=download if isinstance(dataset.source, Manual) else None,
        known={},
        today="2026-11-20",
        progress=Silent(),
    )
    answers = [answer for _, answer in source.fetch(job)]
    assert answers
    assert all(answer.ok for answer in answers)


def same(read: Volume, shown: Volume, *, pet: bool = False) -> bool:
    """Tell whether *read* shows what was fabricated: exactly, or as a PET series can store it."""
    ours, theirs = read.to_ras(), shown.to_ras()
    if not ours.same_grid(theirs, tolerance=1e-3):
        return False
    if not pet:
        return np.array_equal(ours.array, theirs.array)
    ratio = ours.array.max() / theirs.array.max()  # Bq/ml per SUV
    step = theirs.array.max() * ratio / 32767
    return bool((np.abs(ours.array - theirs.array * ratio) <= step).all())


def test_all_of_these_have_listings() -> None:
    assert {file.stem for file in LISTINGS.glob("*.txt")} >= {*CASES}  # test_audit asks every one


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_listing_names_its_sources(name: str) -> None:
    lines = (LISTINGS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("# source: ") for line in lines)
    assert len(CASES[name]) >= 3


def test_the_layout_finds_exactly_the_cases(made: tuple[Dataset, RawTree]) -> None:
    dataset, tree = made
    assert [case.id for case in dataset.find(tree)] == CASES[dataset.name]


def test_what_is_read_is_what_was_fabricated(made: tuple[Dataset, RawTree]) -> None:
    dataset, tree = made
    listed = {case.id: dataset.with_channels(case) for case in dataset.layout.cases(tree)}
    for case in dataset.find(tree):
        shown = content(dataset, listed[case.id], f"{dataset.name}/{case.id}", (24, 20, 16))
        for channel, ref in case.images.items():
            pet = dataset.modalities[channel] is PT
            assert same(ref.read(), shown.images[channel], pet=pet), (case.id, channel)
        if f"{dataset.name}/{case.id}" in UNLABELLED:
            assert case.mask is None
            continue
        assert case.mask is not None
        assert shown.mask is not None
        assert same(case.mask.read(), shown.mask), case.id


def test_masks_hold_the_values_that_the_dataset_lists(made: tuple[Dataset, RawTree]) -> None:
    dataset, tree = made
    for case in dataset.find(tree):
        if f"{dataset.name}/{case.id}" in UNLABELLED:
            continue
        assert case.mask is not None
        values = set(np.unique(case.mask.read().array).tolist())
        assert values <= {0, *dataset.labels}
        assert len(values) > 1


def test_patients_are_known_as_the_dataset_says(made: tuple[Dataset, RawTree]) -> None:
    dataset, tree = made
    patients = {dataset.patient_of(case) for case in dataset.find(tree)}
    assert (None in patients) == (dataset.patients == "unknown")


@pytest.mark.parametrize("name", ["synthetic_ct", "synthetic_petct"])
def test_a_generator_writes_what_is_listed(
    name: str, datasets: Mapping[str, Dataset], tmp_path: Path
) -> None:
    dataset = datasets[name]
    assert isinstance(dataset.source, Synthetic)
    one = replace(dataset, source=replace(dataset.source, cases=1))
    fetched(one, tmp_path / "nothing", tmp_path / "raw")
    listed = listing((LISTINGS / f"{name}.txt").read_text(encoding="utf-8"))
    with RawTree(tmp_path / "raw") as tree:
        assert set(tree.paths()) == {path for path in listed if "_001/" in path}
        assert [case.id for case in one.find(tree)] == CASES[name][:1]


def test_studies_of_one_patient_stay_together(datasets: Mapping[str, Dataset]) -> None:
    listed = listing((LISTINGS / "fdg_pet_ct_lesions.txt").read_text(encoding="utf-8"))
    assert sum("PETCT_0410759456" in path for path in listed) == 2 * (24 + 24 + 1)


# --- what a miniature promises -------------------------------------------------------------------


def declared(layout: object, **differing: object) -> Dataset:
    said: dict[str, object] = {
        "name": "demo",
        "title": "Demo",
        "homepage": "",
        "licenses": (Claim("CC0-1.0", "nobody"),),
        "cite": (),
        "modality": CT,
        "source": Local("."),
        "layout": layout,
        "labels": {1: "liver", 7: "spleen"},
    }
    return Dataset(**said | differing)  # type: ignore[arg-type]  # each test says what differs


PAIRS = Pairs(image="**/{case}_ct.nii.gz", label="**/{case}_seg.nii.gz")
FILES = [f"scans.zip/{n}_{kind}.nii.gz" for n in "ab" for kind in ("ct", "seg")]


def only(dataset: Dataset, folder: Path) -> dict[str, Case]:
    with RawTree(folder) as tree:
        return {case.id: case for case in dataset.find(tree)}


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_same_call_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        written = miniature(
            declared(PAIRS), FILES[:: -1 if folder == "two" else 1], tmp_path / folder
        )
        assert written == [tmp_path / folder / "scans.zip"]
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_cases_differ_and_a_subject_can_be_planted_twice(tmp_path: Path) -> None:
    dataset = declared(PAIRS)
    miniature(dataset, FILES, tmp_path, subjects={"b_ct": "demo/a_ct"})
    with RawTree(tmp_path) as tree:
        first, second = (case.images["ct"].read().digest() for case in dataset.find(tree))
    assert first == second
    miniature(dataset, FILES, tmp_path)
    with RawTree(tmp_path) as tree:
        first, second = (case.images["ct"].read().digest() for case in dataset.find(tree))
    assert first != second


def test_fixes_are_undone_in_what_is_written(tmp_path: Path) -> None:
    broken = declared(PAIRS)
    fixed = declared(PAIRS, fixes=(FlipAxis("y", source="an erratum"),))
    miniature(fixed, FILES, tmp_path)
    with RawTree(tmp_path) as tree:
        right, wrong = (
            next(iter(dataset.find(tree))).mask.read().to_ras() for dataset in (fixed, broken)
        )
        (case, _) = (fixed.with_channels(case) for case in fixed.layout.cases(tree))
        shown = content(fixed, case, "demo/a_ct", (40, 40, 32)).mask
    assert np.array_equal(right.array, shown.array)
    assert np.array_equal(wrong.array, right.array[:, ::-1])
    assert not np.array_equal(wrong.array, right.array)


def test_an_unlabelled_case_gets_no_mask(tmp_path: Path) -> None:
    miniature(declared(PAIRS), ["a_ct.nii.gz"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a_ct.nii.gz"]


def test_a_mask_whose_image_is_missing_stays_refused(tmp_path: Path) -> None:
    dataset = declared(PAIRS)
    miniature(dataset, [*FILES, "c_seg.nii.gz"], tmp_path)
    with RawTree(tmp_path) as tree:
        *_, orphan = dataset.find(tree)
        assert orphan.id == "c_ct"
        with pytest.raises(Refused, match="no file matches"):
            orphan.images["ct"].read()


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz"])
def test_every_kind_of_archive_can_be_listed(name: str, tmp_path: Path) -> None:
    dataset = declared(PAIRS)
    miniature(dataset, [f"{name}/in/a_ct.nii.gz", f"{name}/in/a_seg.nii.gz"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert list(only(dataset, tmp_path)) == ["a_ct"]


def test_a_png_stack_needs_one_png_per_slice(tmp_path: Path) -> None:
    layout = PngStack(image="{case}/*.dcm", mask="{case}/*.png")
    listed = ["1/a.dcm", "1/b.dcm", "1/a.png"]
    with pytest.raises(ValueError, match=r"shorter|longer"):
        miniature(declared(layout, modality=MR), listed, tmp_path)


def test_an_unknown_reference_has_no_miniature(tmp_path: Path) -> None:
    class Odd:
        def cases(self, _: object) -> Iterator[Case]:
            yield Case(id="a", images={"ct": OddRef()})

    class OddRef:
        members = ("a.bin",)

    with pytest.raises(Misuse, match="cannot write what OddRef reads"):
        miniature(declared(Odd()), ["a.bin"], tmp_path)
