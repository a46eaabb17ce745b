"""Plugins: find them in their three homes, hand back datasets by name, say what is wrong.

A registry's ``plugins/`` stands above installed packages (entry point group ``medreg``), these
above what medreg bundles. A broken plugin is named with its reason, and skipped. `audit`
questions datasets, `declared` says what of them decides bytes, `pins` guards what others wrote,
`draft/` begins.
"""

from medreg.plugins.declared import CHECK_FORMAT, describe
from medreg.plugins.find import bundled
from medreg.plugins.loading import Declared, Plugins, Problem, Shadowed, load

__all__ = [
    "CHECK_FORMAT",
    "Declared",
    "Plugins",
    "Problem",
    "Shadowed",
    "bundled",
    "describe",
    "load",
]
