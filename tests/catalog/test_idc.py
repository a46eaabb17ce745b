"""IDC's collections from its index (issue 4): an index of three, and the real one where it is."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from medreg import plugins
from medreg.catalog import idc
from medreg.catalog.idc.agree import idc_sources
from medreg.errors import CannotHere, Misuse, NotFound
from medreg.plugins import bundled
from medreg.sources import idc_index

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal

FOUND = plugins.load(bundled() / "plugins")
READ = [name for names in idc.readers(FOUND).values() for name in names]

COLUMNS = (
    "collection_id VARCHAR, analysis_result_id VARCHAR, PatientID VARCHAR, "
    "StudyInstanceUID VARCHAR, Modality VARCHAR, SeriesInstanceUID VARCHAR, "
    "instanceCount BIGINT, series_aws_url VARCHAR, series_size_MB DOUBLE, "
    "series_revised_idc_version BIGINT, license_short_name VARCHAR, source_DOI VARCHAR, "
    "BodyPartExamined VARCHAR"
)
ROWS = [
    ("lab_liver", None, "P1", "1.1", "CT", "1.1.1", 90, 45.0, "CC BY 4.0", "10.1/a", "LIVER"),
    ("lab_liver", None, "P2", "1.2", "CT", "1.2.1", 80, 40.0, "CC BY 4.0", "10.1/a", "ABDOMEN"),
    ("lab_liver", None, "P2", "1.2", "SEG", "1.2.2", 1, 2.0, "CC BY-NC 4.0", "10.1/b", None),
    ("lab_liver", "by_model", "P2", "1.2", "SEG", "1.2.9", 1, 1.0, "CC BY 3.0", "10.1/m", None),
    ("lab_slides", None, "Q1", "2.1", "SM", "2.1.1", 7, 900.0, "CC BY 3.0", "10.1/s", None),
    ("lctsc", None, "R1", "3.1", "CT", "3.1.1", 70, 35.0, "CC BY 3.0", "10.1/l", "CHEST"),
]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the index of a small archive the installed one."""
    import duckdb

    file = tmp_path / "it's idc.parquet"
    rows = [(*(*row[:7], f"s3://bucket/{row[5]}/*", row[7], 3), *row[8:]) for row in ROWS]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE idc ({COLUMNS})")
        connection.executemany(f"INSERT INTO idc VALUES ({', '.join('?' * 13)})", rows)  # noqa: S608  # of question marks
        quoted = str(file).replace("'", "''")
        connection.execute(f"COPY idc TO '{quoted}' (FORMAT parquet)")
    monkeypatch.setattr(idc_index, "index_file", lambda: file)
    return file


def listed(medreg: Terminal, *words: str) -> dict[str, dict[str, Any]]:
    result = medreg("list", "--host", "idc", *words, "--json")
    assert result.code == 0, result.err
    return {one["name"]: one for one in json.loads(result.out)}


def test_collections_are_listed_beside_the_datasets_that_read_them(
    medreg: Terminal, index: Path
) -> None:
    """F035: what there is, beside what somebody here has a plugin for."""
    found = listed(medreg)
    assert {"idc:lab_liver", "idc:lab_slides", "lctsc"} <= found.keys()
    assert "idc:lctsc" not in found  # a plugin reads it: once is enough
    liver = found["idc:lab_liver"]
    assert liver["modalities"] == ["CT"]
    assert liver["region"] == ["abdomen"]
    assert (liver["scans"], liver["patients"], liver["annotated"]) == (2, 2, 1)
    assert liver["annotation"] == "segmentation"
    assert [(c["value"], c["covers"]) for c in liver["licenses"]] == [
        ("CC-BY-4.0", "images"),
        ("CC-BY-NC-4.0", "masks"),
    ]
    assert found["idc:lab_slides"]["images"] == 1  # a slide is one, whatever its files


@pytest.mark.parametrize(
    ("words", "among"),
    [
        (("--modality", "CT", "--region", "abdomen"), True),
        (("--modality", "SM"), False),
        (("--min-scans", "2", "--sort", "size"), True),
        (("--min-scans", "3"), False),
        (("--annotated", "segmentation", "--access", "open"), True),
        (("--use", "research"), True),
        (("--use", "commercial"), False),  # its masks are for others
    ],
)
def test_every_filter_finds_collections(
    medreg: Terminal, index: Path, words: tuple[str, ...], *, among: bool
) -> None:
    assert ("idc:lab_liver" in listed(medreg, *words)) == among


def test_a_collection_shows_originals_apart_from_analyses(medreg: Terminal, index: Path) -> None:
    result = medreg("show", "idc:lab_liver", "--json")
    card = json.loads(result.out)
    assert [(one["modality"], one["series"]) for one in card["originals"]] == [
        ("CT", 2),
        ("SEG", 1),
    ]
    assert [(one["license"], one["series"]) for one in card["licenses"]] == [
        ("CC-BY-4.0", 2),
        ("CC-BY-NC-4.0", 1),
    ]
    (analysis,) = card["analyses"]
    assert (analysis["name"], analysis["patients"]) == ("by_model", 1)
    assert [one["doi"] for one in card["doi"]] == ["10.1/a", "10.1/b"]
    assert card["first"][0]["s3"] == "s3://bucket/1.1.1/"
    assert card["first"][0]["viewer"].endswith("StudyInstanceUIDs=1.1")
    assert card["terms"]["commercial"]["answer"] == "blocked"
    text = medreg("show", "idc:LAB-LIVER").out
    for told in ("2 patients, 3 series", "by_model", "s3://bucket/1.1.1/", "none reads it"):
        assert told in text


