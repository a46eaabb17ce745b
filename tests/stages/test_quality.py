"""What is asked of a whole dataset after its cases, and what becomes of the answers (F063)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from medreg.tables import CaseRow
from tests.stages.toy import Lab, liver, make

FACTS = Path(__file__).resolve().parents[2] / "registry"


@pytest.fixture
def many(tmp_path: Path) -> Lab:
    """Twelve livers of one size, and one of a quarter of it."""
    made = make(tmp_path)
    text = (FACTS / "tissues.csv").read_text(encoding="utf-8")
    (made.registry.facts / "tissues.csv").write_text(text, encoding="utf-8")
    for number in range(20, 29):
        made.publish(str(number))
    small = np.zeros_like(liver("1"))
    small[6:9, 6:9, 3:8] = 1
    made.publish("40", mask=small)
    return made


def findings(lab: Lab) -> dict[str, str]:
    return {row.case: row.findings for row in lab.dataset().rows("cases.csv", CaseRow)}


def test_a_volume_unlike_the_datasets_own_is_a_finding(many: Lab) -> None:
    report = many.prepare()[-1]
    found = {case: told for case, told in findings(many).items() if told}
    assert list(found) == ["volume-40"]
    assert found["volume-40"].startswith("outliers:warn:liver takes 0.54 ml where the median of 13")
    (told,) = [answer for answer in report.answers if answer.reason]
    assert (told.item, told.exit_code) == ("volume-40", 1)
    card = json.loads((many.dataset().path / "card.json").read_text(encoding="utf-8"))
    assert card["verdicts"] == {"pass": 12, "warn": 1, "fail": 0}
    assert card["findings"] == {"outliers:warn": 1}


def test_asking_again_gives_the_same_tables(many: Lab) -> None:
    many.prepare()
    before = many.bytes()
    report = many.run("check")
    assert {answer.outcome for answer in report.answers} == {"kept"}
    assert many.bytes() == before


def test_another_table_of_tissues_asks_again(many: Lab) -> None:
    many.prepare()
    file = many.registry.facts / "tissues.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("liver,-30,220", "liver,90,220", 1), encoding="utf-8")
    assert {answer.outcome for answer in many.run("check").answers} == {"checked"}
    told = findings(many)
    told.pop("volume-40")  # 45 voxels are too few to judge
    assert all("tissue:warn" in one for one in told.values())
    before = many.dataset().read("declared.json")
    many.run("declare")
    assert many.dataset().read("declared.json") != before
