"""The stage ``convert``: from raw files to one folder of canonical NIfTI per case."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medreg.checks.headers import findings
from medreg.errors import Refused
from medreg.files.atomic import clear_scratch, machine_errors, whole_folder
from medreg.files.hashing import sha256_file
from medreg.files.lock import lock
from medreg.model import IGNORED
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome
from medreg.stages import adopted, compared, sidecar
from medreg.stages.annotate import with_drawn
from medreg.stages.fetch import records
from medreg.stages.opened import of_task, opened
from medreg.stages.packed import addresses
from medreg.stages.run import run
from medreg.stages.sweep import sweep
from medreg.tables import RefusedRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medreg.engine import Engine, Task
    from medreg.model import Case, ImageRef
    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.report import Progress, StageReport
    from medreg.stages.opened import Opened
    from medreg.volume import Volume

STAGE = "convert"


def convert(
    registry: Registry, plugins: Plugins, name: str, *, engine: Engine, progress: Progress
) -> StageReport:
    """Convert every case of a dataset, keeping those that stand.

    Pictures, clips, slides and arrays stay packed: see `medreg.stages.packed`.
    Ends with ``refused.csv`` and without folders that no case owns, unless a case got no answer
    (`StageReport.failed`). Raises `NotFound` before a fetch, `DeclarationError` for two cases
    with one id, `BytesDiffer` for raw files that are not those on record, `Refused` for an archive
    that cannot be read, `Transient` while another stage of the dataset runs, `CannotHere` when the
    disk is full.
    """
    plugins.get(name)
    folder = registry.dataset(name)
    scratch = registry.work(STAGE, name)
    with lock(registry.lock(name), f"{STAGE} {name}"), opened(registry, name) as dataset:
        if not adopted.place_of(folder):  # which looks at each file when it is opened
            with machine_errors(folder.raw):
                compared.compare(registry, name, records(folder).values(), progress)
        if dataset.dataset.packed:
            return addresses(dataset, engine=engine, progress=progress)
        clear_scratch(scratch)
        report = run(
            STAGE,
            registry,
            name,
            list(dataset.cases),
            convert_case,
            engine=engine,
            progress=progress,
        )
        if not report.failed:
            folder.converted.mkdir(parents=True, exist_ok=True)
            sweep(folder.converted, {answer.item for answer in report.answers if answer.ok})
            rows = [RefusedRow(case=a.item, reason=a.reason) for a in report.refused]
            folder.write_rows("refused.csv", rows, RefusedRow)
        clear_scratch(scratch)
    return report


def convert_case(task: Task) -> Answer:
    """Convert one case, or keep what stands; raises `Refused` naming the case and file."""
    dataset = of_task(task.root, task.name)
    case = dataset.cases[task.item]
    target = dataset.folder.converted / case.id
    if reason := dataset.registry.withdrawn().get(f"{task.name}/{case.id}"):
        raise Refused(f"{case.id} was withdrawn: {reason}")
    with machine_errors(target):
        members = sidecar.members_digests(dataset.tree, case)
        private = _private(dataset, case)
        case, drawn = with_drawn(dataset.folder, case)
        if drawn:
            members[sidecar.MASK] = drawn["sha256"]
        before = sidecar.read(target)
        own = {**({"annotation": drawn} if drawn else {}), **private}
        facts = {**_facts(dataset, case), **own}
        stale = before is not None and {"annotation", sidecar.PRIVACY} & {*before} - {*own}
        if not stale and sidecar.stands(before, target, facts, members):
            return Answer(case.id, Outcome.KEPT, shown=sidecar.shown(task, target))
        with whole_folder(target, dataset.registry.work(STAGE, task.name)) as fresh:
            content = {**_write(dataset, case, members, fresh), **facts}
            (fresh / sidecar.NAME).write_bytes(json_bytes(content))
    size = sum(entry["size"] for _, entry in sidecar.volumes(content))
    outcome = Outcome.CONVERTED if before is None else Outcome.REPAIRED
    return Answer(case.id, outcome, size=size, shown=sidecar.shown(task, target))


def _facts(dataset: Opened, case: Case) -> dict[str, Any]:
    """Return what the declaration alone says about a case."""
    from medreg.imaging.canonical import CONVERTER_FORMAT

    labels = dataset.dataset.labels.values() if case.labels is None else case.labels
    return {
        "case": case.id,
        "patient": dataset.dataset.patient_of(case),
        "converter": CONVERTER_FORMAT,
        "declared": dataset.declared,
        "grid": case.grid,
        "annotated": sorted({*labels} - {IGNORED}) if case.mask else [],
        **({} if case.classes is None else {"classes": list(case.classes)}),
    }


def _private(dataset: Opened, case: Case) -> dict[str, Any]:
    """Return what the raw headers tell about a person; nothing of a clean case."""
    refs = (*case.images.values(), *([case.mask] if case.mask else []))
    told = findings(dataset.tree, (path for ref in refs for path in ref.members))
    said = [{"severity": str(one.severity), "message": one.message} for one in told]
    return {sidecar.PRIVACY: said} if said else {}


def _write(dataset: Opened, case: Case, members: Mapping[str, str], into: Path) -> sidecar.Sidecar:
    """Write the volumes of a case into a folder; return what its sidecar says of them."""
    from medreg.imaging.canonical import canonical_image, canonical_mask

    images: dict[str, Any] = {}
    corrections: list[str] = []
    grid: Volume | None = None
    for channel, ref in case.images.items():
        modality = dataset.dataset.modalities[channel]
        with _naming(ref):
            image = canonical_image(ref.read(), modality)
        corrections += (f"{channel}: {note}" for note in image.notes)
        entry = _entry(image, channel, ref, members[channel], into)
        images[channel] = {**entry, "modality": str(modality)}
        grid = image if channel == case.grid else grid
    mask = None
    if case.mask:
        with _naming(case.mask):
            volume = canonical_mask(case.mask.read(), grid)
        corrections += (f"mask: {note}" for note in volume.notes)
        mask = _entry(volume, sidecar.MASK, case.mask, members[sidecar.MASK], into)
    return {"images": images, "mask": mask, "corrections": corrections}


@contextmanager
def _naming(ref: ImageRef) -> Iterator[None]:
    """Make every refusal name the file that it is about."""
    try:
        yield
    except Refused as refusal:
        first, *others = ref.members or ("no file",)
        if first in refusal.message:
            raise
        file = f"{first} and {len(others)} more" if others else first
        raise Refused(f"{file}: {refusal.message}", hint=refusal.hint) from None


def _entry(volume: Volume, name: str, ref: ImageRef, made_of: str, into: Path) -> dict[str, Any]:
    from medreg.imaging import nifti

    file = into / f"{name}.nii.gz"
    nifti.write(volume, file)
    return {
        "file": file.name,
        "unit": volume.unit,
        "voxels": volume.digest(),
        "size": file.stat().st_size,
        "sha256": sha256_file(file),
        "members": list(ref.members),
        "members_sha256": made_of,
    }
