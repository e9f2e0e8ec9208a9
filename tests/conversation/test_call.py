"""Calls with real frames and sound, pushed as browsers and files deliver them."""

import inspect
import re
import threading
from textwrap import dedent

import numpy as np
import pytest

from emotion.conversation.call import Call
from emotion.errors import MediaError
from emotion.media.frames import Frame
from emotion.media.media_clock import LONGEST
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from emotion.readings.fusion import UNCERTAIN
from emotion.readings.reading import HOP, Reading
from emotion.timeline.timeline import Timeline
from tests import scenes

ROOM = (120.0, 20.0, 1.0)

DAY_CLOCK = 1.7e9
"""What `time.time()` gives, about."""


@pytest.fixture(scope="module")
def person(face_image: np.ndarray) -> np.ndarray:
    return scenes.scene(face_image, [ROOM])


def run(call: Call, items: list[Frame | Samples]) -> list[Reading]:
    readings = []
    for item in items:
        if isinstance(item, Samples):
            readings += call.push_samples(item)
        else:
            readings += call.push_frame(item)
    return readings + call.finish()


def times(readings: list[Reading]) -> list[float]:
    return [reading.time for reading in readings]


def steps(seconds: float) -> list[float]:
    """Every half second up to a time."""
    return [(index + 1) * HOP for index in range(round(seconds / HOP))]


def check(readings: list[Reading]) -> None:
    """What holds of the readings of any call."""
    assert times(readings) == steps(readings[-1].time)
    for reading in readings:
        for prediction in (reading.face, reading.voice):
            assert (prediction.probabilities is None) != (prediction.reason is None)
            if prediction.probabilities is not None:
                scenes.assert_probabilities(prediction.probabilities)
        silent = reading.face.probabilities is None and reading.voice.probabilities is None
        assert (reading.fused is None) == (silent or reading.uncertain)
        if reading.uncertain:
            assert max(reading.face.weight, reading.voice.weight) < UNCERTAIN
        if reading.fused is not None:
            scenes.assert_probabilities(reading.fused)
            assert reading.satisfaction is not None
            assert 0 <= reading.satisfaction <= 100


