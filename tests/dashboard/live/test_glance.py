"""What is shown of a call: one reading, held long enough, and unknown where it is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.live.glance import Glance, score
from emotion.conversation.live_state import LiveState
from emotion.face.face_stream import SeenFace
from emotion.readings import emotions
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.timeline import Timeline

EMPTY = LiveState(0.0, None, None, (), (0, 0), None, 0, 0, 0.0, 0.0, None)


def clear(name: str, share: float = 0.9) -> np.ndarray:
    probabilities = np.full(8, (1 - share) / 7)
    probabilities[emotions.INDEX[name]] = share
    return probabilities


class Scripted:
    """What a live call says at chosen moments."""

    def __init__(self) -> None:
        self.now = EMPTY
        self.rows: list[Reading] = []
        self.person: int | None = None
        self.region: None = None

    def at(self, time: float, fused: np.ndarray | None, **changes: Any) -> None:
        face = Prediction(fused, None if fused is not None else "no face")
        reading = Reading(time, face, Prediction(None, "silence"), fused, 60.0, 1, 1, 0.5)
        reading = replace(reading, **{k: v for k, v in changes.items() if hasattr(reading, k)})
        seen = (SeenFace(1, np.array([10, 20, 30, 40]), face, True),)
        self.now = LiveState(time, reading, reading, seen, (100, 200), 0.1, 9, 9, 0.0, 0.0, None)
        if not self.rows or time > self.rows[-1].time:
            self.rows.append(reading)

    def state(self) -> LiveState:
        return self.now

    def timeline(self, last: float | None = None) -> Timeline:
        return Timeline("call", self.now.seconds, tuple(self.rows), Reliability(1.0, 1.0))

    def talk(self) -> None:
        return None

    def speech(self) -> list[float]:
        return []


@pytest.fixture
def call() -> Any:
    return Scripted()


def test_a_call_begins_with_nothing_said(call: Any) -> None:
    view = Glance().view(call)
    assert view["headline"]["text"] == "Looking and listening"
    assert view["bars"] is None
    assert view["satisfaction"] is None


def test_card_bars_and_box_are_one_reading(call: Any) -> None:
    glance = Glance()
    for step in range(1, 8):
        call.at(step / 2, clear("happy"))
        view = glance.view(call)
    assert view["headline"]["text"] == view["faces"][0]["label"] == "Happy"
    assert int(np.argmax(view["bars"])) == emotions.INDEX["happy"]
    assert view["headline"]["note"].startswith("90 %")
    assert view["faces"][0]["box"] == [0.1, 0.1, 0.3, 0.2]
    assert view["satisfaction"]["value"] == 60


def test_a_headline_stands_two_seconds(call: Any) -> None:
    glance = Glance()
    said: list[tuple[float, str]] = []
    for step in range(1, 120):
        call.at(step / 4, clear("happy" if step % 2 else "angry", 0.99))
        view = glance.view(call)
        text = view["headline"]["text"]
        if view["headline"]["kind"] == "emotion":
            best = emotions.NAMES[int(np.argmax(view["bars"]))]
            assert best.capitalize() == text, "bars that the word is about"
        if not said or said[-1][1] != text:
            said.append((step / 4, text))
    lengths = np.diff([time for time, text in said if text != "Looking and listening"])
    assert (lengths >= 2.0 - 1e-9).all()


def test_under_forty_percent_it_is_mixed(call: Any) -> None:
    both = 0.36 * clear("angry", 1.0) + 0.33 * clear("surprised", 1.0) + 0.31 * np.full(8, 1 / 8)
    call.at(2.0, both)
    assert Glance().view(call)["headline"]["text"] == "Mixed: angry, surprised"


def test_senses_that_disagree_are_said_to(call: Any) -> None:
    happy, angry = Prediction(clear("happy")), Prediction(clear("angry"))
    call.at(2.0, clear("happy", 0.5), face=happy, voice=angry, disagreement=0.8)
    headline = Glance().view(call)["headline"]
    assert headline["text"] == "Face and voice disagree"
    assert headline["note"] == "the face shows happy, the voice angry"


def test_that_a_face_comes_or_goes_is_shown_at_once(call: Any) -> None:
    glance, shown = Glance(), []
    for time, fused in ((1.0, None), (1.1, clear("happy")), (1.2, clear("sad")), (1.3, None)):
        call.at(time, fused)
        shown.append(glance.view(call)["senses"]["face"]["tone"])
    assert shown == ["absent", "read", "read", "absent"]


def test_figures_change_by_the_half_second(call: Any) -> None:
    glance, shown = Glance(), []
    for time, share in ((1.0, 0.9), (1.1, 0.8), (1.4, 0.8), (1.5, 0.8)):
        call.at(time, clear("happy", share))
        shown.append(glance.view(call)["headline"]["note"].split()[0])
    assert shown == ["90"] * 3 + ["82"]


def test_while_a_headline_stands_all_that_belongs_to_it_does(
    call: Any, rng: np.random.Generator
) -> None:
    glance, shown = Glance(), []
    for step in range(2, 160):
        name = str(rng.choice(["happy", "angry", "surprised"]))
        both = Prediction(clear(name, 0.95))
        call.at(step / 8, both.probabilities, voice=both, satisfaction=float(10 + step / 2))
        shown.append((step / 8, glance.view(call)))
    held = 0
    for time, view in shown[8:]:
        word = view["headline"]["text"]
        if view["headline"]["kind"] == "emotion":
            # One mean: what both senses say is what the bars and the card say.
            note = view["headline"]["note"].split(",")[0]
            assert view["faces"][0]["label"] == word
            assert emotions.NAMES[int(np.argmax(view["bars"]))] == word.lower()
            assert {said["text"] for said in view["senses"].values()} == {f"{word} {note}"}
        late = 10 + 4 * time - view["satisfaction"]["value"]
        # Figures wait for half a second, and where another word has to wait for that one.
        assert late <= 2.0 * 4 + 0.5 + 1e-9
        held += late > 0.5 * 4 + 0.5
    assert held


def test_satisfaction_waits_for_nothing_but_the_word(call: Any) -> None:
    glance = Glance()
    for step in range(2, 80):
        call.at(step / 8, clear("happy"), satisfaction=float(10 + step / 2))
        view = glance.view(call)
        if step > 16:
            assert 10 + step / 2 - view["satisfaction"]["value"] <= 0.5 * 4


def test_a_sense_that_comes_while_another_word_waits_is_said_to(call: Any) -> None:
    glance, shown = Glance(), []
    voice = Prediction(clear("happy"))
    call.at(2.0, clear("happy"), face=Prediction(None, "no face"), voice=voice)
    shown.append(glance.view(call))
    call.at(2.1, clear("sad", 0.99), voice=voice)
    shown.append(glance.view(call))
    call.at(4.0, clear("sad", 0.99), voice=Prediction(None, "silence"))
    shown.append(glance.view(call))
    faces = [view["senses"]["face"] for view in shown]
    assert [face["tone"] for face in faces] == ["absent", "read", "read"]
    assert [view["headline"]["text"] for view in shown] == ["Happy", "Happy", "Sad"]
    assert faces[1]["text"] == "Seen"
    assert faces[2]["text"].startswith("Sad")


def test_what_somebody_else_showed_is_not_taken_for_theirs(call: Any) -> None:
    glance = Glance()
    call.at(2.0, clear("happy"), person=1)
    glance.view(call)
    call.at(2.5, clear("sad"), person=2)
    glance.view(call)
    call.at(4.0, clear("sad"), person=2)
    assert glance.view(call)["headline"]["note"].startswith("90 %")


def test_a_chosen_face_that_is_not_in_view_is_said_to_be_away(call: Any) -> None:
    call.at(2.0, clear("happy"))
    call.person = 1
    assert not Glance().view(call)["away"]
    call.person = 2
    view = Glance().view(call)
    assert view["away"]
    assert view["senses"]["face"]["text"] == "The chosen face is not in view"
    # With nobody in view there is no other that could be taken for it.
    call.now = replace(call.now, seen=())
    assert not Glance().view(call)["away"]


def test_satisfaction_is_unsure_where_the_senses_disagree(call: Any) -> None:
    glance, seen = Glance(), {}
    happy, angry = Prediction(clear("happy")), Prediction(clear("angry"))
    for step in range(1, 20):
        voice, apart = (happy, 0.1) if step < 10 else (angry, 0.8)
        call.at(
            step / 2, clear("happy"), face=happy, voice=voice, disagreement=apart, certainty=0.9
        )
        view = glance.view(call)
        seen[view["headline"]["kind"]] = view["satisfaction"]
    assert seen["emotion"]["sure"] == "sure"
    assert seen["disagree"]["sure"] == "unsure"
    assert seen["disagree"]["high"] - seen["disagree"]["low"] > 50


def test_what_stands_while_nothing_is_read_is_said_to_be_old(call: Any) -> None:
    glance = Glance()
    for step in range(1, 8):
        call.at(step / 2, clear("happy"))
    call.at(20.0, None)
    view = glance.view(call)
    assert view["headline"]["text"] == "Nothing to read"
    assert view["bars"] is None
    assert view["satisfaction"]["old"] == 16


def test_nothing_is_said_to_be_read_where_nothing_arrives(call: Any) -> None:
    glance = Glance()
    for step in range(1, 8):
        call.at(step / 2, clear("happy"))
        assert glance.view(call)["faces"]
    call.now = replace(call.now, seconds=6.0, idle=2.5)
    view = glance.view(call)
    assert view["headline"]["text"] == "Nothing arrives"
    assert view["bars"] is None
    assert view["faces"] == []
    assert {sense["tone"] for sense in view["senses"].values()} == {"absent"}
    call.now = replace(call.now, seconds=12.0, idle=8.5)
    senses = glance.view(call)["senses"]
    assert {sense["tone"] for sense in senses.values()} == {"warning"}
    assert "No picture arrives" in senses["face"]["text"]


def test_an_uncertain_moment_is_a_state_of_its_own(call: Any) -> None:
    poor = Prediction(clear("happy"), quality=0.05)
    call.at(9.0, None, face=poor)
    assert Glance().view(call)["headline"]["text"] == "Uncertain"


def test_little_to_go_by_is_a_wide_interval() -> None:
    neutral = Prediction(clear("neutral"))

    def rows(certainty: float) -> list[Reading]:
        return [
            Reading(i / 2, neutral, neutral, clear("neutral"), 50.0, certainty=certainty)
            for i in range(1, 9)
        ]

    thin, thick = score(rows(0.1), 4.0), score(rows(0.9), 4.0)
    assert thin is not None
    assert thick is not None
    assert (thin["sure"], thick["sure"]) == ("unsure", "sure")
    assert thin["high"] - thin["low"] > 3 * (thick["high"] - thick["low"])


def test_the_course_is_sent_once_and_again_to_a_page_that_comes_anew(call: Any) -> None:
    glance = Glance()
    for step in range(1, 5):
        call.at(step / 2, clear("calm"))
    assert [row[0] for row in glance.view(call)["course"]] == [0.5, 1.0, 1.5, 2.0]
    assert glance.view(call)["course"] == []
    glance.again()
    assert len(glance.view(call)["course"]) == 4
