"""DeepLesion: 32,735 lesions of all kinds in CT of 4,427 people, one box each (NIH, 2018).

Taken from what radiologists had measured for years: a box and two diameters on one slice, some
30 mm of slices around it. Files are PNG of 16 bits: subtract 32,768 for Hounsfield units. Lesions
that nobody measured are not marked, so what is unmarked is not healthy. The eight coarse types
are told for validation and test only. The publisher's DL_save_nifti.py makes NIfTI of them.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, hookimpl

DEEPLESION = Dataset(
    name="deeplesion",
    title="DeepLesion",
    homepage="https://nihcc.app.box.com/v/DeepLesion",
    licenses=(
        Claim("LicenseRef-NIH-DeepLesion-free-use", "recall of its README, unverified", "2026-11"),
        Claim("LicenseRef-unknown", 'first source list (002): "Public"', "2026-11"),
    ),
    cite=("doi:10.1117/1.JMI.5.3.036501",),
    modality=CT,
    source=Manual(
        files=("Images_png_*.zip", "DL_info.csv"),
        steps="Open https://nihcc.app.box.com/v/DeepLesion and download DL_info.csv and "
        "batch_download_zips.py\nRun that script: it brings Images_png_01.zip to 56 (225 GB)",
    ),
    annotation="boxes",
    about=About(
        known="source",
        also=("Deep Lesion",),
        region=("whole body",),
        shows=("lesions",),
        images=32120,
        patients=4427,
        size_gb=259,
        counts=(
            Claim("10,594 studies, 32,735 lesions", "TensorFlow Datasets", "2026-11"),
            Claim(
                "4,477 patients, 10,825 studies, 33,688 images",
                "neuro-ml/amid, amid/deeplesion.py",
                "2026-11",
            ),
            Claim("20,094 volumes after DL_save_nifti.py", "neuro-ml/amid", "2026-11"),
            Claim("4,000 patients, 32,000+ lesions", "first source list (002)", "2026-11"),
        ),
        classes={
            1: "bone",
            2: "abdomen",
            3: "mediastinum",
            4: "liver",
            5: "lung",
            6: "kidney",
            7: "soft tissue",
            8: "pelvis",
            -1: "unknown",
        },
        formats=("PNG of 16 bits", "CSV"),
        contents="Images_png_{01..56}.zip/Images_png/{patient}_{study}_{series}/{slice}.png, "
        "such as 000001_01_01; DL_info.csv names the key slice, box and diameters",
        splits="by patient, 70/15/15: column Train_Val_Test of DL_info.csv",
        annotated_by="experts",
        quality="sparse: unmarked lesions are many; a few slices around each lesion only",
        best_for="universal lesion detection",
        tags=("oncology", "foundation model", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield DEEPLESION
