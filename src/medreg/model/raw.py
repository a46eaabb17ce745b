"""The publisher's files, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

from medreg.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.report import Answer, Progress


class Tree(Protocol):
    """The publisher's files by path; archives look like folders of their own name.

    A path is POSIX, relative, and drops an archive's ending: the member ``volume-0.nii`` of
    ``Training_Batch1.zip`` is ``Training_Batch1/volume-0.nii``.
    """

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order (``v2`` before ``v10``)."""

    def open(self, path: str) -> BinaryIO:
        """Open one file for reading.

        Raises `NotFound` for an unknown path and `Refused` for a damaged archive.
        """

    def read(self, path: str) -> bytes:
        """Return one file's bytes; raises as `open` does."""

    def container(self, path: str) -> str:
        """Return the path, relative to the raw folder, of the real file that holds *path*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What is known of one raw file: a row of ``files.csv``."""

    path: str
    size: int
    sha256: str
    source: str  # the URL without its query, or how a person got it
    checksum: str = ""  # the publisher's own, as "md5:..."
    version: str = ""  # ETag or version at the source
    date: str = ""  # of the first fetch, ISO 8601


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that a publisher lists: its raw path, and its bytes where the publisher says them."""

    path: str
    size: int | None = None
    checksum: str = ""  # the publisher's, as "md5:..."
    note: str = ""  # what a person should know of it


def _every(offers: Sequence[Offer]) -> Collection[str]:
    return [offer.path for offer in offers]


def _at_once(size: int) -> None:
    """Let bytes come as fast as they can."""


def _alone(name: str) -> tuple[Path, Mapping[str, FileRecord]]:
    raise NotFound(f"{name} was not fetched", hint=f"medreg fetch {name}")


class Spread(Protocol):
    """Has the files of a list brought, by whomever."""

    def __call__(
        self,
        into: Path,
        pieces: Mapping[str, Callable[[Callable[[int], None]], tuple[FileRecord, Answer]]],
        at_once: int,
    ) -> Iterator[tuple[FileRecord, Answer]]:
        """Yield what became of each file in the folder *into*, *at_once* of them under way.

        *pieces* holds by path what would bring it in this process, telling of bytes as they come.
        """


class Copy(Protocol):
    """A second copy of one file, for whoever will ask for it by its MD5; it never fails."""

    def update(self, data: memoryview) -> None:
        """Take the next bytes."""

    def keep(self, md5: str) -> None:
        """Let it be whole: the MD5 of the bytes is *md5*."""

    def drop(self) -> None:
        """Forget the bytes: the file begins anew, or did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchJob:
    """What a source is told: where to put files, where to look first, what is on record."""

    into: Path  # the dataset's raw folder
    scratch: Path  # same file system as *into*, survives a restart: for partial downloads
    given: Path | None  # `--from`: where a person put what they downloaded
    known: Mapping[str, FileRecord]  # earlier rows of files.csv, by path
    today: str  # ISO date for new records
    progress: Progress
    other: Callable[[str], tuple[Path, Mapping[str, FileRecord]]] = _alone
    # the raw folder and the records of another dataset; raises `NotFound`
    choose: Callable[[Sequence[Offer]], Collection[str]] = _every
    # which of the files that a publisher lists are wanted; asked once for each list
    listing: bool = False  # `choose` is told what there is, and nothing is taken
    jobs: int = 0  # files at once; as many as suits the source when 0
    pace: Callable[[int], None] = _at_once  # told of bytes that came: it waits where they come fast
    hashed: Callable[[Path, str], None] | None = None
    # told of the MD5 of raw files that came, where it is computed while they come
    copy: Callable[[], Copy] | None = None  # begins a second copy of one raw file
    spread: Spread | None = None  # brings the files in place of this process's threads
    serving: bool = False  # others ask this process for one file after the other


class Source(Protocol):
    """Where bytes come from."""

    @property
    def access(self) -> Literal["open", "manual", "generated", "portal"]:
        """Tell whether a program may fetch it, a person must, it is made here, or is many."""

    def wanted(self) -> Sequence[str]:
        """Name what will be fetched, as a person would recognize it; touches no network."""

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Bring every file, whole or not at all, and yield its record and outcome.

        Raises `ActionNeeded` with steps, `BytesDiffer`, `Transient` or `CannotHere`.
        """
