"""Published figures to compare with, each with the protocol that it was obtained by."""

from dataclasses import dataclass

from emotion.evaluation import protocols

UNSTATED, RANDOM, HELD_OUT = "not stated", "random", "held-out people"
"""Kinds of protocols: nobody knows; people on both sides of the split; on one only."""


@dataclass(frozen=True)
class Anchor:
    """A published accuracy on one data set.

    Attributes:
        system: Who published it, and what it is.
        dataset: Name of the data set.
        modality: 'voice', 'face' or 'fused'.
        protocol: As the authors say it.
        kind: `UNSTATED`, `RANDOM` or `HELD_OUT`.
        percent: Accuracy, unless the system's name says otherwise.
    """

    system: str
    dataset: str
    modality: str
    protocol: str
    kind: str
    percent: float


_FOLDS = "five folds of actors"
_SIX = "six folds of actors"

ANCHORS: tuple[Anchor, ...] = (
    Anchor("Naas & Sigg 2020", "ravdess", "voice", "split not stated", UNSTATED, 62.51),
    Anchor("Naas & Sigg 2020", "ravdess", "face", "split not stated", UNSTATED, 97.13),
    Anchor("Naas & Sigg 2020, about", "ravdess", "fused", "split not stated", UNSTATED, 100.0),
    Anchor("Naas & Sigg 2020", "savee", "voice", "split not stated", UNSTATED, 68.0),
    Anchor("Naas & Sigg 2020", "savee", "face", "split not stated", UNSTATED, 97.77),
    Anchor("human raters", "ravdess", "voice", "listening", HELD_OUT, 67.0),
    Anchor("human raters", "ravdess", "face", "watching", HELD_OUT, 75.0),
    Anchor("Luna-Jimenez 2022, xlsr-wav2vec2", "ravdess", "voice", _FOLDS, HELD_OUT, 81.82),
    Anchor("Luna-Jimenez 2022, action units", "ravdess", "face", _FOLDS, HELD_OUT, 62.13),
    Anchor("Luna-Jimenez 2022", "ravdess", "fused", _FOLDS, HELD_OUT, 86.70),
    Anchor("Luna-Jimenez 2021, CNN-14", "ravdess", "voice", _FOLDS, HELD_OUT, 76.58),
    Anchor("Luna-Jimenez 2021, STN", "ravdess", "face", _FOLDS, HELD_OUT, 57.08),
    Anchor("Luna-Jimenez 2021", "ravdess", "fused", _FOLDS, HELD_OUT, 80.08),
    Anchor("Chumachenko 2022", "ravdess", "face", "actor split", HELD_OUT, 74.92),
    Anchor("Chumachenko 2022", "ravdess", "fused", "actor split", HELD_OUT, 81.58),
    Anchor("EmoBox, Whisper large v3", "ravdess", "voice", _SIX, HELD_OUT, 75.9),
    Anchor("EmoBox, WavLM large", "ravdess", "voice", _SIX, HELD_OUT, 72.2),
    Anchor("EmoBox, HuBERT base", "ravdess", "voice", _SIX, HELD_OUT, 66.2),
    Anchor("EmoBox, wav2vec2 base", "ravdess", "voice", _SIX, HELD_OUT, 55.4),
    Anchor("ResLSTM-SA, mean recall", "ravdess", "voice", _FOLDS, HELD_OUT, 62.3),
    Anchor("MFCC + VGGFace 2026", "ravdess", "fused", "random split", RANDOM, 95.83),
    Anchor("MFCC + VGGFace 2026", "ravdess", "fused", "leave-one-speaker-out", HELD_OUT, 48.06),
    Anchor("EmoBox, data2vec 2 large", "savee", "voice", "leave-one-speaker-out", HELD_OUT, 78.6),
    Anchor("EmoBox, wav2vec2 base", "savee", "voice", "leave-one-speaker-out", HELD_OUT, 49.8),
    Anchor("VGG13, Barsoum 2016", "ferplus", "face", "official test part", HELD_OUT, 84.99),
)


def kind(protocol: str) -> str:
    """Whether one of our protocols tests held-out people: `HELD_OUT` or `RANDOM`.

    Args:
        protocol: One of `emotion.evaluation.protocols.PROTOCOLS`.
    """
    return RANDOM if protocol in protocols.RANDOM else HELD_OUT
