"""Lists as they come out of Excel, editors and other systems."""

import unicodedata
from pathlib import Path

import pytest

from emotion.datasets import clip_tables, face_photographs, own_data
from emotion.errors import DatasetError
from emotion.readings import emotions

HEAD = "path,emotion,speaker,corpus"


def clips(folder: Path, content: bytes | str, encoding: str = "utf-8") -> list[tuple[str, str]]:
    """What a list of clips comes to: file names and emotions."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    (folder / "clips.csv").write_bytes(data)
    for name in ("a.wav", "b.wav", "größe.wav"):
        (folder / name).touch()
    return [
        (clip.path.relative_to(folder).as_posix(), emotions.NAMES[clip.emotion])
        for clip in own_data.listed(folder)
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_way_of_saving_a_table(
    separator: str, encoding: str, ending: str, tmp_path: Path
) -> None:
    rows = [HEAD, "größe.wav,happy,anna,home", "", ",,,", "b.wav,sad,anna,home"]
    text = ending.join(rows).replace(",", separator) + ending
    assert clips(tmp_path, text, encoding) == [("größe.wav", "happy"), ("b.wav", "sad")]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Happy", "happy"),
        ("HAPPINESS", "happy"),
        (" anger ", "angry"),
        ("Surprise", "surprised"),
        ("neutral", "neutral"),
        ("Joy", "happy"),
        ("calmness", "calm"),
    ],
)
def test_emotions_in_capitals_and_as_nouns(word: str, name: str, tmp_path: Path) -> None:
    assert clips(tmp_path, f"{HEAD}\na.wav,{word},anna,home\n") == [("a.wav", name)]


@pytest.mark.parametrize(
    "head",
    [
        "Path,Emotion,Speaker,Corpus",
        '"path" , EMOTION,speaker,corpus',
        "File Path,Feeling,SPEAKER_ID,Dataset",
        "\u200bpath,emotion\u00a0,Person,corpus",
    ],
)
def test_names_of_columns_in_capitals_and_quotes(head: str, tmp_path: Path) -> None:
    assert clips(tmp_path, f"{head}\na.wav,sad,anna,home\n") == [("a.wav", "sad")]


def test_columns_in_another_order_and_more_of_them(tmp_path: Path) -> None:
    text = "remark,corpus,emotion,file,speaker\nnice,home,sad,a.wav,anna\n"
    assert clips(tmp_path, text) == [("a.wav", "sad")]


def test_excels_own_word_for_the_separator(tmp_path: Path) -> None:
    text = f"sep=;\r\n{HEAD}\r\na.wav,sad,anna,home\r\n".replace(",", ";")
    assert clips(tmp_path, text) == [("a.wav", "sad")]


def test_what_only_fills_a_file_or_a_row_is_no_row(tmp_path: Path) -> None:
    text = f"{HEAD}\na.wav,sad,anna,home,,\n;;;\n"
    assert clips(tmp_path, text.encode() + b"\x1a" + bytes(40)) == [("a.wav", "sad")]
    assert clips(tmp_path, f'"sep=;"\n{HEAD.replace(",", ";")}\na.wav;sad;anna;home') == [
        ("a.wav", "sad")
    ]


def test_paths_of_windows(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    for name in ("one/a.wav", "one/b.wav"):
        (tmp_path / name).write_bytes(b"x")
    text = f"{HEAD}\none\\a.wav,sad,anna,home\nC:\\Users\\me\\data\\one\\b.wav,happy,anna,home\n"
    assert clips(tmp_path, text) == [("one/a.wav", "sad"), ("one/b.wav", "happy")]


def test_a_row_twice_counts_once(tmp_path: Path) -> None:
    text = f"{HEAD}\na.wav,sad,anna,home\n./a.wav,Sadness,anna,home\n"
    assert clips(tmp_path, text) == [("a.wav", "sad")]


def test_rows_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    text = f"{HEAD}\na.wav,sad,anna,home\n\na.wav,happy,anna,home\n"
    with pytest.raises(DatasetError, match=r"clips\.csv, line 4: a\.wav stands in line 2 already"):
        clips(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", r"is empty\. It should have a first row path, emotion"),
        ("a.wav,sad\n", r"line 1: the column 'path' is missing\. Found: a\.wav, sad"),
        (f"{HEAD}\na.wav,glad,anna,home\n", r"line 2: 'glad' is no emotion\. Write one of neut"),
        (f"{HEAD}\n\na.wav,,anna,home\n", r"line 3: emotion is missing\. Found: a\.wav, , anna"),
        (f"{HEAD}\na.wav,sad\n", r"line 2: speaker is missing"),
        (f'{HEAD}\na.wav,sad,"anna\nb",home\nb.wav,glad,anna,home\n', "line 4: 'glad'"),
        (f"{HEAD}\na.wav,sad,anna,home\nc.wav,sad,anna,home\n", r"line 3: .* no file 'c\.wav' in"),
        (f"{HEAD}\n{'x' * 300},sad,anna,home\n", r"line 2: x+ may not be read: File name too"),
        (f"{HEAD},Emotion\na.wav,sad,anna,home,happy\n", "line 1: the column 'emotion' is there 2"),
        (f'{HEAD}\n"a.wav,sad,anna,home\nb.wav,sad,anna,home\n', "line 2: .* is not closed in its"),
        (b"PK\x03\x04" + bytes(200), r"is a workbook of Excel or an archive\. Save it as CSV"),
        (b"\x00\x01\x02\x03" * 50, "is no table of text"),
        (b"\xff\xfea", "is not the text it says it is"),
    ],
)
def test_errors_name_file_line_and_what_was_found(
    text: str | bytes, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=expected) as caught:
        clips(tmp_path, text)
    assert "clips.csv" in str(caught.value)


def test_a_blank_row_first_does_not_hide_the_separator(tmp_path: Path) -> None:
    text = f"\n;;;\n{HEAD}\na.wav,sad,anna,home\n".replace(",", ";")
    assert clips(tmp_path, text) == [("a.wav", "sad")]


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("cp1252", "Ann’s €.wav"),
        ("cp1250", "žluťoučký.wav"),
        ("cp1251", "запись.wav"),
        ("cp932", "録音ソ.wav"),
        ("gb18030", "录音.wav"),
        ("cp949", "녹음.wav"),
        ("mac_roman", "größe.wav"),
        ("cp850", "größe.wav"),
        ("utf-32", "größe.wav"),
    ],
)
def test_the_code_page_is_the_one_in_which_files_are_there(
    page: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).touch()
    text = f"{HEAD}\na.wav,sad,anna,home\n{name},happy,anna,home\n"
    assert clips(tmp_path, text, page) == [("a.wav", "sad"), (name, "happy")]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_and_capitals_of_another_system(form: str, tmp_path: Path) -> None:
    (tmp_path / "Séance").mkdir()
    (tmp_path / "Séance" / "É.WAV").touch()
    written = unicodedata.normalize("NFD" if form == "NFC" else "NFC", "séance\\é.wav")
    text = f"{HEAD}\n{written},sad,anna,home\n"
    assert clips(tmp_path, text) == [("Séance/É.WAV", "sad")]


def test_names_that_only_capitals_tell_apart_are_not_guessed(tmp_path: Path) -> None:
    for name in ("C.wav", "c.WAV"):
        (tmp_path / name).touch()
    assert clips(tmp_path, f"{HEAD}\nC.wav,sad,anna,home\n") == [("C.wav", "sad")]
    with pytest.raises(DatasetError, match=r"line 2: there is no file 'c\.wav'"):
        clips(tmp_path, f"{HEAD}\nc.wav,sad,anna,home\n")


def test_a_file_by_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to("a.wav")
    text = f"{HEAD}\na.wav,sad,anna,home\nlink.wav,sad,anna,home\n"
    assert clips(tmp_path, text) == [("a.wav", "sad")]


def test_a_speaker_in_other_capitals_is_no_other_speaker(tmp_path: Path) -> None:
    clips(tmp_path, f"{HEAD}\na.wav,sad,Anna,Home\nb.wav,sad,anna,home\n")
    listed = own_data.listed(tmp_path)
    assert {(clip.speaker, clip.corpus) for clip in listed} == {("Anna", "Home")}


def test_faces_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "faces.csv").write_text("path,emotion\na.jpg,sad\na.jpg,happy\n")
    (tmp_path / "a.jpg").touch()
    with pytest.raises(DatasetError, match=r"faces\.csv, line 3: a\.jpg stands in line 2 already"):
        face_photographs.read(tmp_path)


def test_a_list_of_faces_is_read_the_same_way(tmp_path: Path) -> None:
    text = "Path;Emotion\r\na.jpg;Fear\r\nb.jpg;happy\r\na.jpg;Fear\r\n"
    (tmp_path / "faces.csv").write_text(text, encoding="utf-16")
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    found = [
        (one.path.name, emotions.NAMES[one.emotion]) for one in face_photographs.read(tmp_path)
    ]
    assert found == [("a.jpg", "fearful"), ("b.jpg", "happy")]


def test_a_missing_list_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No list at .*x\.csv\. It should have a first row"):
        next(clip_tables.read(tmp_path / "x.csv", ("path",)))


def test_folders_of_speakers_may_be_links(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "anna"
    elsewhere.mkdir(parents=True)
    (elsewhere / "1.wav").write_bytes(b"x")
    for name in ("happy", "sad"):
        (tmp_path / "mine" / name).mkdir(parents=True)
    (tmp_path / "mine" / "happy" / "anna").symlink_to(elsewhere)
    (tmp_path / "mine" / "sad" / "loop").symlink_to(tmp_path / "mine")
    found = own_data.folder(tmp_path / "mine")
    assert [(clip.path.name, clip.speaker) for clip in found] == [("1.wav", "mine-anna")]
