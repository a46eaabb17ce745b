"""Each verb as a function: what the command line calls and notebooks import.

    from medreg import api

    lab = api.open_lab()
    api.fetch(lab, "lits", given=Path("Downloads"))
    api.convert(lab, "lits")

A verb that people type runs its stage in this process, so that progress and errors survive, and
then records it as ``dvc repro`` would have.
"""

from medreg.api.lab import Lab, open_lab, open_lab_or_bundled
from medreg.api.look import (
    Card,
    Health,
    add_commands,
    card,
    doctor,
    findings,
    preview,
    state,
    status,
    verdict,
    verdicts,
    why,
)
from medreg.api.share import pull, push, release, reproduce, verify, verify_name
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
    "Health",
    "Lab",
    "add_commands",
    "add_plugin",
    "card",
    "check",
    "convert",
    "curate",
    "decide",
    "doctor",
    "fetch",
    "fetch_plan",
    "findings",
    "init",
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
    "to_write",
    "track",
    "verdict",
    "verdicts",
    "verify",
    "verify_name",
    "why",
]
