from __future__ import annotations

import pytest

from medreg.testing import listing
from medreg.testing.listing import archive_of, tree_paths


def test_a_listing_is_paths_comments_and_ranges() -> None:
    text = """# source: a page, 2026-11
    a b/1-{09..11}.dcm

    x,y/{1..5..2}/{1..2}.png
    # inferred: the rest
    c.txt
    """
    assert listing(text) == [
        "a b/1-09.dcm",
        "a b/1-10.dcm",
        "a b/1-11.dcm",
        *(f"x,y/{i}/{j}.png" for i in (1, 3, 5) for j in (1, 2)),
        "c.txt",
    ]


def test_a_path_is_listed_once() -> None:
    with pytest.raises(ValueError, match=r"names a/2.dcm twice"):
        listing("a/2.dcm\na/{1..3}.dcm\n")


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("RawData.zip/RawData/a.nii", ("RawData.zip", "RawData/a.nii")),
        ("x/Task03.tar/Task03/b", ("x/Task03.tar", "Task03/b")),
        ("l.tar.gz/a", ("l.tar.gz", "a")),
        ("L.TGZ/a", ("L.TGZ", "a")),
        ("a.nii.gz", None),
        ("RawData.zip", None),
        ("my.zipped/a", None),
    ],
)
def test_a_folder_named_like_an_archive_is_one(path: str, split: tuple[str, str] | None) -> None:
    assert archive_of(path) == split


def test_a_tree_shows_archives_as_folders_and_no_litter() -> None:
    listed = [
        "b.tar/10.nii",
        "b.tar/2.nii",
        "b.tar/._2.nii",
        "a.zip/__MACOSX/x",
        ".DS_Store",
        "c.txt",
    ]
    assert tree_paths(listed) == {
        "b/2.nii": "b.tar/2.nii",
        "b/10.nii": "b.tar/10.nii",
        "c.txt": "c.txt",
    }
