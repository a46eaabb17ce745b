"""PhysioNet: clinical data by MIT, with reports and waveforms beside the images.

MIMIC-CXR and VinDr-CXR are there. Some projects are open, most with images are not: one becomes a
credentialed user (a course on research with human subjects, a reference), and signs an agreement
for each project. Nobody may pass files on, nor share his access.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Modality, Portal, hookimpl

PHYSIONET = Dataset(
    name="physionet",
    title="PhysioNet",
    homepage="https://physionet.org/",
    licenses=(
        Claim("LicenseRef-per-dataset", "each project states its license and agreement", "2026-11"),
    ),
    cite=("https://physionet.org/",),
    modality=(Modality.DX, Modality.CR),
    source=Portal(
        steps="Make an account and apply for credentialed access: "
        "https://physionet.org/settings/credentialing/\n"
        "Take the required course, and sign the agreement of the project\n"
        "See which projects are here: medreg list --host physionet\n"
        "Make a plugin of another: medreg add-plugin NAME --from doi:10.13026/..."
    ),
    annotation="none",
    gate=Gate(kind="agreement", terms="https://physionet.org/about/licenses/"),
    about=About(
        known="secondary",
        formats=("varies",),
        best_for="clinical data with images and reports",
        tags=("clinical data", "pulmonology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield PHYSIONET
