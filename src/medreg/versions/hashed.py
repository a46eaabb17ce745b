"""Tell DVC the MD5 of files that were hashed while they came: it need not read them again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from dvc.repo import Repo


@dataclass(frozen=True, slots=True)
class Hashed:
    """The MD5 of files that have just been written, and what tells that they are still the same."""

    files: dict[str, tuple[str, os.stat_result]] = field(default_factory=dict)

    def __call__(self, file: Path, md5: str) -> None:
        """Remember *file*, an absolute path, as it is now; from any thread."""
        self.files[str(file)] = md5, file.stat()

    def tell(self, repo: Repo) -> None:
        """Note all files where DVC looks before it reads; it reads one that changed since."""
        from dvc_data.hashfile.hash_info import HashInfo

        repo.state.save_many(
            (
                (
                    file,
                    HashInfo("md5", md5),
                    {"ino": was.st_ino, "mtime": was.st_mtime, "size": was.st_size},
                )
                for file, (md5, was) in sorted(self.files.items())
            ),
            repo.fs,
        )
