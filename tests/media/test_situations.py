"""What happens to recordings on their way: joined, cut, delayed, renamed, linked."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media.frames import Frame
from emotion.media.recordings import Recording, read_sound
from emotion.media.samples import Samples
from tests.media_makers import shades, sine, write_sound, write_video, write_wav

_TURN = 2**33 / 90_000
"""Seconds after which the clock of a transport stream runs over."""


def read(path: Path) -> tuple[list[Frame], list[Samples], str | None]:
    """All of a recording, and what was missing."""
    with Recording(path) as recording:
        items = list(recording)
    return (
        [item for item in items if isinstance(item, Frame)],
        [item for item in items if isinstance(item, Samples)],
        recording.damaged,
    )


def moved(path: Path, source: Path, *, video: float = 0.0, audio: float = 0.0) -> Path:
    """A copy whose tracks are so many seconds later."""
    options = {"muxdelay": "0", "avoid_negative_ts": "disabled"} if path.suffix == ".ts" else {}
    with (
        av.open(str(source)) as given,
        av.open(str(path), "w", options=options) as container,
    ):
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.dts is None or packet.pts is None:
                continue
            seconds = video if packet.stream.type == "video" else audio
            shift = round(seconds / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    return path


def heard_tone(sound: np.ndarray) -> float:
    """Hertz of the loudest tone at 16 kHz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * 16_000 / len(sound))


@pytest.mark.parametrize(("name", "codec"), [("call.aac", "aac"), ("call.mp3", "libmp3lame")])
def test_rate_and_channels_may_change_in_the_middle(tmp_path: Path, name: str, codec: str) -> None:
    """Two recordings one after the other, as telephone systems join them."""
    options = {"write_xing": "0", "id3v2_version": "0"} if name.endswith("mp3") else {}
    stereo = np.stack([sine(440, 2, 44_100)] * 2)
    one = write_sound(tmp_path / f"one_{name}", stereo, 44_100, codec=codec, options=options)
    other = write_sound(
        tmp_path / f"other_{name}", sine(880, 2, 16_000), codec=codec, options=options
    )
    both = tmp_path / name
    both.write_bytes(one.read_bytes() + other.read_bytes())
    sound = read_sound(both)
    assert len(sound) == pytest.approx(64_000, abs=4_000)
    assert heard_tone(sound[:28_000]) == pytest.approx(440, abs=3)
    assert heard_tone(sound[-28_000:]) == pytest.approx(880, abs=3)


def test_the_size_of_pictures_may_change_in_the_middle(tmp_path: Path) -> None:
    """As browsers do when the connection gets worse."""
    one = write_video(tmp_path / "one.ts", shades(20, 96, 64), 10)
    other = write_video(tmp_path / "other.ts", shades(20, 64, 48), 10)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + other.read_bytes())
    frames, _, damaged = read(both)
    assert [frame.image.shape[:2] for frame in frames] == [(64, 96)] * 20 + [(48, 64)] * 20
    assert frames[-1].time == pytest.approx(3.9, abs=0.3)
    assert damaged is None


def test_an_id3_tag_before_aac(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "radio.aac", sine(440, 1, 16_000), codec="aac")
    tag = b"TIT2\0\0\0\x06\0\0\x03call!"
    header = b"ID3\x04\0\0" + bytes((0, 0, 0, len(tag)))
    path.write_bytes(header + tag + path.read_bytes())
    assert len(read_sound(path)) == pytest.approx(16_000, abs=2_500)


@pytest.mark.parametrize("name", ["late.mp4", "late.mov", "late.mkv", "late.ts"])
@pytest.mark.parametrize(("video", "audio"), [(2.5, 0.0), (0.0, 40.0)])
def test_a_track_that_begins_late_keeps_its_place(
    name: str, video: float, audio: float, tmp_path: Path
) -> None:
    """In MP4 and MOV that is an edit list."""
    whole = write_video(tmp_path / "whole.mp4", shades(20), 10, sine(440, 2, 48_000))
    path = moved(tmp_path / name, whole, video=video, audio=audio)
    frames, sound, damaged = read(path)
    assert frames[0].time - sound[0].time == pytest.approx(video - audio, abs=0.15)
    assert min(frames[0].time, sound[0].time) == pytest.approx(0, abs=0.15)
    assert damaged is None


