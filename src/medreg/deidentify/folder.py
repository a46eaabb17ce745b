"""A folder or archive of scans, de-identified file by file into a new folder."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.deidentify import mapping as secret
from medreg.deidentify import signs
from medreg.deidentify.clean import cleaned
from medreg.errors import Misuse, Refused
from medreg.files.atomic import whole_folder
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import lock
from medreg.imaging.dicom import PREAMBLE, parsed, read_bytes
from medreg.imaging.guard import refusing
from medreg.imaging.study import opened
from medreg.report import Answer, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

    from medreg.deidentify.mapping import Mapping
    from medreg.deidentify.sign import Profile
    from medreg.model import Tree
    from medreg.report import Progress

REPORT = "deidentified.json"
FACE = "a face could be rebuilt from it: keep it from shareable tiers (restricted=True)"
UNDATED = "without its dates, uptake can no longer be computed from it"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of every file of *source*: paths as they came, so for the owner's eyes only."""

    written: tuple[Answer, ...]
    refused: tuple[Answer, ...]
    left_out: tuple[str, ...]  # no DICOM, or a directory of it
    warnings: tuple[str, ...]  # by series, under its new name
    shareable: bool


def deidentify(
    source: Path, target: Path, *, named: Path | None, options: Profile, progress: Progress
) -> Done:
    """De-identify every DICOM file of *source* into the new folder *target*.

    *named* is where the mapping lies (`mapping.place`). A file that no rewriting of its header
    can clean is refused and not written; others go on. Files are named by their new UIDs:
    ``<patient>/<series>/<number>_<instance>.dcm``. The folder holds a report without old names.
    Raises `NotFound`, and `Misuse` where the target or the mapping cannot lie there.
    """
    _refuse_foreign(source, target)
    file = secret.place(named, source, target)
    with (
        opened(source) as tree,
        lock(file.with_name(f"{file.name}.lock"), "deidentify"),
        whole_folder(target, target.absolute().parent) as fresh,
    ):
        mapping, paths = secret.load(file), tree.paths()
        work = _Work(fresh, mapping, options, progress)
        progress.start("deidentify", len(paths), "files")
        for path in paths:
            work.file(tree, path)
        progress.finish()
        done = work.done()
        mapping.save(file)  # before the result stands: there is none without its mapping
        (fresh / REPORT).write_bytes(_report(done, options))
    return done


class _Work:
    """Collects what becomes of each file."""

    def __init__(self, into: Path, mapping: Mapping, options: Profile, progress: Progress) -> None:
        self._into, self._mapping = into, mapping
        self._options, self._progress = options, progress
        self._answers: list[Answer] = []
        self._left_out: list[str] = []
        self._faces: dict[str, None] = {}
        self._undated: dict[str, None] = {}

    def file(self, tree: Tree, path: str) -> None:
        """De-identify the file *path*, refuse it, or leave it out."""
        try:
            data = read_bytes(tree, path)
            dataset = self._parsed(data, path)
            if dataset is None:
                self._left_out.append(path)
            else:
                self._answer(self._cleaned(dataset, data, path))
        except Refused as refusal:
            self._answer(Answer(path, Outcome.REFUSED, refusal.message, exit_code=1))

    def _parsed(self, data: bytes, path: str) -> Dataset | None:
        """Return the data set, or None where there is none that shows anybody."""
        try:
            dataset = parsed(data, path)
        except Refused:
            if data[PREAMBLE - 4 : PREAMBLE] == b"DICM":
                raise
            return None
        with refusing(path, "DICOM"):
            return None if signs.is_directory(dataset) else dataset

    def _cleaned(self, dataset: Dataset, data: bytes, path: str) -> Answer:
        with refusing(path, "DICOM"):
            has_face, is_pet = signs.face(dataset), dataset.get("Modality") == "PT"
            name, written = renamed(dataset, data, path, self._mapping, self._options)
        target = self._into / name
        if target.exists() and target.read_bytes() != written:
            raise Refused(f"{path} is refused: another file has its SOPInstanceUID")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(written)
        series = name.rpartition("/")[0]
        if has_face:
            self._faces[series] = None
        if is_pet and self._options.dates == "remove":
            self._undated[series] = None
        return Answer(path, Outcome.WRITTEN, size=len(written))

    def _answer(self, answer: Answer) -> None:
        self._answers.append(answer)
        self._progress.answered(answer)

    def done(self) -> Done:
        """Return what became of all files."""
        warnings = [f"{series}: {FACE}" for series in self._faces]
        warnings += [f"{series}: {UNDATED}" for series in self._undated]
        return Done(
            written=tuple(a for a in self._answers if a.ok),
            refused=tuple(a for a in self._answers if not a.ok),
            left_out=tuple(self._left_out),
            warnings=tuple(warnings),
            shareable=not self._faces,
        )


def clean_file(data: bytes, path: str, mapping: Mapping, options: Profile) -> tuple[str, bytes]:
    """Return the new name and bytes of one DICOM file; raises `Refused` as `deidentify` does."""
    with refusing(path, "DICOM"):
        return renamed(parsed(data, path), data, path, mapping, options)


def renamed(
    dataset: Dataset, data: bytes, path: str, mapping: Mapping, options: Profile
) -> tuple[str, bytes]:
    """Return the new name and bytes of *data*, which was read as *dataset*."""
    if reason := signs.refusal(dataset):
        raise Refused(f"{path} is refused: {reason}")
    if not dataset.get("SOPInstanceUID"):
        dataset.SOPInstanceUID = f"file:{sha256_bytes(data)}"
    made = cleaned(dataset, mapping, options)
    return _name(made), _bytes(made, dataset)


def _bytes(made: Dataset, before: Dataset) -> bytes:
    """Write *made* in the transfer syntax that it came in; nothing of the old file's head stays."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = before.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = made.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    meta.ImplementationVersionName = "MEDREG"
    made.file_meta = meta
    made.preamble = bytes(128)
    stream = io.BytesIO()
    dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()


def _name(made: Dataset) -> str:
    """Return where a file lies: old names say too much, so new UIDs name it."""
    number: Any = made.get("InstanceNumber")
    at = int(number) if str(number or "").isdigit() else 0
    series, instance = (
        sha256_bytes(str(made.get(uid) or "").encode())[:8]
        for uid in ("SeriesInstanceUID", "SOPInstanceUID")
    )
    modality = re.sub(r"[^A-Z]", "", str(made.get("Modality") or "")) or "NONE"
    return f"{made.PatientID}/{modality}_{series}/{at:05d}_{instance}.dcm"


def _report(done: Done, options: Profile) -> bytes:
    reasons = Counter(a.reason.rpartition("is refused: ")[2] for a in done.refused)
    content = {
        "profile": [meaning for _, meaning in options.codes()],
        "files": len(done.written),
        "refused": len(done.refused),
        "reasons": {r: n for r, n in sorted(reasons.items()) if "/" not in r},
        "left_out": len(done.left_out),
        "warnings": list(done.warnings),
        "shareable": done.shareable,
    }
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"


def _refuse_foreign(source: Path, target: Path) -> None:
    """Refuse to replace anything but an earlier result."""
    if target.resolve() in (source.resolve(), *source.resolve().parents):
        raise Misuse(f"{target} holds the scans themselves", hint="name another folder")
    if target.exists() and not (target / REPORT).is_file():
        if target.is_dir() and not any(target.iterdir()):
            return
        raise Misuse(f"{target} exists already", hint="name a new folder")
