"""Each verb as a function: what the command line calls and notebooks import.

    from medreg import api

    lab = api.open_lab()
    api.fetch(lab, "lits", given=Path("Downloads"))
    api.convert(lab, "lits")

A verb that people type runs its stage in this process, so that progress and errors survive, and
then records it as ``dvc repro`` would have.

A name is imported when it is first used, so that a command loads what it needs and no more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medreg.api.acceptance import accept, terms_shown
    from medreg.api.adoption import adopt, drafted, recognized, undecided
    from medreg.api.annotation import annotate, collect
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
    from medreg.api.citation import Citations, cite
    from medreg.api.comparison import compare
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
        state,
        status,
        told,
        verdict,
        verdicts,
        why,
    )
    from medreg.api.models import Model, model, model_add, model_card, model_names, reproduce_any
    from medreg.api.overlap import audit_split, overlaps
    from medreg.api.overlap import graph as overlap_graph
    from medreg.api.pictures import contact_sheet, preview, worst
    from medreg.api.pinned import (
        Loaded,
        LoadedCase,
        ReleasePart,
        dictionaries,
        find_pins,
        load,
        pin,
        pins,
        pull_pins,
        subjects,
        withdrawn_of,
    )
    from medreg.api.plan_fetch import FetchPlan, fetch_plan
    from medreg.api.plugin import Proposal, add_plugin, propose_plugin
    from medreg.api.publishers import Asked, check_sources, moved_on, outdated
    from medreg.api.recognize import Recognized
    from medreg.api.reviewed import review, to_review
    from medreg.api.sampled import sample
    from medreg.api.scans import deidentify, fingerprint, masks, suv, validate
    from medreg.api.serving import Server, server
    from medreg.api.set_report import report
    from medreg.api.share import (
        diff,
        export_datalad,
        next_version,
        pull,
        pull_all,
        push,
        push_weights,
        release,
        release_plan,
        reproduce,
        verify,
        verify_name,
    )
    from medreg.api.site_pages import Site, site
    from medreg.api.site_write import write_site
    from medreg.api.trace import evict, log, require_agreement, tiers, where, who, withdraw
    from medreg.api.trial import check_plugin
    from medreg.api.work import (
        check,
        convert,
        curate,
        decide,
        fetch,
        growth,
        init,
        stage,
        to_write,
        track,
    )
    from medreg.sources.logins import logins
    from medreg.stages import Choice, How

__all__ = [
    "IDC_PREFIX",
    "Asked",
    "Card",
    "Choice",
    "Citations",
    "Conversion",
    "FetchPlan",
    "Health",
    "How",
    "Lab",
    "Loaded",
    "LoadedCase",
    "Model",
    "Planned",
    "Proposal",
    "Recognized",
    "ReleasePart",
    "Server",
    "Site",
    "accept",
    "add_commands",
    "add_plugin",
    "adopt",
    "annotate",
    "answer",
    "audit_split",
    "card",
    "check",
    "check_plugin",
    "check_sources",
    "cite",
    "collect",
    "compare",
    "contact_sheet",
    "convert",
    "curate",
    "decide",
    "deidentify",
    "dicom2nifti",
    "dictionaries",
    "diff",
    "doctor",
    "drafted",
    "entries",
    "evict",
    "export_datalad",
    "fetch",
    "fetch_plan",
    "find_pins",
    "findings",
    "findings_of",
    "fingerprint",
    "growth",
    "guide",
    "idc_by_collection",
    "idc_collection",
    "idc_series",
    "init",
    "inventory",
    "is_idc",
    "listed",
    "load",
    "log",
    "logins",
    "masks",
    "model",
    "model_add",
    "model_card",
    "model_names",
    "moved_on",
    "next_version",
    "open_lab",
    "open_lab_or_bundled",
    "outdated",
    "overlap_graph",
    "overlaps",
    "pin",
    "pins",
    "plan",
    "preview",
    "propose_plugin",
    "pull",
    "pull_all",
    "pull_pins",
    "push",
    "push_weights",
    "recognized",
    "release",
    "release_plan",
    "report",
    "reproduce",
    "reproduce_any",
    "require_agreement",
    "review",
    "sample",
    "server",
    "site",
    "stage",
    "state",
    "states",
    "status",
    "subjects",
    "suv",
    "terms_shown",
    "tiers",
    "to_review",
    "to_write",
    "together",
    "told",
    "totals",
    "track",
    "undecided",
    "validate",
    "verdict",
    "verdicts",
    "verify",
    "verify_name",
    "where",
    "who",
    "why",
    "withdraw",
    "withdrawn_of",
    "worst",
    "write_inventory",
    "write_site",
]

_HOMES = {  # where each name lives; "ours=theirs" where it is called otherwise there
    "api.acceptance": "accept terms_shown",
    "api.adoption": "adopt drafted recognized undecided",
    "api.annotation": "annotate collect",
    "api.cards": "Card card",
    "api.catalog": (
        "Planned answer entries guide inventory listed plan states together totals write_inventory"
    ),
    "api.citation": "Citations cite",
    "api.comparison": "compare",
    "api.conversion": "Conversion dicom2nifti",
    "api.idc": (
        "IDC_PREFIX=PREFIX idc_by_collection=by_collection idc_collection=collection "
        "idc_series=series is_idc"
    ),
    "api.lab": "Lab open_lab open_lab_or_bundled",
    "api.look": (
        "Health add_commands doctor findings findings_of state status told verdict verdicts why"
    ),
    "api.models": "Model model model_add model_card model_names reproduce_any",
    "api.overlap": "audit_split overlap_graph=graph overlaps",
    "api.pictures": "contact_sheet preview worst",
    "api.pinned": (
        "Loaded LoadedCase ReleasePart dictionaries find_pins load pin pins pull_pins subjects "
        "withdrawn_of"
    ),
    "api.plan_fetch": "FetchPlan fetch_plan",
    "api.plugin": "Proposal add_plugin propose_plugin",
    "api.publishers": "Asked check_sources moved_on outdated",
    "api.recognize": "Recognized",
    "api.reviewed": "review to_review",
    "api.sampled": "sample",
    "api.scans": "deidentify fingerprint masks suv validate",
    "api.serving": "Server server",
    "api.set_report": "report",
    "api.share": "diff export_datalad next_version pull pull_all push "
    "push_weights release release_plan reproduce verify verify_name",
    "api.site_pages": "Site site",
    "api.site_write": "write_site",
    "api.trace": "evict log require_agreement tiers where who withdraw",
    "api.trial": "check_plugin",
    "api.work": "check convert curate decide fetch growth init stage to_write track",
    "sources.logins": "logins",
    "stages": "Choice How",
}
_NAMES = {
    ours: (home, theirs or ours)
    for home, names in _HOMES.items()
    for ours, _, theirs in (name.partition("=") for name in names.split())
}


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` when it is first used."""
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, theirs = _NAMES[name]
    globals()[name] = getattr(import_module(f"medreg.{home}"), theirs)
    return globals()[name]
