"""COCA: gated cardiac CT with outlines of coronary calcium, and plain chest CT with scores (2022).

Each gated patient has one series and an XML property list of polygons (ROIs) by slice, named after
the artery; the arteries themselves are not outlined. Patients 700 and 726 have two series. The
other part, deidentified_nongated, has scores.xlsx alone. A list gives it for abdominal CT: it is
of the heart. UMIE takes it in.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, CocaXml, Dataset, Gate, Manual, hookimpl

PAGE = "https://stanfordaimi.azurewebsites.net/datasets/e8ca74dc-8dd4-4340-815a-60b41f6cb2aa"

COCA = Dataset(
    name="coca",
    title="COCA, Coronary Calcium and Chest CTs",
    homepage=PAGE,
    licenses=(
        Claim(
            "LicenseRef-Stanford-AIMI-DUA",
            source="neuro-ml/amid, amid/stanford_coca.py (StanfordDSResearch)",
            date="2026-11",
        ),
    ),
    cite=(PAGE,),
    modality=CT,
    source=Manual(
        files=("cocacoronarycalciumandchestcts-2",),
        steps=f"Create an account and accept the agreement: {PAGE}\n"
        "azcopy copy '<the link you were given>' . --recursive=true",
    ),
    layout=CocaXml(
        image="**/Gated_release_final/patient/{case}/*/*.dcm", label="**/calcium_xml/{case}.xml"
    ),
    labels={
        "Right Coronary Artery": "coronary_calcification_rca",
        "Left Anterior Descending Artery": "coronary_calcification_lad",
        "Left Coronary Artery": "coronary_calcification_lm",
        "Left Circumflex Artery": "coronary_calcification_lcx",
    },
    patients="each case",
    restricted=True,
    gate=Gate(kind="agreement", terms=PAGE),
    about=About(
        known="source",
        also=("COCA - Coronary Calcium and Chest CTs (Stanford AIMI)", "Stanford COCA"),
        region=("heart", "chest"),
        shows=("coronary calcium per artery",),
        scans=971,
        size_gb=28,
        counts=(Claim("~100 GB", "first source list (004), unsupported", date="2026-11"),),
        formats=("DICOM", "XML property list", "XLSX"),
        contents="not declared: deidentified_nongated/{id}/*/*.dcm and its scores.xlsx",
        splits="gated, not gated",
        annotated_by="experts",
        best_for="calcium scoring",
        tags=("cardiology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the gated scans."""
    yield COCA
