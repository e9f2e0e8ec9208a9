import numpy as np
import pytest

from emotion.media.samples import RATE
from emotion.readings.reading import HOP
from emotion.voice import windows
from emotion.voice.windows import VoiceWindow, VoiceWindows
from tests.media_makers import sine

WINDOW = round(windows.LENGTH * RATE)


def windows_of(samples: np.ndarray, piece: int | None = None) -> list[VoiceWindow]:
    """All windows of a call, pushed in pieces of one size."""
    windows = VoiceWindows()
    size = piece or max(len(samples), 1)
    return [
        window
        for start in range(0, len(samples), size)
        for window in windows.take(samples[start : start + size])
    ]


def with_noise(speech: np.ndarray, decibels: float, rng: np.random.Generator) -> np.ndarray:
    level = np.sqrt(np.mean(speech**2)) * 10 ** (-decibels / 20)
    return np.clip(speech + rng.normal(0, level, len(speech)), -1, 1).astype(np.float32)


def test_speech_is_found(speech: np.ndarray) -> None:
    full = [window for window in windows_of(speech) if window.time >= windows.LENGTH]
    assert len(full) >= 5
    assert all(window.reason is None for window in full)
    assert all(1 < window.speech_seconds <= windows.LENGTH + 0.032 for window in full)


def test_speech_is_found_where_it_is(speech: np.ndarray) -> None:
    """Half a window of silence, then half a window of speech, past the call's start."""
    half = WINDOW // 2
    samples = np.concatenate([np.zeros(WINDOW + half, np.float32), speech[:half]])
    mask = windows_of(samples)[-1].sample_mask()
    assert mask.shape == (WINDOW,)
    assert mask[half:].mean() > 0.6
    # The detector hears a sound coming at most two of its chunks late or early.
    assert not mask[: half - 2 * 512].any()


@pytest.mark.parametrize("kind", ["noise", "hum", "tone", "click"])
def test_other_sounds_are_no_speech(kind: str, rng: np.random.Generator) -> None:
    click = np.zeros(6 * RATE)
    click[::8000] = 0.9
    sounds = {
        "noise": rng.normal(0, 0.1, 6 * RATE),
        "hum": sine(50, 6, RATE, level=0.3),
        "tone": sine(440, 6, RATE, level=0.3),
        "click": click,
    }
    windows = windows_of(sounds[kind].astype(np.float32))
    assert {window.reason for window in windows} == {"no speech"}
    assert all(window.snr is None for window in windows[6:])


@pytest.mark.parametrize("level", [0, 1e-4])
def test_silence_is_told_from_lack_of_speech(level: float, rng: np.random.Generator) -> None:
    windows = windows_of(rng.normal(0, level, 4 * RATE).astype(np.float32))
    assert {window.reason for window in windows} == {"silence"}


def test_a_word_is_not_enough() -> None:
    speech = np.zeros(94, bool)
    speech[:10] = True
    few = VoiceWindow(3, np.ones(WINDOW, np.float32), speech, loud=True, heard=WINDOW)
    assert few.reason == "no speech"
    speech[:16] = True
    assert (
        VoiceWindow(3, np.ones(WINDOW, np.float32), speech, loud=True, heard=WINDOW).reason is None
    )


@pytest.mark.parametrize("piece", [1, 160, 511, 1024, 7_999, 8_000, 20_001])
def test_windows_come_every_half_second_whatever_the_pieces(piece: int, speech: np.ndarray) -> None:
    samples = speech[: 2 * RATE + 4000] if piece == 1 else speech[: 5 * RATE]
    whole, pieces = windows_of(samples), windows_of(samples, piece)
    count = int(len(samples) / RATE / HOP)
    times = (np.arange(count) + 1) * HOP
    assert [window.time for window in pieces] == times.tolist()
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
        np.testing.assert_array_equal(one.speech, other.speech)
        assert one.reason == other.reason


def test_a_window_holds_the_last_three_seconds(speech: np.ndarray) -> None:
    for window in windows_of(speech):
        end = round(window.time * RATE)
        heard = min(end, WINDOW)
        assert window.samples.shape == (WINDOW,)
        assert window.samples.dtype == np.float32
        np.testing.assert_array_equal(window.samples[WINDOW - heard :], speech[end - heard : end])
        assert not window.samples[: WINDOW - heard].any()


def test_a_window_is_not_changed_by_what_follows(speech: np.ndarray) -> None:
    windows = VoiceWindows()
    [first] = windows.take(speech[:8000])
    samples, mask = first.samples.copy(), first.speech.copy()
    list(windows.take(speech[8000:]))
    np.testing.assert_array_equal(first.samples, samples)
    np.testing.assert_array_equal(first.speech, mask)


