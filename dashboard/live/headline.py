"""What a call comes to at one moment, in a word or two."""

import numpy as np

from dashboard import wording
from emotion.conversation.live_state import LiveState
from emotion.readings import emotions, fusion
from emotion.readings.reading import Prediction, Reading

MIXED = 0.40
"""Share of the likeliest emotion below which two are named."""

FIRST = 1.0
"""Seconds before which nothing is said: so much there has to be to go by."""

IDLE = 1.5
"""Seconds without picture and sound after which nothing is read any longer."""


def of(state: LiveState, reading: Reading | None) -> dict[str, str]:
    """What a card says, as plain values: kind, text, note, symbol and colour.

    Args:
        state: Of the call, which tells why nothing is read.
        reading: What is shown of it now, or None.

    Returns:
        Of the kinds 'emotion', 'mixed', 'disagree', or 'waiting' where nothing is read.
    """
    if reading is None or reading.fused is None:
        return _nothing(state)
    probabilities = reading.fused
    if reading.disagreement >= fusion.DISAGREE:
        face, voice = _best(reading.face), _best(reading.voice)
        return {
            "kind": "disagree",
            "text": "Face and voice disagree",
            "note": f"the face shows {face}, the voice {voice}",
            "symbol": "compare_arrows",
            "colour": "",
        }
    order = np.argsort(-probabilities, kind="stable")
    first, second = emotions.NAMES[order[0]], emotions.NAMES[order[1]]
    share = float(probabilities[order[0]])
    if share < MIXED:
        return {
            "kind": "mixed",
            "text": f"Mixed: {first}, {second}",
            "note": f"no expression stands out, {_basis(reading)}",
            "symbol": "blur_on",
            "colour": "",
        }
    return {
        "kind": "emotion",
        "text": first.capitalize(),
        "note": f"{100 * share:.0f} %, {_basis(reading)}",
        "symbol": wording.SYMBOLS[first],
        "colour": wording.COLOURS[first],
    }


def _nothing(state: LiveState) -> dict[str, str]:
    """What stands in the place of an emotion while none is read."""
    reading = state.now
    if state.idle > IDLE:
        text, note, symbol = "Nothing arrives", "no picture and no sound", "cloud_off"
    elif state.waiting > 3.0 or (state.delay or 0.0) > 3.0:
        text, note, symbol = "One moment", "this server is busy", "hourglass_top"
    elif state.seconds < FIRST + 3.0 or reading is None:
        text, note, symbol = "Looking and listening", "the first reading takes seconds", "hearing"
    elif reading.uncertain:
        text, note = "Uncertain", "picture and sound are too poor to say"
        symbol = "help"
    else:
        text, symbol = "Nothing to read", "visibility_off"
        note = f"{wording.reason(reading.face.reason)}. {wording.reason(reading.voice.reason)}."
    return {"kind": "waiting", "text": text, "note": note, "symbol": symbol, "colour": ""}


def _best(prediction: Prediction) -> str:
    assert prediction.probabilities is not None
    return emotions.NAMES[int(prediction.probabilities.argmax())]


def _basis(reading: Reading) -> str:
    seen, heard = reading.face.probabilities is not None, reading.voice.probabilities is not None
    if seen and heard:
        return "from face and voice"
    return "from the face alone" if seen else "from the voice alone"
