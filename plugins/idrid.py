"""IDRiD: fundus photographs from Nanded, India: 516 graded, 81 of them outlined (2018).

Lesions overlap, so each has its own binary mask and is a dataset of its own here: microaneurysms
and hard exudates in 81 images, hemorrhages in 80, soft exudates in 40 (an image without a mask
shows none), the optic disc in all. Numbers of the grading part (IDRiD_001 to 516) are not those of
the segmentation part (IDRiD_01 to 81). MedSegBench's "idrib" is made of it.
"""

from collections.abc import Iterator, Mapping

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

PORT = "https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid"
PARTS: Mapping[str, tuple[str, str, int]] = {
    "microaneurysms": ("1. Microaneurysms/*_MA.tif", "retinal_microaneurysm", 81),
    "hemorrhages": ("2. Haemorrhages/*_HE.tif", "retinal_hemorrhage", 80),
    "hard_exudates": ("3. Hard Exudates/*_EX.tif", "retinal_hard_exudate", 81),
    "soft_exudates": ("4. Soft Exudates/*_SE.tif", "retinal_soft_exudate", 40),
    "optic_disc": ("5. Optic Disc/*_OD.tif", "optic_disc", 81),
    "grading": ("", "", 0),
}


def _idrid(part: str) -> Dataset:
    masks, label, count = PARTS[part]
    mask = f"**/2. All Segmentation Groundtruths/*/{masks}".replace("*_", "{case}_")
    archive = "A. Segmentation.zip" if label else "B. Disease Grading.zip"
    return Dataset(
        name=f"idrid_{part}",
        title=f"Indian Diabetic Retinopathy Image Dataset, {part.replace('_', ' ')}",
        homepage="https://idrid.grand-challenge.org/",
        licenses=(
            Claim("CC-BY-4.0", source="zekikus/MedSegBench, medsegbench/info.py", date="2026-11"),
        ),
        cite=("doi:10.3390/data3030025", "doi:10.21227/H25W98", "doi:10.1016/j.media.2019.101561"),
        modality=Modality.OP,
        source=Manual(
            files=(archive,),
            steps=f"Create an account (free) and log in: {PORT}\nDownload '{archive}'",
        ),
        layout=Images2d("**/1. Original Images/*/{case}.jpg", mask=mask, above=0)
        if label
        else Images2d("**/1. Original Images/{split}/{case}.jpg"),  # both sets begin with 001
        labels={1: label} if label else {},
        annotation="segmentation" if label else "class",
        cases=81 if label else 516,
        gate=Gate(kind="registration", days=0, terms=PORT),
        about=About(
            known="source",
            also=("IDRiD",),
            region=("eye",),
            images=81 if label else 516,
            counts=(
                Claim("516 images with lesion annotations", "first source list (002)", "2026-11"),
                Claim(f"{count} masks", "https://idrid.grand-challenge.org/Data/", "2026-11"),
            )
            if label
            else (),
            classes={} if label else {0: "no DR", 1: "mild", 2: "moderate", 3: "severe", 4: "PDR"},
            formats=("JPEG", "TIFF") if label else ("JPEG", "CSV"),
            splits="54 train, 27 test" if label else "413 train, 103 test",
            annotated_by="experts",
            quality="" if label else "grades, and risk of macular edema, are in two CSV files",
            typical="4288x2848 pixels, 50 degrees, centered near the macula",
            best_for="segmentation of lesions" if label else "grading of retinopathy",
            tags=("ophthalmology", "benchmark"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the five structures, and the graded images."""
    yield from map(_idrid, PARTS)
