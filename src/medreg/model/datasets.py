"""A dataset: everything that a person asserts about it, nothing measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from medreg.errors import DeclarationError, NotFound
from medreg.model.cases import NamedRef, OneLabelRef, PackedRef
from medreg.model.words import ANY, LONE, Claim, Modality, channel_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model.about import About, Gate
    from medreg.model.cases import Case, Fix, Layout
    from medreg.model.clinical import Clinical
    from medreg.model.raw import Source, Tree


INSTITUTIONAL = "LicenseRef-Institutional"
Annotation = Literal["segmentation", "class", "boxes", "points", "measurement", "none"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a publisher offers: everything a person asserts about it, nothing measured.

    *labels* maps raw mask values (or segment names) to vocabulary labels; 0 is *none of these*.
    ``{ANY: "lesion"}`` says that every value from 1 up is a lesion of its own; in a name ``*``
    stands for any letters: ``{"Tumor_*": "liver_tumor"}``.
    A vocabulary label that is not listed is unknown everywhere in this dataset, not background.
    Several modalities without channels, as a tuple, are for what has no *layout*.
    *patients* says how a case's patient is known: ``"each case"`` is one patient of its own,
    ``"by layout"`` takes the layout's ``{patient}``, ``"unknown"`` makes every split say so.
    """

    name: str
    title: str
    homepage: str
    licenses: tuple[Claim, ...]
    cite: tuple[str, ...]
    modality: Modality | Mapping[str, Modality] | tuple[Modality, ...]
    source: Source
    layout: Layout | None = None  # None until somebody saw how the files are arranged
    labels: Mapping[int | str, str] = field(default_factory=dict)
    annotation: Annotation = "segmentation"
    cases: int | None = None  # as published; the audit compares
    patients: Literal["each case", "by layout", "unknown"] = "unknown"
    restricted: bool = False  # institutional, or under a use agreement: never leaves its tier
    fixes: tuple[Fix, ...] = ()
    readiness: Mapping[str, object] = field(default_factory=dict)  # other thresholds: `validate`
    notes: str = ""
    gate: Gate | None = None  # what a person must do before a byte moves
    about: About | None = None
    clinical: tuple[Clinical, ...] = ()  # tables beside the images

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name != self.name.lower():
            raise DeclarationError(
                f"a dataset is named in snake_case, not {self.name!r}",
                hint="use letters, digits and underscores, as in msd_liver",
            )
        if 0 in self.labels:
            raise DeclarationError(
                f"{self.name}: labels lists 0, which always means none of the listed labels"
            )
        if ANY in self.labels and len(self.labels) > 1:
            raise DeclarationError(
                f"{self.name}: labels lists ANY, every value, and others beside it",
                hint="list ANY alone, or every value",
            )
        if isinstance(self.modality, tuple) and self.layout is not None:
            raise DeclarationError(
                f"{self.name} has a layout, so its modality is one, or a mapping from its channels"
            )
        if len({isinstance(raw, str) for raw in self.labels}) > 1:
            raise DeclarationError(
                f"{self.name}: labels has both values and names of structures",
                hint="use one of them: the mask's values, or the names in the annotation's file",
            )

    @property
    def modalities(self) -> Mapping[str, Modality]:
        """The modality of each channel; a single image is a channel named for its modality."""
        if isinstance(self.modality, Modality):
            return {channel_name(self.modality): self.modality}
        if isinstance(self.modality, tuple):
            return {channel_name(modality): modality for modality in self.modality}
        return self.modality

    @property
    def arranged(self) -> Layout:
        """The layout; raises `NotFound` while nobody has seen how the files are arranged."""
        if self.layout is None:
            raise NotFound(
                f"{self.name} has no layout: nobody has written down how its files are arranged",
                hint=f"add layout= to its plugin: medreg show {self.name} names the file",
            )
        return self.layout

    @property
    def packed(self) -> bool:
        """Tell whether cases stay in their files: pictures, clips, slides, rows of arrays."""
        return getattr(self.layout, "packed", False)

    @property
    def access(self) -> str:
        """How its bytes are had: open, manual or generated, or the kind of its gate.

        A portal stays one behind a gate, unless it stands for one dataset: that has labels.
        """
        portal = self.source.access == "portal" and not self.labels
        return self.gate.kind if self.gate and not portal else self.source.access

    @property
    def unapproved(self) -> Sequence[str]:
        """What an institution's own scans still lack before a byte moves: ``irb``, ``consent``.

        Institutional is what an archive of patients hands out, or what its license calls so;
        nobody is asked for what lies in a folder of their own, where no byte moves.
        """
        parts = getattr(self.source, "parts", None)
        sources = [*parts.values()] if parts else [self.source]
        own = any(getattr(source, "deidentify", False) for source in sources)
        ours = any(claim.value == INSTITUTIONAL for claim in self.licenses)
        if not own and not (ours and any(source.access != "open" for source in sources)):
            return ()
        said = {"irb": self.gate and self.gate.irb, "consent": self.gate and self.gate.consent}
        return [word for word, value in said.items() if not (value and value.strip())]

    @property
    def raw_values(self) -> Mapping[str, int]:
        """The mask value of each structure that `labels` names: 1, 2, ... in its order.

        Names of one label share its value. Empty where `labels` lists values.
        """
        order = list(dict.fromkeys(self.labels.values()))
        return {
            raw: order.index(label) + 1
            for raw, label in self.labels.items()
            if isinstance(raw, str)
        }

    @property
    def raw_labels(self) -> Mapping[int, str]:
        """What each value of a converted mask means, whether `labels` lists values or names."""
        values = self.raw_values
        return {
            values[raw] if isinstance(raw, str) else raw: label
            for raw, label in self.labels.items()
        }

    def find(self, tree: Tree) -> Iterator[Case]:
        """Yield every case of *tree*: channels named, errata repaired, dropped cases left out."""
        for case in self.arranged.cases(tree):
            repaired: Case | None = self.with_values(self.with_channels(case))
            for fix in self.fixes:
                repaired = repaired and fix.case(repaired)
            if repaired is not None:
                yield repaired

    def with_channels(self, case: Case) -> Case:
        """Return *case* with the channels that `modalities` lists; a lone image gets its name."""
        if list(case.images) == [LONE] and isinstance(self.modality, Modality):
            return replace(case, images={channel_name(self.modality): case.images[LONE]})
        if list(case.images) == list(self.modalities):
            return case
        raise DeclarationError(
            f"{self.name}: the layout's channels are {', '.join(case.images)}, "
            f"those of modality= are {', '.join(self.modalities)}",
            hint="name the same channels in the same order in both",
        )

    def with_values(self, case: Case) -> Case:
        """Return *case* with a mask in `raw_values`, where `labels` names structures."""
        if case.mask is None or not self.raw_values:
            return case
        if ANY in self.labels and not isinstance(case.mask, PackedRef):
            return replace(case, mask=OneLabelRef(case.mask))
        if isinstance(case.mask, NamedRef):
            mask, judged = case.mask.valued(self.raw_values), case.labels
            if judged is not None:  # by the names in the files
                judged = frozenset(filter(None, map(self._label_of, judged)))
            return replace(case, mask=mask, labels=judged)
        raise DeclarationError(
            f"{self.name}: labels names structures ({next(iter(self.raw_values))!r}), "
            "but the layout's masks hold values",
            hint="list the masks' values, or use DicomSeg, RtStruct, LidcXml or PerLabel",
        )

    def _label_of(self, name: str) -> str | None:
        """Return the label of a structure called *name*: of its own, or of the first pattern."""
        if name in self.labels:
            return self.labels[name]
        return next((one for raw, one in self.labels.items() if fnmatchcase(name, str(raw))), None)

    def patient_of(self, case: Case) -> str | None:
        """Return the patient of *case* within this dataset, or None when nobody knows."""
        return case.id if self.patients == "each case" else case.patient
