"""Fetching bundled datasets the way their publishers tell people to."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medreg import Box, Parts, api
from tests.sources.test_part import Registry, medreg
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from tests.sources.lab import Lab
    from tests.sources.website import Server

__all__ = ["medreg", "no_logins"]
pytestmark = pytest.mark.usefixtures("no_logins", "known_to_git")


AIMI = (
    *("Open https", "Request access", "accept the agreement", "Wait for the approval"),
    *("copy the address", "azcopy copy", "--from FOLDER"),
)


def test_registration_is_told_step_by_step(medreg: Registry) -> None:
    """F031: visit, request, agree, wait, link, download, in this order."""
    code, out, err = medreg("fetch", "stanford_aimi")
    assert (code, out) == (4, "")
    assert all(step in err for step in AIMI)
    assert [err.find(step) for step in AIMI] == sorted(err.find(step) for step in AIMI)
    assert not (medreg.root / "registry" / "datasets" / "stanford_aimi" / "files.csv").exists()


@pytest.mark.parametrize(
    ("name", "gate"),
    [
        ("coca", "agreement, https"),
        ("stanford_aimi", "agreement, https"),
        ("lidc_idri", ""),
        ("mosmeddata", ""),
    ],
)
def test_a_plan_tells_who_must_register(medreg: Registry, name: str, gate: str) -> None:
    """F048: chest CT with and without registration."""
    plan = medreg.data("fetch", name, "--dry-run")[name]
    assert plan["gate"].startswith(gate)
    assert bool(plan["gate"]) == bool(gate)


def test_the_links_of_a_publishers_script_come_as_a_batch(lab: Lab, server: Server) -> None:
    """F046: NIH's batch_download_zips.py."""
    source = api.open_lab_or_bundled(lab.root).plugins.get("nih_chestxray14").dataset.source
    assert isinstance(source, Parts)
    assert isinstance(source.images, Box)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("images/00000001_000.png"))
    for link in source.images.files.values():
        server.put(f"shared/{link.partition('/shared/')[2]}", packed.getvalue())
    names = [f"images_{number:03}.tar.gz" for number in range(1, 13)]
    found = lab.outcomes(replace(source.images, base_url=server.url))
    assert found == dict.fromkeys(names, "fetched")
    assert len({asked for asked, _ in server.requests}) == len(names)
