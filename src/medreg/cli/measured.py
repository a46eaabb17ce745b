"""What a card says that medreg measured, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.cli.table import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def measured(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a checked dataset: cases, files, geometry, clinical columns, labels."""
    patients = found["patients"]
    whose = f"{patients} patients" if patients else "patients unknown"
    verdicts = found["verdicts"]
    yield (
        f"{found['cases']} cases, {whose}, {found['refused']} refused; "
        f"{verdicts['pass']} pass, {verdicts['warn']} warn, {verdicts['fail']} fail"
    )
    yield f"{found['files']} files, {size(found['bytes'])}, manifest {found['manifest'][:15]}"
    for name, unit in (("shape", "voxels"), ("spacing", "mm")):
        if found[name]:
            yield f"{name}  {' x '.join(_range(axis) for axis in found[name])} {unit}"
    if classes := found.get("classes"):
        yield "classes  " + ", ".join(f"{name} {count:,}" for name, count in classes.items())
    for name, told in found.get("clinical", {}).items():
        yield f"clinical.{name}  {_clinical(told)}"
    for label, counts in found["labels"].items():
        yield (
            f"{label}  shown in {counts['shown']} of {counts['annotated']} annotated cases, "
            f"{counts['voxels']:,} voxels"
        )


def _clinical(told: Mapping[str, Any]) -> str:
    """Tell how much of a clinical column is known, and its range or its values."""
    unit = f" {told['unit']}" if told["unit"] else ""
    known = f"{told['kind']} of {told['cases']:,} in {told['of']:,} cases"
    if "min" in told:
        return f"{known}: {_range(told)}{unit}"
    counts = ", ".join(f"{value} ({n:,})" for value, n in told.get("values", {}).items())
    return f"{known}: {counts}" if counts else known


def _range(axis: Mapping[str, float]) -> str:
    low, middle, high = (f"{axis[key]:.4g}" for key in ("min", "median", "max"))
    return middle if low == high else f"{middle} ({low} to {high})"
