"""What the index's words mean here: licenses, regions, modalities, addresses."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medreg.model.about import Region

FLAT = ("CR", "DX", "MG", "OP", "US", "XA", "RF", "XC", "SM", "OT")  # images, not volumes
DRAWN = ("SEG", "RTSTRUCT")  # masks
ABOUT = ("ANN", "FUSION", "KO", "M3D", "PR", "REG", "RTDOSE", "RTPLAN", "RWV", "SR", *DRAWN)
# what is said of images, none itself

_SPDX = {
    "National Library of Medicine Terms and Conditions; May 21, 2019": (
        "LicenseRef-NLM-Terms-2019-05-21"
    )
}
_REGIONS: dict[Region, str] = {
    "whole body": "wholebody whole",
    "head": "brain head skull iac",
    "eye": "intraocular",
    "neck": "neck thyroid larynx oral lip",
    "chest": "chest lung mediastinum thorax thymus esophagus mesothelium neckchestabdomen "
    "neckchestabdpelv chestabdomen chestabdpelvis",
    "breast": "breast",
    "heart": "heart",
    "spine": "spine cspine tspine lspine tlspine",
    "abdomen": "abdomen liver kidney adrenal pancreas stomach colon bile intestine gallbladder "
    "retroperitoneum abdomenpelvis chestabdomen chestabdpelvis neckchestabdomen neckchestabdpelv",
    "pelvis": "pelvis prostate bladder uterus uterine cervix ovary rectum testicles vagina anus "
    "bonypelvis abdomenpelvis chestabdpelvis neckchestabdpelv myometrium hip",
    "arm": "arm shoulder elbow",
    "leg": "leg thigh calf knee femur lowerlimb extremities extremity",
    "skin": "skin",
}


def spdx(short_name: str) -> str:
    """Return a license's SPDX id, or a reference where it has none.

    >>> spdx("CC BY-NC 4.0"), spdx("Our own terms")
    ('CC-BY-NC-4.0', 'LicenseRef-Our-own-terms')
    """
    if re.fullmatch(r"CC BY(-[A-Z]{2})* \d\.\d", short_name):
        return short_name.replace(" ", "-")
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", short_name).strip("-")
    return _SPDX.get(short_name, f"LicenseRef-{slug or 'unknown'}")


def regions(told: Iterable[str]) -> tuple[Region, ...]:
    """Return the regions that places in a body lie in, in the order of the list of regions.

    >>> regions(["Head-Neck, Phantom", "CHESTABDPELVIS"])
    ('head', 'neck', 'chest', 'abdomen', 'pelvis')
    """
    text = " ".join(told).lower()
    words = {*re.findall(r"[a-z]+", text)}
    return tuple(region for region, known in _REGIONS.items() if words & {*known.split()})


def plain(text: str | None) -> str:
    """Return *text* without markup, on one line.

    >>> plain("<i>Data</i>  of R&amp;D")
    'Data of R&D'
    """
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text or "")).split())


def viewer(study: str, modality: str) -> str:
    """Return the address at which IDC shows a study in the browser."""
    base = "https://viewer.imaging.datacommons.cancer.gov"
    if modality == "SM":
        return f"{base}/slim/studies/{study}"
    return f"{base}/v3/viewer/?StudyInstanceUIDs={study}"


def folder(address: str) -> str:
    """Return the S3 address of a series as a folder.

    >>> folder("s3://idc-open-data/085e/*")
    's3://idc-open-data/085e/'
    """
    return address.removesuffix("*")
