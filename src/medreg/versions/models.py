"""Published models: ``registry/models/NAME.yaml`` says which bytes trained which weights."""

from __future__ import annotations

import io
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError, Misuse, NotFound
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_file
from medreg.tables import ManifestRow, from_csv
from medreg.versions import clones, dvc, git, objects, outs, releases
from medreg.versions.pins import Pin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.registry import Registry

_CODE = re.compile(r"(?P<url>.+)@(?P<commit>[0-9a-f]{7,40})")
NNUNET = {
    "plans": ("plans.json", "nnUNetPlans.json"),
    "fingerprint": ("dataset_fingerprint.json",),
    "splits": ("splits_final.json",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A published model, and the pin of its data."""

    name: str
    weights: Mapping[str, Any]  # file (its name), size, sha256
    data: Pin
    split: str = ""  # what was trained on: "fold_0"; empty: every training case
    code: Mapping[str, str] = field(default_factory=dict)  # url, commit
    paper: str = ""
    nnunet: Mapping[str, str] = field(default_factory=dict)  # sha256 of plans, fingerprint, splits

    def as_json(self) -> dict[str, Any]:
        """Return everything, as the file has it."""
        return {key: value for key, value in asdict(self).items() if value}


def folder(registry: Registry) -> Path:
    """Return where models are recorded."""
    return registry.facts / "models"


def names(registry: Registry) -> list[str]:
    """Return the names of all models, sorted."""
    return sorted(file.stem for file in folder(registry).glob("*.yaml"))


def get(registry: Registry, name: str) -> Model:
    """Read the model *name*; raises `NotFound`, and `DeclarationError` naming the file."""
    file = folder(registry) / f"{name}.yaml"
    if name not in names(registry):
        raise NotFound.named("model", name, names(registry), hint="medreg model list")
    said = outs.yaml(file.read_bytes(), str(file))
    try:
        return Model(**{**said, "name": name, "data": Pin(**said["data"])})
    except (TypeError, KeyError) as error:
        raise DeclarationError(f"{file} is no model: {error}", hint="medreg model add") from None


def write(registry: Registry, made: Model, kept: Mapping[str, tuple[str, bytes]]) -> bool:
    """Record a model and the files *kept* of nnU-Net; tell if it is new.

    Raises `Misuse` for another model of that name.
    """
    known = made.name in names(registry)
    if known and get(registry, made.name) == made:
        return False
    if known:
        raise Misuse(
            f"there is another model named {made.name}; what was published stays",
            hint=f"choose another name, or look: medreg model show {made.name}",
        )
    for part in ("plans", "fingerprint"):
        if part in kept:
            write_bytes(folder(registry) / made.name / kept[part][0], kept[part][1])
    file = folder(registry) / f"{made.name}.yaml"
    write_bytes(file, _yaml(made.as_json()))
    git.stage(registry.root, [f"registry/models/{made.name}.yaml", f"registry/models/{made.name}"])
    return True


def require_name(name: str) -> None:
    """Raise `Misuse` for what cannot be a model's name."""
    if not name.isidentifier():
        raise Misuse(f"{name!r} is no name of a model", hint="name it in snake_case")


def weights_of(file: Path) -> dict[str, Any]:
    """Return what is recorded of the weights in *file*; raises `NotFound`."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}", hint="name the weights: --weights FILE")
    return {"file": file.name, "size": file.stat().st_size, "sha256": sha256_file(file)}


def pin_of(registry: Registry, data: str) -> Pin:
    """Return the pin of the release *data*; raises `NotFound`."""
    name, version = releases.split_release(registry.root, data)
    tag = releases.tag_of(name, version)
    remote = git.remote(registry.root)
    url = git.run(registry.root, "remote", "get-url", remote).decode().strip() if remote else ""
    return Pin(
        release=tag,
        url=url,
        manifest_sha256=releases.record_of(registry.root, tag).manifest_sha256,
        commit=git.resolve(registry.root, tag),
    )


def code_of(code: str) -> dict[str, str]:
    """Split ``URL@commit``; raises `Misuse`."""
    if not code:
        return {}
    found = _CODE.fullmatch(code)
    if not found:
        raise Misuse(
            f"{code!r} names no commit", hint="--code https://host/repo@COMMIT, 7 to 40 hex digits"
        )
    return found.groupdict()


def require_split(registry: Registry, tag: str, split: str) -> None:
    """Raise `NotFound` where the release *tag* has no such *split*."""
    if not split:
        return
    import json

    name = releases.split(tag)[0]
    where = outs.folder_at(registry, name, tag)
    known = json.loads(table(registry, where, tag, "splits.json"))
    folds = [f"fold_{n}" for n in range(len(known.get("folds", ())))]
    if split not in folds:
        raise NotFound.named("split of this release", split, folds)


def nnunet_files(where: Path) -> dict[str, tuple[str, bytes]]:
    """Return name and bytes of what nnU-Net left in *where*, by part; raises `NotFound`."""
    found = {}
    for part, files in NNUNET.items():
        there = [where / file for file in files if (where / file).is_file()]
        if there:
            found[part] = ("plans.json" if part == "plans" else files[0], there[0].read_bytes())
    missing = {"plans", "fingerprint"} - found.keys()
    if missing:
        raise NotFound(
            f"{where} holds no {' and no '.join(sorted(missing))} of nnU-Net",
            hint="name the folder with plans.json and dataset_fingerprint.json",
        )
    return found


def _yaml(content: Mapping[str, Any]) -> bytes:
    from ruamel.yaml import YAML

    text = io.StringIO()
    writer = YAML()
    writer.default_flow_style = False
    writer.dump(dict(content), text)
    return text.getvalue().encode()


def table(registry: Registry, where: str, revision: str, file: str) -> bytes:
    """Return the bytes of a table of the folder *where* at *revision*, wherever it is held."""
    path = f"{where}/{file}"
    try:
        return git.show(registry.root, revision, path)
    except NotFound:
        held = [out for out in outs.recorded_at(registry, where, revision) if out.path == path]
        if not held:
            raise
        with dvc.repository(registry) as repo:
            objects.fetch(repo, held)
            return objects.cached(repo, held[0].md5).read_bytes()


def manifest_of(registry: Registry, tag: str) -> Sequence[ManifestRow]:
    """Return the manifest of a release, wherever it is held."""
    where = outs.folder_at(registry, releases.split(tag)[0], tag)
    return from_csv(table(registry, where, tag, "manifest.csv"), ManifestRow, f"{tag}:manifest.csv")


def home_of(registry: Registry, model: Model) -> Registry:
    """Return the registry that holds the model's data: this one, or a clone of the pinned one.

    Raises `BytesDiffer` when the tag moved.
    """
    pin = model.data
    if pin.release in git.tags(registry.root, pin.release):
        clones.require_same(registry, pin)
        return registry
    return clones.pinned(pin)
