"""What is learned of simulated speakers is of use with others."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.evaluation import simulated_calls
from emotion.evaluation.simulated_calls import Outputs
from emotion.readings import emotions
from emotion.training import speaker_prior
from emotion.voice.adaptation import Prior, VoiceLogits


def made_up(
    seed: int,
    *,
    speakers: int = 8,
    each: int = 4,
    offset: float = 3.0,
    spread: float = 1.0,
    sure: float = 1.0,
    kinds: tuple[int, ...] = tuple(range(8)),
) -> Outputs:
    """Clips of speakers whose offset misleads both answers.

    Args:
        seed: Of all that is random.
        speakers: Number of them.
        each: Clips of each emotion of each speaker.
        offset: Deviation of the offsets.
        spread: Deviation of the clips of one emotion and speaker.
        sure: Factor by which the absolute answer is too sure of itself.
        kinds: Emotions that occur.
    """
    rng = np.random.default_rng(seed)
    labels = np.tile(np.repeat(kinds, each), speakers)
    owners = np.repeat(np.arange(speakers), len(kinds) * each)
    offsets = rng.normal(0, offset, (speakers, emotions.COUNT))
    logits = 5 * np.eye(8)[labels] + offsets[owners]
    logits = logits + rng.normal(0, spread, logits.shape)
    names = np.array([f"{seed}-{owner}" for owner in owners])
    return Outputs(
        [VoiceLogits(sure * row, row) for row in logits], labels, names, np.ones(len(labels), bool)
    )


def accuracy(prior: Prior, outputs: Outputs, kind: str | None) -> float:
    logs = simulated_calls.predict(prior, outputs, kind, seed=1)
    return float((logs.argmax(axis=1) == outputs.labels).mean())


@pytest.fixture(scope="module")
def prior() -> Prior:
    return speaker_prior.fit([made_up(1), made_up(2)])


def test_varied_speech_makes_others_answers_right(prior: Prior) -> None:
    strangers = made_up(7)
    assert accuracy(prior, strangers, None) < 0.75
    assert accuracy(prior, strangers, "varied") > accuracy(prior, strangers, None) + 0.1


def test_speech_of_one_emotion_does_little_harm(prior: Prior) -> None:
    for seed in (7, 8, 9):
        strangers = made_up(seed)
        alone = accuracy(prior, strangers, None)
        assert accuracy(prior, strangers, "one emotion") > alone - 0.03


def test_the_more_was_heard_the_better_the_answers(prior: Prior) -> None:
    outputs = made_up(11, speakers=12)
    right = simulated_calls.predict(prior, outputs, "varied").argmax(axis=1) == outputs.labels
    early, late = [], []
    for rows in simulated_calls.calls(outputs, "varied"):
        early.append(right[rows[:4]].mean())
        late.append(right[rows[-12:]].mean())
    assert np.mean(late) > np.mean(early) + 0.1


def test_the_prior_says_what_the_speakers_were_made_of(prior: Prior) -> None:
    assert prior.known.all()
    np.testing.assert_allclose(prior.means, 5 * np.eye(8) - 5 / 8, atol=0.5)
    np.testing.assert_allclose(np.linalg.inv(prior.precision), np.eye(8), atol=0.35)


def test_the_same_seed_gives_the_same_prior(prior: Prior) -> None:
    assert speaker_prior.fit([made_up(1), made_up(2)]).document() == prior.document()


def test_an_answer_that_is_too_sure_is_tempered(prior: Prior) -> None:
    other = speaker_prior.fit([made_up(1, sure=2), made_up(2, sure=2)])
    assert other.temperature == pytest.approx(2 * prior.temperature, rel=0.1)
    assert other.relative_temperature == pytest.approx(prior.relative_temperature, rel=0.2)


def test_emotions_begin_at_different_distances_from_the_middle() -> None:
    """Anger is told by a little and sadness by much: an offset alone cannot know."""

    def uneven(seed: int) -> Outputs:
        outputs = made_up(seed)
        size = np.array([1, 1, 1, 1.6, 0.4, 1, 1, 1])
        logits = outputs.relative + 5 * (size - 1)[outputs.labels, None] * np.eye(8)[outputs.labels]
        logits = [VoiceLogits(row, row) for row in logits]
        return replace(outputs, logits=logits)

    prior = speaker_prior.fit([uneven(1), uneven(2)])
    angry, sad = emotions.INDEX["angry"], emotions.INDEX["sad"]
    assert prior.relative_bias[angry] > prior.relative_bias[sad] + 0.5
    strangers = uneven(3)
    without = replace(prior, relative_bias=np.zeros(8))
    assert accuracy(prior, strangers, "varied") > accuracy(without, strangers, "varied")


def test_an_emotion_that_a_corpus_lacks_is_not_held_against_it() -> None:
    """One of many corpora has calm; it is no less likely for that."""
    lacking = [made_up(seed, kinds=(0, 2, 3, 4, 5, 6, 7)) for seed in (2, 3, 4)]
    alone = speaker_prior.fit([made_up(1)])
    prior = speaker_prior.fit([made_up(1), *lacking])
    found, expected = (each.relative_bias[emotions.CALM] for each in (prior, alone))
    assert found == pytest.approx(expected, abs=0.5)
    strangers = made_up(7)
    right = simulated_calls.predict(prior, strangers, "varied").argmax(axis=1) == strangers.labels
    calm = strangers.labels == emotions.CALM
    assert right[calm].mean() > right[~calm].mean() - 0.15


def test_only_emotions_that_were_heard_are_known() -> None:
    prior = speaker_prior.fit([made_up(1, kinds=(0, 2, 4), each=8), made_up(2, kinds=(2, 3))])
    assert np.flatnonzero(prior.known).tolist() == [0, 2, 3, 4]
    strangers = made_up(3, kinds=(0, 2, 3, 4))
    logs = simulated_calls.predict(prior, strangers, "varied")
    assert np.isfinite(logs).all()
    assert (logs.argmax(axis=1) == strangers.labels).mean() > 0.7


def test_a_large_corpus_counts_no_more_than_a_small_one() -> None:
    """In the means: what one has twice as far apart as the other is in the middle."""

    def doubled(outputs: Outputs) -> Outputs:
        twice = [VoiceLogits(heard.absolute, 2 * heard.relative) for heard in outputs.logits]
        return replace(outputs, logits=twice)

    large = made_up(1, speakers=10, offset=0, spread=0.2)
    small = made_up(2, speakers=2, offset=0, spread=0.2)
    prior = speaker_prior.fit([large, doubled(small)])
    np.testing.assert_allclose(prior.means, 1.5 * (5 * np.eye(8) - 5 / 8), atol=0.3)


def test_speakers_without_offsets_lose_nothing() -> None:
    prior = speaker_prior.fit([made_up(1, offset=0, spread=2), made_up(2, offset=0, spread=2)])
    strangers = made_up(3, offset=0, spread=2)
    for kind in ("varied", "one emotion"):
        assert accuracy(prior, strangers, kind) > accuracy(prior, strangers, None) - 0.02
