"""What a header calls its patient and their doctors: words that must appear nowhere afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import DataElement, Dataset

# besides every PN: attributes whose values lead to one person
NUMBERS = frozenset({
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "ServiceEpisodeID"),
    *("MedicalRecordLocator", "PatientBirthDate", "PatientTelephoneNumbers", "StudyID"),
    *("InsurancePlanIdentification", "FillerOrderNumberImagingServiceRequest"),
    *("PlacerOrderNumberImagingServiceRequest", "RequestedProcedureID"),
    *("PerformedProcedureStepID", "ScheduledProcedureStepID", "PatientAddress"),
    *("InstitutionName", "InstitutionAddress"),
})  # fmt: skip
SHORTEST = 3  # letters of a name that are looked for; initials are everywhere
SHORTEST_NUMBER = 4
_BETWEEN = re.compile(r"[\s^=\\,;]+")
_NOBODY = frozenset({"ANON", "ANONYMOUS", "ANONYMIZED", "NONE", "UNKNOWN", "REMOVED", "PATIENT"})


def patient(dataset: Dataset) -> str:
    """Return what tells one patient from another: the id, or name and birth date without one.

    Who issued an id does not count: masks made elsewhere lose it, and must stay with their scan.
    """
    told = _text(dataset, "PatientID")
    if not told:
        named = [_text(dataset, name) for name in ("PatientName", "PatientBirthDate")]
        told = " | ".join(named) if named[0] else _text(dataset, "StudyInstanceUID")
    return told


def spoken(dataset: Dataset) -> re.Pattern[str] | None:
    """Return a pattern of every name and number in *dataset*, nested ones included."""
    words: set[str] = set()
    for element in _all(dataset):
        if element.VR == "PN":
            words.update(_words(_BETWEEN.split(str(element.value)), SHORTEST))
        elif element.keyword in NUMBERS:
            values = element.value if element.VM > 1 else [element.value]
            words.update(_words([str(value).strip() for value in values], SHORTEST_NUMBER))
    if not words:
        return None
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(_whole(word) for word in longest), re.IGNORECASE)


def _whole(word: str) -> str:
    """Match *word* where it is not part of another: a name within a longer word is chance."""
    escaped = re.escape(word)
    return escaped if any(c.isdigit() for c in word) else rf"(?<![^\W\d_]){escaped}(?![^\W\d_])"


def _words(parts: list[str], shortest: int) -> Iterator[str]:
    for part in parts:
        bare = part.strip("\0 .")
        if len(bare) >= shortest and bare.upper() not in _NOBODY:
            yield bare


def _all(dataset: Dataset) -> Iterator[DataElement]:
    for element in dataset:
        yield element
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _all(item)


def _text(dataset: Dataset, name: str) -> str:
    value: Any = dataset.get(name)
    return "" if value is None else str(value).strip("\0 ")
