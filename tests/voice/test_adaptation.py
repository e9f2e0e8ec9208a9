"""Speaker adaptation, on synthetic answers whose right reading is known."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emotion.errors import ModelError
from emotion.readings import emotions
from emotion.readings.probability import log_softmax
from emotion.voice.adaptation import CUES, MEMORY, Prior, Speaker, VoiceLogits, memorable

ANGRY = emotions.INDEX["angry"]
SAD = emotions.INDEX["sad"]
TRUST = 50.0


def prior_of(known: list[int] | None = None, trust: float = TRUST) -> Prior:
    """Emotions stand 4 apart with a spread of 1; `trust` is the gate's, whatever is heard."""
    chosen = np.isin(np.arange(8), range(8) if known is None else known)
    means = 4 * np.eye(8) - 0.5
    means[~chosen] = 0
    gate = np.array([trust, 0, 0, 0])
    return Prior(chosen, means, np.eye(8), gate, 2.0, 1.5, np.zeros(8))


def spoken(labels: np.ndarray, offset: np.ndarray, rng: np.random.Generator) -> list[VoiceLogits]:
    """Answers to windows of a speaker whose offset misleads both heads alike."""
    logits = 4 * np.eye(8)[labels] - 0.5 + offset + rng.normal(0, 0.3, (len(labels), 8))
    return [VoiceLogits(row, row) for row in logits]


def sharp() -> np.ndarray:
    """The offset of a voice that always sounds angry."""
    return np.where(np.arange(8) == ANGRY, 6.0, 0.0)


@pytest.mark.parametrize("trust", [-TRUST, 0, TRUST])
def test_without_history_the_answer_is_the_absolute_one(
    trust: float, rng: np.random.Generator
) -> None:
    logits = VoiceLogits(rng.normal(0, 2, 8), rng.normal(0, 2, 8))
    answer = Speaker(prior_of(trust=trust)).log_probabilities(logits)
    np.testing.assert_allclose(answer, log_softmax(logits.absolute / 2))


def test_a_varied_history_puts_a_misleading_voice_right(rng: np.random.Generator) -> None:
    labels = np.tile(np.arange(8), 3)
    speaker = Speaker(prior_of())
    heard = spoken(labels, sharp(), rng)
    stranger = [int(Speaker(prior_of()).log_probabilities(one).argmax()) for one in heard]
    assert set(stranger) == {ANGRY}
    for one in heard:
        speaker.remember(one)
    later = spoken(np.arange(8), sharp(), rng)
    assert [int(speaker.log_probabilities(one).argmax()) for one in later] == list(range(8))


def test_the_offset_is_found_and_shrunk_towards_none(rng: np.random.Generator) -> None:
    prior = prior_of()
    offset = sharp()
    for count in (1, 5):
        heard = spoken(np.tile(np.arange(8), count), offset, rng)
        rows = np.array([one.relative for one in heard])
        shrunk = len(rows) / (len(rows) + 2) * offset
        np.testing.assert_allclose(prior.offset(rows, rows), shrunk, atol=0.7)


def test_the_gate_decides_how_much_the_history_counts(rng: np.random.Generator) -> None:
    heard = spoken(np.tile(np.arange(8), 3), sharp(), rng)
    closed = Speaker(prior_of(trust=-TRUST))
    for one in heard:
        closed.remember(one)
    np.testing.assert_allclose(
        closed.log_probabilities(heard[0]), log_softmax(heard[0].absolute / 2)
    )


def test_cues_grow_with_how_much_and_how_varied_the_speech_is(rng: np.random.Generator) -> None:
    prior = prior_of()

    def cues(labels: list[int]) -> np.ndarray:
        rows = np.array([one.relative for one in spoken(np.array(labels), np.zeros(8), rng)])
        return prior.cues(rows, rows)

    one, few, many = cues([SAD]), cues([SAD] * 4), cues([SAD] * 24)
    varied = cues(list(range(8)) * 3)
    assert one.shape == (CUES,)
    assert one[0] == few[0] == varied[0] == 1
    assert 0 < one[1] < few[1] < many[1] == varied[1] < 1
    assert varied[2] > many[2] + 0.5
    assert varied[3] > many[3] + 0.2


def test_only_the_last_windows_are_remembered(rng: np.random.Generator) -> None:
    early = spoken(np.full(100, SAD), sharp(), rng)
    late = spoken(rng.integers(0, 8, MEMORY), np.zeros(8), rng)
    long, fresh = Speaker(prior_of(trust=0)), Speaker(prior_of(trust=0))
    for one in early:
        long.remember(one)
    assert not np.allclose(
        long.log_probabilities(late[0]), fresh.log_probabilities(late[0]), atol=0.1
    )
    for one in late:
        long.remember(one)
        fresh.remember(one)
    np.testing.assert_array_equal(long.log_probabilities(late[0]), fresh.log_probabilities(late[0]))


def test_asking_is_not_hearing(rng: np.random.Generator) -> None:
    one, other = spoken(np.array([SAD, ANGRY]), sharp(), rng)
    speaker = Speaker(prior_of())
    first = speaker.log_probabilities(one)
    speaker.log_probabilities(other)
    np.testing.assert_array_equal(speaker.log_probabilities(one), first)


def test_speakers_are_independent_of_each_other(rng: np.random.Generator) -> None:
    prior = prior_of()
    one, other = Speaker(prior), Speaker(prior)
    logits = spoken(np.array([SAD]), sharp(), rng)[0]
    before = other.log_probabilities(logits)
    one.remember(logits)
    np.testing.assert_array_equal(other.log_probabilities(logits), before)


