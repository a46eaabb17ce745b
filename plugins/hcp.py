"""HCP Young Adult: structural, functional and diffusion MR of 1,200 healthy young adults (2017).

Twins and siblings are among them: split by family, which only the restricted tables tell. The
bucket hcp-openaccess wants keys that come with the agreement at ConnectomeDB. T1-weighted images
are 0.7 mm and defaced; FreeSurfer's surfaces and parcellations lie beside them.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

TERMS = "https://www.humanconnectome.org/study/hcp-young-adult/document/wu-minn-hcp-consortium-open-access-data-use-terms"

HCP = Dataset(
    name="hcp",
    title="Human Connectome Project, Young Adult",
    homepage="https://www.humanconnectome.org/study/hcp-young-adult",
    licenses=(
        Claim(
            "LicenseRef-HCP-DUA",
            source="AWS Open Data registry, datasets/hcp-openaccess.yaml",
            date="2026-11",
            rank="archive",
        ),
        Claim("CC-BY-NC-ND-4.0", source="neuro-ml/amid, amid/hcp.py", date="2026-11"),
    ),
    cite=("doi:10.1016/j.neuroimage.2013.05.041",),
    modality=MR,
    source=Manual(
        files=("HCP_1200",),
        steps="Register at https://db.humanconnectome.org\n"
        "Accept the Open Access Data Use Terms\n"
        "Get your AWS keys there\n"
        "aws s3 sync s3://hcp-openaccess/HCP_1200 HCP_1200 --exclude '*' "
        "--include '*/T1w/T1w_acpc_dc_restore.nii.gz'",
    ),
    layout=Pairs(image="**/{case}/T1w/T1w_acpc_dc_restore.nii.gz"),
    annotation="none",
    patients="each case",
    restricted=True,
    gate=Gate(kind="agreement", terms=TERMS),
    about=About(
        known="source",
        also=("HCP", "Human Connectome Project"),
        region=("head",),
        shows=("brain",),
        patients=1200,
        size_gb=125,
        counts=(Claim("1113 subjects", "neuro-ml/amid: with T1-weighted MR", date="2026-11"),),
        formats=("NIfTI",),
        contents="HCP_1200/{subject}/T1w/T1w_acpc_dc_restore.nii.gz, .../MNINonLinear/",
        quality="families: twins and siblings",
        best_for="connectivity",
        tags=("neurology", "healthy"),
        contact="hcp-users@humanconnectome.org",
        # source: data use terms of the WU-Minn HCP, quoted by public files on GitHub, 2026-11
        acknowledge="Data were provided [in part] by the Human Connectome Project, WU-Minn "
        "Consortium (Principal Investigators: David Van Essen and Kamil Ugurbil; "
        "1U54MH091657) funded by the 16 NIH Institutes and Centers that support the "
        "NIH Blueprint for Neuroscience Research; and by the McDonnell Center for "
        "Systems Neuroscience at Washington University.",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HCP
