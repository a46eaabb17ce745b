"""Time conversion of DICOM to NIfTI beside its peers, interleaved in one run.

    python -m bench.convert [--runs 5] [--slices 300] [--series DIR] [--peers BIN] [--batch 16]
        [--syntax rle|jpegls|j2k]

Prints wall time, processor time, peak memory and size, medians over the runs, and the ratio to
`dcm2niix -z i`; never fails. Without --series it makes a synthetic CT (12 bits, correlated
noise). Peers that are not installed are left out: `pip install dcm2niix dicom2nifti`, in this
environment or in the one whose bin folder is BIN.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medreg.checks.counts import ZERO, histogram
from medreg.imaging.alone import dicom2nifti
from medreg.imaging.headers import read_header
from medreg.imaging.nifti import load
from medreg.imaging.study import opened

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path(sys.executable).parent
BASE = "dcm2niix -z i"
SYNTAXES = {
    "rle": "1.2.840.10008.1.2.5",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "j2k": "1.2.840.10008.1.2.4.90",
}
HALVES = ("[02468]", "[13579]")  # last digits of the scans that each of two processes takes
SITK = """
import sys, SimpleITK as s
r = s.ImageSeriesReader()
r.SetFileNames(r.GetGDCMSeriesFileNames(sys.argv[1]))
s.WriteImage(r.Execute(), sys.argv[2] + "/sitk.nii.gz", True)
"""
D2N = """
import sys, dicom2nifti as d
d.settings.disable_validate_slicecount()
d.convert_directory(sys.argv[1], sys.argv[2], compression=True, reorient=False)
"""
IN_PROCESS = """
import sys, time
from pathlib import Path
from medreg.imaging.alone import dicom2nifti
dicom2nifti(Path(sys.argv[1]), Path(sys.argv[2]), workers=1)
"""


@dataclass(frozen=True)
class Spent:
    """What one conversion cost."""

    wall: float
    processor: float
    memory: float  # bytes at the peak
    size: int  # bytes of the files written


def synthetic(folder: Path, slices: int, *, size: int = 512, seed: int = 0) -> None:
    """Write a chest-like CT: body, lungs, spine, and noise that neighbors share in part."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = (x / 0.9) ** 2 + (y / 0.65) ** 2 < 1
    for k in range(slices):
        wide = 0.3 + 0.05 * np.sin(k / 40)
        plane = np.where(body, 40.0, -1000.0)
        for side in (-0.42, 0.42):
            plane[((x - side) / wide) ** 2 + (y / 0.45) ** 2 < 1] = -850
        plane[(x / 0.12) ** 2 + ((y - 0.45) / 0.12) ** 2 < 1] = 400
        noise = rng.normal(0, 26, (size + 1, size + 1))
        noise = (noise[1:, 1:] + noise[:-1, 1:] + noise[1:, :-1] + noise[:-1, :-1]) / 2
        stored = np.clip(plane + noise * 0.7 + 1024, 0, 4095).astype("<i2")
        (folder / f"{k:04}.dcm").write_bytes(_file(stored, k))


