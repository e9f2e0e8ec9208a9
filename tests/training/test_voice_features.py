"""What the encoder says of clips, with a synthetic encoder in a process of its own."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.impairments import conditions
from emotion.jobs import sharing, workers
from emotion.media.recordings import read_sound
from emotion.media.samples import RATE
from emotion.training import voice_features, whisper
from emotion.training.voice_statistics import VERSIONS, Statistics
from emotion.voice import log_mel, windows
from tests.media_makers import sine, write_wav
from tests.training.test_whisper import narrow

WINDOW = round(windows.LENGTH * RATE)


class Heard:
    """Clips of three speakers, the last of whom has no sound at all."""

    def __init__(self, folder: Path, encoder: Path, speech: np.ndarray) -> None:
        self.encoder = encoder
        self.work = folder / "work"
        tone = write_wav(folder / "tone.wav", sine(300, 1, RATE))
        spoken = write_wav(folder / "speech.wav", speech[: 4 * RATE])
        short = write_wav(folder / "short.wav", speech[20_000:22_000])
        text = folder / "text.wav"
        text.write_text("This is no sound.")
        empty = write_wav(folder / "empty.wav", np.zeros(0, np.float32))
        paths = [spoken, text, tone, short, empty, text]
        self.clips = [
            Clip(path, index, f"made-{owner}", "made")
            for index, (path, owner) in enumerate(zip(paths, (0, 0, 0, 1, 2, 2), strict=True))
        ]

    def extract(self, clips: list[Clip]) -> Statistics:
        with pytest.MonkeyPatch.context() as patch:
            # One process is enough, and takes less time to start.
            patch.setattr(workers, "processes", lambda _: 1)
            return voice_features.extract(clips, self.encoder, self.work)

    def files(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self.work.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def main_is_no_page() -> Iterator[None]:
    """Streamlit's AppTest leaves its page as the main module, which new processes would run."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory, speech: np.ndarray) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("statistics")
    with narrow(folder) as encoder:
        yield Heard(folder, encoder, speech)


@pytest.fixture(scope="module")
def extracted(heard: Heard) -> Statistics:
    return heard.extract(heard.clips)


def test_each_readable_clip_has_its_versions(heard: Heard, extracted: Statistics) -> None:
    assert extracted.clips == [heard.clips[index] for index in (0, 2, 3)]
    assert extracted.values.shape == (VERSIONS, 3, whisper.FEATURES)
    assert extracted.values.dtype == np.float16
    assert np.isfinite(extracted.values).all()
    assert extracted.labels.tolist() == [0, 2, 3]
    assert extracted.speakers.tolist() == ["made-0", "made-0", "made-1"]
    assert extracted.corpora.tolist() == ["made"] * 3
    # Four seconds of speech; of a tone and of an eighth of a second a call would remember none.
    assert extracted.remembered.tolist() == [True, False, False]
    # Clips and versions are all heard differently.
    rows = extracted.values.reshape(-1, whisper.FEATURES)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_no_step_of_the_written_encoder_copies_number_by_number(
    heard: Heard, extracted: Statistics
) -> None:
    (written,) = heard.work.glob("whisper-*.tflite")
    steps = {step["op_name"] for step in Interpreter(str(written))._get_ops_details()}
    assert "FULLY_CONNECTED" in steps
    assert "STRIDED_SLICE" not in steps


def test_what_cannot_be_read_is_named(heard: Heard, extracted: Statistics) -> None:
    text, empty = heard.clips[1].path, heard.clips[4].path
    assert set(extracted.failed) == {text, empty}
    assert "text.wav" in extracted.failed[text]
    assert extracted.failed[empty]


def test_the_first_version_is_the_fullest_window(
    heard: Heard, extracted: Statistics, speech: np.ndarray
) -> None:
    sound = read_sound(heard.clips[0].path)
    window = windows.fullest(windows.cut(sound))
    model = whisper.build(heard.encoder)
    expected = model.predict_on_batch(log_mel.log_mel(window.samples)[None])[0]
    # Up to the rounding of the shipped form's 8 bits.
    assert np.corrcoef(extracted.values[0, 0].astype(float), expected)[0, 1] > 0.999


