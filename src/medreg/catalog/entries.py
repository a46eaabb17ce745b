"""Every dataset as a line of facts: what `medreg list` shows, finds by and adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.catalog.hosts import hosts
from medreg.model import IGNORED, About

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.model import Claim, Dataset
    from medreg.plugins import Declared, Plugins

FLAT = ("US", "DX", "CR", "MG", "SM", "OP", "OPT", "DMS", "XC")  # images rather than volumes
NOTHING_KNOWN = About(known="recall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is declared of a dataset, flat: counts are as published, None where nobody says.

    *labels* are what its masks hold (vocabulary names), *shows* every structure, finding or class
    that it is about. *annotated* counts the cases with an annotation. *days* is the usual waiting
    time at its gate. *family* is the plugin that declares it among others. Nothing here needs a
    `Dataset`: collections of an archive's index are entries as well.
    """

    name: str
    title: str
    doc: str = ""
    family: str = ""
    also: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    annotation: str = "none"
    annotated_by: str = ""
    scans: int | None = None
    annotated: int | None = None
    images: int | None = None
    patients: int | None = None
    size_gb: float | None = None
    guessed: bool = False  # nobody states its size: see `catalog.estimate`
    formats: tuple[str, ...] = ()
    licenses: tuple[Claim, ...] = ()
    access: str = "open"
    hosts: tuple[str, ...] = ()
    origin: str = ""  # equal for datasets that come in one download
    days: float | None = None
    homepage: str = ""
    cite: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    best_for: str = ""
    contact: str = ""
    arranged: bool = False  # its layout is known
    patients_known: bool = False
    restricted: bool = False
    known: str = "recall"
    read: str = ""  # when somebody last read what its publisher says: 2026-11
    year: int | None = None  # of the first work that describes it

    @property
    def portal(self) -> bool:
        """Tell whether it is a place that has many datasets, and none itself."""
        return self.access == "portal"

    @property
    def size(self) -> int:
        """How many scans, or else images, it has; 0 when nobody says."""
        return self.scans or self.images or 0


def download_gb(found: Iterable[Entry]) -> float:
    """Add up what *found* take to download; what comes in one download counts once."""
    sizes: dict[str, float] = {}
    for entry in found:
        key = entry.origin or entry.name
        sizes[key] = max(sizes.get(key, 0), entry.size_gb or 0)
    return sum(sizes.values())


def entries(plugins: Plugins) -> Mapping[str, Entry]:
    """Return an entry for each dataset, by name in natural order."""
    siblings = Counter(declared.file for declared in plugins.datasets.values())
    return {
        name: entry_of(declared, family=siblings[declared.file] > 1)
        for name, declared in plugins.datasets.items()
    }


def entry_in(plugins: Plugins, name: str) -> Entry:
    """Return the entry of the dataset *name* alone; raises `NotFound`."""
    declared = plugins.get(name)
    others = (other.file for other in plugins.datasets.values() if other is not declared)
    return entry_of(declared, family=declared.file in others)


def _annotated(dataset: Dataset, about: About) -> int | None:
    if dataset.annotation == "none":
        return 0
    return dataset.cases if about.annotated is None else about.annotated


def entry_of(declared: Declared, *, family: bool = False) -> Entry:
    """Return the entry of one dataset; *family* tells whether its file declares others too."""
    dataset, about = declared.dataset, declared.dataset.about or NOTHING_KNOWN
    labels = tuple(dict.fromkeys(label for label in dataset.labels.values() if label != IGNORED))
    modalities = tuple(dict.fromkeys(str(modality) for modality in dataset.modalities.values()))
    volumes = not modalities or any(modality not in FLAT for modality in modalities)
    scans = about.scans if about.scans is not None or about.images else dataset.cases
    flat = about.images is None and not volumes
    return Entry(
        name=dataset.name,
        title=dataset.title,
        doc=declared.doc.strip(),
        family=declared.file.stem if family else "",
        also=about.also,
        modalities=modalities,
        region=about.region,
        labels=labels,
        shows=tuple(dict.fromkeys((*labels, *about.shows, *about.classes.values()))),
        annotation=dataset.annotation,
        annotated_by=about.annotated_by,
        scans=None if flat and scans == dataset.cases else scans,
        annotated=_annotated(dataset, about),
        images=scans if flat and scans == dataset.cases else about.images,
        patients=about.patients,
        size_gb=about.size_gb,
        formats=about.formats,
        licenses=dataset.licenses,
        access=dataset.access,
        hosts=hosts(dataset),
        origin=repr(dataset.source),
        days=dataset.gate.days if dataset.gate else None,
        homepage=dataset.homepage,
        cite=dataset.cite,
        tags=about.tags,
        best_for=about.best_for,
        contact=about.contact,
        arranged=dataset.layout is not None,
        patients_known=dataset.patients != "unknown",
        restricted=dataset.restricted,
        known=about.known if dataset.about else "source",
        read=max((claim.date for claim in dataset.licenses), default=""),
    )
