"""The recipe 'paper' on synthetic sounds: tones that come and go, and bursts of hiss."""

from pathlib import Path

import librosa
import numpy as np
import pytest

from emotion.datasets.clips import Clip
from emotion.errors import MediaError
from emotion.experiments import mfcc
from emotion.jobs import fingerprint
from emotion.media.samples import RATE
from emotion.readings import emotions
from tests.media_makers import write_wav

TONE, HISS = 2, 5


def bursts(kind: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Short pieces of sound in a quiet room: what is there most of the time is taken for noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    if kind == HISS:
        sound = 0.3 * rng.standard_normal(len(time))
    else:
        sound = np.sin(2 * np.pi * rng.uniform(200, 900) * time)
    rhythm = rng.uniform(1.5, 2.5) * time % 1 < 0.15
    made = sound * rhythm * rng.uniform(0.2, 0.8) + 1e-3 * rng.standard_normal(len(time))
    return np.clip(made, -1, 1).astype(np.float32)


def clips_of(folder: Path, speakers: int, each: int, rng: np.random.Generator) -> list[Clip]:
    clips = []
    for number in range(speakers * each):
        kind = (TONE, HISS)[number % 2]
        sound = bursts(kind, rng.uniform(2, 4), rng)
        path = write_wav(folder / f"{number:02d}.wav", sound)
        clips.append(Clip(path, kind, f"made-{number // each}", "made"))
    return clips


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels and speakers of 32 clips."""
    folder = tmp_path_factory.mktemp("clips")
    clips = clips_of(folder, speakers=4, each=8, rng=np.random.default_rng(7))
    features = mfcc.extract(clips, folder / "work")
    labels = np.array([clip.emotion for clip in clips])
    return features, labels, np.array([clip.speaker for clip in clips])


@pytest.fixture
def small(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few weights and two steps, for what does not hang on how much is learnt."""
    del eager
    monkeypatch.setattr(mfcc, "_FILTERS", (8, 8))
    monkeypatch.setattr(mfcc, "_BATCH", 16)
    monkeypatch.setattr(mfcc, "_EPOCHS", 1)


@pytest.mark.parametrize("length", [0, 1, 100, 767, 1_023, 16_001, 47_999, 48_000, 48_001, 90_001])
def test_any_length_gives_the_same_shape(length: int, rng: np.random.Generator) -> None:
    samples = (0.1 * rng.standard_normal(length)).astype(np.float32)
    found = mfcc.coefficients(samples)
    assert found.shape == (mfcc.FRAMES, mfcc.COEFFICIENTS)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_a_short_clip_lies_in_the_middle_of_silence(rng: np.random.Generator) -> None:
    second = mfcc.coefficients(bursts(TONE, 1, rng))
    level = second[:, 0]
    outside = np.r_[level[:28], level[-28:]]
    np.testing.assert_allclose(outside, outside[0], atol=1e-2)
    assert level[32:-32].max() > outside[0] + 100
    assert np.abs(second[:28, 1:]).max() < 1e-2


def test_the_ends_of_a_long_clip_are_left_out(rng: np.random.Generator) -> None:
    loud, silence = bursts(TONE, 1.4, rng), np.zeros(round(1.4 * RATE), np.float32)
    gap = np.zeros(round(0.3 * RATE), np.float32)
    ends = mfcc.coefficients(np.concatenate([loud, gap, silence, silence, gap, loud]))
    middle = mfcc.coefficients(np.concatenate([silence, gap, loud, loud, gap, silence]))
    assert ends[:, 0].max() < middle[:, 0].max() - 100


def test_steady_noise_is_reduced(rng: np.random.Generator) -> None:
    time = np.arange(3 * RATE) / RATE
    noisy = bursts(TONE, 3, rng) + (0.02 * rng.standard_normal(len(time))).astype(np.float32)
    plain = librosa.feature.mfcc(y=noisy, sr=RATE, n_mfcc=mfcc.COEFFICIENTS).T
    reduced = mfcc.coefficients(noisy)
    # The first coefficient of the orthonormal transform is sqrt(bands) times the mean in dB.
    quiet = np.argsort(plain[:, 0])[:20]
    assert np.mean(plain[quiet, 0] - reduced[quiet, 0]) / np.sqrt(128) > 6


@pytest.mark.usefixtures("small")
def test_silence_has_finite_features_and_an_answer(
    tmp_path: Path, learnt: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    path = write_wav(tmp_path / "silence.wav", np.zeros(2 * RATE, np.float32))
    silence = mfcc.extract([Clip(path, 0, "a", "made")], tmp_path / "work")
    assert np.isfinite(silence).all()
    features, labels, _ = learnt
    network = mfcc.fit(np.concatenate([features, silence]), np.append(labels, 0), seed=0)
    assert np.isfinite(network.log_probabilities(silence)).all()


def test_no_clips_have_no_features(tmp_path: Path) -> None:
    assert mfcc.extract([], tmp_path).shape == (0, mfcc.FRAMES, mfcc.COEFFICIENTS)


def test_features_are_kept_by_path_and_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(mfcc, "_PART", 2)
    monkeypatch.chdir(tmp_path)
    paths = [Path(f"{name}.wav") for name in "abc"]
    for path in paths:
        write_wav(path, bursts(TONE, 1, rng))
    relative = [Clip(path, 0, "a", "made") for path in paths]
    first = mfcc.extract(relative, Path("work"))
    assert first.dtype == np.float32
    assert first.shape == (3, mfcc.FRAMES, mfcc.COEFFICIENTS)
    np.testing.assert_array_equal(first, mfcc.extract(relative, tmp_path / "elsewhere"))

    # Whoever computes anything again fails: only what is kept can give the same.
    absolute = [Clip(path.resolve(), 0, "a", "made") for path in paths]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mfcc, "coefficients", None)
        np.testing.assert_array_equal(mfcc.extract(absolute, tmp_path / "work"), first)

    # Of the same name and size as before, but another sound.
    size = paths[0].stat().st_size
    write_wav(paths[0], bursts(HISS, 1, rng))
    assert paths[0].stat().st_size == size
    changed = mfcc.extract(relative, Path("work"))
    assert np.abs(changed[0] - first[0]).max() > 10
    np.testing.assert_array_equal(changed[1:], first[1:])

    # What another version of the code has kept is of no use.
    monkeypatch.setattr(fingerprint, "of_code", lambda modules: "another version")
    monkeypatch.setattr(mfcc, "coefficients", lambda samples: np.zeros_like(first[0]))
    assert not mfcc.extract(relative, Path("work")).any()


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(mfcc, "_PART", 2)
    paths = [write_wav(tmp_path / f"{name}.wav", bursts(TONE, 1, rng)) for name in "abcd"]
    clips = [Clip(path, 0, "a", "made") for path in paths]
    whole = mfcc.extract(clips, tmp_path / "whole")

    good = paths[3].read_bytes()
    paths[3].write_bytes(b"no sound")
    with pytest.raises(MediaError):
        mfcc.extract(clips, tmp_path / "work")
    assert len(list((tmp_path / "work" / "mfcc-features").iterdir())) == 1

    paths[3].write_bytes(good)
    computed: list[np.ndarray] = []

    def coefficients(samples: np.ndarray) -> np.ndarray:
        computed.append(samples)
        return real(samples)

    real = mfcc.coefficients
    monkeypatch.setattr(mfcc, "coefficients", coefficients)
    np.testing.assert_array_equal(mfcc.extract(clips, tmp_path / "work"), whole)
    assert len(computed) == 2, "the first part was kept"


def test_kinds_of_sound_are_told_apart_in_held_out_speakers(
    learnt: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many steps as 60 epochs of these few clips have, on a third of them each.
    monkeypatch.setattr(mfcc, "_BATCH", 8)
    monkeypatch.setattr(mfcc, "_EPOCHS", 20)
    features, labels, speakers = learnt
    strangers = speakers == "made-3"
    network = mfcc.fit(features[~strangers], labels[~strangers], seed=0)
    logs = network.log_probabilities(features[strangers])
    assert (logs.argmax(axis=1) == labels[strangers]).all()
    # What was never heard is not expected either.
    assert np.exp(logs[:, [TONE, HISS]]).sum(axis=1).min() > 0.8


@pytest.mark.usefixtures("small")
def test_answers_are_log_probabilities_each_clip_for_itself(
    learnt: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, _ = learnt
    network = mfcc.fit(features, labels, seed=0)
    logs = network.log_probabilities(features)
    assert logs.shape == (len(features), emotions.COUNT)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(network.log_probabilities(features[17:20]), logs[17:20], atol=1e-4)
    assert network.log_probabilities(features[:0]).shape == (0, emotions.COUNT)


@pytest.mark.usefixtures("small")
def test_a_seed_decides_the_network(
    learnt: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, _ = learnt
    one, same, other = (
        mfcc.fit(features, labels, seed).log_probabilities(features) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-2


@pytest.mark.usefixtures("small")
def test_scale_and_constant_coefficients_do_not_matter(
    learnt: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, _ = learnt
    plain = features.copy()
    plain[..., 7] = 3.0
    moved = 4 * plain + 16
    expected = mfcc.fit(plain, labels, seed=0).log_probabilities(plain)
    assert np.isfinite(expected).all()
    answers = mfcc.fit(moved, labels, seed=0).log_probabilities(moved)
    np.testing.assert_allclose(answers, expected, atol=2e-2)
