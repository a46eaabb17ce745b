"""What people put into a paper: four formats of one truth, and the sentences publishers demand."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg import plugins, references
from medreg.cli import main
from medreg.errors import DeclarationError

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "registry/references.csv").read_text(encoding="utf-8")
TABLE = references.parse(TEXT)
FOUND = plugins.load(ROOT / "plugins")
CITED = sorted({id_ for d in FOUND.datasets.values() for id_ in d.dataset.cite})

WORDS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1).map(
    lambda text: " ".join(text.split()) or "x"
)
WORKS = st.builds(
    references.Reference,
    id=st.sampled_from(["doi:10.1000/a", "arXiv:2301.00001", "https://example.org/a"]),
    kind=st.sampled_from(["article", "conference", "preprint", "dataset", "web"]),
    author=st.sampled_from(["", "Doe, Jane", "Doe, Jane-Ann; et al.", "A Consortium; Roe, R"]),
    title=WORDS,
    container=st.one_of(st.just(""), WORDS),
    volume=st.sampled_from(["", "12(3)"]),
    pages=st.sampled_from(["", "1-9", "102680"]),
    year=st.sampled_from(["", "2023"]),
    source=st.just("somewhere"),
)


@pytest.mark.parametrize("id_", TABLE)
def test_every_row_is_cited_by_a_dataset(id_: str) -> None:
    assert id_ in CITED, f"remove {id_} from registry/references.csv, or cite it in a plugin"


@given(WORKS)
def test_every_format_tells_title_year_and_address(work: references.Reference) -> None:
    item = references.csl(work, "key")
    assert item["title"] == work.title
    assert item["URL"] == work.url
    assert ("issued" in item) == bool(work.year)
    for printed in (references.text(work), references.apa(work)):
        assert work.title in printed
        assert printed.endswith(work.url)
        assert work.year in printed


@given(WORKS)
def test_bibtex_is_balanced_and_escaped(work: references.Reference) -> None:
    entry = references.bibtex(work, "key")
    bare = re.sub(r"\\[\\{}&%$#_]|\\textbackslash\{\}", "", entry)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"(?<!\\)[%&#$]", re.sub(r"(url|doi|eprint) = .*", "", entry))
    assert entry.startswith("@")


@given(st.lists(WORKS, max_size=6, unique_by=lambda work: work.id))
def test_keys_are_unique(works: list[references.Reference]) -> None:
    keys = references.keys({work.id: work for work in works})
    assert len(set(keys.values())) == len(works)


def test_authors_in_the_styles_of_apa_and_csl() -> None:
    work = references.Reference(
        id="doi:10.1/x",
        kind="dataset",
        author="Doe, Jane Ann; Roe, R",
        title="Scans",
        container="TCIA",
        volume="",
        pages="",
        year="2020",
        source="",
    )
    expected = "Doe, J. A., & Roe, R. (2020). Scans [Data set]. TCIA. https://doi.org/10.1/x"
    assert references.apa(work) == expected
    assert references.csl(work, "k")["author"][0] == {"family": "Doe", "given": "Jane Ann"}


@pytest.mark.parametrize("style", references.FORMATS)
def test_a_combination_is_cited_once_each(
    style: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F102, F103: BibTeX, APA, CSL-JSON and text for one dataset or a combination, with DOIs."""
    monkeypatch.chdir(tmp_path)
    assert main(["cite", "lits", "msd_spleen", "msd_liver", "--format", style]) == 0
    out = capsys.readouterr().out
    assert "10.1016/j.media.2022.102680" in out
    assert out.count("10.1038/s41467-022-30695-9") in (1, 2)  # DOI and address
    if style == "csl-json":
        items = json.loads(out)
        assert len({item["id"] for item in items}) == len(items)


def test_a_dataset_that_is_not_there_has_a_neighbor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite", "litz"]) == 3
    assert "did you mean lits?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("doi:10.1/a,novel,,T,,,,2020,x", "kind is 'novel'"),
        ("doi:10.1/a,article,,,,,,2020,x", "never empty"),
        ("doi:10.1/a,article,,T,,,,20,x", "'20' is no year"),
        ("doi:10.1/a,article,,T,,,,2020", "9 cells"),
        ("doi:10.1/a,article,,T,,,,2020,x\ndoi:10.1/a,article,,T,,,,2020,x", "line 3: .* again"),
    ],
)
def test_a_wrong_row_is_named(row: str, told: str) -> None:
    head = ",".join(f.name for f in fields(references.Reference))
    with pytest.raises(DeclarationError, match=told):
        references.parse(f"{head}\n{row}\n", "references.csv")
