"""Each verb as a function: what the command line calls and notebooks import.

    from medreg import api

    lab = api.open_lab()
    api.fetch(lab, "lits", given=Path("Downloads"))
    api.convert(lab, "lits")

A verb that people type runs its stage in this process, so that progress and errors survive, and
then records it as ``dvc repro`` would have.
"""

from medreg.api.cards import Card, card
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
    "Conversion",
    "Health",
    "Lab",
    "add_commands",
    "add_plugin",
    "card",
    "check",
    "convert",
    "curate",
    "decide",
    "deidentify",
    "dicom2nifti",
    "doctor",
    "fetch",
    "fetch_plan",
    "findings",
    "findings_of",
    "fingerprint",
    "init",
    "masks",
    "next_version",
    "open_lab",
    "open_lab_or_bundled",
    "preview",
    "pull",
    "push",
    "release",
    "reproduce",
    "stage",
    "state",
    "status",
    "suv",
    "to_write",
    "told",
    "track",
    "validate",
    "verdict",
    "verdicts",
    "verify",
    "verify_name",
    "why",
]
