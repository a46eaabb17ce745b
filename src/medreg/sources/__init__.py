"""Where bytes come from: one module per kind of source. Values here are light to import."""

from medreg.sources.azure import AzureSas
from medreg.sources.box import Box
from medreg.sources.datalad import DataLad
from medreg.sources.derived import Derived
from medreg.sources.dicomweb import DicomWeb
from medreg.sources.dimse import Dimse
from medreg.sources.dryad import Dryad
from medreg.sources.gcs import Gcs
from medreg.sources.github import GitHub
from medreg.sources.googledrive import GoogleDrive
from medreg.sources.http import Http
from medreg.sources.huggingface import HuggingFace
from medreg.sources.idc import Idc
from medreg.sources.kaggle import Kaggle
from medreg.sources.local import Local
from medreg.sources.manual import Manual
from medreg.sources.parts import Parts
from medreg.sources.physionet import PhysioNet
from medreg.sources.portal import Portal
from medreg.sources.s3 import S3
from medreg.sources.synapse import Synapse
from medreg.sources.synthetic import Synthetic
from medreg.sources.tcia import Tcia
from medreg.sources.zenodo import Zenodo

__all__ = [
    "S3",
    "AzureSas",
    "Box",
    "DataLad",
    "Derived",
    "DicomWeb",
    "Dimse",
    "Dryad",
    "Gcs",
    "GitHub",
    "GoogleDrive",
    "Http",
    "HuggingFace",
    "Idc",
    "Kaggle",
    "Local",
    "Manual",
    "Parts",
    "PhysioNet",
    "Portal",
    "Synapse",
    "Synthetic",
    "Tcia",
    "Zenodo",
]
