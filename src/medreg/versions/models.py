"""Published models: ``registry/models/NAME.yaml`` says which bytes trained which weights."""

from __future__ import annotations

import io
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError, Misuse, NotFound
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
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


def add(  # noqa: PLR0913 - it has these parts
    registry: Registry,
    name: str,
    *,
    weights: Path,
    data: str,
    split: str = "",
    code: str = "",
    paper: str = "",
    nnunet: Path | None = None,
) -> tuple[Model, bool]:
    """Record the model *name*, trained on the release *data*; return it, and if it is new.

    *code* is ``URL@commit``, *nnunet* the folder that nnU-Net trained or planned in. Raises
    `Misuse` for another model of that name, `NotFound` for what is not there.
    """
    if not name.isidentifier():
        raise Misuse(f"{name!r} is no name of a model", hint="name it in snake_case")
    if not weights.is_file():
        raise NotFound(f"there is no file {weights}", hint="name the weights: --weights FILE")
    pin = _pin(registry, data)
    _require_split(registry, pin.release, split)
    kept = _nnunet(nnunet) if nnunet else {}
    made = Model(
        name=name,
        weights={
            "file": weights.name,
            "size": weights.stat().st_size,
            "sha256": sha256_file(weights),
        },
        data=pin,
        split=split,
        code=_code(code),
        paper=paper,
        nnunet={part: sha256_bytes(text) for part, (_, text) in kept.items()},
    )
    known = name in names(registry)
    if known and get(registry, name) == made:
        return made, False
    if known:
        raise Misuse(
            f"there is another model named {name}; what was published stays",
            hint=f"choose another name, or look: medreg model show {name}",
        )
    for part in ("plans", "fingerprint"):
        if part in kept:
            write_bytes(folder(registry) / name / kept[part][0], kept[part][1])
    file = folder(registry) / f"{name}.yaml"
    write_bytes(file, _yaml(made.as_json()))
    git.stage(registry.root, [f"registry/models/{name}.yaml", f"registry/models/{name}"])
    return made, True


def _pin(registry: Registry, data: str) -> Pin:
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


def _code(code: str) -> dict[str, str]:
    if not code:
        return {}
    found = _CODE.fullmatch(code)
    if not found:
        raise Misuse(
            f"{code!r} names no commit", hint="--code https://host/repo@COMMIT, 7 to 40 hex digits"
        )
    return found.groupdict()


def _require_split(registry: Registry, tag: str, split: str) -> None:
    if not split:
        return
    import json

    name = releases.split(tag)[0]
    where = outs.folder_at(registry, name, tag)
    known = json.loads(table(registry, where, tag, "splits.json"))
    folds = [f"fold_{n}" for n in range(len(known.get("folds", ())))]
    if split not in folds:
        raise NotFound.named("split of this release", split, folds)


def _nnunet(where: Path) -> dict[str, tuple[str, bytes]]:
    """Return name and bytes of what nnU-Net left in *where*, by part."""
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
