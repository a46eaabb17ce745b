"""BRACS: regions of breast slides in seven classes from normal to invasive carcinoma (2022).

4,539 regions (PNG) of 387 slides and 151 patients, declared here; 547 slides (SVS, 984 GiB) of 189
patients and QuPath outlines lie beside them. Three pathologists agreed on each. The published
splits keep patients apart; BRACS.xlsx links region, slide and patient. The folder
`previous_version` holds another cut of the regions, which HACT-Net used.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

BRACS = Dataset(
    name="bracs",
    title="BReAst Carcinoma Subtyping (BRACS)",
    homepage="https://www.bracs.icar.cnr.it/",
    licenses=(
        Claim("CC-BY-NC-4.0", source="kaiko-ai/eva, docs/datasets/bracs.md", date="2026-11"),
        Claim(
            "CC-BY-NC-4.0",
            source="a public report of 2026-08 on the publisher's download page",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1093/database/baac093", "arXiv:2111.04740"),
    modality=Modality.SM,
    source=Manual(
        files=("BRACS_RoI/latest_version/**/*.png", "BRACS.xlsx"),
        steps="Register at https://www.bracs.icar.cnr.it/ and open Download\n"
        "Take the folder BRACS_RoI/latest_version (55.6 GB) from the FTP server, and BRACS.xlsx",
    ),
    layout=Images2d(image="**/latest_version/*/{class}/{case}.png"),
    annotation="class",
    cases=4539,
    gate=Gate(kind="registration", terms="https://www.bracs.icar.cnr.it/rules/"),
    about=About(
        known="source",
        region=("breast",),
        shows=("7 lesion subtypes",),
        images=4539,
        patients=151,
        size_gb=55.6,
        counts=(
            Claim(
                "547 slides of 189 patients, 4,539 regions",
                "openmedlab, resources/BRACS.md",
                "2026-11",
            ),
        ),
        classes={
            "0_N": "normal",
            "1_PB": "pathological benign",
            "2_UDH": "usual ductal hyperplasia",
            "3_FEA": "flat epithelial atypia",
            "4_ADH": "atypical ductal hyperplasia",
            "5_DCIS": "ductal carcinoma in situ",
            "6_IC": "invasive carcinoma",
        },
        formats=("PNG", "SVS", "QuPath", "XLSX"),
        splits="3,657 train, 312 val, 570 test regions; no patient in two",
        annotated_by="experts",
        typical="0.25 um per pixel (40x), regions of any size",
        best_for="subtypes of breast lesions",
        tags=("oncology", "pathology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the regions."""
    yield BRACS
