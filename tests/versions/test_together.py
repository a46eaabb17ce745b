"""Many datasets and sets pulled at once, and releases that read no file twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg.errors import Misuse
from medreg.versions import proved
from medreg.versions.push import push_all
from medreg.versions.release import release
from medreg.versions.together import pull_all
from medreg.versions.verify import manifest
from tests.versions.standin import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.registry import Registry


def test_many_come_at_once_and_dvc_finds_nothing_to_do(
    lab: Registry, clone: Callable[[Registry], Registry]
) -> None:
    push_all(lab, ["tiny", "open_set"])
    theirs = clone(lab)
    came = pull_all(theirs, ["tiny", "open_set"])
    assert came == {"tiny": 6, "open_set": 4}
    said = run("dvc", "status", "registry/sets/open_set/dvc.yaml:write", cwd=theirs.root)
    assert "deleted" not in said
    assert "modified" not in said
    file = theirs.set("open_set").path / "data" / "dataset.json"
    file.chmod(0o644)
    file.unlink()
    assert pull_all(theirs, ["tiny", "open_set"]) == came


def test_a_release_reads_again_what_was_touched(lab: Registry) -> None:
    folder = lab.set("open_set").path
    rows = manifest(folder / "manifest.csv")
    proved.written(lab, "open_set")
    assert proved.unchanged(lab, "open_set", folder, rows) == {row.path for row in rows}
    file = folder / rows[0].path
    file.chmod(0o644)
    file.write_bytes(bytes(file.stat().st_size))
    assert rows[0].path not in proved.unchanged(lab, "open_set", folder, rows)
    with pytest.raises(Misuse, match="changed since write"):
        release(lab, "open_set", "1.0.0")


@pytest.mark.parametrize("boot", ["the next start", None])
def test_after_a_restart_every_file_is_read_again(
    lab: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot: str | None
) -> None:
    """A power failure can leave the old size and times over bytes that never reached the disk."""
    told = tmp_path / "boot_id"
    told.write_text("this start")
    monkeypatch.setattr(proved, "BOOT", told)
    folder = lab.set("open_set").path
    rows = manifest(folder / "manifest.csv")
    proved.written(lab, "open_set")
    assert proved.unchanged(lab, "open_set", folder, rows) == {row.path for row in rows}
    if boot:
        told.write_text(boot)
    else:
        told.unlink()
    assert not proved.unchanged(lab, "open_set", folder, rows)
    assert release(lab, "open_set", "1.0.0").changed
