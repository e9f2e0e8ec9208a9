import re

from emotion.readings import emotions

RAVDESS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised")


def test_order_and_codes_are_those_of_ravdess() -> None:
    assert emotions.NAMES == RAVDESS
    assert [emotion.code for emotion in emotions.EMOTIONS] == list(range(1, 9))
    assert emotions.COUNT == 8


def test_indices_lead_back_to_the_emotion() -> None:
    for name in RAVDESS:
        assert emotions.EMOTIONS[emotions.INDEX[name]].name == name
    assert emotions.NAMES[emotions.NEUTRAL] == "neutral"
    assert emotions.NAMES[emotions.CALM] == "calm"


def test_valence_has_the_sign_of_the_feeling() -> None:
    valence = {emotion.name: emotion.valence for emotion in emotions.EMOTIONS}
    assert all(-1 <= value <= 1 for value in valence.values())
    assert valence["neutral"] == 0
    assert valence["happy"] > valence["calm"] > 0
    assert all(valence[name] < 0 for name in ("sad", "angry", "fearful", "disgusted"))


def test_colours_tell_all_apart() -> None:
    colours = [emotion.colour for emotion in emotions.EMOTIONS]
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in colours)
    assert len(set(colours)) == 8
