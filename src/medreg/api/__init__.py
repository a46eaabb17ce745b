"""Each verb as a function: what the command line calls and notebooks import.

    from medreg import api

    lab = api.open_lab()
    api.fetch(lab, "lits", given=Path("Downloads"))
    api.convert(lab, "lits")

A verb that people type runs its stage in this process, so that progress and errors survive, and
then records it as ``dvc repro`` would have.
"""

from medreg.api.accept import accept, terms_shown
from medreg.api.cards import Card, card
from medreg.api.catalog import (
    Planned,
    entries,
    guide,
    inventory,
    listed,
    plan,
    states,
    together,
    totals,
    write_inventory,
)
from medreg.api.cite import Citations, cite
from medreg.api.conversion import Conversion, dicom2nifti
from medreg.api.lab import Lab, open_lab, open_lab_or_bundled
from medreg.api.look import (
    Health,
    add_commands,
    doctor,
    findings,
    findings_of,
    preview,
    state,
    status,
    told,
    verdict,
    verdicts,
    why,
)
from medreg.api.overlap import audit_split, overlaps
from medreg.api.overlap import graph as overlap_graph
from medreg.api.scans import deidentify, fingerprint, masks, suv, validate
from medreg.api.share import next_version, pull, push, release, reproduce, verify, verify_name
from medreg.api.work import (
    add_plugin,
    check,
    convert,
    curate,
    decide,
    fetch,
    fetch_plan,
    init,
    stage,
    to_write,
    track,
)

__all__ = [
    "Card",
    "Citations",
    "Conversion",
    "Health",
    "Lab",
    "Planned",
    "accept",
    "add_commands",
    "add_plugin",
    "audit_split",
    "card",
    "check",
    "cite",
    "convert",
    "curate",
    "decide",
    "deidentify",
    "dicom2nifti",
    "doctor",
    "entries",
    "fetch",
    "fetch_plan",
    "findings",
    "findings_of",
    "fingerprint",
    "guide",
    "init",
    "inventory",
    "listed",
    "masks",
    "next_version",
    "open_lab",
    "open_lab_or_bundled",
    "overlap_graph",
    "overlaps",
    "plan",
    "preview",
    "pull",
    "push",
    "release",
    "reproduce",
    "stage",
    "state",
    "states",
    "status",
    "suv",
    "terms_shown",
    "to_write",
    "together",
    "told",
    "totals",
    "track",
    "validate",
    "verdict",
    "verdicts",
    "verify",
    "verify_name",
    "why",
    "write_inventory",
]
