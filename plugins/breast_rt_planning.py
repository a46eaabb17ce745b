"""Breast cancer radiotherapy plans: dose tables of 52 patients (Data in Brief, 2017).

An early list calls them CT. The article describes doses to lungs, heart and target, and whether it
ships any scan could not be confirmed: ask its authors before you count on images.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, hookimpl

ARTICLE = "https://www.sciencedirect.com/science/article/pii/S2352340917302469"

BREAST_RT_PLANNING = Dataset(
    name="breast_rt_planning",
    title="Breast Cancer RT Planning CT (Data in Brief)",
    homepage=ARTICLE,
    licenses=(Claim("LicenseRef-unknown", source="nobody could be quoted on it", date="2026-11"),),
    cite=(ARTICLE,),
    modality=(CT,),
    source=Manual(
        files=("breast_rt_planning",),
        steps=f"Open {ARTICLE} and download its supplementary data into breast_rt_planning\n"
        "Ask the authors for the scans, which may not be among them",
    ),
    annotation="measurement",
    about=About(
        known="recall",
        also=("Breast Cancer RT Planning",),
        region=("breast", "chest"),
        shows=("lung", "heart", "planning target volume"),
        counts=(Claim("52 scans", "first source list (002), unsupported", date="2026-11"),),
        formats=("DICOM", "tables of DVH and DMH"),
        quality="whether the scans are public is not known",
        typical="50 Gy",
        best_for="dose to lungs and heart",
        tags=("oncology", "radiotherapy planning"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield BREAST_RT_PLANNING
