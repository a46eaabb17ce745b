"""A disk that is really full, and one that really cannot be written: exit 7, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg import api

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal, Typed

PLUGIN = '''\
"""Noise, which no compressor makes small."""

from medreg import CT, Claim, Dataset, Local, Pairs, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="noise",
        title="Noise",
        homepage="https://example.org",
        licenses=(Claim("CC0-1.0", source="made here", rank="publisher"),),
        cite=(),
        modality=CT,
        source=Local("../scans"),
        layout=Pairs(image="**/volume-{case}.nii.gz", label="**/segmentation-{case}.nii.gz"),
        labels={1: "liver"},
        patients="each case",
    )
'''
Remount = Callable[[str], None]


@pytest.fixture
def remount(tmp_path: Path) -> Iterator[Remount]:
    """Give ``disk/`` a small file system of its own, and a way to change its options."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options: str) -> int:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        return subprocess.run(words, capture_output=True, check=False).returncode

    if os.geteuid() != 0 or shutil.which("mount") is None or mount("size=64m") != 0:
        pytest.skip("only root can mount a file system to fill: run as root to test this")
    yield (
        lambda options: (
            subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True) and None
        )
    )
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def lab(
    tmp_path: Path, remount: Remount, medreg: Terminal, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A registry on the small disk, with four fetched cases of half a megabyte each."""
    scans, root = tmp_path / "disk/scans", tmp_path / "disk/lab"
    scans.mkdir()
    random = np.random.default_rng(7)
    for case in range(4):
        image = random.integers(-1000, 1000, (64, 64, 64)).astype(np.int16)
        mask = (image > 0).astype(np.uint8)
        for name, array in (("volume", image), ("segmentation", mask)):
            file = nibabel.Nifti1Image(array, np.diag([1.0, 1.0, 1.0, 1.0]))
            nibabel.save(file, scans / f"{name}-{case}.nii.gz")
    api.init(root)
    (root / "plugins/noise.py").write_text(PLUGIN)
    (root / "pyproject.toml").write_text('[tool.medreg]\nengine = "inline"\n')
    monkeypatch.chdir(root)
    assert medreg("fetch", "noise").code == 0
    return root


def test_a_full_disk_is_said_and_the_next_run_goes_on(
    lab: Path, medreg: Terminal, remount: Remount
) -> None:
    used = shutil.disk_usage(lab).used
    remount(f"size={used + 600_000}")
    full: Typed = medreg("convert", "noise")
    assert full.code == 7
    assert "space" in full.err or "full" in full.err
    assert "Traceback" not in full.err
    remount("size=64m")
    again = medreg("convert", "noise", "--json")
    assert again.code == 0, again.err
    outcomes = {a["item"]: a["outcome"] for a in again.data[0]["answers"]}
    assert sorted(outcomes) == ["volume-0", "volume-1", "volume-2", "volume-3"]
    assert "kept" in outcomes.values(), "what was converted before the disk was full stands"
    assert not [path for path in lab.rglob("*.part") if path.is_file()]


def test_a_read_only_disk_is_said(lab: Path, medreg: Terminal, remount: Remount) -> None:
    for words in ("fetch noise", "convert noise", "accept noise --yes"):
        remount("ro")
        typed = medreg(*words.split())
        remount("rw")
        assert typed.code == 7, typed.err
        assert f"no permission for {lab}" in typed.err
        assert f"hint: look at: findmnt -T {lab}" in typed.err
        assert "Errno" not in typed.err
        assert medreg(*words.split()).code == 0
