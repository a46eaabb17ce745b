"""`medreg cite`: what to put into a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api, references
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace


def cite(args: Namespace) -> int:
    """Print the works to cite; the sentences that publishers demand follow on stderr."""
    found = api.cite(api.open_lab_or_bundled(args.registry), args.names)
    value = {
        "references": [references.csl(work, key) for key, work in found.works.items()],
        "sentences": dict(found.sentences),
    }
    emit(value, found.printed(args.format), as_json=args.json)
    if not args.json:
        for name, sentence in found.sentences.items():
            say(f"\n{name} demands this sentence:\n{sentence}")
    return 0
