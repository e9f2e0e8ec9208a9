"""Cross-validation of the voice recogniser: trained and tested fold by fold."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emotion import files
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import metrics, protocols, report, simulated_calls
from emotion.evaluation.protocols import Fold
from emotion.evaluation.report import FoldPredictions
from emotion.evaluation.simulated_calls import ADAPTATIONS, Outputs
from emotion.impairments import conditions
from emotion.jobs import fingerprint, progress
from emotion.reports.model import Impaired, OptionalParts, Report, Training
from emotion.reports.names import ProtocolName, ResultName
from emotion.training import speaker_prior, voice_corpora, voice_features
from emotion.training.voice_corpora import Fitting
from emotion.training.voice_heads import Heads
from emotion.training.voice_statistics import Statistics
from emotion.voice.adaptation import VoiceLogits

RECIPES = ("default", "paper")
EMPHASIS = 10.0
"""How much more a clip of the tested corpus counts in training than one of others."""

_EVERY = 5


def cross_validate(
    clips: Sequence[Clip],
    others: Sequence[Sequence[Clip]],
    protocol: str,
    recipe: str,
    work: Path,
    *,
    encoder: Path | None = None,
    folders: Sequence[Path] = (),
    seed: int = 0,
    impaired: bool = False,
    only_tested: Sequence[str] = (),
) -> Report:
    """Train and test by a protocol; an interrupted run goes on with the fold it was in.

    Temperature and adaptation of a fold are learned from the predictions of the other folds.

    Args:
        clips: To split, under 'leave-one-corpus-out' with `others`. Each corpus is tested on
            the emotions that it has, calm and neutral counting as one where it has only one.
        others: Of other data sets, only trained on.
        protocol: One of `protocols.PROTOCOLS`.
        recipe: 'default', or 'paper' (see `emotion.experiments.mfcc`), which does not adapt.
        work: Folder outside the project for features and finished folds.
        encoder: npz file of the Whisper encoder; 'paper' needs none.
        folders: Of the data sets.
        seed: Of random splits, training, and the order of clips.
        impaired: Whether every fifth tested clip is also heard under noise and over
            lines, with and without noise reduction ('default' only).
        only_tested: Corpora that are held out of training.

    Returns:
        The report, as of `report.document`, with `trained_on`, `failed` and, if asked
        for, `impaired`, and `lost`: by how much accuracy is less than with clean sound.

    Raises:
        DatasetError: If the clips cannot be split so.
    """
    started = time.perf_counter()
    protocol = protocols.named(protocol, "voice")
    tried = trial(
        clips,
        others,
        protocol,
        recipe,
        work,
        encoder=encoder,
        seed=seed,
        only_tested=only_tested,
    )
    result = report.document(
        dataset=sorted({clip.corpus for clip in tried.clips}),
        protocol=protocol,
        recipe=recipe,
        modality="voice",
        seed=seed,
        commit=report.commit(),
        seconds=time.perf_counter() - started,
        clips=len(np.unique(np.concatenate([fold.test for fold in tried.folds]))),
        predictions=tried.predictions,
        tested=tried.clips,
        folders=folders,
    )
    every = [*clips, *(clip for other in others for clip in other)]
    split = every if protocol == ProtocolName.LEAVE_ONE_CORPUS_OUT else clips
    counts = Counter(clip.corpus for clip in every if clip.corpus not in only_tested)
    result = result.having(
        OptionalParts(
            notes=completeness.notes(split),
            trained_on=[Training(corpus=name, clips=counts[name]) for name in sorted(counts)],
            failed={str(path): reason for path, reason in tried.failed.items()},
        )
    )
    if impaired and recipe == "default" and encoder:
        heard = _impaired(tried, encoder, work)
        lost = _lost(heard.accuracy["as heard"])
        result = result.having(OptionalParts(impaired=heard, lost=lost))
    return result


@dataclass(frozen=True)
class Trial:
    """What the folds of a protocol gave.

    Attributes:
        clips: Those that could be read, as they were split.
        failed: Why the others could not.
        folds: In turn.
        heads: Of each fold; None under 'paper'.
        predictions: Of the folds, by the name of the adaptation.
    """

    clips: list[Clip]
    failed: dict[Path, str]
    folds: list[Fold]
    heads: list[Heads | None]
    predictions: dict[str, list[FoldPredictions]]


def trial(
    clips: Sequence[Clip],
    others: Sequence[Sequence[Clip]],
    protocol: str,
    recipe: str,
    work: Path,
    *,
    encoder: Path | None = None,
    seed: int = 0,
    only_tested: Sequence[str] = (),
) -> Trial:
    """Train and test fold by fold; an interrupted run goes on with the fold it was in.

    Args:
        clips: To split, under 'leave-one-corpus-out' with `others`.
        others: Of other data sets, only trained on.
        protocol: One of `protocols.PROTOCOLS`.
        recipe: 'default', or 'paper' (see `emotion.experiments.mfcc`), which does not adapt.
        work: Folder outside the project for features and finished folds.
        encoder: npz file of the Whisper encoder; 'paper' needs none.
        seed: Of random splits, training, and the order of clips.
        only_tested: Corpora that are held out of training.

    Raises:
        DatasetError: If the clips cannot be split so, a corpus to be only tested is not there, or
            `encoder` is missing under 'default'.
    """
    everywhere = protocol == ProtocolName.LEAVE_ONE_CORPUS_OUT
    voice_corpora.check(only_tested, [*clips, *(clip for other in others for clip in other)])
    if recipe == "paper":
        trainer: _Trainer = _Paper(clips, others, work, seed, everywhere)
    elif encoder is None:
        raise DatasetError("The recipe 'default' needs --weights, the Whisper encoder's npz file.")
    else:
        trainer = _Default(clips, others, work, seed, everywhere, encoder, only_tested)
    corpora = np.array([clip.corpus for clip in trainer.clips])
    folds = [
        replace(fold, train=fold.train[~np.isin(corpora[fold.train], only_tested)])
        for fold in protocols.folds(protocol, trainer.clips, seed)
    ]
    kept = (
        work / "benchmarks" / _digest(trainer, others, encoder, protocol, recipe, seed, only_tested)
    )
    kept.mkdir(parents=True, exist_ok=True)
    trainer.prepare(folds, kept)
    outputs, seconds, trained = [], [], []
    for fold in progress.track(folds, protocol, "fold"):
        output, heads_of_fold, took = trainer.run(fold, kept)
        outputs.append(output)
        trained.append(heads_of_fold)
        seconds.append(took)
    predictions: dict[str, list[FoldPredictions]] = {}
    for index, (fold, output) in enumerate(zip(folds, outputs, strict=True)):
        rest = [
            other
            for place, other in enumerate(outputs)
            if place != index and not set(corpora[folds[place].test]) <= set(only_tested)
        ]
        for name, logs in trainer.predictions(output, rest, seed).items():
            logs = metrics.among(logs, output.labels) if everywhere else logs
            prediction = FoldPredictions(fold.name, output.labels, logs, seconds[index], fold.test)
            predictions.setdefault(name, []).append(prediction)
    return Trial(trainer.clips, trainer.failed, folds, trained, predictions)


class _Trainer:
    """A recipe with the features of the clips that are split and of others."""

    def __init__(
        self, clips: Sequence[Clip], failed: dict[Path, str], features: Sequence[str]
    ) -> None:
        """Keep what every recipe has.

        Args:
            clips: Those that could be read.
            failed: Why the others could not.
            features: SHA-256 of all that is heard of the clips and of others.
        """
        self.clips = list(clips)
        self.failed = failed
        self.features = features

    def prepare(self, folds: Sequence[Fold], kept: Path) -> None:
        """Train several at once, if that can be."""

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        """Train and test, or take from `kept` what an earlier run did."""
        raise NotImplementedError

    def predictions(
        self, output: Outputs, others: Sequence[Outputs], seed: int
    ) -> dict[str, np.ndarray]:
        """Log probabilities of a fold's clips by the name of the adaptation."""
        raise NotImplementedError

    def of(self, fold: Fold) -> tuple[np.ndarray, np.ndarray]:
        """Emotions and speakers of the clips that a fold tests."""
        tested = [self.clips[row] for row in fold.test]
        labels = np.array([clip.emotion for clip in tested])
        return labels, np.array([clip.speaker for clip in tested])