@pytest.mark.parametrize("offset", [-0.3, 0.02, 0.3])
def test_an_offset_of_the_microphone_changes_nothing(offset: float, speech: np.ndarray) -> None:
    clean = windows_of(speech)
    for window, without in zip(windows_of(speech + np.float32(offset)), clean, strict=True):
        np.testing.assert_allclose(window.samples, without.samples, atol=2e-3)
        assert abs(window.speech_seconds - without.speech_seconds) < 0.2
        assert window.quality == pytest.approx(without.quality, abs=0.1)
    np.testing.assert_array_equal(clean[-1].samples, speech[: len(clean) * 8000][-48000:])


def test_nothing_pushed_gives_nothing() -> None:
    windows = VoiceWindows()
    assert list(windows.take(np.zeros(0, np.float32))) == []
    assert windows.time == 0


@pytest.mark.parametrize("gap", [0, 0.01, 0.5, 2.99, 3, 3.01, 7.3, 3600.25])
def test_the_clock_goes_on_over_a_gap(gap: float, speech: np.ndarray) -> None:
    windows = VoiceWindows()
    list(windows.take(speech[:20_000]))
    skipped = list(windows.skip(gap))
    assert windows.time == pytest.approx(20_000 / RATE + gap, abs=1 / RATE)
    after = list(windows.take(speech[20_000:40_000]))
    times = np.array([window.time for window in skipped + after])
    assert np.all(np.diff(times) > 0)
    np.testing.assert_allclose(times % HOP, 0, atol=1e-6)
    assert times[-1] <= windows.time < times[-1] + HOP
    # However long the gap, the work is that of a few windows.
    assert len(skipped) <= 8


def test_a_long_gap_leaves_nothing_of_what_was_before(speech: np.ndarray) -> None:
    windows = VoiceWindows()
    list(windows.take(speech[: 4 * RATE]))
    last = list(windows.skip(60))[-1]
    assert not last.samples.any()
    assert not last.speech.any()
    assert last.reason == "silence"


def test_clean_speech_has_more_signal_than_noisy(
    speech: np.ndarray, rng: np.random.Generator
) -> None:
    def median(samples: np.ndarray) -> float:
        values = [window.snr for window in windows_of(samples) if window.time >= 3]
        return float(np.median([value for value in values if value is not None]))

    # Pauses in which the noise can be heard, as between one speaker's turns.
    pause = np.zeros(RATE, np.float32)
    paused = np.concatenate(
        [
            part
            for start in range(0, 6 * RATE, 2 * RATE)
            for part in (speech[start:][: 2 * RATE], pause)
        ]
    )
    clean, noisy, noisier = (
        median(samples)
        for samples in (paused, with_noise(paused, 8, rng), with_noise(paused, 0, rng))
    )
    assert clean > noisy > noisier
    assert noisy == pytest.approx(8, abs=4)
    assert noisier == pytest.approx(0, abs=4)


def test_signal_to_noise_of_known_powers(rng: np.random.Generator) -> None:
    speech = np.arange(94) >= 47
    mask = np.repeat(speech, 512)[-WINDOW:]
    noise = rng.normal(0, 0.01, WINDOW)
    signal = rng.normal(0, 0.1, WINDOW) * mask
    window = VoiceWindow(9, (noise + signal).astype(np.float32), speech, loud=True, heard=WINDOW)
    assert window.snr == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize("speech", [np.zeros(94, bool), np.ones(94, bool)])
def test_no_signal_to_noise_without_both(speech: np.ndarray) -> None:
    assert VoiceWindow(3, np.ones(WINDOW, np.float32), speech, loud=True, heard=WINDOW).snr is None


def test_the_time_before_the_call_is_not_its_noise(
    speech: np.ndarray, rng: np.random.Generator
) -> None:
    """A call that starts in the middle of a noisy sentence is noisy from the start."""
    noisy = with_noise(speech, 5, rng)
    for window in windows_of(noisy):
        assert window.snr is None or window.snr < 14


def test_a_clip_has_the_windows_of_a_call(speech: np.ndarray) -> None:
    found = windows.cut(speech[: 4 * RATE + 100])
    expected = windows_of(speech[: 4 * RATE + 100], 160)
    assert [window.time for window in found] == [window.time for window in expected]
    np.testing.assert_array_equal(found[-1].samples, expected[-1].samples)


