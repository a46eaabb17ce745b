"""The secret that joins old names to new ones: a key, and what it made of whom.

It is one JSON file that stays with whoever may know the patients: never in DVC, git or a result.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse, NotFound
from medreg.files.atomic import machine_errors, whole_file
from medreg.settings import find_root

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = "joins pseudonyms to patients: keep it secret, and never in DVC or git"
SCRATCH = ".medreg"  # of a registry: ignored by git and by DVC
KEY_BYTES = 32
FARTHEST = 3650  # days that dates move back, at most
PREFIX = "ANON-"


class Mapping:
    """New names by a keyed hash (HMAC-SHA256): the same key gives the same names, in any order."""

    def __init__(self, key: bytes, known: dict[str, Any] | None = None) -> None:
        self._key = key
        self._patients: dict[str, Any] = dict((known or {}).get("patients", {}))
        self._uids: dict[str, str] = dict((known or {}).get("uids", {}))

    def uid(self, old: str) -> str:
        """Return the new UID of *old*: 2.25 and 128 bits (PS3.5 section B.2)."""
        if old not in self._uids:
            self._uids[old] = f"2.25.{int.from_bytes(self._digest('uid', old)[:16])}"
        return self._uids[old]

    def pseudonym(self, patient: str) -> str:
        """Return the new id of *patient*, who is known by all that a header names them."""
        return str(self._patient(patient)["id"])

    def days(self, patient: str) -> int:
        """Return by how many days all dates of *patient* move: 1 to 3650 back."""
        return int(self._patient(patient)["days"])

    def _patient(self, patient: str) -> dict[str, Any]:
        if patient not in self._patients:
            back = 1 + int.from_bytes(self._digest("days", patient)[:8]) % FARTHEST
            name = PREFIX + self._digest("patient", patient)[:5].hex().upper()
            self._patients[patient] = {"id": name, "days": -back}
        found: dict[str, Any] = self._patients[patient]
        return found

    def _digest(self, kind: str, old: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{old}".encode(), hashlib.sha256)

    def save(self, file: Path) -> None:
        """Write the file whole, for its owner's eyes only."""
        content = {
            "about": ABOUT,
            "key": self._key.hex(),
            "patients": self._patients,
            "uids": self._uids,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        with whole_file(file) as part:
            part.touch(mode=0o600)
            part.write_text(text, encoding="utf-8")


def load(file: Path) -> Mapping:
    """Read the mapping in *file*, or begin one with a new key; raises `Misuse` for another file."""
    with machine_errors(file):
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Mapping(secrets.token_bytes(KEY_BYTES))
    try:
        content = json.loads(text)
        key = bytes.fromhex(content["key"])
    except (ValueError, KeyError, TypeError):
        raise Misuse(
            f"{file} is no mapping of medreg deidentify", hint="name another file"
        ) from None
    if len(key) != KEY_BYTES:
        raise Misuse(f"{file} has a key of {len(key)} bytes, not {KEY_BYTES}")
    return Mapping(key, content)


def place(named: Path | None, source: Path, target: Path) -> Path:
    """Return where the mapping lies: as *named*, or in the scratch of the registry around.

    Raises `Misuse` where git, DVC or the reader of *target* could get it, and where nothing was
    named and there is no registry.
    """
    if named is None:
        try:
            return find_root() / SCRATCH / "deidentify.json"
        except NotFound:
            raise Misuse(
                "outside a registry, somebody must say where the secret mapping is kept",
                hint="add --mapping FILE, in a folder that is neither shared nor in git or DVC",
            ) from None
    file = named.absolute()
    folders = file.resolve().parents
    for kind, folder in (("result", target), ("scans", source)):
        if folder.resolve() in folders:
            raise Misuse(f"{named} lies among the {kind}", hint="name a file elsewhere")
    if SCRATCH in (folder.name for folder in folders):
        return file
    for folder in folders:
        for tracker in (".dvc", ".git"):
            if (folder / tracker).exists():
                raise Misuse(
                    f"{named} lies in {folder}, which {tracker[1:]} tracks: a secret must not",
                    hint=f"name a file outside, or in {folder / SCRATCH}",
                )
    return file
