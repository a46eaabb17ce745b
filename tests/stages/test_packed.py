"""Pictures, arrays, clips and slides from raw files to cards: nothing is copied, all is decoded."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medreg import api, stages
from medreg.cli import main
from medreg.engine import Inline, Processes
from medreg.errors import BytesDiffer, CannotHere, DeclarationError, NotFound
from medreg.report import Outcome
from medreg.stages import packed
from medreg.tables import AddressRow, CaseRow, RefusedRow
from tests.stages.toy import Lab, make, make_both

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLUGIN = '''\
"""toy2d: pictures."""

from medreg import Claim, Dataset, Local, Modality, hookimpl, Arrays, Images2d, Video, WholeSlide

VALUE = Dataset(
    name="flat",
    title="Flat",
    homepage="https://example.org/flat",
    licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),),
    cite=("doi:10.1000/flat",),
    modality=Modality.US,
    source=Local({source!r}),
    layout={layout},
    labels={labels},
    annotation={annotation!r},
    patients="by layout",
)


@hookimpl
def medreg_datasets():
    yield VALUE
'''


@pytest.fixture
def flat(tmp_path: Path) -> Callable[..., Lab]:
    def made(layout: str, labels: str = "{}", annotation: str = "class") -> Lab:
        lab = make(tmp_path)
        source = lab.upstream / "flat"
        source.mkdir()
        text = PLUGIN.format(
            source=str(source), layout=layout, labels=labels, annotation=annotation
        )
        (lab.registry.plugins / "flat.py").write_text(text)
        return lab

    return made


def png(array: np.ndarray, file: Path) -> np.ndarray:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(file)
    return array


def picture(seed: int, shape: tuple[int, ...] = (30, 20)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)


def rows(lab: Lab) -> dict[str, CaseRow]:
    return {row.case: row for row in lab.dataset("flat").rows("cases.csv", CaseRow)}


def addresses(lab: Lab) -> dict[str, AddressRow]:
    found = lab.dataset("flat").rows("converted/addresses.csv", AddressRow)
    return {row.case: row for row in found}


CLASSES = 'Images2d("**/{class}/{case}.png", mask="**/{class}/{case}_mask.png")'


def classes(lab: Lab) -> None:
    folder = lab.upstream / "flat"
    for number, name in enumerate(("benign/a", "benign/b", "normal/c")):
        png(picture(number), folder / f"{name}.png")
    mask = np.zeros((30, 20), np.uint8)
    mask[3:6, 4:9] = 255
    png(mask, folder / "benign/a_mask.png")


def test_pictures_keep_their_files_and_get_a_row_each(flat: Callable[..., Lab]) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    reports = lab.prepare("flat")
    assert [report.exit_code for report in reports] == [0, 0, 0, 0]
    folder = lab.dataset("flat").converted
    assert sorted(p.name for p in folder.iterdir()) == ["addresses.csv", "addresses.json"]
    found = addresses(lab)
    assert list(found) == ["benign_a", "benign_b", "normal_c"]
    one = found["benign_a"]
    assert (one.path, one.mask) == ("benign/a.png", "benign/a_mask.png")
    assert (one.shape, one.color, one.dtype) == ("20 30", "gray", "uint8")
    assert (one.values, one.annotated, one.classes) == ("255=15", "liver", "benign")
    assert rows(lab)["benign_a"].voxels == "liver=15"
    assert rows(lab)["normal_c"].annotated == ""
    card = lab.dataset("flat").json("card.json")
    assert card["classes"] == {"benign": 2, "normal": 1}
    shown = card["labels"]["liver"]
    assert (shown["annotated"], shown["shown"], shown["voxels"]) == (1, 1, 15)
    assert shown["share"] == 15 / (20 * 30)
    assert [axis["max"] for axis in card["shape"]] == [20, 30]


def test_a_second_conversion_decodes_nothing(
    flat: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    lab.prepare("flat")
    before = lab.bytes()
    monkeypatch.setattr(packed, "row", lambda *_: pytest.fail("it was decoded again"))
    for stage in ("convert", "check"):
        assert {a.outcome for a in lab.run(stage, "flat").answers} == {Outcome.KEPT}
    assert lab.bytes() == before


def test_an_interrupted_conversion_does_only_what_is_missing(
    flat: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    lab.run("declare", "flat")
    lab.run("fetch", "flat")
    monkeypatch.setattr(packed, "CHUNK", 1)
    decode, seen = packed.row, []

    def breaking(dataset: object, case: object) -> AddressRow:
        seen.append(case.id)  # type: ignore[attr-defined]
        if len(seen) == 2:
            raise KeyboardInterrupt
        return decode(dataset, case)  # type: ignore[arg-type]

    monkeypatch.setattr(packed, "row", breaking)
    with pytest.raises(KeyboardInterrupt):
        lab.run("convert", "flat")
    lab.run("convert", "flat")
    assert seen == ["benign_a", "benign_b", "benign_b", "normal_c"]
    assert list(addresses(lab)) == ["benign_a", "benign_b", "normal_c"]


def test_what_is_wrong_is_told_of_the_one_case(flat: Callable[..., Lab]) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    folder = lab.upstream / "flat"
    png(np.zeros((30, 21), np.uint8), folder / "benign/b_mask.png")
    (folder / "normal/broken.png").write_bytes((folder / "normal/c.png").read_bytes()[:300])
    (folder / "normal/none.png").write_bytes(b"no picture")
    png(picture(2), folder / "normal/d.png")
    mask = np.full((30, 20), 7, np.uint8)
    png(mask, folder / "normal/d_mask.png")
    png(np.full((9, 9, 3), 5, np.uint8), folder / "normal/e.png")
    png(picture(5, (9, 9, 3)), folder / "normal/e_mask.png")
    reports = lab.prepare("flat")
    assert [report.exit_code for report in reports] == [0, 0, 1, 1]
    refused = {r.case: r.reason for r in lab.dataset("flat").rows("refused.csv", RefusedRow)}
    assert list(refused) == ["benign_b", "normal_broken", "normal_e", "normal_none"]
    assert refused["benign_b"] == "benign/b_mask.png has 21 x 30 pixels, its image 20 x 30"
    assert refused["normal_broken"].startswith("normal/broken.png cannot be read as a picture")
    assert refused["normal_e"].startswith("normal/e_mask.png has colors")
    assert rows(lab)["normal_d"].verdict == "fail"
    assert "raw value 7 in 600 pixels" in rows(lab)["normal_d"].findings
    assert "the same pixels as normal_c" in rows(lab)["normal_d"].findings
    again = lab.run("convert", "flat")
    assert [a.item for a in again.refused] == list(refused)


def test_a_table_gives_class_and_patient(flat: Callable[..., Lab]) -> None:
    lab = flat(
        'Images2d("images/{case}.png", table="Data_Entry.csv", key="Image Index", '
        'class_column="Finding Labels", patient_column="Patient ID")'
    )
    folder = lab.upstream / "flat"
    for number in range(3):
        png(picture(number), folder / f"images/0{number}.png")
    (folder / "Data_Entry.csv").write_text(
        "Image Index,Finding Labels,Patient ID\n"
        "00.png,Edema|Effusion,7\n01.png,Effusion,7\n02.png,No Finding,8\n"
    )
    lab.prepare("flat")
    assert [(r.patient, r.classes) for r in rows(lab).values()] == [
        ("7", "Edema|Effusion"),
        ("7", "Effusion"),
        ("8", "No Finding"),
    ]
    card = lab.dataset("flat").json("card.json")
    assert card["patients"] == 2
    assert card["classes"] == {"Edema": 1, "Effusion": 2, "No Finding": 1}


def arrays(lab: Lab, **splits: int) -> None:
    content = {}
    for split, count in splits.items():
        rng = np.random.default_rng(count)
        content[f"{split}_images"] = rng.integers(0, 255, (count, 28, 28, 3), dtype=np.uint8)
        content[f"{split}_labels"] = rng.integers(0, 9, (count, 1), dtype=np.uint8)
    np.savez_compressed(lab.upstream / "flat" / "pathmnist.npz", **content)  # type: ignore[arg-type]


def test_rows_of_arrays_are_cases(flat: Callable[..., Lab]) -> None:
    lab = flat('Arrays("pathmnist.npz")')
    arrays(lab, train=12, test=3)
    lab.prepare("flat")
    stored = np.load(lab.upstream / "flat" / "pathmnist.npz")
    found = addresses(lab)
    assert list(found) == [f"test_{n:05d}" for n in range(3)] + [
        f"train_{n:05d}" for n in range(12)
    ]
    for name, row in found.items():
        split, _, number = name.partition("_")
        image = stored[f"{split}_images"][int(number)]
        assert row.member == f"{split}_images[{int(number)}]"
        assert (row.low, row.high) == (str(image.min()), str(image.max()))
        assert row.classes == str(stored[f"{split}_labels"][int(number)][0])
        told = f"RGB {image.shape} |u1\n".encode()
        digest = hashlib.sha256(b"medreg pixels 1\n" + told + image.tobytes()).hexdigest()
        assert row.pixels == f"sha256:{digest}"


def test_the_table_does_not_depend_on_who_decoded(flat: Callable[..., Lab]) -> None:
    lab = flat('Arrays("pathmnist.npz")')
    arrays(lab, train=1200, val=40)
    lab.run("declare", "flat")
    lab.run("fetch", "flat")
    tables = []
    for engine in (Inline(), Processes(2, patience=0.01)):
        lab.run("convert", "flat", engine)
        tables.append((lab.dataset("flat").converted / "addresses.csv").read_bytes())
        (lab.dataset("flat").converted / "addresses.csv").unlink()
    assert tables[0] == tables[1]


def test_ten_thousand_rows_take_seconds(flat: Callable[..., Lab]) -> None:
    lab = flat('Arrays("pathmnist.npz")')
    arrays(lab, train=10_000)
    began = time.monotonic()
    lab.prepare("flat")
    assert time.monotonic() - began < 60  # three, on a machine of its own
    assert len(rows(lab)) == 10_000
    assert len([*lab.dataset("flat").converted.iterdir()]) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no archive", "cannot be read as NPZ"),
        (None, "is truncated"),
    ],
)
def test_a_damaged_array_is_refused(
    flat: Callable[..., Lab], content: bytes | None, told: str
) -> None:
    lab = flat('Arrays("pathmnist.npz")')
    file = lab.upstream / "flat" / "pathmnist.npz"
    if content is None:
        arrays(lab, train=4)
        inner = io.BytesIO()
        np.save(inner, np.zeros((9, 28, 28), np.uint8))
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("train_images.npy", inner.getvalue()[:-30])
        told = "declares 7,056 bytes and has 7,026"
    else:
        file.write_bytes(content)
    lab.run("declare", "flat")
    lab.run("fetch", "flat")
    with pytest.raises(Exception, match=told):
        lab.run("convert", "flat")


def test_a_recipe_of_pictures_is_refused_by_name(flat: Callable[..., Lab], tmp_path: Path) -> None:
    lab = flat(CLASSES)
    classes(lab)
    lab.prepare("flat")
    lab.prepare("toy")
    lab.recipe("mixed", datasets=["toy", "flat"])
    with pytest.raises(DeclarationError, match="flat holds pictures") as caught:
        stages.decide(lab.registry, lab.plugins, "mixed")
    assert "medreg check flat" in (caught.value.hint or "")


def test_a_table_that_was_edited_is_not_believed(flat: Callable[..., Lab]) -> None:
    lab = flat(CLASSES)
    classes(lab)
    lab.prepare("flat")
    table = lab.dataset("flat").converted / "addresses.csv"
    table.write_bytes(table.read_bytes().replace(b"benign/b.png", b"normal/b.png"))
    with pytest.raises(BytesDiffer, match="is not what was written"):
        lab.run("check", "flat")
    assert {a.outcome for a in lab.run("convert", "flat").answers} == {Outcome.CONVERTED}
    assert not lab.run("check", "flat").failed


def test_a_layout_that_becomes_volumes_leaves_no_table_behind(tmp_path: Path) -> None:
    lab = make_both(tmp_path)
    stray = lab.dataset("toy").converted / "addresses.csv"
    stray.write_text("case\n")
    lab.run("convert", "toy")
    assert not stray.exists()


def drawn(lab: Lab, case: str, tmp_path: Path) -> np.ndarray:
    api.preview(api.open_lab(lab.registry.root), f"flat/{case}", tmp_path / "look.png")
    with Image.open(tmp_path / "look.png") as image:
        return np.array(image)


def test_a_preview_of_a_picture_shows_it_with_its_mask(
    flat: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    lab.prepare("flat")
    shown = drawn(lab, "benign_a", tmp_path)
    assert shown.shape == (58 + 30 * 17 + 50, 640, 3)  # on paper with its name
    small = shown[58 : 58 + 30 * 17 : 17, 150 : 150 + 20 * 17 : 17].astype(int)  # grown 17 times
    gray = (small == small[..., :1]).all(axis=-1)
    assert not gray[3:6, 4:9].any()
    assert gray.sum() == 600 - 15
    with pytest.raises(NotFound, match="benign_z"):
        drawn(lab, "benign_z", tmp_path)


@pytest.mark.parametrize(
    ("layout", "module", "extra"),
    [('Video("{case}.avi")', "cv2", "video"), ('WholeSlide("{case}.svs")', "openslide", "wsi")],
)
def test_a_missing_extra_is_named(
    flat: Callable[..., Lab],
    monkeypatch: pytest.MonkeyPatch,
    layout: str,
    module: str,
    extra: str,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    lab = flat(layout)
    for name in ("a.avi", "a.svs"):
        (lab.upstream / "flat" / name).write_bytes(b"x")
    lab.run("declare", "flat")
    lab.run("fetch", "flat")
    with pytest.raises(CannotHere) as caught:
        lab.run("convert", "flat")
    assert f'pip install "medreg[{extra}]"' in (caught.value.hint or "")


def test_what_was_made_of_it_is_said(flat: Callable[..., Lab]) -> None:
    lab = flat(CLASSES)
    classes(lab)
    lab.prepare("flat")
    folder = lab.dataset("flat").converted
    made_of = json.loads((folder / "addresses.json").read_bytes())
    assert sorted(made_of) == ["addresses", "converter", "declared", "raw"]
    table = (folder / "addresses.csv").read_bytes()
    assert made_of["addresses"] == hashlib.sha256(table).hexdigest()


def test_every_command_that_looks_knows_pictures(
    flat: Callable[..., Lab],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lab = flat(CLASSES, "{255: 'liver'}", "segmentation")
    classes(lab)
    (lab.upstream / "flat/normal/broken.png").write_bytes(b"no picture")
    lab.prepare("flat")
    monkeypatch.chdir(lab.registry.root)
    subprocess.run(["git", "init", "-q"], check=True)
    for words, code, told in (
        ("show flat", 0, "classes  benign 2, normal 1"),
        ("why flat/benign_a", 0, "pass"),
        ("why flat/normal_broken", 0, "refused"),
        ("why flat/normal_z", 3, ""),
        ("preview flat/benign_a", 0, "flat__benign_a.png"),
        ("preview flat/normal_z", 3, ""),
        ("list", 0, "flat"),
        ("status", 0, ""),
    ):
        assert main(words.split()) == code, words
        assert told in capsys.readouterr().out, words
    assert (lab.registry.root / "flat__benign_a.png").is_file()
