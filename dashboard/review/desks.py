"""The recordings under review: uploaded, read one after the other, and forgotten.

A desk holds the recordings of one browser. Work goes on outside the page's script, so that
leaving the page, another run of it or a second tab neither breaks it off nor begins it anew.
"""

import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streamlit import runtime

from dashboard import memory
from dashboard.review.media_folder import MediaFolder
from dashboard.review.review import Annotation, CancelledError, Review, State
from emotion.conversation.analysis import analyze_everyone
from emotion.errors import MediaError, RapportError
from emotion.exports import annotated_video
from emotion.media.tracks import TrackChoice
from emotion.models.runtime import drop_copies
from emotion.models.shipped import Models

AWAY = 120.0
"""Seconds for which a desk waits for its page to come back before its work ends and its media
are deleted, unless the setting says otherwise."""

SETTING = "RAPPORT_REVIEW_AWAY"
"""Environment variable with these seconds."""

KEPT = 3600.0
"""Seconds for which what was read is kept for a page that stays away."""

WORKERS = 1
"""Recordings that are read at once: one takes all cores already."""

MOST = 50
"""Recordings on one desk at once."""

_SPARE = 500_000_000
"""Bytes that an upload leaves free on the disk."""

_EVERY = 5.0
"""Seconds between two looks for desks whose pages stay away, or fewer where these are soon due."""

_LET_GO = 300.0
"""Seconds in which Streamlit lets go of all that a page held which stays away."""

_TOKEN = 16
_IDENTIFIER = re.compile("[0-9a-f]{32}")
_LOG = logging.getLogger(__name__)


class Desk:
    """The recordings of one browser.

    Attributes:
        token: By which its pages know it, and nobody else.
        reviews: In the order in which they were added.
        owner: Who is signed in, '' for nobody in particular.
        seen: When a page of it was there last, on the clock of `time.monotonic`.
    """

    def __init__(self, token: str) -> None:
        """An empty one."""
        self.token = token
        self.reviews: dict[str, Review] = {}
        self.owner = ""
        self.seen = time.monotonic()
        self._sessions: dict[str, float] = {}

    def enter(self, session: str, owner: str) -> bool:
        """Note that a session of Streamlit shows it.

        Args:
            session: Identifier of the session.
            owner: Who is signed in there; '' for nobody in particular.

        Returns:
            Whether the recordings are theirs: those of whoever used this browser before are not.
        """
        self._sessions[session] = self.seen = time.monotonic()
        if not self.reviews:
            self.owner = owner
        return self.owner == owner

    def touch(self) -> None:
        """Note that a page of it has asked for something."""
        self.seen = time.monotonic()

    def look(self) -> float:
        """Seconds for which no page of it has been open."""
        if not runtime.exists():
            return 0.0
        server = runtime.get_instance()
        now = time.monotonic()
        for session, last in list(self._sessions.items()):
            # One whose connection broke may be back with the same session, without any run.
            if server.is_active_session(session):
                self._sessions[session] = self.seen = now
            elif now - last > KEPT:
                del self._sessions[session]
        return now - self.seen

    @property
    def finished(self) -> list[Review]:
        """Those of which something was read."""
        return [one for one in list(self.reviews.values()) if one.state is State.DONE]


