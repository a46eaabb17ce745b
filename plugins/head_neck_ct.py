"""Head-Neck-CT-Atlas: planning CT of 215 people with head and neck cancer, outlined (TCIA, 2017).

An early list says "Head-Neck-CT, 100+ scans, 9+ organs", which no archive has; this atlas of the
collection HNSCC is the likeliest. Also possible: HNSCC-3DCT-RT (31), Head-Neck Cetuximab (111),
HEAD-NECK-RADIOMICS-HN1 (137), Head-Neck-PET-CT (298). Faces show, so the images are given out
under TCIA's restricted agreement and never passed on. Outlines have names after TG-263.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, hookimpl

PAGE = "https://www.cancerimagingarchive.net/analysis-result/head-neck-ct-atlas/"

HEAD_NECK_CT = Dataset(
    name="head_neck_ct",
    title="Head-Neck-CT-Atlas (of the collection HNSCC)",
    homepage=PAGE,
    licenses=(
        Claim("LicenseRef-TCIA-Restricted", "public texts on HNSCC: controlled access", "2026-11"),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.7937/K9/TCIA.2017.umz8dv6s", "doi:10.1038/sdata.2018.173"),
    modality=CT,
    source=Manual(
        files=("HNSCC",),
        steps=f"Open {PAGE}\nSend TCIA the signed Restricted License Agreement, wait for a login\n"
        "Download the collection HNSCC with the NBIA Data Retriever: it brings a folder HNSCC",
    ),
    restricted=True,
    gate=Gate(
        kind="agreement",
        terms="https://www.cancerimagingarchive.net/data-usage-policies-and-restrictions/",
    ),
    about=About(
        known="secondary",
        also=("Head-Neck-CT", "Head-Neck-CT-Atlas", "HNSCC"),
        region=("head", "neck"),
        shows=("gross tumor volume", "organs at risk, nine and more"),
        scans=215,
        patients=215,
        counts=(Claim("100+ scans, 9+ structures", "first source list (002)", "2026-11"),),
        formats=("DICOM", "RTSTRUCT"),
        contents="HNSCC/HNSCC-01-{id}/{study}/{series}/*.dcm",
        annotated_by="experts",
        quality="the early list names no dataset; which organs are outlined varies by patient",
        best_for="radiotherapy of the head and neck",
        tags=("radiotherapy planning", "oncology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HEAD_NECK_CT
