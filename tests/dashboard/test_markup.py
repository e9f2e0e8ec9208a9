"""The pieces of HTML, read as a browser reads them."""

import xml.etree.ElementTree as ET

import numpy as np

from dashboard import markup
from emotion.readings import emotions


def drawn(text: str) -> ET.Element:
    """The markup as a tree; raises if a tag is left open."""
    return ET.fromstring(text)


def percent(element: ET.Element, name: str) -> float:
    """A length of an element's style."""
    style = dict(part.split(":") for part in element.attrib["style"].split(";"))
    return float(style[name].rstrip("%"))


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


def test_text_is_shown_as_it_is() -> None:
    given = "<img src=x onerror=alert(1)> & co."
    for text in (markup.mostly("happy", given), markup.mixed(given), markup.waiting("Soon", given)):
        note = drawn(text).find(".//small")
        assert note is not None
        assert (note.text, len(note)) == (given, 0)
    title = drawn(markup.waiting(given, "")).find(".//p")
    assert title is not None
    assert title.text == given


def label(text: str) -> str:
    """What a screen reader says of a drawing."""
    tree = drawn(text)
    assert tree.attrib["role"] == "img"
    return tree.attrib["aria-label"]


def test_the_legend_names_every_colour() -> None:
    parts = drawn(markup.legend()).findall("span")
    assert [(part.find("i").attrib["style"], part.find("i").tail) for part in parts] == [  # type: ignore[union-attr]
        (f"background:{one.colour}", one.name.capitalize()) for one in emotions.EMOTIONS
    ]


def test_drawings_can_be_heard() -> None:
    assert label(markup.gauge(62.4)) == "Satisfaction 62 of 100, satisfied"
    assert label(markup.gauge(None)) == "Satisfaction not known"
    probabilities = np.array([0.12, 0.0, 0.71, 0.02, 0.15, 0.0, 0.0, 0.0])
    said = label(markup.bars(probabilities))
    assert said.startswith("Happy 71 %, angry 15 %, neutral 12 %, sad 2 %, ")
    assert said.count("%") == emotions.COUNT
    assert label(markup.bars(None)) == "Emotions not known"


def test_names_of_symbols_are_not_heard() -> None:
    for text in (markup.mostly("happy", "60% of the time"), markup.waiting("One moment", "soon")):
        (symbol,) = drawn(text).findall(".//span[@class='rapport-symbol']")
        assert symbol.attrib["aria-hidden"] == "true"
