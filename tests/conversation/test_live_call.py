"""A live call with the frames that WebRTC delivers, at the pace of a real one."""

import gc
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np
import pytest

from emotion.conversation import live_call, sound_clock
from emotion.conversation.live_call import LiveCall
from emotion.conversation.readers import Readers
from emotion.conversation.region import Region
from emotion.models.shipped import Models
from tests import scenes

SAMPLES = 960
RATE = 48_000


@pytest.fixture
def call(models: Models) -> Iterator[LiveCall]:
    live = LiveCall(models)
    yield live
    live.stop()


def picture(image: np.ndarray, index: int = 0) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
    frame.pts, frame.time_base = index * 3000, Fraction(1, 90_000)
    return frame


def sounds(speech: np.ndarray, seconds: float, *, stamped: bool = True) -> list[av.AudioFrame]:
    """Opus as it is decoded: 20 ms at 48 kHz, stereo, packed 16-bit integers."""
    mono = np.repeat(speech[: round(seconds * 16_000)], 3)
    packed = np.repeat(np.round(mono * 32767).astype(np.int16), 2)[None]
    frames = []
    for start in range(0, packed.shape[1] - 2 * SAMPLES + 1, 2 * SAMPLES):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(packed[:, start : start + 2 * SAMPLES]), "s16", "stereo"
        )
        frame.sample_rate, frame.pts = RATE, start // 2
        if stamped:
            frame.time_base = Fraction(1, RATE)
        frames.append(frame)
    return frames


