"""Verbs for scans on this disk, with or without a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.report import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.deidentify.folder import Done
    from medreg.deidentify.sign import Profile
    from medreg.imaging.suv.body import Kind
    from medreg.readiness.prints import Pair, Taken
    from medreg.readiness.validate import Report
    from medreg.report import Progress


def masks(  # noqa: PLR0913 - what the command line offers
    image: Path,
    annotation: Path,
    target: Path,
    *,
    only: Sequence[str] = (),
    priority: Sequence[str] = (),
    each: bool = False,
    resample: bool = False,
    allow_other_image: bool = False,
    series: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write what *annotation* draws on *image* as NIfTI; see `imaging.masks.write.write`.

    *only* and *priority* name structures: all that are written, and those that win overlaps.
    """
    from medreg.imaging.masks.write import Options, write

    options = Options(
        only=tuple(only),
        priority=tuple(priority),
        each=each,
        resample=resample,
        allow_other_image=allow_other_image,
        series=series,
    )
    return write(image, annotation, target, options, progress or Silent())


def suv(
    source: Path,
    target: Path,
    *,
    kind: Kind = "bw",
    series: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the PET series in *source* as uptake to the folder *target*; see `suv.write.write`."""
    from medreg.imaging.suv.write import write

    return write(source, target, kind=kind, series=series, progress=progress or Silent())


def validate(
    paths: Sequence[Path], *, profile: str = "ct", progress: Progress | None = None
) -> Report:
    """Hold every DICOM series below *paths* to a readiness profile; see `medreg.readiness`.

    *profile* is ``ct``, ``mr``, ``pet``, a TOML file of thresholds, or a dataset whose plugin says
    what differs (``readiness=``). Raises `NotFound` for a path or profile that does not exist.
    """
    from pathlib import Path

    from medreg.readiness.profile import BUILT_IN, named, of
    from medreg.readiness.validate import validate as judged

    if profile not in BUILT_IN and not Path(profile).exists():
        from medreg.api.lab import open_lab_or_bundled

        declared = open_lab_or_bundled().plugins.datasets.get(profile)
        if declared is not None:
            dataset = declared.dataset
            modality = next(iter(dataset.modalities.values()))
            changes = {"name": profile, **dataset.readiness}
            return judged(paths, of(str(modality), changes, str(declared.file)), progress)
    return judged(paths, named(profile), progress)


def deidentify(
    source: Path,
    target: Path,
    *,
    mapping: Path | None = None,
    options: Profile | None = None,
    progress: Progress | None = None,
) -> Done:
    """De-identify every DICOM file in *source* into *target*; see `deidentify.folder`.

    *mapping* is the secret file that joins old names to new ones; by default it lies in the
    registry's ``.medreg``, which neither git nor DVC sees.
    """
    from medreg.deidentify.folder import deidentify as done
    from medreg.deidentify.sign import Profile

    return done(
        source,
        target,
        named=mapping,
        options=options or Profile(),
        progress=progress or Silent(),
    )


def fingerprint(
    paths: Sequence[Path],
    *,
    against: Sequence[str] = (),
    registry: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Taken, list[Pair]]:
    """Take the fingerprint of every scan below *paths*, and find what matches.

    *against* are other paths, JSON that this command printed elsewhere, or checked datasets of
    the *registry*; without any, the scans are compared with each other.
    """
    from medreg.readiness.prints import matches, taken

    found = taken(paths, progress)
    if not against:
        return found, matches(found.scans)
    others = [one for name in against for one in _known(name, registry, progress).scans]
    return found, matches(found.scans, others)


def _known(name: str, registry: Path | None, progress: Progress | None) -> Taken:
    """Return the fingerprints of a path, of a JSON file, or of a dataset."""
    import json
    from pathlib import Path

    from medreg.errors import BytesDiffer
    from medreg.readiness.prints import from_json, taken

    path = Path(name)
    if not path.exists():
        return _of_dataset(name, registry)
    if path.suffix != ".json":
        return taken([path], progress)
    try:
        return from_json(json.loads(path.read_bytes()), name)
    except (ValueError, KeyError) as error:
        raise BytesDiffer(f"{name} holds no fingerprints ({error})") from None


def _of_dataset(name: str, registry: Path | None) -> Taken:
    from medreg.api.lab import open_lab
    from medreg.errors import NotFound
    from medreg.imaging.fingerprints import read_rows
    from medreg.readiness.prints import Named, Taken
    from medreg.tables import CaseRow, FingerprintRow

    known = open_lab(registry).registry
    if name not in known.tracked():
        raise NotFound.named("path, JSON file or checked dataset", name, known.tracked())
    folder = known.dataset(name)
    cases = folder.rows("cases.csv", CaseRow)
    prints = read_rows(name, cases, folder.rows("fingerprints.csv", FingerprintRow))
    return Taken(tuple(Named(ref, found) for ref, found in prints.items()), ())
