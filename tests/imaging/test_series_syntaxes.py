"""Every transfer syntax of pydicom's own files: decoded exactly, or refused by name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.filereader import read_file_meta_info
from pydicom.pixels.utils import pixel_array

from medreg.errors import Refused
from medreg.imaging.codecs import Decoder
from medreg.imaging.headers import headers
from medreg.imaging.pixels import Pixels
from tests.imaging.dicoms import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INSTALLED = Path(pydicom.__file__).resolve().parent / "data" / "test_files"
FILES = sorted(path for path in INSTALLED.rglob("*") if path.is_file())
NAMES = [path.relative_to(INSTALLED).as_posix() for path in FILES]
LOSSY = (".50", ".51", ".81", ".91")  # ends of UIDs: a decoder may round otherwise
PLUGINS = ("pydicom", "gdcm", "pylibjpeg", "pyjpegls", "pillow")
SAME_AS = {  # encoded from this file by others: the values must be its own
    f"MR_small_{how}.dcm": "MR_small.dcm"
    for how in ("RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless")
}
UNDECODED = {  # the only pixels here that the default install does not decode, and why
    "JPEG-lossy.dcm": "12-bit JPEG Extended",
    "JPGExtended.dcm": "12-bit JPEG Extended",
    "JPEG2000-embedded-sequence-delimiter.dcm": "pydicom takes bytes of its fragment for the end",
}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as child:
        yield child


def test_the_files_are_those_of_the_installed_package() -> None:
    assert len(FILES) > 150
    assert all(path.resolve().is_relative_to(INSTALLED) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_is_slices_or_refused_by_name(path: Path, decoder: Decoder) -> None:
    tree = MemoryTree({path.name: path.read_bytes()})
    pixels = Pixels(tree, decoder)
    read = attempt(lambda: [(one, pixels(one)) for one in headers(tree, [path.name])[0]])
    if isinstance(read, str):
        assert path.name in read
        return
    for one, array in read:
        assert np.array_equal(array, reference(path, one.frame or 0))


def attempt(work: Callable[[], Any]) -> Any:
    """Return the result of *work*, or why it was refused."""
    try:
        return work()
    except Refused as refusal:
        return refusal.message


def reference(path: Path, frame: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pixel_array(dcmread(path), raw=True, index=frame)


def with_pixels() -> list[Path]:
    found = []
    for path in FILES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                dataset = dcmread(path, specific_tags=["PixelData"])
            except (OSError, pydicom.errors.InvalidDicomError, ValueError):
                continue
        syntax = dataset.file_meta.get("TransferSyntaxUID")
        if "PixelData" in dataset and syntax and syntax.is_encapsulated:
            found.append(path)
    return found


@pytest.mark.parametrize("path", with_pixels(), ids=lambda path: path.name)
def test_a_codec_agrees_with_every_other_decoder(path: Path, decoder: Decoder) -> None:
    found = attempt(lambda: decoder.decode(path.read_bytes(), path.name))
    if isinstance(found, str):
        assert path.name in found
        assert path.name in UNDECODED, found
        return
    assert path.name not in UNDECODED
    syntax = str(read_file_meta_info(path).TransferSyntaxUID)
    compared = 0
    for plugin in PLUGINS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                other = pixel_array(path, raw=True, index=0, decoding_plugin=plugin)
            except (RuntimeError, ValueError, AttributeError, NotImplementedError):
                continue  # how pydicom says that this plugin is not for this syntax; others are
        compared += 1
        apart = np.abs(found.astype(np.int64) - other.astype(np.int64)).max()
        assert apart <= (1 if syntax.endswith(LOSSY) else 0), plugin
    assert compared or syntax.endswith(LOSSY)


@pytest.mark.parametrize("name", SAME_AS)
def test_what_was_encoded_without_loss_is_the_original(name: str, decoder: Decoder) -> None:
    def read(file: str) -> Any:
        tree = MemoryTree({file: (INSTALLED / file).read_bytes()})
        (one,), _ = headers(tree, [file])
        return Pixels(tree, decoder)(one)

    assert np.array_equal(read(name), read(SAME_AS[name]))
