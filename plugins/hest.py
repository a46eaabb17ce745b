"""HEST-1k: slides with spatial transcriptomics of the same sections, 26 organs (2024).

A list says "Histopathology + Spatial, repo + dataset" behind dead links; HEST-1k is what fits. Each
sample is a pyramidal TIFF, an AnnData of counts per spot, CellViT nuclei and metadata; mouse and
human. It grows (1,108, 1,229, 1,276 samples) and passes on samples that others published, each
with a license of its own in HEST_v1_3_0.csv. Fetch a subset: all is above 1 TB.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, HuggingFace, Modality, WholeSlide, hookimpl

README = "https://github.com/mahmoodlab/HEST README"

HEST = Dataset(
    name="hest",
    title="HEST-1k, Spatial Transcriptomics and Histology",
    homepage="https://github.com/mahmoodlab/HEST",
    licenses=(Claim("CC-BY-NC-SA-4.0", source=README, date="2026-11", rank="publisher"),),
    cite=("arXiv:2406.16192",),
    modality=Modality.SM,
    source=HuggingFace(
        repo="MahmoodLab/hest",
        files=("HEST_v1_3_0.csv", "wsis/*.tif", "st/*.h5ad", "metadata/*.json"),
    ),
    layout=WholeSlide(slide="**/wsis/{case}.tif"),
    annotation="none",
    gate=Gate(kind="registration", days=0, terms="https://huggingface.co/datasets/MahmoodLab/hest"),
    about=About(
        known="source",
        also=("HEST-1k", "Histopathology + Spatial"),
        shows=("gene expression per spot", "nuclei"),
        images=1276,
        size_gb=2000,
        counts=(
            Claim("1,229 samples, more than 1 TB", README, date="2026-11", rank="publisher"),
            Claim("1,108 samples", "openmedlab, resources/HEST-1k.md", date="2026-11"),
            Claim("multi-modal dataset", "first source list (002)", date="2026-11"),
        ),
        formats=("pyramidal TIFF", "AnnData h5ad", "GeoJSON", "Parquet"),
        annotated_by="a model",
        quality="nuclei are CellViT's; human and mouse, fresh frozen and FFPE, several techniques",
        best_for="spatial transcriptomics",
        tags=("pathology", "foundation model", "benchmark"),
        contact="gjaume@bwh.harvard.edu",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HEST
