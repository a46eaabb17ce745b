"""MITOS: mitoses in 50 high-power fields of breast cancer, for a contest at ICPR 2012.

Five slides, ten fields each, scanned by an Aperio (folders A00_v2 to A04_v2) and a Hamamatsu
(H00_v2 to H04_v2): the same tissue twice. Train and test fields share the five slides (recall), so
results say nothing of new patients. A CSV holds a mitosis per line as all its pixels, not as a
centroid; beside each BMP lies a JPEG overlay. The contest's host is dead; MITOS-ATYPIA-14 (1,420
fields) is the live successor, another dataset.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Manual, Modality, hookimpl

MITOS = Dataset(
    name="mitos",
    title="MITOS, Mitosis Detection in Breast Cancer (ICPR 2012)",
    homepage="https://mitos-atypia-14.grand-challenge.org/",
    licenses=(Claim("LicenseRef-unknown", source="none found: the site is gone", date="2026-11"),),
    cite=("https://pubmed.ncbi.nlm.nih.gov/23858383/",),
    modality=(Modality.SM,),
    source=Manual(
        files=("A0?_v2", "H0?_v2"),
        steps="The contest's site, http://www.ipal.cnrs.fr/event/icpr-2012, is gone: "
        "ask its authors (Roux et al. 2013), or somebody who has a copy\n"
        "Unpack the folders of each scanner, A00_v2 to A04_v2 and H00_v2 to H04_v2\n"
        "Or take its successor: https://mitos-atypia-14.grand-challenge.org/",
    ),
    about=About(
        known="secondary",
        also=("MITOS12", "ICPR 2012 mitosis"),
        region=("breast",),
        shows=("mitoses",),
        images=50,
        formats=("BMP", "CSV", "JPEG"),
        contents="{A,H}{00..04}_v2/{A,H}NN_MM.bmp, .csv (pixels of each mitosis), .jpg (overlay)",
        annotated_by="experts",
        quality="the same five slides in training and test; each field twice, by two scanners",
        best_for="detection of mitoses",
        tags=("oncology", "pathology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MITOS