class _Default(_Trainer):
    """Linear heads on the frozen encoder, which adapt to the speaker."""

    def __init__(
        self,
        clips: Sequence[Clip],
        others: Sequence[Sequence[Clip]],
        work: Path,
        seed: int,
        everywhere: bool,
        encoder: Path,
        only_tested: Sequence[str],
    ) -> None:
        split = [clips, *others] if everywhere else [clips]
        heard = voice_corpora.heard(split, encoder, work, only_tested)
        others_heard: Statistics | None = None
        emphasis: dict[str, float] = {}
        more = [[clip for clip in other if clip.corpus not in only_tested] for other in others]
        if not everywhere and any(more):
            others_heard = voice_corpora.heard(more, encoder, work, ())
            emphasis = dict.fromkeys({clip.corpus for clip in clips}, EMPHASIS)
        digests = [one.digest for one in (heard, others_heard) if one is not None]
        super().__init__(heard.clips, heard.failed, digests)
        self._fitting = Fitting(heard, emphasis, seed, others_heard)

    def prepare(self, folds: Sequence[Fold], kept: Path) -> None:
        wanted = ((_file(fold, kept), fold.train, fold.test) for fold in folds)
        voice_corpora.fit_missing(self._fitting, wanted, "voice folds")

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        fitted, took = voice_corpora.kept(_file(fold, kept))
        return voice_corpora.predict(fitted, self._fitting.heard.at(fold.test)), fitted, took

    def predictions(
        self, output: Outputs, others: Sequence[Outputs], seed: int
    ) -> dict[str, np.ndarray]:
        prior = speaker_prior.fit(others, seed)
        return {
            name: simulated_calls.predict(prior, output, kind, seed)
            for name, kind in ADAPTATIONS.items()
        }


