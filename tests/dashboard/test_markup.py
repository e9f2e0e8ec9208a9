"""The pieces of HTML, read as a browser reads them."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from dashboard import markup
from emotion import emotions
from emotion.fusion import Reliability
from emotion.moments import Moment
from emotion.readings import Prediction, Reading
from emotion.timeline import Timeline

TRACE = ".//i[@class='rapport-trace']"


def timeline_of(names: list[str | None], end: float, satisfaction: float = 50.0) -> Timeline:
    """Readings every half second up to a time, each of one emotion or of nothing."""
    readings = []
    for index, name in enumerate(names):
        fused = None
        if name is not None:
            fused = np.full(emotions.COUNT, 0.04, np.float32)
            fused[emotions.NAMES.index(name)] = 0.72
        time = end - 0.5 * (len(names) - 1 - index)
        absent = Prediction(None, "no face")
        readings.append(Reading(time, absent, absent, fused, satisfaction))
    return Timeline("live call", end, tuple(readings), Reliability(1.0, 1.0))


def drawn(text: str) -> ET.Element:
    """The markup as a tree; raises if a tag is left open."""
    return ET.fromstring(text)


def percent(element: ET.Element, name: str) -> float:
    """A length of an element's style."""
    style = dict(part.split(":") for part in element.attrib["style"].split(";"))
    return float(style[name].rstrip("%"))


def test_the_rolling_chart_shows_each_run_of_an_emotion_where_it_was() -> None:
    names = ["happy"] * 20 + [None] * 10 + ["angry"] * 30
    tree = drawn(markup.rolling(timeline_of(names, 30.0), 120.0, []))
    runs = tree.findall(".//div[@class='rapport-runs']/i")
    assert [run.attrib["title"] for run in runs] == ["00:00–00:10 happy", "00:15–00:30 angry"]
    assert percent(runs[0], "left") == pytest.approx(0)
    assert percent(runs[0], "width") == pytest.approx(100 / 3, abs=0.01)
    assert percent(runs[1], "left") == pytest.approx(50)
    # Where nothing was read the line is broken.
    assert len(tree.findall(TRACE)) == 2


def test_the_rolling_chart_moves_on() -> None:
    tree = drawn(markup.rolling(timeline_of(["sad"] * 240, 300.0, 80.0), 120.0, []))
    (line,) = tree.findall(TRACE)
    inside = line.attrib["style"].removeprefix("clip-path:polygon(").removesuffix(")")
    points = np.array(
        [[float(part.rstrip("%")) for part in point.split()] for point in inside.split(",")]
    )
    assert points[:, 0].min() == pytest.approx(0.42, abs=0.01)
    assert points[:, 0].max() == pytest.approx(100)
    assert points[:240, 1].mean() < 20 < points[240:, 1].mean()
    assert np.ptp(points[:, 1]) < 5
    clock = [span.text for span in tree.findall(".//div[@class='rapport-clock']/span")]
    assert (clock[0], clock[-1]) == ("03:00", "05:00")


def test_the_rolling_chart_marks_moments_within_it() -> None:
    moments = [Moment(10.0, 23.4, "sad", "happy"), Moment(20.0, -16.0, "happy", "sad")]
    tree = drawn(markup.rolling(timeline_of(["happy"] * 60, 30.0, 95.0), 120.0, moments))
    rise, fall = tree.findall(".//div[@class='rapport-course']/b")
    assert (rise.text, fall.text) == ("▲ 23", "▼ 16")
    assert percent(rise, "left") == pytest.approx(100 / 3, abs=0.01)
    # A high line has its label below, where there is room.
    assert percent(rise, "top") == pytest.approx(35)


def test_the_rolling_chart_of_a_call_that_has_said_nothing_is_empty() -> None:
    for timeline in (timeline_of([], 0.0), timeline_of([None] * 9, 4.5)):
        tree = drawn(markup.rolling(timeline, 120.0, []))
        assert not tree.findall(TRACE)
        assert not tree.findall(".//div[@class='rapport-runs']/i")


def test_bars_always_stand_in_the_same_order() -> None:
    probabilities = np.array([0.1, 0.0, 0.6, 0.1, 0.1, 0.05, 0.0, 0.05])
    for given in (None, probabilities):
        tree = drawn(markup.bars(given))
        assert [span.text for span in tree.iter("span")] == [
            name.capitalize() for name in emotions.NAMES
        ]
    best = tree.findall("./div[@class='rapport-bar rapport-best']/span")
    assert [span.text for span in best] == ["Happy"]


def test_the_gauge_puts_its_marker_at_the_value() -> None:
    marker = drawn(markup.gauge(62.5)).find(".//i[@class='rapport-marker']")
    assert marker is not None
    assert percent(marker, "left") == 62.5
    assert drawn(markup.gauge(None)).find(".//i[@class='rapport-marker']") is None


def label(text: str) -> str:
    """What a screen reader says of a drawing."""
    tree = drawn(text)
    assert tree.attrib["role"] == "img"
    return tree.attrib["aria-label"]


def test_drawings_can_be_heard() -> None:
    assert label(markup.gauge(62.4)) == "Satisfaction 62 of 100, satisfied"
    assert label(markup.gauge(None)) == "Satisfaction not known"
    probabilities = np.array([0.12, 0.0, 0.71, 0.02, 0.15, 0.0, 0.0, 0.0])
    said = label(markup.bars(probabilities))
    assert said.startswith("Happy 71 %, angry 15 %, neutral 12 %, sad 2 %, ")
    assert said.count("%") == emotions.COUNT
    assert label(markup.bars(None)) == "Emotions not known"


def test_the_rolling_chart_can_be_heard() -> None:
    names = ["happy"] * 20 + [None] * 10 + ["happy"] * 10 + ["sad"] * 50
    assert label(markup.rolling(timeline_of(names, 45.0, 61.7), 120.0, [])) == (
        "Satisfaction over the last 45 seconds, now 62; emotions: happy, then sad"
    )
    assert "last second, now" in label(markup.rolling(timeline_of(["sad"], 0.5), 120.0, []))
    late = timeline_of(["happy", "sad"] * 120, 300.0)
    said = label(markup.rolling(late, 120.0, []))
    assert said.startswith("Satisfaction over the last 120 seconds, now 50; ")
    assert said.count("then") < 10
    assert said.endswith("then sad")
    for count in (0, 4):
        said = label(markup.rolling(timeline_of([None] * count, 2.0), 120.0, []))
        assert said == "Satisfaction and emotions not known yet"


def test_names_of_symbols_are_not_heard() -> None:
    prediction = Prediction(np.eye(emotions.COUNT)[2])
    for text in (
        markup.mood(prediction.probabilities, "from the face alone"),
        markup.waiting("One moment", "soon"),
        markup.sense("Face", "face", prediction),
    ):
        (symbol,) = drawn(text).findall(".//span[@class='rapport-symbol']")
        assert symbol.attrib["aria-hidden"] == "true"
