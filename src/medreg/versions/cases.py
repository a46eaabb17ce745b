"""Bring single converted cases: of a dataset whose others are not wanted."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.files.atomic import place
from medreg.files.lock import lock
from medreg.report import Progress, Silent
from medreg.versions import dvc, objects, outs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medreg.registry import Registry


def obtainer(
    registry: Registry, *, tier: str = "", progress: Progress | None = None
) -> Callable[[Sequence[tuple[str, str]]], None]:
    """Return the function that brings single converted cases, (dataset, case), to the workspace."""

    def obtain(cases: Sequence[tuple[str, str]]) -> None:
        for dataset in dict.fromkeys(dataset for dataset, _ in cases):
            folders = [case for other, case in cases if other == dataset]
            bring_cases(registry, dataset, folders, tier=tier, progress=progress)

    return obtain


def bring_cases(  # noqa: PLR0913  # what, where from, where to
    registry: Registry,
    dataset: str,
    cases: Sequence[str],
    *,
    revision: str = "",
    root: Path | None = None,
    tier: str = "",
    progress: Progress | None = None,
) -> None:
    """Bring single converted *cases*, as recorded now or at *revision*, below *root*.

    *root* is the registry's own by default, where one process at a time may write: raises
    `Transient` while another does. Only their objects move. Raises `NotFound` when no tier holds
    one.
    """
    alone = nullcontext() if root else lock(registry.lock(dataset), f"pull cases of {dataset}")
    with alone:
        recorded = outs.recorded(registry, dataset, revision, stage="convert")
        folders = [out for out in recorded if out.is_folder]
        with dvc.repository(registry) as repo:
            found = objects.fetch(
                repo, folders, tier=tier, below=cases, progress=progress or Silent()
            )
            known = {piece.path.removeprefix(f"{piece.out.path}/").split("/")[0] for piece in found}
            for case in cases:
                if case not in known:
                    raise NotFound.named("converted case", f"{dataset}/{case}", ())
            for piece in found:
                target = (root or registry.root) / piece.path
                if not piece.is_list and not target.is_file():
                    place(objects.cached(repo, piece.md5), target)
