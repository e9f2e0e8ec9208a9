"""What the shipped models say of the material, and what they said when it was stored."""

import json
import re
from pathlib import Path

import numpy as np

from emotion.conversation.call import Call
from emotion.face import alignment
from emotion.face.detector import Detector
from emotion.media.frames import Frame
from emotion.media.samples import RATE, Samples
from emotion.models.shipped import Models
from emotion.readings.probability import log_softmax
from emotion.voice import speaker_embedding, windows
from tests.golden import material

STORED = Path(__file__).with_name("answers.json")
SPEAKER = round(speaker_embedding.LENGTH * RATE)
FLOOR = 1e-9
"""Probability below which differences do not count."""

Answers = dict[str, dict[str, list[float]]]
"""Numbers by the material and by what they are."""


def faces(models: Models) -> Answers:
    """Where the eyes, the nose and the mouth are, and log probabilities, of each picture."""
    detect = Detector(models.detector)
    found: Answers = {}
    for name, picture in material.pictures().items():
        (face,) = detect(picture)
        aligned = alignment.align(picture, face.landmarks, models.face.pixels)
        found[name] = {
            "landmarks in pixels": numbers(face.landmarks),
            "log probabilities": numbers(np.log(np.maximum(models.face(aligned), FLOOR))),
        }
    return found


def voices(models: Models) -> Answers:
    """Seconds of speech, and log probabilities by both heads, of each sound."""
    found: Answers = {}
    embedder = models.speaker_embedder()
    for name, sound in material.sounds().items():
        window = windows.fullest(windows.cut(sound))
        logits = models.voice(window.samples)
        found[name] = {
            "seconds of speech": [round(window.speech_seconds, 3)],
            "log probabilities for any speaker": numbers(log_softmax(logits.absolute)),
            "log probabilities up to an offset": numbers(log_softmax(logits.relative)),
            "direction of the speaker": numbers(embedder(window.samples[-SPEAKER:])),
        }
    return found


def call(models: Models) -> Answers:
    """Readings of a call of six seconds in which face and voice change, by their time."""
    sound = np.concatenate([material.sounds()[name] for name in ("calm and low", "quiet")])
    pictures = material.pictures()
    shown = [pictures[name] for name in ("as it is", "mirrored", "dark")]
    made = Call(models)
    readings = []
    for step in range(60):
        part = sound[step * 1600 : (step + 1) * 1600]
        readings += made.push_samples(Samples(data=part[None], rate=material.RATE, time=step / 10))
        if step % 2 == 0:
            readings += made.push_frame(Frame(image=shown[step // 20], time=step / 10))
    readings += made.finish()
    return {
        f"{reading.time:.1f} s": {
            name: numbers(np.array(value))
            for name, value in (
                ("face", reading.face.probabilities),
                ("voice", reading.voice.probabilities),
                ("fused", reading.fused),
                ("satisfaction of 100", reading.satisfaction),
            )
            if value is not None
        }
        for reading in readings
    }


def made(models: Models) -> dict[str, Answers]:
    """All answers, by what is asked."""
    return {"faces": faces(models), "voices": voices(models), "call": call(models)}


def write(answers: dict[str, Answers]) -> None:
    """Store answers, a line for each list of numbers, so that a change can be read."""
    # Lists, which are innermost, stay on the line that they begin on.
    text = re.sub(
        r"\[[^\]]*\]",
        lambda match: re.sub(r"\s+", " ", match[0]).replace("[ ", "[").replace(" ]", "]"),
        json.dumps(answers, indent=1),
    )
    STORED.write_text(text + "\n", encoding="utf-8")


def stored() -> dict[str, Answers]:
    """The answers that were stored."""
    answers: dict[str, Answers] = json.loads(STORED.read_text(encoding="utf-8"))
    return answers


def numbers(array: np.ndarray) -> list[float]:
    """An array as numbers of four decimals, in its order."""
    return [round(float(value), 4) + 0.0 for value in array.ravel()]
