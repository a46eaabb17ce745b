"""Which options were chosen, what they keep of a PET, and what the new header says of it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from medreg.deidentify import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

PHILIPS = (0x7053, "Philips PET Private Group", (0x00, 0x09))
GE = (0x0009, "GEMS_PETD_01", (0x0D,))
DEFACED = ("113102", "Clean Recognizable Visual Features Option")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How the profile is softened.

    *dates* ``"shift"`` keeps the time between events: all dates of a patient move by one number
    of days. *characteristics* keeps weight, size and sex, and the private scale factors of PET.
    *descriptors* keeps the harmless words of descriptions.
    """

    dates: Literal["shift", "remove"] = "shift"
    characteristics: bool = True
    descriptors: bool = False

    def codes(self) -> list[tuple[str, str]]:
        """Return the codes of what was done (PS3.16 CID 7050)."""
        said = [("113100", "Basic Application Confidentiality Profile")]
        if self.descriptors:
            said.append(("113105", "Clean Descriptors Option"))
        if self.dates == "shift":
            option = "Retain Longitudinal Temporal Information Modified Dates Option"
            said.append(("113107", option))
        if self.characteristics:
            said.append(("113108", "Retain Patient Characteristics Option"))
            said.append(("113111", "Retain Safe Private Option"))
        return said


def keep_scales(dataset: Dataset, made: Dataset, days: int | None) -> None:
    """Copy the private numbers of a PET without which its uptake cannot be computed.

    *days* is how far dates move; None keeps none.
    """
    for block, element, value in _private(dataset, PHILIPS):
        if number := values.number(value):
            _add(made, block, element, "DS", number)
    for block, element, value in _private(dataset, GE) if days is not None else ():
        if moved := values.shifted("DT", value, days or 0):
            _add(made, block, element, "DT", moved)


_Block = tuple[int, str]


def _private(
    dataset: Dataset, wanted: tuple[int, str, tuple[int, ...]]
) -> Iterator[tuple[_Block, int, Any]]:
    group, creator, elements = wanted
    for element in elements:
        try:
            value = dataset.private_block(group, creator)[element].value
        except KeyError:
            continue
        text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
        yield (group, creator), element, text


def _add(made: Dataset, block: _Block, element: int, vr: str, value: Any) -> None:
    made.private_block(*block, create=True).add_new(element, vr, value)


def sign(dataset: Dataset, made: Dataset, options: Profile) -> None:
    """Say in *made* what was done; evidence in *dataset* that others defaced it stays."""
    from pydicom import Dataset
    from pydicom.sequence import Sequence

    codes = dict(options.codes())
    before: Any = dataset.get("DeidentificationMethodCodeSequence") or []
    if any(str(code.get("CodeValue")) == DEFACED[0] for code in before):
        codes |= dict([DEFACED])
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = "PS3.15 Annex E by medreg"
    items = []
    for value, meaning in sorted(codes.items()):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
        items.append(item)
    made.DeidentificationMethodCodeSequence = Sequence(items)
    made.LongitudinalTemporalInformationModified = (
        "MODIFIED" if options.dates == "shift" else "REMOVED"
    )
