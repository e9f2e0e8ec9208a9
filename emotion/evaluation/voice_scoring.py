"""Figures of the voice model that is shipped, on clips of speech that it has never heard."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError, RapportError
from emotion.evaluation import metrics, scoring, simulated_calls
from emotion.evaluation.simulated_calls import Outputs
from emotion.jobs import workers
from emotion.media.recordings import read_sound
from emotion.models.shipped import Models
from emotion.reports.model import OptionalParts, Report
from emotion.reports.names import Modality
from emotion.voice import denoising, windows
from emotion.voice.adaptation import VoiceLogits, memorable


def clips(
    listed: Sequence[Clip],
    models: Models,
    folder: Path,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> Report:
    """Score the shipped voice model on clips of speech, with and without adaptation.

    A clip is judged by its fullest window, with noise reduced as in a call. The emotions are
    those the clips have: in a data set without 'calm' it counts as neutral.

    Args:
        listed: What to hear. A clip that cannot be read is named in the result.
        models: The shipped ones.
        folder: Of the data set.
        seed: Of the order in which a speaker's clips are heard.
        advance: Called after each clip with the number that is done.

    Returns:
        The report, as of `emotion.evaluation.scoring.document`, with one fold, and `failed`.

    Raises:
        DatasetError: If no clip can be read.
    """
    started = time.perf_counter()
    scoring.provenance(models, Modality.VOICE, listed)  # Refused now rather than after hours.
    read, outputs, failed = heard(listed, models, advance)
    labels = outputs.labels
    predictions: dict[str, tuple[np.ndarray, ...]] = {}
    for name, kind in simulated_calls.ADAPTATIONS.items():
        logs = simulated_calls.predict(models.voice.prior, outputs, kind, seed)
        predictions[name] = labels, metrics.among(logs, labels)
    corpora = sorted({clip.corpus for clip in read})
    result = scoring.document(
        Modality.VOICE, predictions, started, corpora, read, folder, seed=seed
    )
    known = scoring.provenance(models, Modality.VOICE, read)
    return result.having(known).having(OptionalParts(failed=failed))


def heard(
    listed: Sequence[Clip], models: Models, advance: Callable[[int], None] | None = None
) -> tuple[list[Clip], Outputs, dict[str, str]]:
    """What the shipped voice model says of clips of speech, before any adaptation.

    Args:
        listed: What to hear.
        models: The shipped ones.
        advance: Called after each clip with the number that is done.

    Returns:
        The clips that can be read, what is said of each, and why others cannot, by path.

    Raises:
        DatasetError: If no clip can be read.
    """
    done = list(workers.each(_hear, listed, models, advance))
    both = list(zip(listed, done, strict=True))
    failed = {str(clip.path): one for clip, one in both if isinstance(one, str)}
    read = [clip for clip, one in both if not isinstance(one, str)]
    if not read:
        raise DatasetError(f"None of the {len(listed)} clips can be read: {failed}.")
    found = [one for one in done if not isinstance(one, str)]
    outputs = Outputs(
        [logits for logits, _ in found],
        np.array([clip.emotion for clip in read]),
        np.array([clip.speaker for clip in read]),
        np.array([remembered for _, remembered in found]),
    )
    return read, outputs, failed


def _hear(models: Models, clip: Clip) -> tuple[VoiceLogits, bool] | str:
    """What the voice model says of a clip and whether a call would remember it, or why not."""
    try:
        window = windows.fullest(windows.cut(read_sound(clip.path)))
        samples = denoising.reduce(window.samples, window.heard)
        return models.voice(samples), memorable(window.speech_seconds)
    except (RapportError, OSError) as error:
        return str(error)
