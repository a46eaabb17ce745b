"""Shards of WebDataset: tar files that are read from front to back.

It copies voxels: that is what a shard is. Source: github.com/webdataset/webdataset: the files of
one sample follow each other and share their name up to the first dot.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from medreg.export.tables import valid
from medreg.files.atomic import whole_file
from medreg.model import Divided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model import SetCase, SetContent

FOLDER = "shards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webdataset(Divided):
    """Writes ``shards/fold0-000000.tar`` and so on: no shard holds cases of two folds.

    A sample has ``<channel>.nii.gz``, ``mask.nii.gz`` and ``json``; *cases* are those of a shard.
    """

    name = "webdataset"
    cases: Annotated[int, Field(gt=0)] = 32

    def pieces(self, content: SetContent) -> Sequence[str]:
        """Return the names of the shards."""
        return list(self._shards(content))

    def write_piece(
        self, content: SetContent, into: Path, piece: str
    ) -> tuple[Sequence[Path], str]:
        """Write one shard."""
        target = into / FOLDER / f"{piece}.tar"
        _shard(target, content, self._shards(content)[piece])
        return [target], ""

    def write_rest(self, content: SetContent, into: Path, told: Sequence[str]) -> None:
        """Write nothing: shards are all there is."""

    def _shards(self, content: SetContent) -> Mapping[str, Sequence[SetCase]]:
        parts: dict[str, list[SetCase]] = defaultdict(list)
        for case in content.cases:
            parts[content.part(case)].append(case)
        return {
            f"{part}-{number:06d}": cases[start : start + self.cases]
            for part, cases in sorted(parts.items())
            for number, start in enumerate(range(0, len(cases), self.cases))
        }


def _shard(target: Path, content: SetContent, cases: Sequence[SetCase]) -> None:
    with (
        whole_file(target) as part,
        tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for case in cases:
            key = case.id.replace(".", "-")
            about = {
                "id": case.id,
                "dataset": case.dataset,
                "case": case.case,
                "fold": case.fold,
                "valid": list(valid(case, content)),
            }
            for channel, file in (*case.images.items(), ("mask", case.mask)):
                info = _entry(f"{key}.{channel}.nii.gz", file.stat().st_size)
                with file.open("rb") as stream:
                    tar.addfile(info, stream)
            text = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
            tar.addfile(_entry(f"{key}.json", len(text)), io.BytesIO(text))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    """Return a header without time, owner or host: the same content gives the same bytes."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info
