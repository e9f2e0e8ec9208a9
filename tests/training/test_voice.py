"""The head of the voice recogniser on made-up statistics, whose answer is known."""

from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emotion import emotions
from emotion.datasets.speech import Clip
from emotion.evaluation.protocols import ACTOR_FOLDS, speaker
from emotion.probability import log_softmax
from emotion.training import voice, whisper
from emotion.training.voice import Corpus
from tests.media_makers import write_wav

WIDTH = 24


def corpus_of(
    rng: np.random.Generator,
    *,
    count: int = 144,
    each: int = 3,
    noise: float = 1.0,
    kinds: int = 8,
    places: np.ndarray | None = None,
) -> Corpus:
    """Nine speakers; statistics of uneven scale around a place for each emotion."""
    clips = [
        Clip(Path(f"{index}.wav"), index % kinds, speaker(index % 9 + 1), "made")
        for index in range(count)
    ]
    if places is None:
        places = np.random.default_rng(5).normal(0, 2, (emotions.COUNT, WIDTH))
    owners = np.repeat(np.arange(count), each)
    features = places[owners % kinds]
    features = features + rng.normal(0, noise, features.shape)
    features = features * np.geomspace(0.01, 100, WIDTH) + 5
    return Corpus(clips, features.astype(np.float32), owners)


@pytest.mark.parametrize("strength", [3e-4, 1e-2])
def test_the_folded_head_is_the_pipeline(strength: float, rng: np.random.Generator) -> None:
    corpus = corpus_of(rng, noise=4)
    _, head = voice.fit(corpus, [1.0, strength])
    pipeline = make_pipeline(
        StandardScaler(),
        PCA(WIDTH, svd_solver="covariance_eigh"),
        LogisticRegression(C=strength, max_iter=300, tol=1e-3, class_weight="balanced"),
    ).fit(corpus.features, corpus.labels[corpus.clip])
    unseen = corpus_of(rng, each=1, noise=4).features
    np.testing.assert_allclose(
        head.log_probabilities(unseen), pipeline.predict_log_proba(unseen), atol=5e-3
    )


def test_what_differs_is_told_apart_in_others(rng: np.random.Generator) -> None:
    (head,) = voice.fit(corpus_of(rng, noise=0.5), [1e-2])
    unseen = corpus_of(rng, noise=0.5)
    matrix = unseen.confusion(head.log_probabilities(unseen.features))
    assert matrix.sum() == len(unseen.clips)
    assert np.trace(matrix) == matrix.sum()


def test_an_emotion_without_an_example_has_no_chance(rng: np.random.Generator) -> None:
    corpus = corpus_of(rng, kinds=5)
    (head,) = voice.fit(corpus, [1e-2])
    assert np.exp(head.log_probabilities(corpus.features))[:, 5:].max() < 1e-4


def test_clips_are_the_mean_of_their_windows() -> None:
    clips = [Clip(Path("a.wav"), 0, "a", "made"), Clip(Path("b.wav"), 1, "b", "made")]
    corpus = Corpus(clips, np.zeros((3, 1), np.float32), np.array([0, 0, 1]))
    logs = log_softmax(np.vstack([4 * np.eye(8)[0], 2 * np.eye(8)[1], 3 * np.eye(8)[2]]))
    merged = corpus.by_clip(logs)
    np.testing.assert_allclose(merged, log_softmax(np.stack([logs[:2].mean(axis=0), logs[2]])))
    np.testing.assert_allclose(np.exp(merged).sum(axis=1), 1)
    matrix = corpus.confusion(logs)
    assert (matrix[0, 0], matrix[1, 2], matrix.sum()) == (1, 1, 2)


def test_some_speakers_keep_their_windows(rng: np.random.Generator) -> None:
    corpus = corpus_of(rng)
    chosen = frozenset({speaker(1), speaker(5)})
    some, others = corpus.only(chosen), corpus.without(chosen)
    assert some.speakers == chosen
    assert others.speakers == corpus.speakers - chosen
    assert len(some.clips) + len(others.clips) == len(corpus.clips)
    for part in (some, others):
        for feature, owner in zip(part.features, part.clip, strict=True):
            (window,) = np.flatnonzero((corpus.features == feature).all(axis=1))
            assert part.clips[owner] is corpus.clips[corpus.clip[window]]


def test_no_head_hears_the_speaker_it_is_tested_on(rng: np.random.Generator) -> None:
    """Statistics that tell the clip and nothing else are of no use for others."""
    count = 72
    clips = corpus_of(rng, count=count).clips
    corpus = Corpus(clips, np.eye(count, dtype=np.float32), np.arange(count))
    folds = [frozenset({speaker(actor) for actor in range(first, 10, 3)}) for first in (1, 2, 3)]
    (logs,) = voice.cross_validate(corpus, folds, [1.0])
    assert np.isfinite(logs).all()
    (heard,) = voice.fit(corpus, [1.0])
    known = heard.log_probabilities(corpus.features).argmax(axis=1) == corpus.labels
    assert known.mean() > 0.9
    assert (logs.argmax(axis=1) == corpus.labels).mean() < 0.5


def test_folds_that_leave_speakers_out_leave_them_without_an_answer(
    rng: np.random.Generator,
) -> None:
    corpus = corpus_of(rng)
    logs = voice.cross_validate(corpus, [frozenset({speaker(1)})], [1e-3, 1e-2])
    assert logs.shape == (2, len(corpus.clip), 8)
    tested = np.array([clip.speaker == speaker(1) for clip in corpus.clips])[corpus.clip]
    assert np.isfinite(logs[:, tested]).all()
    assert np.isnan(logs[:, ~tested]).all()
    assert not np.allclose(logs[0, tested], logs[1, tested])


def test_the_penalty_is_one_of_those_tried(rng: np.random.Generator) -> None:
    assert voice.choose_strength(corpus_of(rng, each=1)) in voice._STRENGTHS


def test_folds_hold_the_speakers_that_there_are(rng: np.random.Generator) -> None:
    corpus = corpus_of(rng)
    folds = voice.actor_folds(corpus)
    assert len(folds) == len(ACTOR_FOLDS)
    assert sorted(name for fold in folds for name in fold) == sorted(corpus.speakers)


def test_features_are_those_of_the_readable_windows_and_are_kept(
    speech: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for the encoder that only adds up what it is shown."""
    built = []

    def encoder(path: Path) -> keras.Model:
        built.append(path)
        features = keras.Input((whisper.FRAMES, 80))
        return keras.Model(features, keras.layers.GlobalAveragePooling1D()(features))

    monkeypatch.setattr(whisper, "build", encoder)
    monkeypatch.setattr(voice, "_PART", 2)
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"any")
    sounds = (speech[:48_000], np.zeros(32_000, np.float32), speech[20_000:24_000])
    clips = [
        Clip(write_wav(tmp_path / f"{index}.wav", sound), index, "a", "made")
        for index, sound in enumerate(sounds)
    ]
    corpus = voice.extract(clips, weights, tmp_path / "work", most=3)
    # Three of speech, one of silence, and one that is shorter than a hop.
    assert corpus.clip.tolist() == [0, 0, 0, 1, 2]
    assert corpus.features.shape == (5, 80)
    again = voice.extract(clips, weights, tmp_path / "work", most=3)
    np.testing.assert_array_equal(again.features, corpus.features)
    np.testing.assert_array_equal(again.clip, corpus.clip)
    assert built == [weights]
    fewer = voice.extract(clips[:1], weights, tmp_path / "work", most=1)
    assert fewer.clip.tolist() == [0]
    assert len(built) == 2
