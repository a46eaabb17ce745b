"""MedSegBench: 35 published segmentation datasets as small arrays of pictures (2024).

66,165 pictures of ultrasound, MR, X-ray, endoscopy, fundus, dermoscopy, OCT, microscopy and more,
resized to 128, 256 and 512 pixels; the 256 are fetched here. Each member keeps its own license,
from CC0 to research only (medsegbench/info.py lists them), and its own overlaps: DRIVE, IDRiD,
ISIC 2016 and 2018, PROMISE12, BUSI. Two members, wbc and yeaz, are in record
13359660 and not fetched. Splits were made anew, by picture: slices of one patient may stand on
both sides.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Modality, Zenodo, hookimpl

INFO = "zekikus/MedSegBench, medsegbench/info.py"
MEMBERS = (
    "kvasir", "isic2018", "drive", "chasedb1", "dca1", "chuac", "wbc", "idrib", "cellnuclei",
    "pandental", "bbbc010", "dynamicnuclear", "nuset", "nuclei", "tnbcnuclei", "monusac",
    "deepbacs", "brifiseg", "busi", "covid19radio", "covidquex", "cystoidfluid", "isic2016",
    "polypgen", "promise12", "robotool", "uwaterlooskincancer", "ultrasoundnerve",
    "usforkidney", "yeaz", "bkai-igh", "m2caiseg", "abdomenus", "fhpsaop", "mosmedplus",
)  # fmt: skip

MEDSEGBENCH = Dataset(
    name="medsegbench",
    title="MedSegBench, 35 sets for segmentation in two dimensions",
    homepage="https://github.com/zekikus/MedSegBench",
    licenses=(Claim("LicenseRef-per-dataset", source=INFO, date="2026-11", rank="publisher"),),
    cite=("doi:10.1038/s41597-024-04159-2",),
    modality=tuple(map(Modality, ("US", "MR", "CT", "DX", "OP", "OPT", "DMS", "SM", "XC"))),
    source=Zenodo(record="13358372", files=("*_256.npz",)),
    about=About(
        known="source",
        shows=MEMBERS,
        images=66165,
        counts=(Claim("35 datasets, 60,000+ images", "first source list (001)", date="2026-11"),),
        formats=("NPZ",),
        contents="{name}_{128,256,512}.npz: {train,val,test}_images, {train,val,test}_label; "
        "parts of some as *_C1, *_C2, ...",
        splits="train, val, test of each member",
        annotated_by="mixed",
        quality="binary but for wbc, monusac, bkai-igh, m2caiseg, abdomenus, fhpsaop",
        best_for="a benchmark of segmentation in two dimensions",
        tags=("benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the whole collection."""
    yield MEDSEGBENCH
