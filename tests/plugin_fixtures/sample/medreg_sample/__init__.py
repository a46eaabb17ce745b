"""A plugin as somebody else would install it: one dataset, a check, an exporter and a command."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.hooks import hookimpl
from medreg.layouts import Pairs
from medreg.model import CT, Claim, Converted, Dataset, Finding, SetContent, Severity
from medreg.sources import Local

if TYPE_CHECKING:
    import argparse

SAMPLE_CT = Dataset(
    name="sample_ct",
    title="Sample",
    homepage="https://example.org/sample",
    licenses=(Claim("CC0-1.0", "https://example.org", date="2026-11", rank="publisher"),),
    cite=("https://example.org/sample",),
    modality=CT,
    source=Local("sample"),
    layout=Pairs(image="**/{case}_ct.nii.gz", label="**/{case}_mask.nii.gz"),
    labels={1: "liver"},
)


class NoMetal:
    """Tell of values that only metal has."""

    name = "metal"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Yield one finding for a case with metal."""
        if case.images["ct"].array.max() > 3000:
            yield Finding("metal", Severity.WARN, "values above 3000 HU")


class PlainList:
    """Write the names of the cases."""

    name = "plain_list"

    def write(self, content: SetContent, into: Path) -> None:
        """Write ``cases.txt``."""
        text = "".join(f"{case.id}\n" for case in content.cases)
        (into / "cases.txt").write_text(text, encoding="utf-8")


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield SAMPLE_CT


@hookimpl
def medreg_checks() -> Iterator[NoMetal]:
    """Yield the check."""
    yield NoMetal()


@hookimpl
def medreg_exporters() -> Iterator[PlainList]:
    """Yield the exporter."""
    yield PlainList()


@hookimpl
def medreg_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``medreg hello``."""
    commands.add_parser("hello", help="greet the lab").set_defaults(run=lambda _: 0)
