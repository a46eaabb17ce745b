"""Choose files by name or glob pattern, and refuse declarations that can choose none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKENS = re.compile(r"(\*\*/|\*\*|\*|\?)")
_GLOB = {"**/": r"(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def chosen(patterns: Sequence[str], paths: Iterable[str]) -> list[str]:
    """Return those of *paths* that a pattern matches whole, in their order; all for no pattern.

    ``**`` stands for any folders, ``*`` and ``?`` stay within a name.

    >>> chosen(("data/**", "*.csv"), ["data/a/b.nii", "x.csv", "y/x.csv"])
    ['data/a/b.nii', 'x.csv']
    """
    if not patterns:
        return list(paths)
    regexes = [_regex(pattern) for pattern in patterns]
    return [path for path in paths if any(regex.fullmatch(path) for regex in regexes)]


def unmatched(patterns: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return the patterns that none of *paths* matches."""
    regexes = {pattern: _regex(pattern) for pattern in patterns}
    return [p for p, regex in regexes.items() if not any(map(regex.fullmatch, paths))]


def fixed_prefix(pattern: str) -> str:
    """Return what every path that *pattern* matches begins with: what a server can list by.

    >>> fixed_prefix("data/Projects/*/a.nii"), fixed_prefix("a/b.csv")
    ('data/Projects/', 'a/b.csv')
    """
    return _TOKENS.split(pattern, maxsplit=1)[0]


def prefixes(patterns: Sequence[str]) -> list[str]:
    """Return the fewest prefixes that cover all *patterns*, sorted; one empty one for none."""
    covering: list[str] = []
    for prefix in sorted({fixed_prefix(pattern) for pattern in patterns} or {""}):
        if not covering or not prefix.startswith(covering[-1]):
            covering.append(prefix)
    return covering


def check_files(files: Sequence[str], kind: str) -> None:
    """Raise `DeclarationError` for a string in place of a tuple, and for what is no pattern."""
    check_tuple(kind, files)
    for name in files:
        if not name or name.startswith("/") or {"", ".."} & set(name.split("/")) or "[" in name:
            raise DeclarationError(
                f"{kind}: {name!r} is no file or pattern below the source's root",
                hint="patterns know *, ** and ?",
            )


def check_tuple(kind: str, values: Sequence[str]) -> None:
    """Raise `DeclarationError` for a string in place of a tuple."""
    if isinstance(values, str):
        raise DeclarationError(
            f"{kind}: {values!r} is one string, not several", hint=f"write ({values!r},)"
        )


def check_words(kind: str, **words: str) -> None:
    """Raise `DeclarationError` for a word that is empty or has blanks."""
    for name, value in words.items():
        if not value or re.search(r"\s", value):
            raise DeclarationError(f"{kind}: {name}={value!r} names nothing")


def check_shape(kind: str, name: str, value: str, shape: str, example: str) -> None:
    """Raise `DeclarationError` unless *value* has the *shape*, a regular expression."""
    if not re.fullmatch(shape, value):
        raise DeclarationError(f"{kind}: {name}={value!r} is none", hint=f"for example {example}")


def check_base(base_url: str) -> None:
    """Raise `DeclarationError` unless *base_url* is a plain http or https address."""
    parts = urlsplit(base_url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or "@" in base_url
    ):
        raise DeclarationError(
            f"base_url={base_url!r} is no plain http or https URL",
            hint="it holds no login and no query: those come from ~/.netrc and the like",
        )


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(
        "".join(_GLOB.get(token, re.escape(token)) for token in _TOKENS.split(pattern)), re.DOTALL
    )
