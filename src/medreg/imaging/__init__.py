"""Imaging: headers, voxels, masks, phantoms. Reads and writes volumes; knows no dataset."""
