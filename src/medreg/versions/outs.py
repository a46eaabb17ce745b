"""What a dataset or set consists of, read from its dvc.yaml and dvc.lock: now, or at a release.

These two files are all that is read, so a broken neighbor disturbs nobody, and the cost does not
grow with the registry.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, DeclarationError, NotFound
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.registry import Registry

STAGES = {
    "datasets": ("declare", "fetch", "convert", "check"),
    "sets": ("decide", "write"),
}
RAW = "fetch"  # the stage whose outputs are the publisher's files: brought only to rebuild


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A file or folder that a stage made, as recorded in ``dvc.lock``."""

    path: str  # relative to the registry's root, POSIX
    stage: str
    md5: str  # of the bytes; of the list of files, with ".dir" at the end, for a folder
    size: int
    cached: bool  # DVC holds the bytes; otherwise git does
    remote: str = ""  # the only tier where it may lie; empty when it may lie anywhere

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder of files."""
        return self.md5.endswith(".dir")


def folder(registry: Registry, name: str) -> str:
    """Return the folder of dataset or set *name*, relative to the root; raises `NotFound`."""
    for kind, file in (("datasets", "dvc.yaml"), ("sets", "recipe.yaml")):
        where = f"registry/{kind}/{name}"
        if name and name == posixpath.basename(name) and (registry.root / where / file).exists():
            return where
    raise NotFound.named(
        "tracked dataset or set",
        name,
        [*registry.tracked(), *registry.sets()],
        hint=f"medreg track {name}",
    )


def content(where: str) -> str:
    """Return the part of the folder *where* that the paths of its manifest start from."""
    return "converted" if where.startswith("registry/datasets/") else ""


def address(registry: Registry, name: str, stage: str = "") -> str:
    """Return DVC's address of a stage, or of all stages of *name*; never a path (see DESIGN)."""
    return f"{folder(registry, name)}/dvc.yaml" + (f":{stage}" if stage else "")


def recorded(registry: Registry, name: str, revision: str = "", *, stage: str = "") -> list[Out]:
    """Return what *name* consists of, in the workspace or at a git *revision*.

    Raises `NotFound` when nothing was recorded yet.
    """
    where = folder_at(registry, name, revision) if revision else folder(registry, name)
    return recorded_at(registry, where, revision, stage=stage)


def recorded_at(
    registry: Registry, where: str, revision: str = "", *, stage: str = ""
) -> list[Out]:
    """Return what the folder *where* consists of, as `recorded` does for a name."""
    pipeline = text(registry, f"{where}/dvc.yaml", revision)
    lock = text(registry, f"{where}/dvc.lock", revision)
    return [out for out in parse(where, pipeline, lock) if stage in ("", out.stage)]


def wanted(registry: Registry, name: str, revision: str = "") -> list[Out]:
    """Return what DVC holds of dataset or set *name*, the publisher's files excepted."""
    return [out for out in recorded(registry, name, revision) if out.cached and out.stage != RAW]


def folder_at(registry: Registry, name: str, revision: str) -> str:
    """Return the folder of dataset or set *name* at a git *revision*.

    Raises `NotFound`, and `BytesDiffer` where the revision is a release's tag: it was moved.
    """
    for kind in STAGES:
        path = f"registry/{kind}/{name}"
        if git.files(registry.root, revision, path):
            return path
    if revision.startswith(f"{name}@v"):
        raise BytesDiffer(
            f"the commit of {revision} holds no {name}: the tag was moved",
            hint="git fetch --tags --force brings the published one back",
        )
    raise NotFound(f"{revision} holds no dataset or set named {name!r}", hint="medreg list")


def text(registry: Registry, path: str, revision: str = "") -> bytes:
    """Return the bytes of a file that git holds, in the workspace or at a git *revision*."""
    if revision:
        return git.show(registry.root, revision, path)
    try:
        return (registry.root / path).read_bytes()
    except FileNotFoundError:
        kind, name = path.split("/")[1:3]
        verb = "curate" if kind == "sets" else "track" if path.endswith("dvc.yaml") else "fetch"
        raise NotFound(f"there is no {path} yet", hint=f"medreg {verb} {name}") from None