class _Paper(_Trainer):
    """A small network on MFCCs, from scratch."""

    def __init__(
        self,
        clips: Sequence[Clip],
        others: Sequence[Sequence[Clip]],
        work: Path,
        seed: int,
        everywhere: bool,
    ) -> None:
        # Only now: librosa takes seconds to load, and 'default' does not need it.
        from emotion.experiments import mfcc

        more = [clip for other in others for clip in other]
        features = [mfcc.extract(given, work) for given in (clips, *others)]
        self._mfcc, self._seed = mfcc, seed
        digests = [fingerprint.of_parts(given.tobytes()) for given in features]
        self._others: np.ndarray | None = None
        self._other_labels = np.zeros(0, int)
        if everywhere:
            clips = [*clips, *more]
            self._features = np.concatenate(features)
        else:
            self._features = features[0]
            if more:
                self._others = np.concatenate(features[1:])
                self._other_labels = np.array([clip.emotion for clip in more])
        super().__init__(clips, {}, digests)

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        path = _file(fold, kept)
        labels, speakers = self.of(fold)
        if not path.is_file():
            started = time.perf_counter()
            features = self._features[fold.train]
            emotions_of = np.array([self.clips[row].emotion for row in fold.train])
            if self._others is not None:
                features = np.concatenate([features, self._others])
                emotions_of = np.concatenate([emotions_of, self._other_labels])
            network = self._mfcc.fit(features, emotions_of, self._seed)
            logs = network.log_probabilities(self._features[fold.test])
            with files.replacing(path) as fresh:
                np.savez(fresh, logs=logs, seconds=time.perf_counter() - started)
        with np.load(path) as file:
            logits = [VoiceLogits(logs, logs) for logs in file["logs"]]
            # This recipe does not adapt, so nothing is remembered.
            nothing = np.zeros(len(labels), bool)
            return Outputs(logits, labels, speakers, nothing), None, float(file["seconds"])

    def predictions(
        self, output: Outputs, others: Sequence[Outputs], seed: int
    ) -> dict[str, np.ndarray]:
        return {ResultName.PLAIN: output.absolute}


def _file(fold: Fold, kept: Path) -> Path:
    name = "".join(letter if letter.isalnum() else "-" for letter in fold.name)
    return kept / f"{name}.npz"


def _digest(
    trainer: _Trainer,
    others: Sequence[Sequence[Clip]],
    encoder: Path | None,
    protocol: str,
    recipe: str,
    seed: int,
    only_tested: Sequence[str],
) -> str:
    """Of all that a fold's training depends on, the code with it."""
    code = fingerprint.of_code((sys.modules[__name__],))
    every = [*trainer.clips, *(clip for other in others for clip in other)]
    of = [f"{clip.corpus}/{clip.speaker}/{clip.path.name}:{clip.emotion}" for clip in every]
    content = fingerprint.of_file(encoder) if encoder else ""
    made_of = [protocol, recipe, str(seed), content, code, *trainer.features, *only_tested, *of]
    text = "\n".join(made_of)
    return fingerprint.of_parts(text)[:20]


def _impaired(tried: Trial, encoder: Path, work: Path) -> Impaired:
    """Accuracy of some clips under each condition, as heard and with noise reduction."""
    rows = np.concatenate([fold.test for fold in tried.folds])
    owner = np.concatenate([np.full(len(fold.test), i) for i, fold in enumerate(tried.folds)])
    order = np.argsort(rows, kind="stable")[::_EVERY]
    rows, owner = rows[order], owner[order]
    chosen = [tried.clips[row] for row in rows]
    names = list(conditions.named(np.random.default_rng(0), []))
    heard = voice_features.extract(chosen, encoder, work, voice_features.impaired)
    # They come back in an order of their own, and without those that cannot be read.
    owner_of = dict(zip((clip.path for clip in chosen), owner, strict=True))
    owner = np.array([owner_of[clip.path] for clip in heard.clips])
    chosen = heard.clips
    right = np.zeros((2 * len(names), len(chosen)), bool)
    for index, fitted in enumerate(tried.heads):
        mine = np.flatnonzero(owner == index)
        if fitted is None or not len(mine):
            continue
        for version in range(len(right)):
            logits = fitted(heard.values[version, mine])
            answers = [int(logits.absolute.argmax()) for logits in logits]
            right[version, mine] = np.array(answers) == heard.labels[mine]
    shares = right.mean(axis=1).reshape(-1, 2).T
    ways = zip(("as heard", "noise reduced"), shares, strict=True)
    accuracy = {
        way: {name: round(float(share), 4) for name, share in zip(names, given, strict=True)}
        for way, given in ways
    }
    return Impaired(clips=len(chosen), accuracy=accuracy)


def _lost(shares: dict[str, float]) -> dict[str, float]:
    """What is lost of the accuracy with clean sound, 0 to 1, and on average by noise."""
    lost = {name: round(shares["clean"] - share, 4) for name, share in shares.items()}
    for decibels in (20, 10, 5):
        of_kinds = [lost[f"{kind} {decibels} dB"] for kind in conditions.NOISES]
        lost[f"noise {decibels} dB"] = round(float(np.mean(of_kinds)), 4)
    return lost
