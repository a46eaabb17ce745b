"""The Visible Human Project: CT, MR and photographs of slices of two cadavers (NLM, 1994).

No structure is annotated; "all structures" in an early list means that they can be seen. The
Imaging Data Commons has 39 series as DICOM, of a man (VHP-M) and a woman (VHP-F): 11 of CT, 4 of
them single pictures that are left out here, 24 of MR, some of which hold two echoes, and 4 of
photographs, digital and from film. NLM's terms and conditions bind, and were not read here.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, DicomSeries, Idc, Modality, hookimpl


def _visible(name: str, modality: Modality, series: int, gigabytes: float | None) -> Dataset:
    return Dataset(
        name=f"visible_human_project_{name}",
        title=f"Visible Human Project, {modality}",
        homepage="https://www.nlm.nih.gov/research/visible/visible_human.html",
        licenses=(
            Claim(
                "LicenseRef-NLM-Terms-2019-05-21",
                source="idc-index-data 25.0.5 (IDC v25): all 39 series",
                date="2026-11",
                rank="archive",
            ),
            Claim("LicenseRef-unknown", "first source list (002), Public", date="2026-11"),
        ),
        cite=("doi:10.5281/zenodo.12690049",),
        modality=modality,
        source=Idc(
            collection="nlm_visible_human_project",
            modalities=(modality,),
            where="instanceCount > 1",
        ),
        layout=None
        if modality is Modality.XC
        else DicomSeries(image=f"**/{{patient}}/*/{modality}_{{case}}/*.dcm"),
        annotation="none",
        cases=None if modality is Modality.XC else series,
        patients="by layout",
        about=About(
            known="source",
            also=("nlm_visible_human_project", "VHP"),
            region=("whole body",),
            shows=("the whole anatomy of two people",),
            scans=series,
            patients=2,
            size_gb=gigabytes,
            formats=("DICOM", "PNG and raw at NLM"),
            contents="{PatientID}/{StudyInstanceUID}/XC_{SeriesInstanceUID}.zip: one photograph "
            "of a slice per instance"
            if modality is Modality.XC
            else "",
            quality="bodies after death",
            best_for="anatomy: photographs, CT and MR of one body",
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield CT, MR and the photographs (external-camera photography, XC)."""
    yield _visible("ct", CT, 7, 2.2)
    yield _visible("mr", MR, 24, 0.3)
    yield _visible("photographs", Modality.XC, 4, 310.1)
