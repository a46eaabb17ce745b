"""What helps to find, choose and plan a dataset; it decides no byte of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model.words import Claim

Region = Literal[
    "whole body", "head", "eye", "neck", "chest", "breast", "heart", "spine",
    "abdomen", "pelvis", "arm", "leg", "skin",
]  # fmt: skip
Tag = Literal[
    # what somebody needs
    "start", "foundation model", "radiotherapy planning", "body composition",
    "external validation", "benchmark",
    # clinical applications; a region says the rest
    "oncology", "cardiology", "pulmonology", "neurology", "pathology", "ophthalmology",
    "dermatology", "emergency", "musculoskeletal", "infection",
    # what else was published
    "clinical data", "healthy", "longitudinal", "videos",
]  # fmt: skip
AnnotatedBy = Literal["experts", "experts corrected a model", "a model", "reports", "mixed", ""]
Known = Literal["source", "secondary", "recall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What stands between a person and the bytes: a form, an agreement, an application.

    *days* is the usual waiting time until approval (None when nobody says); *terms* is the
    address of the text that is agreed to. For patients of an institution *irb* is the reference
    of the ethics approval, and *consent* says what the patients agreed to.
    """

    kind: Literal["registration", "agreement", "application"]
    days: float | None = None
    terms: str = ""
    irb: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Facts of a dataset that a person looks for; each is as good as *known* says.

    *known* is where they were read: at the publisher or in a loader of its files (``"source"``),
    in somebody's list (``"secondary"``), or nowhere that could be opened (``"recall"``).
    """

    known: Known
    also: tuple[str, ...] = ()  # other names that lists and papers use
    region: tuple[Region, ...] = ()
    shows: tuple[str, ...] = ()  # structures, findings; where `Dataset.labels` does not say it
    scans: int | None = None  # all that are published, annotated or not
    annotated: int | None = None  # cases with an annotation, where `Dataset.cases` has others too
    images: int | None = None  # in two dimensions
    patients: int | None = None
    size_gb: float | None = None  # 10^9 bytes, as downloaded
    counts: tuple[Claim, ...] = ()  # what others state instead: "750 scans"
    classes: Mapping[int | str, str] = field(default_factory=dict)  # of `annotation="class"`
    formats: tuple[str, ...] = ()
    contents: str = ""  # the tree of files, where no layout was verified
    splits: str = ""  # the publisher's own
    annotated_by: AnnotatedBy = ""
    accuracy: str = ""  # of the annotation, as published: "NLP labels, > 90 %"
    quality: str = ""  # what to mind: sparse slices, several phases, errata
    typical: str = ""  # shape, spacing, values
    best_for: str = ""
    tags: tuple[Tag, ...] = ()
    contact: str = ""
    acknowledge: str = ""  # the sentence that the publisher demands in every paper, word by word

    def __post_init__(self) -> None:
        for value, choices in ((self.region, Region), (self.tags, Tag)):
            for word in value:
                if word not in get_args(choices):
                    raise DeclarationError(
                        f"there is no {word!r}", hint=f"known: {', '.join(get_args(choices))}"
                    )
