"""Reports in files: written whole, read back checked, refused with one sentence."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emotion import files
from emotion.errors import ReportError
from emotion.reports.model import VERSION, OptionalParts, Report
from emotion.reports.names import ResultName, fused_by

_RENAMED = {
    "speech": str(ResultName.VOICE),
    "speaker": str(ResultName.ADAPTED),
    "speaker, one emotion only": str(ResultName.ADAPTED_TO_ONE_EMOTION),
}
"""What results and modalities were called up to version 2."""


def written(report: Report) -> str:
    """A report as the text of a file, with a digest by which changes are noticed.

    One line for each long column, so that a file of a thousand clips can be looked through.
    """
    content = _content(report)
    return _pretty(content | {"digest": _digest(content)}) + "\n"


def digest(report: Report) -> str:
    """SHA-256 of all that a report says, in hexadecimal."""
    return _digest(_content(report))


def _content(report: Report) -> dict[str, Any]:
    """All but the digest, what every report has first."""
    content = report.model_dump(mode="json", exclude_defaults=True)
    order = sorted(content, key=lambda name: name in OptionalParts.model_fields)
    return {name: content[name] for name in order} | {"version": VERSION}


def write(path: Path, report: Report) -> None:
    """Put a report into a file.

    Args:
        path: The file, .json.
        report: What it is to hold.

    Raises:
        OutputError: If it cannot be written.
    """
    files.write(path, written(report))


def read(path: Path) -> Report:
    """The report in a file.

    Args:
        path: The file, as `write` made it or an earlier version of it.

    Raises:
        ReportError: If the file is missing, is no report, was changed, or contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ReportError(f"The report {path} cannot be read: {reason}.") from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Report:
    """The report in the text of a file; one of version 2 is brought up to this one.

    Args:
        text: As `written` gives it.
        name: Of the file, for errors.

    Raises:
        ReportError: If it is no report, one of another version, lacks something, was changed
            since it was written, or holds something of another type than it should.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(
            f"{name} is no report: it should be JSON as `rapport evaluate --json` writes it "
            f"({error})."
        ) from error
    if not isinstance(document, dict) or not {"version", "results"} <= set(document):
        found = ", ".join(map(str, list(document)[:5])) if isinstance(document, dict) else "none"
        raise ReportError(
            f"{name} is no report: it should have the keys version and results. Found: {found}."
        )
    if document["version"] not in (2, VERSION):
        raise ReportError(
            f"{name} is a report of version {document['version']}; this Rapport reads version "
            f"{VERSION}. Run the evaluation again."
        )
    content = {key: value for key, value in document.items() if key != "digest"}
    if "digest" not in document:
        raise ReportError(f"{name} is not a whole report: digest is missing.")
    if _digest(content) != document["digest"]:
        raise ReportError(
            f"{name} was changed after it had been written: its digest says "
            f"{str(document['digest'])[:10]}…, and its content has {_digest(content)[:10]}…. "
            "Take the original, or run the evaluation again."
        )
    try:
        if content["version"] == 2:
            content = _from_version_2(content)
        return Report.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # The names in it are those of the file, which may be anything.
        place = " ".join(".".join(map(str, first["loc"])).split())[:80] or "the report"
        wrong = first["msg"].removeprefix("Value error, ")
        raise ReportError(
            f"{name} is not a whole report: {place}: {wrong[0].lower()}{wrong[1:]}. Run the "
            "evaluation again."
        ) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ReportError(
            f"{name} is not a whole report of version 2 ({error!r}). Run the evaluation again."
        ) from None


def _from_version_2(content: Mapping[str, Any]) -> dict[str, Any]:
    """What was a dictionary, in the parts and words of version 3."""

    def renamed(name: str) -> str:
        name = _RENAMED.get(name, name)
        rule = name.removeprefix("fused, ")
        return name if rule == name else fused_by(rule)

    made = dict(content) | {"version": VERSION, "modality": renamed(content["modality"])}
    made["results"] = {renamed(name): _result(one) for name, one in content["results"].items()}
    made["commit"] = None if content["commit"] == "unknown" else content["commit"]
    if "trained_on" in made:
        made["trained_on"] = [{"corpus": corpus} for corpus in made["trained_on"]]
    if "acquainted" in made:
        made["seen_in_training"] = made.pop("acquainted")
    if "impaired" in made:
        impaired = dict(made["impaired"])
        made["impaired"] = {
            "clips": impaired.pop("clips"),
            "accuracy": {renamed(way): shares for way, shares in impaired.items()},
        }
    if "over_time" in made:
        made["over_time"] = {
            "readings": made["over_time"]["readings"],
            "satisfaction": made["over_time"]["satisfaction_accuracy"],
        }
    return made


def _result(content: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(content)
    if "answers" in made:
        columns = dict(made.pop("answers"))
        columns["prediction"] = columns.pop("answer")
        made["predictions"] = columns
    return made


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _pretty(value: Any, indent: int = 0) -> str:
    """JSON with an object's members on lines of their own and lists on one line."""
    inner = " " * (indent + 2)
    if isinstance(value, Mapping) and value:
        members = (
            f"{inner}{json.dumps(key)}: {_pretty(one, indent + 2)}" for key, one in value.items()
        )
        return "{\n" + ",\n".join(members) + f"\n{' ' * indent}}}"
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        members = (inner + _pretty(one, indent + 2) for one in value)
        return "[\n" + ",\n".join(members) + f"\n{' ' * indent}]"
    return json.dumps(value)
