"""OASIS-1 with masks of 35 structures: the brains that neurite prepared (OASIS 2007, masks 2021).

414 of the 416 subjects of OASIS-1 (T1-weighted, 18 to 96 years), run through FreeSurfer; masks are
FreeSurfer's and were not corrected by hand. Cases are ``orig.nii.gz`` with ``seg35.nii.gz``; beside
them lie a skull-stripped image, four tissues, copies in template space and one slice. Faces were
not asked after here: mind the agreement. OASIS-2 and 3, longitudinal and with PET (about 2,000
subjects in all), are had by application at oasis-brains.org. Learn2Reg's OASIS is the same set.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Http, Pairs, hookimpl

CEREBRUM = "cerebral_white_matter cerebral_cortex lateral_ventricle"
HORN = "inferior_horn_of_lateral_ventricle"
CEREBELLUM = "cerebellar_white_matter cerebellar_cortex"
NUCLEI = "thalamus caudate_nucleus putamen globus_pallidus"
SIDED = f"{CEREBRUM} {HORN} {CEREBELLUM} {NUCLEI}".split()
MIDDLE = ["third_ventricle", "fourth_ventricle", "brainstem"]
LIMBIC = "hippocampus amygdala nucleus_accumbens"
OTHERS = "ventral_diencephalon brain_vessel choroid_plexus"
MORE = f"{LIMBIC} {OTHERS}".split()
NAMES = [
    *(f"{name}_left" for name in SIDED),
    *MIDDLE,
    *(f"{name}_left" for name in MORE),
    *(f"{name}_right" for name in (*SIDED, *MORE)),
]

OASIS = Dataset(
    name="oasis",
    title="Open Access Series of Imaging Studies 1, as neurite-OASIS",
    homepage="https://www.oasis-brains.org",
    licenses=(
        Claim("LicenseRef-OASIS-DUA", source="adalca/medical-datasets names it", date="2026-11"),
    ),
    cite=("doi:10.1162/jocn.2007.19.9.1498", "doi:10.59275/j.melba.2022-74f1"),
    modality=MR,
    source=Http(
        urls=("https://surfer.nmr.mgh.harvard.edu/ftp/data/neurite/data/neurite-oasis.v1.0.tar",)
    ),
    layout=Pairs(image="**/{case}/orig.nii.gz", label="**/{case}/seg35.nii.gz"),
    labels=dict(enumerate(NAMES, 1)),
    cases=414,
    patients="each case",
    restricted=True,
    gate=Gate(kind="agreement", terms="https://www.oasis-brains.org/#access"),
    about=About(
        known="source",
        also=("OASIS", "OASIS-1/2/3", "neurite-OASIS", "L2R-OASIS"),
        region=("head",),
        scans=414,
        patients=414,
        size_gb=6.6,
        counts=(
            Claim("2000 subjects", "first source list (002): OASIS-1 to 3", date="2026-11"),
            Claim("416 scans", "openmedlab L2R-OASIS.md: OASIS-1 whole", date="2026-11"),
        ),
        formats=("NIfTI",),
        annotated_by="a model",
        typical="160 x 192 x 224 voxels of 1 mm in template space",
        best_for="aging and dementia; registration",
        tags=("neurology", "healthy", "benchmark"),
        # source: public files on GitHub that quote it, 2026-11
        acknowledge="Data were provided [in part] by OASIS-1: Cross-Sectional: Principal "
        "Investigators: D. Marcus, R, Buckner, J, Csernansky J. Morris; P50 AG05681, "
        "P01 AG03991, P01 AG026276, R01 AG021910, P20 MH071616, U24 RR021382",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield OASIS
