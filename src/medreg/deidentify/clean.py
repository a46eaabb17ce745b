"""One header, by the profile: whatever is not known to be harmless is removed, at every depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.deidentify import values, words
from medreg.deidentify.identity import patient, spoken
from medreg.deidentify.sign import keep_scales, sign
from medreg.deidentify.table import rules

if TYPE_CHECKING:
    import re

    from pydicom import DataElement, Dataset

    from medreg.deidentify.mapping import Mapping
    from medreg.deidentify.sign import Profile
    from medreg.deidentify.table import Rule

STANDARD_UID = "1.2.840.10008."  # of the standard itself: SOP classes, transfer syntaxes
FIRST = 0x0008  # group of a data set; those before it are of messages, file heads, directories
DRAWN = (0x5000, 0x6000)  # curves and overlays: pictures of anything
PERSONAL = (0x0010, 0x0032, 0x0038, 0x4008)  # groups of patient, visit, request and report
ISSUERS = (  # institutions behind numbers that the table does list
    *("IssuerOfAccessionNumberSequence", "OrderPlacerIdentifierSequence"),
    *("OrderFillerIdentifierSequence", "AssigningFacilitySequence"),
)
SWEPT = ("LO", "SH", "LT", "ST", "UT", "UC", "AE", "UR")  # text that the profile lets pass
KEPT = ("PatientWeight", "PatientSize")  # what uptake needs of a patient; and the sex
ZONE = "TimezoneOffsetFromUTC"
DEEPEST = 32  # sequences within sequences


def cleaned(dataset: Dataset, mapping: Mapping, options: Profile) -> Dataset:
    """Return *dataset* without what could tell who it is; the pixels are not touched.

    Its UIDs, patient id and dates are those of *mapping*. Curves, overlays, private elements but
    the scale factors of PET, and elements that the standard does not know are gone.
    """
    who = patient(dataset)
    cleaner = _Cleaner(
        mapping=mapping,
        options=options,
        days=mapping.days(who),
        names=spoken(dataset),
        rules=rules(),
    )
    made = cleaner.dataset(dataset, 0)
    if options.characteristics and dataset.get("Modality") == "PT":
        keep_scales(dataset, made, mapping.days(who) if options.dates == "shift" else None)
    made.PatientName = made.PatientID = mapping.pseudonym(who)
    sign(dataset, made, options)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cleaner:
    mapping: Mapping
    options: Profile
    days: int
    names: re.Pattern[str] | None
    rules: Any

    def dataset(self, dataset: Dataset, depth: int) -> Dataset:
        from pydicom import Dataset

        made = Dataset()
        for element in dataset if depth <= DEEPEST else ():
            kept = self._element(element, depth)
            if kept is not None:
                made.add(kept)
        return made

    def _element(self, element: DataElement, depth: int) -> DataElement | None:
        from pydicom.datadict import dictionary_has_tag

        tag = element.tag
        if tag.is_private or tag.group & 0xFF00 in DRAWN or tag.element == 0 or tag.group < FIRST:
            return None
        if not dictionary_has_tag(tag) or not _is_as_listed(element):
            return None
        if rule := self.rules.get(int(tag)):
            return self._listed(element, rule, depth)
        if tag.group in PERSONAL or element.keyword in ISSUERS:
            return None
        return self._unlisted(element, depth)

    # --- what the table does not list ---

    def _unlisted(self, element: DataElement, depth: int) -> DataElement | None:
        vr = _vr(element)
        if vr == "SQ":
            return self._entered(element, depth)
        if vr == "PN":
            return _new(element, "")
        if vr in values.DATES:
            return self._date(element)
        if vr == "UI":
            return self._uid(element)
        if vr in SWEPT:
            return self._text(element)
        return element

    def _text(self, element: DataElement) -> DataElement | None:
        """Return text unless it names somebody, or is of a kind that is no longer listed."""
        from pydicom.datadict import dictionary_is_retired

        if dictionary_is_retired(element.tag):
            return None
        return _new(element, "") if self._names_somebody(element) else element

    def _names_somebody(self, element: DataElement) -> bool:
        return bool(self.names and self.names.search(str(element.value)))

    def _entered(self, element: DataElement, depth: int) -> DataElement:
        from pydicom.sequence import Sequence

        items = [self.dataset(item, depth + 1) for item in element.value or ()]
        return _new(element, Sequence(items), "SQ")

    def _uid(self, element: DataElement) -> DataElement:
        """Replace every UID but those of the standard itself."""
        many = element.value if element.VM > 1 else [element.value]
        old = [str(uid).strip("\0 ") for uid in many if uid]
        new = [uid if _is_standard(uid) else self.mapping.uid(uid) for uid in old]
        return _new(element, new if len(new) > 1 else "".join(new), "UI")

    def _date(self, element: DataElement) -> DataElement:
        if self.options.dates == "remove":
            return _new(element, "")
        return _new(element, values.shifted(_vr(element), element.value, self.days))

    # --- what it lists ---

    def _listed(self, element: DataElement, rule: Rule, depth: int) -> DataElement | None:
        softened = self._softened(element, rule)
        if softened is not None and (softened.value or rule.action == "empty"):
            return softened
        match rule.action:
            case "empty":
                return _new(element, [] if _vr(element) == "SQ" else "")
            case "uid":
                return self._uid(element)
            case "dummy":
                return _new(element, values.dummy(_vr(element)))
            case "enter" if element.VR == "SQ":
                return self._entered(element, depth)
        return None

    def _softened(self, element: DataElement, rule: Rule) -> DataElement | None:
        """Return what the options keep of *element*, or None where the profile decides."""
        options, vr = self.options, _vr(element)
        if rule.is_date and options.dates == "shift":
            if vr in values.DATES:
                return self._date(element)
            if element.keyword == ZONE:
                return _new(element, values.zone(element.value))
        if rule.is_characteristic and options.characteristics:
            if element.keyword in KEPT:
                return _new(element, values.number(element.value))
            if element.keyword == "PatientSex":
                return _new(element, values.sex(element.value))
        if rule.is_descriptor and options.descriptors and vr in SWEPT:
            return self._description(element)
        return None

    def _description(self, element: DataElement) -> DataElement:
        text = str(element.value if element.VM <= 1 else " ".join(map(str, element.value)))
        return _new(element, words.cleaned(self.names.sub(" ", text) if self.names else text))


def _is_as_listed(element: DataElement) -> bool:
    """Tell whether a sequence is one by the standard too, and whether any type is known at all."""
    return element.VR != "UN" and (element.VR == "SQ") == (_vr(element) == "SQ")


def _is_standard(uid: str) -> bool:
    from pydicom.uid import UID

    return uid.startswith(STANDARD_UID) and UID(uid).name != uid


def _vr(element: DataElement) -> str:
    """Return the value representation that the standard gives *element*, whatever its file says."""
    from pydicom.datadict import dictionary_VR

    return dictionary_VR(element.tag).split(" or ")[0]


def _new(element: DataElement, value: Any, vr: str = "") -> DataElement:
    from pydicom import DataElement

    return DataElement(element.tag, vr or _vr(element), value)
