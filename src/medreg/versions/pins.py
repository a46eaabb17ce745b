"""``medreg.lock``: the releases that a training repository stands on, each named beyond doubt.

TOML, sorted, one table for each pin. A pin names the registry's URL and commit, the release, and
the SHA-256 of its manifest: who has these can tell the right bytes from any other.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, NotFound
from medreg.files.atomic import write_bytes
from medreg.tables import natural
from medreg.versions import releases

if TYPE_CHECKING:
    from pathlib import Path

FILE = "medreg.lock"
VERSION = 1
DATA = "data"  # where pins are materialized, beside the file
NOTE = "# Written by `medreg pin`. `medreg pull` in this folder brings what is pinned to data/.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One release of one registry."""

    release: str  # "liver_ct@v1.2.0", also the git tag
    url: str  # what git clones the registry from
    commit: str  # 40 hex digits
    manifest_sha256: str

    @property
    def folder(self) -> str:
        """The folder, below that of the file, where it is materialized."""
        return f"{DATA}/{folder_name(self.release)}"


def folder_name(release: str) -> str:
    """Return the name of a folder that holds *release* and nothing else.

    >>> folder_name("liver_ct@v1.2.0")
    'liver_ct_v1.2.0'
    """
    return release.replace("@", "_")


def read(file: Path) -> list[Pin]:
    """Read the pins of *file*; raises `NotFound`, and `DeclarationError` naming what is wrong."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(
            f"there is no {file}", hint="pin a release: medreg pin URL NAME@VERSION"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"{file} is no TOML: {error}", hint=f"git restore {file.name}"
        ) from None
    if content.get("version") != VERSION:
        raise DeclarationError(
            f"{file}: version is {content.get('version')!r}, not {VERSION}",
            hint="it was written by another version of medreg",
        )
    return [_pin(entry, file) for entry in content.get("pin", ())]


def _pin(entry: object, file: Path) -> Pin:
    names = [field.name for field in fields(Pin)]
    if (
        not isinstance(entry, dict)
        or sorted(entry) != sorted(names)
        or not all(isinstance(value, str) and value for value in entry.values())
    ):
        raise DeclarationError(
            f"{file}: a pin has the texts {', '.join(names)}, and this one is {entry!r}",
            hint="write it anew: medreg pin URL NAME@VERSION",
        )
    pin = Pin(**entry)
    name, version = releases.split(pin.release)
    if not name.isidentifier() or pin.release != releases.tag_of(name, version):
        raise DeclarationError(
            f"{file}: {pin.release!r} names no release", hint="name it as in liver_ct@v1.0.0"
        )
    return pin


def text(pins: list[Pin]) -> str:
    """Write *pins*, sorted by release."""
    tables = []
    for pin in sorted(pins, key=lambda pin: natural(pin.release)):
        lines = (
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in asdict(pin).items()
        )
        tables.append("\n[[pin]]\n" + "".join(f"{line}\n" for line in lines))
    return f"{NOTE}version = {VERSION}\n{''.join(tables)}"


def add(file: Path, pin: Pin) -> bool:
    """Put *pin* into *file* in place of another one of that release; return if that is new."""
    known = read(file) if file.is_file() else []
    if pin in known:
        return False
    others = [other for other in known if other.release != pin.release]
    write_bytes(file, text([*others, pin]).encode())
    return True


def find(start: Path) -> Path | None:
    """Return the nearest ``medreg.lock`` in *start* or a folder above it."""
    folder = start.resolve()
    return next((f / FILE for f in (folder, *folder.parents) if (f / FILE).is_file()), None)
