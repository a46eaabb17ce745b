"""autoPET: lesions in whole-body PET/CT, as NIfTI, by year of the challenge (2022-2025).

I and II have the 1,014 FDG studies of FDG-PET-CT-Lesions (513 without a lesion), II with another
hidden test. III adds 597 PSMA studies (IDC's psma_pet_ct_lesions) and comes in nnU-Net's
folders. IV adds clicks to III, and longitudinal CT as a task of its own. The "validation 200" of an
early list is the hidden test. CT is resampled to the PET, which is in SUV.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from medreg import CT, PT, About, Claim, Dataset, Gate, Http, Manual, NnunetRaw, Pairs, hookimpl
from medreg.model import Case, Layout, Source, Tree

FDG = "doi:10.7937/gkr0-xv29"
PSMA = "doi:10.7937/r7ep-3x37"
OTHERS = (Claim("CC-BY-NC-4.0", source="first source list (001), unsupported", date="2026-11"),)
COUNTS = (
    Claim("200 validation cases", "first source list (001): the hidden test", date="2026-11"),
    Claim("120 GB", "first source list (001), unsupported", date="2026-11"),
)


@dataclass(frozen=True)
class Tracers(NnunetRaw):
    """Cases that are called ``{tracer}_{patient}_{study}``."""

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case with its patient: tracer and number."""
        for case in super().cases(tree):
            yield replace(case, patient="_".join(case.id.split("_")[:2]))


def _autopet(  # noqa: PLR0913, PLR0917 - an edition has these parts
    edition: str,
    year: int,
    scans: int,
    source: Source,
    layout: Layout | None = None,
    splits: str = "",
    quality: str = "",
) -> Dataset:
    low = edition.lower()
    home = f"https://autopet{'' if edition == 'I' else f'-{low}'}.grand-challenge.org/"
    both = edition in ("III", "IV")
    return Dataset(
        name=f"autopet_{low}",
        title=f"autoPET {edition} ({year})",
        homepage=home,
        licenses=(
            Claim(
                "CC-BY-4.0",
                source="idc-index-data 25.0.5 (IDC v25): every series of fdg_pet_ct_lesions"
                + (" and psma_pet_ct_lesions" if both else ""),
                date="2026-11",
                rank="archive",
            ),
            *OTHERS,
        ),
        cite=(FDG, *((PSMA,) if both else ()), "doi:10.1038/s41597-022-01718-3"),
        modality={"ct": CT, "pet": PT} if layout else (CT, PT),
        source=source,
        layout=layout,
        labels={1: "lesion"},
        cases=scans,
        patients="by layout" if layout else "unknown",
        gate=Gate(kind="registration", terms=home),
        about=About(
            known="source" if layout else "secondary",
            also=("autoPET", "AutoPET Challenge Dataset", f"AutoPET-{edition}"),
            region=("whole body",),
            shows=("FDG-avid lesions", "PSMA-avid lesions") if both else ("FDG-avid lesions",),
            scans=scans,
            patients=1278 if both else 900,
            counts=COUNTS,
            formats=("NIfTI",),
            annotated_by="experts",
            best_for="lesions in PET/CT",
            tags=("oncology", "benchmark"),
            splits=splits,
            quality=quality,
        ),
    )


NIFTI = Pairs(
    image={"ct": "**/{patient}/{case}/CTres.nii.gz", "pet": "**/{patient}/{case}/SUV.nii.gz"},
    label="**/{patient}/{case}/SEG.nii.gz",
    mask_on="pet",
)
FDAT = "https://fdat.uni-tuebingen.de/records/wf9fy-txq84"
ZIP = "http://193.196.20.155/data/autoPET/data/nifti.zip"


def _steps(low: str, folder: str) -> Manual:
    page = f"https://autopet-{low}.grand-challenge.org/dataset/"
    return Manual(files=(folder,), steps=f"Register, and download and unpack {folder}: {page}")


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the four editions."""
    manual = Manual(files=("FDG-PET-CT-Lesions",), steps=f"Download the NIfTI files: {FDAT}")
    yield _autopet("I", 2022, 1014, manual, NIFTI)
    yield _autopet("II", 2023, 1014, Http(urls=(ZIP,)), NIFTI, splits="same training data as I")
    folder = "psma-fdg-pet-ct-lesions"
    nnunet = Tracers(channels=("ct", "pet"))
    five = "splits_final.json: five folds"
    note = "openmedlab counts 1,614; the archive has 1,611 labels"
    yield _autopet("III", 2024, 1611, _steps("iii", folder), nnunet, splits=five, quality=note)
    note = "what the archives hold beyond III was not seen"
    yield _autopet("IV", 2025, 1611, _steps("iv", folder), quality=note)
