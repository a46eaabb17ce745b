"""A dataset whose parts come from several sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from medreg.errors import ActionNeeded, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord, Offer, Source
    from medreg.report import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Sources of *images*, *labels* and *tables*: the files of each lie in a folder so named.

    With ``--from``, what a person downloaded for a part is looked for in a folder of its name
    first, then in the folder itself.
    """

    images: Source | None = None
    labels: Source | None = None
    tables: Source | None = None

    def __post_init__(self) -> None:
        if len(self.parts) < 2:  # noqa: PLR2004  # one part is no parts
            raise DeclarationError(
                "Parts has fewer than two sources", hint="a single one is source= itself"
            )

    @property
    def parts(self) -> Mapping[str, Source]:
        """The sources by name, those that there are."""
        named = (("images", self.images), ("labels", self.labels), ("tables", self.tables))
        return {name: source for name, source in named if source is not None}

    @property
    def access(self) -> Literal["open", "manual"]:
        """Return ``"manual"`` when a person must bring any of them."""
        kinds = {source.access for source in self.parts.values()}
        return "manual" if "manual" in kinds else "open"

    @property
    def steps(self) -> str:
        """What a person must do, for every part that needs one."""
        told = (getattr(source, "steps", "") for source in self.parts.values())
        return "\n".join(text for text in told if text)

    def wanted(self) -> Sequence[str]:
        """Return what each part wants, with its folder before it."""
        return tuple(f"{name}/{w}" for name, source in self.parts.items() for w in source.wanted())

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Fetch every part; what a person must do is asked for when the others are here."""
        asked: list[ActionNeeded] = []
        for name, source in self.parts.items():
            if job.listing and not lists(source):
                continue
            try:
                for record, answer in source.fetch(_within(job, name)):
                    yield (
                        replace(record, path=f"{name}/{record.path}"),
                        replace(answer, item=f"{name}/{answer.item}"),
                    )
            except ActionNeeded as needed:
                asked.append(needed)
        if asked:
            raise ActionNeeded(
                "\n".join(needed.message for needed in asked),
                steps=tuple(step for needed in asked for step in needed.steps),
                hint=next((needed.hint for needed in asked if needed.hint), ""),
            )


def lists(source: Source) -> bool:
    """Tell whether *source* lists files of which some may be taken, and does not hand out all."""
    if isinstance(source, Parts):
        return any(map(lists, source.parts.values()))
    return bool(getattr(source, "lists", False))


def of_path(source: Source, job: FetchJob, path: str) -> tuple[Source, FetchJob, str]:
    """Return the part of *source* that brings the raw *path*, with its job and its name there."""
    while isinstance(source, Parts):
        name, _, path = path.partition("/")
        source, job = source.parts[name], _within(job, name)
    return source, job, path


def _within(job: FetchJob, name: str) -> FetchJob:
    """Return the job of the part *name*: its folder, and what is known of the files in it."""
    own = job.given / name if job.given else None

    def choose(offers: Sequence[Offer]) -> Collection[str]:
        named = [replace(offer, path=f"{name}/{offer.path}") for offer in offers]
        return [path.removeprefix(f"{name}/") for path in job.choose(named)]

    return replace(
        job,
        choose=choose,
        into=job.into / name,
        scratch=job.scratch / name,
        given=own if own and own.is_dir() else job.given,
        known={
            path.removeprefix(f"{name}/"): replace(record, path=path.removeprefix(f"{name}/"))
            for path, record in job.known.items()
            if path.startswith(f"{name}/")
        },
    )