@pytest.mark.parametrize("length", [0, 1, 4000, 7999, 8000])
def test_a_clip_shorter_than_a_hop_has_a_window(length: int) -> None:
    clip = np.linspace(-0.05, 0.05, length, dtype=np.float32)
    (window,) = windows.cut(clip)
    assert window.time == HOP
    np.testing.assert_array_equal(window.samples[WINDOW - 8000 :][:length], clip)
    assert not window.samples[: WINDOW - 8000].any()
    assert not window.samples[WINDOW - 8000 + length :].any()


def speaking(time: float, chunks: int) -> VoiceWindow:
    speech = np.arange(94) < chunks
    return VoiceWindow(time, np.zeros(WINDOW, np.float32), speech, loud=True, heard=WINDOW)


def test_the_fullest_window_has_most_speech_and_is_the_last_such() -> None:
    given = [speaking(1, 5), speaking(2, 40), speaking(3, 40), speaking(4, 39)]
    assert windows.fullest(given) is given[2]
    assert windows.fullest(given[::-1]) is given[2]


def test_a_clip_without_speech_has_a_fullest_window_too() -> None:
    found = windows.cut(np.zeros(2 * RATE, np.float32))
    assert windows.fullest(found).time == 2


def test_error_for_no_window() -> None:
    with pytest.raises(ValueError, match="empty"):
        windows.fullest([])


def best(samples: np.ndarray) -> VoiceWindow:
    return windows.fullest(windows_of(samples))


def test_clear_speech_counts_in_full(speech: np.ndarray) -> None:
    assert best(speech).quality == 1


def test_silence_has_no_quality() -> None:
    assert windows_of(np.zeros(WINDOW, np.float32))[-1].quality == 0


@pytest.mark.parametrize("decibels", [20.0, 0.0, -3.0])
def test_quality_falls_with_noise(
    decibels: float, speech: np.ndarray, rng: np.random.Generator
) -> None:
    # A pause, so that there is noise alone to be measured.
    padded = np.concatenate([np.zeros(RATE, np.float32), speech[: 2 * RATE]])
    quality = best(with_noise(padded, decibels, rng)).quality
    if decibels > 12:
        assert quality == 1
    else:
        assert quality == pytest.approx((decibels + 5) / 10, abs=0.3)
        assert quality < 1


def test_quality_falls_with_loudness(speech: np.ndarray) -> None:
    full, low = best(speech), best(speech * 10 ** (-30 / 20))
    assert full.quality == 1
    assert 0 <= low.quality < 1


def test_little_speech_has_little_quality(speech: np.ndarray) -> None:
    """It begins at the least that is read, and is full from twice of it."""
    for window in windows_of(speech):
        if window.reason is None:
            least = window.speech_seconds / windows.MIN_SPEECH - 1
            assert window.quality <= max(0.0, min(1.0, least)) + 1e-9


def test_lost_sound_does_not_make_noise_look_clean(
    speech: np.ndarray, rng: np.random.Generator
) -> None:
    noisy = with_noise(speech[: 3 * RATE], -3, rng)
    lost = noisy.copy()
    lost[RATE : RATE + RATE // 2] = 0
    whole, gap = windows_of(noisy)[-1], windows_of(lost)[-1]
    assert whole.quality < 0.6
    assert gap.quality < 0.6


def test_quiet_speech_is_raised_until_it_is_noticed(speech: np.ndarray) -> None:
    ordinary = windows.cut(speech)
    # -46 dB of full scale on average, as a far microphone gives it.
    quiet = windows.cut(speech * np.float32(10 ** (-46 / 20) / np.sqrt(np.mean(speech**2))))
    assert [window.reason for window in quiet] == [window.reason for window in ordinary]
    spoken = [sum(window.speech_seconds for window in found) for found in (quiet, ordinary)]
    assert spoken[0] > 0.5 * spoken[1]
    worth = [np.mean([window.quality for window in found]) for found in (quiet, ordinary)]
    assert worth[0] > 0.5 * worth[1]


@pytest.mark.parametrize("level", [-75, -60, -50, -40, -32])
def test_noise_is_never_raised_into_speech(level: float, rng: np.random.Generator) -> None:
    white = rng.normal(0, 1, 5 * RATE)
    rumble = np.convolve(white, np.ones(40) / 40, "same")
    for noise in (white, rumble / rumble.std()):
        found = windows.cut((noise * 10 ** (level / 20)).astype(np.float32))
        assert {window.reason for window in found} <= {"no speech", "silence"}


def test_ordinary_sound_stays_as_it_is(speech: np.ndarray) -> None:
    for window in windows.cut(speech):
        end = round(window.time * RATE)
        heard = speech[max(0, end - len(window.samples)) : end]
        np.testing.assert_array_equal(window.samples[-len(heard) :], heard)
