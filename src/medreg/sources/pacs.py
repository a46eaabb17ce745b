"""Speak DIMSE with an archive: C-FIND, then C-GET or C-MOVE (PS3.4 annex C)."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, Any

from medreg.errors import ActionNeeded, CannotHere, NotFound, Refused, Transient
from medreg.sources.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from medreg.sources.dimse import Dimse

PENDING, DONE, STORED, FAILED = (0xFF00, 0xFF01), 0x0000, 0x0000, 0xC211
TIMEOUT = 60  # seconds
MOST = 120  # kinds of object that one association can name beside the request: 128 in all
UID = re.compile(r"[0-9][0-9.]{0,63}")


def chosen_series(source: Dimse) -> list[Series]:
    """Return the series that *source* declares; raises `NotFound` for none, `Transient`."""
    found = []
    with _association(source, "find") as link:
        for study in _find(source, link, "STUDY", source.query, ("StudyInstanceUID", "PatientID")):
            uid = _uid(study, "StudyInstanceUID")
            wanted = ("SeriesInstanceUID", "Modality", "NumberOfSeriesRelatedInstances")
            for series in _find(source, link, "SERIES", {"StudyInstanceUID": uid}, wanted):
                modality = str(series.get("Modality") or "OT")
                if not source.modalities or modality in source.modalities:
                    one = _uid(series, "SeriesInstanceUID")
                    patient = str(study.get("PatientID") or "unknown")
                    count = int(series.get("NumberOfSeriesRelatedInstances") or 0)
                    count = count or _count(source, link, uid, one)
                    address = f"{source.address}/{uid}/{one}"
                    found.append(Series(patient, uid, modality, one, count, address))
    if not found:
        raise NotFound(
            f"{source.address} has no series of this query", hint="look at query= and modalities="
        )
    return sorted(found, key=lambda series: series.path)


def _count(source: Dimse, link: Any, study: str, series: str) -> int:
    where = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
    return len(list(_find(source, link, "IMAGE", where, ("SOPInstanceUID",))))


def instances(
    source: Dimse, series: Series, folder: Path, moved: Callable[[int], None]
) -> Mapping[str, Path]:
    """Bring every instance of *series* into *folder*, in the transfer syntax it arrives in."""
    from pydicom.dataset import Dataset

    asked = Dataset()
    asked.QueryRetrieveLevel = "SERIES"
    asked.StudyInstanceUID, asked.SeriesInstanceUID = series.study, series.uid
    came: dict[str, Path] = {}

    def store(event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        if not UID.fullmatch(uid):
            return FAILED
        file = folder / f"{uid}.dcm"
        part = file.with_suffix(".part")
        part.write_bytes(event.encoded_dataset())
        part.rename(file)
        came[file.name] = file
        moved(file.stat().st_size)
        return STORED

    met = Event()
    with _association(source, "move" if source.receive else "get", store, met) as link:
        _told(source, _retrieve(source, link, asked), met)
    if len(came) != (series.count or len(came)) or not came:
        raise Transient(
            f"{source.address}: {len(came)} of {series.count} instances of {series.uid} arrived",
            hint="run the same command again",
        )
    return came


def _retrieve(source: Dimse, link: Any, asked: Any) -> Iterator[tuple[Any, Any]]:
    net = _library()
    if source.receive:
        model = net.sop_class.StudyRootQueryRetrieveInformationModelMove
        yield from link.send_c_move(asked, source.calling, model)
    else:
        model = net.sop_class.StudyRootQueryRetrieveInformationModelGet
        yield from link.send_c_get(asked, model)


def _told(source: Dimse, answers: Iterator[tuple[Any, Any]], met: Event) -> None:
    """Hear the answers out; raises what the last status means, once the archive *met* us."""
    for status, _ in answers:
        code = getattr(status, "Status", None)
        if code is None:
            raise Transient(f"{source.address} ended the connection", hint="run it again")
        if code not in (*PENDING, DONE, 0xB000):
            if source.receive and met.wait(1):  # the connection may be told of after the status
                raise Transient(
                    f"{source.address} could not send all to port {source.receive}: "
                    f"status {code:04X}",
                    hint="run the same command again",
                )
            hint = f"does the archive know {source.calling} at this machine's port?"
            raise Refused(
                f"{source.address} refuses to send: status {code:04X}",
                hint=hint if source.receive else "does it allow C-GET of this kind of object?",
            )


def _find(
    source: Dimse, link: Any, level: str, query: Mapping[str, str], wanted: tuple[str, ...]
) -> Iterator[Any]:
    from pydicom.dataset import Dataset

    asked = Dataset()
    asked.QueryRetrieveLevel = level
    for word in wanted:
        setattr(asked, word, "")
    for word, value in query.items():
        setattr(asked, word, value)
    model = _library().sop_class.StudyRootQueryRetrieveInformationModelFind
    found = []
    for status, match in link.send_c_find(asked, model):
        code = getattr(status, "Status", None)
        if code is None:
            raise Transient(f"{source.address} ended the connection", hint="run it again")
        if code not in (*PENDING, DONE):
            raise Refused(f"{source.address} refuses the query: status {code:04X}")
        if match is not None and code in PENDING:
            found.append(match)
    yield from found


def _uid(match: Any, word: str) -> str:
    uid = str(match.get(word, ""))
    if not UID.fullmatch(uid):
        raise NotFound(f"the archive answers without a valid {word}: {uid!r}")
    return uid


@contextmanager
def _association(
    source: Dimse,
    verb: str,
    store: Callable[[Any], int] | None = None,
    met: Event | None = None,
) -> Iterator[Any]:
    """Yield an association for *verb*; *store* is told of every object that arrives.

    *met* is set once the archive connects to where objects are moved.

    Raises `CannotHere` without pynetdicom, `Transient` where nobody answers, `ActionNeeded` where
    the archive does not know who asks.
    """
    net = _library()
    application, roles, heard = net.AE(ae_title=source.calling), [], []
    application.acse_timeout = application.dimse_timeout = application.network_timeout = TIMEOUT
    name = f"StudyRootQueryRetrieveInformationModel{verb.title()}"
    application.add_requested_context(getattr(net.sop_class, name))
    _knock(source)
    server = None
    if store and verb == "get":
        heard = [(net.evt.EVT_C_STORE, store)]
        for kind, syntaxes in _kinds():
            application.add_requested_context(kind, syntaxes)
            roles.append(net.build_role(kind, scp_role=True))
    elif store:
        server = _receiver(source, store, met or Event())
    link = application.associate(
        source.host, source.port, ae_title=source.called, ext_neg=roles, evt_handlers=heard
    )
    try:
        if link.is_rejected:
            raise ActionNeeded(
                f"{source.address} refuses the association",
                steps=(
                    f"Ask who runs it: is it {source.called}, and may {source.calling} come in?",
                ),
            )
        if not link.is_established:
            raise Transient(f"{source.address} does not answer", hint="run it again later")
        yield link
    finally:
        if link.is_established:
            link.release()
        if server:
            server.shutdown()


def _knock(source: Dimse) -> None:
    """Raise `Transient` where nobody listens: pynetdicom would leave its socket open."""
    try:
        socket.create_connection((source.host, source.port), timeout=TIMEOUT).close()
    except OSError as error:
        raise Transient(
            f"{source.address} does not answer: {error.strerror or error}",
            hint="run the same command later",
        ) from None


def _receiver(source: Dimse, store: Callable[[Any], int], met: Event) -> Any:
    """Listen where the archive sends to after C-MOVE."""
    net = _library()
    listener = net.AE(ae_title=source.calling)
    listener.maximum_associations = 10
    for context in net.AllStoragePresentationContexts:
        listener.add_supported_context(context.abstract_syntax, list(net.ALL_TRANSFER_SYNTAXES))
    try:
        heard = [(net.evt.EVT_C_STORE, store), (net.evt.EVT_CONN_OPEN, lambda _: met.set())]
        return listener.start_server(("", source.receive), block=False, evt_handlers=heard)
    except OSError as error:
        raise CannotHere(
            f"nothing can be received at port {source.receive}: {error.strerror}",
            hint="is another fetch under way?",
        ) from None


def _library() -> Any:
    """Return pynetdicom; raises `CannotHere` where it is not installed."""
    try:
        return import_module("pynetdicom")
    except ImportError:
        raise CannotHere("pynetdicom is not installed", hint="pip install 'medreg[pacs]'") from None


def _kinds() -> Iterator[tuple[str, list[str]]]:
    """Yield what scans are stored as, each kind of object with one transfer syntax.

    One context per syntax lets the archive send what it has as it has it.
    """
    from pydicom import uid

    plain = [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian]
    packed = [uid.JPEGLosslessSV1, uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.RLELossless]
    lossy = [uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEG2000, uid.JPEGLSNearLossless]
    scans = [uid.CTImageStorage, uid.MRImageStorage, uid.PositronEmissionTomographyImageStorage]
    others = [
        uid.EnhancedCTImageStorage, uid.EnhancedMRImageStorage, uid.EnhancedPETImageStorage,
        uid.ComputedRadiographyImageStorage, uid.DigitalXRayImageStorageForPresentation,
        uid.DigitalMammographyXRayImageStorageForPresentation, uid.SecondaryCaptureImageStorage,
        uid.UltrasoundImageStorage, uid.UltrasoundMultiFrameImageStorage,
        uid.NuclearMedicineImageStorage, uid.BreastTomosynthesisImageStorage,
    ]  # fmt: skip
    notes = [uid.SegmentationStorage, uid.RTStructureSetStorage, uid.ComprehensiveSRStorage]
    for kind in scans:
        for syntax in (*plain, *packed, *lossy):
            yield str(kind), [str(syntax)]
    for kind in others:
        for syntax in (plain[0], *packed[:2], lossy[0]):
            yield str(kind), [str(syntax)]
    for kind in notes:
        yield str(kind), [str(plain[0])]
