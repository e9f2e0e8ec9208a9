"""The sound of every format, at every rate, of every kind of sample."""

from pathlib import Path

import av
import numpy as np
import pytest

from emotion.errors import MediaError
from emotion.media import recordings, samples
from emotion.media.recordings import Recording
from tests.media_makers import shades, sine, write_sound, write_video, write_wav


@pytest.mark.parametrize("planar", [False, True], ids=["packed", "planar"])
def test_more_channels_than_a_frame_has_planes_of_its_own(
    planar: bool, rng: np.random.Generator
) -> None:
    data = rng.integers(-9_999, 9_999, (16, 33), np.int16)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(data.T.reshape(1, -1)), format="s16", layout="hexadecagonal"
    )
    frame.sample_rate = 16_000
    if planar:
        (frame,) = av.AudioResampler(format="s16p").resample(frame)
    np.testing.assert_array_equal(samples.decoded(frame), data)


@pytest.mark.parametrize("planar", [False, True], ids=["packed", "planar"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("name", "dtype"),
    [("u8", "uint8"), ("s16", "int16"), ("s32", "int32"), ("flt", "float32"), ("dbl", "float64")],
)
def test_channels_of_every_sample_format(
    name: str, dtype: str, channels: int, planar: bool, rng: np.random.Generator
) -> None:
    data = (rng.uniform(0, 100, (channels, 33))).astype(dtype)
    stored = data if planar else data.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(stored),
        format=name + "p" * planar,
        layout={1: "mono", 2: "stereo", 6: "5.1"}[channels],
    )
    np.testing.assert_array_equal(samples.decoded(frame), data)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    "codec",
    ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s64le", "pcm_f32le", "pcm_f64le"],
)
def test_read_sound_of_every_wav(tmp_path: Path, codec: str, channels: int) -> None:
    wave_ = sine(440, 0.5, 16_000)
    path = write_wav(tmp_path / "tone.wav", np.stack([wave_] * channels), codec=codec)
    sound = recordings.read_sound(path)
    assert sound.dtype == np.float32
    np.testing.assert_allclose(sound, wave_, atol=0.01 if codec == "pcm_u8" else 1e-3)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000])
def test_read_sound_at_any_rate(tmp_path: Path, rate: int) -> None:
    sound = recordings.read_sound(write_wav(tmp_path / "tone.wav", sine(440, 1, rate), rate))
    assert abs(len(sound) - 16_000) <= 1
    expected = sine(440, 1, 16_000)
    np.testing.assert_allclose(sound[800:-800], expected[800 : len(sound) - 800], atol=2e-3)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("tone.mp3", "libmp3lame", 44_100),
        ("tone.flac", "flac", 48_000),
        ("tone.m4a", "aac", 44_100),
        ("tone.opus", "libopus", 48_000),
    ],
)
def test_read_sound_of_compressed_files(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = write_sound(tmp_path / name, sine(440, 1, rate), rate, codec=codec)
    sound = recordings.read_sound(path)
    assert len(sound) == pytest.approx(16_000, abs=1600)
    spectrum = np.abs(np.fft.rfft(sound[:16_000] * np.hanning(min(len(sound), 16_000))))
    assert spectrum.argmax() * 16_000 / min(len(sound), 16_000) == pytest.approx(440, abs=3)


def test_read_sound_of_a_video(call: Path) -> None:
    assert len(recordings.read_sound(call)) == pytest.approx(32_000, abs=500)


def test_read_sound_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"mute\.mp4 has no sound"):
        recordings.read_sound(write_video(tmp_path / "mute.mp4", shades(3)))


@pytest.mark.parametrize(
    ("name", "codec"), [("call.wv", "wavpack"), ("call.eac3", "eac3"), ("call.ac3", "ac3")]
)
def test_further_formats_of_sound(tmp_path: Path, name: str, codec: str) -> None:
    path = write_sound(tmp_path / name, sine(440, 1, 48_000), 48_000, codec=codec)
    assert len(recordings.read_sound(path)) == pytest.approx(16_000, abs=700)


def test_raw_gsm_of_a_telephone_server(tmp_path: Path) -> None:
    # A frame of 33 bytes begins with 0xD and lasts 20 ms.
    path = tmp_path / "call.gsm"
    path.write_bytes((b"\xd8\x20\xa2\xe1\x5a" + b"\x50\x00\x49\x24\x92\x49\x24" * 4) * 50)
    assert len(recordings.read_sound(path)) == pytest.approx(16_000, abs=700)


def test_vorbis_is_not_called_damaged(tmp_path: Path) -> None:
    sound = np.stack([sine(440, 1, 48_000)] * 2)
    path = write_sound(
        tmp_path / "call.ogg", sound, 48_000, codec="vorbis", codec_options={"strict": "-2"}
    )
    with Recording(path) as recording:
        list(recording)
        assert recording.damaged is None


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("call.m4a", "alac", {}),
        ("call.mp4", "flac", {}),
        ("call.aiff", "pcm_s16be", {}),
        ("call.aiff", "pcm_f32be", {}),
        ("call.au", "pcm_mulaw", {}),
        ("call.w64", "pcm_s16le", {}),
        ("call.wav", "pcm_s16le", {"rf64": "always"}),
        ("call.wav", "pcm_s16le", {"write_bext": "1"}),
        ("call.wav", "adpcm_ima_wav", {}),
        ("call.wav", "adpcm_ms", {}),
        ("call.wav", "g722", {}),
        ("call.wav", "libmp3lame", {}),
        ("call.tta", "tta", {}),
        ("call.mp2", "mp2", {}),
        ("call.nut", "pcm_s16le", {}),
    ],
)
def test_what_recorders_and_editors_write(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    sound = recordings.read_sound(
        write_sound(tmp_path / name, sine(440, 2, 16_000), codec=codec, options=options)
    )
    assert len(sound) == pytest.approx(32_000, abs=1_600)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert spectrum.argmax() * 16_000 / len(sound) == pytest.approx(440, abs=1)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("channel", range(6))
@pytest.mark.parametrize(("name", "codec"), [("film.wav", "pcm_s16le"), ("film.ac3", "ac3")])
def test_a_voice_on_one_channel_of_surround_is_heard_in_full(
    name: str, codec: str, channel: int, tmp_path: Path
) -> None:
    # Low, because AC-3 has nothing else on the channel for the bass.
    channels = np.zeros((6, 96_000), np.float32)
    channels[channel] = sine(80, 2, 48_000)
    sound = recordings.read_sound(write_sound(tmp_path / name, channels, 48_000, codec=codec))
    assert np.abs(sound[3_200:-3_200]).max() == pytest.approx(0.5, abs=0.03)
