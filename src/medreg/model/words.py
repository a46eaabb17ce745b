"""What a dataset's publisher says: modalities, and claims with their source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

IGNORED = "ignored"  # a raw value that says "nobody judged this voxel", in `Dataset.labels`
ANY = "any value"  # in `Dataset.labels`: every value from 1 up, as where a mask counts instances
LONE = "image"  # the channel of a layout that was given one pattern, until `Dataset.find` names it


class Modality(StrEnum):
    """DICOM's defined terms for Modality (PS3.3 section C.7.3.1.1.1)."""

    CT = "CT"
    MR = "MR"
    PT = "PT"
    US = "US"  # ultrasound
    DX = "DX"  # digital radiography
    CR = "CR"  # computed radiography
    MG = "MG"  # mammography
    SM = "SM"  # slide microscopy
    OP = "OP"  # ophthalmic photography: fundus
    OPT = "OPT"  # ophthalmic tomography: OCT
    DMS = "DMS"  # dermoscopy
    XC = "XC"  # external-camera photography


CT, MR, PT = Modality.CT, Modality.MR, Modality.PT

Rank = Literal["publisher", "archive", "paper", "third party"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's statement: *value* (an SPDX id, say), where it was read and when.

    *rank* orders contradicting claims: publisher, then archive record, then paper, then third
    party. *covers* says of what it speaks: ``"all"``, ``"images"`` or ``"masks"``.
    """

    value: str
    source: str
    date: str = ""
    rank: Rank = "third party"
    covers: Literal["all", "images", "masks"] = "all"


def channel_name(modality: Modality) -> str:
    """Return the channel name of a lone image: ``ct``, ``mr`` or ``pet``."""
    return "pet" if modality is PT else modality.lower()
