"""Draft a plugin from a Hugging Face dataset: its card and its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse
from medreg.model import Gate
from medreg.plugins.draft import said
from medreg.plugins.draft.folder import arranged
from medreg.plugins.draft.words import modality
from medreg.plugins.draft.write import Draft, unknown
from medreg.plugins.draft.zenodo import blanks
from medreg.sources import HuggingFace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.terms import License

FEW = 20  # files that are named one by one


def draft(repo: str, name: str, licenses: Mapping[str, License], base_url: str) -> Draft:
    """Return the draft; raises `Misuse` for what is no repository, and as `Web.json`."""
    from medreg.sources import tokens
    from medreg.sources.web import connected, there

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise Misuse(f"{repo!r} is no repository", hint="--from hf:OWNER/NAME")
    base = base_url.rstrip("/")
    url, page = f"{base}/api/datasets/{repo}/revision/main", f"{base}/datasets/{repo}"
    with connected(tokens.bearer(tokens.hugging_face(), base_url)) as web:
        answer = there(web.json(url), dict, url)
    card: dict[str, Any] = answer.get("cardData") or {}
    title = str(card.get("pretty_name") or repo.partition("/")[2])
    license_ = card.get("license") or next(
        (t.removeprefix("license:") for t in answer.get("tags", ()) if t.startswith("license:")), ""
    )
    license_ = license_[0] if isinstance(license_, list) and license_ else license_
    files = sorted(str(one.get("rfilename", "")) for one in answer.get("siblings", ()))
    data = [path for path in files if path not in (".gitattributes", "README.md")]
    values = unknown(name or said.named(title), "")
    found = modality(f"{title} {' '.join(map(str, answer.get('tags', ())))}")
    values |= {
        "title": title,
        "homepage": page,
        "licenses": (said.claim(str(license_ or ""), page, licenses, "publisher"),),
        "cite": (page,),
        "modality": found or values["modality"],
        "source": HuggingFace(
            repo=repo,
            files=tuple(data if len(data) <= FEW else globs(data)),
            revision=str(answer.get("sha") or "main"),
            base_url=base_url,
        ),
    }
    told, listing = arranged(data)
    values |= told
    if answer.get("gated"):
        values["gate"] = Gate(kind="agreement", terms=page)
    return Draft(
        name=str(values["name"]),
        doc=said.doc(title, str(answer.get("description") or ""), page),
        values=values,
        comments=blanks(values, sure=found is not None),
        listing=listing,
        listed_from=f"{page} at {answer.get('sha', 'main')}, {said.today()}",
        notes=[f"{len(files)} files at revision {answer.get('sha', 'main')}"],
    )


def globs(files: list[str]) -> list[str]:
    """Return patterns of *files* by their endings, sorted.

    >>> globs(["a/x.nii.gz", "b/y.nii.gz", "c.csv"])
    ['**/*.csv', '**/*.nii.gz']
    """
    ends = (re.search(r"(\.nii)?\.[A-Za-z]\w*(\.gz)?$", path) for path in files)
    return sorted({f"**/*{end[0]}" for end in ends if end})
