"""Short pieces of sound, as decoders make them, become longer ones that hold the same."""

from collections.abc import Iterator

import numpy as np
import pytest

from emotion.media.frames import Frame
from emotion.media.joining import LONGEST, joined
from emotion.media.samples import Samples

RATE = 48_000


def pieces(
    count: int, size: int = 1_024, start: float = 0.0, channels: int = 2, rate: int = RATE
) -> list[Samples]:
    sound = np.random.default_rng(count).standard_normal((channels, count * size))
    return [
        Samples(
            start + number * size / rate,
            sound[:, number * size : (number + 1) * size].astype(np.float32),
            rate,
        )
        for number in range(count)
    ]


def frame(time: float) -> Frame:
    return Frame(time, np.zeros((4, 4, 3), np.uint8))


def sound_of(items: list[Frame | Samples]) -> list[Samples]:
    return [item for item in items if isinstance(item, Samples)]


def test_fewer_pieces_hold_the_same_sound_at_the_same_times() -> None:
    short = pieces(200)
    long = sound_of(list(joined(short)))
    assert len(long) * 10 < len(short)
    end = 0.0
    for piece in long:
        assert piece.time == pytest.approx(end)
        end = piece.time + piece.data.shape[-1] / piece.rate
        assert piece.data.shape[-1] / piece.rate < LONGEST + 1_024 / RATE
    np.testing.assert_array_equal(
        np.concatenate([piece.data for piece in long], axis=1),
        np.concatenate([piece.data for piece in short], axis=1),
    )


def test_pictures_stay_between_the_same_samples() -> None:
    short = pieces(60)
    mixed: list[Frame | Samples] = []
    for number, piece in enumerate(short):
        if number % 9 == 4:
            mixed.append(frame(piece.time))
        mixed.append(piece)
    heard = 0.0
    for item in joined(mixed):
        if isinstance(item, Samples):
            heard += item.data.shape[-1] / item.rate
        else:
            assert item.time == pytest.approx(heard)


@pytest.mark.parametrize(
    "later",
    [
        pieces(3, start=0.5),
        pieces(3, start=3 * 1_024 / RATE, channels=1),
        pieces(3, start=3 * 1_024 / RATE, rate=44_100),
    ],
    ids=["after a gap", "of fewer channels", "at another rate"],
)
def test_what_is_not_one_sound_is_not_joined(later: list[Samples]) -> None:
    first, second = joined([*pieces(3), *later])
    assert isinstance(first, Samples)
    assert isinstance(second, Samples)
    assert first.data.shape == (2, 3 * 1_024)
    assert second.data.shape == (len(later[0].data), 3 * 1_024)
    assert (second.time, second.rate) == (later[0].time, later[0].rate)


def test_times_that_are_rounded_are_no_gaps() -> None:
    rounded = [Samples(round(one.time, 3), one.data, one.rate) for one in pieces(8)]
    assert len(list(joined(rounded))) == 1


def test_what_came_before_an_error_is_given() -> None:
    def broken() -> Iterator[Frame | Samples]:
        yield from pieces(3)
        raise ValueError("torn")

    given = joined(broken())
    before = next(given)
    assert isinstance(before, Samples)
    assert before.data.shape[-1] == 3 * 1_024
    with pytest.raises(ValueError, match="torn"):
        next(given)
