"""Accept the terms of a dataset, on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.files.hashing import sha256_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.stages.accept import Acceptance


def terms_shown(lab: Lab, name: str) -> str:
    """Return what a person is asked to accept of dataset *name*."""
    from medreg.stages import accept as acceptance

    return acceptance.shown(lab.declared(name).dataset, lab.licenses)


def accept(lab: Lab, name: str, *, by: str = "", text: Path | None = None) -> Acceptance:
    """Record that *by* (git's user when empty) accepted the terms of dataset *name*, today.

    *text* is the agreement that was read or signed; its digest is kept, not the file.
    Raises `Misuse` when nobody is named, and `NotFound` when *text* is not there.
    """
    from medreg.api.work import today
    from medreg.stages import accept as acceptance
    from medreg.versions import git

    dataset = lab.declared(name).dataset
    if dataset.source.access == "portal":
        raise Misuse(
            f"{name} is a portal: its datasets have terms of their own", hint=f"medreg show {name}"
        )
    person = by.strip() or git.user(lab.registry.root)
    if not person:
        raise Misuse("who accepts?", hint=f"medreg accept {name} --by 'Ada Lovelace'")
    if text is not None and not text.is_file():
        raise NotFound(f"there is no file {text}", hint="--text names the agreement that was read")
    shown = sha256_bytes(acceptance.shown(dataset, lab.licenses).encode())
    where = dataset.gate.terms if dataset.gate and dataset.gate.terms else dataset.homepage
    row = acceptance.Acceptance(
        dataset=name,
        person=person,
        date=today(),
        text=text.name if text else where,
        sha256=sha256_bytes(text.read_bytes()) if text else shown,
        shown=shown,
    )
    acceptance.accept(lab.registry, row)
    return row
