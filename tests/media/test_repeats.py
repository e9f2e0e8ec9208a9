"""Packets that stand in a recording twice."""

from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np

from emotion.media.recordings import Recording
from emotion.media.repeats import Repeats
from emotion.media.samples import Samples
from tests.media_makers import shades, sine, write_video


def twice(path: Path, source: Path) -> Path:
    """A copy with each packet twice."""
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.dts is None:
                continue
            other = av.Packet(bytes(packet))
            other.pts, other.dts, other.time_base = packet.pts, packet.dts, packet.time_base
            other.is_keyframe = packet.is_keyframe
            packet.stream = other.stream = streams[packet.stream.index]
            container.mux(packet)
            container.mux(other)
    return path


def read(path: Path) -> tuple[list[float], np.ndarray, str | None]:
    """Times of pictures, sound, and what was missing."""
    times, sound = [], []
    with Recording(path) as recording:
        for item in recording:
            if isinstance(item, Samples):
                sound.append(item.data)
            else:
                times.append(item.time)
    return times, np.concatenate(sound, axis=1), recording.damaged


def test_what_stands_there_twice_is_read_once(tmp_path: Path) -> None:
    made = write_video(tmp_path / "call.mkv", shades(20), 10, sine(440, 2, 48_000))
    times, sound, damaged = read(made)
    again = read(twice(tmp_path / "twice.mkv", made))
    assert again[0] == times
    np.testing.assert_array_equal(again[1], sound)
    assert again[2] is damaged is None


class _Packet(SimpleNamespace):
    def __bytes__(self) -> bytes:
        return b"silence"


def test_silence_of_a_track_without_a_clock_is_no_repetition() -> None:
    repeats = Repeats()
    still = _Packet(stream_index=0, dts=0, pts=0, size=7)
    # The second packet cannot tell whether its clock stands still.
    assert [repeats.again(still) for _ in range(5)] == [False, True, False, False, False]
    moving = [_Packet(stream_index=1, dts=time, pts=time, size=7) for time in (0, 1, 1, 2, 1)]
    assert [repeats.again(packet) for packet in moving] == [False, False, True, False, True]
