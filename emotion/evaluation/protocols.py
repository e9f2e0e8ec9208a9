"""Ways to split a data set into clips to train and clips to test on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion.datasets.clips import Clip
from emotion.errors import DatasetError
from emotion.reports.names import ProtocolName

ACTOR_FOLDS: tuple[tuple[int, ...], ...] = (
    (2, 5, 14, 15, 16),
    (3, 6, 7, 13, 18),
    (10, 11, 12, 19, 20),
    (8, 17, 21, 23, 24),
    (1, 4, 9, 22),
)
"""Test actors of RAVDESS's protocol `actor-5fold` (Luna-Jimenez et al. 2021)."""

HELD_OUT_ACTORS: tuple[int, ...] = (1, 5)
"""Actors of RAVDESS that train or tune nothing that is shipped."""


@dataclass(frozen=True)
class Protocol:
    """A way to split a data set, as people and reports call it.

    Attributes:
        name: In reports and on the command line.
        title: For people.
        sentence: What its figures tell.
        modalities: That can be cross-validated by it.
    """

    name: ProtocolName
    title: str
    sentence: str
    modalities: tuple[str, ...]

    @property
    def needs_several_corpora(self) -> bool:
        """Whether whole corpora are held out, so that one alone cannot be split."""
        return self.name == ProtocolName.LEAVE_ONE_CORPUS_OUT


ALL: tuple[Protocol, ...] = (
    Protocol(
        ProtocolName.RANDOM_FRAMES,
        "Random frames",
        "Frames of one clip are trained and tested on: very optimistically biased.",
        ("face",),
    ),
    Protocol(
        ProtocolName.RANDOM,
        "Random clips",
        "Clips of one person are trained and tested on: optimistically biased.",
        ("voice", "face", "fused"),
    ),
    Protocol(
        ProtocolName.ACTOR_FOLDS,
        "Five folds of actors",
        "Held-out speakers: nobody who is tested was trained on.",
        ("voice", "face", "fused"),
    ),
    Protocol(
        ProtocolName.LOSO,
        "Leave-one-speaker-out (LOSO)",
        "A fold for each speaker, who is held out of its training.",
        ("voice", "face", "fused"),
    ),
    Protocol(
        ProtocolName.LEAVE_ONE_CORPUS_OUT,
        "Leave-one-corpus-out",
        "Held-out corpora: other people, rooms and microphones than trained on.",
        ("voice",),
    ),
)
"""All protocols, from the most optimistic to the most severe."""

RANDOM = (ProtocolName.RANDOM_FRAMES, ProtocolName.RANDOM)
"""Those that have one person on both sides of a split."""

PROTOCOLS: tuple[str, ...] = tuple(one.name for one in ALL if "voice" in one.modalities)
"""Names of the protocols that `folds` knows."""

_SYNONYMS = {"leave-one-speaker-out": ProtocolName.LOSO}

_RANDOM_FOLDS = 5
_RANDOM_TEST_SHARE = 0.2
_ACTORS_CORPUS = "ravdess"


@dataclass(frozen=True)
class Fold:
    """One split of a list of clips.

    Attributes:
        name: What is tested, such as 'actors 02, 05, 14', 'seed 3' or 'savee-DC'.
        train: Indices of the clips to train on, int64, ascending.
        test: Indices of the clips to test on, int64, ascending, none of them in `train`.
    """

    name: str
    train: np.ndarray
    test: np.ndarray


def speaker(actor: int) -> str:
    """The name under which an actor of RAVDESS stands in a list of clips."""
    return f"ravdess-{actor:02d}"


_HELD_OUT_SPEAKERS = {speaker(actor) for actor in HELD_OUT_ACTORS}


def held_out(clip: Clip) -> bool:
    """Whether a clip is of one of the `HELD_OUT_ACTORS`, who speak and sing in several corpora.

    Args:
        clip: Of any corpus.
    """
    return clip.speaker in _HELD_OUT_SPEAKERS


def of(modality: str) -> tuple[Protocol, ...]:
    """The protocols by which a modality can be cross-validated.

    Args:
        modality: 'voice', 'face' or 'fused'.
    """
    return tuple(one for one in ALL if modality in one.modalities)


def named(text: str, modality: str) -> str:
    """The name of a protocol, which may be given in full.

    Args:
        text: Such as 'loso' or 'leave-one-speaker-out'.
        modality: That is to be split by it.

    Raises:
        DatasetError: If the modality has no such protocol.
    """
    name = _SYNONYMS.get(text, text)
    known = [one.name for one in of(modality)]
    if name not in known:
        raise DatasetError(
            f"There is no protocol {text!r} for {modality}; the known ones are {', '.join(known)}."
        )
    return name