def test_face_and_voice_are_read_and_fused(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    sound = scenes.pieces(speech[: 3 * 16_000], 1024)
    readings = run(Call(models), scenes.in_order(scenes.frames([person], 3, rate=5), sound))
    check(readings)
    assert times(readings) == steps(3)
    last = readings[-1]
    scenes.assert_probabilities(last.face.probabilities)
    scenes.assert_probabilities(last.voice.probabilities)
    assert (last.person, last.people) == (1, 1)


@pytest.mark.parametrize("size", [160, 1_777, 16_000, 100_000])
def test_readings_do_not_depend_on_the_pieces_of_sound(
    size: int, models: Models, speech: np.ndarray
) -> None:
    samples = speech[: round(2.7 * 16_000)]
    whole = run(Call(models), [Samples(0.0, samples[None], 16_000)])
    cut = run(Call(models), list(scenes.pieces(samples, size)))
    check(cut)
    assert times(cut) == steps(2.5)
    scenes.assert_same_readings(cut, whole)


def test_readings_do_not_depend_on_the_threads(
    models: Models, face_image: np.ndarray, speech: np.ndarray
) -> None:
    sound = speech[: 6 * 16_000]
    first = scenes.scene(face_image, [(100, 20, 1)])
    second = scenes.scene(scenes.someone_else(face_image), [(100, 20, 1)])
    items: list[Frame | Samples] = [
        *scenes.frames([first], 3, rate=5),
        *scenes.frames([second], 3, rate=5, start=3.0),
        *scenes.pieces(sound, 1024),
    ]
    items.sort(key=lambda item: item.time)
    alone, beside = (
        run(Call(models, patience=10.0, beside=beside), list(items)) for beside in (False, True)
    )
    assert repr(alone) == repr(beside)
    assert len({reading.person for reading in alone} - {None}) == 2


def test_a_sense_that_lags_within_patience_changes_nothing(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    bright = np.clip(person.astype(int) + 60, 0, 255).astype(np.uint8)
    pictures = scenes.frames([person] * 2 + [bright] * 2, 3, rate=2.5)
    sound = scenes.pieces(speech[: 3 * 16_000], 800)
    even, early, late = (
        run(
            Call(models),
            sorted(
                [*pictures, *sound],
                key=lambda item: item.time + (lag if isinstance(item, Samples) else 0),
            ),
        )
        for lag in (0, -0.9, 0.9)
    )
    check(even)
    scenes.assert_same_readings(early, even)
    scenes.assert_same_readings(late, even)


def test_a_sense_that_stays_behind_is_not_waited_for_for_ever(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    call = Call(models, patience=0.3)
    readings = call.push_samples(Samples(0.0, speech[None, :8000], 16_000))
    for frame in scenes.frames([person], 2):
        readings += call.push_frame(frame)
    assert times(readings) == steps(1.5)
    assert readings[0].voice.reason != "no sound"
    assert [reading.voice.reason for reading in readings[1:]] == ["no sound"] * 2
    # Sound for which it is too late by now still makes no second reading.
    late = call.push_samples(Samples(0.5, speech[None, 8000:24_000], 16_000))
    assert times(readings + late + call.finish()) == steps(2)


def test_pictures_alone(models: Models, person: np.ndarray) -> None:
    readings = run(Call(models), list(scenes.frames([person], 2)))
    check(readings)
    assert times(readings) == steps(2)
    for reading in readings:
        assert reading.voice.reason == "no sound"
        # As sure as the face is reliable, and so less sure than it says.
        assert reading.fused is not None
        assert reading.face.probabilities is not None
        assert reading.fused.argmax() == reading.face.probabilities.argmax()
        assert reading.fused.max() <= reading.face.probabilities.max()


def test_sound_alone(models: Models, speech: np.ndarray) -> None:
    readings = run(Call(models), list(scenes.pieces(speech[:40_000], 4000)))
    check(readings)
    assert times(readings) == steps(2.5)
    assert {reading.face.reason for reading in readings} == {"no picture"}
    assert {reading.person for reading in readings} == {None}
    heard, fused = readings[-1].voice, readings[-1].fused
    assert heard.probabilities is not None
    assert fused is not None
    # As sure as the moment is good.
    powers = heard.probabilities**heard.weight
    np.testing.assert_allclose(fused, powers / powers.sum(), rtol=1e-5)


def test_picture_that_ends_before_the_sound(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    items = scenes.in_order(scenes.frames([person], 1), scenes.pieces(speech[: 3 * 16_000], 1600))
    readings = run(Call(models), items)
    check(readings)
    assert times(readings) == steps(3)
    assert readings[0].face.reason is None
    assert readings[-1].face.reason == "no picture"
    assert readings[-1].voice.reason is None


def test_sound_that_ends_before_the_picture(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    items = scenes.in_order(
        scenes.frames([person], 6, rate=4), scenes.pieces(speech[: 2 * 16_000], 1600)
    )
    readings = run(Call(models), items)
    check(readings)
    assert times(readings) == steps(6)
    assert readings[3].voice.reason is None
    assert readings[-1].voice.probabilities is None
    assert readings[-1].face.reason is None


@pytest.mark.parametrize("start", [0.1, 1.3, 7.0])
def test_sound_that_starts_late_stays_at_its_time(
    start: float, models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    items = scenes.in_order(
        scenes.frames([person], start + 2, rate=2),
        scenes.pieces(speech[: 2 * 16_000], 1600, start=start),
    )
    readings = run(Call(models), items)
    check(readings)
    assert readings[-1].time == pytest.approx(start + 2, abs=HOP / 2)
    for reading in readings:
        if reading.time <= start + 0.3:
            assert reading.voice.reason in ("silence", "no sound", "no speech")
        if reading.time > start + 1.3:
            assert reading.voice.reason is None


@pytest.mark.parametrize("gap", [0.6, 4.2, 3600.0])
def test_a_gap_in_the_sound_moves_nothing(gap: float, models: Models, speech: np.ndarray) -> None:
    first, second = speech[:24_000], speech[24_000:48_000]
    items = [*scenes.pieces(first, 1600), *scenes.pieces(second, 1600, start=1.5 + gap)]
    readings = run(Call(models), list(items))
    check(readings)
    assert readings[-1].time == pytest.approx(3 + gap, abs=HOP / 2)
    assert readings[-1].voice.reason is None
    if gap > 4:
        at = round((1.5 + gap) / HOP) - 2
        assert readings[at].voice.reason in ("silence", "no sound")


def test_trembling_timestamps_are_no_gaps(
    models: Models, speech: np.ndarray, rng: np.random.Generator
) -> None:
    steady = scenes.pieces(speech[: 2 * 16_000], 320)
    trembling = [
        Samples(max(0.0, piece.time + rng.uniform(-0.1, 0.1)), piece.data, piece.rate)
        for piece in steady
    ]
    scenes.assert_same_readings(run(Call(models), list(trembling)), run(Call(models), list(steady)))


def test_silence_says_nothing(models: Models) -> None:
    readings = run(Call(models), [Samples(0.0, np.zeros((2, 48_000), np.int16), 16_000)])
    check(readings)
    assert {reading.voice.reason for reading in readings} == {"silence"}
    assert {reading.fused is None for reading in readings} == {True}
    assert {reading.satisfaction for reading in readings} == {None}


def test_noise_says_nothing(models: Models, rng: np.random.Generator) -> None:
    noise = rng.normal(0, 0.1, (1, 48_000)).astype(np.float32)
    readings = run(Call(models), [Samples(0.0, noise, 16_000)])
    assert {reading.voice.reason for reading in readings} == {"no speech"}


def test_an_empty_room_says_nothing(models: Models) -> None:
    room = scenes.scene(np.zeros((2, 2, 3), np.uint8), [])
    readings = run(Call(models), list(scenes.frames([room], 1)))
    assert {reading.face.reason for reading in readings} == {"no face"}
    assert {(reading.person, reading.people) for reading in readings} == {(None, 0)}


def test_satisfaction_becomes_unknown_while_nothing_is_read(
    models: Models, person: np.ndarray
) -> None:
    room = np.full_like(person, 120)
    items = [*scenes.frames([person], 1), *scenes.frames([room], 3, start=1)]
    readings = run(Call(models), list(items))
    assert readings[-1].fused is None
    assert readings[-1].face.reason == "no face"
    first = [reading for reading in readings if reading.fused is not None][-1]
    assert first.satisfaction is not None
    assert readings[-1].satisfaction is not None
    assert abs(readings[-1].satisfaction - 50) < abs(first.satisfaction - 50)
    assert readings[-1].certainty < first.certainty


def test_a_muted_microphone_beside_nan_and_empty_pieces(models: Models, speech: np.ndarray) -> None:
    broken = speech[None, :16_000].copy()
    broken[0, ::7] = np.nan
    broken[0, ::11] = np.inf
    items = [
        Samples(0.0, np.zeros((1, 0), np.float32), 16_000),
        Samples(0.0, broken, 16_000),
        Samples(1.0, np.full((1, 8000), np.nan, np.float32), 16_000),
        Samples(1.5, np.zeros((2, 0), np.int16), 48_000),
        Samples(1.5, speech[None, :16_000], 16_000),
    ]
    readings = run(Call(models), list(items))
    check(readings)
    assert times(readings) == steps(2.5)


def test_empty_sound_alone_makes_no_call(models: Models) -> None:
    call = Call(models)
    assert call.push_samples(Samples(0.0, np.zeros((1, 0), np.float32), 16_000)) == []
    assert call.time == 0
    assert call.finish() == []


def test_rate_and_layout_may_change(models: Models, speech: np.ndarray) -> None:
    second = np.repeat(np.repeat(speech[None, 16_000:32_000], 3, axis=1), 2, axis=0)
    items = [
        *scenes.pieces(speech[:16_000], 1600),
        Samples(1.0, np.round(second * 32767).astype(np.int16), 48_000),
        *scenes.pieces(speech[32_000:48_000], 1600, start=2.0),
    ]
    readings = run(Call(models), list(items))
    check(readings)
    assert times(readings) == steps(3)
    assert readings[-1].voice.reason is None


@pytest.mark.parametrize(
    "samples",
    [
        Samples(1.0, np.zeros((1, 100), np.float32), 0),
        Samples(1.0, np.zeros((1, 100), np.complex64), 16_000),
        Samples(1.0, np.zeros((16_000, 2), np.float32), 16_000),
        Samples(float("nan"), np.zeros((1, 100), np.float32), 16_000),
        Samples(DAY_CLOCK, np.zeros((1, 100), np.float32), 16_000),
        Samples(1.0, [0.0] * 100, 16_000),  # type: ignore[arg-type]
        np.zeros((1, 100), np.float32),
    ],
)
def test_sound_of_no_known_kind_does_not_end_the_call(
    samples: Samples, models: Models, speech: np.ndarray
) -> None:
    call = Call(models)
    readings = call.push_samples(Samples(0.0, speech[None, :16_000], 16_000))
    with pytest.raises(MediaError):
        call.push_samples(samples)
    readings += call.push_samples(Samples(1.0, speech[None, 16_000:32_000], 16_000))
    whole = run(Call(models), [Samples(0.0, speech[None, :32_000], 16_000)])
    scenes.assert_same_readings(readings + call.finish(), whole)


def test_frames_that_come_too_often_are_passed_over(models: Models, person: np.ndarray) -> None:
    """At 60 frames a second only about five are looked at, evenly."""
    looked = []
    call = Call(models)
    for frame in scenes.frames([person], 1, rate=60):
        before = call.seen
        call.push_frame(frame)
        if call.seen is not before:
            looked.append(frame.time)
    assert 4 <= len(looked) <= 6
    assert np.diff(looked).max() <= 0.22


def test_frames_out_of_order_are_passed_over(models: Models, person: np.ndarray) -> None:
    call = Call(models)
    readings = call.push_frame(Frame(1.0, person))
    readings += call.push_frame(Frame(0.4, person))
    readings += call.push_frame(Frame(1.0, person))
    assert call.time == 1.0
    assert times(readings + call.finish()) == steps(1)


@pytest.mark.parametrize("gap", [2.5, 20.0])
def test_pictures_with_a_long_gap_are_read_on_both_sides(
    gap: float, models: Models, person: np.ndarray
) -> None:
    """As in a recording whose picture stands still and is not sent again."""
    items = [*scenes.frames([person], 1, rate=5), *scenes.frames([person], 1, rate=5, start=gap)]
    readings = run(Call(models), list(items))
    check(readings)
    assert [reading.face.reason for reading in readings[:3]] == [None] * 3
    assert readings[-1].face.reason is None
    assert len(readings) == round((gap + 1) / HOP)


def test_who_left_is_still_known_to_a_reading_that_waits_for_the_voice(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    """The sound of the time before a gap in the picture arrives after it."""
    call = Call(models, patience=5)
    readings = call.push_samples(Samples(0.0, speech[None, :8000], 16_000))
    for frame in [*scenes.frames([person], 1, rate=5), Frame(3.2, person)]:
        readings += call.push_frame(frame)
    readings += call.push_samples(Samples(0.5, speech[None, 8000:56_000], 16_000))
    readings += call.finish()
    assert [reading.face.reason for reading in readings[:3]] == [None] * 3
    assert [reading.person for reading in readings[:3]] == [1] * 3


def test_one_picture_is_a_call_of_one_reading(models: Models, person: np.ndarray) -> None:
    call = Call(models)
    readings = call.push_frame(Frame(0.0, person)) + call.finish()
    assert times(readings) == [0.5]
    scenes.assert_probabilities(readings[0].face.probabilities)
    assert call.finish() == []


def test_the_end_is_rounded_to_the_nearest_half_second(models: Models, speech: np.ndarray) -> None:
    for length, last in ((1600, 0.5), (19_000, 1.0), (20_500, 1.5)):
        readings = run(Call(models), [Samples(0.0, speech[None, :length], 16_000)])
        assert times(readings) == steps(last)


def test_two_calls_at_once_read_as_one_after_the_other(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    def items(index: int) -> list[Frame | Samples]:
        image = person if index == 0 else np.ascontiguousarray(person[:, ::-1])
        part = speech[index * 16_000 : index * 16_000 + 32_000]
        return scenes.in_order(scenes.frames([image], 2, rate=5), scenes.pieces(part, 960))

    alone = [run(Call(models), items(index)) for index in range(2)]
    together: list[list[Reading]] = [[], []]
    barrier = threading.Barrier(2)

    def work(index: int) -> None:
        barrier.wait()
        together[index] = run(Call(models), items(index))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        check(one)
        scenes.assert_same_readings(one, other)


def test_a_call_keeps_nothing_of_the_call_before(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    items = scenes.in_order(scenes.frames([person], 1), scenes.pieces(speech[:16_000], 960))
    scenes.assert_same_readings(run(Call(models), items), run(Call(models), items))


def test_a_call_that_breaks_off_leaves_no_thread(models: Models, speech: np.ndarray) -> None:
    def own() -> int:
        return sum(one.name.startswith("rapport-voice") for one in threading.enumerate())

    def broken_off() -> None:
        with Call(models) as call:
            for samples in scenes.pieces(speech[: 3 * 16_000], 1024):
                call.push_samples(samples)
            assert own() == before + 1
            raise ZeroDivisionError

    before = own()
    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert own() == before


@pytest.mark.parametrize(
    ("image", "received"),
    [
        (np.zeros((48, 64), np.uint8), "uint8 of shape (48, 64)"),
        (np.zeros((48, 64, 4), np.uint8), "uint8 of shape (48, 64, 4)"),
        (np.zeros((48, 64, 3), np.float32), "float32 of shape (48, 64, 3)"),
        (np.zeros((0, 64, 3), np.uint8), "uint8 of shape (0, 64, 3)"),
        (b"JPEG", "bytes"),
    ],
)
def test_a_picture_of_another_kind_is_refused_and_loses_nothing(
    image: np.ndarray, received: str, models: Models, person: np.ndarray
) -> None:
    call = Call(models)
    readings = call.push_frame(Frame(0.0, person))
    with pytest.raises(MediaError, match=r"uint8 of the shape \(height, width, 3\)") as caught:
        call.push_frame(Frame(0.5, image))
    assert str(caught.value).endswith(f"Received: {received}.")
    readings += call.push_frame(Frame(0.5, person)) + call.finish()
    scenes.assert_same_readings(readings, run(Call(models), list(scenes.frames([person], 1, 2))))


def test_a_bare_array_is_no_frame(models: Models, person: np.ndarray) -> None:
    with pytest.raises(MediaError, match=r"emotion\.media\.frames\.Frame.*Received: ndarray"):
        Call(models).push_frame(person)  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -float("inf"), DAY_CLOCK])
def test_a_time_of_another_clock_is_refused(
    moment: float, models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    call = Call(models)
    with pytest.raises(MediaError, match="seconds from the start of the call"):
        call.push_frame(Frame(moment, person))
    with pytest.raises(MediaError, match="seconds from the start of the call"):
        call.push_samples(Samples(moment, speech[None, :8000], 16_000))
    assert times(call.push_frame(Frame(0.0, person)) + call.finish()) == steps(0.5)


def test_times_may_go_on_up_to_a_day_later(models: Models, person: np.ndarray) -> None:
    with Call(models) as call:
        call.push_frame(Frame(100.0, person))
        with pytest.raises(MediaError, match="more than a day beyond the 100 s"):
            call.push_frame(Frame(LONGEST + 101, person))
        readings = call.push_frame(Frame(1000.0, person)) + call.finish()
    assert readings[-1].time == 1000


def test_nothing_is_taken_after_the_end(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    with Call(models) as finished:
        finished.push_frame(Frame(0.0, person))
        finished.finish()
    with Call(models) as left:
        left.push_frame(Frame(0.0, person))
    for call in (finished, left):
        with pytest.raises(MediaError, match="The call has ended"):
            call.push_frame(Frame(1.0, person))
        with pytest.raises(MediaError, match="The call has ended"):
            call.push_samples(Samples(1.0, speech[None, :8000], 16_000))


def test_the_loop_in_the_description_of_a_call(
    models: Models, person: np.ndarray, speech: np.ndarray
) -> None:
    loop = re.search(r"\n\n(    .*?\n)\n", inspect.getdoc(Call) or "", re.DOTALL)
    assert loop is not None
    sound = (np.repeat(speech[: 2 * 16_000], 3) * 32_767).astype(np.int16)
    stream = [(person, piece[None]) for piece in np.split(sound, 10)]
    names = {"stream": stream, "Models": Models, "Call": Call, "Frame": Frame}
    names |= {"Samples": Samples, "Timeline": Timeline}
    exec(dedent(loop[1]), names)
    timeline = names["timeline"]
    assert isinstance(timeline, Timeline)
    assert times(list(timeline.readings)) == steps(2)
    check(list(timeline.readings))
    assert timeline.table()["fused_happy"].notna().any()
