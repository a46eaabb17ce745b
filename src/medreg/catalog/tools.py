"""Programs that others write, for what medreg does not do (F110)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: its license is an SPDX id, as its own repository states it."""

    name: str
    kind: str
    use: str
    license: str
    link: str


TOOLS = (
    Tool("SimpleITK", "library", "read, resample and register images", "Apache-2.0",
         "https://simpleitk.org"),
    Tool("nibabel", "library", "read and write NIfTI", "MIT", "https://nipy.org/nibabel"),
    Tool("pydicom", "library", "read and write DICOM", "MIT", "https://pydicom.github.io"),
    Tool("pylidc", "library", "query the annotations of LIDC-IDRI", "MIT",
         "https://pylidc.github.io"),
    Tool("OpenSlide", "library", "read whole-slide images", "LGPL-2.1-only",
         "https://openslide.org"),
    Tool("MONAI", "training", "networks, transforms and datasets on PyTorch", "Apache-2.0",
         "https://monai.io"),
    Tool("TorchIO", "training", "augment and sample volumes in PyTorch", "Apache-2.0",
         "https://torchio.org"),
    Tool("nnU-Net", "training", "segmentation that configures itself", "Apache-2.0",
         "https://github.com/MIC-DKFZ/nnUNet"),
    Tool("dcm2niix", "conversion", "DICOM to NIfTI", "BSD-2-Clause",
         "https://github.com/rordenlab/dcm2niix"),
    Tool("zenodo-get", "download", "every file of a Zenodo record", "AGPL-3.0-or-later",
         "https://github.com/dvolgyes/zenodo_get"),
    Tool("tcia-utils", "download", "collections of The Cancer Imaging Archive", "Apache-2.0",
         "https://github.com/kirbyju/tcia_utils"),
    Tool("idc-index", "download", "collections of the Imaging Data Commons", "MIT",
         "https://github.com/ImagingDataCommons/idc-index"),
    Tool("3D Slicer", "viewer", "view, segment and annotate", "LicenseRef-3D-Slicer",
         "https://www.slicer.org"),
    Tool("ITK-SNAP", "viewer", "segment by hand and by contour", "GPL-3.0-or-later",
         "http://www.itksnap.org"),
    Tool("MITK", "viewer", "view, segment and measure", "BSD-3-Clause", "https://www.mitk.org"),
    Tool("napari", "viewer", "view and annotate arrays from Python", "BSD-3-Clause",
         "https://napari.org"),
    Tool("OsiriX", "viewer", "DICOM viewer for macOS", "LicenseRef-Proprietary",
         "https://www.osirix-viewer.com"),
    Tool("Horos", "viewer", "DICOM viewer for macOS", "LGPL-3.0-only", "https://horosproject.org"),
)  # fmt: skip
