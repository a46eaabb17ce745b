"""New plugins: from nothing, a folder, an archive; and what check-plugin says of each (F117)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg import api, plugins
from medreg.plugins.draft import folder, origins
from tests.plugin_fixtures.folders import ARRANGEMENTS, write

if TYPE_CHECKING:
    from pathlib import Path

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
