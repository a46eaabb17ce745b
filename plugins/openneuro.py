"""OpenNeuro: more than a thousand open neuroimaging datasets in BIDS, each with a number.

MR, EEG, MEG and PET. Datasets are public under CC0 and lie in one S3 bucket, a folder per number.
What a dataset shows, and whether it has masks, its README says: nothing is common to all but BIDS.
"""

from collections.abc import Iterator

from medreg import MR, PT, About, Claim, Dataset, Portal, hookimpl

OPENNEURO = Dataset(
    name="openneuro",
    title="OpenNeuro",
    homepage="https://openneuro.org/",
    licenses=(
        Claim(
            "CC0-1.0",
            source="AWS Open Data registry, datasets/openneuro.yaml",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7554/eLife.71774",),
    modality=(MR, PT),
    source=Portal(
        steps="Look for a dataset at https://openneuro.org/search: its number is like ds000228\n"
        "Start a plugin: medreg add-plugin NAME, with\n"
        'source=S3(bucket="openneuro.org", files=("ds000228/**",)) and layout=Bids("T1w")'
    ),
    annotation="none",
    about=About(
        known="secondary",
        also=("OpenNeuro (neuroimaging)",),
        region=("head",),
        shows=("brain",),
        counts=(
            Claim("1240 datasets, 51000 subjects", "first source list (002): more", date="2026-11"),
        ),
        formats=("BIDS", "NIfTI"),
        contents="ds000000/sub-*/[ses-*/]{anat,func,dwi,eeg,meg}/*",
        best_for="neuroimaging",
        tags=("neurology", "healthy", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield OPENNEURO
