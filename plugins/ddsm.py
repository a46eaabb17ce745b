"""DDSM: the film mammograms of 2,620 women that CBIS-DDSM was curated from (2001).

Images are lossless JPEG of a kind that little can read, with outlines in overlay files. Take
CBIS-DDSM unless you need the normal cases, which it leaves out. Nothing of it was opened here.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Manual, Modality, hookimpl

HOME = "http://www.eng.usf.edu/cvprg/mammography/database.html"

DDSM = Dataset(
    name="ddsm",
    title="Digital Database for Screening Mammography",
    homepage=HOME,
    licenses=(Claim("LicenseRef-unknown", source="nobody could be quoted on it", date="2026-11"),),
    cite=(HOME,),
    modality=(Modality.MG,),
    source=Manual(
        files=("cases",),
        steps=f"Follow {HOME} to its FTP server and download the folder cases\n"
        "The server is often away: CBIS-DDSM (medreg track cbis_ddsm) holds the cases with lesions",
    ),
    about=About(
        known="recall",
        also=("DDSM",),
        region=("breast",),
        shows=("mass", "calcification"),
        patients=2620,
        formats=("LJPEG",),
        contents="cases/{normals,cancers,benigns}/*/case*/*.LJPEG, *.OVERLAY, *.ics",
        annotated_by="experts",
        best_for="normal film mammograms",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield DDSM
