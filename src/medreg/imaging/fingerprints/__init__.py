"""Fingerprints: a ladder for finding the same scan, or the same patient, again. Never proof."""

from medreg.imaging.fingerprints.index import pairs
from medreg.imaging.fingerprints.ladder import Match, match
from medreg.imaging.fingerprints.made import Fingerprint, fingerprint_of, read_rows

__all__ = ["Fingerprint", "Match", "fingerprint_of", "match", "pairs", "read_rows"]
