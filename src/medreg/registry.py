"""Where everything lies in a registry, and how it is read and written.

No other module knows these paths. What a person asserts (plugins, vocabulary, terms, overlaps,
recipes) is read; what a machine measured is read and written, whole or not at all.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, DeclarationError, NotFound
from medreg.files.atomic import changed_file, write_bytes
from medreg.tables import WithdrawnRow, adder, from_csv, to_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import Tissue
    from medreg.references import Reference
    from medreg.reviews import Review
    from medreg.tables import Row
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary


@lru_cache(maxsize=2)  # every case of a stage asks, and the same text means the same
def _vocabulary(text: str, where: str) -> Vocabulary:
    from medreg.vocabulary import Vocabulary

    return Vocabulary.parse(text, where)


@lru_cache(maxsize=2)
def _tissues(text: str, where: str) -> Mapping[str, Tissue]:
    from medreg.tissues import parse

    return MappingProxyType(parse(text, where))


def json_bytes(value: object) -> bytes:
    """Write *value* as the registry's JSON: sorted keys, two spaces, LF at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of tables: a dataset's or a set's."""

    path: Path

    @property
    def name(self) -> str:
        """The dataset or set that the folder belongs to."""
        return self.path.name

    @property
    def raw(self) -> Path:
        """The publisher's files of a dataset."""
        return self.path / "raw"

    @property
    def converted(self) -> Path:
        """The converted cases of a dataset, one folder each."""
        return self.path / "converted"

    @property
    def data(self) -> Path:
        """What a set hands to whoever trains: images, masks and the exporters' files."""
        return self.path / "data"

    def rows(self, file: str, kind: type[Row]) -> list[Row]:
        """Read the table *file*; raises `NotFound` and `BytesDiffer`, with what makes it anew."""
        try:
            return from_csv(self.read(file), kind, where=str(self.path / file))
        except BytesDiffer as error:
            raise BytesDiffer(error.message, hint=self._anew(file)) from None

    def write_rows(self, file: str, rows: Iterable[Row], kind: type[Row]) -> None:
        """Write the table *file* whole."""
        self.write(file, to_csv(rows, kind))

    @contextmanager
    def table(self, file: str, kind: type[Row]) -> Iterator[Callable[[Row], object]]:
        """Yield what adds a row to the table *file*, in its order; written as `write_rows` does.

        Rows need not be in memory together.
        """
        with (
            changed_file(self.path / file) as part,
            part.open("w", encoding="utf-8", newline="") as text,
        ):
            yield adder(text, kind)

    def json(self, file: str) -> Any:
        """Read the JSON *file*; raises as `rows` does."""
        try:
            return json.loads(self.read(file))
        except ValueError as error:
            told = f"{self.path / file} is no JSON: {error}"
            raise BytesDiffer(told, hint=self._anew(file)) from None

    def _verb(self, file: str) -> str:
        """Return the command that makes *file*: what a set holds is made at once."""
        return "curate" if self.path.parent.name == "sets" else MADE_BY.get(file, "track")

    def _anew(self, file: str) -> str:
        """Name what writes a broken *file* anew; what was fetched is on record nowhere else."""
        if file == "files.csv":
            return f"git checkout HEAD -- {self.path / file}"
        return f"medreg {self._verb(file)} {self.name}"

    def read(self, file: str) -> bytes:
        """Read *file*; raises `NotFound` with the command that makes it."""
        try:
            return (self.path / file).read_bytes()
        except FileNotFoundError:
            verb = self._verb(file)
            raise NotFound(
                f"{self.name} was not {DONE[verb]} yet: it has no {file}",
                hint=f"medreg {verb} {self.name}",
            ) from None

    def write(self, file: str, data: bytes) -> None:
        """Write *file* whole, and only if its bytes would change."""
        target = self.path / file
        if not (target.is_file() and target.read_bytes() == data):
            write_bytes(target, data)


MADE_BY = {  # of a dataset's folder
    "dvc.yaml": "track",
    "claims.json": "track",
    "declared.json": "track",
    "files.csv": "fetch",
    "raw": "fetch",
    "refused.csv": "convert",
    "converted": "convert",
    "cases.csv": "check",
    "card.json": "check",
    "clinical.csv": "check",
    "fingerprints.csv": "check",
    "manifest.csv": "check",
}
DONE = {
    "track": "tracked",
    "fetch": "fetched",
    "convert": "converted",
    "check": "checked",
    "curate": "curated",
}


