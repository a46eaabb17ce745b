"""A release as a training script wants it: cases with paths, labels and folds. Reads no voxel."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg import settings
from medreg.errors import BytesDiffer, NotFound
from medreg.files.hashing import sha256_file
from medreg.registry import Registry
from medreg.tables import CaseRow, ManifestRow, SelectionRow, from_csv, natural
from medreg.versions import outs, pins, releases
from medreg.versions.part import TEST, is_mask, present

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCase:
    """One case of a release, and where its files lie.

    *mask* is None where masks were not pulled, or where there are none.
    """

    id: str  # "lits__volume-12"
    dataset: str
    case: str
    images: Mapping[str, Path]  # by channel, in the release's order
    mask: Path | None
    labels: tuple[str, ...]  # those that were judged in this case
    fold: int | None  # it validates in this fold; None: held out, or no folds
    test: bool  # held out
    group: str  # equal for all cases of one patient, as far as that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A release: its cases, and what the values of its masks mean."""

    release: str
    folder: Path
    labels: Mapping[str, int]  # value by name; 0 is none of them
    ignore: int | None  # the value that no loss may count
    cases: Sequence[LoadedCase]

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.cases)

    def __iter__(self) -> Iterator[LoadedCase]:
        """Yield every case, the held-out ones too."""
        return iter(self.cases)

    def train(self, fold: int) -> list[LoadedCase]:
        """Return the cases to train on in *fold*."""
        self._require(fold)
        return [case for case in self.cases if not case.test and case.fold != fold]

    def validation(self, fold: int) -> list[LoadedCase]:
        """Return the cases that validate in *fold*."""
        self._require(fold)
        return [case for case in self.cases if not case.test and case.fold == fold]

    def _require(self, fold: int) -> None:
        known = sorted({case.fold for case in self.cases if case.fold is not None})
        if fold not in known:
            raise NotFound(
                f"{self.release} has no fold {fold}",
                hint=f"it has: {', '.join(map(str, known)) or 'none'}",
            )

    @property
    def test(self) -> list[LoadedCase]:
        """The held-out cases."""
        return [case for case in self.cases if case.test]


def dictionaries(cases: Iterable[LoadedCase]) -> list[dict[str, Any]]:
    """Return *cases* for MONAI's dictionary transforms, or for any PyTorch dataset.

    ``image`` is a path, or the list of paths of several channels; ``label`` is left out where
    there is no mask: ``monai.data.CacheDataset(dictionaries(found.train(0)), transform)``.
    """
    return [
        {
            "id": case.id,
            "image": paths[0] if len(paths) == 1 else paths,
            **({"label": str(case.mask)} if case.mask else {}),
        }
        for case in cases
        for paths in [[str(path) for path in case.images.values()]]
    ]


def subjects(cases: Iterable[LoadedCase]) -> list[dict[str, Any]]:
    """Return *cases* for TorchIO: each channel by its name, ``label`` for the mask.

    ``torchio.Subject(ct=torchio.ScalarImage(s["ct"]), label=torchio.LabelMap(s["label"]))``.
    """
    return [
        {
            "id": case.id,
            **{channel: str(path) for channel, path in case.images.items()},
            **({"label": str(case.mask)} if case.mask else {}),
        }
        for case in cases
    ]


def load(release: str, start: Path | None = None) -> Loaded:
    """Return the cases of *release* (``liver_ct@v1.2.0``), which must have been pulled.

    It is sought in what the nearest ``medreg.lock`` pins, then in the registry around *start* (the
    working folder by default). Only its tables are read: ``medreg verify`` proves bytes. Raises
    `NotFound` with the command that brings it, and `BytesDiffer` when another release lies there.
    """
    around = start or Path.cwd()
    name, version = releases.split(release)
    folder, expected = _pinned(around, name, version) or _tracked(around, name, version)
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise NotFound(f"{release} is not here: {folder}", hint=f"medreg pull {release}")
    if expected and sha256_file(manifest) != expected:
        raise BytesDiffer(
            f"{folder} holds another version than {release}", hint=f"medreg pull {release}"
        )
    rows = present(folder, from_csv(manifest.read_bytes(), ManifestRow, str(manifest)))
    by_case: dict[str, list[ManifestRow]] = defaultdict(list)
    for row in rows:
        if row.source:
            by_case[row.source].append(row)
    known = _of_set if (folder / "selection.csv").is_file() else _of_dataset
    return known(release, folder, by_case)


