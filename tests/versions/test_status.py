"""`medreg status`: how far everything has come and where its bytes lie, with nobody asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from medreg.cli import main
from medreg.files.hashing import sha256_bytes
from medreg.registry import json_bytes
from medreg.report import Silent
from medreg.versions import dvc, git, outs
from medreg.versions.push import push_outs
from medreg.versions.releases import Record
from tests.versions import standin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medreg.registry import Registry

Rows = dict[str, dict[str, Any]]


@pytest.fixture
def status(
    lab: Registry, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Rows]:
    """Type the command in the registry; its rows by name."""
    monkeypatch.chdir(lab.root)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)

    def typed(*words: str) -> Rows:
        assert main(["status", "--json", *words]) == 0
        return {row["name"]: row for row in json.loads(capsys.readouterr().out)}

    return typed


def steps(row: dict[str, Any]) -> str:
    """Return each step's first letter: done, part, behind or no."""
    return "".join(word[0] for word in row["steps"].values())


def push(lab: Registry, *names: str, tier: str = "local") -> None:
    with dvc.repository(lab) as repo:
        every = [out for name in names for out in outs.recorded(lab, name)]
        push_outs(repo, every, tier=tier, progress=Silent())


def release(lab: Registry, name: str, version: str, tiers: Sequence[str]) -> None:
    digest = sha256_bytes(outs.text(lab, f"{outs.folder(lab, name)}/manifest.csv"))
    git.annotate(lab.root, f"{name}@v{version}", Record(digest, "", tuple(tiers)).message())


def test_every_step_from_declared_to_released(lab: Registry, status: Callable[..., Rows]) -> None:
    rows = status()
    assert [(name, row["kind"], row["state"]) for name, row in rows.items()] == [
        ("secret", "dataset", "checked"),
        ("tiny", "dataset", "checked"),
        ("mixed_set", "set", "curated"),
        ("open_set", "set", "curated"),
    ]
    assert (steps(rows["tiny"]), steps(rows["open_set"])) == ("ddddnn", "ddn")
    assert rows["tiny"]["cases"] == 3
    made_of = {"medreg": "test", "datasets": {"tiny": {"selected": 3}}}
    standin.write_set(lab, "open_set", ["tiny"], {"../provenance.json": json_bytes(made_of)})
    standin.fill(lab.set("open_set").path, {"provenance.json": json_bytes(made_of)})
    for version in ("1.9.0", "1.10.0-rc.1", "1.10.0"):
        release(lab, "open_set", version, ["local"])
    rows = status()
    assert (rows["open_set"]["state"], rows["open_set"]["cases"]) == ("released v1.10.0", 3)
    assert (steps(rows["tiny"]), steps(rows["open_set"])) == ("dddddd", "ddd")
    assert rows["tiny"]["notes"] == ["in open_set"]


@pytest.mark.parametrize(
    ("gone", "left", "state", "marks"),
    [
        (("cases.csv", "card.json"), {}, "converted", "dddnnn"),
        (("cases.csv", "card.json", "refused.csv"), {}, "converted 3 cases so far", "ddpnnn"),
        (
            ("cases.csv", "card.json"),
            {"check/tiny/a.json": b"{}"},
            "checked 1 cases so far",
            "dddpnn",
        ),
        (
            ("cases.csv", "card.json", "refused.csv", "converted", "files.csv"),
            {"fetched/tiny/files.csv": b"path\na\nb\n"},
            "fetched 2 files so far",
            "dpnnnn",
        ),
        (("cases.csv", "card.json", "refused.csv", "converted", "files.csv"), {}, "declared", "d"),
    ],
    ids=["converted", "while it converts", "while it checks", "while it fetches", "declared"],
)
def test_a_step_that_was_begun_is_told_in_part(  # noqa: PLR0913, PLR0917 - a case and what follows
    lab: Registry,
    status: Callable[..., Rows],
    gone: Sequence[str],
    left: dict[str, bytes],
    state: str,
    marks: str,
) -> None:
    folder = lab.dataset("tiny").path
    for name in gone:
        (folder / name).rename(folder / f".{name}.away")
    standin.fill(lab.scratch, left)
    row = status()["tiny"]
    assert row["state"] == state
    assert steps(row).startswith(marks)


def test_what_read_older_bytes_is_behind(lab: Registry, status: Callable[..., Rows]) -> None:
    standin.fill(lab.dataset("tiny").path, {"cases.csv": b"case\nnew\n"})
    address = outs.address(lab, "tiny", "check")
    dvc.record(lab, [address])
    rows = status()
    assert steps(rows["open_set"]) == "dbn"
    assert rows["open_set"]["notes"] == ["changed since: medreg curate open_set"]
    assert steps(rows["tiny"]) == "ddddnn"
    standin.fill(lab.dataset("tiny").path, {"raw/scans.zip": b"other"})
    dvc.record(lab, [outs.address(lab, "tiny", "fetch")])
    assert status()["tiny"]["notes"] == ["changed since: medreg convert tiny"]


