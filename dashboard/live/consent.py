"""What is confirmed before a call is analysed, by whom and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.settings import setting
from emotion.errors import RapportError

MESSAGE = (
    "During this call I would like to use Rapport. Software then estimates from your face and "
    "your voice which expressions they show, so that I notice earlier when something is "
    "unclear. Nothing is recorded. These are estimates of expressions, not of what you feel. "
    "Is that all right with you? You can say no, and you can stop it at any time."
)
"""To be read out, or pasted into the chat of the call, unless the server's owner has own words."""

TEXT = "RAPPORT_CONSENT_MESSAGE"
"""Environment variable, or key in secrets.toml, with those words, such as in another language."""

POINTS = (
    ("What is analysed", "The customer's face and voice, on this server only."),
    (
        "What is kept",
        "No picture and no sound. Readings stay until you dismiss them, an hour at "
        "most, unless you save them.",
    ),
    ("What it says", "Which expressions are shown: estimates, not what a person feels."),
    (
        "Whom it must not be used on",
        "Your own staff: reading emotions of people at their "
        "workplace is forbidden in the EU (AI Act, Art. 5(1)(f)). Of your own voice only when you "
        "speak is measured.",
    ),
)
"""Headings and sentences that stand beside the confirmation."""

AGREED = (
    "The other side has been told that their expressions are analysed (AI Act, Art. 50(3)), "
    "and agrees. Nobody of my own staff is analysed."
)
"""What is confirmed."""

_LONGEST_NAME = 80


def message() -> str:
    """What to read out or to paste into the chat of a call."""
    return str(setting(TEXT) or "").strip() or MESSAGE


class ConsentError(RapportError):
    """A call was to begin without its confirmation."""


@dataclass(frozen=True)
class Consent:
    """That a call may be analysed.

    Attributes:
        by: Who confirmed it, as they call themselves.
        at: When.
        statement: What was confirmed.
    """

    by: str
    at: datetime
    statement: str = AGREED

    @classmethod
    def confirmed(cls, given: Any) -> "Consent":
        """From what the page sent; the time is that of the server.

        Args:
            given: A mapping with 'agreed' (true) and 'by' (a name).

        Raises:
            ConsentError: If it was not confirmed or nobody says who confirmed it.
        """
        if not isinstance(given, Mapping) or given.get("agreed") is not True:
            raise ConsentError(
                "Nothing is analysed before it is confirmed that the other side knows and agrees."
            )
        by = " ".join(str(given.get("by") or "").split())
        if not by:
            raise ConsentError("Say who confirms that the other side agrees: enter your name.")
        return cls(by[:_LONGEST_NAME], datetime.now(UTC))

    def document(self) -> dict[str, str]:
        """As plain values for JSON."""
        return {
            "by": self.by,
            "at": self.at.isoformat(timespec="seconds"),
            "statement": self.statement,
        }
