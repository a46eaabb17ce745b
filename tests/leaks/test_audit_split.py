"""Does a list of train cases show scans of the test side? Asked of lists as people have them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.cli import main
from medreg.curate import compositions
from medreg.errors import DeclarationError
from medreg.leaks.bound import Pools, bound
from tests.stages import toy

ROOT = Path(__file__).resolve().parents[2]
COMPOSITIONS = sorted((ROOT / "registry/compositions").glob("*.yaml"))


def published_list() -> list[str]:
    """Return a list of the form and composition of PAOT.txt: 2,995 lines, image and label by tab.

    Its names are those of CLIP-Driven-Universal-Model (dataset/dataset_list), its numbers counted.
    """
    decathlon = "10_Decathlon/Task{}/imagesTr/{}_{}.nii.gz"
    entries = [f"01_Multi-Atlas_Labeling/img/img{n:04}.nii.gz" for n in range(1, 48)]
    entries += [f"02_TCIA_Pancreas-CT/img/PANCREAS_{n:04}.nii.gz" for n in range(1, 43)]
    entries += [f"03_CHAOS/ct/img/{n}_image.nii.gz" for n in range(1, 21)]
    entries += [f"04_LiTS/img/liver_{n}.nii.gz" for n in range(131)]
    entries += [f"05_KiTS/img/img{n:04}.nii.gz" for n in range(300)]
    entries += [f"07_WORD/img/word_{n:04}.nii.gz" for n in range(1, 121)]
    entries += [f"08_AbdomenCT-1K/img/Case_{n:05}_0000.nii.gz" for n in range(1, 1001)]
    entries += [f"09_AMOS/img/amos_{n:04}.nii.gz" for n in range(1, 201)]
    for task, name, count in (
        ("03_Liver", "liver", 131),
        ("06_Lung", "lung", 63),
        ("07_Pancreas", "pancreas", 281),
        ("08_HepaticVessel", "hepaticvessel", 303),
        ("09_Spleen", "spleen", 41),
        ("10_Colon", "colon", 126),
    ):
        entries += [decathlon.format(task, name, n) for n in range(count)]
    entries += [f"12_CT-ORG/img/volume-{n}.nii.gz" for n in range(140)]
    entries += [f"13_AbdomenCT-12organ/img/Organ12_{n:04}_0000.nii.gz" for n in range(1, 51)]
    return [f"{entry}\t{entry.replace('/img/', '/label/')}" for entry in entries]


@pytest.fixture(autouse=True)
def _outside_any_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["audit-split", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def write(name: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_a_published_list_has_at_least_814_repeats(capsys: pytest.CaptureFixture[str]) -> None:
    name = write("list.txt", "\n".join(published_list()))
    code, found = typed(capsys, name)
    assert code == 1
    assert sum(found["counts"]["list"].values()) == 2995
    assert found["unrecognized"] == {"list": []}
    assert (found["least"]["least"], found["least"]["scans"]) == (814, 1112)
    assert any("Nanjing 50" in said for said in found["least"]["says"])
    pairs = Counter((p["case"].split("/")[0], p["test"].split("/")[0]) for p in found["leaks"])
    within = {("abdomenct_1k", "abdomenct_1k"): 1, ("pancreas_ct", "pancreas_ct"): 1}
    assert pairs == {("msd_liver", "lits"): 131, **within}, "pairs only where cases are mapped"
    for pair in found["leaks"]:
        if pair["case"].startswith("msd_liver/"):
            assert pair["case"].split("_")[-1] == pair["test"].split("-")[-1]
            assert "lits__msd_liver.yaml" in pair["because"][0]
    assert {("abdomenct_1k", "lits"), ("ct_org", "lits")} <= {
        (one["train"], one["test"]) for one in found["unmapped"]
    }


def test_people_read_the_number_its_reason_and_the_pairs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["audit-split", write("list.txt", "\n".join(published_list()))]) == 1
    out = capsys.readouterr().out
    assert "at least 814 repeats: 1,926 entries are drawn from\n" in out.replace(" \n", "\n")
    assert "msd_liver ~ lits: 131" in out
    assert "nobody published which cases" in out


@pytest.mark.parametrize(
    ("train", "test", "leaks"),
    [
        ("lits/volume-3\nlits/volume-4", "msd/Task03_Liver/imagesTr/liver_3.nii.gz", ["volume-3"]),
        ("kits19/data/case_00007/imaging.nii.gz", "kits23/case_00007", ["case_7"]),
        ("kits19/case_00007", "kits23/case_00008", []),
        ("a/LiTS/volume-12.nii", "LiTS17/volume-12.nii", ["volume-12"]),
        ("lits__volume-9_0000.nii.gz", "msd_liver__liver_9", ["volume-9"]),
    ],
)
def test_two_lists_of_paths(
    train: str, test: str, leaks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = typed(capsys, write("train.txt", train), write("test.txt", test))
    assert [one["case"].partition("/")[2] for one in found["leaks"]] == leaks
    assert code == (1 if leaks else 0)


def test_a_whole_dataset_is_a_test_side(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = typed(capsys, write("mine.txt", "LiTS/volume-3.nii\nWORD/word_0001"), "msd_liver")
    assert code == 1
    assert [(one["case"], one["test"]) for one in found["leaks"]] == [
        ("lits/volume-3", "msd_liver/liver_3")
    ]


@pytest.mark.parametrize(
    ("train", "test", "relation"),
    [
        ("lits", "msd_liver", "same scans"),
        ("lits", "lits", "same dataset"),
        ("pants", "lits", "shared scans"),
    ],
)
def test_two_whole_datasets_that_overlap_are_not_clean(
    train: str, test: str, relation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = typed(capsys, train, test)
    assert code == 1
    told = [(one["train"], one["test"], one["relation"]) for one in found["unmapped"]]
    assert (train, test, relation) in told


def test_whole_datasets_that_share_nothing_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "lits", "mura")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "case_id,image_path\n7,/d/lits/volume-0.nii\n",
        "path;site\n/d/lits/volume-0.nii;a\n",
        "# mine\nC:\\d\\lits\\volume-0.nii\r\n",
    ],
)
def test_a_table_names_its_column_of_cases(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = typed(capsys, write("mine.csv", text), "msd_liver")
    assert found["counts"]["train"] == {"lits": 1}
    assert [one["case"] for one in found["leaks"]] == ["lits/volume-0"]


def test_entries_of_no_known_dataset_that_are_spelled_alike_are_suspected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, found = typed(capsys, write("a.txt", "mine 1\nmine 2"), write("b.txt", "mine 2"))
    assert (code, [(one["train"], one["suspected"]) for one in found["leaks"]]) == (
        1,
        [("mine 2", True)],
    )
    assert len(typed(capsys, write("a.txt", "mine 1\nmine 1"))[1]["leaks"]) == 1


def test_a_side_of_which_nothing_is_known_is_not_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, write("a.txt", "mine 1"), write("b.txt", "lits/volume-2"))[0] == 1


def test_folds_of_nnunet_and_parts_of_monai(capsys: pytest.CaptureFixture[str]) -> None:
    splits = [
        {"train": ["case_00001", "case_00002"], "val": ["case_00003"]},
        {"train": ["case_00001", "case_00003"], "val": ["case_00001"]},
    ]
    name = write("splits_final.json", splits)
    assert typed(capsys, name, "--dataset", "kits19")[0] == 0
    code, found = typed(capsys, name, "--dataset", "kits19", "--fold", "1")
    assert (code, [one["train"] for one in found["leaks"]]) == (1, ["case_00001"])
    datalist = {
        "training": [{"image": "imagesTr/kits19/case_00001/imaging.nii.gz", "label": "x"}],
        "validation": [{"image": ["kits21/case_00001/imaging.nii.gz"], "label": "x"}],
    }
    listed = write("datalist.json", datalist)
    code, found = typed(capsys, listed, listed)
    assert (code, len(found["leaks"])) == (1, 1)


def test_what_nobody_knows_is_told_and_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = typed(capsys, write("list.txt", "somewhere/x1.nii.gz\nlits/volume-1"))
    assert code == 0
    assert found["unrecognized"] == {"list": ["somewhere/x1.nii.gz"]}


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("", 2, "lists no case"),
        ("{", 2, "is not JSON"),
        ('{"a": 1}', 2, "lists no case"),
        ("[[1.5]]", 2, "names no case"),
        ("[true]", 2, "names no case"),
    ],
)
def test_a_broken_list_is_named(
    content: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit-split", write("list.json" if content else "list.txt", content)]) == code
    assert told in capsys.readouterr().err


def test_a_list_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-split", "nowhere.txt"]) == 3
    assert "nowhere.txt" in capsys.readouterr().err


def test_scans_that_only_fingerprints_join_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody declared that these two overlap; both were checked here (F087)."""
    lab = toy.make(tmp_path)
    lab.declare({1: "liver", 2: "liver_tumor"}, "other")
    lab.publish("007", "other", image=toy.body("10"))
    lab.publish("8", "other")
    for name in ("toy", "other"):
        lab.prepare(name)
    monkeypatch.chdir(lab.registry.root)
    code, found = typed(capsys, "toy", "other")
    assert (code, [(one["train"], one["test"]) for one in found["leaks"]]) == (
        1,
        [("toy/volume-10", "other/volume-7")],
    )
    listed = write("list.txt", "toy/volume-1\ntoy/volume-10\nother/volume-007\n")
    code, found = typed(capsys, listed)
    assert (code, len(found["leaks"])) == (1, 1)
    assert main(["audit-split", listed]) == 1
    assert "1 pair of one scan" in capsys.readouterr().out


