"""STARE: fundus slides from San Diego, twenty of them with outlines of the vessels (2000).

397 images, im0001 to im0402 with five gaps; 354 have diagnoses. Hoover (ah) and Kouznetsova (vk)
outlined the vessels of 20, ten of which are diseased; vk drew more of the thin ones. What is
declared here are those 20 with ah. Files are gzipped PPM in tar archives.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Http, Images2d, Modality, hookimpl

SITE = "https://cecas.clemson.edu/~ahoover/stare/probing"

STARE = Dataset(
    name="stare",
    title="Structured Analysis of the Retina (STARE)",
    homepage="https://cecas.clemson.edu/~ahoover/stare/",
    licenses=(
        Claim("LicenseRef-unknown", "datasetninja.com/stare: publicly available", "2026-11"),
    ),
    cite=("doi:10.1109/42.845178",),
    modality=Modality.OP,
    source=Http(
        urls=tuple(f"{SITE}/{name}.tar" for name in ("stare-images", "labels-ah", "labels-vk"))
    ),
    layout=Images2d(
        image="**/stare-images/**/{case}.ppm.gz",
        mask="**/labels-ah/**/{case}.ah.ppm.gz",
        above=0,
    ),
    labels={1: "retinal_vessel"},
    cases=20,
    about=About(
        known="secondary",
        region=("eye",),
        images=397,
        counts=(
            Claim("400+ retinal images", "first source list (002)", date="2026-11"),
            Claim(
                "397 images, 354 with diagnoses",
                "http://www.parl.clemson.edu/stare/diagnoses/familiarity.html",
                date="2026-11",
                rank="publisher",
            ),
        ),
        formats=("PPM.gz",),
        contents="all images and diagnoses: diagnoses/all-images.zip, diagnoses/all-mg-codes.txt",
        annotated_by="experts",
        quality="two observers differ in thin vessels; slides were digitized, edges are soft",
        typical="700x605 pixels, 35 degrees",
        best_for="vessels, diagnosis",
        tags=("ophthalmology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield STARE