def test_a_plugin_that_reads_it_is_named_with_what_differs(medreg: Terminal, index: Path) -> None:
    card = json.loads(medreg("show", "idc:lctsc", "--json").out)
    (reader,) = card["plugins"]
    assert reader["name"] == "lctsc"
    assert not reader["agrees"]  # of this small archive
    assert card["next"] == "medreg show lctsc"


def test_series_come_with_license_doi_size_and_address(medreg: Terminal, index: Path) -> None:
    """F035: series by a condition, each with what downloads it."""
    out = medreg("show", "idc:lab_liver", "--series", "--csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["series"] for row in rows] == ["1.1.1", "1.2.1", "1.2.2", "1.2.9"]
    assert rows[3]["analysis"] == "by_model"
    assert rows[0]["bytes"] == "45000000"
    assert {row["license"] for row in rows} == {"CC BY 4.0", "CC BY-NC 4.0", "CC BY 3.0"}
    asked = ("show", "idc:", "--series", "--where", "Modality = 'CT' AND instanceCount > 75")
    rows = json.loads(medreg(*asked, "--json").out)
    assert [row["s3"] for row in rows] == ["s3://bucket/1.1.1/", "s3://bucket/1.2.1/"]


def test_a_question_across_collections(medreg: Terminal, index: Path) -> None:
    result = medreg("show", "idc:", "--where", "Modality IN ('CT', 'SM')", "--json")
    found = {row["collection"]: row["series"] for row in json.loads(result.out)}
    assert found == {"lab_liver": 2, "lab_slides": 1, "lctsc": 1}
    assert medreg("show", "idc:", "--where", "Modality = 'US'").code == 1


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("Modalty = 'CT'", "did you mean Modality?"),
        ('Modality = "CT"', "texts stand in single quotes"),
        ("Modality > 3", "failed"),
        ("count(*) > 1", "failed"),
        ("true) OR (true", "is no condition"),
        ("true; DROP VIEW idc", "is no condition"),
        ("true, false", "more than one condition"),
        ("true FROM idc", "more than one condition"),
        ("true AS x", "more than one condition"),
        ("EXISTS (SELECT 1)", "has no subquery"),
        ("PatientID IN (SELECT * FROM read_text('/etc/passwd'))", "has no subquery"),
        ("PatientID IN (FROM '/etc/passwd')", "has no subquery"),
        ("row_number() OVER () = 1", "has no window"),
        ("COLUMNS('.*') = 'x'", "has no star"),
        ("$collection = 'x'", "has no parameter"),
        ("getenv('HOME') = 'x'", "failed"),
        ("read_text('/etc/passwd') = 'x'", "failed"),
    ],
)
def test_a_condition_reaches_the_columns_alone(index: Path, where: str, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        idc.series("lab_liver", where)
    assert told in f"{caught.value.message} {caught.value.hint}"


def test_names_that_are_not_there(medreg: Terminal, index: Path) -> None:
    with pytest.raises(NotFound) as caught:
        idc.series("lab_livr")
    assert caught.value.hint == "did you mean lab_liver?"
    assert medreg("show", "lits", "--series").code == Misuse.exit_code
    assert medreg("show", "idc:").code == Misuse.exit_code
    assert medreg("show", "idc:lab_liver", "--csv").code == Misuse.exit_code


def test_licenses_of_a_collection_are_told_like_any(medreg: Terminal, index: Path) -> None:
    result = medreg("terms", "idc:lab_liver", "--use", "commercial", "--json")
    assert json.loads(result.out)[0]["commercial"] == "blocked"


@pytest.mark.parametrize("words", [("show", "idc:nlst"), ("list", "--host", "idc")])
def test_without_the_extra_the_command_is_named(
    medreg: Terminal, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "idc_index_data", None)
    result = medreg(*words)
    assert result.code == CannotHere.exit_code
    assert "pip install 'medreg[idc]'" in result.err


def real() -> None:
    """Skip where the real index is not installed, unless `MEDREG_REQUIRE_REAL=1` asks for it."""
    try:
        idc_index.index_file()
    except CannotHere:
        if os.environ.get("MEDREG_REQUIRE_REAL") == "1":
            pytest.fail("pip install 'medreg[idc]': MEDREG_REQUIRE_REAL=1 asks for the real index")
        pytest.skip("needs the real index: pip install 'medreg[idc]'")


@pytest.mark.parametrize("name", READ)
@pytest.mark.peers
def test_what_a_plugin_counts_is_what_the_index_counts(name: str) -> None:
    real()
    differs = [str(one) for one in idc.compared(FOUND.get(name).dataset) if not one.agrees]
    remedy = "correct the plugin, or say in about.counts what idc-index-data counts"
    assert not differs, f"{'; '.join(differs)}: {remedy}"


@pytest.mark.parametrize("name", READ)
@pytest.mark.peers
def test_the_size_that_a_plugin_states_is_that_of_what_it_fetches(name: str) -> None:
    real()
    dataset = FOUND.get(name).dataset
    size = dataset.about.size_gb if dataset.about else None
    if size is None:
        pytest.skip("it states none")
    fetched = sum(
        series.size
        for source in idc_sources(dataset.source)
        for series in idc_index.chosen_series(source)
    )
    remedy = "correct size_gb, and claim what the whole collection has in about.counts"
    assert size == pytest.approx(fetched / 1e9, rel=0.01, abs=0.06), remedy


@pytest.mark.peers
def test_every_real_collection_is_an_entry() -> None:
    real()
    found = idc.collections()
    assert len(found) > 170
    assert all(one.title and one.modalities and one.licenses and one.cite for one in found)
    left = idc.without(found, idc.readers(FOUND))
    assert len(left) == len(found) - len(idc.readers(FOUND))
