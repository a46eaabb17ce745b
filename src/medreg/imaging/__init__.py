"""Imaging: headers, voxels, masks, phantoms. Reads and writes volumes; knows no dataset.

`series` and `stack` make volumes of DICOM, `formats` and `nifti` of other files, `pictures`,
`video` and `slides` read what stays packed; `canonical` is the one form that is kept; `masks/`,
`suv/` and `fingerprints/` have rooms of their own; `phantoms` makes subjects up.
"""
