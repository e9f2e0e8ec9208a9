import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion.datasets import corpora, own_data
from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.media import recordings
from emotion.readings import emotions
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


Reader = Callable[[Path], list[Clip]]

READERS: list[tuple[Reader, str, str]] = [
    (corpora.ravdess, "03-01-05-02-01-01-12", "RAVDESS speech"),
    (corpora.savee, "DC_a01", "SAVEE"),
    (corpora.cremad, "1001_DFA_ANG_XX", "CREMA-D"),
    (corpora.tess, "OAF_back_angry", "TESS"),
    (corpora.emodb, "03a01Wa", "EMO-DB"),
]
"""Each reader of a published corpus, an angry clip of it, and its title."""

LAYOUTS: list[tuple[Reader, dict[str, tuple[str, str]]]] = [
    (
        corpora.savee,
        {
            "AudioData/DC/a01.wav": ("angry", "savee-DC"),
            "AudioData/DC/d02.wav": ("disgusted", "savee-DC"),
            "AudioData/JE/f03.wav": ("fearful", "savee-JE"),
            "AudioData/JE/h04.wav": ("happy", "savee-JE"),
            "AudioData/JK/n30.wav": ("neutral", "savee-JK"),
            "AudioData/JK/sa15.wav": ("sad", "savee-JK"),
            "AudioData/KL/su01.wav": ("surprised", "savee-KL"),
        },
    ),
    (
        corpora.savee,
        {
            "ALL/DC_a01.wav": ("angry", "savee-DC"),
            "ALL/JE_sa02.wav": ("sad", "savee-JE"),
            "ALL/KL_su15.wav": ("surprised", "savee-KL"),
        },
    ),
    (
        corpora.cremad,
        {
            "AudioWAV/1001_DFA_ANG_XX.wav": ("angry", "cremad-1001"),
            "AudioWAV/1001_IEO_DIS_LO.wav": ("disgusted", "cremad-1001"),
            "AudioWAV/1002_IEO_FEA_MD.wav": ("fearful", "cremad-1002"),
            "AudioWAV/1002_IEO_HAP_HI.wav": ("happy", "cremad-1002"),
            "AudioWAV/1040_ITH_SAD_X.wav": ("sad", "cremad-1040"),
            "AudioWAV/1091_WSI_NEU_XX.wav": ("neutral", "cremad-1091"),
        },
    ),
    (
        corpora.tess,
        {
            "OAF_Fear/OAF_back_fear.wav": ("fearful", "tess-OAF"),
            "OAF_Pleasant_surprise/OAF_back_ps.wav": ("surprised", "tess-OAF"),
            "OAF_neutral/OA_bite_neutral.wav": ("neutral", "tess-OAF"),
            "OAF_Sad/OAF_back_sad.wav": ("sad", "tess-OAF"),
            "YAF_angry/YAF_back_angry.wav": ("angry", "tess-YAF"),
            "YAF_disgust/YAF_back_disgust.wav": ("disgusted", "tess-YAF"),
            "YAF_happy/YAF_back_happy.wav": ("happy", "tess-YAF"),
            "YAF_pleasant_surprised/YAF_back_ps.wav": ("surprised", "tess-YAF"),
        },
    ),
    (
        corpora.emodb,
        {
            "wav/03a01Wa.wav": ("angry", "emodb-03"),
            "wav/03a02Ec.wav": ("disgusted", "emodb-03"),
            "wav/08a07Ab.wav": ("fearful", "emodb-08"),
            "wav/08b10Fa.wav": ("happy", "emodb-08"),
            "wav/16b01Tb.wav": ("sad", "emodb-16"),
            "wav/16b09Nd.wav": ("neutral", "emodb-16"),
        },
    ),
]

STRAYS: list[tuple[Reader, list[str]]] = [
    (corpora.savee, ["DC_a1.wav", "DC_x01.wav", "XY_a01.wav", "other/a01.wav", "DC/a01.avi"]),
    (corpora.cremad, ["1001_DFA_CAL_XX.wav", "1001_DFA_ANG_ZZ.wav", "1001_DFA_ANG_XX.mp3"]),
    (corpora.tess, ["OAF_angry.wav", "XAF_back_angry.wav", "OAF_back_calm.wav", "OAF_a_sad.txt"]),
    (corpora.emodb, ["03a01La.wav", "03a01F.wav", "03c01Fa.wav", "03a01Fa.lab", "3a01Fa.wav"]),
]


