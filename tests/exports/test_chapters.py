"""Chapters that players read."""

from pathlib import Path

import av
import pytest

from emotion.exports import chapters
from emotion.timeline.moments import Moment


def test_chapters_follow_one_another_to_the_end() -> None:
    moments = [
        Moment(3723.5, 20.0, "sad", "happy", comment="Well done"),
        Moment(12.0, kind="silence", length=6.0),
    ]
    text = chapters.webvtt(moments, 4000.0, "A call")
    assert text.split("\n\n") == [
        "WEBVTT - A call",
        "1\n00:00:12.000 --> 01:02:03.500\nLong silence, 6 s",
        "2\n01:02:03.500 --> 01:06:40.000\nSatisfaction rises (+20), sad → happy\nWell done\n",
    ]


def test_words_of_the_trainer_are_no_markup_and_no_cue() -> None:
    moment = Moment(1.0, kind="own", title="<b>A --> B\n\nWEBVTT", comment="x & y")
    text = chapters.webvtt([moment], 10.0)
    assert text.count("-->") == 1
    assert "&lt;b&gt;A --&gt; B WEBVTT" in text
    assert "x &amp; y" in text


@pytest.mark.parametrize("duration", [5.0, 0.0])
def test_ffmpeg_reads_them(tmp_path: Path, duration: float) -> None:
    path = tmp_path / "call.vtt"
    moments = [Moment(float(n), 20.0, "sad", "happy") for n in range(5)]
    path.write_text(chapters.webvtt(moments, duration), encoding="utf-8")
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams[0]) if p.size]
    assert [round((p.pts or 0) * float(p.time_base or 0), 6) for p in packets] == [
        0.0,
        1.0,
        2.0,
        3.0,
        4.0,
    ]


def test_without_moments_there_is_a_file_too() -> None:
    assert chapters.webvtt([], 10.0) == "WEBVTT\n"
