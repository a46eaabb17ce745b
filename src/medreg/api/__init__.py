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
    answer,
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
from medreg.api.idc import PREFIX as IDC_PREFIX
from medreg.api.idc import by_collection as idc_by_collection
from medreg.api.idc import collection as idc_collection
from medreg.api.idc import is_idc
from medreg.api.idc import series as idc_series
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
from medreg.api.plan_fetch import FetchPlan, fetch_plan
from medreg.api.plugin import Proposal, add_plugin, propose_plugin
from medreg.api.scans import deidentify, fingerprint, masks, suv, validate
from medreg.api.share import next_version, pull, push, release, reproduce, verify, verify_name
from medreg.api.trial import check_plugin
from medreg.api.work import (
    check,
    convert,
    curate,
    decide,
    fetch,
    init,
    stage,
    to_write,
    track,
)
from medreg.stages import How, Part

__all__ = [
    "IDC_PREFIX",
    "Card",
    "Citations",
    "Conversion",
    "FetchPlan",
    "Health",
    "How",
    "Lab",
    "Part",
    "Planned",
    "Proposal",
    "accept",
    "add_commands",
    "add_plugin",
    "answer",
    "audit_split",
    "card",
    "check",
    "check_plugin",
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
    "idc_by_collection",
    "idc_collection",
    "idc_series",
    "init",
    "inventory",
    "is_idc",
    "listed",
    "masks",
    "next_version",
    "open_lab",
    "open_lab_or_bundled",
    "overlap_graph",
    "overlaps",
    "plan",
    "preview",
    "propose_plugin",
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