def test_what_was_heard_is_not_heard_again(heard: Heard, extracted: Statistics) -> None:
    before = heard.files()
    # A part a speaker, and the encoder as it is shipped.
    assert len(before) == 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "share", None)
        again = heard.extract(heard.clips)
    assert heard.files() == before
    assert again.clips == extracted.clips
    assert again.failed == extracted.failed
    np.testing.assert_array_equal(again.values, extracted.values)


@pytest.mark.usefixtures("extracted")
def test_error_if_nothing_can_be_read(heard: Heard) -> None:
    with pytest.raises(DatasetError, match="None of the 2 clips can be read"):
        heard.extract(heard.clips[4:])


def test_some_clips_and_more_clips_keep_their_values(extracted: Statistics) -> None:
    some = extracted.at(np.array([2, 0]))
    assert some.clips == [extracted.clips[2], extracted.clips[0]]
    np.testing.assert_array_equal(some.values, extracted.values[:, [2, 0]])
    both = some.with_more(extracted)
    assert both.clips == [*some.clips, *extracted.clips]
    np.testing.assert_array_equal(both.values[:, 2:], extracted.values)
    assert both.failed == extracted.failed


def test_one_version_stands_for_all(extracted: Statistics) -> None:
    once = replace(extracted, values=extracted.values[:1])
    for both in (once.with_more(extracted), extracted.with_more(once)):
        assert both.values.shape == (VERSIONS, 6, whisper.FEATURES)
    np.testing.assert_array_equal(once.with_more(extracted).values[3, :3], extracted.values[0])


def test_a_clip_that_is_only_tested_is_heard_as_it_is(speech: np.ndarray) -> None:
    (heard,) = voice_features.as_heard(speech, clip("3"), [])
    best = windows.fullest(windows.cut(speech))
    np.testing.assert_array_equal(heard, best.samples)


def clip(name: str, speaker: str = "one") -> Clip:
    return Clip(Path(f"{name}.wav"), 0, speaker, "made")


def test_parts_hold_all_clips_by_speaker() -> None:
    clips = [clip(str(index), f"speaker {index % 3}") for index in range(700)]
    parts = voice_features._parts(clips)
    assert sorted(one.path.name for part in parts for one in part.clips) == sorted(
        one.path.name for one in clips
    )
    assert all(len({one.speaker for one in part.clips}) == 1 for part in parts)
    assert max(len(part.clips) for part in parts) <= voice_features._PART


def test_few_other_speakers_are_behind_a_speaker() -> None:
    clips = [clip(f"{index}", f"speaker {index % 9}") for index in range(270)]
    for part in voice_features._parts(clips):
        behind = {voice.speaker for talkers in part.talkers for voice in talkers}
        assert len(behind) == 2
        assert part.clips[0].speaker not in behind
        assert all(len(talkers) == 6 for talkers in part.talkers)


def test_leaving_a_speaker_out_changes_only_whom_they_are_behind() -> None:
    clips = [clip(f"{index}", f"speaker {index % 9}") for index in range(270)]
    left = [one for one in clips if one.speaker != "speaker 4"]
    before = {part.clips[0].speaker: part for part in voice_features._parts(clips)}
    for part in voice_features._parts(left):
        same = before[part.clips[0].speaker]
        if all(voice.speaker != "speaker 4" for talkers in same.talkers for voice in talkers):
            assert part == same


def test_a_speaker_alone_is_their_own_babble() -> None:
    (part,) = voice_features._parts([clip(str(index)) for index in range(9)])
    assert {voice.speaker for talkers in part.talkers for voice in talkers} == {"one"}


