"""The voice of one call, from pieces of any kind to predictions."""

import copy
import dataclasses
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

import numpy as np
import pytest
import soxr

from emotion.errors import MediaError
from emotion.impairments import conditions
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from emotion.readings.reading import Prediction
from emotion.voice import denoising, log_mel, windows
from emotion.voice.adaptation import CUES, Speaker
from emotion.voice.voice_recogniser import VoiceRecogniser
from emotion.voice.voice_stream import MAX_GAP, VoiceStream
from tests.scenes import assert_probabilities, pieces


@pytest.fixture
def stream(models: Models) -> VoiceStream:
    return VoiceStream(models.voice)


def push(stream: VoiceStream, items: list[Samples]) -> list[tuple[float, Prediction]]:
    return [prediction for item in items for prediction in stream.listen(item)]


def times(predictions: list[tuple[float, Prediction]]) -> list[float]:
    return [time for time, _ in predictions]


def test_an_opinion_every_half_second(stream: VoiceStream, speech: np.ndarray) -> None:
    predictions = push(stream, pieces(speech[:40_000], 320))
    assert times(predictions) == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert_probabilities(predictions[-1][1].probabilities)
    assert stream.time == 2.5


def test_windows_may_be_read_in_any_order(models: Models, speech: np.ndarray) -> None:
    waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    class Later(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            waiting.append((Future(), partial(fn, *args, **kwargs)))
            return waiting[-1][0]

    items = pieces(np.tile(speech, 2), 8000)
    stream = VoiceStream(models.voice)
    heard = [window for item in items for window in stream.hear(item, Later())]
    assert len(waiting) > 5
    assert not all(window.done for window in heard)
    for answer, work in reversed(waiting):
        answer.set_result(work())
    assert all(window.done for window in heard)
    expected = push(VoiceStream(models.voice), items)
    assert len(heard) == len(expected)
    for window, (time, right) in zip(heard, expected, strict=True):
        found = stream.predict(window)
        assert (found[0], found[1].reason, found[1].quality) == (time, right.reason, right.quality)
        np.testing.assert_array_equal(found[1].probabilities, right.probabilities)


@pytest.mark.parametrize(
    ("kind", "reason"), [("silence", "silence"), ("noise", "no speech"), ("nan", "silence")]
)
def test_what_is_no_speech_says_why(
    kind: str, reason: str, stream: VoiceStream, rng: np.random.Generator
) -> None:
    samples = {
        "silence": np.zeros(16_000),
        "noise": rng.normal(0, 0.1, 16_000),
        "nan": np.full(16_000, np.nan),
    }[kind].astype(np.float32)
    predictions = push(stream, pieces(samples, 1600))
    assert times(predictions) == [0.5, 1.0]
    assert {prediction.reason for _, prediction in predictions} == {reason}
    assert {prediction.probabilities is None for _, prediction in predictions} == {True}


def test_sound_of_another_rate_is_read_alike(models: Models, speech: np.ndarray) -> None:
    one, other = VoiceStream(models.voice), VoiceStream(models.voice)
    expected = push(one, [Samples(0.0, speech[None, :24_000], 16_000)])
    resampled = soxr.resample(speech[:24_000], 16_000, 44_100)
    stereo = np.round(np.stack([resampled] * 2) * 32767).clip(-32768, 32767).astype(np.int16)
    predictions = push(other, [Samples(0.0, stereo, 44_100)]) + list(other.finish(1.5))
    assert times(predictions) == times(expected) == [0.5, 1.0, 1.5]
    last, right = predictions[-1][1].probabilities, expected[-1][1].probabilities
    assert last is not None
    assert right is not None
    assert np.abs(last - right).sum() < 0.3


@pytest.mark.parametrize("gap", [0.0, 0.9 * MAX_GAP, 1.25, 30.0])
def test_the_clock_follows_the_timestamps_over_a_gap(
    gap: float, stream: VoiceStream, speech: np.ndarray
) -> None:
    push(stream, [Samples(0.0, speech[None, :16_000], 16_000)])
    predictions = push(stream, [Samples(1.0 + gap, speech[None, 16_000:32_000], 16_000)])
    assert stream.time == pytest.approx(2.0 + (gap if gap > MAX_GAP else 0), abs=1e-4)
    assert times(predictions) == sorted(set(times(predictions)))
    assert len(predictions) < 12


def repeated(speech: np.ndarray, seconds: float) -> np.ndarray:
    return np.resize(speech[:48_000], round(seconds * 16_000))


@pytest.fixture
def eager(models: Models) -> VoiceRecogniser:
    """The shipped voice, but taking what it heard of a speaker at its full worth."""
    recogniser = copy.copy(models.voice)
    gate = np.array([9.0] + [0.0] * (CUES - 1))
    recogniser.prior = dataclasses.replace(recogniser.prior, gate=gate)
    return recogniser


@pytest.mark.parametrize(("late", "heard"), [(0.05, 2.05), (0.007, 2.0)])
def test_sound_that_begins_late_keeps_its_place_and_a_decoders_start_does_not_count(
    late: float, heard: float, stream: VoiceStream, speech: np.ndarray
) -> None:
    push(stream, pieces(speech[:32_000], 1_600, start=late))
    assert stream.time == pytest.approx(heard, abs=1e-4)


def test_the_same_words_are_read_anew_once_the_voice_is_known(
    eager: VoiceRecogniser, speech: np.ndarray
) -> None:
    predictions = push(VoiceStream(eager), pieces(repeated(speech, 12), 1600))
    first, last = predictions[2][1].probabilities, predictions[-1][1].probabilities
    assert first is not None
    assert last is not None
    assert_probabilities(last)
    assert np.abs(last - first).sum() > 0.1


def test_one_sentence_over_and_over_tells_little_of_the_voice(
    stream: VoiceStream, speech: np.ndarray
) -> None:
    predictions = push(stream, pieces(repeated(speech, 12), 1600))
    first, last = predictions[5][1].probabilities, predictions[-1][1].probabilities
    assert first is not None
    assert last is not None
    assert np.abs(last - first).sum() < 0.1


def test_each_person_is_adapted_to_alone(eager: VoiceRecogniser, speech: np.ndarray) -> None:
    def last(people: list[int]) -> np.ndarray:
        stream = VoiceStream(eager)
        predictions = []
        for index, person in enumerate(people):
            stream.follow(person)
            piece = repeated(speech, 3)[None]
            predictions = list(stream.listen(Samples(3.0 * index, piece, 16_000)))
        probabilities = predictions[-1][1].probabilities
        assert probabilities is not None
        return probabilities

    alone, again, stranger = last([1, 1]), last([1, 2, 1]), last([2, 1])
    np.testing.assert_allclose(again, alone, atol=0.1)
    assert np.abs(stranger - alone).sum() > 0.1


def test_a_window_of_two_people_is_remembered_of_neither(
    models: Models, stream: VoiceStream, speech: np.ndarray
) -> None:
    """Soon after a change a window still holds the voice of the one before."""
    sound = repeated(speech, 9)
    found = windows.cut(sound)
    items = pieces(sound, 8_000)
    stream.follow(1)
    push(stream, items[:8])
    stream.follow(2)
    for item, window in zip(items[8:14], found[8:14], strict=True):
        ((_, prediction),) = stream.listen(item)
        assert prediction.probabilities is not None
        samples = denoising.reduce(window.samples, window.heard)
        unknown = Speaker(models.voice.prior).log_probabilities(models.voice(samples))
        np.testing.assert_allclose(prediction.probabilities, np.exp(unknown), rtol=1e-3)


def test_what_was_heard_before_anybody_was_seen_is_the_first_ones(
    models: Models, speech: np.ndarray
) -> None:
    one, other = VoiceStream(models.voice), VoiceStream(models.voice)
    one.follow(7)
    sound = repeated(speech, 6)
    early = push(one, pieces(sound, 8_000))
    late = push(other, pieces(sound[:48_000], 8_000))
    other.follow(7)
    late += [prediction for item in pieces(sound, 8_000)[6:] for prediction in other.listen(item)]
    for (_, left), (_, right) in zip(early, late, strict=True):
        assert (left.probabilities is None) == (right.probabilities is None)
        if left.probabilities is not None and right.probabilities is not None:
            np.testing.assert_allclose(left.probabilities, right.probabilities, rtol=1e-6)


def test_the_end_is_filled_up_with_silence(stream: VoiceStream, speech: np.ndarray) -> None:
    push(stream, pieces(speech[:20_000], 1600))
    assert times(list(stream.finish(1.5))) == [1.5]
    assert list(stream.finish(1.5)) == []


def test_other_kinds_of_sound_are_refused(stream: VoiceStream) -> None:
    with pytest.raises(MediaError, match="Received: 5"):
        push(stream, [Samples(0.0, np.zeros((1, 10), np.float32), 5)])
    assert stream.time == 0


def test_opinions_say_how_good_their_moment_was(
    stream: VoiceStream, speech: np.ndarray, rng: np.random.Generator
) -> None:
    """Clear speech that agrees with itself counts for much, speech under noise for less."""
    noise = rng.normal(0, 1.4 * speech.std(), len(speech)).astype(np.float32)
    mixed = np.clip(speech + noise, -1, 1)
    clear = [one for _, one in push(stream, pieces(speech, 1600)) if one.probabilities is not None]
    again = VoiceStream(stream._recogniser)
    noisy = [one for _, one in push(again, pieces(mixed, 1600)) if one.probabilities is not None]
    assert all(0 <= one.quality <= 1 for one in clear + noisy)
    assert max(one.quality for one in clear) > 0.8
    assert np.mean([one.quality for one in noisy]) < np.mean([one.quality for one in clear])


@pytest.mark.parametrize(("mode", "same"), [("off", False), ("on", True), ("auto", True)])
def test_noise_is_reduced_as_asked(
    mode: str, same: bool, models: Models, speech: np.ndarray, rng: np.random.Generator
) -> None:
    """What is read is the window with less noise, or the window as it came."""
    noisy = conditions.mix(speech[:48_000], conditions.noise("white", 48_000, rng), 3)
    read: list[np.ndarray] = []

    def network(features: np.ndarray) -> np.ndarray:
        read.append(features)
        return np.zeros(16)

    recogniser = copy.copy(models.voice)
    recogniser._network = network
    push(VoiceStream(recogniser, denoise=mode), [Samples(0.0, noisy[None], 16_000)])
    reduced = log_mel.log_mel(denoising.reduce(noisy, 48_000, "on"))
    assert np.array_equal(read[-1], reduced) == same
    assert np.array_equal(read[-1], log_mel.log_mel(noisy)) == (not same)


def test_an_unknown_mode_is_refused(models: Models) -> None:
    with pytest.raises(ValueError, match=r"auto, on, off\. Received: 'maybe'"):
        VoiceStream(models.voice, denoise="maybe")
