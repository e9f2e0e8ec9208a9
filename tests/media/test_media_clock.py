"""Times of tracks, from timestamps that make sense and others."""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.media.frames import Frame
from emotion.media.media_clock import Clock, Progress
from emotion.media.recordings import Recording
from tests.media.contents import brightness, frames_of, sound_of
from tests.media_makers import shades, sine, write_video


def times(clock: Clock, stamps: list[float | None], length: float | None = None) -> list[float]:
    return [clock.time(stamp, length) for stamp in stamps]


@pytest.mark.parametrize("start", [0.0, -12.5, 3600.0, 95_000.0])
def test_times_count_from_the_start(start: float) -> None:
    clock = Clock(Progress(start, 0.0), 0.5)
    assert times(clock, [start, start + 0.5, start + 1.0]) == pytest.approx([0, 0.5, 1.0])
    assert not clock.broken


def test_missing_timestamps_are_counted() -> None:
    assert times(Clock(Progress(0, 0), 0.5), [None, None, 1.0, None]) == [0, 0.5, 1.0, 1.5]
    assert times(Clock(Progress(0, 0), 0.5), [math.nan, 0.5, math.inf]) == [0, 0.5, 1.0]


def test_a_gap_is_kept() -> None:
    assert times(Clock(Progress(0, 0), 0.5), [0, 400, 400.5]) == [0, 400, 400.5]


def test_a_counter_that_runs_over_goes_on() -> None:
    wrap = 2**33 / 90_000
    first = wrap - 1.0
    clock = Clock(Progress(first, 0), 0.5)
    stamps = [(first + 0.5 * index) % wrap for index in range(8)]
    found = times(clock, list(stamps))
    assert found == pytest.approx(np.arange(8) / 2, abs=1e-6)
    assert not clock.broken


def test_both_tracks_begin_again_together() -> None:
    progress = Progress(0.0, 0.0)
    picture, sound = Clock(progress, 0.5), Clock(progress, 0.5)
    times(picture, [0, 0.5, 1.0, 1.5])
    times(sound, [0, 0.5, 1.0])
    assert times(picture, [0.0, 0.5, 1.0]) == pytest.approx([2.0, 2.5, 3.0])
    # The sound lost its last piece, and is not early for that.
    assert times(sound, [0.0, 0.5]) == pytest.approx([2.0, 2.5])
    assert not picture.broken
    assert not sound.broken


def test_one_wrong_timestamp_costs_nothing() -> None:
    clock = Clock(Progress(0.0, 0.0), 0.5)
    assert times(clock, [10, 10.5, 0, 11.5, 12.0]) == pytest.approx([10, 10.5, 11, 11.5, 12.0])


def test_frames_that_overlap_never_go_back() -> None:
    found = times(Clock(Progress(0.0, 0.0), 0.04), [0, 0.04, 0.08, 0.02, 0.06, 0.24, 0.28])
    assert found == sorted(found)
    assert found[-1] == pytest.approx(0.28)


def test_a_late_track_is_believed_where_another_is() -> None:
    progress = Progress(0.0, 0.0)
    sound, picture = Clock(progress, 0.0), Clock(progress, 0.5)
    picture.time(0.0)
    for second in range(5_000):
        sound.time(float(second), 1.0)
    assert picture.time(5_000.0) == 5_000
    assert Clock(progress, 0.5).time(20_000.0) == 20_000
    assert not picture.broken


def test_an_absurd_timestamp_is_not_believed() -> None:
    clock = Clock(Progress(0.0, 10.0), 0.5)
    assert times(clock, [0, 0.5, 900_000, 900_000.5]) == pytest.approx([0, 0.5, 1.0, 1.5])
    assert clock.broken


def test_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    times = [0, 0.04, 0.5, 0.51, 2, 2.04]
    path = write_video(tmp_path / "uneven.mkv", shades(6), times=times)
    frames = frames_of(path)
    # A picture stands until the next one, and where that takes long it is given again.
    own = [
        frame for i, frame in enumerate(frames) if i == 0 or frame.image is not frames[i - 1].image
    ]
    assert [frame.time for frame in own] == pytest.approx(times, abs=2e-3)
    assert len(frames) > len(own)
    assert max(np.diff([frame.time for frame in frames])) < 1.0


