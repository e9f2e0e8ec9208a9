"""How a face stands in its aligned picture: its shape, and whether it can be read there."""

import io
import zipfile
from dataclasses import dataclass

import cv2
import numpy as np

from emotion.errors import ModelError
from emotion.face.portrait import LENGTH, gradients

_TONES = 8
"""Width and height of the shades that are looked at beside the gradients."""

INPUTS = LENGTH + _TONES * _TONES
"""Numbers that a view is made from."""

KINDS = ("clear", "turned", "eyes covered", "mouth covered")

TURNED = 0.9
"""Probability from which landmarks count as being where no eyes and mouth are."""

COVERED = 0.985
"""Probability from which a face counts as covered."""

_FADES = 0.85
"""Probability up to which a face that may be covered counts in full."""

CLEAR = 0.25
"""Probability of a clear face below which it is tried whether a turned one is clearer: a
detector of upright faces finds eyes in a mouth that is upside down."""


@dataclass(frozen=True)
class View:
    """What an aligned picture shows of a face.

    Attributes:
        portrait: Shape of the face, of length 1, float32, shape (512,): see
            `emotion.face.portrait`, less the mean over faces.
        clear: Probability of an upright face that is seen whole, 0 to 1.
        turned: Probability that the picture is no upright face, 0 to 1.
        covered: Probability that eyes, mouth or one half are covered, 0 to 1.
    """

    portrait: np.ndarray
    clear: float
    turned: float
    covered: float

    @property
    def weight(self) -> float:
        """How much of the face is seen: 1 for a clear one, 0 at `COVERED`."""
        return float(np.clip((COVERED - self.covered) / (COVERED - _FADES), 0, 1))


class ViewModel:
    """A small network on gradients and shades: one hidden layer, a millisecond at most.

    The same numbers give the shape of the face, so that noticing a cut costs nothing more.
    """

    def __init__(self, content: bytes) -> None:
        """Load the model.

        Args:
            content: Of the file, as `numpy.savez` writes it.

        Raises:
            ModelError: If it does not hold what is needed.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                self._mean = arrays["mean"].astype(np.float32)
                self._layers = [
                    (arrays[f"weights_{name}"].astype(np.float32), arrays[f"bias_{name}"])
                    for name in ("hidden", "output")
                ]
            width = self._layers[0][0].shape[1]
            if [layer[0].shape for layer in self._layers] != [(INPUTS, width), (width, len(KINDS))]:
                raise ValueError("layers of other shapes")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"The view of a face ({len(content):,} bytes) is not a model for "
                f"emotion.face.view: {error}."
            ) from error

    def __call__(self, aligned: np.ndarray) -> View:
        """Say how a face stands in its picture.

        Args:
            aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.
        """
        values = inputs(aligned)
        (hidden, first), (output, second) = self._layers
        logits = np.maximum(values @ hidden + first, 0) @ output + second
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        portrait = values[:LENGTH] - self._mean
        portrait /= max(float(np.linalg.norm(portrait)), 1e-6)
        return View(portrait, float(shares[0]), float(shares[1]), float(shares[2:].sum()))


def inputs(aligned: np.ndarray) -> np.ndarray:
    """Gradients, and shades less their mean in units of their deviation, shape (576,).

    Args:
        aligned: The face after `emotion.face.alignment.align`, grey, uint8, square.
    """
    shades = cv2.resize(aligned, (_TONES, _TONES), interpolation=cv2.INTER_AREA)
    deviation = max(float(aligned.std()), 8.0)
    tones = (shades.astype(np.float32) - float(aligned.mean())) / deviation
    return np.concatenate([gradients(aligned), tones.ravel()]).astype(np.float32)
