"""The fingerprints of whatever scans lie below some paths, and what they match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, Refused
from medreg.imaging import fields, formats
from medreg.imaging.fingerprints import Fingerprint, Match, fingerprint_of, pairs
from medreg.imaging.headers import read_header
from medreg.imaging.series import read_volumes
from medreg.imaging.study import find
from medreg.readiness.facts import Aside
from medreg.readiness.mess import Mess
from medreg.report import Answer, Outcome, Silent
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.imaging.study import Series
    from medreg.model import Tree
    from medreg.report import Progress
    from medreg.volume import Volume

FORMAT = 1  # of the JSON
IMAGES = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr", ".hdr")
BELOW = -500  # only HU have values so low


@dataclass(frozen=True, slots=True)
class Named:
    """A scan's fingerprint; *name* is its file, or its series' first file."""

    name: str
    found: Fingerprint


@dataclass(frozen=True, slots=True)
class Pair:
    """Two scans that match, by name."""

    a: str
    b: str
    match: Match


@dataclass(frozen=True, slots=True)
class Taken:
    """Every fingerprint that was taken, in natural order of names, and what has none."""

    scans: tuple[Named, ...]
    refused: tuple[Aside, ...]

    def json(self) -> dict[str, Any]:
        """Return everything as JSON values; `from_json` reads it back."""
        scans = [{"name": one.name, **one.found.texts()} for one in self.scans]
        refused = [{"name": one.path, "reason": one.reason} for one in self.refused]
        return {"format": FORMAT, "scans": scans, "refused": refused}


def from_json(content: Any, where: str) -> Taken:
    """Read what `Taken.json` returned; raises `BytesDiffer` naming *where*."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BytesDiffer(f"{where} holds no fingerprints", hint="medreg fingerprint PATH --json")
    scans = [Named(s["name"], Fingerprint.from_texts(s, where)) for s in content["scans"]]
    return Taken(tuple(scans), ())


def taken(paths: Sequence[Path], progress: Progress | None = None) -> Taken:
    """Take the fingerprint of every volume below *paths*: DICOM series and files of images.

    One volume is in memory at a time. What cannot be read is refused and named; other files are
    left out. Raises `NotFound` for a path that does not exist.
    """
    watch = progress or Silent()
    scans: list[Named] = []
    refused: list[Aside] = []
    with Mess(paths) as mess:
        images = [path for path in mess.paths() if path.lower().endswith(IMAGES)]
        study = find(_Others(mess, images))
        refused += [Aside(path, reason) for path, reason in study.refused.items()]
        watch.start("fingerprints", len(images) + len(study.series), "scans")
        for name, volumes in (
            *((path, _image(mess, path)) for path in images),
            *((one.paths[0], _series(mess, one)) for one in study.series),
        ):
            try:
                scans += volumes
                watch.answered(Answer(name, Outcome.CHECKED))
            except Refused as refusal:
                refused.append(Aside(name, refusal.message))
                reason = refusal.message
                watch.answered(Answer(name, Outcome.REFUSED, reason, exit_code=refusal.exit_code))
        watch.finish()
    ordered = sorted(scans, key=lambda one: natural(one.name))
    return Taken(tuple(ordered), tuple(sorted(refused, key=lambda one: natural(one.path))))


def matches(these: Sequence[Named], those: Sequence[Named] | None = None) -> list[Pair]:
    """Return the pairs that match: among *these*, or each with one of *those*."""
    every = [*these, *(those or ())]
    return [
        Pair(every[a].name, every[b].name, match)
        for a, b, match in pairs([one.found for one in every])
        if those is None or a < len(these) <= b
    ]


class _Others:
    """A tree without some of its files."""

    def __init__(self, tree: Tree, left_out: Sequence[str]) -> None:
        self._left_out = frozenset(left_out)
        self._tree = tree
        self.open, self.read, self.container = tree.open, tree.read, tree.container

    def paths(self) -> Sequence[str]:
        return [path for path in self._tree.paths() if path not in self._left_out]


def _image(tree: Tree, path: str) -> Iterator[Named]:
    volume = formats.read(tree, path)
    yield Named(path, fingerprint_of(_with_unit(volume)))


def _series(tree: Tree, series: Series) -> Iterator[Named]:
    uids = {series.uid, *_instances(tree, series.paths)} - {""}
    for name, volume in read_volumes(tree, series.paths):
        known = uids if not name else ()  # the volumes of a 4-D series share them
        yield Named(" ".join((series.paths[0], name)).strip(), fingerprint_of(volume, known))


def _instances(tree: Tree, paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        attributes: Mapping[str, Any] = read_header(tree, path).attributes
        yield fields.text(attributes, "SOPInstanceUID")


def _with_unit(volume: Volume) -> Volume:
    """Say HU where a file does not, and its values do."""
    if volume.unit or volume.array.min() > BELOW:
        return volume
    return replace(volume, unit="HU")
