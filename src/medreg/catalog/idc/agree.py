"""What our plugins say of collections, beside what the index counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from medreg.catalog.idc.words import ABOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from medreg.model import Dataset
    from medreg.plugins import Plugins
    from medreg.sources import Idc


@dataclass(frozen=True, slots=True)
class Compared:
    """What a plugin says (*stated*) of a count, and the counts of the index that it could mean.

    *explained*: one of the plugin's ``about.counts`` gives the index's number.
    """

    what: str
    stated: int
    index: Mapping[str, int]
    explained: bool

    @property
    def agrees(self) -> bool:
        """Tell whether the index counts the same of something, or the plugin says why not."""
        return self.stated in self.index.values() or self.explained

    def __str__(self) -> str:
        """Say both, as in ``patients 105: the index has 104``."""
        counts = " or ".join(f"{number:,} {name}" for name, number in self.index.items())
        return f"{self.what} {self.stated:,}: the index has {counts}"


def readers(plugins: Plugins) -> Mapping[str, tuple[str, ...]]:
    """Return the datasets that read each collection of IDC, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for name, declared in plugins.datasets.items():
        for source in idc_sources(declared.dataset.source):
            found[source.collection] = (*found.get(source.collection, ()), name)
    return found


def idc_sources(source: object) -> Iterator[Idc]:
    """Yield *source* if it is one of IDC, or each of its parts that is."""
    if type(source).__name__ == "Idc":
        yield source  # type: ignore[misc]  # by its name: importing every source takes time
    elif is_dataclass(source) and not isinstance(source, type):
        for field in fields(source):
            yield from idc_sources(getattr(source, field.name))


def compared(dataset: Dataset) -> list[Compared]:
    """Compare the patients, scans, images and cases that a plugin states with IDC's index.

    Raises `CannotHere` without the index.
    """
    quick = _compared(dataset, studies=False)
    return quick if all(one.agrees for one in quick) else _compared(dataset, studies=True)


def _compared(dataset: Dataset, *, studies: bool) -> list[Compared]:
    from medreg.sources.idc_index import counted

    every = [counted(one, studies=studies) for one in idc_sources(dataset.source)]
    parts = sorted({modality for one in every for modality in one.by_modality})
    images = [modality for modality in parts if modality not in ABOUT]

    def by(place: int, what: str, wanted: Iterable[str]) -> dict[str, int]:
        none = (0, 0, 0)
        return {
            f"{m} {what}": max(one.by_modality.get(m, none)[place] for one in every) for m in wanted
        }

    series = by(0, "series", images)
    scans = {
        **series,
        "series": sum(series.values()),
        **({"studies": max(one.studies or 0 for one in every)} if studies else {}),
        **by(0, "series", [modality for modality in parts if modality in ABOUT]),
    }
    together = {"patients": max(one.patients for one in every)}
    instances = by(1, "instances", images)
    about = dataset.about
    stated = (
        ("patients", about.patients if about else None, {**together, **by(2, "patients", parts)}),
        ("scans", about.scans if about else None, scans),
        ("images", about.images if about else None, {**scans, **instances}),
        ("cases", dataset.cases, {**scans, **together}),
    )
    return [
        Compared(what, number, counts, _explained(dataset, counts))
        for what, number, counts in stated
        if number is not None
    ]


def _explained(dataset: Dataset, counts: Mapping[str, int]) -> bool:
    told = [
        claim.value.replace(",", "")
        for claim in (dataset.about.counts if dataset.about else ())
        if "idc" in claim.source.lower()
    ]
    numbers = {int(word) for text in told for word in re.findall(r"\d+", text)}
    return not numbers.isdisjoint(counts.values())
