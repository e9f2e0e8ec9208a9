"""Pictures that are passed over without being decoded."""

from pathlib import Path

import numpy as np
import pytest

from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.skipping import Skipping
from tests.media_makers import write_video

SPACING = 0.18


def given(times: list[float]) -> set[float]:
    """Those of some pictures that are looked at, in the order in which they are shown."""
    found, due = set(), -np.inf
    for time in sorted(times):
        if time >= due:
            found.add(time)
            due = time + SPACING
    return found


def needless(times: list[float], spacing: float = SPACING) -> list[float]:
    """Those that are told to be passed over, in the order of their packets."""
    skipping = Skipping(spacing)
    return [time for time in times if skipping.needless(time)]


def packets(between: int, count: int, rate: float) -> list[float]:
    """Times of pictures of which each group is predicted from the one after it."""
    order = [0]
    for last in range(between + 1, count, between + 1):
        order += [last, *range(last - between, last)]
    return [number / rate for number in order]


@pytest.mark.parametrize("between", [1, 3, 16])
@pytest.mark.parametrize("rate", [10, 25, 30, 60])
def test_what_is_given_is_decoded_and_most_others_are_not(between: int, rate: float) -> None:
    times = packets(between, 200, rate)
    skipped = needless(times)
    assert not given(times) & set(skipped)
    others = len(times) * between / (between + 1) - len(given(times))
    assert len(skipped) >= 0.9 * others


def test_pictures_in_their_order_are_all_decoded() -> None:
    assert needless([number / 30 for number in range(100)]) == []


def test_all_are_decoded_where_all_are_given() -> None:
    assert needless(packets(3, 100, 30), spacing=0.0) == []


@pytest.mark.parametrize("odd", [None, 0.1, 500.0])
def test_none_is_passed_over_after_a_timestamp_that_makes_no_sense(odd: float | None) -> None:
    times = packets(3, 100, 30)
    skipping = Skipping(SPACING)
    assert any(skipping.needless(time) for time in times)
    skipping.needless(odd)
    assert not any(skipping.needless(max(times) + time) for time in times)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "options"),
    [
        ("a.mp4", "libx264", 30, {"preset": "veryfast"}),
        ("b.mkv", "libx264", 30, {"bf": "16", "b-pyramid": "none", "b_strategy": "0"}),
        ("c.ts", "libx264", 60, {"bf": "5", "b-pyramid": "normal", "b_strategy": "0"}),
        ("d.mp4", "libx264", 10, {"bf": "3", "b_strategy": "0"}),
        ("e.avi", "mpeg4", 25, {"bf": "2"}),
    ],
)
def test_the_same_pictures_are_given_as_if_all_were_decoded(
    name: str, codec: str, rate: int, options: dict[str, str], tmp_path: Path
) -> None:
    rows = np.arange(96)[:, None, None]
    pictures = [
        np.full((96, 128, 3), 40, np.uint8) + (rows < 2 * number) * np.uint8(150)
        for number in range(2 * rate)
    ]
    path = write_video(tmp_path / name, pictures, rate, codec=codec, codec_options=options)
    with Recording(path) as recording:
        everything = {item.time: item for item in recording if isinstance(item, Frame)}
    with Recording(path, frame_rate=0.99 / SPACING) as recording:
        found = [item for item in recording if isinstance(item, Frame)]
    assert {picture.time for picture in found} == given(list(everything))
    for picture in found:
        np.testing.assert_array_equal(picture.image, everything[picture.time].image)
