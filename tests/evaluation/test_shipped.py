from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import emotions
from emotion.call import Models
from emotion.datasets.ferplus import LABELS, FerPlus
from emotion.datasets.pictures import Picture
from emotion.datasets.speech import Clip
from emotion.emotions import INDEX
from emotion.errors import DatasetError
from emotion.evaluation import report, shipped
from tests import scenes
from tests.media_makers import write_video, write_wav

NEUTRAL, CALM, HAPPY, SAD = (INDEX[name] for name in ("neutral", "calm", "happy", "sad"))


def test_a_score_of_known_answers() -> None:
    score = shipped.score(
        np.array([[HAPPY, HAPPY], [HAPPY, SAD], [SAD, SAD], [NEUTRAL, CALM], [CALM, -1]])
    )
    assert score.clips == 5
    assert score.accuracy == pytest.approx(2 / 5)
    assert score.accuracy_calm_as_neutral == pytest.approx(3 / 5)
    assert score.recall == pytest.approx((0.5 + 1 + 0 + 0) / 4)
    assert score.confusion.sum() == 4
    assert score.confusion[HAPPY, SAD] == 1


def test_clips_without_any_answer_count_as_wrong() -> None:
    score = shipped.score(np.array([[HAPPY, -1], [SAD, -1]]))
    assert (score.accuracy, score.recall, score.confusion.sum()) == (0, 0, 0)


def test_clips_are_scored_by_sense_and_bad_ones_named(
    models: Models, speech: np.ndarray, face_image: np.ndarray, tmp_path: Path
) -> None:
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    paths = [
        write_wav(tmp_path / "voice.wav", speech[:24_000]),
        tmp_path / "gone.mp4",
        write_video(tmp_path / "both.mp4", [image] * 6, 5, speech[:19_200], 16_000),
    ]
    told: list[int] = []
    clips = [Clip(path, HAPPY, "a", "made") for path in paths]
    result = shipped.clips(clips, models, told.append)
    assert told == [1, 2, 3]
    assert list(result.failed) == [tmp_path / "gone.mp4"]
    assert "gone.mp4" in result.failed[tmp_path / "gone.mp4"]
    assert set(result.scores) == set(shipped.SENSES)
    for sense, answers in (("face", 1), ("speech", 2), ("fused", 2)):
        score = result.scores[sense]
        assert score.clips == 3
        assert score.confusion.sum() == answers
        # The one that cannot be read is wrong as well.
        assert score.accuracy == score.recall == pytest.approx(score.confusion[HAPPY, HAPPY] / 3)


def test_clips_that_cannot_be_read_count_as_wrong(models: Models, tmp_path: Path) -> None:
    result = shipped.clips([Clip(tmp_path / "gone.mp4", HAPPY, "a", "made")], models)
    assert list(result.failed) == [tmp_path / "gone.mp4"]
    assert [(score.clips, score.accuracy) for score in result.scores.values()] == [(1, 0)] * 3
    assert shipped.clips([], models).scores == {}


def test_figures_of_known_answers() -> None:
    votes = np.eye(8, dtype=np.float32)[[0, 0, 0, 1]]
    data = FerPlus(np.zeros((4, 48, 48), np.uint8), votes, np.array([True, True, False, True]))
    even = np.full(8, 1 / 8)
    logs = np.log(np.full((4, 8), 0.05))
    logs[[0, 1, 2, 3], [0, 0, 1, 1]] = np.log(0.65)
    figures = shipped.ferplus_figures(logs, even, even, data)
    assert (figures.pictures, figures.pictures_agreed) == (4, 3)
    assert figures.accuracy == pytest.approx(3 / 4)
    assert figures.accuracy_agreed == 1
    assert figures.recall == pytest.approx((2 / 3 + 1) / 2)


def test_figures_move_to_the_shares_of_the_data() -> None:
    """An answer drawn a little towards a rare class is taken back where that is rare."""
    data = FerPlus(
        np.zeros((1, 48, 48), np.uint8), np.eye(8, dtype=np.float32)[[0]], np.array([True])
    )
    logs = np.log(np.array([[0.4, 0.5, *[0.1 / 6] * 6]]))
    drawn, shares = np.full(8, 1 / 8), np.array([0.5, 0.1, *[0.4 / 6] * 6])
    assert shipped.ferplus_figures(logs, drawn, shares, data).accuracy == 1
    assert shipped.ferplus_figures(logs, drawn, drawn, data).accuracy == 0
    assert shipped.ferplus_figures(logs, drawn, shares, data).recall == 0


