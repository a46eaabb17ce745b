"""A converted case, and the questions that are asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model.datasets import Dataset
    from medreg.volume import Volume


class Severity(StrEnum):
    """How bad a finding is: a failing case enters no set unless a recipe says so."""

    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know of one case: which *check* found it, and the value."""

    check: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """A row of ``tissues.csv``: what *label* looks like in CT, and what its mask may look like.

    *low* and *high* are what its median may be, in HU. A mask has at most *pieces* parts (0: any
    number), no holes where it is *solid*, and *least* milliliters in a scan that shows all of it.
    """

    label: str
    low: int
    high: int
    typical: str
    pieces: int
    solid: bool
    least: float
    appearance: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One case as it lies in ``converted/``, read back: what a check looks at.

    *tissues* tells of its labels what is known; *wholes* what each of them is part of.
    """

    dataset: Dataset
    case: str
    images: Mapping[str, Volume]
    mask: Volume | None
    grid: str
    annotated: frozenset[str]
    raw: Mapping[str, str] = field(default_factory=dict)  # the file behind each channel, "mask"
    patient: str = ""  # empty when unknown
    members: tuple[str, ...] = ()  # every raw file that it was made of
    notes: tuple[str, ...] = ()  # what its sidecar says was corrected
    headers: tuple[Finding, ...] = ()  # what its raw DICOM headers tell about a person
    tissues: Mapping[str, Tissue] = field(default_factory=dict)
    wholes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def mask_file(self) -> str:
        """The raw file that the mask was read from, as a person would look for it."""
        return self.raw.get("mask", "its mask")


@runtime_checkable
class Check(Protocol):
    """One question, asked of every converted case."""

    name: str

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Yield what is wrong with *case*; nothing when it is right."""
