"""What finds the same scan under another name, spacing or header. Never proof."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from medreg.volume import update_with_values

if TYPE_CHECKING:
    from medreg.volume import Volume


def fingerprint(volume: Volume) -> str:
    """Return ``sha256:<hex>``, equal for scans with equal values in RAS+ order.

    Spacing, origin, unit, stored type and file format do not count.
    """
    ras = volume.to_ras()
    digest = hashlib.sha256(b"medreg values 1\n")
    digest.update(" ".join(str(length) for length in ras.shape).encode())
    update_with_values(digest, ras.array)
    return f"sha256:{digest.hexdigest()}"