def test_the_bias_moves_the_relative_answer_alone(rng: np.random.Generator) -> None:
    towards_sad = np.where(np.arange(8) == SAD, 1.5, 0.0)
    logits = VoiceLogits(rng.normal(0, 2, 8), rng.normal(0, 2, 8))
    prior = prior_of()
    absolute, relative = prior.predictions(logits, np.zeros(8))
    moved = replace(prior, relative_bias=towards_sad).predictions(logits, np.zeros(8))
    np.testing.assert_array_equal(moved[0], absolute)
    np.testing.assert_allclose(moved[1], log_softmax(relative + towards_sad))


@pytest.mark.parametrize("known", [None, [2, 3, 4, 5], [4]])
@pytest.mark.parametrize("size", [0, 1, 1000])
@pytest.mark.parametrize("trust", [-1000, 0, 1000])
@pytest.mark.filterwarnings("ignore:overflow")
def test_answers_are_probabilities_whatever_is_heard(
    known: list[int] | None, size: float, trust: float, rng: np.random.Generator
) -> None:
    speaker = Speaker(prior_of(known, trust))
    for _ in range(5):
        logits = VoiceLogits(rng.normal(0, size, 8), rng.normal(0, size, 8))
        answer = speaker.log_probabilities(logits)
        assert answer.shape == (8,)
        assert not np.isnan(answer).any()
        assert np.exp(answer).sum() == pytest.approx(1)
        speaker.remember(logits)


def test_an_unknown_emotion_keeps_its_absolute_answer(rng: np.random.Generator) -> None:
    """Calm was not heard in training, so its relative answer means nothing."""
    calm = emotions.CALM
    others = [label for label in range(8) if label != calm]
    speaker = Speaker(prior_of(others))
    for one in spoken(np.tile(others, 3), sharp(), rng):
        speaker.remember(one)
    logits = rng.normal(0, 1, 8)
    answers = []
    for nonsense in (-1000.0, 0.0, 1000.0):
        relative = np.where(np.arange(8) == calm, nonsense, logits)
        answers.append(speaker.log_probabilities(VoiceLogits(logits, relative)))
    np.testing.assert_allclose(answers[0], answers[1])
    np.testing.assert_allclose(answers[0], answers[2])
    # Of the known ones only their shares among each other change.
    for size in (-6.0, 0.0, 12.0):
        absolute = np.where(np.arange(8) == calm, size, logits)
        expected = np.exp(log_softmax(absolute / 2)[calm])
        found = np.exp(speaker.log_probabilities(VoiceLogits(absolute, logits))[calm])
        assert 0.499 * expected < found < 1.001 * expected


def test_a_prior_is_the_same_after_json(rng: np.random.Generator) -> None:
    spread = rng.normal(0, 1, (8, 8))
    prior = Prior(
        np.arange(8) != emotions.CALM,
        rng.normal(0, 3, (8, 8)),
        spread @ spread.T,
        rng.normal(0, 1, CUES),
        1.23456789,
        2.3456789,
        rng.normal(0, 1, 8),
    )
    again = Prior.read(json.loads(json.dumps(prior.document())))
    np.testing.assert_array_equal(again.known, prior.known)
    np.testing.assert_allclose(again.means, prior.means, atol=1e-4)
    np.testing.assert_allclose(again.precision, prior.precision, atol=1e-5)
    np.testing.assert_allclose(again.gate, prior.gate, atol=1e-4)
    assert again.temperature == pytest.approx(prior.temperature, abs=1e-4)
    assert again.relative_temperature == pytest.approx(prior.relative_temperature, abs=1e-4)
    np.testing.assert_allclose(again.relative_bias, prior.relative_bias, atol=1e-4)
    assert Prior.read(again.document()).document() == again.document()


@pytest.mark.parametrize("key", list(prior_of().document()))
def test_error_for_a_missing_key(key: str) -> None:
    document = prior_of().document()
    del document[key]
    with pytest.raises(ModelError, match=f"not complete.*{key}"):
        Prior.read(document)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("means", [[0.0] * 8] * 7),
        ("means", [[float("nan")] * 8] * 8),
        ("means", [[0.0] * 8] * 7 + [[0.0]]),
        ("precision", [1.0] * 8),
        ("precision", [[float("inf")] * 8] * 8),
        ("gate", [0.0] * (CUES + 1)),
        ("gate", [float("nan")] * CUES),
        ("gate", None),
        ("temperature", 0),
        ("temperature", float("nan")),
        ("temperature", -1.0),
        ("temperature", None),
        ("temperature", "warm"),
        ("relative_temperature", 0.0),
        ("relative_bias", [0.0] * 7),
        ("relative_bias", [float("nan")] * 8),
        ("known", []),
        ("known", ["bored"]),
        ("known", 3),
    ],
)
def test_error_for_what_is_no_prior(key: str, value: Any) -> None:
    with pytest.raises(ModelError, match="adaptation in the manifest"):
        Prior.read(prior_of().document() | {key: value})


@pytest.mark.parametrize(
    ("seconds", "since", "expected"),
    [(1.0, np.inf, True), (3.0, 3.0, True), (0.9, np.inf, False), (3.0, 2.5, False)],
)
def test_what_is_remembered_is_long_enough_and_new(
    seconds: float, since: float, expected: bool
) -> None:
    assert memorable(seconds, since) == expected
