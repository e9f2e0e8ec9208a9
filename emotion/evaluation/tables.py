"""Figures in README and cards that come from reports, and nowhere else.

A figure is followed by a comment that names its report, without `.json`, and the way to it:

    76.2<!-- voice-actor-5fold results none accuracy -->

Shares are written in percent with one decimal, numbers of clips, readings and seeds as they
are. `python -m emotion
tables README.md` puts in what the reports say, and a test fails where they differ.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from emotion.errors import ReportError
from emotion.evaluation import report
from emotion.models.manifest import FOLDER as MODELS

FOLDER = MODELS / "reports"
"""Where the shipped reports lie."""

_MARK = re.compile(r"(?P<figure>(?:(?<=[\s(|])-)?\d[\d.,]*|\?)<!-- (?P<way>[^>]+?) -->")
_COUNTS = ("clips", "readings", "seed")
"""Last names of a way that leads to a number that is no share."""


def rebuilt(text: str, folder: Path = FOLDER) -> str:
    """A Markdown text with every figure as its report has it.

    Raises:
        ReportError: If a report is missing or does not have a figure.
    """

    @cache
    def document(name: str) -> dict[str, Any]:
        return report.read(folder / f"{name}.json")

    def figure(match: re.Match[str]) -> str:
        name, *way = _parts(match["way"])
        return f"{_written(document(name), name, way)}<!-- {match['way']} -->"

    return _MARK.sub(figure, text)


def differences(before: str, after: str) -> str:
    """How the figures of two texts differ, in a few words."""
    pairs = zip(_MARK.finditer(before), _MARK.finditer(after), strict=True)
    changed = [
        f"{one['figure']} -> {other['figure']} ({one['way']})"
        for one, other in pairs
        if one["figure"] != other["figure"]
    ]
    return "; ".join(changed)


def plain(text: str) -> str:
    """A Markdown text without the comments behind its figures."""
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def _parts(way: str) -> list[str]:
    """Names of a way; one with spaces in it stands in quotation marks."""
    return [quoted or bare for quoted, bare in re.findall(r"\"([^\"]+)\"|(\S+)", way)]


def _written(document: dict[str, Any], name: str, way: list[str]) -> str:
    value: Any = document
    for part in way:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            known = ", ".join(list(value)[:12]) if isinstance(value, dict) else "no more"
            raise ReportError(
                f"The report {name} has no {' '.join(way)!r}: {part!r} is not among {known}."
            ) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ReportError(f"{' '.join(way)!r} of the report {name} is no number: {value!r}.")
    return f"{value:,}" if way[-1] in _COUNTS else f"{100 * value:.1f}"
