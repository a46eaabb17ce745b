"""Tell a person how a fetch that stopped goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, MedregError, Misuse

if TYPE_CHECKING:
    from medreg.api.lab import Lab


DOWNLOADED = "Where files were downloaded: medreg add-plugin NAME --from FOLDER"


def onward(lab: Lab, name: str, error: MedregError) -> MedregError:
    """Return what stopped the fetch of *name*, with that name and with what to type."""
    if isinstance(error, Misuse):
        return error
    told = error.message
    told = told if told.startswith(f"{name} ") else f"{name}: {told}"
    if not isinstance(error, ActionNeeded):
        hint = error.hint or f"medreg sources check {name}   {_address(name)}"
        return type(error)(told, hint=hint, steps=error.steps)
    access = lab.declared(name).dataset.source.access
    if access == "portal":
        own = "" if any("add-plugin" in step for step in error.steps) else DOWNLOADED
        steps = filter(None, (*error.steps, own))
        return ActionNeeded(told, steps=tuple(steps), hint=error.hint or f"medreg show {name}")
    again = f"medreg fetch {name}" + (" --from FOLDER" if access == "manual" else "")
    hint = error.hint or _open_twin(lab, name) or _otherwise(lab, name)
    return ActionNeeded(told, steps=(*error.steps, again), hint=hint)


def _otherwise(lab: Lab, name: str) -> str:
    """Return another way to the files; none past a gate, which stands before every way."""
    from medreg.stages.accept import passed

    dataset = lab.declared(name).dataset
    if not passed(lab.registry, dataset, lab.licenses):
        return ""
    if dataset.source.access == "manual":
        return _address(name)
    return f"where you have the files: medreg fetch {name} --from FOLDER"


def _address(name: str) -> str:
    return f"an address that works does as well: medreg fetch {name} --url ADDRESS"


def _open_twin(lab: Lab, name: str) -> str:
    """Return a hint at a dataset that holds the same scans and can be fetched at once, if any."""
    from medreg.curate.overlaps import parse

    for where, text in lab.registry.overlaps().items():
        overlap = parse(text, where)
        whole = not {"crop", "resample", "slices"} & {*overlap.transform}
        if overlap.relation == "same scans" and whole and name in (overlap.a, overlap.b):
            twin = overlap.b if overlap.a == name else overlap.a
            known = lab.plugins.datasets.get(twin)
            if twin != name and known and known.dataset.source.access == "open":
                return f"{twin} holds the same scans and is open: medreg fetch {twin}"
    return ""
