"""Which datasets for a need, a clinical application, a level or a scenario (F018-F022).

Every answer is one or several filters over declared facts: what `medreg list` would be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.catalog.find import Facts, Filters, normal, select, sort
from medreg.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.catalog.entries import Entry

Kind = Literal["need", "application", "level", "scenario"]
SEGMENTED = ("segmentation",)


@dataclass(frozen=True, slots=True)
class Guide:
    """A question that people ask: *any* of the filters answers it."""

    name: str
    kind: Kind
    title: str
    any: tuple[Filters, ...]

    def commands(self) -> list[str]:
        """Return the commands that answer the same, one for each filter."""
        return [f"medreg list {filters.words()} --sort best" for filters in self.any]

    def answer(self, entries: Sequence[Entry], facts: Facts) -> list[Entry]:
        """Return the datasets that it asks for, by `find.BEST`; portals are left out."""
        found = {
            entry.name: entry
            for filters in self.any
            for entry in select(entries, filters, facts)
            if not entry.portal
        }
        return sort(found.values(), "best")


def _tagged(tag: str, *more: Filters) -> tuple[Filters, ...]:
    return (Filters(tag=(tag,)), *more)


def _region(region: str, *modality: str, annotated: tuple[str, ...] = ()) -> Filters:
    return Filters(region=(region,), modality=modality, annotated=annotated)


XRAY = ("CR", "DX")
GUIDES = (
    Guide("start", "need", "a first dataset to try things with", _tagged("start")),
    Guide("whole body", "need", "many organs at once",
          (_region("whole body", annotated=SEGMENTED),)),
    Guide("abdomen", "need", "abdominal organs and their tumors in CT and MR",
          (_region("abdomen", "CT", "MR", annotated=SEGMENTED),)),
    Guide("lung", "need", "lungs, nodules and airways in CT", (_region("chest", "CT"),)),
    Guide("cardiac", "need", "heart and vessels", (_region("heart"),)),
    Guide("cancer", "need", "tumors that are drawn",
          (Filters(tag=("oncology",), annotated=SEGMENTED),)),
    Guide("radiotherapy planning", "need", "organs at risk and targets",
          _tagged("radiotherapy planning")),
    Guide("body composition", "need", "muscle, fat and bone", _tagged("body composition")),
    Guide("foundation models", "need", "many scans, few labels",
          _tagged("foundation model")),
    Guide("clinical validation", "need", "scans to test on, never to train on",
          _tagged("external validation")),
    Guide("oncology", "application", "cancer", _tagged("oncology")),
    Guide("cardiology", "application", "the heart",
          _tagged("cardiology", _region("heart"))),
    Guide("pulmonology", "application", "the lungs",
          _tagged("pulmonology", _region("chest", "CT", *XRAY))),
    Guide("neurology", "application", "the brain",
          _tagged("neurology", _region("head", "CT", "MR"))),
    Guide("radiology", "application", "projection, CT, MR, ultrasound and PET",
          (Filters(modality=("CT", "MR", "PT", "US", *XRAY, "MG")),)),
    Guide("pathology", "application", "tissue under the microscope",
          _tagged("pathology", Filters(modality=("SM",)))),
    Guide("ophthalmology", "application", "the eye",
          _tagged("ophthalmology", _region("eye"))),
    Guide("emergency", "application", "bleeding, fractures, embolism", _tagged("emergency")),
    Guide("dermatology", "application", "the skin", _tagged("dermatology", _region("skin"))),
    Guide("musculoskeletal", "application", "bones, joints and muscles",
          _tagged("musculoskeletal", _region("spine"))),
    Guide("infection", "application", "infections", _tagged("infection")),
    Guide("level 1", "level", "beginner: open pictures, made to start with",
          (Filters(level=("1",)),)),
    Guide("level 2", "level", "intermediate: an open benchmark of volumes",
          (Filters(level=("2",), annotated=SEGMENTED),)),
    Guide("level 3", "level", "advanced: a gate, more than 100 GB, or ten labels and more",
          (Filters(level=("3",), annotated=SEGMENTED),)),
    Guide("chest ct", "scenario", "chest CT, with and without registration",
          (_region("chest", "CT"),)),
    Guide("001", "scenario", "X-ray of an arm", (_region("arm", *XRAY),)),
    Guide("002", "scenario", "histopathology", (Filters(modality=("SM",)),)),
    Guide("003", "scenario", "echocardiogram", (_region("heart", "US"),)),
    Guide("005", "scenario", "CT of the abdomen", (_region("abdomen", "CT"),)),
    Guide("008", "scenario", "ultrasound of the thyroid", (_region("neck", "US"),)),
    Guide("009", "scenario", "chest X-ray", (_region("chest", *XRAY),)),
    Guide("013", "scenario", "aortic stenosis in the echocardiogram", (_region("heart", "US"),)),
    Guide("018", "scenario", "appendicitis in abdominal CT", (_region("abdomen", "CT"),)),
    Guide("cancer dx", "scenario", "cancer in histopathology",
          (Filters(modality=("SM",), tag=("oncology",)),)),
)  # fmt: skip


def find_guide(name: str) -> Guide:
    """Return the guide called *name*; raises `NotFound` with the nearest one."""
    for guide in GUIDES:
        if normal(guide.name) == normal(name):
            return guide
    raise NotFound.named("guide", name, [guide.name for guide in GUIDES], hint="medreg guide")