@pytest.mark.parametrize("name", ["call.ts", "call.mp4", "call.mkv", "call.mpg"])
def test_the_run_up_of_an_encoder_is_not_heard(name: str, tmp_path: Path) -> None:
    """AAC begins before the first picture, and only some containers say so."""
    noise = (0.1 * np.random.default_rng(4).standard_normal(96_000)).astype(np.float32)
    codec, audio_codec = ("mpeg2video", "mp2") if name.endswith("mpg") else ("libx264", "aac")
    path = write_video(tmp_path / name, shades(50), 25, noise, codec=codec, audio_codec=audio_codec)
    assert late(path, noise) == pytest.approx(0, abs=48)


@pytest.mark.parametrize("audio_codec", ["libmp3lame", "aac", "mp2", "ac3", "pcm_s16le"])
def test_what_an_encoder_puts_before_the_sound_is_taken_off_in_avi(
    audio_codec: str, tmp_path: Path
) -> None:
    """AVI cannot say how much that is; other containers do."""
    noise = (0.1 * np.random.default_rng(4).standard_normal(96_000)).astype(np.float32)
    path = write_video(
        tmp_path / "call.avi", shades(50), 25, noise, codec="mpeg4", audio_codec=audio_codec
    )
    assert late(path, noise) == pytest.approx(0, abs=48)


def late(path: Path, noise: np.ndarray) -> int:
    """Samples at 48 kHz by which a noise lies later by the pictures than it did."""
    frames, sound, damaged = read(path)
    assert damaged is None
    assert frames[0].time == pytest.approx(0, abs=1e-3)
    heard = np.concatenate([piece.data[0] for piece in sound]).astype(float)[:90_000]
    if sound[0].data.dtype == np.int16:
        heard /= 2**15
    alike = np.correlate(heard[20_000:60_000], noise[18_000:62_000])
    lag = np.abs(alike).argmax() - (len(alike) // 2)
    return round(sound[0].time * 48_000 - lag)


@pytest.mark.parametrize("before", [1.0, 0.02])
def test_the_clock_of_a_transport_stream_runs_over(before: float, tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.ts", shades(40), 10, sine(440, 4, 48_000))
    path = moved(tmp_path / "day.ts", whole, video=_TURN - before, audio=_TURN - before)
    frames, sound, damaged = read(path)
    for items in (frames, sound):
        times = [item.time for item in items]
        assert times == sorted(times)
        assert times[-1] == pytest.approx(4, abs=0.4)
    assert damaged is None


def test_a_voice_in_the_right_channel_only_is_heard_in_full(tmp_path: Path) -> None:
    tone = sine(440, 2, 16_000)
    sound = read_sound(write_wav(tmp_path / "right.wav", np.stack([0 * tone, tone])))
    # The channels are compared after the first piece.
    np.testing.assert_allclose(sound[2_000:], tone[2_000:], atol=1e-3)


@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_alaw"])
def test_sound_of_a_telephone(tmp_path: Path, codec: str) -> None:
    sound = read_sound(write_sound(tmp_path / "call.wav", sine(440, 1, 8_000), 8_000, codec=codec))
    assert heard_tone(sound) == pytest.approx(440, abs=2)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.03)


def test_the_last_picture_of_an_uneven_recording_stands_to_its_end(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "uneven.mkv",
        shades(6),
        25,
        sine(440, 3, 48_000),
        times=[0, 0.1, 0.13, 1, 1.04, 2],
    )
    frames, _, damaged = read(path)
    shown = [round(frame.time, 2) for frame in frames]
    assert {0, 0.1, 0.13, 1, 1.04, 2} <= set(shown)
    assert damaged is None


@pytest.mark.parametrize(
    "name", ["CALL.WAV", "call.mp3", "call", "a%03d.wav", "-call.wav", "日本;&.wav"]
)
def test_a_name_is_only_a_name(name: str, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "call.wav", sine(440, 1, 16_000)).rename(tmp_path / name)
    assert len(read_sound(path)) == 16_000


def test_links_are_followed_and_a_circle_of_them_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "call.wav", sine(440, 1, 16_000))
    link = tmp_path / "link.wav"
    link.symlink_to(path)
    assert len(read_sound(link)) == 16_000
    one, other = tmp_path / "one.wav", tmp_path / "other.wav"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(MediaError, match=r"one\.wav cannot be opened: Too many levels"):
        Recording(one)
    path.unlink()
    with pytest.raises(MediaError, match=r"There is no file .*link\.wav"):
        Recording(link)


