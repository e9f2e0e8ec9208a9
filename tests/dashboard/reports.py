"""Synthetic reports for the pages."""

from functools import cache
from pathlib import Path

import numpy as np

from emotion.datasets.clips import Clip
from emotion.evaluation import report
from emotion.evaluation.report import FoldPredictions
from emotion.reports import report_files
from emotion.reports.model import OptionalParts, Report


@cache
def document(
    clips: int = 96, right: float = 0.75, seed: int = 0, protocol: str = "actor-5fold"
) -> Report:
    """Clips of RAVDESS by eight emotions in turn, some of them answered wrongly at random."""
    rng = np.random.default_rng(seed)
    labels = np.arange(clips) % 8
    tested = [
        Clip(
            Path(
                f"03-01-{label + 1:02}-{1 + row // 8 % 2:02}-{1 + row // 16 % 2:02}-"
                f"{1 + row // 32 % 2:02}-{1 + row // 64:02}.wav"
            ),
            int(label),
            f"ravdess-{1 + row // 64:02}",
            "ravdess",
        )
        for row, label in enumerate(labels)
    ]
    answers = np.where(rng.random(clips) < right, labels, rng.integers(0, 8, clips))
    logs = np.full((clips, 8), np.log(0.04))
    logs[np.arange(clips), answers] = np.log(0.72)
    parts = np.array_split(np.arange(clips), 4)
    folds = [
        FoldPredictions(f"fold {number}", labels[part], logs[part], 1.0, part)
        for number, part in enumerate(parts)
    ]
    return report.document(
        dataset="ravdess",
        protocol=protocol,
        recipe="default",
        modality="voice",
        seed=seed,
        commit="0123abc",
        seconds=12,
        clips=clips,
        predictions={"none": folds, "speaker-adapted": folds[::-1]},
        tested=tested,
        parts=OptionalParts(notes=["23 of the 24 speakers of ravdess are there; missing: 05."]),
    )


def write(folder: Path, number: int, made: Report) -> Path:
    """Put a report where the page finds those of runs; a higher number is a later one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"report-20260101-00000{number}-000000.json"
    report_files.write(path, made)
    return path
