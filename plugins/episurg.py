"""EPISURG: T1-weighted MR after resective surgery for epilepsy, with masks of the cavity (2020).

430 patients of one hospital (Queen Square, London). 200 postoperative scans have a mask, by one of
three raters (133, 34 and 33; the file's number says who); the others are unlabelled cases.
269 patients have a preoperative scan too, which is no case here. An early list places it at
PhysioNet and calls it multi-center; it is neither.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Http, Pairs, hookimpl

S3 = "https://s3-eu-west-1.amazonaws.com/pstorage-ucl-2748466690/26153588/EPISURG.zip"

EPISURG = Dataset(
    name="episurg",
    title="EPISURG: postoperative MR for resective epilepsy surgery",
    homepage="https://doi.org/10.5522/04/9996158.v1",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="torch_em/data/datasets/medical/episurg.py, of the UCL record",
            date="2026-11",
        ),
    ),
    cite=("doi:10.5522/04/9996158.v1", "doi:10.1007/s11548-021-02420-2"),
    modality=MR,
    source=Http(urls=(S3,)),
    layout=Pairs(
        image="**/{case}/postop/*_postop-t1mri-1.nii.gz",
        label="**/{case}/postop/*_postop-seg-*.nii.gz",
    ),
    labels={1: "resection_cavity"},
    cases=430,
    patients="each case",
    about=About(
        known="source",
        region=("head",),
        scans=699,
        patients=430,
        counts=(Claim("multi-center", "first source list (002), unsupported", date="2026-11"),),
        formats=("NIfTI",),
        annotated_by="experts",
        best_for="resection cavities after epilepsy surgery",
        tags=("neurology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield EPISURG
