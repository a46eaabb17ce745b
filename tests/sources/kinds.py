"""A row for every kind of source: a server that has it, slow, and how a plugin declares it."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import random
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from medreg.sources import (
    S3,
    AzureSas,
    Box,
    DataLad,
    Derived,
    DicomWeb,
    Dimse,
    GoogleDrive,
    Http,
    Kaggle,
    Local,
    Manual,
    Parts,
    Synthetic,
    Zenodo,
)
from tests.sources import publishers
from tests.sources.faulty import Faulty, faulty
from tests.sources.lab import write_dicom
from tests.sources.publishers import zipped
from tests.sources.servers import folder_server, free_port, orthanc, seaweed
from tests.sources.stores import KEY, SECRET, Annex, azurite, store
from tests.sources.throttle import Throttle, throttled
from tests.sources.website import Handler, QuietServer, Resource, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from medreg.model import Source
    from tests.sources.publishers import Archive, Publisher

SECONDS = 0.7  # that the bytes of each kind take
LARGE = 4_600_000  # bytes: so large a download is taken up where it stopped
TOKENS = ("HF_TOKEN", "ZENODO_TOKEN", "GITHUB_TOKEN", "SYNAPSE_AUTH_TOKEN", "DRYAD_TOKEN")
LOGIN = "machine 127.0.0.1 login alice password s3cret\n"
ALICE = "Basic YWxpY2U6czNjcmV0"


def noise(seed: object, size: int) -> bytes:
    return random.Random(str(seed)).randbytes(size)  # noqa: S311  # no secret


FILES = {
    "a scan.nii": noise("a", LARGE),
    **{f"labels/{n}+{n}.nii": noise(n, 20_000) for n in range(8)},
    "labels/empty.txt": b"",
}
FLAT = {path.replace("/", "_"): body for path, body in FILES.items()}
SERIES = {"P 1": (1, 2), "P2": (3,)}


@dataclass
class Bench:
    """Where servers are started, all ended by *stack*; *home* is that of who fetches."""

    folder: Path
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()  # after `medreg fetch some`
    other: Source | None = None  # a dataset that is here before
    ways: list[Throttle] = field(default_factory=list)
    breaks: bool = False  # nginx leads to the servers, which breaks what it is told to
    broken: list[Faulty] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def passed(self) -> int:
        return sum(way.passed for way in self.ways)

    def slow(self, url_or_port: str | int, size: int) -> Throttle | Faulty:
        """Return a way on which *size* bytes take `SECONDS`, or one that breaks."""
        port = url_or_port if isinstance(url_or_port, int) else urlsplit(url_or_port).port
        if self.breaks:
            nginx = faulty(int(port or 0), self.folder / f"nginx-{len(self.broken)}")
            self.broken.append(self.stack.enter_context(nginx))
            return self.broken[-1]
        way = self.stack.enter_context(throttled(int(port or 0), size / SECONDS))
        self.ways.append(way)
        return way

    def website(self, size: int) -> Server:
        """Start a web server of tests; its *url* is the slow way to it."""
        site = Server("")
        httpd = QuietServer(("127.0.0.1", 0), type("Here", (Handler,), {"site": site}))
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.stack.callback(httpd.server_close)
        self.stack.callback(thread.join)
        self.stack.callback(httpd.shutdown)
        site.url = self.slow(int(httpd.server_address[1]), size).url
        return site

    def log_in(self, words: str = LOGIN) -> None:
        (self.home / ".netrc").write_text(words)
        (self.home / ".netrc").chmod(0o600)

    def files(self, name: str, count: int, size: int) -> Path:
        """Write a folder of files."""
        folder = self.folder / name
        for number in range(count):
            file = folder / f"images{number % 3}" / f"{number}.nii"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(noise(number, size))
        return folder


def total(files: Mapping[str, bytes]) -> int:
    return sum(map(len, files.values()))


# --- web servers ---------------------------------------------------------------------------------


def http(bench: Bench) -> Source:
    site = bench.website(total(FILES))
    urls = {path: site.put(path, body) for path, body in FILES.items()}
    return Http({path: quote(url, safe=":/") for path, url in urls.items()})


def published(
    make: Callable[[Server], Publisher], files: Mapping[str, bytes]
) -> Callable[[Bench], Source]:
    """Return a row of what the stub of one publisher has."""

    def row(bench: Bench) -> Source:
        made = make(bench.website(total(files)))
        for path, body in files.items():
            made.publish(path, body)
        return made.source

    return row


def with_wget(bench: Bench) -> Source:
    """PhysioNet where it wants a password: the program wget moves the bytes."""
    made = publishers.physionet(bench.website(total(FILES)))
    for path, body in FILES.items():
        made.publish(path, body)
    made.server.wget_only = ALICE
    bench.log_in()
    return made.source


def kaggle(bench: Bench) -> Source:
    body = zipped(noise("zip", LARGE))
    site = bench.website(len(body))
    told = {"x-goog-hash": f"md5={base64.b64encode(hashlib.md5(body).digest()).decode()}"}  # noqa: S324
    elsewhere = site.put("storage", body, headers=told).replace("127.0.0.1", "localhost")
    site.put("api/v1/datasets/download/lab/scans", location=f"{elsewhere}?Signature=abc")
    bench.environment |= {"KAGGLE_USERNAME": "me", "KAGGLE_KEY": "word"}
    return Kaggle(dataset="lab/scans", base_url=site.url)


FORM = b"""<!DOCTYPE html><html><form id="download-form" action="https://elsewhere.invalid/x">
<input type="hidden" name="id" value="%s"><input type="hidden" name="uuid" value="a&amp;b">
</form></html>"""


def google_drive(bench: Bench) -> Source:
    """Two files, before each the page that warns of its size."""
    bodies = {f"abcdefghij-{n}": zipped(noise(n, LARGE)) for n in (1, 2)}
    site = bench.website(2 * LARGE)

    def answer(query: Mapping[str, str]) -> tuple[bytes, dict[str, str]] | Resource:
        if query.get("uuid") == "a&b":
            return Resource(bodies[query["id"]], etag=f'"{query["id"]}"')
        return FORM % query["id"].encode(), {"Content-Type": "text/html"}

    site.put("download", answer=answer)
    return GoogleDrive({f"{n[-1]}.zip": n for n in bodies}, base_url=site.url)


def box(bench: Bench) -> Source:
    bodies = [zipped(noise(n, LARGE)) for n in (1, 2)]
    site = bench.website(2 * LARGE)
    for number, body in enumerate(bodies):
        site.put(f"shared/static/{number}.zip", body)
    at = "https://nihcc.box.com/shared/static"
    return Box({f"images_{n}.zip": f"{at}/{n}.zip" for n in range(2)}, base_url=site.url)


def tcia(bench: Bench) -> Source:
    made = publishers.tcia(bench.website(total(instances(bench))))
    for path, body in instances(bench).items():
        made.publish(path, body)
    return made.source


# --- real stores ---------------------------------------------------------------------------------


def s3(bench: Bench) -> Source:
    url = weed(bench)
    store(url, "public", {f"s3/{path}": body for path, body in FILES.items()})
    return S3("public", files=("s3/**",), base_url=bench.slow(url, total(FILES)).url)


def s3_keyed(bench: Bench) -> Source:
    """Objects of several parts, for those who have the key."""
    url, body = weed(bench), noise("parts", 11 << 20)
    store(url, "private", {"parts/a.nii": body, "parts/b.nii": FILES["a scan.nii"]})
    bench.environment |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    way = bench.slow(url, len(body) + LARGE)
    return S3("private", files=("parts/**",), anonymous=False, base_url=way.url)


def idc(bench: Bench) -> Source:
    """IDC: objects in S3, and an index that is a package of Python."""
    url = weed(bench)
    package = bench.folder / "packages" / "idc_index_data"
    package.mkdir(parents=True)
    index = package / "index.parquet"
    (package / "__init__.py").write_text(f"IDC_INDEX_PARQUET_FILEPATH = {str(index)!r}\n")
    path = os.pathsep.join(filter(None, (str(package.parent), os.environ.get("PYTHONPATH"))))
    bench.environment["PYTHONPATH"] = path
    files = instances(bench)
    way = bench.slow(url, total(files))
    made: Archive = replace(publishers.idc(Server(way.url), index), bucket="public")
    made.files = dict(files)
    publishers.write_index(made)
    uid = {path: path.split("/")[2].partition("_")[2] for path in files}
    keys = {p: f"{made.commit}-{uid[p]}/{p.rpartition('/')[2]}" for p in files}
    store(url, "public", {keys[path]: body for path, body in files.items()})
    return made.source


def azure(bench: Bench) -> Source:
    container = bench.stack.enter_context(azurite(bench.folder / "azurite", FILES))
    way = bench.slow(container.url, total(FILES))
    address = f"{way.url}{urlsplit(container.url).path}"
    bench.environment["MEDREG_SAS_URL"] = f"{address}?{container.signature()}"
    return AzureSas("Agree to the terms.", container=address)


def weed(bench: Bench) -> str:
    """Start SeaweedFS."""
    return bench.stack.enter_context(seaweed(bench.folder / "weed"))


ANNEXED = {"participants.tsv": b"participant_id\n", "sub-01/b.nii": noise("b", 200_000)}
ANNEXED |= {f"sub-0{n}/T1w.nii": noise(n, LARGE // 2) for n in (1, 2)}


def annex(bench: Bench) -> tuple[Annex, Throttle | Faulty]:
    """Publish a snapshot over HTTP."""
    made = Annex(bench.folder / "served" / "ds000001", bench.home)
    made.publish("1.0.0", ANNEXED)
    served = bench.stack.enter_context(folder_server(bench.folder / "served"))
    return made, bench.slow(served, total(ANNEXED))


def datalad(bench: Bench) -> Source:
    _, way = annex(bench)
    return DataLad(f"{way.url}/ds000001/.git", "1.0.0")


def openneuro(bench: Bench) -> Source:
    """The shape of OpenNeuro: a repository without content, which lies in a public bucket."""
    made, way = annex(bench)
    url = weed(bench)
    there = store(url, "public", {})
    there.make_bucket_versioned("public", True)
    made.export(int(urlsplit(url).port or 0), bench.slow(url, total(ANNEXED)).url)
    return DataLad(f"{way.url}/ds000001/.git", "1.0.0")


# --- DICOM ---------------------------------------------------------------------------------------


def instances(bench: Bench) -> dict[str, bytes]:
    """Three series of two patients, by raw path of the zip and SOP Instance UID."""
    from pydicom import dcmread

    made = {}
    for patient, numbers in SERIES.items():
        for series in numbers:
            for n in range(1, 7):
                found = dcmread(write_dicom(bench.folder / "x.dcm", series, n))
                found.PatientID, found.StudyInstanceUID = patient, f"1.2.{series}"
                found.add_new(0x00420011, "OB", noise((series, n), 60_000))
                data = io.BytesIO()
                found.save_as(data, enforce_file_format=True)
                at = f"{patient}/1.2.{series}/CT_1.2.3.{series}"
                made[f"{at}/1.2.3.{series}.{n}.dcm"] = data.getvalue()
    return made


def dicom_web(bench: Bench) -> Source:
    archive = bench.stack.enter_context(orthanc(bench.folder))
    size = sum(map(len, [archive.store(body) or body for body in instances(bench).values()]))
    bench.log_in()
    return DicomWeb(f"{bench.slow(archive.url, size).url}/dicom-web", deidentify=False)


def dimse_get(bench: Bench) -> Source:
    archive = bench.stack.enter_context(orthanc(bench.folder))
    size = sum(map(len, [archive.store(body) or body for body in instances(bench).values()]))
    return Dimse("127.0.0.1", bench.slow(archive.dicom, size).here, "ORTHANC", deidentify=False)


def dimse_move(bench: Bench) -> Source:
    """C-MOVE: the archive sends, slowly, to the port where medreg listens."""
    files, here = instances(bench), free_port()
    way = bench.slow(here, total(files))
    archive = bench.stack.enter_context(orthanc(bench.folder, way.here))
    for body in files.values():
        archive.store(body)
    asked = bench.slow(archive.dicom, total(files))
    return Dimse("127.0.0.1", asked.here, "ORTHANC", receive=here, deidentify=False)


# --- no server -----------------------------------------------------------------------------------


def local(bench: Bench) -> Source:
    return Local(str(bench.files("disk", 60, 1_000_000)))


def manual(bench: Bench) -> Source:
    bench.words = ("--from", str(bench.files("Downloads", 60, 1_000_000)))
    return Manual(("images*",), "Register. Download.")


def derived(bench: Bench) -> Source:
    bench.other = Local(str(bench.files("disk", 60, 1_000_000)))
    return Derived("other")


def synthetic(bench: Bench) -> Source:
    return Synthetic("ct", 3, "kills")


def parts(bench: Bench) -> Source:
    made = publishers.zenodo(bench.website(total(FLAT) // 2))
    for path, body in FLAT.items():
        made.publish(path, body)
    assert isinstance(made.source, Zenodo)
    url = made.server.put("labels.zip", zipped(noise("labels", LARGE)))
    return Parts(images=made.source, labels=Http((url,)))


KINDS: Mapping[str, Callable[[Bench], Source]] = {
    "Http": http,
    "S3": s3,
    "S3 with keys, in parts": s3_keyed,
    "Gcs": published(publishers.gcs, FILES),
    "Idc": idc,
    "Tcia": tcia,
    "Zenodo": published(publishers.zenodo, FLAT),
    "HuggingFace": published(publishers.hugging_face, FILES),
    "Synapse": published(publishers.synapse, FILES),
    "Kaggle": kaggle,
    "GoogleDrive": google_drive,
    "Box": box,
    "PhysioNet": published(publishers.physionet, FILES),
    "PhysioNet through wget": with_wget,
    "Dryad": published(publishers.dryad, FILES),
    "GitHub": published(publishers.github, FILES),
    "GitHub release": published(publishers.github_assets, FLAT),
    "AzureSas": azure,
    "DataLad": datalad,
    "DataLad over S3": openneuro,
    "DicomWeb": dicom_web,
    "Dimse C-GET": dimse_get,
    "Dimse C-MOVE": dimse_move,
    "Manual": manual,
    "Local": local,
    "Derived": derived,
    "Synthetic": synthetic,
    "Parts": parts,
}
PEERS = {"PhysioNet through wget": ("wget", "wget (Debian)")}
UNPROVED = {  # no checksum tells other bytes, the first time
    *("Http", "S3 with keys, in parts", "GoogleDrive", "Box"),
    *("DicomWeb", "Dimse C-GET", "Dimse C-MOVE", "Parts"),
}
ALONE = {"Manual", "Local", "Derived", "Synthetic"}  # no line leads to them


@contextmanager
def opened(name: str, folder: Path, *, breaks: bool = False) -> Iterator[tuple[Bench, Source]]:
    """Yield the row *name*, its servers started."""
    with ExitStack() as stack:
        bench = Bench(folder, stack, breaks=breaks)
        bench.home.mkdir(parents=True)
        bench.environment = dict.fromkeys(TOKENS, "SECRET")
        yield bench, KINDS[name](bench)
