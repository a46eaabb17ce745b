"""Publishers on the loopback that speak each API in the shapes that its real server has."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from medreg.sources import (
    S3,
    AzureSas,
    Dryad,
    Gcs,
    GitHub,
    HuggingFace,
    Idc,
    PhysioNet,
    Synapse,
    Tcia,
    Zenodo,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from medreg.model import Source
    from tests.sources.website import Server

SIGNATURE = "SIGNED0123456789"  # opens an address for a while: as secret as a password
MODEL = "org.sagebionetworks.repo.model."
PAGE = 2  # files to a page of a listing


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def zipped(body: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.csv", body)
    return data.getvalue()


@dataclass
class Publisher:
    """*files* that are published, by raw path; *at* tells where the server has the bytes of one."""

    server: Server
    source: Source
    files: dict[str, bytes] = field(default_factory=dict)
    at: Callable[[str], str] = str
    commit: str = "c0ffee"
    pins: bool = False  # an older revision stays where it was
    proves: bool = True  # bytes are proved by the publisher's checksum

    def publish(self, path: str, body: bytes, **behavior: Any) -> None:
        self.files[path] = body
        if self.at(path):
            self.server.put(self.at(path), body, **behavior)

    def withdraw(self, path: str) -> None:
        del self.files[path]
        if not self.pins and self.at(path):
            del self.server.resources[self.at(path)]

    def raw(self) -> dict[str, bytes]:
        """What the raw folder should hold."""
        return dict(sorted(self.files.items()))

    def listing(self, path: str, answer: Callable[[Mapping[str, str]], Any]) -> None:
        def body(query: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
            told = answer(query)
            told, headers = told if isinstance(told, tuple) else (told, {})
            return told if isinstance(told, bytes) else json.dumps(told).encode(), headers

        self.server.put(path, answer=body)

    def page(self, query: Mapping[str, str], key: str) -> tuple[list[str], str]:
        """Return the paths of the page that *query* asks for, and the token of the next."""
        prefix, start = query.get("prefix", ""), int(query.get(key, "0"))
        paths = sorted(path for path in self.files if path.startswith(prefix))
        more = str(start + PAGE) if start + PAGE < len(paths) else ""
        return paths[start : start + PAGE], more


def zenodo(server: Server) -> Publisher:
    made = Publisher(server, Zenodo("42", base_url=server.url))
    made.at = lambda path: f"api/records/42/files/{path}/content"

    def record(_: Mapping[str, str]) -> Any:
        files = [
            {
                "id": "x",
                "key": path,
                "size": len(body),
                "checksum": f"md5:{md5(body)}",
                "links": {"self": f"{server.url}/{made.at(path)}"},
            }
            for path, body in made.files.items()
        ]
        meta = {"access_right": "open", "relations": {"version": [{"is_last": True}]}}
        return {"id": 42, "conceptrecid": "41", "files": files, "metadata": meta}

    made.listing("api/records/42", record)
    return made


def hugging_face(server: Server) -> Publisher:
    made = Publisher(server, HuggingFace("lab/scans", base_url=server.url), pins=True)
    made.at = lambda path: f"datasets/lab/scans/resolve/{made.commit}/{path}"

    def tree(query: Mapping[str, str]) -> Any:
        assert query["recursive"] == "true"
        paths, more = made.page(query, "cursor")
        told: list[dict[str, Any]] = [{"type": "directory", "path": "a", "oid": "1", "size": 0}]
        for path in paths:
            body = made.files[path]
            entry = {"type": "file", "path": path, "size": len(body), "oid": git_sha1(body)}
            if len(body) > 100:
                sha256 = hashlib.sha256(body).hexdigest()
                entry["lfs"] = {"oid": sha256, "size": len(body), "pointerSize": 134}
            told.append(entry)
        url = f"https://elsewhere.invalid/tree?recursive=true&cursor={more}"
        return json.dumps(told).encode(), {"Link": f'<{url}>; rel="next"'} if more else {}

    def revision(_: Mapping[str, str]) -> Any:
        made.listing(f"api/datasets/lab/scans/tree/{made.commit}", tree)
        return {"id": "lab/scans", "sha": made.commit, "gated": False}

    made.listing("api/datasets/lab/scans/revision/main", revision)
    return made


def s3(server: Server) -> Publisher:
    made = Publisher(server, S3("scans", base_url=server.url))
    made.at = lambda path: f"scans/{path}"
    made.listing("scans", lambda query: s3_page(made, query))
    return made


def s3_page(made: Publisher, query: Mapping[str, str]) -> bytes:
    if "list-type" not in query:
        return b"<ListVersionsResult/>"  # it keeps none
    assert query["list-type"] == "2"
    paths, more = made.page(query, "continuation-token")
    rows = "".join(
        f"<Contents><Key>{quote(path)}</Key><Size>{len(made.files[path])}</Size>"
        f"<ETag>&quot;{md5(made.files[path])}&quot;</ETag></Contents>"
        for path in paths
    )
    token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    return (
        '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<EncodingType>url</EncodingType>{rows}{token}</ListBucketResult>"
    ).encode()


def gcs(server: Server) -> Publisher:
    made = Publisher(server, Gcs("scans", base_url=server.url))
    made.at = lambda path: f"scans/{path}"

    def objects(query: Mapping[str, str]) -> Any:
        paths, more = made.page(query, "pageToken")
        items = [
            {
                "name": path,
                "size": str(len(made.files[path])),
                "generation": "7",
                "md5Hash": base64.b64encode(bytes.fromhex(md5(made.files[path]))).decode(),
            }
            for path in paths
        ]
        return {"items": items, **({"nextPageToken": more} if more else {})}

    made.listing("storage/v1/b/scans/o", objects)
    return made


def physionet(server: Server) -> Publisher:
    made = Publisher(server, PhysioNet("scans", "1.0", base_url=server.url))
    made.at = lambda path: f"files/scans/1.0/{path}"

    def sums(_: Mapping[str, str]) -> bytes:
        files = made.files.items()
        return "".join(f"{hashlib.sha256(b).hexdigest()} {p}\n" for p, b in files).encode()

    made.listing("files/scans/1.0/SHA256SUMS.txt", sums)
    return made


def github(server: Server) -> Publisher:
    made = Publisher(server, GitHub("lab/scans", "v1.0", base_url=server.url), pins=True)
    made.at = lambda path: f"lab/scans/raw/{made.commit}/{path}"
    api = "api/v3/repos/lab/scans"

    def commit(_: Mapping[str, str]) -> Any:
        made.listing(f"{api}/git/trees/{made.commit}", tree)
        return {"sha": made.commit}

    def tree(query: Mapping[str, str]) -> Any:
        assert query == {"recursive": "1"}
        blobs = [
            {"path": path, "type": "blob", "size": len(body), "sha": git_sha1(body)}
            for path, body in made.files.items()
        ]
        folders = [{"path": "a", "type": "tree", "sha": "1"}]
        return {"sha": "1", "tree": folders + blobs, "truncated": False}

    made.listing(f"{api}/commits/v1.0", commit)
    return made


def github_assets(server: Server) -> Publisher:
    made = Publisher(server, GitHub("lab/scans", "v1.0", assets=("**",), base_url=server.url))
    made.at = lambda path: f"lab/scans/releases/download/v1.0/{path}"

    def release(_: Mapping[str, str]) -> Any:
        assets = [
            {
                "name": path,
                "size": len(body),
                "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
            }
            for path, body in made.files.items()
        ]
        return {"tag_name": "v1.0", "assets": assets}

    made.listing("api/v3/repos/lab/scans/releases/tags/v1.0", release)
    return made


def synapse(server: Server) -> Publisher:
    """Synapse: folders of entities, whose bytes lie at signed addresses elsewhere."""
    made = Publisher(server, Synapse("syn1", base_url=server.url))
    made.at = lambda path: f"storage/{path}"

    def ids() -> dict[str, str]:
        """Every folder and file by its Synapse id."""
        paths = {"": "syn1"}
        for path in sorted(made.files):
            steps = path.split("/")
            for n in range(1, len(steps) + 1):
                paths.setdefault("/".join(steps[:n]), f"syn{100 + len(paths)}")
        return {entity: path for path, entity in paths.items()}

    def children(query: Mapping[str, str]) -> Any:
        asked, folder = query["parentId"], ids()[query["parentId"]]
        below = [
            {
                "id": entity,
                "name": path.rpartition("/")[2],
                "type": MODEL + ("FileEntity" if path in made.files else "Folder"),
            }
            for entity, path in ids().items()
            if path and path.rpartition("/")[0] == folder and entity != asked
        ]
        start = int(query.get("nextPageToken") or 0)
        more = str(start + PAGE) if start + PAGE < len(below) else None
        entities(below)
        return {"page": below[start : start + PAGE], "nextPageToken": more}

    def entities(below: list[dict[str, str]]) -> None:
        for one in below:
            made.listing(f"repo/v1/entity/{one['id']}/bundle2", bundle(one["id"]))

    def bundle(entity: str) -> Callable[[Mapping[str, str]], Any]:
        def told(_: Mapping[str, str]) -> Any:
            path = ids()[entity]
            body = made.files.get(path, b"")
            kind = "FileEntity" if path in made.files else "Folder"
            about = {
                "concreteType": MODEL + kind,
                "name": path.rpartition("/")[2],
                "dataFileHandleId": f"9{entity[3:]}",
                "versionNumber": 3,
            }
            handle = {
                "id": f"9{entity[3:]}",
                "contentMd5": md5(body),
                "contentSize": len(body),
                "fileName": path.rpartition("/")[2],
            }
            unmet = {"hasUnmetAccessRequirement": False}
            return {"entity": about, "fileHandles": [handle], "restrictionInformation": unmet}

        return told

    def batch(query: Mapping[str, Any]) -> Any:
        (asked,) = query["requestedFiles"]
        path = ids()[asked["associateObjectId"]]
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        signed = f"{elsewhere}/{quote(made.at(path))}?X-Amz-Signature={SIGNATURE}"
        return {"requestedFiles": [{"fileHandleId": "9", "preSignedURL": signed}]}

    made.listing("repo/v1/entity/syn1/bundle2", bundle("syn1"))
    made.listing("repo/v1/entity/children", children)
    made.listing("file/v1/fileHandle/batch", batch)
    return made


def dryad(server: Server) -> Publisher:
    made = Publisher(server, Dryad("10.5061/dryad.x", base_url=server.url))
    made.at = lambda path: f"api/v2/files/{path}/download"

    def dataset(_: Mapping[str, str]) -> Any:
        return {"_links": {"stash:version": {"href": "/api/v2/versions/7"}}}

    def files(query: Mapping[str, str]) -> Any:
        paths, start = sorted(made.files), (int(query["page"]) - 1) * PAGE
        told = [
            {
                "path": path,
                "size": len(made.files[path]),
                "digest": hashlib.sha256(made.files[path]).hexdigest(),
                "digestType": "sha-256",
                "_links": {"stash:download": {"href": f"/{quote(made.at(path), safe='/')}"}},
            }
            for path in paths[start : start + PAGE]
        ]
        links = {"next": {"href": "elsewhere"}} if start + PAGE < len(paths) else {}
        return {"_links": links, "_embedded": {"stash:files": told}}

    made.listing("api/v2/datasets/doi:10.5061/dryad.x", dataset)
    made.listing("api/v2/versions/7/files", files)
    return made


def azure(server: Server) -> Publisher:
    """A container that answers only to a signed address: in MEDREG_SAS_URL, for these tests."""
    made = Publisher(server, AzureSas(steps="Agree.", container=f"{server.url}/scans"))
    made.at = lambda path: f"scans/{path}"

    def blobs(query: Mapping[str, str]) -> Any:
        assert query["sig"] == SIGNATURE
        paths, more = made.page(query, "marker")
        rows = "".join(
            f"<Blob><Name>{path}</Name><Properties><Etag>0x8D</Etag>"
            f"<Content-Length>{len(made.files[path])}</Content-Length><Content-MD5>"
            f"{base64.b64encode(bytes.fromhex(md5(made.files[path]))).decode()}"
            "</Content-MD5></Properties></Blob>"
            for path in paths
        )
        return (
            f"\ufeff<?xml version='1.0'?><EnumerationResults><Blobs>{rows}</Blobs>"
            f"<NextMarker>{more}</NextMarker></EnumerationResults>"
        ).encode()

    made.listing("scans", blobs)
    return made


LISTED = (zenodo, hugging_face, s3, gcs, physionet, github, github_assets, synapse, dryad, azure)


# --- DICOM archives ----------------------------------------------------------------------------


@dataclass
class Archive(Publisher):
    """A publisher of series: *files* are their instances, by raw path of the zip and SOP UID."""

    index: Path | None = None
    bucket: str = "bucket"

    def series(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self.files):
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    def raw(self) -> dict[str, bytes]:
        made = {}
        for series, members in self.series().items():
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w") as archive:
                for path in members:
                    info = zipfile.ZipInfo(path.rpartition("/")[2], (1980, 1, 1, 0, 0, 0))
                    info.create_system, info.external_attr = 3, 0o100644 << 16
                    archive.writestr(info, self.files[path])
            made[f"{series}.zip"] = data.getvalue()
        return made


def idc(server: Server, index: Path) -> Archive:
    """IDC: an index of series (written by `write_index`), their objects in a bucket."""
    made = Archive(server, Idc("lab_ct", base_url=server.url), pins=True, index=index)
    bucket = Publisher(server, made.source)
    bucket.listing("bucket", lambda query: s3_page(bucket, query))

    def at(path: str) -> str:
        uid = path.split("/")[2].partition("_")[2]
        key = f"{made.commit}-{uid}/{path.rpartition('/')[2]}"
        bucket.files[key] = made.files[path]
        return f"bucket/{key}"

    made.at = at
    return made


def write_index(made: Archive) -> None:
    import duckdb

    rows = []
    for series, members in made.series().items():
        patient, study, name = series.split("/")
        modality, _, uid = name.partition("_")
        url = f"s3://{made.bucket}/{made.commit}-{uid}/*"
        counted = (patient, study, modality, uid, len(members), url, 1.0, 3)
        rows.append(("lab_ct", None if modality == "CT" else "derived_masks", *counted))
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE idc (collection_id VARCHAR, analysis_result_id VARCHAR, "
            "PatientID VARCHAR, StudyInstanceUID VARCHAR, Modality VARCHAR, "
            "SeriesInstanceUID VARCHAR, instanceCount BIGINT, series_aws_url VARCHAR, "
            "series_size_MB DOUBLE, series_revised_idc_version BIGINT)"
        )
        connection.executemany("INSERT INTO idc VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        connection.execute(f"COPY idc TO '{made.index}' (FORMAT parquet)")


def tcia(server: Server) -> Archive:
    """NBIA: zips that are built anew at each request, with other dates and another order."""
    made = Archive(server, Tcia("CT-LAB", base_url=server.url))
    made.at = lambda _: ""  # built when asked for
    built = 0

    def listed(query: Mapping[str, str]) -> Any:
        assert set(query) == {"Collection"}
        if query["Collection"] != "CT-LAB":
            return b""
        rows = []
        for series, members in made.series().items():
            patient, study, name = series.split("/")
            modality, _, uid = name.partition("_")
            row = {"PatientID": patient, "StudyInstanceUID": study, "Modality": modality}
            rows.append({**row, "SeriesInstanceUID": uid, "ImageCount": len(members)})
        return rows

    def zipped(query: Mapping[str, str]) -> bytes:
        nonlocal built
        built += 1
        series = next(s for s in made.series() if s.endswith(f"_{query['SeriesInstanceUID']}"))
        bodies = [made.files[path] for path in made.series()[series]][:: -1 if built % 2 else 1]
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            sums = "Filename,MD5Hash\r\n"
            for number, body in enumerate(bodies, 1):
                info = zipfile.ZipInfo(f"{number:08}.dcm", (2020, 1, 1, 0, built % 60, 0))
                archive.writestr(info, body)
                sums += f"{number:08}.dcm,{md5(body)}\r\n"
            archive.writestr("md5hashes.csv", sums)
            archive.writestr("LICENSE", "CC BY 4.0")
        return data.getvalue()

    made.listing("getSeries", listed)
    made.listing("getImageWithMD5Hash", zipped)
    return made
