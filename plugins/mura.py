"""MURA: radiographs of the upper limb, each study called normal or abnormal (Stanford, 2017).

40,561 images of 14,863 studies of 12,173 patients, seven body parts; training and validation are
public, the 207 test studies are not. The label is the study's and stands in its folder's name. A
patient may have several studies, and several parts. Arms with hardware give the label away.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

MURA = Dataset(
    name="mura",
    title="MURA, Musculoskeletal Radiographs",
    homepage="https://stanfordmlgroup.github.io/competitions/mura/",
    licenses=(Claim("LicenseRef-Stanford-AIMI-DUA", source="recall, unverified", date="2026-11"),),
    cite=("arXiv:1712.06957",),
    modality=Modality.DX,
    source=Manual(
        files=("MURA-v1.1.zip",),
        steps="Register and agree: https://stanfordmlgroup.github.io/competitions/mura/\n"
        "Download MURA-v1.1.zip with the link that is sent",
    ),
    layout=Images2d(image="**/XR_{part}/{patient}/{study}_{class}/{case}.png"),
    annotation="class",
    patients="by layout",
    restricted=True,
    gate=Gate(kind="agreement", terms="https://stanfordmlgroup.github.io/competitions/mura/"),
    about=About(
        known="source",
        also=("MURA (Stanford AIMI)",),
        region=("arm",),
        shows=("elbow", "finger", "forearm", "hand", "humerus", "shoulder", "wrist"),
        images=40561,
        patients=12173,
        counts=(
            Claim("~40 GB", "first source list (004); about 3 GB by recall", date="2026-11"),
            Claim("40,895 images", "the paper's first version", date="2026-11", rank="paper"),
        ),
        classes={"positive": "abnormal", "negative": "normal"},
        formats=("PNG", "CSV"),
        splits="13,457 studies train, 1,199 valid, 207 hidden",
        annotated_by="reports",
        accuracy="labels from clinical reading, 2001 to 2012; test by six radiologists",
        quality="label of a study, not of an image; sides are not told",
        best_for="musculoskeletal abnormality",
        tags=("musculoskeletal", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MURA
