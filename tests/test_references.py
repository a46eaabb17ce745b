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
UNVERIFIED = {  # nobody could read how these call themselves; move one to the table with its source
    "arXiv:2102.07978",
    "arXiv:2111.04740",
    "arXiv:2407.16697",
    "doi:10.1016/j.media.2019.101561",
    "doi:10.1016/j.media.2026.104203",
    "doi:10.1038/s41597-025-04866-4",
    "doi:10.1038/s41597-025-05742-x",
    "doi:10.1038/s41597-025-06353-2",
    "doi:10.1038/s44172-024-00287-0",
    "doi:10.1055/s-0042-104510",
    "doi:10.1200/JCO.2012.47.5947",
    "doi:10.21227/9bw7-6823",
    "doi:10.5061/dryad.9s4mw6mc9",
    "doi:10.5281/zenodo.10047292",
    "doi:10.5281/zenodo.10519652",
    "doi:10.5281/zenodo.11192452",
    "doi:10.5281/zenodo.12690049",
    "doi:10.5281/zenodo.14838349",
    "doi:10.5281/zenodo.3893508",
    "doi:10.5281/zenodo.7860267",
    "doi:10.5281/zenodo.7884735",
    "doi:10.5281/zenodo.8026660",
    "doi:10.5522/04/9996158.v1",
    "doi:10.59275/j.melba.2022-74f1",
    "doi:10.71718/6tfs-tm78",
    "doi:10.71718/7m5n-rh16",
    "doi:10.7937/RRSE-W278",
    "doi:10.7937/k0sm-y874",
    "http://www.eng.usf.edu/cvprg/mammography/database.html",
    "https://codalab.lisn.upsaclay.fr/competitions/12239",
    "https://huggingface.co/datasets/mrmrx/CADS-dataset/blob/main/0001_visceral_gc/README_0001_visceral_gc.md",
    "https://odir2019.grand-challenge.org/",
    "https://pubmed.ncbi.nlm.nih.gov/23858383/",
    "https://stanfordaimi.azurewebsites.net/datasets/e8ca74dc-8dd4-4340-815a-60b41f6cb2aa",
    "https://structseg2019.grand-challenge.org/",
    "https://www.cancerimagingarchive.net/analysis-result/tompei-cmmd/",
    "https://www.sciencedirect.com/science/article/pii/S2352340917302469",
}

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


@pytest.mark.parametrize("id_", CITED)
def test_what_a_dataset_cites_has_a_row(id_: str) -> None:
    """F102: title, authors and year of every cited work, as far as somebody could read them."""
    told = "add a row to registry/references.csv with where it was read, or to UNVERIFIED"
    assert (id_ in TABLE) != (id_ in UNVERIFIED), told


def test_what_nobody_could_read_is_still_cited() -> None:
    assert {*CITED} >= UNVERIFIED, "drop what no dataset cites"


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


def test_a_sentence_that_a_publisher_demands_follows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F039."""
    monkeypatch.chdir(tmp_path)
    assert main(["cite", "lidc_idri", "lits"]) == 0
    out, err = capsys.readouterr()
    assert "The authors acknowledge the National Cancer Institute" in err
    assert "acknowledge" not in out


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
