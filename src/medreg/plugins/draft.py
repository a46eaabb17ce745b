"""Write the first draft of a plugin: what differs is marked FIXME, the rest stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLUGIN = '''"""FIXME: what a colleague should know of it, in two sentences."""

from collections.abc import Iterator

from medreg import CT, Claim, Dataset, Local, Pairs, hookimpl

{constant} = Dataset(
    name="{name}",
    title="{title}",
    homepage="",
    licenses=(
        Claim(
            "LicenseRef-Institutional",
            source="FIXME: who allowed it",
            date="FIXME: when, as 2026-11",
            rank="publisher",
        ),
    ),
    cite=(),
    modality=CT,
    source=Local("FIXME: the folder that holds imagesTr and labelsTr"),
    layout=Pairs(image="**/imagesTr/{{case}}.nii.gz", label="**/labelsTr/{{case}}.nii.gz"),
    labels={{1: "FIXME: a name in registry/vocabulary.csv"}},
    patients="each case",  # or "unknown", when one patient may have several scans
    restricted=True,  # its bytes, and tables of single cases, never leave a restricted remote
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield {constant}
'''

_LISTING = """\
# source: written by medreg add-plugin; replace these paths by real ones, of three cases or more
imagesTr/{name}_001.nii.gz
imagesTr/{name}_002.nii.gz
imagesTr/{name}_003.nii.gz
labelsTr/{name}_001.nii.gz
labelsTr/{name}_002.nii.gz
labelsTr/{name}_003.nii.gz
dataset.json
"""

_TEST = '''"""{name} is complete, and its layout finds the cases of its listing."""

from pathlib import Path

from medreg import terms
from medreg.files.archive import RawTree
from medreg.plugins import audit, load
from medreg.testing import listing, miniature
from medreg.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]


def test_{name}_is_complete() -> None:
    facts = audit.Facts(
        Vocabulary.parse((ROOT / "registry/vocabulary.csv").read_text(encoding="utf-8")),
        terms.parse((ROOT / "registry/terms.csv").read_text(encoding="utf-8")),
    )
    assert audit.findings(load(ROOT / "plugins").get("{name}"), facts) == []


def test_{name}_finds_its_cases(tmp_path: Path) -> None:
    dataset = load(ROOT / "plugins").get("{name}").dataset
    listed = listing((ROOT / "tests/listings/{name}.txt").read_text(encoding="utf-8"))
    miniature(dataset, listed, tmp_path)
    with RawTree(tmp_path) as tree:
        cases = list(dataset.find(tree))
        assert len(cases) >= 3
        assert all(case.mask for case in cases)
'''


def scaffold(name: str) -> Mapping[str, str]:
    """Return the files of a new plugin, by path relative to the registry's root.

    They declare a folder on this machine with CT in ``imagesTr`` and masks of the same names in
    ``labelsTr``. The audit refuses every FIXME. Raises `Misuse` for a name that is not snake_case.

    >>> sorted(scaffold("my_ct"))
    ['plugins/my_ct.py', 'tests/listings/my_ct.txt', 'tests/test_my_ct.py']
    """
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        raise Misuse(
            f"a plugin is named in snake_case, not {name!r}", hint="medreg add-plugin my_ct"
        )
    words = {"name": name, "constant": name.upper(), "title": name.replace("_", " ")}
    return {
        f"plugins/{name}.py": _PLUGIN.format(**words),
        f"tests/listings/{name}.txt": _LISTING.format(**words),
        f"tests/test_{name}.py": _TEST.format(**words),
    }
