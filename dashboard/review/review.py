"""One recording under review: its content, how far it is read, and what the trainer says of it."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from dashboard.review.moments_list import MomentsList
from emotion.conversation import key_moments
from emotion.conversation.assignment import Assignment
from emotion.conversation.participants import Conversation, Participant
from emotion.conversation.talk import Talk
from emotion.media.tracks import TrackChoice


class State(StrEnum):
    """How far a recording is."""

    UPLOADING = "uploading"
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class CancelledError(Exception):
    """The recording is not wanted any longer."""


@dataclass(eq=False)
class Annotation:
    """The recording again, with what is read drawn on it.

    Attributes:
        path: Where it is written.
        share: How much of it is there, 0 to 1.
        done: Whether all of it is.
        error: Why it could not be written, as a sentence, or None.
        cancelled: Whether it is not wanted any longer.
    """

    path: Path
    share: float = 0.0
    done: bool = False
    error: str | None = None
    cancelled: bool = False

    def progress(self, share: float) -> None:
        """Note how much of it is there.

        Args:
            share: 0 to 1.

        Raises:
            CancelledError: If it is not wanted any longer.
        """
        if self.cancelled:
            raise CancelledError
        self.share = share


class Review:
    """One recording.

    Attributes:
        identifier: By which its desk knows it, and nobody guesses.
        name: Of the file, as the user knows it.
        media: Where its content lies.
        size: Bytes that the upload has, 0 where that is not known.
        received: Bytes of them that are there.
        baseline: Whether to read a face relative to the person's ordinary one, once that is
            known.
        tracks: Which tracks and channels of it are read.
        state: How far it is.
        share: How much of it is read, 0 to 1.
        queued: When it began to wait, on the clock of `time.monotonic`.
        error: Why nothing could be read, as a sentence, or None.
        conversation: What was read, once it is done.
        cancelled: Whether it is not wanted any longer.
        annotation: The recording with what is read drawn on it, if it was asked for.
    """

    def __init__(
        self, identifier: str, name: str, media: Path, size: int, *, baseline: bool = False
    ) -> None:
        """One whose content is still to come."""
        self.identifier, self.name, self.media, self.size = identifier, name, media, size
        self.received = 0
        self.baseline = baseline
        self.tracks = TrackChoice()
        self.state = State.UPLOADING
        self.share = 0.0
        self.queued = time.monotonic()
        self.error: str | None = None
        self.conversation: Conversation | None = None
        self.cancelled = False
        self.annotation: Annotation | None = None
        self._begun = 0.0
        self._lock = threading.Lock()
        self._assigned: list[tuple[Assignment, ...]] = []
        self._participants: tuple[Participant, ...] = ()
        self._moments: dict[tuple[tuple[int, ...], tuple[int, ...]], MomentsList] = {}

    def wait(self) -> None:
        """It is to be read when its turn comes."""
        with self._lock:
            self.state, self.share, self.error = State.WAITING, 0.0, None
            self.queued = time.monotonic()

    def begin(self) -> bool:
        """Its turn has come; whether it is still wanted."""
        with self._lock:
            if self.cancelled:
                return False
            self.state, self._begun = State.READING, time.monotonic()
            return True

    def progress(self, share: float) -> None:
        """Note how much of it is read.

        Args:
            share: 0 to 1.

        Raises:
            CancelledError: If it is not wanted any longer.
        """
        if self.cancelled:
            raise CancelledError
        self.share = share

    @property
    def left(self) -> float | None:
        """Seconds that reading it will still take, once that can be said."""
        passed = time.monotonic() - self._begun
        if self.state is not State.READING or self.share < 0.02 or passed < 1.0:
            return None
        return passed * (1 - self.share) / self.share

    def finish(self, conversation: Conversation) -> None:
        """Take what was read in it.

        Args:
            conversation: Everything that was read.
        """
        with self._lock:
            if self.cancelled:
                return
            self.conversation = conversation
            self._assigned = [conversation.suggested()]
            self._put_together()
            self.state, self.share = State.DONE, 1.0

    def fail(self, error: str) -> None:
        """Note that nothing could be read in it.

        Args:
            error: Why, naming the file as it lies here.
        """
        # Whoever hears that it failed finds nothing of it here any more.
        self.delete_media()
        with self._lock:
            self.error = self.as_named(error)
            self.state = State.FAILED

    def as_named(self, sentence: str) -> str:
        """A sentence about its file, with the user's name for it."""
        return sentence.replace(self.media.name, self.name)

    def cancel(self) -> None:
        """It is not wanted any longer."""
        self.cancelled = True
        self.delete_media()
        with self._lock:
            self.conversation, self._participants = None, ()

    def delete_media(self) -> None:
        """Delete its content, and what was made of it."""
        self.drop_annotation()
        for path in self.media.parent.glob(f"{self.media.stem}*"):
            with suppress(OSError):
                path.unlink()

    def drop_annotation(self) -> None:
        """End the writing of the annotated recording, or delete it."""
        dropped, self.annotation = self.annotation, None
        if dropped is not None:
            dropped.cancelled = True
            with suppress(OSError):
                dropped.path.unlink(missing_ok=True)

    @property
    def playable(self) -> bool:
        """Whether its content is still there."""
        return self.media.exists()

    @property
    def warning(self) -> str | None:
        """What could not be read of a damaged file, as a sentence, or None."""
        if self.conversation is None or not self.conversation.timeline.warning:
            return None
        return self.as_named(self.conversation.timeline.warning)

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """Who is said to be in it."""
        return self._assigned[-1] if self._assigned else ()

    @property
    def undoable(self) -> bool:
        """Whether the last thing that was said of who is in it can be taken back."""
        return len(self._assigned) > 1

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Everyone in it with what they show; nobody before it is read."""
        return self._participants

    @property
    def talk(self) -> Talk | None:
        """How the talk is divided, where it is known who is customer and who salesperson."""
        return None if self.conversation is None else self.conversation.talk(self._participants)

    def moments_of(self, index: int) -> MomentsList:
        """The moments of one of the participants, with what the trainer made of them.

        Args:
            index: Of the participant, from 0.
        """
        one = self._participants[index].assignment
        return self._moments[one.faces, one.speakers]

    def assign(self, assignments: Sequence[Assignment]) -> None:
        """Say who is in it; nothing is read again for that.

        Args:
            assignments: Everyone, with faces, speakers and roles.

        Raises:
            RapportError: If it makes no sense; what was said before stands then.
        """
        with self._lock:
            if self.conversation is None or tuple(assignments) == self._assigned[-1]:
                return
            # First whether it makes sense.
            self.conversation.participants(assignments)
            self._assigned.append(tuple(assignments))
            self._put_together()

    def set_speakers(self, count: int) -> None:
        """Say how many people speak; who is in it is suggested anew.

        Args:
            count: 1 to `emotion.conversation.speaker_clustering.MOST`.

        Raises:
            RapportError: If it is known by other means who speaks.
        """
        with self._lock:
            if self.conversation is not None:
                self.conversation = self.conversation.with_speakers(count)
                self._assigned = [self.conversation.suggested()]
                self._put_together()

    def undo(self) -> None:
        """Take back what was said last of who is in it."""
        with self._lock:
            if self.undoable:
                self._assigned.pop()
                self._put_together()

    def _put_together(self) -> None:
        """Timelines and moments of everyone, by who is said to be in it."""
        conversation = self.conversation
        assert conversation is not None
        # Other names and other people would stand on it.
        self.drop_annotation()
        people = conversation.participants(self._assigned[-1])
        if len(people) == 1:
            # With nobody else there is nobody to distinguish: as the command line reads it.
            people = (replace(people[0], timeline=conversation.timeline),)
        self._participants = people
        timelines = [one.timeline for one in people]
        found = key_moments.of_everyone(timelines, conversation.speech, conversation.talk(people))
        for one, moments in zip(people, found, strict=True):
            key = one.assignment.faces, one.assignment.speakers
            self._moments.setdefault(key, MomentsList()).found = tuple(moments)
