"""The corpora of a training: which train, which are only tested, and what is heard of them."""

import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion import files
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation.simulated_calls import Outputs
from emotion.jobs import progress, sharing
from emotion.training import voice_features, voice_heads
from emotion.training.voice_heads import Heads
from emotion.training.voice_statistics import Statistics


def check(only_tested: Sequence[str], clips: Sequence[Clip]) -> None:
    """Refuse a corpus to be tested only that is not there, and to train on none.

    Args:
        only_tested: Names of corpora.
        clips: Of all corpora.

    Raises:
        DatasetError: If a name is no corpus of the clips, or none is left to train on.
    """
    corpora = {clip.corpus for clip in clips}
    unknown = sorted(set(only_tested) - corpora)
    if unknown or (corpora and corpora == set(only_tested)):
        raise DatasetError(
            f"Corpora that are only tested should be some of {', '.join(sorted(corpora))}, and one "
            f"should be left to train on. Received: {', '.join(only_tested)}."
        )


def heard(
    datasets: Sequence[Sequence[Clip]], encoder: Path, work: Path, only_tested: Sequence[str]
) -> Statistics:
    """Statistics of all clips; those held out of training are heard once, as they are.

    Args:
        datasets: Clips of each.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for features.
        only_tested: Names of corpora that are held out of training.

    Raises:
        DatasetError: If there is no clip.
    """
    found: Statistics | None = None
    for clips in datasets:
        for tested, hear in ((False, None), (True, voice_features.as_heard)):
            some = [clip for clip in clips if (clip.corpus in only_tested) == tested]
            if some:
                more = voice_features.extract(some, encoder, work, hear)
                found = found.with_more(more) if found else more
    if found is None:
        raise DatasetError("There is no clip to hear. Give a data set that holds some.")
    return found


@dataclass(frozen=True)
class Fitting:
    """What all the fits of a training or of a protocol have in common.

    Attributes:
        heard: All clips, whose rows a fit is given.
        emphasis: How much more the clips of a corpus count than those of others.
        seed: Of the search for principal components.
        others: Clips that every fit trains on as well, or None.
    """

    heard: Statistics
    emphasis: dict[str, float]
    seed: int
    others: Statistics | None = None

    def data(self, rows: np.ndarray, unheard: np.ndarray) -> Statistics:
        """What a fit trains on.

        Args:
            rows: Of the clips, shape (n,).
            unheard: Rows of clips whose voices may not be behind these, shape (m,).
        """
        found = self.heard.at(rows).without_voices_of(self.heard.clips[row] for row in unheard)
        return found.with_more(self.others) if self.others else found


def fit(fitting: Fitting, rows: tuple[np.ndarray, np.ndarray]) -> bytes:
    """Heads for some clips, as the content of an npz file with the seconds it took.

    Args:
        fitting: What all fits have in common.
        rows: Of the clips to train on, and of those whose voices may not be behind these.
    """
    started = time.perf_counter()
    fitted = voice_heads.fit(fitting.data(*rows), fitting.emphasis, seed=fitting.seed)
    content = io.BytesIO()
    np.savez(content, **vars(fitted), seconds=time.perf_counter() - started)
    return content.getvalue()


def fit_missing(
    fitting: Fitting, wanted: Iterable[tuple[Path, np.ndarray, np.ndarray]], title: str
) -> None:
    """Fit heads, wherever `emotion.jobs.sharing` says, and keep each as it is done.

    Args:
        fitting: What all fits have in common.
        wanted: Files, each with the rows of the clips to train on and of those whose voices may
            not be behind these; files that are there are left.
        title: Of the step, for whoever waits.
    """
    missing = {path: rows for path, *rows in wanted if not path.is_file()}
    paths = list(missing)
    given = [(rows, unheard) for rows, unheard in missing.values()]
    done = sharing.share(fit, given, fitting) if given else iter(())
    for place, content in progress.track(done, title, "fit", len(given)):
        files.write(paths[place], content)


def kept(path: Path) -> tuple[Heads, float]:
    """The heads in a file of `fit_missing`, and the seconds they took.

    Args:
        path: The npz file.

    Raises:
        OSError: If it is not there.
    """
    with np.load(path) as file:
        heads = Heads(file["mean"], file["deviation"], file["kernel"], file["bias"])
        return heads, float(file["seconds"])


def predict(fitted: Heads, given: Statistics) -> Outputs:
    """What heads say of clips, for `emotion.evaluation.simulated_calls`.

    Args:
        fitted: Of some other clips.
        given: Of the clips to predict for.
    """
    return Outputs(fitted(given.values[0]), given.labels, given.speakers, given.remembered)
