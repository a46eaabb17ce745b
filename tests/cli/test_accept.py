"""No byte of a gated dataset moves before its terms were accepted, on the record (F030-F032)."""

from __future__ import annotations

import csv
import hashlib
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from medreg.stages.accept import Acceptance

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry
    from tests.cli.conftest import Terminal

PLUGIN = '''"""Gated scans of nobody, to be asked for by a form that takes three days to answer."""

from medreg import CT, Claim, Dataset, Gate, Local, Pairs, hookimpl


@hookimpl
def medreg_datasets():
    """Yield the dataset."""
    yield Dataset(
        name="gated",
        title="Gated scans",
        homepage="https://example.org/gated",
        licenses=(Claim("{license}", "https://example.org/terms", "2026-11", "publisher"),),
        cite=("https://example.org/gated",),
        modality=CT,
        source=Local({folder!r}),
        layout=Pairs(image="{{case}}.nii.gz"),
        annotation="none",
        gate=Gate(kind="agreement", days=3, terms="https://example.org/terms"),
    )
'''


def declare(medreg: Terminal, folder: Path, license_: str = "CC-BY-NC-4.0") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "a.nii.gz").write_bytes(b"scan")
    plugin = medreg.root / "plugins/gated.py"
    plugin.write_text(PLUGIN.format(license=license_, folder=str(folder)), encoding="utf-8")


@pytest.fixture
def gated(medreg: Terminal, tmp_path: Path) -> Terminal:
    declare(medreg, tmp_path / "there")
    medreg("track", "gated")
    return medreg


def table(medreg: Terminal) -> list[dict[str, str]]:
    text = (medreg.root / "registry/accepted.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def raw(medreg: Terminal) -> list[str]:
    return sorted(f.name for f in (medreg.root / "registry/datasets/gated/raw").glob("*"))


def test_nothing_moves_before_the_terms_are_accepted(gated: Terminal) -> None:
    typed = gated("fetch", "gated")
    assert typed.code == 4
    assert "nobody accepted its terms" in typed.err
    for said in ("https://example.org/terms", "usually takes 3 days", "medreg accept gated"):
        assert said in typed.err
    assert raw(gated) == []


def test_what_was_accepted_by_whom_and_when_is_recorded(gated: Terminal) -> None:
    typed = gated("accept", "gated", "--yes", "--by", "Ada Lovelace", "--json")
    assert typed.code == 0
    assert "license: CC-BY-NC-4.0" in typed.err
    assert table(gated) == [typed.data]
    assert typed.data["person"] == "Ada Lovelace"
    assert gated("fetch", "gated").code == 0
    assert raw(gated) == ["a.nii.gz"]
    again = gated("accept", "gated", "--yes", "--by", "Ada Lovelace")
    assert (again.code, len(table(gated))) == (0, 1)


def test_git_s_user_is_who_accepts_and_the_agreement_read_is_known_by_its_digest(
    gated: Terminal, tmp_path: Path
) -> None:
    agreement = tmp_path / "agreement.pdf"
    agreement.write_bytes(b"signed")
    assert gated("accept", "gated", "--yes", "--text", str(agreement)).code == 0
    (row,) = table(gated)
    assert "@" in row["person"]
    assert (row["text"], row["sha256"]) == ("agreement.pdf", hashlib.sha256(b"signed").hexdigest())


def test_two_who_accept_at_once_are_both_on_record(
    gated: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes while the first has read the table and not written it yet."""
    from medreg.stages import accept

    read, second = accept._rows, []  # noqa: SLF001 - the moment between two of its lines

    def slow(registry: Registry) -> list[Acceptance]:
        rows = read(registry)
        if not second:
            row = Acceptance(
                dataset="gated", person="B", date="2026-11-21", text="t", sha256="2", shown="2"
            )
            second.append(Thread(target=accept.accept, args=(registry, row)))
            second[0].start()
            second[0].join(0.3)
        return rows

    monkeypatch.setattr(accept, "_rows", slow)
    assert gated("accept", "gated", "--yes", "--by", "A").code == 0
    second[0].join()
    assert [row["person"] for row in table(gated)] == ["A", "B"]


def test_a_terminal_is_asked_and_a_script_is_not(gated: Terminal) -> None:
    typed = gated("accept", "gated")
    assert typed.code == 4
    assert "medreg accept gated --yes" in typed.err
    assert not (gated.root / "registry/accepted.csv").exists()


def test_terms_that_changed_are_accepted_anew(gated: Terminal, tmp_path: Path) -> None:
    assert gated("accept", "gated", "--yes").code == 0
    declare(gated, tmp_path / "there", "CC-BY-NC-ND-4.0")
    typed = gated("fetch", "gated")
    assert typed.code == 4
    assert "since they changed" in typed.err


def test_an_agreement_that_is_not_there_is_named(gated: Terminal) -> None:
    typed = gated("accept", "gated", "--yes", "--text", "nowhere.pdf")
    assert typed.code == 3
    assert "nowhere.pdf" in typed.err


def test_a_portal_has_no_terms_of_its_own(medreg: Terminal) -> None:
    typed = medreg("accept", "tcia", "--yes")
    assert typed.code == 2
    assert "medreg show tcia" in typed.err
