"""The voice of one call, from pieces of any kind to opinions."""

import numpy as np
import pytest
import soxr

from emotion.audio import Samples
from emotion.call import Models
from emotion.errors import MediaError
from emotion.reading import Opinion
from emotion.voice import MAX_GAP, VoiceStream
from tests.scenes import assert_probabilities, pieces


@pytest.fixture
def stream(models: Models) -> VoiceStream:
    return VoiceStream(models.voice)


def push(stream: VoiceStream, items: list[Samples]) -> list[tuple[float, Opinion]]:
    return [opinion for item in items for opinion in stream.push(item)]


def times(opinions: list[tuple[float, Opinion]]) -> list[float]:
    return [time for time, _ in opinions]


def test_an_opinion_every_half_second(stream: VoiceStream, speech: np.ndarray) -> None:
    opinions = push(stream, pieces(speech[:40_000], 320))
    assert times(opinions) == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert_probabilities(opinions[-1][1].probabilities)
    assert stream.time == 2.5


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
    opinions = push(stream, pieces(samples, 1600))
    assert times(opinions) == [0.5, 1.0]
    assert {opinion.reason for _, opinion in opinions} == {reason}
    assert {opinion.probabilities is None for _, opinion in opinions} == {True}


def test_sound_of_another_rate_is_read_alike(models: Models, speech: np.ndarray) -> None:
    one, other = VoiceStream(models.voice), VoiceStream(models.voice)
    expected = push(one, [Samples(0.0, speech[None, :24_000], 16_000)])
    resampled = soxr.resample(speech[:24_000], 16_000, 44_100)
    stereo = np.round(np.stack([resampled] * 2) * 32767).clip(-32768, 32767).astype(np.int16)
    opinions = push(other, [Samples(0.0, stereo, 44_100)]) + list(other.finish(1.5))
    assert times(opinions) == times(expected) == [0.5, 1.0, 1.5]
    last, right = opinions[-1][1].probabilities, expected[-1][1].probabilities
    assert last is not None
    assert right is not None
    assert np.abs(last - right).sum() < 0.3


@pytest.mark.parametrize("gap", [0.0, 0.9 * MAX_GAP, 1.25, 30.0])
def test_the_clock_follows_the_timestamps_over_a_gap(
    gap: float, stream: VoiceStream, speech: np.ndarray
) -> None:
    push(stream, [Samples(0.0, speech[None, :16_000], 16_000)])
    opinions = push(stream, [Samples(1.0 + gap, speech[None, 16_000:32_000], 16_000)])
    assert stream.time == pytest.approx(2.0 + (gap if gap > MAX_GAP else 0), abs=1e-4)
    assert times(opinions) == sorted(set(times(opinions)))
    assert len(opinions) < 12


def test_the_end_is_filled_up_with_silence(stream: VoiceStream, speech: np.ndarray) -> None:
    push(stream, pieces(speech[:20_000], 1600))
    assert times(list(stream.finish(1.5))) == [1.5]
    assert list(stream.finish(1.5)) == []


def test_other_kinds_of_sound_are_refused(stream: VoiceStream) -> None:
    with pytest.raises(MediaError, match="Received: 5"):
        push(stream, [Samples(0.0, np.zeros((1, 10), np.float32), 5)])
    assert stream.time == 0
