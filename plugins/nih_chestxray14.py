"""NIH ChestX-ray14: 112,120 frontal chest X-rays of 30,805 people, labels mined from reports.

14 findings, several at once; 984 boxes on 880 images. Labels are more than 90 % right, says the
publisher, and "No Finding" is not normal: other findings, and uncertain ones, count as none. Free
for any use that links, cites and acknowledges. RSNA Pneumonia, ChestMNIST and Google's relabeled
sets are these images again.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Images2d, Manual, Modality, hookimpl

NIH_CHESTXRAY14 = Dataset(
    name="nih_chestxray14",
    title="NIH ChestX-ray14",
    homepage="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    licenses=(
        Claim(
            "LicenseRef-NIH-ChestXray-unrestricted",
            source="FAQ_CHESTXRAY.pdf of the download, Q04, as a public repository has its text; "
            "Google Cloud's page of the dataset says the same",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.1109/CVPR.2017.369",),
    modality=Modality.DX,
    source=Manual(
        files=(
            *(f"images_{number:03}.tar.gz" for number in range(1, 13)),
            "Data_Entry_2017_v2020.csv",
            "BBox_List_2017.csv",
            "train_val_list.txt",
            "test_list.txt",
        ),
        steps="Open https://nihcc.app.box.com/v/ChestXray-NIHCC\n"
        "Run images/batch_download_zips.py, or download images_001.tar.gz to images_012.tar.gz\n"
        "Download Data_Entry_2017_v2020.csv, BBox_List_2017.csv and both lists beside them",
    ),
    layout=Images2d(
        image="**/images/{case}.png",
        table="Data_Entry_2017_v2020.csv",
        key="Image Index",
        class_column="Finding Labels",
        patient_column="Patient ID",
    ),
    annotation="class",
    cases=112120,
    patients="by layout",
    about=About(
        known="source",
        also=(
            "NIH Chest X-ray",
            "ChestX-ray14",
            "NIH Chest X-ray Dataset of 14 Common Thorax Disease Categories",
            "ChestX-ray8",
        ),
        region=("chest",),
        images=112120,
        patients=30805,
        size_gb=45.6,
        counts=(Claim("100,000+ images, 30,000+ patients", "first source list (002)", "2026-11"),),
        classes=dict(
            enumerate(
                (
                    *("Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule"),
                    *("Pneumonia", "Pneumothorax", "Consolidation", "Edema", "Emphysema"),
                    *("Fibrosis", "Pleural_Thickening", "Hernia", "No Finding"),
                )
            )
        ),
        formats=("PNG", "CSV"),
        splits="train_val_list.txt and test_list.txt, no patient in both",
        annotated_by="reports",
        accuracy="labels mined from reports, > 90 %",
        quality="984 boxes by a radiologist in BBox_List_2017.csv; no DICOM was published",
        typical="1024 x 1024, 8 bit, from 2048 x 2500 and more",
        best_for="several findings at once in chest X-rays",
        tags=("pulmonology", "foundation model", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NIH_CHESTXRAY14