def test_call_that_starts_late_starts_at_zero(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", shades(50), times=[100 + i / 25 for i in range(50)])
    times = [frame.time for frame in frames_of(path)]
    np.testing.assert_allclose(times, np.arange(50) / 25, atol=2e-3)


def test_absurd_jump_is_ignored(tmp_path: Path) -> None:
    times = [0, 0.04, 0.08, 900_000, 900_000.04, 900_000.08]
    path = write_video(tmp_path / "jump.mkv", shades(6), 25, times=times)
    with Recording(path) as recording:
        frames = [item for item in recording if isinstance(item, Frame)]
        assert recording.damaged == "its timestamps make no sense, so some times are counted"
    assert [frame.time for frame in frames] == pytest.approx(np.arange(6) / 25, abs=2e-3)


@pytest.mark.parametrize("times", [[0, 0.04, 900, 900.04], [700, 700.04, 700.08, 900]])
def test_a_camera_that_is_off_for_long_stays_where_it_was(
    times: list[float], tmp_path: Path
) -> None:
    sound = np.zeros(8_000 * 901, np.float32)
    path = write_video(
        tmp_path / "off.mkv", shades(4), 25, sound, 8_000, times=times, audio_codec="pcm_s16le"
    )
    with Recording(path) as recording:
        found = [item.time for item in recording if isinstance(item, Frame)]
        assert recording.damaged is None
    assert found == pytest.approx(times, abs=2e-3)


def test_frames_all_at_one_time_are_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "zero.mkv", shades(50), 25, times=[0.0] * 50)
    with Recording(path) as recording:
        times = [item.time for item in recording if isinstance(item, Frame)]
        assert "timestamps make no sense" in (recording.damaged or "")
    assert times[-1] == pytest.approx(2, abs=0.3)
    assert times == sorted(times)


def test_timestamps_that_start_again_go_on(tmp_path: Path) -> None:
    """Two transport streams one after the other, as some telephone systems store them."""
    one = write_video(tmp_path / "one.ts", shades(25), 25, sine(440, 1, 48_000))
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() * 2)
    for items in (frames_of(both), sound_of(both)):
        times = [item.time for item in items]
        assert times == sorted(times)
        assert times[-1] == pytest.approx(2, abs=0.25)


@pytest.mark.parametrize(("codec", "name"), [("libx264", "h264"), ("mjpeg", "mjpeg")])
def test_bare_stream_without_times_is_counted(tmp_path: Path, codec: str, name: str) -> None:
    path = write_video(
        tmp_path / f"bare.{name}",
        shades(20),
        25,
        codec=codec,
        format=name,
        pix_fmt="yuv420p" if codec == "libx264" else "yuvj420p",
    )
    frames = frames_of(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(20) / 25, abs=1e-3)
    assert np.all(np.diff(brightness(frames)) > 0)


def test_sound_that_starts_later_than_the_picture_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "offset.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for index, image in enumerate(shades(50)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
            if index >= 25:
                sound = av.AudioFrame.from_ndarray(
                    np.full((1, 640), 1000, np.int16), format="s16", layout="mono"
                )
                sound.sample_rate, sound.time_base = 16_000, Fraction(1, 16_000)
                sound.pts = index * 640
                container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    assert sound_of(path)[0].time == pytest.approx(1, abs=2e-3)
    assert frames_of(path)[0].time == pytest.approx(0, abs=2e-3)


def test_one_picture_every_two_seconds_stands_for_its_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "slow.mp4", shades(3), 0.5)
    times = [frame.time for frame in frames_of(path, frame_rate=5)]
    assert max(np.diff(times)) < 1
    assert times[-1] > 5


def test_a_part_of_a_longer_recording_counts_from_its_own_start(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", shades(50), 25, sine(440, 2, 48_000))
    path = tmp_path / "part.mkv"
    with av.open(str(whole)) as given, av.open(str(path), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.dts is None or packet.pts is None:
                continue
            shift = round(3600 / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    with Recording(path) as recording:
        times = [item.time for item in recording]
        assert recording.damaged is None
        assert recording.duration == pytest.approx(2, abs=0.1)
    assert max(times) < 2.1


def test_a_camera_that_is_switched_on_late_in_a_live_recording(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "live.mkv",
        shades(3),
        25,
        np.zeros(8_000 * 662, np.float32),
        8_000,
        times=[660, 660.04, 660.08],
        codec="libvpx",
        audio_codec="pcm_s16le",
        codec_options={"deadline": "realtime", "cpu-used": "8"},
        options={"live": "1", "max_interleave_delta": "1000"},
    )
    with Recording(path) as recording:
        frames = [item for item in recording if isinstance(item, Frame)]
        assert recording.damaged is None
    assert frames[0].time == pytest.approx(660, abs=0.1)
