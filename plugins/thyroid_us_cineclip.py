"""Thyroid ultrasound cine-clips of Stanford: 192 biopsied nodules of 167 patients (2022).

No videos: one HDF5 file of 36 GB with every frame (image, mask 0 or 255, annot_id, frame number),
and a CSV with a row per nodule: size, side, TI-RADS words, age, sex, diagnosis, fold. Radiologists
outlined the nodule in each frame. The layout Arrays reads NumPy alone, so none is declared. The
agreement forbids derived works, too: it was read.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Manual, Modality, hookimpl

PAGE = "https://stanfordaimi.azurewebsites.net/datasets/a72f2b02-7b53-4c5d-963c-d7253220bfd5"

THYROID_US_CINECLIP = Dataset(
    name="thyroid_us_cineclip",
    title="Thyroid Ultrasound Cine-clip",
    homepage="https://aimi.stanford.edu/datasets/thyroid-ultrasound-cine-clip",
    licenses=(
        Claim(
            "LicenseRef-Stanford-AIMI-DUA",
            source="the agreement, data/LICENSE of mxochicale/thyroid_deep_learning",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.71718/7m5n-rh16",),
    modality=(Modality.US,),
    source=Manual(
        files=("dataset.hdf5", "metadata.csv"),
        steps=f"Create an account and accept the agreement: {PAGE}\n"
        "Download dataset.hdf5 (36 GB) and metadata.csv",
    ),
    labels={255: "thyroid_nodule"},
    cases=192,
    restricted=True,
    gate=Gate(kind="agreement", terms=PAGE),
    about=About(
        known="source",
        also=("Thyroid Ultrasound Cine-clip (Stanford AIMI)",),
        region=("neck",),
        shows=("thyroid nodule",),
        patients=167,
        size_gb=36.42,
        counts=(Claim("~5 GB", "first source list (004), unsupported", date="2026-11"),),
        classes={f"TR{grade}": f"TI-RADS {grade}" for grade in range(1, 6)},
        formats=("HDF5", "CSV"),
        contents="dataset.hdf5 (image, mask, annot_id, frame_num), metadata.csv",
        splits="folds in metadata.csv (foldNum)",
        annotated_by="experts",
        best_for="classification of nodules",
        tags=("oncology", "videos", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield THYROID_US_CINECLIP
