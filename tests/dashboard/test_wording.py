"""Words for what the core says, and texts that are shown as they stand."""

import re

import pytest

from dashboard import wording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call.mp4", "call.mp4"),
        ("Gespräch – 音 (2).mp4", "Gespräch – 音 (2).mp4"),
        ("Q3 $5 to $9.mp4", r"Q3 \$5 to \$9.mp4"),
        ("*x*.mp4", r"\*x\*.mp4"),
        (":red[x] :smile:", r"\:red\[x\] \:smile\:"),
        ("a_b `c` ~~d~~ <e> | #f", r"a\_b \`c\` \~\~d\~\~ \<e\> \| \#f"),
        ("a\\*b", r"a\\\*b"),
        ("R&amp;D", r"R\&amp;D"),
        ("1. call.mp4", r"1\. call.mp4"),
        ("- call - 2) x", r"\- call - 2) x"),
    ],
)
def test_plain_text_is_no_markdown(text: str, expected: str) -> None:
    assert wording.plain(text) == expected
    # A backslash before punctuation shows that, and nothing else.
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", wording.plain(text)) == text
