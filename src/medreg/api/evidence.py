"""What contents say of the dataset that they belong to: bytes, voxels, headers, masks."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.api import copies
from medreg.errors import MedregError
from medreg.files.hashing import sha256_stream
from medreg.tables import natural, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.api.glance import Tree
    from medreg.api.lab import Lab
    from medreg.model import Case, Dataset
    from medreg.plugins import Declared

HASHED, LOOKED_AT, LARGEST = 8, 2, 2 << 30  # files, scans, and bytes of one that are read
HEADERS = 6  # folders of which one DICOM header is read
UID = re.compile(r"[A-Z0-9]{2,16}_([0-9.]+)\.zip$")  # how a series of an archive is called
COLLECTION = (0x0013, 0x1010)  # where The Cancer Imaging Archive names it


@dataclass(frozen=True)
class Weight:
    """What speaks for a dataset (*bonus*, below 0 against it), and in which words."""

    bonus: float = 0.0
    certain: bool = False
    why: tuple[str, ...] = ()


def listing_of(lab: Lab, declared: Declared) -> Sequence[str]:
    """Return the real paths that somebody listed of a dataset; none where nobody did."""
    from medreg.plugins import audit
    from medreg.testing import trial

    facts = audit.Facts(lab.vocabulary, lab.licenses)
    return trial.trial_of(declared, facts, lab.facts.facts).paths


def weigh(lab: Lab, names: Tree, datasets: Sequence[Dataset]) -> list[Weight]:
    """Return what the files *names* say of each of *datasets*, in their order."""
    bytes_of, scans_of = _bytes_on_record(lab, names), _scans_on_record(lab)
    headers = list(_headers(names))
    weights = []
    for dataset in datasets:
        why: list[str] = []
        bonus, certain = 0.0, False
        if hits := bytes_of.get(dataset.name):
            certain = True
            why.append(
                f"{len(hits)} files are on record, by SHA-256: {', '.join(sorted(hits)[:2])}"
            )
        said = [word for header in headers if (word := _speaks(header, dataset))]
        if said:
            bonus += 0.3
            why.append(f"headers name its collection: {said[0]}")
        cases = _some(dataset, names)
        if scans_of:
            known, others, alike = _same_scans(lab, dataset, cases, scans_of)
            certain = certain or bool(known)
            bonus += 0.3 * bool(alike)
            why += known + others + alike
        against = _unlisted(dataset, cases) if len(datasets) > 1 else []
        bonus -= 0.3 * bool(against)
        why += against
        weights.append(Weight(bonus, certain and not against, tuple(why)))
    return weights


def _bytes_on_record(lab: Lab, names: Tree) -> dict[str, set[str]]:
    """Return which of *names* are on record, by dataset: same size first, then same SHA-256."""
    from medreg.stages.fetch import records

    if lab.root is None:
        return {}
    sizes: dict[int, dict[str, set[str]]] = {}
    series: dict[str, str] = {}
    for name in lab.registry.tracked():
        for row in records(lab.registry.dataset(name)).values():
            sizes.setdefault(row.size, {}).setdefault(row.sha256, set()).add(name)
            if named := UID.search(row.path):
                series[named[1]] = name
    hits: dict[str, set[str]] = {}
    hashed = 0
    for path in names.containers():
        size = names.size(path)
        if not 0 < size <= LARGEST or size not in sizes or hashed >= HASHED:
            continue
        hashed += 1
        with names.real_file(path).open("rb") as stream:
            digest = sha256_stream(stream)
        for name in sizes[size].get(digest, ()):
            hits.setdefault(name, set()).add(path)
    for header in _headers(names) if series else ():
        uid = str(header.get("SeriesInstanceUID", ""))
        if uid in series:
            hits.setdefault(series[uid], set()).add(f"series {uid}")
    return hits


def _headers(names: Tree) -> Iterator[Any]:
    """Yield a DICOM header of some folders."""
    from pydicom import dcmread

    seen: set[str] = set()
    for path in names.paths():
        folder = path.rpartition("/")[0]
        if folder in seen or len(seen) >= HEADERS:
            continue
        with names.open(path) as stream:
            if stream.read(132)[128:] != b"DICM":
                continue
            stream.seek(0)
            seen.add(folder)
            with suppress(Exception):  # strange bytes raise anything, and say nothing
                yield dcmread(stream, stop_before_pixels=True)


def _speaks(header: Any, dataset: Dataset) -> str:
    """Return what in *header* names the dataset's collection, if anything does."""
    own = {_plain(dataset.name), _plain(dataset.title)}
    for source in _sources(dataset.source):
        own.add(_plain(str(getattr(source, "collection", ""))))
    said = [
        str(header.get("ClinicalTrialProtocolID", "")),
        str(header.get("ClinicalTrialProtocolName", "")),
    ]
    if COLLECTION in header:
        said.append(str(header[COLLECTION].value))
    return next((word for word in said if _plain(word) in own - {""}), "")


