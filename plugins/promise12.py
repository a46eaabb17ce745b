"""PROMISE12: T2-weighted MR of the prostate with masks of the gland, from four centers (2012).

50 training and 30 test scans, and 20 of the live challenge; masks of the test scans came with the
Zenodo upload of 2023. Benign disease and cancer, with and without endorectal coil, vendors mixed:
voxels differ much. Files are MetaImage: a .mhd header beside its .raw.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Pairs, Zenodo, hookimpl

PROMISE12 = Dataset(
    name="promise12",
    title="Prostate MR Image Segmentation 2012",
    homepage="https://promise12.grand-challenge.org/",
    licenses=(
        Claim(
            "LicenseRef-unknown",
            source="MedSegBench: no copyright information; LICENSE.TXT of the record was not read",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1016/j.media.2013.12.002", "doi:10.5281/zenodo.8026660"),
    modality=MR,
    source=Zenodo(record="8026660", files=("training_data.zip", "LICENSE.TXT")),
    layout=Pairs(
        image="**/training_data/{case}.mhd", label="**/training_data/{case}_segmentation.mhd"
    ),
    labels={1: "prostate"},
    cases=50,
    patients="each case",
    about=About(
        known="source",
        also=("Promise 12",),
        region=("pelvis",),
        scans=80,
        counts=(Claim("50 T2-weighted MRI", "first source list (002)", "2026-11"),),
        formats=("MHD", "RAW"),
        splits="50 train / 30 test / 20 live challenge",
        annotated_by="experts",
        quality="several centers and vendors, with and without endorectal coil",
        typical="256 x 256 x 15 to 512 x 512 x 54, 0.27 to 0.75 mm, slices 2.2 to 4 mm",
        best_for="prostate segmentation",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield PROMISE12