def _pinned(around: Path, name: str, version: str) -> tuple[Path, str] | None:
    file = pins.find(around)
    for pin in pins.read(file) if file else ():
        if (
            file
            and pin.release.startswith(f"{name}@v")
            and version in ("", pin.release[len(name) + 2 :])
        ):
            return file.parent / pin.folder, pin.manifest_sha256
    return None


def _tracked(around: Path, name: str, version: str) -> tuple[Path, str]:
    try:
        registry = Registry(settings.find_root(around))
    except NotFound:
        file = pins.find(around)
        raise NotFound(
            f"{file} pins other releases than {name}{f'@v{version}' * bool(version)}: "
            + ", ".join(pin.release for pin in pins.read(file))
            if file
            else f"no medreg.lock pins {name}, and there is no registry around {around}",
            hint="medreg pin URL NAME@VERSION, then medreg pull",
        ) from None
    folder = registry.root / outs.folder(registry, name)
    if not version:
        return folder, ""
    record = releases.record_of(registry.root, releases.tag_of(name, version))
    return folder, record.manifest_sha256


def _of_set(release: str, folder: Path, by_case: Mapping[str, Sequence[ManifestRow]]) -> Loaded:
    said = json.loads((folder / "provenance.json").read_bytes())
    channels = _channels(folder)
    table = from_csv((folder / "selection.csv").read_bytes(), SelectionRow)
    cases = []
    for row in (row for row in table if row.decision == "kept"):
        files = by_case.get(f"{row.dataset}/{row.case}", ())
        images = [folder / file.path for file in files if not is_mask(file)]
        if images:
            cases.append(
                LoadedCase(
                    id=row.id,
                    dataset=row.dataset,
                    case=row.case,
                    images=dict(zip(channels, sorted(images), strict=True)),
                    mask=_mask(folder, files),
                    labels=tuple(row.annotated.split()),
                    fold=None if row.fold == TEST else int(row.fold),
                    test=row.fold == TEST,
                    group=row.group,
                )
            )
    return Loaded(
        release=release, folder=folder, labels=said["labels"], ignore=said["ignore"], cases=cases
    )


def _channels(folder: Path) -> list[str]:
    recipe = outs.yaml((folder / "recipe.yaml").read_bytes(), str(folder / "recipe.yaml"))
    return list(recipe.get("channels") or ["ct"])


def _mask(folder: Path, files: Iterable[ManifestRow]) -> Path | None:
    return next((folder / file.path for file in files if is_mask(file)), None)


def _of_dataset(release: str, folder: Path, by_case: Mapping[str, Sequence[ManifestRow]]) -> Loaded:
    content = folder / "converted"
    rows = {r.case: r for r in from_csv((folder / "cases.csv").read_bytes(), CaseRow)}
    declared = json.loads((folder / "declared.json").read_bytes())
    cases = []
    for source in sorted(by_case, key=natural):
        dataset, _, name = source.partition("/")
        row = rows[name]
        files = {file.path.rpartition("/")[2]: file for file in by_case[source]}
        images = {
            channel: content / files[f"{channel}.nii.gz"].path
            for channel in row.channels.split()
            if f"{channel}.nii.gz" in files
        }
        cases.append(
            LoadedCase(
                id=f"{dataset}__{name}",
                dataset=dataset,
                case=name,
                images=images,
                mask=_mask(content, files.values()),
                labels=tuple(row.annotated.split()),
                fold=None,
                test=False,
                group=f"{dataset}/{row.patient or name}",
            )
        )
    return Loaded(
        release=release, folder=folder, labels=_values(declared), ignore=None, cases=cases
    )


def _values(declared: Mapping[str, Any]) -> dict[str, int]:
    """Return the value of each label as the dataset's converted masks have it."""
    labels = declared["labels"].items()
    return {label["name"]: int(value) for value, label in labels if value.isdecimal()}