def _sources(source: object) -> list[object]:
    parts = getattr(source, "parts", None)
    return [source, *parts.values()] if isinstance(parts, dict) else [source]


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word).lower()


def _some(dataset: Dataset, names: Tree) -> list[Case]:
    from medreg.api.recognize import found

    cases = sorted(found(dataset, names), key=lambda case: natural(case.id))
    return [case for case in cases if case.images][:LOOKED_AT]


def _scans_on_record(lab: Lab) -> Mapping[str, str]:
    """Return every scan and mask that was measured here, by voxel digest."""
    from medreg.tables import CaseRow

    known: dict[str, str] = {}
    for name in lab.registry.tracked() if lab.root else ():
        folder = lab.registry.dataset(name)
        if (folder.path / "cases.csv").is_file():
            for row in folder.rows("cases.csv", CaseRow):
                for channel, digest in pairs(row.digests).items():
                    known.setdefault(f"{name} {digest}", f"{name}/{row.case}")
                    known.setdefault(digest, f"{name}/{row.case} ({channel})")
    return known


def _same_scans(
    lab: Lab, dataset: Dataset, cases: Sequence[Case], known: Mapping[str, str]
) -> tuple[list[str], list[str], list[str]]:
    """Return which scans are on record as this dataset's, as another's only, and alike to its."""
    from medreg.imaging.canonical import canonical_image, canonical_mask
    from medreg.imaging.fingerprints import fingerprint_of
    from medreg.readiness.prints import Named

    same, other, prints = [], [], []
    for case in () if dataset.packed else cases:
        try:
            images = {
                c: canonical_image(r.read(), dataset.modalities[c]) for c, r in case.images.items()
            }
            mask = canonical_mask(case.mask.read(), images[case.grid]) if case.mask else None
        except (MedregError, OSError, ValueError, KeyError):
            continue
        digests = [image.digest() for image in images.values()] + ([mask.digest()] if mask else [])
        if all(f"{dataset.name} {digest}" in known for digest in digests):
            same.append(f"{case.id} has the voxels of {known[f'{dataset.name} {digests[0]}']}")
        elif digests[0] in known:
            other.append(f"{case.id} shows the same scan as {known[digests[0]]}")
        else:
            prints.append(Named(case.id, fingerprint_of(images[case.grid])))
    again = copies.known_again(lab, prints)
    own = [pair for pair in again if pair.b.startswith(f"{dataset.name}/")]
    other += copies.told([pair for pair in again if pair not in own])
    return same, other, copies.told(own)


def _unlisted(dataset: Dataset, cases: Sequence[Case]) -> list[str]:
    """Return that masks hold values which *dataset* does not list, if they do."""
    import numpy as np

    from medreg.model import ANY

    listed = {value for value in dataset.labels if isinstance(value, int)}
    if not listed or ANY in dataset.labels or dataset.packed:
        return []
    for case in cases:
        if case.mask is None:
            continue
        try:
            values = {int(v) for v in np.unique(case.mask.read().array)} - {0}
        except (MedregError, OSError, ValueError):
            continue
        if strange := sorted(values - listed):
            shown = ", ".join(map(str, strange[:5]))
            return [f"against it: the mask of {case.id} holds {shown}, which it does not list"]
    return []
