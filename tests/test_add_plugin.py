"""New plugins: from nothing, a folder, an archive; and what check-plugin says of each (F117)."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg import Http, HuggingFace, Idc, Pairs, Zenodo, api
from medreg.cli import main
from medreg.errors import MedregError, Misuse, NotFound
from medreg.plugins.draft import folder, origins
from tests.peers import peer
from tests.plugin_fixtures.folders import ARRANGEMENTS, write
from tests.sources.conftest import server  # noqa: F401  # a fixture

if TYPE_CHECKING:
    from medreg.model import Dataset
    from tests.sources.website import Server

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.usefixtures("known_to_git")


@pytest.fixture
def lab(tmp_path: Path) -> api.Lab:
    api.init(tmp_path / "lab")
    return api.open_lab(tmp_path / "lab")


@pytest.mark.parametrize("kind", ARRANGEMENTS)
def test_the_arrangement_of_a_folder_is_found(kind: str, tmp_path: Path, lab: api.Lab) -> None:
    wanted = ARRANGEMENTS[kind]
    place = write(kind, tmp_path)
    draft = folder.draft(place, "mine", lab.vocabulary, lab.licenses)
    assert draft.values["layout"] == wanted.layout
    assert draft.values.get("labels", {}) == wanted.labels
    assert draft.found >= 3
    assert list(draft.first)
    assert len(draft.first) <= 5


@pytest.mark.parametrize("kind", ARRANGEMENTS)
def test_what_was_written_needs_one_edit_at_most(kind: str, tmp_path: Path, lab: api.Lab) -> None:
    place = write(kind, tmp_path)
    written = api.add_plugin(lab, api.propose_plugin(lab, "mine", str(place)))
    assert written[0] == "plugins/mine.py"
    file = lab.registry.root / "plugins/mine.py"
    text = file.read_text(encoding="utf-8")
    for blank, label in (
        ('1: "FIXME: a name in registry/vocabulary.csv"', '1: "liver"'),
        ('2: "FIXME: a name in registry/vocabulary.csv"', '2: "liver_tumor"'),
        ("FIXME: 'odd_thing', as in registry/vocabulary.csv", "spleen"),
        ("FIXME: 'lump', as in registry/vocabulary.csv", "liver_tumor"),
        ("# FIXME: CT, MR, PT, Modality.US, Modality.DX, ...", ""),
    ):
        text = text.replace(blank, label)
    file.write_text(text, encoding="utf-8")
    (answers,) = api.check_plugin(api.open_lab(lab.registry.root), "mine").values()
    failed = {one.question: one.told for one in answers if one.verdict == "FAIL"}
    assert failed == {}


# --- CONTRIBUTING.md ----------------------------------------------------------------------------


def test_contributing_is_followed_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command and one edit make a plugin that passes (issue 4, Done when)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text[text.index("## Your first plugin") : text.index("## How we write")]
    (files, *_) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    (diff,) = re.findall(r"```diff\n--- (.*?)\n(.*?)```", text, re.DOTALL)
    first, then = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    assert "~/scans/imagesTr/ct_001.nii.gz\n~/scans/labelsTr/ct_001.nii.gz" in files
    write("decathlon_names", tmp_path).rename(tmp_path / "scans")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", Person())
    type_in(first)
    file = tmp_path / "lab" / diff[0]
    lines = {kind: [t[1:] for t in diff[1].splitlines() if t[0] == kind] for kind in "-+"}
    removed, added = ("\n".join(lines[kind]) for kind in "-+")
    source = file.read_text(encoding="utf-8")
    assert removed in source
    file.write_text(source.replace(removed, added), encoding="utf-8")
    assert "FIXME" not in file.read_text(encoding="utf-8")
    type_in(then)
    assert "4 cases; the first 4" in capsys.readouterr().err


class Person:
    """Somebody at a terminal who says yes."""

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return "y\n"


def type_in(block: str) -> None:
    for line in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        for command in line.partition("#")[0].split("&&"):
            words = [str(Path(word).expanduser()) for word in command.split()]
            if words[0] == "cd":
                os.chdir(words[1])
            else:
                looks = words[1] == "check"  # noise has findings, which are exit code 1
                assert main(words[1:]) in ((0, 1) if looks else (0,)), command


# --- archives -----------------------------------------------------------------------------------

CROISSANT = {
    "@context": {"@vocab": "https://schema.org/"},
    "@type": "sc:Dataset",
    "name": "Chest CT mini",
    "conformsTo": "http://mlcommons.org/croissant/1.1",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.org/mini",
    "description": "<p>Chest CT of three phantoms with masks of the liver.</p>",
    "citeAs": "@article{mini, doi={10.1000/mini.1}}",
    "distribution": [
        {
            "@type": "cr:FileObject",
            "@id": "mini.zip",
            "name": "mini.zip",
            "contentUrl": "https://example.org/files/mini.zip",
            "sha256": "ab" * 32,
        },
        {
            "@type": "cr:FileSet",
            "@id": "images",
            "containedIn": {"@id": "mini.zip"},
            "includes": "images/*.nii.gz",
        },
        {
            "@type": "cr:FileSet",
            "@id": "labels",
            "containedIn": {"@id": "mini.zip"},
            "includes": "labels/*.nii.gz",
        },
    ],
}
RECORD = {
    "id": 4242,
    "doi": "10.5281/zenodo.4242",
    "metadata": {
        "title": "Liver CT of phantoms",
        "description": "<p>Twelve CT scans of phantoms, with masks.</p>",
        "license": {"id": "cc-by-4.0"},
        "access_right": "open",
        "creators": [{"name": "Doe, Jane"}],
    },
    "files": [{"key": "a.zip", "size": 12, "checksum": "md5:" + "0" * 32}],
}
CARD = {
    "id": "lab/mini",
    "sha": "c0ffee",
    "cardData": {"license": "cc-by-nc-4.0", "pretty_name": "Mini CT"},
    "tags": ["modality:ct"],
    "gated": False,
    "siblings": [
        {"rfilename": name}
        for n in (1, 2, 3, 4)
        for name in ("README.md", f"imagesTr/c_{n}.nii.gz", f"labelsTr/c_{n}.nii.gz")[n > 1 :]
    ],
}
CSL = {
    "title": "A CT collection",
    "URL": "https://example.org/a-ct-collection",
    "DOI": "10.1000/ct.1",
    "license": [{"URL": "https://creativecommons.org/licenses/by/3.0/"}],
}


@pytest.fixture
def web(
    server: Server,  # noqa: F811  # the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> Server:
    """Stand in for Zenodo, Hugging Face and doi.org."""
    for name in ("ZENODO", "HUGGING_FACE", "DOI"):
        monkeypatch.setattr(origins, name, server.url)
    server.put("api/records/4242", json.dumps(RECORD).encode())
    server.put("api/datasets/lab/mini/revision/main", json.dumps(CARD).encode())
    server.put("10.1000/ct.1", json.dumps(CSL).encode())
    return server


def proposed(lab: api.Lab, origin: str) -> api.Proposal:
    proposal = api.propose_plugin(lab, "", origin)
    api.add_plugin(lab, proposal)
    found = api.open_lab(lab.registry.root).plugins
    assert found.problems == ()
    assert proposal.name in found.datasets
    return proposal


def dataset(lab: api.Lab, name: str) -> Dataset:
    return api.open_lab(lab.registry.root).plugins.get(name).dataset


def test_a_croissant_file_becomes_a_plugin(tmp_path: Path, lab: api.Lab) -> None:
    file = tmp_path / "croissant.json"
    file.write_text(json.dumps(CROISSANT, indent=1), encoding="utf-8")
    made = dataset(lab, proposed(lab, f"croissant:{file}").name)
    assert (made.name, made.title) == ("chest_ct_mini", "Chest CT mini")
    assert made.licenses[0].value == "CC-BY-4.0"
    assert made.cite == ("doi:10.1000/mini.1",)
    assert made.source == Http(
        {"mini.zip": "https://example.org/files/mini.zip"}, {"mini.zip": f"sha256:{'ab' * 32}"}
    )
    assert made.layout == Pairs("**/images/{case}.nii.gz", "**/labels/{case}.nii.gz")


@pytest.mark.parametrize("origin", ["zenodo:4242", "doi:10.5281/zenodo.4242"])
def test_a_zenodo_record_becomes_a_plugin(origin: str, lab: api.Lab, web: Server) -> None:
    proposal = proposed(lab, origin)
    made = dataset(lab, proposal.name)
    assert made.title == "Liver CT of phantoms"
    assert made.licenses[0].value == "CC-BY-4.0"
    assert made.cite == ("doi:10.5281/zenodo.4242",)
    assert made.source == Zenodo("4242", ("a.zip",), base_url=web.url)
    assert "md5:" in proposal.notes[0]
    assert "Doe, Jane" in proposal.files[f"plugins/{proposal.name}.py"]


def test_a_hugging_face_dataset_becomes_a_plugin(lab: api.Lab, web: Server) -> None:
    proposal = proposed(lab, "hf:lab/mini")
    made = dataset(lab, proposal.name)
    assert made.licenses[0].value == "CC-BY-NC-4.0"
    assert made.layout == Pairs("**/imagesTr/{case}.nii.gz", "**/labelsTr/{case}.nii.gz")
    assert isinstance(made.source, HuggingFace)
    assert (made.source.revision, made.source.base_url) == ("c0ffee", web.url)
    assert "imagesTr/c_1.nii.gz" in proposal.files[f"tests/listings/{proposal.name}.txt"]


def test_any_other_doi_becomes_a_plugin(lab: api.Lab, web: Server) -> None:
    made = dataset(lab, proposed(lab, "doi:10.1000/ct.1").name)
    assert made.homepage == "https://example.org/a-ct-collection"
    assert made.licenses[0].value == "CC-BY-3.0"
    assert "csl+json" in web.headers[-1]["Accept"]


@pytest.mark.peers
def test_a_collection_of_idc_becomes_a_plugin(lab: api.Lab) -> None:
    peer("idc_index_data")
    made = dataset(lab, proposed(lab, "idc:lidc_idri").name)
    assert made.source == Idc("lidc_idri", ("CT",))
    assert made.cite == ("doi:10.7937/k9/tcia.2015.lo9ql9sx",)
    assert made.licenses[0].rank == "archive"
    (answers,) = api.check_plugin(api.open_lab(lab.registry.root), made.name).values()
    assert {one.question for one in answers if one.verdict == "FAIL"} == set()


@pytest.mark.parametrize(
    ("origin", "kind", "told"),
    [
        ("zenodo:lits", Misuse, "no record of Zenodo"),
        ("zenodo:1", NotFound, "404"),
        ("doi:nonsense", Misuse, "no DOI"),
        ("doi:10.1000/absent", NotFound, "nobody registered"),
        ("hf:nobody", Misuse, "no repository"),
        ("hf:no/body", NotFound, "404"),
        pytest.param("idc:lidc_idrii", NotFound, "no collection of IDC", marks=pytest.mark.peers),
        ("croissant:absent.json", NotFound, "no file"),
        ("ftp:elsewhere", Misuse, "nothing is known"),
        ("absent_folder", NotFound, "no folder"),
    ],
)
def test_an_origin_that_is_not_there_is_named(
    origin: str, kind: type[MedregError], told: str, lab: api.Lab, web: Server
) -> None:
    if origin.startswith("idc:"):
        peer("idc_index_data")
    with pytest.raises(kind, match=told):
        api.propose_plugin(lab, "", origin)
    assert web.url
