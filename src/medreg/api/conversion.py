"""The verb dicom2nifti, which needs nothing of a registry, and so starts at once."""

from medreg.imaging.alone import Conversion, dicom2nifti

__all__ = ["Conversion", "dicom2nifti"]
