"""Series of a hospital's archive, de-identified as they arrive.

Raw files hold the new names, dates and UIDs alone, and so do paths and records. What joins them to
patients is ``.medreg/deidentify.json``, as of ``medreg deidentify``: outside git and DVC. Instances
that no rewriting of a header can clean, such as pictures with burned-in text, are left out.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.files.lock import lock
from medreg.settings import find_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import FetchJob
    from medreg.sources.series import Collect, Series


@contextmanager
def deidentified(
    job: FetchJob, found: Sequence[Series], collect: Collect, archive: str
) -> Iterator[tuple[list[Series], Collect]]:
    """Yield the series *found* under their new names, and what brings them de-identified.

    *archive* is what records name as their source. Raises `Misuse` for a damaged mapping, and
    `Transient` while somebody else uses it.
    """
    from medreg.deidentify import mapping as secret
    from medreg.deidentify.folder import clean_file
    from medreg.deidentify.sign import Profile

    file = find_root(job.into) / secret.SCRATCH / "deidentify.json"
    with lock(file.with_name(f"{file.name}.lock"), "deidentify"):
        mapping, guard = secret.load(file), Lock()
        old: dict[str, Series] = {}
        fresh = []
        for one in found:
            who = one.patient if one.patient != "unknown" else one.study
            fresh.append(
                replace(
                    one,
                    patient=mapping.pseudonym(who),
                    study=mapping.uid(one.study),
                    uid=mapping.uid(one.uid),
                    source=archive,
                )
            )
            old[fresh[-1].uid] = one
        mapping.save(file)

        def clean(series: Series, folder: Path, moved: Callable[[int], None]) -> Mapping[str, Path]:
            arrived = folder / "arrived"
            arrived.mkdir(parents=True, exist_ok=True)
            members = collect(old[series.uid], arrived, moved)
            made: dict[str, Path] = {}
            for name in sorted(members):
                try:
                    with guard:
                        data = members[name].read_bytes()
                        path, body = clean_file(data, series.path, mapping, Profile())
                except Refused:
                    continue
                target = folder / path.rpartition("/")[2]
                target.write_bytes(body)
                made[target.name] = target
            with guard:
                mapping.save(file)
            shutil.rmtree(arrived)
            return made

        yield sorted(fresh, key=lambda series: series.path), clean
