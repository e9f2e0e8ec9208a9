"""Training and testing of the voice recogniser, fold by fold, and of what is shipped."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from emotion import emotions
from emotion.datasets import completeness
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.evaluation import metrics, protocols, report, simulated_calls
from emotion.evaluation.protocols import HELD_OUT_ACTORS, Fold
from emotion.evaluation.report import FoldAnswer
from emotion.evaluation.simulated_calls import ADAPTATIONS, Outputs
from emotion.impairments import conditions
from emotion.jobs import fingerprint, progress
from emotion.models.manifest import Manifest
from emotion.reports.model import Impaired, Report, Training
from emotion.training import export, speaker_prior, voice_features, voice_heads, whisper
from emotion.training.voice_features import Statistics
from emotion.training.voice_heads import Heads
from emotion.voice import log_mel
from emotion.voice.adaptation import Prior, VoiceLogits

RECIPES = ("default", "paper")
EMPHASIS = 10.0
"""How much more a clip of the tested corpus counts in training than one of others."""

_HELD_OUT_PARTS = 3
_EVERY = 5
_CODE = (*voice_features.CODE, voice_features, voice_heads)
"""Modules that finished folds of every recipe depend on."""
_LIMIT = 12.0


def benchmark(
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

    Temperature and adaptation of a fold are learned from the answers of the other folds.

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
        only_tested: Corpora that train nothing.

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
        answers=tried.answers,
        tested=tried.clips,
        folders=folders,
    )
    every = [*clips, *(clip for other in others for clip in other)]
    split = every if protocol == "leave-one-corpus-out" else clips
    counts = Counter(clip.corpus for clip in every if clip.corpus not in only_tested)
    parts: dict[str, Any] = {
        "notes": completeness.notes(split),
        "trained_on": [Training(corpus=name, clips=counts[name]) for name in sorted(counts)],
        "failed": {str(path): reason for path, reason in tried.failed.items()},
    }
    if impaired and recipe == "default" and encoder:
        heard = _impaired(tried, encoder, work)
        parts |= {"impaired": heard, "lost": _lost(heard.accuracy["as heard"])}
    return result.having(parts)


@dataclass(frozen=True)
class Trial:
    """What the folds of a protocol gave.

    Attributes:
        clips: Those that could be read, as they were split.
        failed: Why the others could not.
        folds: In turn.
        heads: Of each fold; None under 'paper'.
        answers: Of the folds, by the name of the adaptation.
    """

    clips: list[Clip]
    failed: dict[Path, str]
    folds: list[Fold]
    heads: list[Heads | None]
    answers: dict[str, list[FoldAnswer]]


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
    """Train and test fold by fold; arguments and errors as for `benchmark`."""
    everywhere = protocol == "leave-one-corpus-out"
    _check_corpora(only_tested, [*clips, *(clip for other in others for clip in other)])
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
    outputs, seconds, trained = [], [], []
    for fold in progress.track(folds, protocol, "fold"):
        output, heads_of_fold, took = trainer.run(fold, kept)
        outputs.append(output)
        trained.append(heads_of_fold)
        seconds.append(took)
    answers: dict[str, list[FoldAnswer]] = {}
    for index, (fold, output) in enumerate(zip(folds, outputs, strict=True)):
        rest = [
            other
            for place, other in enumerate(outputs)
            if place != index and not set(corpora[folds[place].test]) <= set(only_tested)
        ]
        for name, logs in trainer.answers(output, rest, seed).items():
            logs = metrics.among(logs, output.labels) if everywhere else logs
            answer = FoldAnswer(fold.name, output.labels, logs, seconds[index], fold.test)
            answers.setdefault(name, []).append(answer)
    return Trial(trainer.clips, trainer.failed, folds, trained, answers)


def _check_corpora(only_tested: Sequence[str], clips: Sequence[Clip]) -> None:
    """Refuse a corpus to be tested only that is not there, and to train on none."""
    corpora = {clip.corpus for clip in clips}
    unknown = sorted(set(only_tested) - corpora)
    if unknown or (corpora and corpora == set(only_tested)):
        raise DatasetError(
            f"Corpora that are only tested should be some of {', '.join(sorted(corpora))}, and one "
            f"should be left to train on. Received: {', '.join(only_tested)}."
        )


def _features(
    datasets: Sequence[Sequence[Clip]], encoder: Path, work: Path, only_tested: Sequence[str]
) -> Statistics:
    """Statistics of all clips; those that train nothing are heard once, as they are."""
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


class _Trainer:
    """A recipe with the features of the clips that are split and of others.

    Attributes:
        code: Modules that its features depend on besides those of every recipe.
    """

    code: tuple[ModuleType, ...] = ()

    def __init__(self, clips: Sequence[Clip], failed: dict[Path, str]) -> None:
        self.clips = list(clips)
        self.failed = failed

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        """Train and test, or take from `kept` what an earlier run did."""
        raise NotImplementedError

    def answers(
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
        heard = _features(split, encoder, work, only_tested)
        self._others: Statistics | None = None
        self._emphasis: dict[str, float] = {}
        more = [[clip for clip in other if clip.corpus not in only_tested] for other in others]
        if not everywhere and any(more):
            self._others = _features(more, encoder, work, ())
            self._emphasis = dict.fromkeys({clip.corpus for clip in clips}, EMPHASIS)
        super().__init__(heard.clips, heard.failed)
        self._heard, self._seed = heard, seed

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        path = kept / f"{_file_name(fold)}.npz"
        tested = self._heard.at(fold.test)
        if not path.is_file():
            started = time.perf_counter()
            data = self._heard.at(fold.train).without_voices_of(tested.clips)
            if self._others:
                data = data.with_more(self._others)
            fitted = voice_heads.fit(data, self._emphasis, seed=self._seed)
            fresh = path.with_suffix(".part.npz")
            took = time.perf_counter() - started
            np.savez(fresh, **vars(fitted), seconds=took)
            fresh.replace(path)
        with np.load(path) as file:
            fitted = Heads(file["mean"], file["deviation"], file["kernel"], file["bias"])
            took = float(file["seconds"])
        return _answers(fitted, tested), fitted, took

    def answers(
        self, output: Outputs, others: Sequence[Outputs], seed: int
    ) -> dict[str, np.ndarray]:
        prior = speaker_prior.fit(others, seed)
        return {
            name: simulated_calls.answer(prior, output, kind, seed)
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
        self.code = (mfcc,)
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
        super().__init__(clips, {})

    def run(self, fold: Fold, kept: Path) -> tuple[Outputs, Heads | None, float]:
        path = kept / f"{_file_name(fold)}.npz"
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
            fresh = path.with_suffix(".part.npz")
            np.savez(fresh, logs=logs, seconds=time.perf_counter() - started)
            fresh.replace(path)
        with np.load(path) as file:
            logits = [VoiceLogits(logs, logs) for logs in file["logs"]]
            return Outputs(logits, labels, speakers), None, float(file["seconds"])

    def answers(
        self, output: Outputs, others: Sequence[Outputs], seed: int
    ) -> dict[str, np.ndarray]:
        return {"none": output.absolute}


def _file_name(fold: Fold) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in fold.name)


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
    code = fingerprint.of_code((*_CODE, *trainer.code))
    every = [*trainer.clips, *(clip for other in others for clip in other)]
    of = [f"{clip.corpus}/{clip.speaker}/{clip.path.name}:{clip.emotion}" for clip in every]
    content = fingerprint.of_file(encoder) if encoder else ""
    text = "\n".join([protocol, recipe, str(seed), content, str(EMPHASIS), code, *only_tested, *of])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


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


def ship(
    datasets: Sequence[Sequence[Clip]],
    encoder: Path,
    work: Path,
    emphasis: dict[str, float],
    seed: int = 0,
    *,
    only_tested: Sequence[str] = (),
) -> dict[str, Any]:
    """Fit what is shipped on all corpora but for RAVDESS's actors 01 and 05; export it.

    The adaptation is learned from answers to held-out speakers, both in surroundings that are
    known, from other speakers of their corpus, and in such that are not. The temperature
    is that of held-out speakers of the corpora that have an emotion of their own, if there are any,
    on any window of a clip as the live pipeline meets them and not on the fullest alone.

    Args:
        datasets: Clips of each.
        encoder: npz file of the Whisper encoder.
        work: Folder outside the project for features.
        emphasis: How much more the clips of a corpus count than those of others.
        seed: Of training and of made-up calls.
        only_tested: Corpora that train and tune nothing; the figures say what is heard of them.

    Returns:
        What the manifest now says of the model.
    """
    held_out = {protocols.speaker(actor) for actor in HELD_OUT_ACTORS}
    _check_corpora(only_tested, [clip for clips in datasets for clip in clips])
    heard = _features(datasets, encoder, work, only_tested)
    measured = np.flatnonzero(np.isin(heard.corpora, only_tested))
    left_out = np.array([clip.speaker in held_out for clip in heard.clips])
    left_out[measured] = True
    data = heard.at(np.flatnonzero(~left_out))
    data = data.without_voices_of(heard.at(np.flatnonzero(left_out)).clips)

    def fit(rows: np.ndarray) -> Heads:
        rest = data.at(np.setdiff1d(np.arange(len(data.clips)), rows))
        return _kept_heads(data.at(rows).without_voices_of(rest.clips), emphasis, work, seed)

    def any_window(rows: np.ndarray) -> Statistics:
        return voice_features.extract(data.at(rows).clips, encoder, work, voice_features.readable)

    groups: dict[tuple[str, str], Outputs] = {}
    told = []
    parts = _speakers_left_out(data, fit)
    for name in progress.track(np.unique(data.corpora), "held-out corpora", "corpus"):
        corpus = str(name)
        mine = data.corpora == corpus
        elsewhere = set(data.labels[mine]) <= set(data.labels[~mine])
        if elsewhere:
            stranger = fit(np.flatnonzero(~mine))
            groups[corpus, "corpus"] = _answers(stranger, data.at(np.flatnonzero(mine)))
        of_corpus = [(fitted, rows[mine[rows]]) for fitted, rows in parts if mine[rows].any()]
        if of_corpus:
            groups[corpus, "speaker"] = _joined(
                [_answers(fitted, data.at(rows)) for fitted, rows in of_corpus]
            )
        if not elsewhere:
            if not of_corpus:
                raise DatasetError(
                    f"{corpus} alone has some of its emotions, so its speakers are left out in "
                    "turn: two are needed at least. Found: "
                    f"{', '.join(np.unique(data.speakers[mine]))}."
                )
            told.append(_joined([_answers(fitted, any_window(rows)) for fitted, rows in of_corpus]))
    prior = speaker_prior.fit(list(groups.values()), seed, told)
    fitted = fit(np.arange(len(data.clips)))
    manifest = Manifest()
    file = "voice_whisper.tflite"
    shape = (1, whisper.FRAMES, log_mel.BANDS)
    export.litert(network(encoder, fitted), shape, manifest.folder / file, bits=8)
    for name in only_tested:
        rows = np.flatnonzero(heard.corpora == name)
        groups[name, "corpus"] = _answers(fitted, heard.at(rows))
    fields = _fields(file, data, groups, prior, emphasis, seed)
    manifest.update("voice", fields)
    return fields


def network(encoder: Path, fitted: Heads) -> keras.Model:
    """The encoder with heads: log-mel features (n, 300, 80) to logits (n, 16)."""
    base = whisper.build(encoder)
    scaled = layers.Normalization(mean=fitted.mean, variance=fitted.deviation**2)(base.output)
    # Whole numbers of 8 bits need inputs of one scale; without the limit the converter
    # would move the scale into the weights and lose it again.
    limited = layers.Lambda(
        lambda x: ops.clip(x, -_LIMIT, _LIMIT), output_shape=(whisper.FEATURES,)
    )(scaled)
    dense = layers.Dense(2 * emotions.COUNT, name="logits")
    model = keras.Model(base.input, dense(limited), name="whisper_voice")
    dense.set_weights([fitted.kernel, fitted.bias])
    return model


def _speakers_left_out(
    data: Statistics, fit: Callable[[np.ndarray], Heads]
) -> list[tuple[Heads, np.ndarray]]:
    """Heads that had heard other speakers of each corpus only.

    Args:
        data: All clips.
        fit: Heads for some of the clips.

    Returns:
        Heads, and the clips that they had not heard the speakers of, part by part; every clip
        once but for those of corpora of one speaker.
    """
    part = np.full(len(data.clips), -1)
    for corpus in np.unique(data.corpora):
        speakers = np.unique(data.speakers[data.corpora == corpus])
        if len(speakers) > 1:
            for place, speaker in enumerate(speakers):
                part[(data.speakers == speaker) & (data.corpora == corpus)] = (
                    place % _HELD_OUT_PARTS
                )
    return [
        (fit(np.flatnonzero(part != place)), np.flatnonzero(part == place))
        for place in range(_HELD_OUT_PARTS)
        if (part == place).any()
    ]


def _kept_heads(data: Statistics, emphasis: dict[str, float], work: Path, seed: int) -> Heads:
    """Heads for some clips, from `work` where an interrupted run has left them."""
    of = [f"{clip.corpus}/{clip.speaker}/{clip.path.name}:{clip.emotion}" for clip in data.clips]
    made_of = [fingerprint.of_code(_CODE), repr(sorted(emphasis.items())), str(seed), *of]
    folder = work / "voice-heads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(chr(10).join(made_of).encode()).hexdigest()[:20]}.npz"
    if not path.is_file():
        fresh = path.with_suffix(".part.npz")
        np.savez(fresh, **vars(voice_heads.fit(data, emphasis, seed=seed)))
        fresh.replace(path)
    with np.load(path) as file:
        return Heads(file["mean"], file["deviation"], file["kernel"], file["bias"])


def _answers(fitted: Heads, heard: Statistics) -> Outputs:
    return Outputs(fitted(heard.values[0]), heard.labels, heard.speakers)


def _joined(parts: Sequence[Outputs]) -> Outputs:
    return Outputs(
        [logits for part in parts for logits in part.logits],
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.speakers for part in parts]),
    )


def _confusion(groups: dict[tuple[str, str], Outputs], prior: Prior, seed: int) -> np.ndarray:
    """Share of the answers (columns) to each emotion (rows) of held-out speakers, shape (8, 8).

    In calls, speaker-adapted; each corpus that has an emotion counts alike.
    """
    shares, known = np.zeros((2, emotions.COUNT, emotions.COUNT))
    for (_, unknown), group in groups.items():
        if unknown != "speaker":
            continue
        answers = simulated_calls.answer(prior, group, ADAPTATIONS["speaker"], seed).argmax(axis=1)
        matrix = metrics.confusion(group.labels, answers, emotions.COUNT)
        counts = matrix.sum(axis=1, keepdims=True)
        shares += matrix / np.maximum(counts, 1)
        known += counts > 0
    return np.asarray(shares / np.maximum(known, 1))


def _fields(
    file: str,
    data: Statistics,
    groups: dict[tuple[str, str], Outputs],
    prior: Prior,
    emphasis: dict[str, float],
    seed: int,
) -> dict[str, Any]:
    """What the manifest says of the shipped model."""
    figures = []
    for (corpus, unknown), group in groups.items():
        for adapted, kind in ADAPTATIONS.items():
            logs = metrics.among(simulated_calls.answer(prior, group, kind, seed), group.labels)
            matrix = metrics.confusion(group.labels, logs.argmax(axis=1), emotions.COUNT)
            measures = {
                "unweighted average recall": metrics.unweighted_average_recall(matrix),
                "expected calibration error": metrics.expected_calibration_error(
                    np.exp(logs), group.labels
                ),
            }
            figures += [
                {
                    "measure": measure,
                    "value": round(100 * value, 2),
                    "data": corpus,
                    "protocol": f"{unknown} not trained on, adaptation: {adapted}",
                    "clips": len(group.labels),
                    "seed": seed,
                    "commit": report.commit(),
                }
                for measure, value in measures.items()
            ]
    return {
        "file": file,
        "task": "Emotion of a voice from 3 s of sound",
        "format": "LiteRT, weights of 8 bits",
        "input": {
            "shape": [1, whisper.FRAMES, log_mel.BANDS],
            "meaning": "log-mel features of 3 s at 16 kHz, see emotion/voice/log_mel.py",
        },
        "output": {
            "shape": [1, 2 * emotions.COUNT],
            "labels": list(emotions.NAMES),
            "meaning": "logits for any speaker, then logits up to an offset of the speaker",
        },
        "adaptation": prior.document(),
        "confusion": _confusion(groups, prior, seed).round(4).tolist(),
        "reliability": 1.0,
        "licence": "Encoder MIT (OpenAI); heads as the training data: not for commercial use",
        "source": "Whisper base (Radford et al. 2023), four of six blocks",
        "training_data": [
            f"{corpus}, {int((data.corpora == corpus).sum())} clips, weight "
            f"{emphasis.get(str(corpus), 1.0):g}"
            for corpus in np.unique(data.corpora)
        ],
        "penalties": vars(voice_heads.DEFAULT),
        "card": "voice.md",
        "figures": figures,
    }
