"""ABIDE I: structural MR of people with autism and of controls, from 17 sites (2012).

1,112 subjects; one T1-weighted image each is a case, resting-state fMRI lies beside and is not
fetched. The phenotypic CSV says the group (DX_GROUP: 1 autism, 2 control) and is no part of this
plugin. Sites are folders (some are split: CMU_a, CMU_b). ABIDE II, 1,114 subjects more, is not in
this part of the bucket. The publisher's terms were not read.
"""

from collections.abc import Iterator

from medreg import MR, S3, About, Bids, Claim, Dataset, Gate, hookimpl

HOME = "http://fcon_1000.projects.nitrc.org/indi/abide/"

ABIDE = Dataset(
    name="abide",
    title="Autism Brain Imaging Data Exchange I",
    homepage=HOME,
    licenses=(
        Claim("CC-BY-NC-SA-3.0", source="recall, unverified", date="2026-11"),
        Claim(
            "ODC-By-1.0",
            source="AWS Open Data registry, datasets/fcp-indi.yaml: unless otherwise specified",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.1038/mp.2013.78",),
    modality=MR,
    source=S3(
        bucket="fcp-indi",
        files=("data/Projects/ABIDE_Initiative/RawDataBIDS/**/anat/*_T1w.nii.gz",),
    ),
    layout=Bids("T1w"),
    annotation="class",
    cases=1112,
    patients="by layout",
    gate=Gate(kind="registration", terms=HOME),
    about=About(
        known="source",
        also=("ABIDE I/II", "ABIDE I"),
        region=("head",),
        shows=("brain",),
        patients=1112,
        counts=(
            Claim("1000 subjects", "first source list (002): more than", date="2026-11"),
            Claim("2226 subjects", "I and II together, recall", date="2026-11"),
            Claim("fMRI alone", "first source list (002); T1-weighted MR too", date="2026-11"),
        ),
        classes={1: "autism", 2: "control"},
        formats=("NIfTI", "BIDS"),
        annotated_by="experts",
        best_for="autism",
        tags=("neurology", "clinical data"),
        contact="alexandre.franco@childmind.org",
        # source: README of mandymejia/fMRIscrub and others on GitHub, 2026-11
        acknowledge="Primary support for the work by Adriana Di Martino was provided by the (NIMH "
        "K23MH087770) and the Leon Levy Foundation. Primary support for the work by "
        "Michael P. Milham and the INDI team was provided by gifts from Joseph P. "
        "Healy and the Stavros Niarchos Foundation to the Child Mind Institute, as "
        "well as by an NIMH award to MPM ( NIMH R03MH096321).",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ABIDE
