from pathlib import Path

import pytest

from emotion import emotions, media
from emotion.datasets import speech
from emotion.errors import DatasetError
from tests.media_makers import sine, write_wav


@pytest.fixture
def ravdess(tmp_path: Path) -> Path:
    """Two actors' sound of speech, as unpacked, with what else lies about there."""
    for actor in ("01", "02"):
        folder = tmp_path / "Audio_Speech_Actors" / f"Actor_{actor}"
        folder.mkdir(parents=True)
        for code in range(1, 9):
            write_wav(folder / f"03-01-{code:02}-01-01-01-{actor}.wav", sine(200, 0.1, 16_000))
        (folder / f"01-01-05-01-01-01-{actor}.mp4").touch()
        (folder / f"02-01-05-01-01-01-{actor}.mp4").touch()
        (folder / f"03-02-05-01-01-01-{actor}.wav").touch()
        (folder / f"03-01-09-01-01-01-{actor}.wav").touch()
        (folder / f"03-01-05-01-01-{actor}.wav").touch()
        (folder / f"03-01-aa-01-01-01-{actor}.wav").touch()
        (folder / f"03-01-05-01-01-01-{actor}.txt").touch()
    return tmp_path


def write_list(folder: Path, *lines: str) -> Path:
    (folder / "clips.csv").write_text("\n".join(["path,emotion,speaker,corpus", *lines]))
    return folder


def test_ravdess_lists_only_speech_with_sound_alone(ravdess: Path) -> None:
    clips = speech.ravdess(ravdess)
    assert len(clips) == 16
    assert {clip.speaker for clip in clips} == {"ravdess-01", "ravdess-02"}
    assert {clip.corpus for clip in clips} == {"ravdess"}
    assert [clip.path.name for clip in clips] == sorted(clip.path.name for clip in clips)
    for clip in clips:
        code = int(clip.path.name.split("-")[2])
        assert emotions.EMOTIONS[clip.emotion].code == code
        assert len(media.read_sound(clip.path)) == 1600


def test_ravdess_lists_videos_where_asked(ravdess: Path) -> None:
    clips = speech.ravdess(ravdess, video=True)
    assert [clip.path.name for clip in clips] == [
        "01-01-05-01-01-01-01.mp4",
        "01-01-05-01-01-01-02.mp4",
    ]
    assert {emotions.NAMES[clip.emotion] for clip in clips} == {"angry"}


def test_ravdess_takes_capitals_and_flac(tmp_path: Path) -> None:
    (tmp_path / "03-01-03-02-01-01-09.WAV").touch()
    (tmp_path / "03-01-04-02-01-01-09.flac").touch()
    names = [emotions.NAMES[clip.emotion] for clip in speech.ravdess(tmp_path)]
    assert names == ["happy", "sad"]


def test_ravdess_error_names_the_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere.*no such folder"):
        speech.ravdess(tmp_path / "nowhere")


@pytest.mark.parametrize(("video", "name"), [(False, "03-01-"), (True, "01-01-")])
def test_ravdess_error_says_what_was_looked_for(tmp_path: Path, video: bool, name: str) -> None:
    (tmp_path / "other.wav").touch()
    with pytest.raises(DatasetError) as caught:
        speech.ravdess(tmp_path, video=video)
    assert str(tmp_path) in str(caught.value)
    assert name in str(caught.value)
    assert (".mp4" if video else ".wav") in str(caught.value)


def test_a_list_gives_its_clips_in_order(tmp_path: Path) -> None:
    write_list(tmp_path, "b/2.wav,sad,anna,home", "a/1.wav,happy,bert,home")
    clips = speech.listed(tmp_path)
    assert clips == [
        speech.Clip(tmp_path / "b/2.wav", emotions.INDEX["sad"], "anna", "home"),
        speech.Clip(tmp_path / "a/1.wav", emotions.INDEX["happy"], "bert", "home"),
    ]


def test_list_error_for_no_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"clips\.csv.*path, emotion, speaker, corpus"):
        speech.listed(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.wav,bored,anna,home", "line 3: 'bored' is none of neutral, calm"),
        ("1.wav,,anna,home", "line 3: emotion is missing"),
        ("1.wav,sad,anna", "line 3: corpus is missing"),
        (",sad,anna,home", "line 3: path is missing"),
    ],
)
def test_list_error_names_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        speech.listed(write_list(tmp_path, "0.wav,sad,anna,home", line))


def test_list_error_for_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="lists no clip"):
        speech.listed(write_list(tmp_path))