def test_a_release_that_is_not_what_lies_here(lab: Registry, status: Callable[..., Rows]) -> None:
    release(lab, "tiny", "1.0.0", ["local"])
    assert steps(status()["tiny"]) == "ddddnd"
    (lab.dataset("tiny").path / "manifest.csv").write_bytes(b"path,size\n")
    row = status()["tiny"]
    assert (steps(row), row["state"]) == ("ddddnb", "released v1.0.0")
    assert row["notes"] == ["differs from v1.0.0: medreg diff tiny"]


def test_bytes_by_tier(lab: Registry, status: Callable[..., Rows], tmp_path: Path) -> None:
    """Folders are looked at; a cloud is believed at an audited release; else nobody knows."""
    weight = sum(out.size for out in outs.recorded(lab, "tiny") if out.cached)
    secret = sum(out.size for out in outs.recorded(lab, "secret") if out.cached)
    text = (lab.root / ".dvc/config").read_text()
    (lab.root / ".dvc/config").write_text(f"{text}['remote \"cloud\"']\n    url = s3://lab/tier\n")
    rows = status()
    assert list(rows["tiny"]["tiers"]) == ["local", "cloud", "restricted"]
    assert (rows["tiny"]["bytes"], rows["tiny"]["here"]) == (weight, weight)
    assert rows["tiny"]["tiers"]["local"] == {"held": 0, "of": weight, "known": "now"}
    assert rows["tiny"]["tiers"]["cloud"] == {"held": None, "of": weight, "known": ""}
    assert rows["tiny"]["tiers"]["restricted"]["of"] == 0
    assert rows["secret"]["tiers"]["restricted"] == {"held": 0, "of": secret, "known": "now"}
    assert rows["secret"]["tiers"]["cloud"]["of"] == rows["secret"]["tiers"]["local"]["of"] == 0
    push(lab, "tiny", "secret")
    release(lab, "tiny", "1.0.0", ["cloud"])
    rows = status()
    assert rows["tiny"]["tiers"]["local"]["held"] == weight
    assert rows["tiny"]["tiers"]["cloud"]["held"] == weight
    assert rows["tiny"]["tiers"]["cloud"]["known"].startswith("v1.0.0, 20")
    assert rows["secret"]["tiers"]["restricted"]["held"] == secret
    (raw,) = outs.recorded(lab, "tiny", stage="fetch")[:1]
    hollow = tmp_path / "lab-store/files/md5" / raw.md5[:2] / raw.md5[2:]
    hollow.unlink()
    assert status()["tiny"]["tiers"]["local"]["held"] == weight - raw.size


def test_tiers_are_asked_on_demand(
    lab: Registry, status: Callable[..., Rows], tmp_path: Path
) -> None:
    """A list that lies there without its files is seen when the tier is asked."""
    push(lab, "tiny")
    converted = next(o for o in outs.recorded(lab, "tiny") if o.path.endswith("/converted"))
    for file in sorted((tmp_path / "lab-store/files/md5").rglob("*")):
        if file.is_file() and not file.name.endswith(".dir"):
            file.unlink()
    weight = sum(out.size for out in outs.recorded(lab, "tiny") if out.cached)
    assert status()["tiny"]["tiers"]["local"]["held"] == weight
    told = status("--remote")["tiny"]["tiers"]["local"]
    assert (told["known"], told["of"]) == ("asked", weight)
    assert told["held"] <= weight - converted.size


@pytest.mark.parametrize("width", [50, 75, 80, 100, 160])
def test_it_fits_the_terminal(
    lab: Registry,
    status: Callable[..., Rows],
    width: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release(lab, "open_set", "1.0.0", ["local"])
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["status"]) == 0
    told = capsys.readouterr()
    assert max(map(len, (told.out + told.err).splitlines())) <= width
    for word in ("tiny", "mixed_set", "released v1.0.0", "●●●●○○"):
        assert word in told.out
    assert "2 datasets, 2 sets" in told.err


def test_a_damaged_record_hides_nothing_else(lab: Registry, status: Callable[..., Rows]) -> None:
    (lab.dataset("tiny").path / "dvc.lock").write_text("{")
    (lab.dataset("secret").path / "card.json").write_text("[")
    rows = status()
    assert "dvc.lock is not valid YAML" in rows["tiny"]["notes"][0]
    assert rows["secret"]["state"] == "checked"