def touch(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def told(clips: list[Clip]) -> dict[Path, tuple[str, str]]:
    """Emotion and speaker by path."""
    return {clip.path: (emotions.NAMES[clip.emotion], clip.speaker) for clip in clips}


def write_list(folder: Path, *lines: str) -> Path:
    """A folder with a list of clips, and the clips."""
    (folder / "clips.csv").write_text("\n".join(["path,emotion,speaker,corpus", *lines]))
    for line in lines:
        name, *_ = line.split(",")
        if name:
            touch(folder / name)
    return folder


def test_ravdess_lists_only_speech_with_sound_alone(ravdess: Path) -> None:
    clips = corpora.ravdess(ravdess)
    assert len(clips) == 16
    assert {clip.speaker for clip in clips} == {"ravdess-01", "ravdess-02"}
    assert {clip.corpus for clip in clips} == {"ravdess"}
    assert [clip.path.name for clip in clips] == sorted(clip.path.name for clip in clips)
    for clip in clips:
        code = int(clip.path.name.split("-")[2])
        assert emotions.EMOTIONS[clip.emotion].code == code
        assert len(recordings.read_sound(clip.path)) == 1600


def test_ravdess_lists_videos_where_asked(ravdess: Path) -> None:
    clips = corpora.ravdess(ravdess, video=True)
    assert [clip.path.name for clip in clips] == [
        "01-01-05-01-01-01-01.mp4",
        "01-01-05-01-01-01-02.mp4",
    ]
    assert {emotions.NAMES[clip.emotion] for clip in clips} == {"angry"}


def test_ravdess_takes_capitals_and_flac(tmp_path: Path) -> None:
    (tmp_path / "03-01-03-02-01-01-09.WAV").touch()
    (tmp_path / "03-01-04-02-01-01-09.flac").touch()
    names = [emotions.NAMES[clip.emotion] for clip in corpora.ravdess(tmp_path)]
    assert names == ["happy", "sad"]


def test_ravdess_error_names_the_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere.*no such folder"):
        corpora.ravdess(tmp_path / "nowhere")


@pytest.mark.parametrize(("video", "name"), [(False, "03-01-"), (True, "01-01-")])
def test_ravdess_error_says_what_was_looked_for(tmp_path: Path, video: bool, name: str) -> None:
    (tmp_path / "other.wav").touch()
    with pytest.raises(DatasetError) as caught:
        corpora.ravdess(tmp_path, video=video)
    assert str(tmp_path) in str(caught.value)
    assert name in str(caught.value)
    assert (".mp4" if video else ".wav") in str(caught.value)


def test_ravdess_actors_given_twice_are_listed_once(ravdess: Path) -> None:
    once = corpora.ravdess(ravdess)
    shutil.copytree(ravdess / "Audio_Speech_Actors", ravdess / "audio_speech_actors_01-24")
    assert corpora.ravdess(ravdess) == once


@pytest.mark.parametrize(("reader", "files"), LAYOUTS)
def test_a_corpus_as_unpacked(
    tmp_path: Path, reader: Reader, files: dict[str, tuple[str, str]]
) -> None:
    for file in files:
        touch(tmp_path / file)
    clips = reader(tmp_path)
    assert told(clips) == {tmp_path / file: heard for file, heard in files.items()}
    assert [clip.path.name for clip in clips] == sorted(Path(file).name for file in files)
    corpus, *_ = clips[0].speaker.split("-")
    assert {clip.corpus for clip in clips} == {corpus}


@pytest.mark.parametrize(("reader", "files"), STRAYS)
def test_what_else_lies_about_is_left_out(tmp_path: Path, reader: Reader, files: list[str]) -> None:
    for file in files:
        touch(tmp_path / file)
    with pytest.raises(DatasetError, match="looked at any depth"):
        reader(tmp_path)


@pytest.mark.parametrize(("reader", "name", "title"), READERS)
class TestEveryCorpus:
    def test_a_clip_is_found_and_can_be_heard(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        file = touch(tmp_path / "a" / "b" / "c" / f"{name}.wav")
        write_wav(file, sine(200, 0.1, 16_000))
        (clip,) = reader(tmp_path)
        assert clip.path == file
        assert emotions.NAMES[clip.emotion] == "angry"
        assert len(recordings.read_sound(clip.path)) == 1600

    def test_capitals_and_flac(self, tmp_path: Path, reader: Reader, name: str, title: str) -> None:
        files = [
            touch(tmp_path / "1" / f"{name}.flac"),
            touch(tmp_path / "2" / f"{name.upper()}.WAV"),
            touch(tmp_path / "3" / f"{name.lower()}.Flac"),
        ]
        clips = reader(tmp_path)
        assert {clip.emotion for clip in clips} == {emotions.INDEX["angry"]}
        assert len({clip.speaker for clip in clips}) == 1
        # The third is the first once more, spelled in another way.
        assert {clip.path for clip in clips} < set(files)
        assert {clip.path.suffix.lower() for clip in clips} == {".wav", ".flac"}

    def test_a_folder_within_itself_counts_once(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        outer = touch(tmp_path / "data" / f"{name}.wav")
        touch(tmp_path / "data" / "data" / f"{name}.wav")
        assert [clip.path for clip in reader(tmp_path)] == [outer]

    def test_files_of_another_size_are_other_clips(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        first, second = touch(tmp_path / "a" / f"{name}.wav"), touch(tmp_path / "b" / f"{name}.wav")
        second.write_bytes(b"1")
        assert [clip.path for clip in reader(tmp_path)] == [first, second]

    def test_what_macos_packs_is_no_clip(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        touch(tmp_path / "__MACOSX" / f"{name}.wav").write_bytes(b"1")
        touch(tmp_path / "data" / f"._{name}.wav").write_bytes(b"22")
        file = touch(tmp_path / "data" / f"{name}.wav")
        assert [clip.path for clip in reader(tmp_path)] == [file]

    def test_the_given_folder_may_lie_in_a_hidden_one(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        file = touch(tmp_path / ".cache" / "data" / f"{name}.wav")
        assert [clip.path for clip in reader(tmp_path / ".cache")] == [file]

    def test_a_folder_named_like_a_clip_is_none(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        (tmp_path / f"{name}.wav").mkdir()
        with pytest.raises(DatasetError, match=f"No {title} in"):
            reader(tmp_path)

    def test_a_missing_folder_is_named(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        with pytest.raises(DatasetError, match=rf"No {title} at .*nowhere: there is no such"):
            reader(tmp_path / "nowhere")

    def test_a_zip_file_is_to_be_unpacked(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        with pytest.raises(DatasetError, match=rf"No {title} at .*data\.zip: .* Unpack it"):
            reader(touch(tmp_path / "data.zip"))

    def test_a_folder_without_clips_is_told_what_was_looked_for(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        touch(tmp_path / "other.wav")
        with pytest.raises(DatasetError) as caught:
            reader(tmp_path)
        message = str(caught.value)
        assert message.startswith(f"No {title} in {tmp_path}: looked at any depth for files named")
        assert message.endswith("with the ending .wav or .flac.")

    def test_the_name_that_an_error_gives_is_one_that_is_read(
        self, tmp_path: Path, reader: Reader, name: str, title: str
    ) -> None:
        with pytest.raises(DatasetError) as caught:
            reader(tmp_path)
        named = str(caught.value).split("named like ")[1].split(" with")[0].split(" or ")
        for example in named:
            touch(tmp_path / f"{example}.wav")
        assert len(reader(tmp_path)) == len(named)


def test_savee_takes_one_speakers_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = touch(tmp_path / "KL" / "sa01.wav")
    assert told(corpora.savee(file.parent)) == {file: ("sad", "savee-KL")}
    monkeypatch.chdir(file.parent)
    assert told(corpora.savee(Path())) == {Path("sa01.wav"): ("sad", "savee-KL")}


def test_savee_speakers_share_names_but_not_clips(tmp_path: Path) -> None:
    files = [touch(tmp_path / speaker / "a01.wav") for speaker in ("DC", "JE", "JK", "KL")]
    clips = corpora.savee(tmp_path)
    assert [clip.path for clip in clips] == files
    assert [clip.speaker for clip in clips] == ["savee-DC", "savee-JE", "savee-JK", "savee-KL"]


def test_tess_has_the_emotion_of_the_file_not_of_its_folder(tmp_path: Path) -> None:
    file = touch(tmp_path / "OAF_angry" / "OAF_back_Fear.wav")
    assert told(corpora.tess(tmp_path)) == {file: ("fearful", "tess-OAF")}


@pytest.mark.parametrize(
    ("name", "file", "corpus"),
    [
        ("ravdess", "03-01-05-02-01-01-12.wav", "ravdess"),
        ("RAVDESS", "03-01-05-02-01-01-12.wav", "ravdess"),
        ("savee", "DC/a01.wav", "savee"),
        ("cremad", "1001_DFA_ANG_XX.wav", "cremad"),
        ("CREMA-D", "1001_DFA_ANG_XX.wav", "cremad"),
        ("tess", "OAF_back_angry.wav", "tess"),
        ("emodb", "03a01Wa.wav", "emodb"),
        ("emo-db", "03a01Wa.wav", "emodb"),
        ("mine", "angry/1.wav", "mine"),
        ("Mine", "angry/anna/1.wav", "Mine"),
    ],
)
def test_read_knows_data_by_its_name(tmp_path: Path, name: str, file: str, corpus: str) -> None:
    touch(tmp_path / file)
    (clip,) = corpora.read(name, tmp_path)
    assert (clip.path, clip.corpus) == (tmp_path / file, corpus)
    assert emotions.NAMES[clip.emotion] == "angry"
    assert clip.speaker.split("-")[0] == corpus


def test_read_takes_a_list_before_folders(tmp_path: Path) -> None:
    touch(tmp_path / "happy" / "1.wav")
    write_list(tmp_path, "happy/1.wav,sad,anna,home")
    assert corpora.read("mine", tmp_path) == [
        Clip(tmp_path / "happy/1.wav", emotions.INDEX["sad"], "anna", "home")
    ]


@pytest.mark.parametrize("name", corpora.KNOWN)
def test_read_takes_no_folders_of_emotions_for_a_known_corpus(tmp_path: Path, name: str) -> None:
    touch(tmp_path / "happy" / "1.wav")
    with pytest.raises(DatasetError, match="looked at any depth for files named like"):
        corpora.read(name, tmp_path)


def test_read_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"'mine' at .*nowhere.*clips\.csv or a folder for"):
        corpora.read("mine", tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"'mine' at .*data\.zip.*Unpack it"):
        corpora.read("mine", touch(tmp_path / "data.zip"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty: looked for a folder for each.*clips\.csv"):
        corpora.read("mine", tmp_path / "empty")


def test_the_order_is_not_that_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b", "a", "c"):
        touch(tmp_path / "sad" / name / "1.wav")
        touch(tmp_path / "sad" / name / "0.wav")
    straight = own_data.folder(tmp_path, "mine")
    rglob = Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda self, pattern: reversed(list(rglob(self, pattern))))
    assert own_data.folder(tmp_path, "mine") == straight
    assert [f"{clip.path.name} {clip.path.parent.name}" for clip in straight] == [
        "0.wav a",
        "0.wav b",
        "0.wav c",
        "1.wav a",
        "1.wav b",
        "1.wav c",
    ]


@pytest.mark.parametrize(
    ("name", "files", "speaker"),
    [
        ("savee", ["DC/a01.avi", "DC/a01.wav", "converted/DC/a01.mp4"], "savee-DC"),
        (
            "cremad",
            [
                "VideoFlash/1001_DFA_ANG_XX.flv",
                "AudioWAV/1001_DFA_ANG_XX.wav",
                "mp4/1001_DFA_ANG_XX.mp4",
            ],
            "cremad-1001",
        ),
    ],
)
def test_clips_with_picture_are_listed_where_asked(
    name: str, files: list[str], speaker: str, tmp_path: Path
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(b"x")
    (video,) = corpora.read(name, tmp_path, video=True)
    (sound,) = corpora.read(name, tmp_path)
    assert video.path.name == Path(files[0]).name
    assert sound.path.name == Path(files[1]).name
    assert video.speaker == sound.speaker == speaker
    assert video.emotion == sound.emotion


def test_data_of_ones_own_can_have_pictures(tmp_path: Path) -> None:
    for file in ("happy/a.webm", "sad/b.wav"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_bytes(b"x")
    assert [clip.path.name for clip in corpora.read("own", tmp_path, video=True)] == ["a.webm"]
    (tmp_path / "happy/a.webm").unlink()
    with pytest.raises(DatasetError, match="None of the 1 clips"):
        corpora.read("own", tmp_path, video=True)


def test_a_corpus_of_sound_has_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="emodb has sound only; with picture there are ravdess"):
        corpora.read("EMO-DB", tmp_path, video=True)
