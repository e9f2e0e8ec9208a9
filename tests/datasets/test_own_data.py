from pathlib import Path

import pytest

from emotion.datasets import corpora, own_data
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.readings import emotions
from tests.datasets.test_corpora import Reader, told, touch, write_list
from tests.media_makers import sine, write_wav


def test_a_folder_with_speakers(tmp_path: Path) -> None:
    files = {
        "happy/anna/1.wav": ("happy", "mine-anna"),
        "happy/bert/monday/2.wav": ("happy", "mine-bert"),
        "Anger/Anna/3.mp3": ("angry", "mine-anna"),
        "SADNESS/bert/4.opus": ("sad", "mine-bert"),
        "calm/bert/5.MP4": ("calm", "mine-bert"),
    }
    for file in files:
        touch(tmp_path / file)
    touch(tmp_path / "happy" / "anna" / "notes.txt")
    touch(tmp_path / "happy" / "anna" / "._1.wav")
    touch(tmp_path / "__MACOSX" / "happy" / "anna" / "6.wav")
    touch(tmp_path / ".cache" / "7.wav")
    touch(tmp_path / "8.wav")
    clips = own_data.folder(tmp_path, "mine")
    assert told(clips) == {tmp_path / file: heard for file, heard in files.items()}
    assert [clip.path.stem for clip in clips] == ["1", "2", "3", "4", "5"]
    assert {clip.corpus for clip in clips} == {"mine"}


def test_a_folder_without_speakers_is_of_one_speaker(tmp_path: Path) -> None:
    files = [touch(tmp_path / "Mine" / name / f"{name}.wav") for name in sorted(emotions.NAMES)]
    clips = own_data.folder(tmp_path / "Mine")
    assert told(clips) == {file: (file.stem, "Mine") for file in files}
    assert {clip.corpus for clip in clips} == {"Mine"}


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("anger", "angry"),
        ("disgust", "disgusted"),
        ("Fear", "fearful"),
        ("HAPPINESS", "happy"),
        ("sadness", "sad"),
        ("surprise", "surprised"),
    ],
)
def test_a_folder_takes_nouns(tmp_path: Path, noun: str, name: str) -> None:
    file = touch(tmp_path / noun / "1.wav")
    assert told(own_data.folder(tmp_path, "mine")) == {file: (name, "mine")}


@pytest.mark.parametrize(
    "ending", [".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm", ".mp4", ".WAV"]
)
def test_a_folder_takes_what_can_be_heard(tmp_path: Path, ending: str) -> None:
    file = touch(tmp_path / "sad" / f"1{ending}")
    assert [clip.path for clip in own_data.folder(tmp_path)] == [file]


def test_a_folder_given_by_a_relative_path_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "mine" / "sad" / "1.wav")
    monkeypatch.chdir(tmp_path / "mine")
    assert told(own_data.folder(Path())) == {Path("sad/1.wav"): ("sad", "mine")}


def test_a_folder_unpacked_into_a_folder(tmp_path: Path) -> None:
    file = touch(tmp_path / "mine-main" / "mine" / "happy" / "anna" / "1.wav")
    touch(tmp_path / "__MACOSX" / "mine" / "happy" / "anna" / "._1.wav")
    assert told(own_data.folder(tmp_path, "mine")) == {file: ("happy", "mine-anna")}


def test_a_folder_lists_equal_files_of_a_speaker_once(tmp_path: Path) -> None:
    tone, other = sine(200, 0.1, 16_000), sine(300, 0.1, 16_000)
    kept = [
        write_wav(touch(tmp_path / "happy" / "anna" / "1.wav"), tone),
        # As long as the first, but recorded at another time.
        write_wav(touch(tmp_path / "happy" / "anna" / "tuesday" / "1.wav"), other),
        write_wav(touch(tmp_path / "happy" / "bert" / "1.wav"), tone),
        write_wav(touch(tmp_path / "sad" / "anna" / "1.wav"), tone),
    ]
    write_wav(touch(tmp_path / "happy" / "anna" / "wednesday" / "1.wav"), tone)
    assert [clip.path for clip in own_data.folder(tmp_path)] == kept


