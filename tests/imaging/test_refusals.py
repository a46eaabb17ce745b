"""A refusal is text that a terminal can show, and never hides a mistake of ours."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from medreg.errors import MedregError, Refused
from medreg.imaging.guard import refusing
from medreg.imaging.stack import arrange


@given(st.text(), st.text())
def test_no_message_holds_control_characters(name: str, detail: str) -> None:
    with pytest.raises(Refused) as told, refusing(name, "DICOM"):
        raise ValueError(detail)
    assert all(char.isprintable() or char in "\n\t\xa0" for char in told.value.message)
    assert str(told.value) == told.value.message


@given(st.text(alphabet=st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_plain_messages_stay_as_they_are(text: str) -> None:
    assert MedregError(text, hint=text).message == MedregError(text, hint=text).hint == text


def test_a_slip_of_ours_is_shown_where_it_is_debugged(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused), refusing("a", "DICOM"):
        arrange([None, None])  # type: ignore[list-item]
    monkeypatch.setenv("MEDREG_DEBUG", "1")
    with pytest.raises(AttributeError), refusing("a", "DICOM"):
        arrange([None, None])  # type: ignore[list-item]


def test_what_a_library_raises_is_a_refusal_even_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDREG_DEBUG", "1")
    with pytest.raises(Refused), refusing("a", "DICOM"):
        dcmread(io.BytesIO(b"nothing"))