def folds(protocol: str, clips: Sequence[Clip], seed: int = 0) -> list[Fold]:
    """Split clips by a protocol.

    Only under 'random' does a speaker stand on both sides of a split. Under all others
    no clip of a speaker who is tested is trained on, from whichever corpus it is.

    Args:
        protocol: One of `PROTOCOLS`.

            - 'random': five folds, each a draw of its own of a fifth of the clips of
              each emotion to test on. Its figures are far too good for a recogniser
              that is to hear other people, and a clip may be tested in several folds.
            - 'actor-5fold': `ACTOR_FOLDS` of RAVDESS as far as its actors are there;
              clips of other corpora are trained on and never tested.
            - 'loso': leave-one-speaker-out, a fold for each speaker.
            - 'leave-one-corpus-out': a fold for each corpus.
        clips: Of all corpora together.
        seed: Of the first random fold; the others have the next ones. The other
            protocols draw nothing.

    Returns:
        At least two folds, with clips on both sides of each.

    Raises:
        DatasetError: If the protocol is unknown or the clips do not allow for it.
    """
    if protocol not in PROTOCOLS:
        raise DatasetError(
            f"There is no protocol {str(protocol)!r}; the known ones are {', '.join(PROTOCOLS)}."
        )
    if protocol == ProtocolName.RANDOM:
        return [_random(clips, seed + index) for index in range(_RANDOM_FOLDS)]
    speakers = np.array([clip.speaker for clip in clips], dtype=str)
    corpora = np.array([clip.corpus for clip in clips], dtype=str)
    if protocol == ProtocolName.ACTOR_FOLDS:
        tested = _actors(speakers, corpora)
    elif protocol == ProtocolName.LOSO:
        tested = {str(name): speakers == name for name in np.unique(speakers)}
        _check_several(protocol, "speaker", list(tested), len(clips))
    else:
        tested = {str(name): corpora == name for name in np.unique(corpora)}
        _check_several(protocol, "corpus", list(tested), len(clips))
    return [_held_out(protocol, name, test, speakers) for name, test in tested.items()]


def _random(clips: Sequence[Clip], seed: int) -> Fold:
    rng = np.random.default_rng(seed)
    labels = np.array([clip.emotion for clip in clips], dtype=np.int64)
    test = np.zeros(len(clips), bool)
    for emotion in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == emotion))
        test[own[: round(_RANDOM_TEST_SHARE * len(own))]] = True
    if not test.any():
        raise DatasetError(
            "Protocol 'random' tests on a fifth of the clips of each emotion and needs three or "
            f"more of one of them; found {len(clips)} clips of {len(np.unique(labels))} emotions."
        )
    return Fold(f"seed {seed}", np.flatnonzero(~test), np.flatnonzero(test))


def _actors(speakers: np.ndarray, corpora: np.ndarray) -> dict[str, np.ndarray]:
    """The clips to test on of each fold with any, bool, shape (n,), by its name."""
    own = corpora == _ACTORS_CORPUS
    present = set(speakers[own])
    tested = {}
    for actors in ACTOR_FOLDS:
        here = [actor for actor in actors if speaker(actor) in present]
        if here:
            title = "actor" if len(here) == 1 else "actors"
            name = f"{title} {', '.join(f'{actor:02d}' for actor in here)}"
            tested[name] = own & np.isin(speakers, [speaker(actor) for actor in here])
    if len(tested) < 2:
        raise DatasetError(
            f"Protocol 'actor-5fold' needs actors of RAVDESS ({speaker(1)} to {speaker(24)}, "
            f"corpus {_ACTORS_CORPUS!r}) in two or more of its five folds; found "
            f"{_listed('actor', sorted(present))} in {len(tested)} of them, among {len(corpora)} "
            f"clips of {_listed('corpus', sorted(set(corpora)))}."
        )
    return tested


def _held_out(protocol: str, name: str, test: np.ndarray, speakers: np.ndarray) -> Fold:
    """A fold that trains on no clip of a speaker who is tested.

    Args:
        protocol: For the error.
        name: Of the fold.
        test: Whether each clip is tested, bool, shape (n,).
        speakers: Of each clip, shape (n,).
    """
    # A corpus in two parts, such as speech and song, has the same people in both.
    train = ~np.isin(speakers, speakers[test])
    if not train.any():
        raise DatasetError(
            f"Protocol {str(protocol)!r} has no clip left to train on when it tests {name!r}: all "
            f"{len(speakers)} clips are of the {len(np.unique(speakers[test]))} speakers that "
            "are tested."
        )
    return Fold(name, np.flatnonzero(train), np.flatnonzero(test))


def _check_several(protocol: str, kind: str, found: list[str], clips: int) -> None:
    if len(found) < 2:
        raise DatasetError(
            f"Protocol {str(protocol)!r} leaves out one {kind} at a time and needs two or more; "
            f"found {_listed(kind, found)} in {clips} clips."
        )


def _listed(kind: str, names: Sequence[str]) -> str:
    """Such as 'no actor' or 'corpus tess'."""
    return f"{kind} {', '.join(names)}" if names else f"no {kind}"
