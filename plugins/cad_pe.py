"""CAD-PE: 91 CT pulmonary angiographies with every clot drawn (CAD-PE challenge).

A mask has one value per clot. Masks are named after their scan with a zero before it: 001.nrrd
and 0001RefStd.nrrd; some are called e0032 and e0032RefStd.nrrd. What is drawn are emboli, not
vessels, as an early list says. A later project found emboli that are not in the masks, and left
15 scans out: no clot to be seen, thick slices, artifacts.
"""

from collections.abc import Iterator

from medreg import ANY, CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

CAD_PE = Dataset(
    name="cad_pe",
    title="CAD-PE, pulmonary embolism in CT angiography",
    homepage="https://ieee-dataport.org/open-access/cad-pe",
    licenses=(
        Claim("LicenseRef-IEEE-DataPort", "README of PEBench: IEEE DataPort terms", "2026-11"),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.21227/9bw7-6823", "arXiv:2003.13440"),
    modality=CT,
    source=Manual(
        files=("images/*.nrrd", "rs/*RefStd.nrrd"),
        steps="Log in at https://ieee-dataport.org/open-access/cad-pe (an account is free)\n"
        "Download and unpack what is there: folders images and rs",
    ),
    layout=Pairs(
        image="**/images/{case}.nrrd",
        label="**/rs/0{case}RefStd.nrrd | **/rs/{case}RefStd.nrrd",
    ),
    labels={ANY: "pulmonary_embolus"},  # each clot has its own value
    cases=91,
    gate=Gate(kind="registration", terms="https://ieee-dataport.org/open-access/cad-pe"),
    about=About(
        known="source",
        region=("chest",),
        shows=("pulmonary embolism",),
        scans=91,
        counts=(
            Claim("41 scans", "CADS dataset, its share", "2026-11"),
            Claim("91 scans with pulmonary vessels", "first source list (002)", "2026-11"),
        ),
        formats=("NRRD",),
        annotated_by="experts",
        quality="protocols of drawing differ from other sets of the kind",
        best_for="pulmonary embolism",
        tags=("pulmonology", "emergency", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CAD_PE
