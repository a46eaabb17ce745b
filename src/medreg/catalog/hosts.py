"""Where a dataset lies, as a word: zenodo, idc, tcia, huggingface, ... or website."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Dataset

KINDS = {  # what a source of that kind says by itself
    "Zenodo": "zenodo",
    "HuggingFace": "huggingface",
    "S3": "aws",
    "Gcs": "google-cloud",
    "Idc": "idc",
    "Tcia": "tcia",
    "PhysioNet": "physionet",
    "GitHub": "github",
    "Kaggle": "kaggle",
    "Synapse": "synapse",
    "GoogleDrive": "google-drive",
    "Box": "box",
    "Dryad": "dryad",
    "AzureSas": "azure",
    "DataLad": "datalad",
    "Synthetic": "generated",
    "Local": "local",
}
DOMAINS = (  # the first that ends a host name
    ("stanfordaimi.azurewebsites.net", "stanford-aimi"),
    ("aimi.stanford.edu", "stanford-aimi"),
    ("zenodo.org", "zenodo"),
    ("huggingface.co", "huggingface"),
    ("imaging.datacommons.cancer.gov", "idc"),
    ("cancerimagingarchive.net", "tcia"),
    ("physionet.org", "physionet"),
    ("kaggle.com", "kaggle"),
    ("synapse.org", "synapse"),
    ("grand-challenge.org", "grand-challenge"),
    ("codalab.org", "codalab"),
    ("openneuro.org", "openneuro"),
    ("figshare.com", "figshare"),
    ("mendeley.com", "mendeley"),
    ("datadryad.org", "dryad"),
    ("drive.google.com", "google-drive"),
    ("box.com", "box"),
    ("amazonaws.com", "aws"),
    ("registry.opendata.aws", "aws"),
    ("storage.googleapis.com", "google-cloud"),
    ("github.com", "github"),
    ("githubusercontent.com", "github"),
)
CLOUD = {  # where one may read in place (F119)
    "aws": "Amazon S3",
    "google-cloud": "Google Cloud Storage",
    "idc": "Amazon S3 and Google Cloud, by series",
    "huggingface": "Hugging Face, by file",
    "openneuro": "Amazon S3",
}
WEBSITE = "website"

_URL = re.compile(r"https?://[^\s\"'),;]+")


def hosts(dataset: Dataset) -> tuple[str, ...]:
    """Return the hosts that hand out *dataset*, best first; its homepage counts if none is known.

    A source of several parts has the hosts of each.
    """
    found = dict.fromkeys(_of_source(dataset.source))
    if not found or list(found) == [WEBSITE]:
        found = dict.fromkeys([_of_url(dataset.homepage)]) if dataset.homepage else found
    return tuple(found) or (WEBSITE,)


def _of_source(source: object) -> Iterator[str]:
    kind = type(source).__name__
    if kind in KINDS:
        yield KINDS[kind]
    else:
        yield from (_of_url(url) for url in _urls(source))


def _urls(value: object) -> Iterator[str]:
    """Yield every URL that *value* holds, in its own order."""
    if isinstance(value, str):
        yield from _URL.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _urls(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _urls(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _urls(getattr(value, field.name))


def _of_url(url: str) -> str:
    name = urlsplit(url).hostname or ""
    return next((host for end, host in DOMAINS if f".{name}".endswith(f".{end}")), WEBSITE)
