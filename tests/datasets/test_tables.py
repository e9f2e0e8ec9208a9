"""Lists as they come out of Excel, editors and other systems."""

from pathlib import Path

import pytest

from emotion import emotions
from emotion.datasets import own_data, pictures, tables
from emotion.errors import DatasetError

HEAD = "path,emotion,speaker,corpus"


def clips(folder: Path, content: bytes | str, encoding: str = "utf-8") -> list[tuple[str, str]]:
    """What a list of clips comes to: file names and emotions."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    (folder / "clips.csv").write_bytes(data)
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
    ],
)
def test_emotions_in_capitals_and_as_nouns(word: str, name: str, tmp_path: Path) -> None:
    assert clips(tmp_path, f"{HEAD}\na.wav,{word},anna,home\n") == [("a.wav", name)]


@pytest.mark.parametrize("head", ["Path,Emotion,Speaker,Corpus", '"path" , EMOTION,speaker,corpus'])
def test_names_of_columns_in_capitals_and_quotes(head: str, tmp_path: Path) -> None:
    assert clips(tmp_path, f"{head}\na.wav,sad,anna,home\n") == [("a.wav", "sad")]


def test_columns_in_another_order_and_more_of_them(tmp_path: Path) -> None:
    text = "remark,corpus,emotion,file,speaker\nnice,home,sad,a.wav,anna\n"
    assert clips(tmp_path, text) == [("a.wav", "sad")]


def test_excels_own_word_for_the_separator(tmp_path: Path) -> None:
    text = f"sep=;\r\n{HEAD}\r\na.wav,sad,anna,home\r\n".replace(",", ";")
    assert clips(tmp_path, text) == [("a.wav", "sad")]


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
        (f'{HEAD}\n"a\nb.wav",sad,anna,home\nc.wav,glad,anna,home\n', "line 4: 'glad'"),
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


def test_a_list_of_faces_is_read_the_same_way(tmp_path: Path) -> None:
    text = "Path;Emotion\r\na.jpg;Fear\r\nb.jpg;happy\r\na.jpg;Fear\r\n"
    (tmp_path / "faces.csv").write_text(text, encoding="utf-16")
    found = [(one.path.name, emotions.NAMES[one.emotion]) for one in pictures.read(tmp_path)]
    assert found == [("a.jpg", "fearful"), ("b.jpg", "happy")]


def test_a_missing_list_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No list at .*x\.csv\. It should have a first row"):
        next(tables.read(tmp_path / "x.csv", ("path",)))


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