def test_folder_error_names_unknown_folders_and_what_is_accepted(tmp_path: Path) -> None:
    for name in ("happy", "bored", "Excited"):
        touch(tmp_path / name / "1.wav")
    with pytest.raises(DatasetError) as caught:
        own_data.folder(tmp_path)
    message = str(caught.value)
    assert "after no emotion: Excited, bored. " in message
    for name in (*emotions.NAMES, "anger", "surprise", *corpora.KNOWN, "clips.csv"):
        assert name in message


def test_folder_error_for_a_lone_unknown_folder(tmp_path: Path) -> None:
    touch(tmp_path / "bored" / "anna" / "1.wav")
    with pytest.raises(DatasetError, match="after no emotion: bored"):
        own_data.folder(tmp_path)


def test_folder_error_counts_unknown_folders_beyond_the_first(tmp_path: Path) -> None:
    for actor in range(1, 25):
        touch(tmp_path / f"Actor_{actor:02}" / "1.wav")
    with pytest.raises(DatasetError, match=r"Actor_01, .*Actor_05 and 19 more"):
        own_data.folder(tmp_path)


def test_folder_error_for_clips_of_nobody_among_those_of_speakers(tmp_path: Path) -> None:
    touch(tmp_path / "happy" / "anna" / "1.wav")
    touch(tmp_path / "sad" / "2.wav")
    with pytest.raises(DatasetError, match=r"sad.2\.wav lies in no speaker's folder"):
        own_data.folder(tmp_path)


def test_folder_error_for_no_clip(tmp_path: Path) -> None:
    touch(tmp_path / "happy" / "1.txt")
    touch(tmp_path / "2.wav")
    with pytest.raises(DatasetError, match=r"No emotional speech in .*neutral, calm.*\.mp4"):
        own_data.folder(tmp_path)


@pytest.mark.parametrize("reader", [own_data.folder, own_data.listed])
def test_own_data_error_for_a_missing_folder_and_for_a_zip(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(DatasetError, match=r"nowhere: there is no such folder\. Looked for"):
        reader(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"data\.zip: this is a file\. Unpack it"):
        reader(touch(tmp_path / "data.zip"))


def test_a_list_gives_its_clips_in_order(tmp_path: Path) -> None:
    write_list(tmp_path, "b/2.wav,sad,anna,home", "a/1.wav,happy,bert,home")
    clips = own_data.listed(tmp_path)
    assert clips == [
        Clip(tmp_path / "b/2.wav", emotions.INDEX["sad"], "anna", "home"),
        Clip(tmp_path / "a/1.wav", emotions.INDEX["happy"], "bert", "home"),
    ]


def test_a_list_without_a_corpus_is_of_one_with_the_name_of_the_data_set(tmp_path: Path) -> None:
    touch(tmp_path / "1.wav")
    for table in (
        "path,emotion,speaker\n1.wav,sad,anna\n",
        "path,emotion,speaker,corpus\n1.wav,sad,anna,\n",
    ):
        (tmp_path / "clips.csv").write_text(table)
        (clip,) = corpora.read("mine", tmp_path)
        assert clip == Clip(tmp_path / "1.wav", emotions.INDEX["sad"], "anna", "mine")
    assert own_data.listed(tmp_path)[0].corpus == tmp_path.name


def test_list_error_for_no_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"clips\.csv.*path, emotion, speaker"):
        own_data.listed(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.wav,bored,anna,home", "line 3: 'bored' is no emotion. Write one of neutral, calm"),
        ("1.wav,,anna,home", "line 3: emotion is missing"),
        ("1.wav,sad,anna", "line 3: corpus is missing"),
        (",sad,anna,home", "line 3: path is missing"),
    ],
)
def test_list_error_names_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        own_data.listed(write_list(tmp_path, "0.wav,sad,anna,home", line))


def test_list_error_for_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="lists no clip"):
        own_data.listed(write_list(tmp_path))
