"""What the frames of an enhanced PET say that decides their uptake (PS3.3 A.56, C.8.22).

The dose stands in the file; the time that voxels are decay corrected to is stated outright
(DecayCorrectionDateTime), so that nothing is guessed. Where DecayCorrected is NO, each frame is
corrected from its own time and duration.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.headers import class_name
from medreg.imaging.suv import facts
from medreg.imaging.suv.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

    from medreg.imaging.suv.facts import Slice

ENHANCED = "1.2.840.10008.5.1.4.1.1.130"
UCUM = {"Bq/ml": "BQML", "{SUVbw}g/ml": "GML", "g/ml{SUVbw}": "GML"}  # CID 84 and 85
CORRECTED = {  # attribute of the file -> word of CorrectedImage
    "DecayCorrected": "DECY",
    "AttenuationCorrected": "ATTN",
    "ScatterCorrected": "SCAT",
    "RandomsCorrected": "RAN",
    "DeadTimeCorrected": "DTIM",
}
DECAY = {"YES": "START", "NO": "NONE"}


def frame_facts(dataset: Dataset, path: str) -> Iterator[Slice]:
    """Yield what each frame of the enhanced PET in *path* says.

    Raises `Refused` for a Legacy Converted one, whose frames keep what decides in the words of
    whoever converted it, and for one that does not say when its voxels refer to.
    """
    uid = str(dataset.get("SOPClassUID") or "")
    if uid != ENHANCED:
        raise Refused(f"{path}: SUV cannot be computed of {class_name(uid) or 'no stated class'}")
    said = facts.facts(_plain(dataset), path)
    zone = facts.text(dataset, "TimezoneOffsetFromUTC")
    decay = DECAY.get(facts.text(dataset, "DecayCorrected").upper(), "")
    moment = stamp(facts.text(dataset, "DecayCorrectionDateTime"), zone)
    if decay == "START" and moment is None:
        raise Refused(f"{path}: SUV cannot be computed: DecayCorrectionDateTime is not stated")
    corrected = frozenset(
        word for name, word in CORRECTED.items() if facts.text(dataset, name).upper() == "YES"
    )
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [{}])[0]
    for number, group in enumerate(dataset.get("PerFrameFunctionalGroupsSequence") or (), start=1):
        content: Any = _item("FrameContentSequence", group, shared)
        mapped: Any = _item("RealWorldValueMappingSequence", group, shared)
        unit: Any = (mapped.get("MeasurementUnitsCodeSequence") or [{}])[0]
        duration = facts.number(content.get("FrameAcquisitionDuration"))
        yield replace(
            said,
            path=f"{path} frame {number}",
            units=said.units or UCUM.get(facts.text(unit, "CodeValue"), ""),
            corrected=corrected,
            decay=decay,
            reference=moment if decay == "START" else None,
            acquired=stamp(facts.text(content, "FrameAcquisitionDateTime"), zone),
            duration=duration / 1000 if duration else None,
        )


def _plain(dataset: Dataset) -> Dataset:
    """Return *dataset* without its frames."""
    from pydicom import Dataset as Plain

    frames = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    kept = Plain()
    kept.update({e.tag: e for e in dataset if e.keyword not in frames})
    return kept


def _item(name: str, *groups: Any) -> Any:
    """Return the functional group called *name* of a frame, or of all."""
    return next((items[0] for group in groups if (items := group.get(name))), {})
