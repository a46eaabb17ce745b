"""NIH ChestX-ray14: 112,120 frontal chest X-rays of 30,805 people, labels mined from reports.

14 findings, several at once; 984 boxes on 880 images. Labels are more than 90 % right, says the
publisher, and "No Finding" is not normal: other findings, and uncertain ones, count as none. Free
for any use that links, cites and acknowledges. RSNA Pneumonia, ChestMNIST and Google's relabeled
sets are these images again.
"""

from collections.abc import Iterator

from medreg import About, Box, Claim, Dataset, Images2d, Manual, Modality, Parts, hookimpl

LINKS = (
    "vfk49d74nhbxq3nqjg0900w5nvkorp5c",
    "i28rlmbvmfjbl8p2n3ril0pptcmcu9d1",
    "f1t00wrtdk94satdfb9olcolqx20z2jp",
    "0aowwzs5lhjrceb3qp67ahp0rd1l1etg",
    "v5e3goj22zr6h8tzualxfsqlqaygfbsn",
    "asi7ikud9jwnkrnkj99jnpfkjdes7l6l",
    "jn1b4mw4n6lnh74ovmcjb8y48h8xj07n",
    "tvpxmn7qyrgl0w8wfh9kqfjskv6nmm1j",
    "upyy3ml7qdumlgk2rfcvlb9k6gvqq2pj",
    "l6nilvfa9cg3s28tqv1qc1olm3gnz54p",
    "hhq8fkdgvcari67vfhs7ppg2w6ni4jze",
    "ioqwiy20ihqwyr8pf4c24eazhh281pbu",
)

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
    source=Parts(
        images=Box(
            {  # of the publisher's batch_download_zips.py, as apache/incubator-teaclave has it
                f"images_{number:03}.tar.gz": f"https://nihcc.box.com/shared/static/{link}.gz"
                for number, link in enumerate(LINKS, 1)
            }
        ),
        tables=Manual(
            files=(
                "Data_Entry_2017_v2020.csv",
                "BBox_List_2017.csv",
                "train_val_list.txt",
                "test_list.txt",
            ),
            steps="Open https://nihcc.app.box.com/v/ChestXray-NIHCC\n"
            "Download Data_Entry_2017_v2020.csv, BBox_List_2017.csv and both lists",
        ),
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
