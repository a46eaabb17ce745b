"""What ``medreg stage ...`` runs: each stage is a plan, the engine, and one answer per case.

A stage knows nothing of DVC or git. It may be killed at any moment: run again, it does what is
missing and ends the same.
"""

from medreg.stages.annotate import annotated
from medreg.stages.check import check
from medreg.stages.convert import convert
from medreg.stages.decide import decide
from medreg.stages.declare import declare
from medreg.stages.fetch import How, fetch
from medreg.stages.part import Choice
from medreg.stages.write import export_data, write, write_data

__all__ = [
    "Choice",
    "How",
    "annotated",
    "check",
    "convert",
    "decide",
    "declare",
    "export_data",
    "fetch",
    "write",
    "write_data",
]
