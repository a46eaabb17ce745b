"""The names of releases: ``liver_ct@v1.2.0``, an annotated git tag that GTO and DVC read too."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, Misuse, NotFound
from medreg.versions import git, signatures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# https://semver.org, section 9 to 11; no build metadata, which orders nothing
_SEMVER = re.compile(
    r"v?(?P<core>(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2})"
    r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
)


def version_of(text: str) -> str:
    """Return *text* as a semantic version without ``v``; raises `Misuse`.

    >>> version_of("v1.0.0")
    '1.0.0'
    """
    if not _SEMVER.fullmatch(text):
        raise Misuse(
            f"{text!r} is no semantic version",
            hint="use three numbers, such as 1.0.0 (https://semver.org)",
        )
    return text.removeprefix("v")


def order(
    version: str,
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int, str], ...]]:
    """Return a sort key of semantic versions (https://semver.org, section 11).

    >>> sorted(["1.10.0", "1.9.0", "1.9.0-rc.2", "1.9.0-rc.10"], key=order)
    ['1.9.0-rc.2', '1.9.0-rc.10', '1.9.0', '1.10.0']
    """
    core, _, pre = version.partition("-")
    parts = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in pre.split(".") if part
    )
    return tuple(int(n) for n in core.split(".")), (0,) if pre else (1,), parts


def split(release: str) -> tuple[str, str]:
    """Split ``name@v1.0.0`` into name and version; the version is empty where none is given.

    >>> split("liver_ct@v1.0.0"), split("liver_ct")
    (('liver_ct', '1.0.0'), ('liver_ct', ''))
    """
    name, at, version = release.partition("@")
    if not name or (at and not version):
        raise Misuse(f"{release!r} names no release", hint="name it as in liver_ct@v1.0.0")
    return name, version_of(version) if at else ""


def split_release(root: Path, release: str) -> tuple[str, str]:
    """Split ``name@v1.0.0``; raises `Misuse`, naming the last release, without a version."""
    name, version = split(release)
    if not version:
        known = [*released(root, name)][-1:]
        raise Misuse(
            f"{release} names no version", hint=f"such as {tag_of(name, *known or ['1.0.0'])}"
        )
    return name, version


def following(root: Path, name: str) -> str:
    """Return the version that the next release of *name* may have."""
    versions = released(root, name)
    if not versions:
        return "1.0.0"
    major, minor, _ = versions[-1].partition("-")[0].split(".")
    return f"{major}.{int(minor) + 1}.0"


def tag_of(name: str, version: str) -> str:
    """Return the git tag of a release."""
    return f"{name}@v{version}"


def released(root: Path, name: str) -> Sequence[str]:
    """Return all versions of *name* that were released, the oldest first."""
    found = (tag.removeprefix(f"{name}@v") for tag in git.tags(root, f"{name}@v*"))
    return sorted((version for version in found if _SEMVER.fullmatch(version)), key=order)


@dataclass(frozen=True, slots=True)
class Record:
    """What a release's tag says: the digests of its content, and the tiers that were audited."""

    manifest_sha256: str
    provenance_sha256: str  # empty for a dataset
    tiers: tuple[str, ...]

    def message(self) -> str:
        """Return the message of the tag: JSON, one key per line."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"


def record_of(root: Path, tag: str) -> Record:
    """Read what *tag* says; raises `NotFound`, and `BytesDiffer` when medreg did not make it.

    Raises `BytesDiffer`, too, when it is not signed as the registry asks for.
    """
    name, version = split(tag)
    known = released(root, name)
    if version not in known:
        raise NotFound.named(
            "release",
            tag,
            [tag_of(name, other) for other in known],
            hint="git fetch --tags brings the releases of others",
        )
    signatures.require(root, tag)
    try:
        content, _ = json.JSONDecoder().raw_decode(git.tag_message(root, tag))
        return Record(
            content["manifest_sha256"], content["provenance_sha256"], tuple(content["tiers"])
        )
    except (ValueError, KeyError, TypeError):
        raise BytesDiffer(
            f"the tag {tag} was not made by medreg release, so nothing is on record for it",
            hint="git fetch --tags --force brings the published tag back; "
            f"or make another: medreg release {name} {following(root, name)}",
        ) from None
