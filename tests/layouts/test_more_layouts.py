"""Layouts of other formats and of what stays packed: which cases they find, and what they read."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

from medreg import (
    CT,
    Arrays,
    Bids,
    Dataset,
    Images2d,
    Manual,
    Modality,
    NnunetRaw,
    Pairs,
    PerLabel,
    Video,
    WholeSlide,
)
from medreg.errors import DeclarationError, Refused
from medreg.files.archive import RawTree
from medreg.imaging.thumbnail import drawn
from medreg.model import Case, Picture
from medreg.testing import miniature
from medreg.testing.miniature import NameTree
from medreg.testing.pictures import SLIDE, shown
from medreg.testing.subjects import content
from tests.layouts.names_only import Names
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.model import Layout
    from medreg.volume import Volume


def found(layout: Layout, *paths: str, **contents: str) -> list[Case]:
    files = {name.replace("__", "/").replace("_dot_", "."): v for name, v in contents.items()}
    return list(layout.cases(Names(*paths, contents=files)))


def dataset(layout: Layout, **said: object) -> Dataset:
    base: dict[str, object] = {
        "name": "tiny",
        "title": "",
        "homepage": "",
        "licenses": (),
        "cite": (),
        "modality": CT,
        "source": Manual(files=("a",), steps=""),
        "layout": layout,
        "labels": {1: "liver"},
    }
    return Dataset(**(base | said))  # type: ignore[arg-type]


# --- volumes in other formats (F071) ------------------------------------------------------------

ENDINGS = [".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr", ".hdr"]
BESIDE = {".mhd": ".zraw", ".nhdr": ".raw.gz", ".hdr": ".img"}


def listed(stem: str, ending: str) -> list[str]:
    return [stem + ending, *([stem + BESIDE[ending]] if ending in BESIDE else [])]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ["pairs", "per label"])
def test_a_volume_of_any_format_reads_back(tmp_path: Path, ending: str, kind: str) -> None:
    if kind == "pairs":
        layout: Layout = Pairs(f"**/{{case}}_ct{ending}", f"**/{{case}}_seg{ending}")
        names, labels = ["1_ct", "1_seg", "2_ct"], {1: "liver", 2: "spleen"}
    else:
        layout = PerLabel(f"**/{{case}}/ct{ending}", f"**/{{case}}/s/{{label}}{ending}")
        names = ["1/ct", "1/s/liver", "1/s/spleen", "2/ct"]
        labels = {"liver": "liver", "spleen": "spleen"}  # type: ignore[dict-item]
    tiny = dataset(layout, labels=labels)
    paths = [path for name in names for path in listed(f"d/{name}", ending)]
    miniature(tiny, paths, tmp_path, shape=(24, 20, 12))
    with RawTree(tmp_path) as tree:
        cases = list(tiny.find(tree))
        assert [bool(case.mask) for case in cases] == [True, False]
        plain = tiny.with_channels(next(iter(tiny.arranged.cases(tree))))
        made = content(tiny, plain, f"tiny/{cases[0].id}", (24, 20, 12))
        same(cases[0].images["ct"].read(), made.images["ct"])
        assert cases[0].mask is not None
        assert made.mask is not None
        same(cases[0].mask.read(), made.mask)
        members = {
            path for ref in (*cases[0].images.values(), cases[0].mask) for path in ref.members
        }
        assert members == {path for path in paths if "/2" not in path}


def same(read: Volume, made: Volume) -> None:
    ours, theirs = read.to_ras(), made.to_ras()
    assert ours.same_grid(theirs)
    assert np.array_equal(ours.array, theirs.array)


@pytest.mark.parametrize("ending", [".mha", ".mhd", ".nrrd", ".nii.gz"])
def test_what_simpleitk_writes_is_read(tmp_path: Path, ending: str) -> None:
    array = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-11.0, 12.5, 40.0))
    sitk.WriteImage(image, str(tmp_path / f"a{ending}"))
    with RawTree(tmp_path) as tree:
        (case,) = dataset(Pairs(f"{{case}}{ending}")).find(tree)
        volume = case.images["ct"].read()
    assert volume.spacing == pytest.approx((0.7, 0.8, 2.5))
    assert np.array_equal(volume.array.transpose(2, 1, 0), array)
    assert volume.affine[:3, 3] == pytest.approx((11.0, -12.5, 40.0))


# --- nnU-Net and BIDS ---------------------------------------------------------------------------


def test_nnunet_cases_have_a_file_per_channel(tmp_path: Path) -> None:
    layout = NnunetRaw(channels=("t1", "t2"), folder="**/Dataset001_X")
    paths = [f"d.zip/Dataset001_X/imagesTr/b_{n}_000{c}.nii.gz" for n in (2, 10) for c in (0, 1)]
    paths += [f"d.zip/Dataset001_X/labelsTr/b_{n}.nii.gz" for n in (2, 10)]
    paths += ["d.zip/Dataset001_X/imagesTs/b_3_0000.nii.gz", "d.zip/Dataset001_X/dataset.json"]
    tiny = dataset(layout, modality={"t1": Modality.MR, "t2": Modality.MR})
    miniature(tiny, paths, tmp_path, shape=(20, 20, 10))
    with RawTree(tmp_path) as tree:
        cases = list(tiny.find(tree))
        assert [case.id for case in cases] == ["b_2", "b_10"]
        assert [case.id for case in tiny.find(NameTree(tiny, paths))] == ["b_2", "b_10"]
        for case in cases:
            assert list(case.images) == ["t1", "t2"]
            assert case.mask is not None
            assert case.mask.read().same_grid(case.images["t2"].read())


def test_a_missing_nnunet_channel_refuses_its_case_by_name() -> None:
    layout = NnunetRaw(channels=("t1", "t2"), folder="D")
    cases = found(layout, "D/imagesTr/a_0001.nii.gz", "D/labelsTr/a.nii.gz")
    assert [case.id for case in cases] == ["a"]
    with pytest.raises(Refused, match="a_0000"):
        cases[0].images["t1"].read()


def test_bids_knows_subjects_sessions_and_derivatives(tmp_path: Path) -> None:
    layout = Bids("T1w", label="**/derivatives/**/{case}_desc-lesion_mask.nii.gz")
    paths = [
        "ds1/sub-01/anat/sub-01_T1w.nii.gz",
        "ds1/sub-01/anat/sub-01_T2w.nii.gz",
        "ds1/sub-02/ses-a/anat/sub-02_ses-a_run-1_T1w.nii.gz",
        "ds1/sub-02/ses-b/anat/sub-02_ses-b_T1w.nii",
        "ds1/sub-02/ses-b/func/sub-02_ses-b_task-rest_bold.nii.gz",
        "ds1/derivatives/prep/sub-01/anat/sub-01_T1w.nii.gz",
        "ds1/derivatives/lesions/sub-01/anat/sub-01_desc-lesion_mask.nii.gz",
        "ds1/dataset_description.json",
        "ds1/participants.tsv",
    ]
    tiny = dataset(layout, modality=Modality.MR, patients="by layout")
    miniature(tiny, paths, tmp_path, shape=(20, 20, 10))
    with RawTree(tmp_path) as tree:
        cases = list(tiny.find(tree))
        assert [(case.id, case.patient, bool(case.mask)) for case in cases] == [
            ("sub-01", "sub-01", True),
            ("sub-02_ses-a_run-1", "sub-02", False),
            ("sub-02_ses-b", "sub-02", False),
        ]
        for case in cases:
            case.images["mr"].read()


def test_bids_channels_of_one_session_are_one_case() -> None:
    layout = Bids({"t1": "T1w", "flair": "FLAIR"})
    names = ("T1w", "FLAIR", "T2w")
    (case,) = found(layout, *(f"sub-1/ses-2/anat/sub-1_ses-2_{name}.nii.gz" for name in names))
    assert case.id == "sub-1_ses-2"
    assert [ref.members[0][-12:] for ref in case.images.values()] == [
        "2_T1w.nii.gz",
        "_FLAIR.nii.gz"[1:],
    ]


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "exact"),
    [
        *[(e, True) for e in (".png", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".ppm.gz", ".dcm")],
        (".gif", False),
        (".jpg", False),
    ],
)
@pytest.mark.parametrize("modality", [Modality.US, Modality.OP])
def test_pictures_of_any_format_read_back(
    tmp_path: Path,
    ending: str,
    exact: bool,  # noqa: FBT001
    modality: Modality,
) -> None:
    tiny = dataset(Images2d(f"**/{{case}}{ending}"), modality=modality)
    miniature(tiny, [f"a.zip/{name}{ending}" for name in "abc"], tmp_path)
    with RawTree(tmp_path) as tree:
        cases = list(tiny.find(tree))
        assert [case.id for case in cases] == ["a", "b", "c"]
        read = picture(cases[0])
        made = shown(tiny, "a").image
        if ending == ".dcm":
            made = made if made.ndim == 2 else made[..., 0]
        elif ending == ".pgm" and made.ndim == 3:
            assert read.color == "RGB"
        assert read.shape == made.shape[:2]
        if exact:
            assert np.array_equal(read.array, made)
        else:
            plane = read.array if read.array.ndim == made.ndim else read.array[..., 0]
            assert np.abs(plane.astype(int) - made).mean() < 12


def picture(case: Case) -> Picture:
    (ref,) = case.images.values()
    seen = ref.picture()  # type: ignore[attr-defined]
    assert isinstance(seen, Picture)
    return seen


def test_every_word_of_a_pattern_names_the_case() -> None:
    layout = Images2d("**/{split}/{class}/{case}.jpg")
    cases = found(layout, "x/train/a/1.jpg", "x/train/b/1.jpg", "x/test/a/1.jpg")
    assert [(case.id, case.classes) for case in cases] == [
        ("test_a_1", ("a",)),
        ("train_a_1", ("a",)),
        ("train_b_1", ("b",)),
    ]


def test_masks_of_one_picture_are_put_together(tmp_path: Path) -> None:
    layout = Images2d("x/{case}.png", mask="masks/*/{case}.png")
    for side, columns in (("left", slice(0, 2)), ("right", slice(6, 8))):
        mask = np.zeros((4, 8), np.uint8)
        mask[:, columns] = 255
        (tmp_path / "masks" / side).mkdir(parents=True)
        Image.fromarray(mask).save(tmp_path / "masks" / side / "a.png")
    (tmp_path / "x").mkdir()
    Image.fromarray(np.zeros((4, 8), np.uint8)).save(tmp_path / "x/a.png")
    with RawTree(tmp_path) as tree:
        (case,) = dataset(layout, modality=Modality.CR, labels={255: "lung"}).find(tree)
        assert case.mask is not None
        mask = case.mask.read().array[:, :, 0].T
    assert mask[0].tolist() == [255, 255, 0, 0, 0, 0, 255, 255]


def test_a_mask_in_jpeg_is_what_is_brighter(tmp_path: Path) -> None:
    layout = Images2d("{case}.png", mask="m/{case}.jpg", above=127)
    tiny = dataset(layout, modality=Modality.XC)
    miniature(tiny, ["a.png", "m/a.jpg"], tmp_path)
    with RawTree(tmp_path) as tree:
        (case,) = tiny.find(tree)
        assert case.mask is not None
        read = case.mask.read().array[:, :, 0].T
    assert set(np.unique(read)) == {0, 1}
    assert np.array_equal(read, shown(tiny, "a").mask)


def test_a_16_bit_picture_keeps_its_values_and_a_palette_its_indices(tmp_path: Path) -> None:
    deep = np.arange(0, 60000, 1000, dtype=np.uint16).reshape(6, 10)
    Image.fromarray(deep).save(tmp_path / "a.png")
    mask = Image.fromarray(np.eye(6, 10, dtype=np.uint8) * 3, "P")
    mask.putpalette([0, 0, 0] * 3 + [200, 30, 30])
    mask.save(tmp_path / "a_mask.png")
    layout = Images2d("{case}.png", mask="{case}_mask.png")
    with RawTree(tmp_path) as tree:
        (case,) = dataset(layout, modality=Modality.DX, labels={3: "lung"}).find(tree)
        assert np.array_equal(picture(case).array, deep)
        assert case.mask is not None
        assert set(np.unique(case.mask.read().array)) == {0, 3}


def test_pictures_of_several_sizes_in_one_file_are_refused(tmp_path: Path) -> None:
    pages = [Image.new("L", size) for size in ((20, 20), (10, 10))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with RawTree(tmp_path) as tree:
        (case,) = dataset(Images2d("{case}.tif"), modality=Modality.SM).find(tree)
        with pytest.raises(Refused, match="several sizes"):
            picture(case)


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medreg.imaging.pictures.MAX_FILE", 10_000)
    (tmp_path / "a.ppm.gz").write_bytes(gzip.compress(b"P6 100 100 255\n" + bytes(30_000)))
    with RawTree(tmp_path) as tree:
        (case,) = dataset(Images2d("{case}.ppm.gz"), modality=Modality.OP).find(tree)
        with pytest.raises(Refused, match="inflates to more than 10,000"):
            picture(case)


# --- tables -------------------------------------------------------------------------------------

TABLE = Images2d(
    "**/{patient}/{study}/{case}.jpg",
    table="train.csv",
    key="Path",
    class_column=("Edema", "Fracture"),
    patient_column="Patient",
)
PATHS = ("C/train/p1/s1/v1.jpg", "C/train/p1/s2/v1.jpg", "C/train/p2/s1/v1.jpg")


def test_a_column_per_class_and_rows_that_end_alike() -> None:
    table = "Path,Edema,Fracture,Patient\ntrain/p1/s1/v1.jpg,1.0,,x 1\ntrain/p1/s2/v1,0,-1.0,x 1\n"
    cases = found(TABLE, *PATHS, C__train_dot_csv=table)
    assert [(case.id, case.classes, case.patient) for case in cases] == [
        ("p1_s1_v1", ("Edema",), "x_1"),
        ("p1_s2_v1", (), "x_1"),
        ("p2_s1_v1", None, "p2"),
    ]


def test_several_rows_of_one_image_say_what_either_says() -> None:
    table = "Path,Edema,Fracture,Patient\nv1.jpg,1,0,7\nv1.jpg,0,1,7\n"
    layout = Images2d(
        "{case}.jpg",
        **{k: getattr(TABLE, k) for k in ("table", "key", "class_column", "patient_column")},
    )
    (case,) = found(layout, "v1.jpg", train_dot_csv=table)
    assert (case.classes, case.patient) == (("Edema", "Fracture"), "7")


def test_a_table_without_the_columns_is_refused() -> None:
    with pytest.raises(Refused, match="no column 'Edema'; it has Path, Patient"):
        found(TABLE, *PATHS, C__train_dot_csv="Path,Patient\n")
    with pytest.raises(Refused, match=r"no train\.csv"):
        found(TABLE, *PATHS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"table": "t.csv"},
        {"key": "a", "class_column": "b"},
        {"table": "t.csv", "key": "a"},
    ],
)
def test_half_a_table_is_no_declaration(wrong: dict[str, str]) -> None:
    with pytest.raises(DeclarationError, match="belong together"):
        Images2d("{case}.png", **wrong)


# --- arrays, videos, slides ---------------------------------------------------------------------


def test_arrays_of_masks_and_of_several_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 255, (5, 9, 7), dtype=np.uint8)
    np.savez(tmp_path / "seg.npz", train_images=images, train_label=(images > 200).astype(np.uint8))
    flags = np.array([[1, 0, 1], [0, 0, 0]], np.uint8)
    np.savez(tmp_path / "many.npz", val_images=images[:2], val_labels=flags)
    volumes = rng.integers(0, 255, (2, 8, 9, 7), dtype=np.uint8)
    np.savez(tmp_path / "deep.npz", test_images=volumes)
    with RawTree(tmp_path) as tree:
        seg = list(Arrays("seg.npz", labels="{split}_label").cases(tree))
        assert [case.id for case in seg] == [f"train_{n:05d}" for n in range(5)]
        for number, case in enumerate(seg):
            assert np.array_equal(picture(case).array, images[number])
            assert case.mask is not None
            assert np.array_equal(case.mask.read().array[:, :, 0].T, images[number] > 200)
        assert [case.classes for case in Arrays("many.npz").cases(tree)] == [("0", "2"), ()]
        deep = list(Arrays("deep.npz").cases(tree))
        assert picture(deep[1]).shape == (8, 9, 7)
        assert np.array_equal(picture(deep[1]).plane(), volumes[1][4])
        with pytest.raises(Refused, match="no array is called"):
            list(Arrays("deep.npz", images="x_{split}", labels=None).cases(tree))


@pytest.mark.peers
def test_the_first_frames_of_a_video_are_those_of_opencv(tmp_path: Path) -> None:
    """F084: AVI by its first frame."""
    cv2 = peer("cv2")
    tiny = dataset(Video("**/{case}.avi"), modality=Modality.US, annotation="none")
    miniature(tiny, ["v.zip/a.avi", "b.avi"], tmp_path)
    with RawTree(tmp_path) as tree:
        cases = list(tiny.find(tree))
        for case in cases:
            seen = picture(case)
            assert seen.shape == (20, 48, 40)
            assert seen.array.shape == (16, 48, 40, 3)
        seen = picture(cases[1])
    assert np.array_equal(np.array(drawn(seen, None))[::10, ::10], seen.array[0])
    capture = cv2.VideoCapture(str(tmp_path / "b.avi"))
    for frame in seen.array:
        assert np.array_equal(capture.read()[1][..., ::-1], frame)
    (tmp_path / "b.avi").write_bytes((tmp_path / "b.avi").read_bytes()[:900])
    with RawTree(tmp_path) as tree, pytest.raises(Refused, match=r"b\.avi"):
        picture(list(tiny.find(tree))[1])


@pytest.mark.peers
@pytest.mark.parametrize("paths", [["a.svs"], ["z.zip/s/a.tif"], ["a/1.dcm", "a/2.dcm"]])
def test_the_thumbnail_of_a_slide_shows_all_of_it(tmp_path: Path, paths: Sequence[str]) -> None:
    """F085: previews of slides from thumbnails."""
    peer("openslide")
    layout = WholeSlide("**/{case}.svs | **/{case}.tif | **/{case}/*.dcm")
    tiny = dataset(layout, modality=Modality.SM, annotation="none")
    miniature(tiny, paths, tmp_path)
    with RawTree(tmp_path) as tree:
        (case,) = tiny.find(tree)
        assert case.id == "a"
        seen = picture(case)
    assert seen.shape == SLIDE
    made = shown(tiny, "a", SLIDE).image
    assert seen.array.shape == made.shape
    assert np.abs(seen.array.astype(int) - made).mean() < 2
    assert np.array_equal(np.array(drawn(seen, None)), seen.array)


@pytest.mark.peers
def test_what_is_no_slide_or_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.svs").write_bytes(b"II*\0nothing")
    (tmp_path / "a.avi").write_bytes(b"RIFF....AVI nothing")
    with RawTree(tmp_path) as tree:
        for module, layout in (
            ("openslide", WholeSlide("{case}.svs")),
            ("cv2", Video("{case}.avi")),
        ):
            peer(module)
            (case,) = dataset(layout, modality=Modality.SM).find(tree)
            with pytest.raises(Refused, match=r"^a\.(svs|avi)"):
                picture(case)
