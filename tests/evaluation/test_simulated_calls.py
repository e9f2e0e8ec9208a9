"""Simulated calls and the answers in them."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.evaluation import simulated_calls
from emotion.evaluation.simulated_calls import ADAPTATIONS, CALLS, Outputs
from emotion.voice.adaptation import Prior, Speaker, VoiceLogits


@pytest.fixture
def outputs(rng: np.random.Generator) -> Outputs:
    """Three speakers with 16, 13 and one clip, in no order."""
    speakers = rng.permutation(np.array(["ann"] * 16 + ["bob"] * 13 + ["cem"]))
    labels = rng.integers(0, 8, len(speakers))
    logits = 3 * np.eye(8)[labels] + rng.normal(0, 1, (len(speakers), 8))
    return Outputs(
        [VoiceLogits(row, row[::-1]) for row in logits],
        labels,
        speakers,
        np.ones(len(labels), bool),
    )


@pytest.fixture
def prior() -> Prior:
    means = 3 * np.eye(8)
    gate = np.array([0.5, 1, 1, 1])
    return Prior(np.ones(8, bool), means, np.eye(8), gate, 1.2, 0.8, np.zeros(8))


def test_answers_of_all_clips_as_arrays(outputs: Outputs) -> None:
    assert outputs.absolute.shape == outputs.relative.shape == (30, 8)
    np.testing.assert_array_equal(outputs.absolute, outputs.relative[:, ::-1])


@pytest.mark.parametrize("kind", ["varied", "one emotion"])
def test_each_clip_occurs_once(kind: str, outputs: Outputs) -> None:
    rows = np.concatenate(list(simulated_calls.calls(outputs, kind)))
    assert sorted(rows) == list(range(30))


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_is_of_one_speaker(kind: str, outputs: Outputs) -> None:
    speakers = [set(outputs.speakers[rows]) for rows in simulated_calls.calls(outputs, kind)]
    assert {len(names) for names in speakers} == {1}
    assert set.union(*speakers) == {"ann", "bob", "cem"}


def test_calls_of_one_emotion_have_one(outputs: Outputs) -> None:
    found = [set(outputs.labels[rows]) for rows in simulated_calls.calls(outputs, "one emotion")]
    assert {len(labels) for labels in found} == {1}


def test_an_uneven_call_holds_no_clip_twice(outputs: Outputs) -> None:
    for seed in range(20):
        for rows in simulated_calls.calls(outputs, "uneven", seed):
            own = (outputs.speakers == outputs.speakers[rows[0]]).sum()
            assert len(set(rows)) == len(rows) == (own + 1) // 2


@pytest.mark.parametrize("kind", CALLS)
def test_the_seed_decides_the_order(kind: str, outputs: Outputs) -> None:
    first, again, other = (
        np.concatenate(list(simulated_calls.calls(outputs, kind, seed))).tolist()
        for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_without_adaptation_each_clip_is_a_new_speakers(outputs: Outputs, prior: Prior) -> None:
    logs = simulated_calls.predict(prior, outputs, None)
    for logits, log in zip(outputs.logits, logs, strict=True):
        np.testing.assert_array_equal(log, Speaker(prior).log_probabilities(logits))


@pytest.mark.parametrize("kind", ADAPTATIONS.values())
def test_every_clip_has_an_answer(kind: str | None, outputs: Outputs, prior: Prior) -> None:
    logs = simulated_calls.predict(prior, outputs, kind)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1)


@pytest.mark.parametrize("kind", ["varied", "one emotion"])
def test_what_comes_later_changes_no_answer(kind: str, outputs: Outputs, prior: Prior) -> None:
    logs = simulated_calls.predict(prior, outputs, kind, seed=5)
    for rows in simulated_calls.calls(outputs, kind, seed=5):
        for place in (0, len(rows) // 2):
            logits = list(outputs.logits)
            logits[rows[place]] = VoiceLogits(-logits[rows[place]].absolute, np.arange(8.0))
            changed = replace(outputs, logits=logits)
            others = simulated_calls.predict(prior, changed, kind, seed=5)
            same = (others == logs).all(axis=1)
            assert set(np.flatnonzero(~same)) == set(rows[place:])


def test_a_first_clip_is_answered_as_a_new_speakers(outputs: Outputs, prior: Prior) -> None:
    alone = simulated_calls.predict(prior, outputs, None)
    logs = simulated_calls.predict(prior, outputs, "varied", seed=2)
    for rows in simulated_calls.calls(outputs, "varied", seed=2):
        np.testing.assert_array_equal(logs[rows[0]], alone[rows[0]])
        assert not np.allclose(logs[rows[1:]], alone[rows[1:]]) or len(rows) == 1
