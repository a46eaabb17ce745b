"""VESSEL12: 20 chest CT for vessels of the lung, with lung masks alone (challenge, 2012).

The reference of the vessels was never published: there are points "vessel" and "no vessel" for
three example scans (21 to 23), nothing dense. The masks are of the lungs, binary and "as is".
The organizers permit use for the challenge only, which closed in 2019; the data were still on its
page then. A catalog has them open at Zenodo, but no such record was found. Archives are .tar.bz2:
unpack them, for only zip and tar, plain or gzipped, are read as they are.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

VESSEL12 = Dataset(
    name="vessel12",
    title="Vessel Segmentation in the Lung 2012",
    homepage="https://vessel12.grand-challenge.org/",
    licenses=(
        Claim(
            "LicenseRef-VESSEL12-participation",
            "https://vessel12.grand-challenge.org/Details/ (Rules)",
            "2026-11",
            "publisher",
        ),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.1016/j.media.2014.07.003",),
    modality=CT,
    source=Manual(
        files=("VESSEL12_*", "VESSEL12_01-20_Lungmasks"),
        steps="Register at https://vessel12.grand-challenge.org/ and open its download page\n"
        "Download the scans, VESSEL12_01-20_Lungmasks.tar.bz2 and VESSEL12_ExampleScans.tar.bz2\n"
        "Unpack each into a folder of its own name",
    ),
    layout=Pairs(image="**/VESSEL12_{case}.mhd", label="**/*ungmasks/VESSEL12_{case}.mhd"),
    labels={1: "lung"},
    cases=23,
    gate=Gate(kind="registration", terms="https://vessel12.grand-challenge.org/Details/"),
    about=About(
        known="source",
        region=("chest",),
        shows=("lung", "points on vessels, in the three example scans"),
        scans=23,
        counts=(
            Claim("20 scans, with vessels", "first source list (002): none are public", "2026-11"),
        ),
        formats=("MetaImage", "CSV"),
        annotated_by="mixed",
        quality="no dense reference; lung masks as is; half of the scans show disease",
        typical="512x512x355 to 543 voxels, slices of 1 mm or less, about half with contrast",
        best_for="trees of vessels",
        tags=("pulmonology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield VESSEL12
