"""Recordings of two people, made here: each with readings of their own."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.conversation.analysis import analyze, analyze_everyone
from emotion.conversation.assignment import CUSTOMER, SALESPERSON, Assignment
from emotion.conversation.participants import Conversation
from emotion.errors import MediaError, RapportError
from emotion.face.detector import Detector
from emotion.media.recordings import read_sound
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from tests import media_makers, scenes
from tests.media_makers import write_video, write_wav

RATE = 16_000
FPS = 5
"""Pictures a second: as many as are looked at."""

MOUTH = (0.0, 0.5, 0.15, 0.6)
"""How far the mouth of who speaks is open, picture by picture."""


@pytest.fixture(scope="module")
def spoken(speech: np.ndarray) -> np.ndarray:
    """Enough of the speech for some readings."""
    return speech[: 4 * RATE]


@pytest.fixture(scope="module")
def other(speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    path = tmp_path_factory.mktemp("other") / "other.wav"
    text = "No, we have never been asked for that, and the price is far too high for us."
    return read_sound(media_makers.speak(path, text, voice="en-gb", speed=150))[: 4 * RATE]


@pytest.fixture(scope="module")
def stereo(
    models: Models, spoken: np.ndarray, other: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Conversation, list[Path]]:
    """A call on two channels, and each channel alone."""
    folder = tmp_path_factory.mktemp("stereo")
    first = np.concatenate([spoken, np.zeros_like(other)])
    second = np.concatenate([np.zeros_like(spoken), other])
    path = write_wav(folder / "call.wav", np.stack([first, second]))
    alone = [write_wav(folder / "left.wav", first), write_wav(folder / "right.wav", second)]
    return analyze_everyone(path, models), alone


@pytest.fixture(scope="module")
def pair(
    models: Models,
    face_image: np.ndarray,
    speech: np.ndarray,
    tmp_path_factory: pytest.TempPathFactory,
) -> Conversation:
    """Two faces and one sound: three seconds of silence, then each speaks for five."""
    corners = Detector(models.detector)(face_image)[0].landmarks[3:]
    halves = {}
    for amount in MOUTH:
        person = scenes.open_mouth(face_image, corners, amount)
        halves[0, amount] = scenes.scene(person, [(0.0, 20.0, 1.0)])[:, :320]
        other = scenes.scene(scenes.recoloured(person), [(20.0, 20.0, 1.0)])
        halves[1, amount] = other[:, :320]
    images = []
    for index in range(13 * FPS):
        speaker = (index - 3 * FPS) // (5 * FPS) if index >= 3 * FPS else None
        amounts = [MOUTH[index % 4] if speaker == one else 0.0 for one in (0, 1)]
        images.append(np.hstack([halves[one] for one in enumerate(amounts)]))
    sound = np.concatenate([np.zeros(3 * RATE), speech[: 5 * RATE], speech[: 5 * RATE]])
    path = tmp_path_factory.mktemp("pair") / "pair.mp4"
    write_video(path, images, FPS, np.asarray(sound, np.float32), RATE)
    return analyze_everyone(path, models)


def in_a_room(person: np.ndarray, corners: np.ndarray) -> dict[float, np.ndarray]:
    """Somebody in the middle, by how far the mouth is open."""
    return {
        amount: scenes.scene(scenes.open_mouth(person, corners, amount), [(120.0, 20.0, 1.0)])
        for amount in MOUTH
    }


def test_each_channel_is_read_as_if_it_were_alone(
    models: Models, stereo: tuple[Conversation, list[Path]]
) -> None:
    conversation, alone = stereo
    found = conversation.participants(conversation.suggested())
    assert [one.name for one in found] == ["Left", "Right"]
    assert [one.voice_by for one in found] == ["channel", "channel"]
    for one, path in zip(found, alone, strict=True):
        scenes.assert_same_readings(one.timeline.readings, analyze(path, models).readings)
        assert one.timeline.participant == one.name
    assert conversation.talk(found) is None


def test_roles_make_talk(stereo: tuple[Conversation, list[Path]], spoken: np.ndarray) -> None:
    conversation, _ = stereo
    left, right = conversation.suggested()
    found = conversation.participants(
        [replace(left, role=SALESPERSON, name="Agent"), replace(right, role=CUSTOMER)]
    )
    talk = conversation.talk(found)
    assert talk is not None
    assert talk.own == pytest.approx(len(spoken) / RATE, abs=1)
    assert [turn.customer for turn in talk.turns] == [False, True]
    assert [one.timeline.role for one in found] == [SALESPERSON, CUSTOMER]


def test_a_voice_goes_to_the_mouth_that_moves(pair: Conversation) -> None:
    assert len(pair.people) == 2
    found = list(pair.participants(pair.suggested()))
    assert [one.voice_by for one in found] == ["mouth", "mouth"]
    times = np.array([moment.time for moment in pair.senses])
    early, late = (times > 3.5) & (times < 7.5), (times > 8.5) & (times < 12.5)
    # Who of the two has the lower number is not said.
    found = sorted(found, key=lambda one: -np.array(one.speech)[early].sum())
    first, second = (np.array(one.speech) for one in found)
    assert first[early].sum() > 4 * second[early].sum()
    assert second[late].sum() > 4 * first[late].sum()
    reasons = {
        reading.voice.reason for reading in found[1].timeline.readings if 4 < reading.time < 7
    }
    assert "somebody else speaks" in reasons
    assert found[1].timeline.readings[-2].voice.probabilities is not None


def test_everyone_has_a_face_of_their_own_and_a_thumbnail(pair: Conversation) -> None:
    for one in pair.participants(pair.suggested()):
        assert one.timeline.summary().face_coverage > 0.9
        (face,) = one.assignment.faces
        content = np.frombuffer(pair.thumbnails[face], np.uint8)
        decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
        assert decoded is not None
        assert decoded.shape == (96, 96, 3)


def test_people_who_were_one_are_put_together(pair: Conversation) -> None:
    one, two = pair.suggested()
    (merged,) = pair.participants([Assignment("Both", CUSTOMER, one.faces + two.faces)])
    assert merged.voice_by == "shared"
    assert merged.timeline.summary().voice_coverage > 0.5
    again = pair.participants(pair.suggested())
    assert [len(each.assignment.faces) for each in again] == [1, 1]


def test_one_person_is_read_as_a_recording_of_one_is(
    models: Models, face_image: np.ndarray, speech: np.ndarray, tmp_path: Path
) -> None:
    room = scenes.scene(face_image, [(120.0, 20.0, 1.0)])
    path = write_video(tmp_path / "one.mp4", [room] * 20, FPS, speech[: 4 * RATE], RATE)
    conversation = analyze_everyone(path, models)
    (one,) = conversation.participants(conversation.suggested())
    assert one.voice_by == "shared"
    scenes.assert_same_readings(one.timeline.readings, conversation.timeline.readings)
    scenes.assert_same_readings(conversation.timeline.readings, analyze(path, models).readings)


def test_a_face_on_a_channel_of_its_own(
    models: Models, face_image: np.ndarray, spoken: np.ndarray, other: np.ndarray, tmp_path: Path
) -> None:
    corners = Detector(models.detector)(face_image)[0].landmarks[3:]
    begin, end = len(spoken) / RATE, (len(spoken) + len(other)) / RATE
    rooms = in_a_room(face_image, corners)
    images = [
        rooms[MOUTH[index % 4] if index / FPS > begin else 0.0] for index in range(round(end * FPS))
    ]
    sound = np.stack(
        [
            np.concatenate([spoken, np.zeros_like(other)]),
            np.concatenate([np.zeros_like(spoken), other]),
        ]
    )
    path = write_video(tmp_path / "call.mkv", images, FPS, sound, RATE)
    conversation = analyze_everyone(path, models)
    left, right = conversation.suggested()
    assert (left.faces, right.faces) == ((), (1,))
    # The user knows better.
    found = conversation.participants([replace(left, faces=(1,)), replace(right, faces=())])
    assert found[0].timeline.summary().face_coverage > 0.9
    assert found[1].timeline.summary().face_coverage == 0


@pytest.mark.parametrize(
    ("assignments", "sentence"),
    [
        ([Assignment("A", speakers=(0,)), Assignment("B", speakers=(0,))], "Each speaker"),
        ([Assignment("A", speakers=(0,)), Assignment("A", speakers=(1,))], "name"),
        (
            [Assignment("A", CUSTOMER, speakers=(0,)), Assignment("B", CUSTOMER, speakers=(1,))],
            "role",
        ),
        ([Assignment("A", speakers=(2,))], "2 separate speakers"),
        ([Assignment("A", speakers=(0, 1))], "2 channels for A"),
        ([Assignment("A", faces=(7,))], "number 7"),
        ([Assignment("A", "boss", speakers=(0,))], "boss"),
    ],
)
def test_assignments_that_cannot_be(
    assignments: list[Assignment], sentence: str, stereo: tuple[Conversation, list[Path]]
) -> None:
    with pytest.raises(RapportError, match=sentence):
        stereo[0].participants(assignments)


def test_what_the_user_knows_better(stereo: tuple[Conversation, list[Path]]) -> None:
    left, right = stereo[0].assigned(customer="RIGHT")
    assert (left.role, right.role) == (SALESPERSON, CUSTOMER)
    with pytest.raises(RapportError, match=r"Left, Right\. Received: middle"):
        stereo[0].assigned(face="middle")


def test_channels_as_they_are_asked_for(
    models: Models, stereo: tuple[Conversation, list[Path]], tmp_path: Path
) -> None:
    _, alone = stereo
    call = alone[0].with_name("call.wav")
    mixed = analyze_everyone(call, models, tracks=TrackChoice(channels="mix"))
    assert mixed.channels == ()
    right = analyze(call, models, tracks=TrackChoice(channels="right"))
    scenes.assert_same_readings(right.readings, analyze(alone[1], models).readings)
    split = analyze_everyone(
        write_wav(tmp_path / "alike.wav", np.stack([read_sound(alone[0])] * 2)),
        models,
        tracks=TrackChoice(channels="split"),
    )
    assert split.channels == ("left", "right")


def test_channels_that_are_not_there(models: Models, speech: np.ndarray, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "mono.wav", speech[:RATE])
    with pytest.raises(MediaError, match=r"mono\.wav has 1; leave"):
        analyze_everyone(path, models, tracks=TrackChoice(channels="split"))
    with pytest.raises(MediaError, match=r"no channel 'left', but: mono\."):
        analyze(path, models, tracks=TrackChoice(channels="left"))
    with pytest.raises(MediaError, match="'middle'"):
        TrackChoice(channels="middle")


@pytest.fixture(scope="module")
def role_play(
    models: Models, face_image: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Conversation:
    """Two people on one microphone; the mouth of the second one, who is seen, moves."""
    folder = tmp_path_factory.mktemp("role_play")
    sound = read_sound(media_makers.take_turns(folder / "turns.wav"))
    corners = Detector(models.detector)(face_image)[0].landmarks[3:]
    rooms = in_a_room(face_image, corners)
    images = [
        rooms[MOUTH[index % 4] if index // FPS % 10 >= 5 else 0.0] for index in range(20 * FPS)
    ]
    path = folder / "role-play.mkv"
    write_video(path, images, FPS, sound, RATE)
    return analyze_everyone(path, models)


def test_speakers_are_diarised_by_how_they_sound(role_play: Conversation) -> None:
    assert role_play.asks_for_speakers
    diarised = role_play.with_speakers(2)
    first, second = diarised.suggested()
    assert [one.name for one in (first, second)] == ["Speaker 1", "Speaker 2"]
    # The face is the one's whose mouth moves with the voice.
    assert (first.faces, second.faces) == ((), (1,))
    found = diarised.participants(diarised.suggested())
    assert [one.voice_by for one in found] == ["sound", "sound"]
    times = np.arange(len(diarised.senses)) * 0.5
    early = times % 10 < 5
    # The half seconds at a turn may go to either side.
    within = (times % 5 >= 0.5) & (times % 5 < 4.5)
    for one, mine in zip(found, (early, ~early), strict=True):
        spoken = np.array(one.speech)
        assert spoken[mine].sum() > 12
        assert spoken[~mine & within].sum() == 0
    reasons = {one.voice.reason for one in found[1].timeline.readings if 3 < one.time < 5}
    assert reasons == {"somebody else speaks"}


def test_talk_is_divided_by_how_voices_sound(role_play: Conversation) -> None:
    diarised = role_play.with_speakers(2)
    talk = diarised.talk(diarised.participants(diarised.assigned(customer="speaker 2")))
    assert talk is not None
    assert [turn.customer for turn in talk.turns] == [False, True, False, True]
    assert talk.own_share == pytest.approx(0.5, abs=0.1)


def test_one_speaker_who_was_taken_for_two_is_put_together(role_play: Conversation) -> None:
    diarised = role_play.with_speakers(2)
    first, second = diarised.suggested()
    both = replace(second, speakers=first.speakers + second.speakers)
    (merged,) = diarised.participants([both])
    assert merged.voice_by == "shared"
    alone = role_play.with_speakers(1)
    assert alone.speakers == ()
    (one,) = alone.participants(alone.suggested())
    scenes.assert_same_readings(one.timeline.readings, merged.timeline.readings)


def test_speakers_are_not_asked_for_where_something_else_tells(
    pair: Conversation, stereo: tuple[Conversation, list[Path]]
) -> None:
    for conversation, sentence in ((pair, "mouths of 2 faces"), (stereo[0], "2 channels")):
        assert not conversation.asks_for_speakers
        with pytest.raises(RapportError, match=sentence):
            conversation.with_speakers(2)
