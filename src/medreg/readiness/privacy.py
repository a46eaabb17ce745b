"""Which headers may tell who the patient is, walked through every sequence and private block.

`medreg.readiness.attributes` grades them: what names a person or leads to one fails; what is often
kept on purpose, or is free text, is a warning. Nothing found is printed but the first letter of a
name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from medreg.readiness.attributes import DATES, FREE_TEXT, NAMING, TRACES
from medreg.readiness.facts import Evidence, Identifier
from medreg.readiness.raw import LONGEST, get
from medreg.readiness.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import DataElement, Dataset

CAPTURED = ((0x0018, 0x1012), (0x0018, 0x1016), (0x0018, 0x1018), (0x0018, 0x1019))
SCREEN = ("SAVE", "SCREEN", "DOSE")
PICTURES = ("US", "SC", "XA", "ES", "GM")
HEADS = ("HEAD", "BRAIN", "SKULL", "FACE", "NECK", "SINUS")
NO_DATE = ("", "19000101", "00010101", "18000101")
OLDEST = 89  # years; higher ages identify (US 45 CFR 164.514(b)(2)(i)(C))
SAYS_MORE = {
    "a date": re.compile(r"(?<!\d)(?:(?:19|20)\d\d[-./]?[01]\d[-./]?[0-3]\d)(?!\d)"),
    "a phone number": re.compile(r"(?<!\d)\+?\d[\d ()/-]{8,}\d(?!\d)"),
    "a number of six digits or more": re.compile(r"(?<!\d)\d{6,}(?!\d)"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a name": re.compile(r"\b[^\W\d_]{2,}\^[^\W\d_]+"),
}
TEXTUAL = ("LO", "LT", "SH", "ST", "UT", "UC", "PN", "UN")
DRAWN = (0x5000, 0x6000)  # groups of curves and of overlays
PIXELS = 0x7FE0  # the group of pixel data
DEPTH = 16  # of sequences in sequences

Hit = tuple[Level, str, str]  # level, attribute, what may be shown


class Walk:
    """Collects what the headers of one series tell; equal elements are looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes, tuple[str, str]], tuple[Hit, ...]] = {}
        self._files: dict[Hit, list[str]] = {}
        self._removed: set[str] = set()
        self._codes: Counter[str] = Counter()
        self._methods = 0
        self._count = 0

    def look(self, dataset: Dataset, path: str) -> None:
        """Look at every element of *dataset*, the header of the file *path*."""
        patient = (_text(dataset, "PatientName"), _text(dataset, "PatientID"))
        hits = dict.fromkeys([*self._elements(dataset, patient), *_pictures(dataset, path)])
        for hit in hits:
            self._files.setdefault(hit, []).append(path)
        self._count += 1
        self._removed.add(_text(dataset, "PatientIdentityRemoved").upper())
        codes = {_text(item, "CodeValue") for item in _items(dataset)}
        self._codes.update(codes)
        self._methods += bool(codes or _text(dataset, "DeidentificationMethod"))

    def _elements(self, dataset: Dataset, patient: tuple[str, str]) -> Iterator[Hit]:
        for tag in dataset.keys():  # noqa: SIM118 - iterating a Dataset converts every element
            raw = dataset.get_item(tag)
            value = getattr(raw, "value", None)
            if tag.group == PIXELS:
                continue
            if not isinstance(value, bytes) or len(value) > LONGEST:
                yield from _element(dataset[tag], patient, ())
                continue
            key = (int(tag), value, patient)
            if key not in self._known:
                self._known[key] = tuple(_element(dataset[tag], patient, ()))
            yield from self._known[key]

    @property
    def evidence(self) -> Evidence:
        """What every file says was done about it."""
        return Evidence(
            removed=tuple(sorted(self._removed)),
            method=bool(self._count) and self._methods == self._count,
            codes=tuple(sorted(code for code, n in self._codes.items() if n == self._count)),
        )

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What was found, gravest first, then by attribute."""
        found = [Identifier(*hit, tuple(files)) for hit, files in self._files.items()]
        return tuple(sorted(found, key=_rank))


def _rank(one: Identifier) -> tuple[bool, int, str, str]:
    last = one.name.rpartition("/")[2]
    place = NAMING.index(last) if last in NAMING else len(NAMING)
    return one.level is not Level.FAIL, place, one.name, one.shown


def _items(dataset: Dataset) -> Any:
    return dataset.get("DeidentificationMethodCodeSequence") or []


def _element(
    element: DataElement, patient: tuple[str, str], above: tuple[str, ...]
) -> Iterator[Hit]:
    """Yield what one element tells; *above* are the sequences that it stands in."""
    name = element.keyword or _numbered(element)
    where = "/".join((*above, name))
    if element.VR == "SQ":
        yield from _items_of(element, where, patient, (*above, name))
        return
    text = _said(element)
    if not text:
        return
    if element.tag.is_private:
        yield from _private(element, where, text, patient)
    elif element.tag.group & 0xFF00 in DRAWN:
        yield Level.WARN, "overlays or curves", ""
    elif hit := _public(name, element.VR, text, patient):
        yield hit[0], where, hit[1]


def _items_of(
    element: DataElement, where: str, patient: tuple[str, str], above: tuple[str, ...]
) -> Iterator[Hit]:
    name = above[-1]
    items = [item for item in element.value or () if len(item)]
    if name in NAMING and items:
        yield from _sequence(name, where, element)
    elif name in TRACES and items:
        yield Level.WARN, where, ""
    if len(above) <= DEPTH:
        for item in items:
            for inner in item:
                yield from _element(inner, patient, above)


def _sequence(name: str, where: str, element: DataElement) -> Iterator[Hit]:
    """Fail a naming sequence that says something, unless all it says are codes and UIDs."""
    said = [inner for item in element.value for inner in item if inner.VR not in ("UI", "SQ")]
    if name != "RequestAttributesSequence" or any(_said(inner) for inner in said):
        yield Level.FAIL, where, ""


def _public(name: str, vr: str, text: str, patient: tuple[str, str]) -> tuple[Level, str] | None:
    if name == "BurnedInAnnotation":
        return (Level.FAIL, "YES") if text.upper() == "YES" else None
    if name in NAMING:
        return _naming(name, vr, text, patient)
    if vr == "PN":
        return None if _is_dummy(text, patient) else (Level.WARN, _initial(text))
    if shown := _trace(name, text):
        return Level.WARN, shown
    return None


def _trace(name: str, text: str) -> str:
    """Return what a public attribute gives away, if it leads to a day, a machine or a person."""
    if name in DATES:
        return "" if text[:8] in NO_DATE else "a date"
    if name in TRACES:
        return "is there"
    if name == "PatientAge":
        years = re.fullmatch(r"0*(\d+)Y", text)
        return "over 89 years" if years and int(years[1]) > OLDEST else ""
    told = [what for what, sign in SAYS_MORE.items() if sign.search(text)]
    return told[0] if told and name in FREE_TEXT else ""


def _naming(name: str, vr: str, text: str, patient: tuple[str, str]) -> tuple[Level, str] | None:
    if name == "PatientBirthDate":
        return None if text in NO_DATE else (Level.FAIL, "")
    if vr == "PN":
        if _is_dummy(text, patient):
            return None
        alone = "^" not in text and " " not in text
        return (Level.WARN if alone else Level.FAIL), _initial(text)
    if _is_blank(text):
        return None
    return Level.FAIL, ""


def _private(
    element: DataElement, where: str, text: str, patient: tuple[str, str]
) -> Iterator[Hit]:
    if element.tag.element <= 0xFF:  # noqa: PLR2004 - private creators name the block (PS3.5 7.8.1)
        return
    words = [word for word in re.split(r"[\^\s]+", patient[0]) if len(word) > 2]  # noqa: PLR2004 - initials
    own = not _is_dummy(patient[0], patient) and any(w.upper() in text.upper() for w in words)
    named = element.VR == "PN" and not _is_dummy(text, patient)
    if own or named or SAYS_MORE["a name"].search(text):
        yield Level.FAIL, where, "a name"
    elif element.VR in TEXTUAL and SAYS_MORE["an e-mail address"].search(text):
        yield Level.FAIL, where, "an e-mail address"
    else:
        yield Level.WARN, "private elements", ""


def _pictures(dataset: Dataset, path: str) -> Iterator[Hit]:
    """Yield signs that a name may be burned into the pixels (after CTP's rules), and faces."""
    words = " ".join((_text(dataset, "ImageType"), _text(dataset, "SeriesDescription"))).upper()
    signs = [sign for sign in SCREEN if re.search(rf"\b{sign}", words)]
    captured = any(tag in dataset for tag in CAPTURED)
    drawn = _text(dataset, "Modality") in PICTURES or "RGB" in _text(
        dataset, "PhotometricInterpretation"
    )
    if (signs or captured or drawn) and _text(dataset, "BurnedInAnnotation").upper() != "NO":
        yield Level.WARN, "text may be burned into pixels", ""
    codes = {_text(item, "CodeValue") for item in _items(dataset)}
    seen = _text(dataset, "RecognizableVisualFeatures").upper()
    body = _text(dataset, "BodyPartExamined").upper()
    modality = _text(dataset, "Modality") in ("CT", "MR", "PT")
    if modality and any(h in body for h in HEADS) and "113102" not in codes and seen != "NO":
        yield Level.WARN, "a face may be recognizable", ""
    name = _text(dataset, "PatientName")
    if not _is_dummy(name, (name, _text(dataset, "PatientID"))):
        parts = [part for part in re.split(r"[\^\s]+", name.upper()) if len(part) > 2]  # noqa: PLR2004 - initials
        if any(part in path.upper() for part in parts):
            yield Level.WARN, "the file's path holds the patient's name", ""


def _is_dummy(name: str, patient: tuple[str, str]) -> bool:
    """Tell whether a person's name names nobody."""
    bare = name.replace("^", " ").strip()
    one = " " not in bare
    return (
        not bare
        or bare.upper().startswith("ANON")
        or name == patient[1]
        or (one and any(letter.isdigit() for letter in bare))
        or _is_blank(bare)
    )


def _is_blank(text: str) -> bool:
    return text.upper().strip(" ^-_.*") in (
        "",
        "NONE",
        "NA",
        "N/A",
        "REMOVED",
        "UNKNOWN",
        "ANONYMIZED",
        "ANONYMOUS",
        "DEIDENTIFIED",
        "DE-IDENTIFIED",
    )


def _initial(text: str) -> str:
    return f'"{text.strip()[:1]}…"'


def _numbered(element: DataElement) -> str:
    return f"({element.tag.group:04x},{element.tag.element:04x})"


def _said(element: DataElement) -> str:
    value = element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\0 ")
    if isinstance(value, str):
        return value.strip()
    parts = value if hasattr(value, "__iter__") and not hasattr(value, "family_name") else [value]
    return "\\".join(str(part) for part in parts).strip()


def _text(dataset: Dataset, name: str) -> str:
    value = get(dataset, name)
    return "" if value is None else str(value).strip()
