"""The eight emotions, in the order of the RAVDESS data set.

Every vector of probabilities in this project has eight entries in this order.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Emotion:
    """One of the eight emotions.

    Attributes:
        name: Lower-case English name, the key in every table and document.
        code: The two digits of RAVDESS file names, as a number (1 to 8).
        valence: Pleasantness from -1 to 1. The signs and the rough sizes follow
            the circumplex model (Russell 1980, 'A circumplex model of affect');
            surprise is taken as neither pleasant nor unpleasant.
        colour: Hex colour in which every page and figure shows it. The palette
            stays apart for the common kinds of colour blindness (after
            Okabe & Ito 2008).
    """

    name: str
    code: int
    valence: float
    colour: str


EMOTIONS: tuple[Emotion, ...] = (
    Emotion("neutral", 1, 0.0, "#8A8F98"),
    Emotion("calm", 2, 0.5, "#56B4E9"),
    Emotion("happy", 3, 1.0, "#E6B000"),
    Emotion("sad", 4, -0.75, "#0072B2"),
    Emotion("angry", 5, -1.0, "#D55E00"),
    Emotion("fearful", 6, -0.75, "#9467BD"),
    Emotion("disgusted", 7, -0.9, "#009E73"),
    Emotion("surprised", 8, 0.0, "#CC79A7"),
)

NAMES: tuple[str, ...] = tuple(emotion.name for emotion in EMOTIONS)
COUNT: int = len(EMOTIONS)
INDEX: dict[str, int] = {name: index for index, name in enumerate(NAMES)}
NEUTRAL: int = INDEX["neutral"]
CALM: int = INDEX["calm"]
