"""Files of another dataset of the same registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.errors import BytesDiffer, DeclarationError, NotFound
from medreg.sources.choose import check_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer


@dataclass(frozen=True, slots=True)
class Derived:
    """The raw files of another *dataset*, all or those that *files* chooses, at the same paths.

    For masks that are published without their images:
    ``Parts(images=Derived("btcv"), labels=Zenodo(...))``. The files are copied from the other
    dataset's raw folder; the file system shares their blocks where it can, DVC stores them once.
    """

    dataset: str
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.dataset.isidentifier() or self.dataset != self.dataset.lower():
            raise DeclarationError(f"Derived names a dataset in snake_case, not {self.dataset!r}")
        check_files(self.files, "Derived")

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: how the other dataset is had, its own source says."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the other dataset's name, with the files as declared."""
        return tuple(f"{self.dataset}/{name}" for name in self.files) or (self.dataset,)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Copy what is not here; raises `NotFound` until the other dataset was fetched."""
        from medreg.sources.choose import chosen, unmatched
        from medreg.sources.gather import bring_item
        from medreg.sources.items import OneFile, names

        folder, records = job.other(self.dataset)
        absent = unmatched(self.files, list(records))
        if absent or not records:
            raise NotFound(
                f"{self.dataset} has no {names(absent) or 'raw files yet'}",
                hint=f"medreg fetch {self.dataset}",
            )
        for path in chosen(self.files, records):
            if not (folder / path).is_file():
                raise NotFound(f"{folder / path} is not here", hint=f"medreg fetch {self.dataset}")
            item = OneFile(folder / path)
            record, answer = bring_item(job, path, item, f"derived:{self.dataset}")
            if record.sha256 != records[path].sha256:
                raise BytesDiffer(
                    f"{folder / path} is not the file on record of {self.dataset}",
                    hint=f"medreg fetch {self.dataset}",
                )
            yield record, answer
