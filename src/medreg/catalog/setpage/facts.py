"""What the report of a set is made of: tables, no voxels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.curate.overlaps import Overlap
    from medreg.curate.verdicts import Verdicts
    from medreg.model import Dataset
    from medreg.references import Reference
    from medreg.tables import CaseRow, SelectionRow


@dataclass(frozen=True, kw_only=True)
class SetFacts:
    """A decided set: its *stats* are the rows of ``stats.csv``, empty before it was written.

    *cases* are the candidates' rows by ``dataset/case`` and *cards* those of their datasets, as
    far as they are here; *pictures* are the addresses of pictures by ``dataset/case``. Nothing
    that tells of one case is shown of the *private* datasets, and scans of the *bound* may not be
    passed on. *colors* are those of labels, as #rrggbb.
    """

    name: str
    title: str
    releases: Sequence[str]
    manifest: str
    labels: Sequence[str]
    colors: Mapping[str, str]
    datasets: Mapping[str, Dataset]
    selection: Sequence[SelectionRow]
    cases: Mapping[str, CaseRow]
    cards: Mapping[str, Mapping[str, Any]]
    stats: Sequence[Mapping[str, str]]
    overlaps: Sequence[Overlap]
    verdicts: Verdicts
    notes: Sequence[str]
    works: Sequence[Reference]
    sentences: Mapping[str, str]
    private: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> list[SelectionRow]:
        """The cases of the set."""
        return [row for row in self.selection if row.decision == "kept"]

    @property
    def used(self) -> list[str]:
        """The datasets that gave a case, sorted."""
        return sorted({row.dataset for row in self.kept})

    def volumes(self) -> Mapping[str, Sequence[float]]:
        """Return, of each label, its volume (ml) in the cases that show it."""
        return {
            label: sorted(ml for row in self.stats if (ml := float(row.get(f"ml_{label}") or 0)))
            for label in self.labels
        }

    def by_dataset(self, column: str) -> Mapping[str, Sequence[str]]:
        """Return one column of the stats, by dataset."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.stats:
            found[row["dataset"]].append(row[column])
        return {name: found[name] for name in sorted(found)}
