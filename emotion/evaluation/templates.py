"""README, results and cards with the figures of reports, and no figure from anywhere else.

Templates lie in `docs/templates`, each where its text belongs from the project's folder on.
In them a figure is the name of its report, without `.json`, and the way to it:

    {{ voice-actor-5fold results none accuracy }}

Shares are written in percent with one decimal, numbers of clips, readings and seeds as they
are. `rapport results` writes the texts, and a test fails where one is not what its template
gives. A text with the two `MARKERS` has its template between them and is otherwise written
by hand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emotion.errors import ReportError
from emotion.models.manifest import FOLDER as MODELS
from emotion.reports import report_files

FOLDER = MODELS / "reports"
"""Where the shipped reports lie."""

ROOT = MODELS.parent
"""The project's folder."""

MARKERS = ("<!-- figures: written by `rapport results` -->", "<!-- end of figures -->")
"""Between these a text has its template."""

_FIGURE = re.compile(r"\{\{ (?P<way>[^{}]+?) \}\}")
_COUNTS = ("clips", "readings", "seed")
"""Last names of a way that leads to a number that is no share."""


@dataclass(frozen=True)
class Text:
    """One text with figures.

    Attributes:
        path: Where it lies.
        now: What it holds; '' if it is not there.
        wanted: What its template gives.
    """

    path: Path
    now: str
    wanted: str


def texts(root: Path = ROOT, folder: Path = FOLDER) -> Iterator[Text]:
    """All texts with figures.

    Args:
        root: The project's folder, with `docs/templates`.
        folder: Of the reports.

    Raises:
        ReportError: If a report is missing or does not have a figure.
    """
    templates = root / "docs" / "templates"
    for template in sorted(templates.rglob("*.md")):
        path = root / template.relative_to(templates)
        now = path.read_text(encoding="utf-8") if path.is_file() else ""
        wanted = rendered(template.read_text(encoding="utf-8"), folder)
        begin, end = MARKERS
        if begin in now and end in now:
            before, _, rest = now.partition(begin)
            wanted = f"{before}{begin}\n\n{wanted.strip()}\n\n{end}{rest.partition(end)[2]}"
        yield Text(path, now, wanted)


def rendered(template: str, folder: Path = FOLDER) -> str:
    """A template with every figure as its report has it.

    Args:
        template: Its text.
        folder: Of the reports.

    Raises:
        ReportError: If a report is missing or does not have a figure.
    """

    @cache
    def document(name: str) -> dict[str, Any]:
        return report_files.read(folder / f"{name}.json").model_dump()

    def figure(match: re.Match[str]) -> str:
        name, *way = _parts(match["way"])
        return _written(document(name), name, way)

    return _FIGURE.sub(figure, template)


def _parts(way: str) -> list[str]:
    """Names of a way; one with spaces in it stands in quotation marks."""
    return [quoted or bare for quoted, bare in re.findall(r"\"([^\"]+)\"|(\S+)", way)]


def _written(document: dict[str, Any], name: str, way: list[str]) -> str:
    value: Any = document
    for part in way:
        try:
            value = value[int(part)] if isinstance(value, list | tuple) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            known = ", ".join(list(value)[:12]) if isinstance(value, dict) else "no more"
            raise ReportError(
                f"The report {name} has no {' '.join(way)!r}: {part!r} is not among {known}."
            ) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ReportError(f"{' '.join(way)!r} of the report {name} is no number: {value!r}.")
    return f"{value:,}" if way[-1] in _COUNTS else f"{100 * value:.1f}"
