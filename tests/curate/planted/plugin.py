"""Twelve made-up datasets of nine layouts; a test copies this file into its registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import CT, PT, Claim, Dataset, Local, Pairs, PetCt, PngStack, hookimpl
from medreg.layouts import Bids, Decathlon, DicomSeg, NnunetRaw, PerLabel, RtStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model import Layout, Modality, Rank

ORGANS = {1: "liver", 2: "spleen", 3: "kidney_right", 4: "kidney_left"}
NAMED = {name: name for name in ORGANS.values()}
NIFTI = Pairs(image="**/images/{case}.nii.gz", label="**/labels/{case}.nii.gz")


def _says(value: str, rank: Rank) -> Claim:
    return Claim(value, source=f"what the {rank} wrote", date="2026-11", rank=rank)


OPEN = (_says("CC-BY-4.0", "publisher"), _says("CC-BY-NC-4.0", "third party"))
AT_ODDS = {  # equal ranks contradict each other
    "terms_a": (_says("CC-BY-4.0", "publisher"), _says("CC-BY-NC-4.0", "publisher")),
    "terms_b": (_says("CC0-1.0", "archive"), _says("CC-BY-NC-SA-4.0", "archive")),
    "terms_c": (_says("CC-BY-SA-4.0", "paper"), _says("CC-BY-NC-ND-4.0", "paper")),
}


def _made(
    name: str,
    layout: Layout,
    labels: Mapping[int | str, str],
    modality: Modality | Mapping[str, Modality] = CT,
    licenses: tuple[Claim, ...] = OPEN,
) -> Dataset:
    return Dataset(
        name=name,
        title=f"Phantoms of {name}",
        homepage="",
        licenses=licenses,
        cite=(),
        modality=modality,
        source=Local(f"../downloads/{name}"),
        layout=layout,
        labels=labels,
        patients="by layout" if isinstance(layout, Bids | PetCt) else "each case",
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield them; only some annotate every organ."""
    series = "**/{case}/CT/*.dcm"
    yield _made("pairs", NIFTI, {**ORGANS, 5: "pancreas"})
    yield _made(
        "decathlon", Decathlon("Task01_Liver", channels=("ct",)), {1: "liver", 2: "liver_tumor"}
    )
    yield _made("nnunet", NnunetRaw(("ct",)), ORGANS)
    yield _made(
        "per_label", PerLabel("**/{case}/ct.nii.gz", "**/{case}/masks/{label}.nii.gz"), NAMED
    )
    yield _made(
        "bids",
        Bids("ct", label="derivatives/**/{case}_dseg.nii.gz"),
        {1: "liver", 3: "kidney_right", 4: "kidney_left"},
    )
    yield _made("seg", DicomSeg(series, "**/{case}/SEG/*.dcm"), NAMED)
    yield _made("rtstruct", RtStruct(series, "**/{case}/RT/*.dcm"), {"liver": "liver"})
    yield _made("png", PngStack(image=series, mask="**/{case}/Ground/*.png"), {255: "liver"})
    yield _made(
        "petct",
        PetCt(
            ct="**/{patient}/{case}/CT/*.dcm",
            pet="**/{patient}/{case}/PT/*.dcm",
            seg="**/{patient}/{case}/SEG/*.dcm",
        ),
        {1: "lesion"},
        {"ct": CT, "pet": PT},
    )
    yield _made("held", Pairs(image="**/img{case}.nii.gz", label="**/label{case}.nii.gz"), ORGANS)
    for name, claims in AT_ODDS.items():
        yield _made(name, NIFTI, ORGANS, licenses=claims)