def wait_for(condition: object, seconds: float = 60) -> bool:
    """Whether a condition came true; the limit is only there to end a failing test."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_readings_appear_while_the_call_goes_on(
    call: LiveCall, face_image: np.ndarray, speech: np.ndarray
) -> None:
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    begin = time.monotonic()

    def look() -> None:
        for index in range(30):
            call.put_frame(picture(image, index))
            time.sleep(max(0.0, begin + (index + 1) / 10 - time.monotonic()))

    looking = threading.Thread(target=look)
    looking.start()
    for index, frame in enumerate(sounds(speech, 3)):
        call.put_sound([frame])
        time.sleep(max(0.0, begin + (index + 1) * 0.02 - time.monotonic()))
    looking.join()
    assert wait_for(lambda: len(call.timeline().readings) >= 4)
    state = call.state()
    assert state.error is None
    assert state.seconds > 2.9
    assert state.latest is not None
    assert state.delay is not None
    assert state.delay > 0
    assert state.now is not None
    assert state.now.time >= state.latest.time
    assert state.size == (320, 240)
    assert 0 < state.read <= state.frames == 30
    assert state.lost == 0
    assert [face.person for face in state.seen] == [1]
    call.stop()
    timeline = call.timeline()
    steps = [(index + 1) / 2 for index in range(len(timeline.readings))]
    assert [reading.time for reading in timeline.readings] == steps
    assert any(reading.face.probabilities is not None for reading in timeline.readings)
    assert any(reading.voice.probabilities is not None for reading in timeline.readings)
    for reading in timeline.readings:
        if reading.fused is not None:
            scenes.assert_probabilities(reading.fused)
    last = call.timeline(last=1.0).readings
    assert last == timeline.readings[-2:]


def test_whoever_shows_it_is_told_of_each_picture_that_was_read_and_of_the_end(
    call: LiveCall, face_image: np.ndarray
) -> None:
    told: list[int] = []
    call.on_change(lambda: told.append(call.state().read))
    for index in range(3):
        call.put_frame(picture(face_image, index))
        assert wait_for(lambda index=index: len(told) > index)
        time.sleep(0.13)
    # Of what is there to be shown by then.
    assert told[:3] == [1, 2, 3]
    call.end()
    assert wait_for(lambda: len(told) > 3)
    assert not call.running


def test_nothing_is_shown_before_the_first_frame(call: LiveCall) -> None:
    state = call.state()
    assert (state.seconds, state.latest, state.delay, state.error) == (0, None, None, None)
    assert state.seen == ()
    assert call.timeline().readings == ()
    assert call.running


def test_stop_leaves_nothing_behind_and_may_be_called_twice(
    models: Models, speech: np.ndarray
) -> None:
    pool = Readers(2)
    before = threading.active_count()
    calls = [LiveCall(models, pool=pool) for _ in range(20)]
    for call in calls:
        call.put_sound(sounds(speech, 1))
    assert threading.active_count() == before, "calls share the threads of the pool"
    for call in calls:
        call.stop()
        assert not call.running
        call.stop()
        assert [reading.time for reading in call.timeline().readings] == [0.5, 1.0]
    kept = weakref.ref(calls[0])
    del call, calls
    pool.close()
    gc.collect()
    assert kept() is None
    assert threading.active_count() == before - 2


def test_the_end_gives_the_readings_that_are_left(call: LiveCall, speech: np.ndarray) -> None:
    call.put_sound(sounds(speech, 2))
    assert wait_for(lambda: not call._sounds)
    call.stop()
    readings = call.timeline().readings
    assert [reading.time for reading in readings] == [0.5, 1.0, 1.5, 2.0]
    assert readings[-1].voice.reason is None


def test_what_was_read_stays_after_the_end(call: LiveCall, speech: np.ndarray) -> None:
    call.put_sound(sounds(speech, 1))
    assert wait_for(lambda: not call._sounds)
    call.stop()
    readings = call.timeline().readings
    assert len(readings) == 2
    call.put_sound(sounds(speech, 2))
    call.put_frame(picture(np.zeros((48, 64, 3), np.uint8)))
    assert call._frame is None, "no picture is kept of a call that has ended"
    assert not call._sounds
    assert call.timeline().readings == readings
    assert call.state().latest is readings[-1]
    for seconds, left in ((9.0, readings), (0.5, readings[1:]), (0.4, readings[1:]), (0.0, ())):
        assert call.timeline(seconds).readings == left


@pytest.mark.parametrize("stamped", [True, False])
def test_sound_delivered_in_bursts_stays_whole(
    stamped: bool, call: LiveCall, speech: np.ndarray
) -> None:
    """Half a second at a time, as after a hiccup of the network."""
    frames = sounds(speech, 2, stamped=stamped)
    begin = time.monotonic()
    for index in range(0, 100, 25):
        time.sleep(max(0.0, begin + (index + 25) * 0.02 - time.monotonic()))
        call.put_sound(frames[index : index + 25])
    assert wait_for(lambda: not call._sounds)
    assert call.state().error is None
    call.stop()
    readings = call.timeline().readings
    # The clock starts with the first delivery, so that it holds what came before it.
    assert 3 <= len(readings) <= 5
    assert readings[-1].voice.reason is None


def test_no_sound_at_all_is_no_error(call: LiveCall) -> None:
    call.put_sound([])
    assert call.state().seconds == 0


def test_late_frames_do_not_pile_up(call: LiveCall, speech: np.ndarray) -> None:
    """Two minutes of sound and many pictures at once: only the last of them are kept."""
    image = np.full((720, 1280, 3), 100, np.uint8)
    frames, shown = sounds(speech, 2), picture(image)
    tracemalloc.start()
    try:
        for _ in range(60):
            call.put_sound(frames)
        for _ in range(40):
            call.put_frame(shown)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Half a minute of sound is 6 MB and a picture 3 MB; two minutes would be 23 MB, and all
    # pictures 110 MB. What is being worked on counts as well.
    assert kept < 25e6


def test_the_picture_stays_beside_the_sound_after_a_stall(
    call: LiveCall, face_image: np.ndarray, speech: np.ndarray
) -> None:
    """All that a stall held back arrives at once, piece by piece."""
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    frames = sounds(speech, 4)
    call.put_sound(frames[:10])
    call.put_frame(picture(image))
    time.sleep(1.5)
    for frame in frames[10:85]:
        call.put_sound([frame])
    for index in range(15):
        call.put_frame(picture(image, index))
        call.put_sound(frames[85 + 5 * index : 90 + 5 * index])
        time.sleep(0.1)
    assert wait_for(lambda: len(call.timeline().readings) >= 5)
    # Each half second once, in order.
    times = [one.time for one in call.timeline().readings]
    assert times == [0.5 * number for number in range(1, len(times) + 1)]
    assert call.timeline().readings[-1].face.reason is None


def test_a_broken_piece_is_reported_and_the_call_goes_on(
    call: LiveCall, speech: np.ndarray
) -> None:
    frames = sounds(speech, 3)
    slow = av.AudioFrame.from_ndarray(np.zeros((1, 200), np.int16), "s16", "mono")
    slow.sample_rate = 100
    call.put_sound([slow])
    assert wait_for(lambda: call.state().error is not None)
    assert "100" in str(call.state().error)
    call.put_sound(frames)
    assert wait_for(lambda: len(call.timeline().readings) >= 1)
    assert call.state().error is not None, "it stays long enough to be read"
    assert call.running


def test_sound_whose_clock_jumps_back_is_heard_again(
    call: LiveCall, speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_clock, "OFFSETS", 0.5)
    frames = sounds(speech, 6)
    for frame in frames[:50]:
        assert frame.pts is not None
        frame.pts += 100 * RATE
    for frame in frames:
        call.put_sound([frame])
        time.sleep(frame.samples / RATE)

    def last() -> str | None:
        readings = call.timeline().readings
        return readings[-1].voice.reason if readings and readings[-1].time > 4 else "too early"

    assert wait_for(lambda: last() is None), last()


def test_the_own_microphone_gives_talk_and_no_reading(
    call: LiveCall, face_image: np.ndarray, speech: np.ndarray
) -> None:
    silence = np.zeros(3 * 16_000, np.float32)
    assert call.talk() is None
    for theirs, mine in zip(
        sounds(np.concatenate([speech[:48_000], silence]), 6),
        sounds(np.concatenate([silence, speech[:48_000]]), 6),
        strict=True,
    ):
        call.put_sound([theirs])
        call.put_sound([mine], own=True)
        time.sleep(0.005)
    idle = call.idle
    call.put_sound(sounds(silence, 1)[:1], own=True)
    assert call.idle > idle, "what the user says is no sign of the customer"
    call.stop()
    talk = call.talk()
    assert talk is not None
    assert talk.own_share is not None
    assert 0.3 < talk.own_share < 0.7
    assert [turn.customer for turn in talk.turns] == [True, False]
    last = call.timeline().readings[-1]
    assert last.voice.reason is not None, "what the user says is not the customer's voice"


def looking(call: LiveCall, shown: av.VideoFrame) -> Callable[[Callable[[], bool]], bool]:
    """What shows a call one picture until something is so, for a minute at most."""

    def look(until: Callable[[], bool]) -> bool:
        end = time.monotonic() + 60
        while not until() and time.monotonic() < end:
            call.put_frame(shown)
            time.sleep(0.05)
        return until()

    return look


def test_only_the_chosen_face_is_read(call: LiveCall, face_image: np.ndarray) -> None:
    wide = np.hstack([face_image, np.full((300, 100, 3), 180, np.uint8), face_image[:, ::-1]])
    shown = picture(wide)

    look = looking(call, shown)
    assert look(lambda: len(call.state().seen) == 2)
    other = next(face.person for face in call.state().seen if not face.followed)
    call.choose(other)

    def chosen() -> bool:
        return any(face.person == other and face.followed for face in call.state().seen)

    assert look(chosen)
    unread = next(face for face in call.state().seen if not face.followed)
    assert look(lambda: call.state().now is not None and call.state().now.person == other)  # type: ignore[union-attr]
    assert look(
        lambda: (
            next(f for f in call.state().seen if f.person == unread.person).prediction.reason
            == "not chosen"
        )
    )


def test_faces_of_long_ago_are_not_shown(
    call: LiveCall, face_image: np.ndarray, speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_call, "_LATELY", 0.5)
    call.put_frame(picture(scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)))
    assert wait_for(lambda: call.state().read == 1)
    call.put_sound(sounds(speech, 1))
    assert wait_for(lambda: call.state().seen == ())
    assert call.state().idle > 0


def test_only_a_part_of_the_picture_is_read(call: LiveCall, face_image: np.ndarray) -> None:
    wide = np.hstack([face_image, np.full((300, 100, 3), 180, np.uint8), face_image[:, ::-1]])
    shown = picture(wide)

    look = looking(call, shown)
    assert look(lambda: len(call.state().seen) == 2)
    call.choose(call.state().seen[0].person)
    right = Region(4 / 7, 0, 3 / 7, 1)
    call.read_only(right)
    assert look(lambda: len(call.state().seen) == 1)
    state = call.state()
    (face,) = state.seen
    assert state.size == (700, 300), "pages know the whole picture"
    assert 400 < face.box[0] < 550, "where it is in the whole picture"
    assert look(lambda: call.state().seen[0].followed), "who was chosen outside is no longer meant"
    call.read_only(None)
    assert look(lambda: len(call.state().seen) == 2)
