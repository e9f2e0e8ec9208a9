"""The report is one file that needs nothing else, and shows no markup of others."""

from html.parser import HTMLParser

import numpy as np

from emotion.exports import html_report
from emotion.readings.fusion import Reliability
from emotion.readings.reading import Prediction, Reading
from emotion.timeline.moments import Moment
from emotion.timeline.timeline import Timeline


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def timeline(count: int) -> Timeline:
    happy = Prediction(np.eye(8)[2])
    readings = tuple(
        Reading((i + 1) / 2, happy, happy, None if 4 < i < 8 else np.eye(8)[2], 80.0)
        for i in range(count)
    )
    return Timeline("call", count / 2, readings, Reliability(1.0, 1.0))


def test_everything_is_in_one_file() -> None:
    document = {
        "notes": [{"time": 3.0, "text": "<script>alert(1)</script>"}],
        "consent": {"by": "Ada & Bob", "at": "2026-11-25T10:00:00+00:00", "statement": "Agreed."},
        "talk": {
            "own_seconds": 30.0,
            "customer_seconds": 70.0,
            "longest_own_turn": 12.0,
            "longest_customer_turn": 40.0,
            "interruptions": [4.0],
            "pauses": [],
        },
    }
    moments = [Moment(5.0, 20.0, "sad", "happy")]
    report = html_report.make(timeline(20), moments, document, title="A <call>")
    tags = Tags()
    tags.feed(report)
    assert "script" not in tags.names
    assert not {"link", "img", "iframe"} & set(tags.names)
    assert "http" not in report
    for text in ("A <call>", "<script>alert(1)", "Ada & Bob", "30 %", "sad → happy", "▲ 20"):
        assert text in tags.text
    assert "25 November 2026, 10:00 UTC" in tags.text
    assert tags.names.count("polyline") == 2, "the line shows the gap"


def test_an_empty_call_has_a_report_too() -> None:
    report = html_report.make(timeline(0), [], title="Nothing")
    assert "Nothing was read." in report


def test_hours_stay_small() -> None:
    assert len(html_report.make(timeline(14_400), [], title="Two hours")) < 100_000
