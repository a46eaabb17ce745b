"""Which volumes the site may show, and where they lie.

On the site a volume is ``volumes/<name>/<case>/<file>``; *name* is a dataset, whose converted
cases are shown, or a written set, which has masks of its own. Nothing of a restricted dataset is
shown, nor of a set that uses one, nor a withdrawn case.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medreg.errors import MedregError
from medreg.stages import sidecar
from medreg.stages.planned import Planned
from medreg.tables import natural
from medreg.versions.track import is_bound, is_restricted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.plugins import Plugins
    from medreg.registry import Registry

Where = Literal["", "copied", "served"]  # a site has no volumes, copies of them, or a server

HU = "HU"


@dataclass(frozen=True, slots=True)
class Image:
    """One channel of a case: its file, its modality such as CT, and the unit of its values."""

    file: Path
    modality: str
    unit: str


@dataclass(frozen=True, slots=True)
class Volumes:
    """The files of one case: images by channel, first the one on whose grid the mask lies."""

    images: Mapping[str, Image]
    mask: Path | None

    @property
    def named(self) -> Mapping[str, Path]:
        """Every file by its channel, or ``mask``; the files' names differ."""
        files = {channel: image.file for channel, image in self.images.items()}
        return {**files, sidecar.MASK: self.mask} if self.mask else files

    @property
    def files(self) -> list[Path]:
        """Every file."""
        return list(self.named.values())


def names(registry: Registry, plugins: Plugins) -> list[str]:
    """Return the datasets and sets whose cases may be shown, sorted."""
    datasets = [name for name in plugins.datasets if _shown(registry, plugins, name)]
    return sorted(
        [*datasets, *(name for name in registry.sets() if written(registry, plugins, name))]
    )


def _shown(registry: Registry, plugins: Plugins, name: str) -> bool:
    folder = registry.dataset(name)
    return (
        name in plugins.datasets
        and not plugins.datasets[name].dataset.packed
        and (folder.converted.is_dir() or (folder.path / "cases.csv").is_file())
        and not is_restricted(registry, plugins, name)
    )


def written(registry: Registry, plugins: Plugins, name: str) -> Planned | None:
    """Return the set *name* if it is written and may be shown."""
    if name not in registry.sets() or not registry.set(name).data.is_dir():
        return None
    whole = Planned(registry, plugins, name)
    try:
        closed = any(is_restricted(registry, plugins, used) for used in whole.used)
    except MedregError:  # not decided yet, or of a dataset that is gone
        return None
    return None if closed else whole


def here(registry: Registry, plugins: Plugins, name: str) -> Mapping[str, Volumes]:
    """Return the cases of dataset or set *name* whose volumes are on this machine, in order."""
    whole = written(registry, plugins, name)
    out = withdrawn(registry, name)
    cases = _ids(whole) if whole else _folders(registry, plugins, name)
    found = {
        case: _of_set(whole, cases[case]) if whole else _of_case(Path(cases[case]))
        for case in sorted(cases.keys() - out, key=natural)
    }
    return {case: volumes for case, volumes in found.items() if volumes}


def withdrawn(registry: Registry, name: str) -> set[str]:
    """Return the cases of dataset or set *name* that nobody may use any more."""
    refs = [ref.partition("/") for ref in registry.withdrawn()]
    own = {case for dataset, _, case in refs if dataset == name}
    return own | {f"{dataset}__{case}" for dataset, _, case in refs}


def _ids(whole: Planned) -> Mapping[str, str]:
    """Return ``dataset/case`` of each case of a set, by its name there."""
    return {row.id: ref for ref, row in whole.kept.items()}


def _folders(registry: Registry, plugins: Plugins, name: str) -> Mapping[str, str]:
    """Return the folder of each converted case, by its name."""
    folder = registry.dataset(name).converted
    if not (_shown(registry, plugins, name) and folder.is_dir()):
        return {}
    return {entry.name: str(entry) for entry in folder.iterdir()}


def _of_case(folder: Path) -> Volumes | None:
    """Return what the sidecar in *folder* names; None unless all of it is there, and in it."""
    said = sidecar.read(folder)
    if said is None or any("/" in entry["file"] for _, entry in sidecar.volumes(said)):
        return None
    order = sorted(said["images"], key=lambda channel: channel != said["grid"])
    images = {
        channel: Image(folder / one["file"], one["modality"], one["unit"])
        for channel in order
        for one in [said["images"][channel]]
    }
    volumes = Volumes(images, folder / said["mask"]["file"] if said["mask"] else None)
    return volumes if all(file.is_file() for file in volumes.files) else None


def _of_set(whole: Planned, ref: str) -> Volumes | None:
    """Return the files that a set holds of its case *ref*; None unless all are there."""
    case = whole.case(whole.kept[ref])
    modalities = whole.datasets[case.dataset].modalities
    images = {
        channel: Image(file, kind, HU if kind == "CT" else "")
        for channel, file in case.images.items()
        for kind in [str(modalities.get(channel, ""))]
    }
    volumes = Volumes(images, case.mask)
    return volumes if all(file.is_file() for file in volumes.files) else None


def find(registry: Registry, plugins: Plugins, path: str) -> Path | None:
    """Return the file at *path*, ``<name>/<case>/<file>``, if it may be shown and is there.

    *path* is only compared with names that the registry has: none of it is joined to a folder.
    """
    name, _, rest = path.partition("/")
    case, _, file = rest.partition("/")
    if case in withdrawn(registry, name):
        return None
    whole = written(registry, plugins, name)
    cases = _ids(whole) if whole else _folders(registry, plugins, name)
    if case not in cases:
        return None
    volumes = _of_set(whole, cases[case]) if whole else _of_case(Path(cases[case]))
    return next((one for one in volumes.files if one.name == file), None) if volumes else None


def passed_on(registry: Registry, plugins: Plugins, name: str) -> bool:
    """Tell whether the terms let the scans of *name* be passed on, as a site that is copied does.

    A set may be when each of its datasets may.
    """
    whole = written(registry, plugins, name)
    used = whole.used if whole else [name]
    return not any(is_bound(registry, plugins, one) for one in used)


def files(registry: Registry, plugins: Plugins, name: str) -> Iterator[tuple[str, Path]]:
    """Yield the site's path and the file of each volume that a copy of the site may hold."""
    if passed_on(registry, plugins, name):
        for case, volumes in here(registry, plugins, name).items():
            for file in volumes.files:
                yield f"volumes/{name}/{case}/{file.name}", file