def asserted(file: Path) -> str:
    """Read text that a person wrote; raises `NotFound`, and `DeclarationError` if it is none.

    The mark that spreadsheets put before UTF-8 is dropped.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(
            f"this registry has no {file}", hint=f"medreg init {file.parents[1]} restores it"
        ) from None
    except UnicodeDecodeError as error:
        raise DeclarationError(
            f"{file} is not UTF-8 text: {error}", hint="save it as UTF-8"
        ) from None


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry at *root*."""

    root: Path

    @property
    def plugins(self) -> Path:
        """The folder of this registry's own plugins."""
        return self.root / "plugins"

    @property
    def facts(self) -> Path:
        """The folder that holds vocabulary.csv, terms.csv and overlaps/."""
        return self.root / "registry"

    @property
    def scratch(self) -> Path:
        """A folder of the same file system, ignored by git and DVC, that survives a restart."""
        return self.root / ".medreg"

    def work(self, stage: str, name: str) -> Path:
        """Return the scratch folder of one stage of one dataset or set."""
        return self.scratch / stage / name

    def lock(self, name: str) -> Path:
        """Return the file that is locked while a stage of a dataset or set runs."""
        return self.scratch / "locks" / f"{name}.lock"

    def vocabulary(self) -> Vocabulary:
        """Read the table of labels; raises `DeclarationError` naming the line."""
        file = self.facts / "vocabulary.csv"
        return _vocabulary(asserted(file), str(file))

    def licenses(self) -> Mapping[str, License]:
        """Read the table of what licenses permit; raises `DeclarationError` naming the line."""
        from medreg.terms import parse

        file = self.facts / "terms.csv"
        return parse(asserted(file), str(file))

    def tissues(self) -> Mapping[str, Tissue]:
        """Read what tissues look like; nothing in a registry that was made before it was told."""
        file = self.facts / "tissues.csv"
        return _tissues(asserted(file), str(file)) if file.exists() else {}

    def references(self) -> Mapping[str, Reference]:
        """Read the table of works to cite; none in a registry that was made before it existed."""
        from medreg.references import parse

        file = self.facts / "references.csv"
        return parse(asserted(file), str(file)) if file.exists() else {}

    def withdrawn(self) -> Mapping[str, str]:
        """Read why each withdrawn case may not be used any more, by ``dataset/case``."""
        file = self.facts / "withdrawn.csv"
        rows = from_csv(file.read_bytes(), WithdrawnRow, str(file)) if file.is_file() else ()
        return {f"{row.dataset}/{row.case}": row.reason for row in rows}

    def overlaps(self) -> Mapping[str, str]:
        """Read the text of every declared overlap, by its path from the root."""
        return self._yaml("overlaps")

    def compositions(self) -> Mapping[str, str]:
        """Read the text of what each collected dataset was drawn from, by its path."""
        return self._yaml("compositions")

    def reviews(self, name: str) -> Sequence[Review]:
        """Read what people decided about cases of dataset *name*; nothing if nobody did.

        Raises `DeclarationError` for a decision that there is not.
        """
        from medreg.reviews import DECISIONS, FILE, Review

        folder = self.dataset(name)
        if not (folder.path / FILE).is_file():
            return ()
        rows = folder.rows(FILE, Review)
        for row in rows:
            if row.decision not in DECISIONS:
                raise DeclarationError(
                    f"{folder.path / FILE}: {row.case} is {row.decision!r}",
                    hint=f"a decision is one of {', '.join(DECISIONS)}",
                )
        return rows

    def _yaml(self, folder: str) -> Mapping[str, str]:
        files = sorted((self.facts / folder).glob("*.yaml"))
        return {file.relative_to(self.root).as_posix(): asserted(file) for file in files}

    def dataset(self, name: str) -> Folder:
        """Return the folder of a dataset, tracked or not."""
        return Folder(self.facts / "datasets" / name)

    def set(self, name: str) -> Folder:
        """Return the folder of a set, whether it exists or not."""
        return Folder(self.facts / "sets" / name)

    def tracked(self) -> Sequence[str]:
        """Return the names of all tracked datasets, sorted."""
        return sorted(f.parent.name for f in self.facts.glob("datasets/*/dvc.yaml"))

    def sets(self) -> Sequence[str]:
        """Return the names of all sets, sorted."""
        return sorted(f.parent.name for f in self.facts.glob("sets/*/recipe.yaml"))