def test_a_timecode_beside_the_picture_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "call.mov"
    with av.open(str(path), "w", options={"write_tmcd": "1"}) as container:
        container.metadata["timecode"] = "10:00:00:00"
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for index, image in enumerate(shades(10)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with av.open(str(path)) as container:
        assert len(container.streams) == 2
    frames, _, damaged = read(path)
    assert len(frames) == 10
    assert damaged is None


@pytest.mark.parametrize("tag", [b"", b"ID3\x03\0\0\0\0\x02\0" + bytes(256)])
def test_mp3_files_that_were_joined_lack_nothing(tag: bytes, tmp_path: Path) -> None:
    one = write_sound(tmp_path / "one.mp3", sine(440, 2, 48_000), 48_000, codec="libmp3lame")
    both = tmp_path / "both.mp3"
    both.write_bytes(2 * (tag + one.read_bytes()))
    _, items, damaged = read(both)
    assert damaged is None
    assert items[-1].time == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("name", ["call.wav", "call.avi", "call.mp4"])
def test_a_second_recording_that_no_decoder_reads_is_said(name: str, tmp_path: Path) -> None:
    """As `cat one.wav two.wav` makes it."""
    tone = sine(440, 2, 48_000)
    one = (
        write_wav(tmp_path / name, tone, 48_000)
        if name.endswith("wav")
        else write_video(tmp_path / name, shades(20), 10, tone, codec="mpeg4")
    )
    assert read(one)[2] is None
    one.write_bytes(2 * one.read_bytes())
    assert "another one follows" in (read(one)[2] or "")


def test_real_audio_has_no_clock_and_is_not_damaged(tmp_path: Path) -> None:
    """All packets of its codec 14.4 have one time."""
    path = write_sound(tmp_path / "voice.rm", sine(440, 2, 8_000), 8_000, codec="real_144")
    _, items, damaged = read(path)
    assert damaged is None
    assert items[-1].time == pytest.approx(1.98, abs=0.1)


def test_pictures_after_a_key_picture_that_is_lost_are_said(
    tmp_path: Path, face_image: np.ndarray
) -> None:
    """Nothing of them can be shown, and no decoder complains."""
    rng = np.random.default_rng(3)
    images = [np.roll(face_image, int(rng.integers(9)), axis=1) for _ in range(30)]
    source = write_video(tmp_path / "call.mkv", images, 10, sine(440, 3, 48_000))
    path = tmp_path / "late.mkv"
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.dts is None or (packet.stream.type == "video" and packet.is_keyframe):
                continue
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    frames, sounds, damaged = read(path)
    assert sounds
    assert frames == []
    assert damaged == "some of its picture could not be decoded"


def test_a_stream_that_goes_on_with_other_channels_is_said(tmp_path: Path) -> None:
    parts = [
        write_sound(
            tmp_path / f"{count}.opus",
            np.stack([sine(440, 1, 48_000)] * count),
            48_000,
            codec="libopus",
        )
        for count in (1, 2)
    ]
    path = tmp_path / "joined.opus"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    _, sound, damaged = read(path)
    assert sum(item.data.shape[1] for item in sound) == pytest.approx(48_000, abs=1_000)
    assert damaged is not None
    assert "another one follows in the same file and is not read; cut the two apart" in damaged


@pytest.mark.parametrize("name", ["gap.mp4", "gap.mkv"])
def test_the_last_picture_after_a_long_gap_lasts_no_longer(name: str, tmp_path: Path) -> None:
    times = [index / 10 + (900 if index >= 10 else 0) for index in range(20)]
    path = write_video(tmp_path / name, shades(20), 10, times=times)
    with Recording(path) as recording:
        frames = list(recording)
    assert frames[-1].time == pytest.approx(901.9, abs=0.05)
    assert recording.end == pytest.approx(902, abs=0.15)