def test_a_variant_with_a_tested_voice_behind_it_is_not_trained_on(extracted: Statistics) -> None:
    first, second, third = extracted.clips
    data = replace(
        extracted,
        behind=[frozenset({third.path}), frozenset({second.path}), frozenset()],
    )
    np.testing.assert_array_equal(data.without_voices_of([]).values, data.values)
    heard = data.without_voices_of([third, first]).values
    np.testing.assert_array_equal(heard[1, 0], data.values[0, 0])
    np.testing.assert_array_equal(heard[4, 0], data.values[0, 0])
    np.testing.assert_array_equal(heard[2:4], data.values[2:4])
    np.testing.assert_array_equal(heard[:, 1:], data.values[:, 1:])
    assert not np.array_equal(data.values[1, 0], data.values[0, 0])


def test_whose_voices_are_behind_a_clip_is_known(extracted: Statistics) -> None:
    for one, paths in zip(extracted.clips, extracted.behind, strict=True):
        assert one.path not in paths
        # The third speaker of the corpus has no sound.
        assert paths


def test_only_the_second_version_has_voices_behind_it(speech: np.ndarray) -> None:
    alone, among = (
        list(voice_features.variants(speech, clip("3"), talkers)) for talkers in ([], [speech])
    )
    same = [np.array_equal(one, other) for one, other in zip(alone, among, strict=True)]
    assert same[:4] == [True, False, True, True]


@pytest.mark.parametrize("length", [0.01, 0.3, 2, 6])
def test_a_clip_has_as_many_variants_however_long_it_is(length: float, speech: np.ndarray) -> None:
    sound = speech[: round(length * RATE)]
    made = list(voice_features.variants(sound, clip("3"), [speech]))
    assert len(made) == VERSIONS
    for window in made:
        assert window.shape == (WINDOW,)
        assert window.dtype == np.float32
        assert np.isfinite(window).all()
    best = windows.fullest(windows.cut(sound))
    np.testing.assert_array_equal(made[0], best.samples)


def test_variants_are_the_clips_own(speech: np.ndarray) -> None:
    one, again, other = (
        np.stack(list(voice_features.variants(speech, clip(name), [speech]))) for name in "334"
    )
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(one[0], other[0])
    assert all(not np.allclose(one[version], other[version]) for version in range(1, VERSIONS))


def test_any_readable_window_is_heard(speech: np.ndarray) -> None:
    """It is one of the live pipeline's, not always a full one."""
    found = windows.cut(speech)
    chosen = set()
    for name in "abcdefgh":
        (read,) = voice_features.readable(speech, clip(name), [])
        same = [index for index, w in enumerate(found) if np.array_equal(w.samples, read)]
        assert len(same) == 1
        assert found[same[0]].reason is None
        chosen.add(same[0])
    assert len(chosen) > 2


def test_conditions_are_those_that_are_reported(
    speech: np.ndarray, rng: np.random.Generator
) -> None:
    sound = speech[: 3 * RATE]
    count = len(conditions.named(rng, [speech]))
    made = list(voice_features.impaired(sound, clip("1"), [speech]))
    assert {window.shape for window in made} == {(WINDOW,)}
    heard, reduced = made[0::2], made[1::2]
    assert len(heard) == len(reduced) == count
    same = [np.array_equal(one, other) for one, other in zip(heard, reduced, strict=True)]
    assert 0 < sum(same) < count


def test_a_window_has_silence_before_the_clip() -> None:
    sound = np.arange(1, 60_001, dtype=np.float32)
    early = voice_features.window_at(sound, 10_000)
    assert early.shape == (WINDOW,)
    assert not early[: WINDOW - 10_000].any()
    np.testing.assert_array_equal(early[WINDOW - 10_000 :], sound[:10_000])
    np.testing.assert_array_equal(voice_features.window_at(sound, 60_000), sound[12_000:])


def test_another_way_of_hearing_stores_anew(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for folder, times in (("one", 1), ("other", 2)):
        (tmp_path / folder).mkdir()
        source = f"def hear(sound, clip, talkers):\n    yield {times} * sound\n"
        (tmp_path / folder / "own_hearing.py").write_text(source)
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        monkeypatch.delitem(sys.modules, "own_hearing", raising=False)
        module = importlib.import_module("own_hearing")
        (part,) = voice_features._parts(heard.clips[:1])
        digests.append(part.digest(heard.encoder, module.hear))
    assert digests[0] != digests[1]