def parse(where: str, pipeline: bytes, lock: bytes) -> list[Out]:
    """Read the outputs of a ``dvc.yaml`` and its ``dvc.lock`` in the folder *where*."""
    stages = yaml(pipeline, f"{where}/dvc.yaml", fast=True).get("stages", {})
    locked = yaml(lock, f"{where}/dvc.lock", fast=True).get("stages", {})
    return list(_parsed(where, stages, locked))


def _parsed(where: str, stages: Mapping[str, Any], locked: Mapping[str, Any]) -> Iterator[Out]:
    for stage, content in stages.items():
        known = {out["path"]: out for out in locked.get(stage, {}).get("outs", ())}
        for path, options in entries(content.get("outs", ())):
            if path in known:
                yield _out(where, stage, known[path], options)


def looked_at(registry: Registry, where: str) -> tuple[list[Out], list[tuple[str, str, str]]]:
    """Return what the folder *where* consists of, and stage, path and MD5 of all that was read.

    Paths are relative to the root, as those of outputs. Raises as `recorded_at`.
    """
    lock = text(registry, f"{where}/dvc.lock")
    stages = yaml(lock, f"{where}/dvc.lock", fast=True).get("stages", {})
    pipeline = yaml(text(registry, f"{where}/dvc.yaml"), f"{where}/dvc.yaml", fast=True)
    read = [
        (stage, posixpath.normpath(posixpath.join(where, dep["path"])), dep.get("md5", ""))
        for stage, content in stages.items()
        for dep in content.get("deps", ())
    ]
    return list(_parsed(where, pipeline.get("stages", {}), stages)), read


def behind(registry: Registry, name: str) -> str:
    """Return the first stage that read other bytes than its dataset's or set's stages made since.

    Empty where none did: what it made, the manifest among it, is of what lies there.
    """
    where = folder(registry, name)
    lock = yaml(text(registry, f"{where}/dvc.lock"), f"{where}/dvc.lock", fast=True)
    stages = lock.get("stages", {})
    made = {out["path"]: out.get("md5") for one in stages.values() for out in one.get("outs", ())}
    for stage, one in stages.items():
        if any(made.get(d["path"], d.get("md5")) != d.get("md5") for d in one.get("deps", ())):
            return str(stage)
    return ""


def _out(where: str, stage: str, known: Mapping[str, Any], options: Mapping[str, Any]) -> Out:
    return Out(
        path=posixpath.normpath(posixpath.join(where, known["path"])),
        stage=stage,
        md5=known["md5"],
        size=known.get("size", 0),
        cached=options.get("cache", True),
        remote=options.get("remote", ""),
    )


def entries(listed: Sequence[str | Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield path and options of each entry of ``outs`` or ``deps``."""
    for entry in listed:
        if isinstance(entry, str):
            yield entry, {}
        else:
            for path, options in entry.items():
                yield path, options or {}


def yaml(data: bytes, where: str, *, fast: bool = False) -> dict[str, Any]:
    """Read YAML; raises `DeclarationError` naming the file *where*."""
    try:
        content = _fast(data) if fast else _read(data)
    except ValueError as error:
        raise DeclarationError(f"{where} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise DeclarationError(
            f"{where} is no YAML mapping", hint=f"git restore {where} brings the committed one back"
        )
    return content


def _read(data: bytes) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe").load(data)
    except YAMLError as error:
        raise ValueError(str(error)) from None


def _fast(data: bytes) -> Any:
    """Read what DVC or medreg wrote by libyaml, ten times faster, where that is installed."""
    try:
        from yaml import CSafeLoader, YAMLError, load  # type: ignore[import-untyped]  # has no types
    except ImportError:
        return _read(data)
    try:
        return load(data, CSafeLoader)
    except YAMLError as error:
        raise ValueError(str(error)) from None