def _file(stored: np.ndarray, k: int) -> bytes:
    """Return one explicit little-endian CT slice."""

    def element(group: int, number: int, vr: str, value: str | bytes | int) -> bytes:
        raw = struct.pack("<H", value) if isinstance(value, int) else value
        raw = raw.encode() if isinstance(raw, str) else raw
        raw += (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)
        long = vr in ("OB", "OW")
        head = struct.pack("<HH2s", group, number, vr.encode())
        return head + struct.pack("<xxL" if long else "<H", len(raw)) + raw

    uid = "1.2.826.0.1.3680043.10.1444"
    meta = element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", "1.2.840.10008.5.1.4.1.1.2")
    meta += element(2, 3, "UI", f"{uid}.{k + 1}") + element(2, 16, "UI", "1.2.840.10008.1.2.1")
    meta += element(2, 18, "UI", uid)
    rows, columns = stored.shape
    said = [
        (8, 8, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.2"),
        (8, 0x18, "UI", f"{uid}.{k + 1}"),
        (8, 0x20, "DA", "20200101"),
        (8, 0x30, "TM", "120000"),
        (8, 0x60, "CS", "CT"),
        (8, 0x70, "LO", "bench"),
        (0x10, 0x10, "PN", "Bench"),
        (0x10, 0x20, "LO", "bench"),
        (0x18, 0x50, "DS", "1.0"),
        (0x18, 0x60, "DS", "120"),
        (0x18, 0x5100, "CS", "HFS"),
        (0x20, 0xD, "UI", f"{uid}.1000"),
        (0x20, 0xE, "UI", f"{uid}.1001"),
        (0x20, 0x11, "IS", "1"),
        (0x20, 0x13, "IS", str(k + 1)),
        (0x20, 0x32, "DS", f"-180.0\\-180.0\\{k * 1.0}"),
        (0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
        (0x20, 0x52, "UI", f"{uid}.1002"),
        (0x28, 2, "US", 1),
        (0x28, 4, "CS", "MONOCHROME2"),
        (0x28, 0x10, "US", rows),
        (0x28, 0x11, "US", columns),
        (0x28, 0x30, "DS", "0.703125\\0.703125"),
        (0x28, 0x100, "US", 16),
        (0x28, 0x101, "US", 16),
        (0x28, 0x102, "US", 15),
        (0x28, 0x103, "US", 1),
        (0x28, 0x1052, "DS", "-1024"),
        (0x28, 0x1053, "DS", "1"),
        (0x7FE0, 0x10, "OW", stored.tobytes()),
    ]
    group_length = element(2, 0, "UL", struct.pack("<L", len(meta)))
    return bytes(128) + b"DICM" + group_length + meta + b"".join(element(*e) for e in said)


def compress(folder: Path, syntax: str) -> None:
    """Encode every file of *folder* anew, without loss."""
    from pydicom import dcmread

    for path in sorted(folder.iterdir()):
        slice_ = dcmread(path)
        slice_.compress(SYNTAXES[syntax], generate_instance_uid=False)
        slice_.save_as(path)


def commands(peers: Path) -> dict[str, list[str]]:
    """Return the command of each converter that is there, to which IN and OUT are added."""
    found = {
        "medreg in process": [sys.executable, "-c", IN_PROCESS],
        "medreg dicom2nifti": [str(BIN / "medreg"), "dicom2nifti", "--workers", "1"],
        "SimpleITK": [sys.executable, "-c", SITK],
    }
    dcm2niix: Path | str | None = next(
        (p / "dcm2niix" for p in (BIN, peers) if (p / "dcm2niix").exists()), None
    )
    dcm2niix = dcm2niix or shutil.which("dcm2niix")
    if dcm2niix:
        found[BASE] = [str(dcm2niix), "-z", "i", "-b", "n"]
        found["dcm2niix -z i -1"] = [str(dcm2niix), "-z", "i", "-1", "-b", "n"]
        if shutil.which("pigz"):
            found["dcm2niix -z y"] = [str(dcm2niix), "-z", "y", "-b", "n"]
    python = peers / "python"
    if (
        subprocess.run(
            [python, "-c", "import dicom2nifti"], check=False, capture_output=True
        ).returncode
        == 0
    ):
        found["dicom2nifti"] = [str(python), "-c", D2N]
    return found


def measured(name: str, command: list[str], source: Path, into: Path) -> Spent:
    """Run one conversion; the one in process is timed without the start of its process."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    if name.startswith("dcm2niix"):
        words = [*command, "-o", str(into), str(source)]
    else:
        words = [*command, str(source), str(into)]
    if name == "medreg in process":
        began, used = time.perf_counter(), time.process_time()
        dicom2nifti(source, into, workers=1)
        wall, processor = time.perf_counter() - began, time.process_time() - used
        shutil.rmtree(into)
        into.mkdir()
    start = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    spent = time.perf_counter() - start
    size = sum(file.stat().st_size for file in into.rglob("*.nii.gz"))
    if name != "medreg in process":
        wall, processor = spent, usage.ru_utime + usage.ru_stime
    return Spent(wall, processor, usage.ru_maxrss * 1024, size)


def table(spent: dict[str, list[Spent]]) -> None:
    def median(name: str, of: Callable[[Spent], float]) -> float:
        return statistics.median(of(one) for one in spent[name])

    base = median(BASE, lambda s: s.wall) if BASE in spent else 0.0
    base_size = median(BASE, lambda s: s.size) if BASE in spent else 0.0
    columns = ("wall s", "cpu s", "peak MB", "file MB")
    heads = " ".join(f"{column:>8}" for column in columns)
    base_used = median(BASE, lambda s: s.processor) if BASE in spent else 0.0
    print(f"{'':<20} {heads} {'x faster':>9} {'x cpu':>6} {'x size':>7}")
    for name in spent:
        wall, size = median(name, lambda s: s.wall), median(name, lambda s: s.size)
        used = median(name, lambda s: s.processor)
        ratios = (
            f"{base / wall:9.2f} {base_used / used:6.2f} {size / base_size:7.2f}"
            if base and base_size
            else ""
        )
        print(
            f"{name:<20} {wall:8.2f} {used:8.2f} "
            f"{median(name, lambda s: s.memory) / 1e6:8.0f} {size / 1e6:8.1f} {ratios}"
        )


def batch(series: Path, count: int, work: Path, found: dict[str, list[str]]) -> None:
    """Convert *count* copies of a series on two processors: medreg's own, two of dcm2niix."""
    many = work / "many"
    for number in range(count):
        (many / f"{number:02}").mkdir(parents=True)
        for file in series.iterdir():
            data = file.read_bytes().replace(b".1001", b".1%03d" % (number + 2))
            (many / f"{number:02}" / file.name).write_bytes(data)
    slices = count * len(list(series.iterdir()))
    for label in ("medreg", BASE) * 2:
        into = work / "batch"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        start = time.perf_counter()
        if label == "medreg":
            words = [str(BIN / "medreg"), "dicom2nifti", "--workers", "2", str(many), str(into)]
            subprocess.run(words, check=True, capture_output=True)
        elif label in found:
            base = f"{' '.join(found[BASE])} -f %i%j -o {into} $d"
            loops = [f"for d in {many}/*{digits}; do {base}; done" for digits in HALVES]
            both = [
                subprocess.Popen(["sh", "-c", loop], stdout=subprocess.DEVNULL) for loop in loops
            ]
            for one in both:
                one.wait()
        wall = time.perf_counter() - start
        print(f"batch of {count:3}  {label:<14} {wall:6.2f} s  {slices / wall:6.0f} slices/s")


def scan_and_load(series: Path, work: Path) -> None:
    """Time headers per second, and loading with statistics beside nibabel's get_fdata."""
    with opened(series) as tree:
        paths = tree.paths()
        rates = []
        for _ in range(5):
            start = time.process_time()
            for path in paths:
                read_header(tree, path)
            rates.append(len(paths) / (time.process_time() - start))
        print(f"headers          {statistics.median(rates):8.0f} files/s per core")
    dicom2nifti(series, work / "load", workers=1)
    file = next((work / "load").glob("*.nii.gz"))
    spent: dict[str, list[float]] = {"medreg": [], "get_fdata": []}
    told: dict[str, list[float]] = {}
    for _ in range(3):
        for name, ask in (("medreg", _ours), ("get_fdata", _theirs)):
            start = time.process_time()
            told[name] = ask(file)
            spent[name].append(time.process_time() - start)
    ours, theirs = (statistics.median(spent[name]) for name in ("medreg", "get_fdata"))
    print(f"load, statistics medreg {ours:.2f} s, get_fdata {theirs:.2f} s: {theirs / ours:.1f} x")
    print(f"                 same: {np.allclose(told['medreg'], told['get_fdata'], rtol=1e-9)}")


PERCENTS = (1, 50, 99)


def _ours(file: Path) -> list[float]:
    """Return least, greatest, mean, deviation and percentiles, exactly, by a histogram."""
    counts = histogram(load(file))
    values = np.arange(counts.size) - ZERO
    total = counts.sum()
    mean = (counts * values).sum() / total
    there = values[counts > 0]
    running = np.cumsum(counts)
    ranks = [(total - 1) * percent / 100 for percent in PERCENTS]
    ends = [[values[np.searchsorted(running, int(r) + k, "right")] for k in (0, 1)] for r in ranks]
    return [
        *(there[0], there[-1], mean, np.sqrt((counts * (values - mean) ** 2).sum() / total)),
        *(low + (high - low) * (r % 1) for (low, high), r in zip(ends, ranks, strict=True)),
    ]


def _theirs(file: Path) -> list[float]:
    import nibabel

    data = np.asarray(nibabel.nifti1.load(file).get_fdata())
    return [data.min(), data.max(), data.mean(), data.std(), *np.percentile(data, PERCENTS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--series", type=Path)
    parser.add_argument("--peers", type=Path, default=BIN)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--syntax", choices=SYNTAXES, help="compress the synthetic series")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        series = args.series
        if series is None:
            series = work / "series"
            series.mkdir()
            synthetic(series, args.slices)
            if args.syntax:
                compress(series, args.syntax)
        found = commands(args.peers)
        spent: dict[str, list[Spent]] = {label: [] for label in found}
        for _ in range(args.runs):  # interleaved, so that a noisy neighbor hits all alike
            for label, command in found.items():
                spent[label].append(measured(label, command, series, work / "out"))
        table(spent)
        if args.batch:
            batch(series, args.batch, work, found)
        scan_and_load(series, work)


if __name__ == "__main__":
    main()
