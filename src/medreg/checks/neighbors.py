"""Ask whether two labels touch that never do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.survey import survey, values_of
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medreg.checks.survey import Box
    from medreg.model import Converted

FEW = 3  # faces that may touch without a word

# Between each pair lies another organ or a hand's breadth, in every patient whose organs lie on
# the usual side; what a disease may bring together (a horseshoe kidney's halves) is not here.
APART = (
    ("spleen", "kidney_right"),
    ("spleen", "gallbladder"),
    ("spleen", "adrenal_gland_right"),
    ("spleen", "inferior_vena_cava"),
    ("spleen", "urinary_bladder"),
    ("spleen", "prostate"),
    ("liver", "prostate"),
    ("liver", "brain"),
    ("gallbladder", "kidney_left"),
    ("gallbladder", "adrenal_gland_left"),
    ("kidney_left", "adrenal_gland_right"),
    ("kidney_right", "adrenal_gland_left"),
    ("heart", "kidney_left"),
    ("heart", "kidney_right"),
    ("heart", "urinary_bladder"),
    ("heart", "brain"),
    ("lung", "urinary_bladder"),
    ("lung", "prostate"),
    ("lung", "brain"),
    ("lung_left", "lung_lower_lobe_right"),
    ("brain", "kidney_left"),
    ("brain", "kidney_right"),
    ("brain", "spleen"),
    ("brain", "urinary_bladder"),
    ("pancreas", "urinary_bladder"),
    ("pancreas", "brain"),
)


class Neighbors:
    """Warns of labels that touch although other organs lie between them in every patient."""

    name = "neighbors"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Count the faces that the voxels of each such pair share."""
        if case.mask is None:
            return
        seen, shown = survey(case), values_of(case)
        for one, other in APART:
            if one not in shown or other not in shown:
                continue
            box = _near(seen.box(shown[one]), seen.box(shown[other]))
            faces = _faces(case.mask.array, box, shown[one], shown[other]) if box else 0
            if faces > FEW:
                message = f"{case.mask_file}: {one} and {other} touch ({faces:,} voxel faces)"
                yield Finding(self.name, Severity.WARN, message)


def _near(one: Box, other: Box) -> Box | None:
    """Return where two boxes, each grown by a voxel, overlap; None if they do not."""
    spans = []
    for a, b in zip(one, other, strict=True):
        start, stop = max(a.start, b.start) - 1, min(a.stop, b.stop) + 1
        if stop - start < 2:  # noqa: PLR2004 - a voxel of each
            return None
        spans.append(slice(max(start, 0), stop))
    return spans[0], spans[1], spans[2]


def _faces(mask: NDArray[np.generic], box: Box, one: Sequence[int], other: Sequence[int]) -> int:
    import numpy as np

    part = mask[box]
    a, b = np.isin(part, list(one)), np.isin(part, list(other))
    faces = 0
    for axis in range(3):
        low, high = (tuple(cut if x == axis else slice(None) for x in range(3)) for cut in CUTS)
        faces += int(np.count_nonzero(a[low] & b[high]) + np.count_nonzero(b[low] & a[high]))
    return faces


CUTS = (slice(None, -1), slice(1, None))