# --- the bound ----------------------------------------------------------------------------------

NAMES = st.sampled_from("abcde")
POOLS = st.fixed_dictionaries({name: st.integers(0, 30) for name in "PQRS"})
DRAWN = st.dictionaries(NAMES, st.frozensets(st.sampled_from("PQRS"), min_size=1), min_size=1)


@given(POOLS, DRAWN, st.randoms(use_true_random=False))
def test_no_list_has_fewer_repeats_than_the_bound(
    sizes: dict[str, int], drawn: dict[str, frozenset[str]], random: Any
) -> None:
    scans = {name: [f"{pool}{n}" for pool in pools for n in range(sizes[pool])]
             for name, pools in drawn.items()}  # fmt: skip
    lists = {
        name: random.sample(every, random.randint(0, len(every))) for name, every in scans.items()
    }
    entries = [scan for listed in lists.values() for scan in listed]
    known = Pools(drawn, sizes, dict.fromkeys(drawn, ()))
    found = bound({name: len(listed) for name, listed in lists.items()}, known)
    assert 0 <= found.least <= len(entries) - len(set(entries))


# --- declarations -------------------------------------------------------------------------------


@pytest.mark.parametrize("file", COMPOSITIONS, ids=lambda file: file.stem)
def test_a_composition_is_named_after_its_whole_and_dated(file: Path) -> None:
    one = compositions.parse(file.read_text(encoding="utf-8"), file.name)
    assert one.whole == file.stem
    assert all(evidence.get("date") for evidence in one.evidence)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("whole: 1\nparts: {a: 1}", "whole names a dataset"),
        ("whole: a\nparts: []", "parts says how many"),
        ("whole: a\nparts: {b: many}", "b is a number of scans"),
        ("whole: a\nparts: {a: 1}", "a part of itself"),
        ("whole: a\nparts: {b: 1}", "evidence is missing"),
        ("whole: a\nsize: 1", "there is no key 'size'"),
        ("whole: [", "line 1"),
    ],
)
def test_a_wrong_composition_names_file_and_key(text: str, told: str) -> None:
    with pytest.raises(DeclarationError, match=rf"^x\.yaml.*{told}"):
        compositions.parse(text, "x.yaml")


# --- overlaps -----------------------------------------------------------------------------------


def test_overlaps_of_a_dataset_say_relation_cases_and_evidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["overlaps", "lits"]) == 0
    out = capsys.readouterr().out
    assert "lits  same scans  msd_liver   volume-{n} = liver_{n} (suspected)" in out
    assert "abdomenct_1k  contains  lits   nobody published which cases" in out
    assert "kits" not in out.replace("LiTS", "")
    assert main(["overlaps", "lits", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all("lits" in (row["a"], row["b"]) for row in rows)
    assert all(said["source"] for row in rows for said in row["evidence"])


def test_the_graph_of_all_overlaps_is_dot(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overlaps", "--graph"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("digraph overlaps {", "}")
    assert '  "lits" -> "msd_liver" [dir=both, label="same scans", style=dashed];' in lines


def test_an_unknown_dataset_has_a_neighbor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overlaps", "litz"]) == 3
    assert "did you mean lits?" in capsys.readouterr().err
