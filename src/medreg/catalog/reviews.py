"""Papers that look over many datasets (F024): read them before you believe a single one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Review:
    """A review or benchmark paper, and *says*: the one finding that concerns who combines data."""

    id: str  # as in `Dataset.cite`
    title: str
    year: int
    says: str


REVIEWS = (
    Review("arXiv:2508.13626", "Systematic review of public abdominal CT datasets", 2025,
           "46 datasets, 50,256 studies, 59.1 % of the cases in more than one"),
    Review("arXiv:2312.07273", "Near-duplicate detection between medical datasets", 2023,
           "sensitivity 0.9645 and specificity 0.8559 on the Decathlon"),
    Review("doi:10.1038/s41467-022-30695-9", "The Medical Segmentation Decathlon", 2022,
           "one method over ten tasks generalizes to unseen ones"),
    Review("arXiv:2507.22953", "CADS: whole-body CT segmentation from many sources", 2025,
           "39 sources, 22,022 scans, 167 structures"),
)  # fmt: skip
