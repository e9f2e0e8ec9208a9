"""Faces of several collections to learn from, without learning the collection.

Each collection has its own cameras, crops and shares of the classes: AffectNet's part here is
nearly without neutral and happy faces, which come from another collection. A network that can
tell where a picture is from would take that for an expression. So each source is drawn at a
fixed share, its classes nearly balanced, and what its shares of the classes say is taken out of
the loss (logit adjustment, Menon et al. 2021, 'Long-tail learning via logit adjustment', by
source instead of over all): knowing the source then makes no prediction likelier. Of a class that a
source does not have, its pictures say nothing at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emotion.datasets import face_photographs, ferplus
from emotion.evaluation import photograph_scoring
from emotion.face import alignment
from emotion.face.detector import Detector
from emotion.face.yunet import YuNet
from emotion.impairments import face_variants
from emotion.training.face_examples import PIXELS, FaceExamples

_FFHQ = "ffhq_"
"""Begin of the names of those pictures of AffectNet's collection that are FFHQ's."""

_CLASSES = len(ferplus.LABELS)

_ABSENT = 1e-9
"""Share of a class that a source does not have: as good as left out of the loss."""

_SIDE = 2 * _CLASSES + 1
"""Numbers that the loss needs of one picture: votes, adjustment and doubt."""


@dataclass(frozen=True)
class FaceSource:
    """One collection.

    Attributes:
        images: Grey, uint8, shape (n, height, width).
        votes: Share of each of FER+'s classes, float32, shape (n, 8).
        share: Of the pictures that are drawn, relative to those of the other sources.
        doubt: Share of a label that gives way to what the network itself says (soft
            bootstrapping, Reed et al. 2015, 'Training Deep Neural Networks on Noisy Labels').
    """

    images: np.ndarray
    votes: np.ndarray
    share: float
    doubt: float = 0.0

    def chances(self, balance: float) -> np.ndarray:
        """Chance of each picture to be drawn, shape (n,), adding up to 1.

        Args:
            balance: How far rare classes are drawn as often as frequent ones, from 0, not at
                all, to 1, just as often.
        """
        labels = self.votes.argmax(axis=1)
        shares = np.bincount(labels, minlength=_CLASSES) / len(labels)
        weights = shares[labels] ** -balance
        return weights / weights.sum()

    def priors(self, balance: float) -> np.ndarray:
        """Share of each class in what is drawn, shape (8,), adding up to 1.

        Args:
            balance: How far rare classes are drawn as often as frequent ones, from 0, not at all,
                to 1, just as often.
        """
        return self.chances(balance) @ self.votes


def of_ferplus(data: ferplus.FerPlus, detector: YuNet) -> list[FaceSource]:
    """FER+ as it is, and its faces aligned as those of a call are.

    Args:
        data: Pictures with votes.
        detector: That finds the faces.

    Returns:
        Two sources; the first alone where no face is found.
    """
    detect = Detector(detector)
    aligned, found = [], []
    for index, image in enumerate(data.images):
        enlarged = face_photographs.with_margin(np.repeat(image[..., None], 3, axis=2))
        faces = detect(enlarged)
        if faces:
            aligned.append(alignment.align(enlarged, faces[0].landmarks, PIXELS))
            found.append(index)
    whole = FaceSource(data.images, data.votes, 0.35)
    return [whole, FaceSource(np.stack(aligned), data.votes[found], 0.25)] if found else [whole]


def of_photographs(examples: FaceExamples) -> FaceSource:
    """Photographs as a source to draw from, with one class each.

    Args:
        examples: From `emotion.training.face_examples.of_photographs`.
    """
    return FaceSource(examples.images, _one_class(examples.votes), 0.1)


def in_the_wild(folder: Path, detector: YuNet) -> FaceSource:
    """AffectNet's faces, without those among them that are FFHQ's.

    FFHQ's are happy or neutral and AffectNet's nearly all something else, so that beside each
    other the network learns the camera from them instead of the face.

    Args:
        folder: With a `faces.csv`, see `emotion.datasets.face_photographs.read`, of faces cropped
            tightly.
        detector: What finds the faces.

    Raises:
        DatasetError: If the folder is not as described, or shows no face.
    """
    listed = [
        picture
        for picture in face_photographs.read(folder)
        if not picture.path.name.startswith(_FFHQ)
    ]
    images, owners = photograph_scoring.aligned_faces(
        listed, detector, PIXELS, margin=True, poor=True
    )
    labels = np.array([listed[owner].emotion for owner in owners])
    return FaceSource(images, _one_class(FaceExamples.of(images, labels).votes), 0.3, doubt=0.4)


def _one_class(votes: np.ndarray) -> np.ndarray:
    """Votes for the likeliest class alone, shape (n, 8).

    What is spread over all classes would say of those that a source does not have that each of
    its pictures is as likely to be one as any other.
    """
    return np.eye(_CLASSES, dtype=np.float32)[votes.argmax(axis=1)]


class Mixture:
    """Sources to draw batches from."""

    def __init__(self, sources: Sequence[FaceSource], balance: float = 0.5) -> None:
        """Get ready to draw.

        Args:
            sources: One at least.
            balance: How far rare classes are drawn as often as frequent ones, from 0, not at
                all, to 1, just as often.
        """
        self.sources = sources
        shares = np.array([source.share for source in sources], float)
        self._shares = shares / shares.sum()
        self._chances = [source.chances(balance).cumsum() for source in sources]
        self._adjustments = [
            np.log(np.maximum(source.priors(balance), _ABSENT)) for source in sources
        ]

    def batch(
        self, count: int, pixels: int, mixing: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Variants of pictures, and what `loss` needs to know of them.

        Args:
            count: Pictures.
            pixels: Width and height.
            mixing: Chance that every picture of the batch has another one shine through
                (mixup, Zhang et al. 2018), which no source's own look survives.
            rng: Source of all randomness.

        Returns:
            Grey levels, float32, shape (count, pixels, pixels, 1), and targets, float32,
            shape (count, 35).
        """
        faces = np.empty((count, pixels, pixels), np.float32)
        sides = np.empty((count, _SIDE), np.float32)
        for row, turn in enumerate(rng.choice(len(self.sources), count, p=self._shares)):
            source, chances = self.sources[turn], self._chances[turn]
            drawn = min(int(np.searchsorted(chances, rng.random())), len(chances) - 1)
            faces[row] = face_variants.in_the_wild(source.images[drawn], pixels, rng)
            sides[row] = *source.votes[drawn], *self._adjustments[turn], source.doubt
        kept, other = 1.0, np.arange(count)
        if rng.random() < mixing:
            kept = float(rng.beta(0.4, 0.4))
            kept, other = max(kept, 1 - kept), rng.permutation(count)
            faces = kept * faces + (1 - kept) * faces[other]
        share = np.full((count, 1), kept, np.float32)
        return faces[..., None], np.concatenate([sides, sides[other], share], axis=1)


def loss(targets: Any, logits: Any) -> Any:
    """Cross-entropy without what the shares of classes of each picture's source say.

    Args:
        targets: Tensor of `Mixture.batch`, shape (n, 35).
        logits: Tensor of shape (n, 8).

    Returns:
        Tensor of shape (n,).
    """
    ops = keras.ops
    targets = ops.convert_to_tensor(targets)

    def of(side: Any) -> Any:
        votes, adjustment, doubt = ops.split(side, [_CLASSES, 2 * _CLASSES], axis=1)
        logs = ops.log_softmax(logits + adjustment, axis=1)
        targets = (1 - doubt) * votes + doubt * ops.stop_gradient(ops.exp(logs))
        return -ops.sum(targets * logs, axis=1)

    first, second, kept = ops.split(targets, [_SIDE, 2 * _SIDE], axis=1)
    return kept[:, 0] * of(first) + (1 - kept[:, 0]) * of(second)
