"""What a plugin may decide about masks, as values that cost nothing to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medreg.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Rules:
    """How structures become a dataset's mask.

    *priority* names structures whose voxels win over all later and unlisted ones. *absent* says
    what a label means of which a file has no structure: the case is ``"refused"``, or the label
    was judged and is ``"empty"``, or nobody judged it in this case and it is ``"unknown"``.
    """

    priority: tuple[str, ...] = ()
    absent: Literal["refused", "empty", "unknown"] = "refused"

    def __post_init__(self) -> None:
        if self.absent not in ("refused", "empty", "unknown"):
            raise DeclarationError(
                f'absent is "refused" or "empty", or "unknown" in PerLabel, not {self.absent!r}'
            )
        if not isinstance(self.priority, tuple):
            raise DeclarationError(f"priority is a tuple of names, not {self.priority!r}")


@dataclass(frozen=True, slots=True)
class Consensus:
    """When a voxel belongs to a nodule, and which nodules count.

    *agree* is the share of those who outlined the nodule that a voxel needs, itself included;
    *readers* how many must have outlined it. *apart* is the distance in mm between outlines of
    one nodule, the distance between slices by default.
    """

    agree: float = 0.5
    readers: int = 1
    apart: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.agree <= 1 or self.readers < 1:
            raise DeclarationError(
                f"agree is a share above 0 up to 1 (not {self.agree}), "
                f"readers at least 1 (not {self.readers})"
            )


RULES, CONSENSUS = Rules(), Consensus()