def test_the_shipped_face_model_is_scored(models: Models, rng: np.random.Generator) -> None:
    data = FerPlus(
        rng.integers(0, 256, (6, 48, 48), np.uint8),
        rng.dirichlet(np.ones(8), 6).astype(np.float32),
        np.ones(6, bool),
    )
    figures = shipped.ferplus(models.face, data)
    assert figures.pictures == figures.pictures_agreed == 6
    assert 0 <= figures.accuracy <= 1
    document = shipped.ferplus_document(models.face, data, "valid")
    assert document["labels"] == list(LABELS)
    found = document["results"]
    assert found["most frequent vote"]["accuracy"] == pytest.approx(figures.accuracy, abs=1e-4)
    assert found["more than half of the votes"]["clips"] == 6
    even = found["classes equally frequent"]["unweighted_average_recall"]
    assert even == pytest.approx(figures.recall, abs=1e-4)
    # Ours are seven, as calm and neutral are one.
    matrix = np.array(document["emotions"]["confusion"])
    assert matrix.sum() == 6
    assert matrix[CALM].sum() == matrix[:, CALM].sum() == 0
    assert report.text(document).startswith("ferplus: valid, face")


def test_faces_of_photographs_keep_their_owner(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    empty = np.full((200, 200, 3), 90, np.uint8)
    small = cv2.resize(face_image, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    listed = []
    for index, image in enumerate((empty, face_image, small, face_image)):
        path = tmp_path / f"{index}.png"
        cv2.imwrite(str(path), image)
        listed.append(Picture(path, emotions.INDEX["happy"]))
    faces, owners = shipped.aligned_faces(listed, models.detector, 64)
    assert faces.shape == (2, 64, 64)
    assert faces.dtype == np.uint8
    assert owners.tolist() == [1, 3]
    with pytest.raises(DatasetError, match="None of the 1 photographs"):
        shipped.aligned_faces(listed[:1], models.detector, 64)


def test_speech_is_scored_with_and_without_adaptation(
    models: Models, speech: np.ndarray, tmp_path: Path
) -> None:
    clips = [
        Clip(
            write_wav(tmp_path / f"{index}.wav", speech[start : start + 32_000]), emotion, "a", "h"
        )
        for index, (start, emotion) in enumerate([(0, HAPPY), (16_000, SAD), (8_000, HAPPY)])
    ]
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    done: list[int] = []
    result = shipped.speech([*clips, Clip(broken, SAD, "a", "h")], models.voice, 0, done.append)
    assert done == [1, 2, 3, 4]
    assert list(result["failed"]) == [str(broken)]
    assert list(result["results"]) == ["none", "speaker", "speaker, one emotion only"]
    for found in result["results"].values():
        assert found["clips"] == 3
        matrix = np.array(found["confusion"])
        # Only emotions that the clips have are answered.
        assert matrix[[HAPPY, SAD]][:, [HAPPY, SAD]].sum() == matrix.sum() == 3


def test_speech_that_cannot_be_read_at_all_is_an_error(models: Models, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="None of the 1 clips can be read"):
        shipped.speech([Clip(tmp_path / "gone.wav", HAPPY, "a", "h")], models.voice)


def test_faces_are_scored_with_and_without_a_baseline(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    """Two neutral clips are what the baseline is taken from, and are not scored with it."""
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    empty = np.full((240, 320, 3), 90, np.uint8)
    videos = {"face": [image] * 8, "empty": [empty] * 8}
    paths = {
        name: write_video(tmp_path / f"{name}.mp4", shown, 5) for name, shown in videos.items()
    }
    paths["gone"] = tmp_path / "gone.mp4"
    listed = [
        Clip(paths[name], emotion, "a", "made")
        for name, emotion in (
            ("face", HAPPY),
            ("gone", SAD),
            ("face", NEUTRAL),
            ("face", CALM),
            ("empty", SAD),
            ("face", NEUTRAL),
            ("face", NEUTRAL),
        )
    ]
    told: list[int] = []
    result = shipped.face(listed, models, told.append)
    assert told == list(range(1, 8))
    assert "gone.mp4" in result["failed"][str(paths["gone"])]
    assert "no face" in result["failed"][str(paths["empty"])]
    assert result["clips"] == 5
    assert tuple(result["results"]) == shipped.FACE_RESULTS
    counts = {name: found["clips"] for name, found in result["results"].items()}
    assert counts == {"none": 5, "mean of frames": 5, "personal baseline": 3}
    for found in result["results"].values():
        matrix = np.array(found["confusion"])
        # A face cannot tell calm, so it counts as neutral.
        assert matrix[CALM].sum() == matrix[:, CALM].sum() == 0
        assert matrix[HAPPY].sum() == 1


def test_without_neutral_clips_there_is_no_baseline_to_report(
    models: Models, face_image: np.ndarray, tmp_path: Path
) -> None:
    image = scenes.scene(face_image, [(30, 0, 0.8)], 320, 240)
    path = write_video(tmp_path / "face.mp4", [image] * 6, 5)
    result = shipped.face([Clip(path, HAPPY, "a", "made")], models)
    assert list(result["results"]) == ["none", "mean of frames"]
    with pytest.raises(DatasetError, match="None of the 1 clips shows a face"):
        shipped.face([Clip(tmp_path / "gone.mp4", HAPPY, "a", "made")], models)
