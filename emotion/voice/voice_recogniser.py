"""From a window of sound to what the voice shows."""

from collections.abc import Callable, Sequence

import numpy as np

from emotion.readings import emotions
from emotion.voice import log_mel
from emotion.voice.adaptation import Prior, VoiceLogits


class VoiceRecogniser:
    """The voice model: a cut Whisper encoder with two heads (Radford et al. 2023).

    Attributes:
        reliability: Weight of its prediction in fusion, 0 to 1.
        confusion: As of a `FaceRecogniser`.
        prior: What is known of speakers before one is heard.
    """

    def __init__(
        self,
        network: Callable[[np.ndarray], np.ndarray],
        *,
        labels: Sequence[str],
        prior: Prior,
        reliability: float = 1.0,
        confusion: np.ndarray,
    ) -> None:
        """Make a recogniser of a network.

        Args:
            network: From the log-mel features of a window (see `emotion.voice.log_mel`) to
                two times eight logits: for any speaker, and right up to an offset of the
                speaker, shape (16,).
            labels: The eight emotions in the order of the logits.
            prior: What is known of speakers before one is heard.
            reliability: Weight of the prediction in fusion, 0 to 1.
            confusion: Share of the predictions (columns) for each emotion (rows), shape (8, 8).
        """
        self._network = network
        self._order = [list(labels).index(name) for name in emotions.NAMES]
        self.prior = prior
        self.reliability = reliability
        self.confusion = confusion

    def __call__(self, samples: np.ndarray) -> VoiceLogits:
        """What the model says of a window, for `emotion.voice.adaptation.Speaker` to take.

        Args:
            samples: 16 kHz, float32, shape (48000,), -1 to 1.
        """
        absolute, relative = self._network(log_mel.log_mel(samples)).reshape(2, emotions.COUNT)
        return VoiceLogits(absolute[self._order], relative[self._order])
