"""A report that is signed anew after any change is refused, or everything in it can be shown."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dashboard import evaluation_figures, evaluation_reports, evaluation_table
from dashboard import evaluation_words as words
from emotion.errors import ReportError
from emotion.evaluation import comparison
from emotion.models.manifest import FOLDER
from emotion.reports import report_files, text
from emotion.reports.model import Report

CHANGES = 120
ODD: list[Any] = [None, -1, 0, 3, 10**30, 0.5, -0.5, 1e308, True, "", "a\nb", [], {}, "\ud800"]


def places(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to all that is in a document; of long lists to their first three."""
    items: Any = node.items() if isinstance(node, dict) else ()
    if isinstance(node, list):
        items = enumerate(node[:3])
    for name, inner in items:
        yield (*way, name)
        yield from places(inner, (*way, name))


def change(document: dict[str, Any], rng: random.Random) -> None:
    """Take something out of a document, or put something odd in its place."""
    *way, last = rng.choice(list(places(document)))
    node: Any = document
    for name in way:
        node = node[name]
    if rng.random() < 0.3:
        del node[last]
    else:
        node[last] = rng.choice(ODD)


def show(report: Report, other: Report) -> None:
    """All that the page and a terminal make of a report."""
    evaluation_table.rows({"a": report, "b": other}, ["a"])
    words.title(report)
    text.summary(report)
    for name, result in report.results.items():
        words.latex(evaluation_reports.by_class(result))
        evaluation_figures.reliability(result.reliability)
        evaluation_figures.confusion(
            result.confusion, report.labels, shares=True, unanswered=result.unanswered
        )
        if result.predictions is None:
            continue
        table = comparison.predictions(report, name)
        for group in comparison.GROUPS:
            evaluation_figures.groups(comparison.by_group(table, group), group)
        comparison.cell(table, 0, -1)


def test_what_is_not_refused_can_be_shown() -> None:
    whole = (FOLDER / "reports" / "voice-shipped-actor-01.json").read_text()
    other = report_files.parse(whole, "whole.json")
    rng = random.Random(0)
    found: Counter[str] = Counter()
    for _ in range(CHANGES):
        document = json.loads(whole)
        del document["digest"]
        change(document, rng)
        signed = json.dumps(document | {"digest": report_files._digest(document)})
        try:
            report = report_files.parse(signed, "changed.json")
        except ReportError as error:
            found["refused" if "\n" not in str(error) else "refused in several lines"] += 1
        else:
            show(report, other)
            found["shown"] += 1
    assert set(found) == {"refused", "shown"}
