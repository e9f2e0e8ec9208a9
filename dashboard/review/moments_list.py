"""The moments of a recording as its trainer has them: those found, renamed and deleted, and own."""

from collections.abc import Sequence
from dataclasses import replace

from emotion.timeline.moments import OWN, Moment

_TITLE, _COMMENT = 120, 500
_MOST = 200


class MomentsList:
    """What was found and what the trainer made of it.

    Attributes:
        added: Key of the moment that was added last, or None.
    """

    def __init__(self, found: Sequence[Moment] = ()) -> None:
        """Without any change."""
        self.found = tuple(found)
        self.added: str | None = None
        self._words: dict[str, tuple[str, str]] = {}
        self._deleted: set[str] = set()
        self._own: dict[str, float] = {}

    @property
    def current(self) -> list[tuple[str, Moment]]:
        """Keys and moments, in order of time."""
        moments = {_key(one): one for one in self.found}
        for key, time in self._own.items():
            moments[key] = Moment(time, kind=OWN, weight=1.0)
        listed = []
        for key, moment in moments.items():
            if key in self._deleted:
                continue
            title, comment = self._words.get(key, ("", ""))
            listed.append((key, replace(moment, title=title, comment=comment)))
        return sorted(listed, key=lambda one: one[1].time)

    @property
    def moments(self) -> list[Moment]:
        """The moments, in order of time."""
        return [moment for _, moment in self.current]

    def add(self, time: float) -> None:
        """Add an own moment at a time, seconds from the start."""
        if len(self._own) < _MOST:
            self.added = f"own-{len(self._own) + 1}"
            self._own[self.added] = max(round(time, 2), 0.0)

    def change(self, key: str, title: str, comment: str) -> None:
        """Name a moment and comment it.

        Args:
            key: Of the moment; one that is not there changes nothing.
            title: Its name; '' takes it away.
            comment: On it; '' takes it away.
        """
        if key in dict(self.current):
            self._words[key] = (
                " ".join(title.split())[:_TITLE],
                " ".join(comment.split())[:_COMMENT],
            )

    def delete(self, key: str) -> None:
        """Delete a moment, found or own.

        Args:
            key: Of the moment.
        """
        self._deleted.add(key)


def _key(moment: Moment) -> str:
    return f"{moment.kind}-{round(10 * moment.time)}"