class Desks:
    """All desks of one server. Its methods may be called from any thread."""

    def __init__(self, models: Callable[[], Models], root: Path | None = None) -> None:
        """Begin.

        Args:
            models: Gives those that read; called when the first recording is read.
            root: Where the folder of media is made.
        """
        self._models = models
        self._away = _seconds(os.environ.get(SETTING))
        self._desks: dict[str, Desk] = {}
        self._lock = threading.Lock()
        self.folder = MediaFolder(root)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="rapport-review")
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="rapport-desks", daemon=True).start()

    def desk(self, token: str) -> Desk:
        """The desk that a page knows by a token, made if there is none.

        Args:
            token: At least 16 characters that nobody guesses.

        Raises:
            RapportError: If the token is shorter.
        """
        if len(token) < _TOKEN:
            raise RapportError("The page did not name its recordings; reload it.")
        with self._lock:
            return self._desks.setdefault(token, Desk(token))

    def find(self, token: str) -> Desk | None:
        """The desk of a token, if there is one."""
        with self._lock:
            return self._desks.get(token)

    def add(
        self,
        desk: Desk,
        name: str,
        size: int = 0,
        *,
        baseline: bool = False,
        identifier: str | None = None,
    ) -> Review:
        """Put a recording on a desk, whose content is still to come.

        Args:
            desk: Whose.
            name: Of the file, as the user knows it.
            size: Bytes that are to come, as far as that is known.
            baseline: Whether to read a face relative to the person's ordinary one, once that
                is known.
            identifier: 32 hexadecimal digits by which the page will know it; None for others.

        Raises:
            RapportError: If there is no room for it, or the identifier is none or taken.
        """
        identifier = identifier or secrets.token_hex(16)
        if not _IDENTIFIER.fullmatch(identifier) or identifier in desk.reviews:
            raise RapportError("The page did not name the recording; reload it.")
        if len(desk.reviews) >= MOST:
            raise RapportError(
                f"At most {MOST} recordings are reviewed at once. Remove some of them first."
            )
        if size + _SPARE > self.folder.free():
            raise RapportError(
                f"The server's disk has no room for {name} ({size / 1e6:.0f} MB). "
                "Remove recordings, or try again later."
            )
        # Not under the user's name for it, which is nobody's business in logs and listings.
        media = self.folder.path / f"{identifier}{Path(name).suffix.lower()[:8]}"
        review = Review(identifier, Path(name).name, media, size, baseline=baseline)
        desk.reviews[identifier] = review
        return review

    def read(
        self,
        review: Review,
        *,
        baseline: bool | None = None,
        tracks: TrackChoice | None = None,
    ) -> None:
        """Read a recording when its turn comes, whose content is all there.

        Args:
            review: The recording.
            baseline: Whether faces are read relative to the ordinary one; None as before.
            tracks: What of it is read; None as before.
        """
        if baseline is not None:
            review.baseline = baseline
        if tracks is not None:
            review.tracks = tracks
        review.wait()
        self._workers.submit(self._work, review)

    def annotate(self, review: Review) -> None:
        """Write a recording again with what is read drawn on it, when its turn comes.

        Args:
            review: The recording; nothing happens where it was asked for or cannot be played.
        """
        if review.annotation is None and review.playable:
            path = review.media.with_name(f"{review.identifier}-annotated.mp4")
            review.annotation = Annotation(path)
            self._workers.submit(self._draw, review, review.annotation)

    def enter(self, desk: Desk, session: str, owner: str) -> None:
        """Note that a session shows a desk; what somebody else left on it is deleted.

        Args:
            desk: That is shown.
            session: Identifier of the session.
            owner: Who is signed in there; '' for nobody in particular.
        """
        if not desk.enter(session, owner):
            for identifier in list(desk.reviews):
                _forgotten(desk, identifier)
            desk.enter(session, owner)
            memory.tidy()

    def remove(self, desk: Desk, identifier: str) -> None:
        """Cancel and forget a recording, and delete its media.

        Args:
            desk: That it lies on.
            identifier: By which the desk knows it.
        """
        if _forgotten(desk, identifier):
            memory.tidy()

    def sweep(self) -> None:
        """End the work of desks whose pages stay away, and forget those that are long left."""
        with self._lock:
            desks = list(self._desks.values())
        for desk in desks:
            away = desk.look()
            if away <= self._away:
                continue
            for review in list(desk.reviews.values()):
                if review.state is State.DONE:
                    review.delete_media()
                else:
                    _forgotten(desk, review.identifier)
            if away > KEPT or not desk.reviews:
                with self._lock:
                    self._desks.pop(desk.token, None)
                for identifier in list(desk.reviews):
                    _forgotten(desk, identifier)
            elif away > self._away + _LET_GO:
                continue
            memory.tidy()

    def ahead(self, review: Review) -> int:
        """How many recordings are read before one that waits.

        Args:
            review: The one that waits.
        """
        with self._lock:
            everyone: Iterable[Review] = [
                one for desk in self._desks.values() for one in desk.reviews.values()
            ]
        return sum(
            one.state is State.READING
            or (one.state is State.WAITING and one.queued < review.queued)
            for one in everyone
            if one is not review
        )

    def close(self) -> None:
        """Cancel everything and delete all media."""
        self._ended.set()
        with self._lock:
            desks, self._desks = list(self._desks.values()), {}
        for desk in desks:
            for identifier in list(desk.reviews):
                _forgotten(desk, identifier)
        self._workers.shutdown(cancel_futures=True)
        self.folder.close()

    def _watch(self) -> None:
        while not self._ended.wait(min(_EVERY, self._away / 6)):
            try:
                self.sweep()
            except Exception:
                _LOG.exception("Desks could not be swept")

    def _work(self, review: Review) -> None:
        try:
            if not review.begin():
                return
            if review.size == 0 and not review.media.stat().st_size:
                raise MediaError(f"{review.media.name} is empty.")
            review.finish(
                analyze_everyone(
                    review.media,
                    self._models(),
                    source=review.name,
                    progress=review.progress,
                    baseline=review.baseline,
                    tracks=review.tracks,
                )
            )
        except RapportError as error:
            review.fail(str(error))
        except Exception as error:
            if not review.cancelled:
                # Its message may hold what is nobody's business; its kind and place do not.
                _LOG.error("A recording could not be read", exc_info=_without_words(error))
                review.fail(f"{review.name} could not be read; the log of the server says why.")
        finally:
            _cleared()

    def _draw(self, review: Review, annotation: Annotation) -> None:
        try:
            annotation.progress(0.0)
            annotated_video.annotate(
                review.media,
                annotation.path,
                self._models(),
                participants=review.participants,
                baseline=review.baseline,
                tracks=review.tracks,
                progress=annotation.progress,
            )
            annotation.done = True
        except RapportError as error:
            annotation.error = review.as_named(str(error))
        except CancelledError:
            pass
        except Exception as error:
            _LOG.error("A recording could not be annotated", exc_info=_without_words(error))
            annotation.error = "It could not be written; the log of the server says why."
        finally:
            if annotation.cancelled:
                annotation.path.unlink(missing_ok=True)
            _cleared()


def _cleared() -> None:
    """Give back what reading a recording took."""
    # Calls that go on now make a copy of a network again, in some milliseconds.
    drop_copies()
    memory.tidy()


def _forgotten(desk: Desk, identifier: str) -> bool:
    """Cancel a recording and take it off its desk; whether it was there."""
    review = desk.reviews.pop(identifier, None)
    if review is not None:
        review.cancel()
    return review is not None


def _seconds(setting: str | None) -> float:
    """The setting, where it makes sense."""
    try:
        found = float(setting or AWAY)
    except ValueError:
        return AWAY
    return found if found > 0 else AWAY


def _without_words(error: Exception) -> Exception:
    """Where something failed and what kind of failure it was, without what was said of it."""
    return Exception(type(error).__name__).with_traceback(error.__traceback__)
