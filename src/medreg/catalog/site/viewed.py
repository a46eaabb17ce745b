"""What the viewer is told of a dataset or set: ``cases/<name>.json``.

Of each case: where its images and mask lie on the site, what was measured, what was found.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from medreg.catalog.site.volumes import here, passed_on, withdrawn, written
from medreg.model import IGNORED
from medreg.tables import CaseRow, findings, natural, numbers, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.catalog.site.volumes import Volumes, Where
    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.stages.planned import Planned
    from medreg.vocabulary import Vocabulary

GRAY = "#8c8c8c"  # of voxels that nobody judged


def viewed(registry: Registry, plugins: Plugins, name: str, where: Where) -> dict[str, Any]:
    """Return what the viewer is told of the dataset or set *name*, which may be shown."""
    whole = written(registry, plugins, name)
    rows = _of_set(registry, whole) if whole else _of_dataset(registry, name)
    shows = where == "served" or (where == "copied" and passed_on(registry, plugins, name))
    volumes = here(registry, plugins, name) if shows else {}
    cases = sorted({*rows, *volumes} - withdrawn(registry, name), key=natural)
    if whole:
        title, labels = whole.recipe.title, _set_labels(whole)
    else:
        dataset = plugins.datasets[name].dataset
        title, labels = dataset.title, _labels(dataset.raw_labels, registry.vocabulary())
    return {
        "name": name,
        "title": title,
        "page": f"{'set' if whole else 'dataset'}/{name}.html",
        "labels": labels,
        "missing": _missing(name, where, bound=where == "copied" and not shows, own=bool(whole)),
        "cases": [_case(name, case, rows.get(case), volumes.get(case)) for case in cases],
    }


def _of_dataset(registry: Registry, name: str) -> Mapping[str, CaseRow]:
    folder = registry.dataset(name)
    there = (folder.path / "cases.csv").is_file()  # it was converted, and not checked yet
    return {row.case: row for row in folder.rows("cases.csv", CaseRow)} if there else {}


def _of_set(registry: Registry, whole: Planned) -> Mapping[str, CaseRow | None]:
    """Return each case of a set; what was measured is that of its dataset."""
    measured = {used: _of_dataset(registry, used) for used in whole.used}
    return {row.id: measured[row.dataset].get(row.case) for row in whole.kept.values()}


def _labels(values: Mapping[int, str], vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Return each label with its mask values and color; what nobody judged comes last, unseen."""
    from medreg.imaging.montage import COLORS

    by_name: dict[str, list[int]] = {}
    for value, label in sorted(values.items()):
        if value:
            by_name.setdefault(label, []).append(value)
    ignored = by_name.pop(IGNORED, [])
    told: list[dict[str, Any]] = []
    for number, (label, own) in enumerate(by_name.items()):
        known = vocabulary.labels.get(label)
        spare = "#{:02x}{:02x}{:02x}".format(*COLORS[number % len(COLORS)])
        told.append({"name": label, "values": own, "color": known.color if known else spare})
    if ignored:
        told.append({"name": IGNORED, "values": ignored, "color": GRAY, "off": True})
    return told


def _set_labels(whole: Planned) -> list[dict[str, Any]]:
    values = {value: label for label, value in whole.labels.values.items()}
    if whole.labels.ignore:
        values[whole.labels.ignore] = IGNORED
    return _labels(values, whole.vocabulary)


def _missing(name: str, where: Where, *, bound: bool, own: bool) -> dict[str, Any]:
    """Return why a case has no volumes, and the commands that bring them."""
    bring = [f"medreg pull {name}", f"medreg {'curate' if own else 'convert'} {name}"]
    if where == "served":
        return {"why": "Its volumes are not on this machine.", "type": bring}
    if bound:
        why = f"The terms of {name} do not say that its scans may be passed on, so this copy of "
        return {"why": why + "the site has none of them.", "type": ["medreg serve"]}
    if where == "copied":
        why = "Its volumes were not there when the site was written."
        return {"why": why, "type": [bring[0], "medreg site --volumes"]}
    why = "This copy of the site has pages only, no volumes."
    return {"why": why, "type": ["medreg serve", "medreg site --volumes"]}


def _case(name: str, case: str, row: CaseRow | None, volumes: Volumes | None) -> dict[str, Any]:
    base = f"volumes/{name}/{case}"
    channels = volumes.images.items() if volumes else ()
    return {
        "case": case,
        "images": [
            {
                "channel": channel,
                "path": f"{base}/{image.file.name}",
                "modality": image.modality,
                "unit": image.unit,
            }
            for channel, image in channels
        ],
        "mask": f"{base}/{volumes.mask.name}" if volumes and volumes.mask else "",
        "bytes": {key: file.stat().st_size for key, file in volumes.named.items()}
        if volumes
        else {},
        "verdict": row.verdict if row else "",
        "facts": _facts(row) if row else [],
        "milliliters": _milliliters(row) if row and row.case == case else {},  # not of a set's mask
        "voxels": int(prod(numbers(row.shape))) if row else 0,
        "findings": [
            {"check": check, "severity": severity, "message": message}
            for check, severity, message in (findings(row.findings) if row else ())
        ],
    }


def _facts(row: CaseRow) -> list[tuple[str, str]]:
    times = " \N{MULTIPLICATION SIGN} "
    told = [
        ("Patient", row.patient or "unknown"),
        ("Channels", ", ".join(row.channels.split())),
        ("Voxels", times.join(row.shape.split())),
        ("Spacing", f"{times.join(row.spacing.split())} mm"),
        ("Values", f"{row.low} to {row.high} {row.unit}".rstrip()),
        ("Shows", row.classes.replace("|", ", ")),
    ]
    return [(key, value) for key, value in told if value]


def _milliliters(row: CaseRow) -> dict[str, str]:
    """Return the volume of each label that was measured, as people read it."""
    each = prod(numbers(row.spacing)) / 1000  # ml of a voxel
    return {label: f"{int(count) * each:.4g}" for label, count in pairs(row.voxels).items()}
