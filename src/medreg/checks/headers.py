"""What one header of each raw DICOM series tells about a person: attributes, never values.

Rules are those of readiness (`medreg.readiness.privacy`): what names a person or leads to one
fails. What it also fails but archives keep on purpose, such as an institution's name, is a
warning, unless the header says that identity was removed, and how.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom import Dataset

    from medreg.model import Tree
    from medreg.readiness.facts import Identifier

Told = tuple[Severity, str, str]  # how grave, what it holds, the attribute

HEAD = 132  # bytes that tell a DICOM file: preamble and "DICM" (PS3.10 section 7.1)
BEGINS = (b"\x08\x00", b"\x02\x00")  # groups 8 and 2 of a file without preamble
NAME = "a person's name"
KINDS = {
    "PatientBirthDate": "a birth date",
    "BurnedInAnnotation": "text burned into the pixels",
    "PatientAddress": "an address",
    "PersonAddress": "an address",
    "ReferringPhysicianAddress": "an address",
    "PatientTelephoneNumbers": "a phone number",
    "PersonTelephoneNumbers": "a phone number",
    "ReferringPhysicianTelephoneNumbers": "a phone number",
}
OTHER = "an identifier"
TEXT = {
    "a name": NAME,
    "a phone number": "a phone number",
    "an e-mail address": "an e-mail address",
}
NOBODY = frozenset({"phantom", "removed", "anonymized", "anonymous", "deidentified", "dummy"})
YEAR_ALONE = "0101"  # of a birth date whose month and day were taken away
IDS = ("PatientID", "OtherPatientIDs", "StudyID", "AccessionNumber")


def findings(tree: Tree, members: Iterable[str]) -> tuple[Finding, ...]:
    """Return what the first header of each folder of *members* tells: files of any kind.

    A file that cannot be read tells nothing here: reading its voxels refuses it by name.
    """
    named: dict[tuple[Severity, str], set[str]] = {}
    for path in _firsts(members):
        for severity, kind, attribute in _of_file(tree, path):
            named.setdefault((severity, kind), set()).add(attribute)
    return tuple(
        Finding("privacy", severity, f"a raw header holds {kind}: {', '.join(sorted(attributes))}")
        for (severity, kind), attributes in sorted(named.items())
    )


def _firsts(members: Iterable[str]) -> list[str]:
    """Return the first file of each folder and ending: a series lies in a folder of its own."""
    firsts: dict[tuple[str, str], str] = {}
    for path in members:
        folder, _, name = path.rpartition("/")
        suffix = name.rpartition(".")[2].lower() if "." in name else ""
        firsts.setdefault((folder, "" if suffix.isdigit() else suffix), path)
    return list(firsts.values())


def _of_file(tree: Tree, path: str) -> tuple[Told, ...]:
    from medreg.imaging.dicom import read_dataset
    from medreg.imaging.guard import refusing

    with tree.open(path) as stream:
        head = stream.read(HEAD)
    if head[-4:] != b"DICM" and head[:2] not in BEGINS:
        return ()
    try:
        dataset = read_dataset(tree, path, pixels=False)
        with refusing(path, "a DICOM header"):
            return tuple(_of_header(dataset, path))
    except Refused:
        return ()


def _of_header(dataset: Dataset, path: str) -> Iterator[Told]:
    from medreg.checks.privacy import is_named
    from medreg.readiness.privacy import Walk
    from medreg.readiness.privacy_check import graded, is_done
    from medreg.readiness.verdict import Level

    walk = Walk()
    walk.look(dataset, path)
    evidence = walk.evidence
    for one in walk.identifiers:
        level, kind = graded(one, evidence), _kind(one)
        said = str(dataset.get(one.name) or "")  # empty in sequences, where nothing is excused
        if not kind or level is Level.PASS or (kind == NAME and _is_nobody(said)):
            continue
        if one.name == "PatientBirthDate" and said.endswith(YEAR_ALONE):
            level, kind = Level.WARN, "a birth year"
        if level is Level.FAIL and kind != OTHER:
            yield Severity.FAIL, kind, one.name
        elif not is_done(evidence):
            yield Severity.WARN, kind, one.name
    for name in IDS:
        if is_named(str(dataset.get(name) or "").replace("^", " ")):
            yield Severity.FAIL, NAME, name


def _is_nobody(name: str) -> bool:
    """Tell whether *name* says that nobody is named, or is made of ordinary words alone."""
    from medreg.deidentify.words import known

    words = re.findall(r"[^\W\d_]+", name.lower())
    return bool(words) and (not NOBODY.isdisjoint(words) or all(word in known() for word in words))


def _kind(one: Identifier) -> str:
    """Return what *one* holds; empty for what tells of a day, a machine or a procedure alone."""
    from pydicom.datadict import dictionary_VR
    from pydicom.tag import Tag

    from medreg.readiness.attributes import NAMING

    last = one.name.rpartition("/")[2]
    if kind := KINDS.get(last) or TEXT.get(one.shown):
        return kind
    try:
        person = dictionary_VR(Tag(last)) == "PN"
    except (KeyError, ValueError):  # private, or a sign that is no attribute
        return ""
    return NAME if person else OTHER if last in NAMING else ""
