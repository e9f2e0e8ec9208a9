"""From an aligned face to probabilities of emotions."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from emotion.readings import emotions
from emotion.readings.probability import softmax

FLOOR = 1e-4
"""Probability below which observations of a face are no longer distinguished."""

FER_TO_EMOTION = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprised",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    # Ekman & Friesen counted contempt with disgust before they parted the two.
    "contempt": "disgusted",
}
"""FER+'s classes in our names."""

EMOTION_OF = np.array([emotions.INDEX[name] for name in FER_TO_EMOTION.values()])
"""Emotion of each of FER+'s classes, in the order of `FER_TO_EMOTION`."""


def fold_ferplus(probabilities: np.ndarray, priors: np.ndarray, labels: list[str]) -> np.ndarray:
    """FER+'s eight classes as our eight emotions, as if all were equally frequent.

    Bayes' rule takes out the shares of the classes in training (Saerens et al.
    2002, 'Adjusting the Outputs of a Classifier to New a Priori Probabilities'):
    without it a network trained on FER+, a third of which is neutral, calls most
    speaking faces neutral. Contempt counts as disgust. The face cannot tell calm
    from neutral: 'neutral' stands for both, and 'calm' is 0 until the voice
    divides them (see `emotion.readings.fusion`).

    Args:
        probabilities: Shape (..., 8), in the order of `labels`.
        priors: Share of each class in training, shape (8,).
        labels: FER+'s names of the classes.

    Returns:
        Shape (..., 8), adding up to 1, in the order of `emotion.readings.emotions.EMOTIONS`.
    """
    matrix = np.zeros((len(labels), emotions.COUNT))
    for row, label in enumerate(labels):
        matrix[row, emotions.INDEX[FER_TO_EMOTION[label]]] = 1
    shares = priors @ matrix
    ratios = np.divide(
        probabilities @ matrix,
        shares,
        out=np.zeros((*probabilities.shape[:-1], emotions.COUNT)),
        where=shares > 0,
    )
    return np.asarray(ratios / ratios.sum(axis=-1, keepdims=True))


class FaceRecogniser:
    """The face model: VGG16 tuned on FER+ (Barsoum et al. 2016).

    Attributes:
        pixels: Width and height of the aligned face it takes.
        sha256: Of the model file.
        reliability: Weight of its prediction in fusion, 0 to 1.
        confusion: Share of its predictions (columns) for each emotion (rows) among validation
            examples, shape (8, 8).
        priors: Share of FER+'s classes in training, shape (8,).
        shares: Share of FER+'s classes in FER+ itself, shape (8,).
        temperature: Divides the logits.
        emphasis: Factor by which the probability of each emotion is multiplied, shape (8,): how
            people who speak show it more or less than the training pictures do.
        ordinary: Mean log probabilities of neutral faces, shape (8,).
    """

    def __init__(
        self,
        network: Callable[[np.ndarray], np.ndarray],
        *,
        pixels: int,
        labels: Sequence[str],
        priors: np.ndarray,
        shares: np.ndarray,
        temperature: float = 1.0,
        emphasis: np.ndarray | None = None,
        ordinary: np.ndarray,
        reliability: float = 1.0,
        confusion: np.ndarray,
        sha256: str = "",
    ) -> None:
        """Make a recogniser of a network.

        Args:
            network: From a grey face, float32 of shape (pixels, pixels, 1), levels 0 to 255,
                to the logits of FER+'s classes, followed by the features that they are
                made from, shape (8 + m,).
            pixels: Width and height of the face that the network takes.
            labels: FER+'s classes in the order of the logits.
            priors: Share of each class in training, shape (8,).
            shares: Share of each class in FER+ itself, shape (8,).
            temperature: Divides the logits.
            emphasis: Factor of each emotion, above 0, shape (8,); None for 1.
            ordinary: Mean log probabilities of neutral faces, shape (8,).
            reliability: Weight of the prediction in fusion, 0 to 1.
            confusion: Share of the predictions (columns) for each emotion (rows), shape (8, 8).
            sha256: Of the model file, for caches of what the network says; '' for none.
        """
        self._network = network
        self.pixels = pixels
        self._labels = list(labels)
        self.priors = priors
        self.shares = shares
        self.temperature = temperature
        self.emphasis = np.ones(emotions.COUNT) if emphasis is None else emphasis
        self.ordinary = ordinary
        self.reliability = reliability
        self.confusion = confusion
        self.sha256 = sha256

    def __call__(self, face: np.ndarray) -> np.ndarray:
        """Probabilities of the eight emotions, 'neutral' standing for calm as well.

        Args:
            face: Aligned grey picture, uint8, shape (pixels, pixels).

        Returns:
            Shape (8,), adding up to 1.
        """
        return self.probabilities(self.logits(face))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities of the eight emotions, shape (8,), adding up to 1.

        Args:
            logits: Of a face, from `logits` or `outputs`, shape (8,).
        """
        folded = fold_ferplus(softmax(logits / self.temperature), self.priors, self._labels)
        return np.asarray(folded * self.emphasis / (folded @ self.emphasis))

    def logits(self, face: np.ndarray) -> np.ndarray:
        """What the network says of FER+'s own classes, before any correction.

        Args:
            face: Grey picture, uint8, square; resized where it is of another size.

        Returns:
            float32, shape (8,).
        """
        return self.outputs(face)[0]

    def outputs(self, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits, shape (8,), and the features that they are made from, shape (512,).

        Args:
            face: Aligned, grey, 0 to 255, shape (n, n); brought to the model's size.
        """
        if face.shape[0] != self.pixels:
            face = cv2.resize(face, (self.pixels, self.pixels), interpolation=cv2.INTER_LINEAR)
        both = self._network(face[..., None].astype(np.float32))
        return both[: len(self._labels)], both[len(self._labels) :]
