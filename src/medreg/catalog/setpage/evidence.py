"""The sections of a set's report that speak of evidence: findings, terms, citations."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.advice import DISCLAIMER
from medreg.catalog.setpage.markup import Html, details, link, listed, p, section, sub, table
from medreg.catalog.worst import told, worst_first
from medreg.curate.verdicts import whole
from medreg.references import apa
from medreg.tables import findings as parts_of
from medreg.terms import USES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.catalog.setpage.facts import SetFacts
    from medreg.references import Reference
    from medreg.terms import Use, Verdict

MOST = 200  # findings that are listed one by one


def findings(facts: SetFacts) -> Html:
    """Count the findings of all candidates, and show the worst cases."""
    decided = {f"{row.dataset}/{row.case}": row for row in facts.selection}
    counted: Counter[tuple[str, str, str]] = Counter()
    for ref, row in facts.cases.items():
        for check, severity, _ in parts_of(row.findings):
            counted[ref.partition("/")[0], check, severity] += 1
    seen = sorted({(name, check) for name, check, _ in counted})
    rows = [
        (name, check, counted[name, check, "fail"], counted[name, check, "warn"])
        for name, check in seen
    ]
    caption = "Findings by dataset and check, over all candidates"
    head = ("dataset", "check", "fail", "warn")
    public = {
        ref: row for ref, row in facts.cases.items() if ref.partition("/")[0] not in facts.private
    }
    doubtful = [ref for ref in worst_first(public) if public[ref].findings]
    each = [
        (ref, _decided(decided[ref].step), " · ".join(told(public[ref]))) for ref in doubtful[:MOST]
    ]
    pictured = [ref for ref in doubtful if ref in facts.pictures]
    others = [ref for ref in facts.pictures if ref not in set(doubtful)]
    return section(
        "findings",
        "Quality findings",
        _missing(facts),
        table(caption, head, rows) if rows else p("No check found anything.", "good"),
        (sub("Worst cases") + _gallery(facts, pictured)) if pictured else "",
        details(
            f"Each case with a finding, worst first ({min(MOST, len(doubtful))} of "
            f"{len(doubtful)})",
            table("Cases with findings", ("case", "decision", "findings"), each, "words"),
        )
        if each
        else "",
        (sub("Other cases") + _gallery(facts, others)) if others else "",
    )


def _decided(step: str) -> str:
    return f"dropped at {step.replace('_', ' ')}" if step else "kept"


def _missing(facts: SetFacts) -> str:
    here = {ref.partition("/")[0] for ref in facts.cases}
    absent = sorted({row.dataset for row in facts.selection} - here)
    lines = []
    if absent:
        lines.append(f"Not here, and so not told: the tables of {', '.join(absent)}.")
    if facts.private:
        names = ", ".join(sorted(facts.private))
        lines.append(f"Of {names} no case is named or shown: they may not be shared.")
    shown = {ref.partition("/")[0] for ref in facts.pictures}
    if bound := sorted(shown & facts.bound):
        lines.append(
            f"This page holds pictures of {', '.join(bound)}, whose terms do not say that their "
            "scans may be passed on: keep it among those who may see them."
        )
    return "".join(p(line, "note") for line in lines)


def _gallery(facts: SetFacts, refs: list[str]) -> Html:
    """Show pictures with what was found; nothing that needs the page's color alone."""
    decided = {f"{row.dataset}/{row.case}": row for row in facts.selection}
    figures = []
    for ref in refs:
        lines = told(facts.cases[ref]) or ["no finding"]
        alt = escape(f"Three planes of {ref} with its mask drawn on; {'; '.join(lines)}")
        address = escape(facts.pictures[ref])
        words = f"<b>{escape(ref)}</b> {_decided(decided[ref].step)}{listed(lines)}"
        figures.append(
            f'<figure><img loading="lazy" alt="{alt}" src="{address}">'
            f"<figcaption>{words}</figcaption></figure>"
        )
    return Html(f'<div class="gallery">{"".join(figures)}</div>')


def terms(facts: SetFacts) -> Html:
    """Tell what each dataset and the whole may be used for, and why."""
    together = whole(facts.verdicts, facts.used)
    rows = [("the whole", *_answers(together))]
    rows += [(name, *_answers(facts.verdicts[name])) for name in facts.used]
    reasons = [
        (name, use, verdict.answer, verdict.reason)
        for name in facts.used
        for use, verdict in facts.verdicts[name].items()
    ]
    head = ("dataset", "use", "verdict", "because")
    return section(
        "terms",
        "Terms",
        table("What may be done", ("", *USES), rows, "terms"),
        details("Why", table("Reasons", head, reasons, "words")),
        p(DISCLAIMER, "note"),
    )


def _answers(verdicts: Mapping[Use, Verdict]) -> list[Html]:
    return [
        Html(f'<span class="v {verdicts[use].answer}">{escape(verdicts[use].answer)}</span>')
        for use in USES
    ]


def citations(facts: SetFacts) -> Html:
    """List the works to cite, and the sentences that publishers demand."""
    sentences = [f"{name}: {sentence}" for name, sentence in facts.sentences.items()]
    return section(
        "citations",
        "Citations",
        listed(_work(work) for work in sorted(facts.works, key=apa))
        or p("No dataset of the set names a work to cite."),
        (sub("Sentences that publishers demand") + listed(sentences)) if sentences else "",
    )


def _work(work: Reference) -> Html:
    line = apa(work)
    said = line.removesuffix(work.url).rstrip()
    return Html(f"{escape(said)} {link(work.url)}")
