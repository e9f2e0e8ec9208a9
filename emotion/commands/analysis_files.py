"""What `rapport analyze` writes of one recording besides its readings: for people, not programs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion import files
from emotion.errors import OutputError

if TYPE_CHECKING:
    from emotion.conversation.participants import Conversation, Participant
    from emotion.models.shipped import Models
    from emotion.timeline.moments import Moment
    from emotion.timeline.timeline import Timeline

_VIDEOS = (".mp4", ".mkv", ".mov")


@dataclass(frozen=True)
class ReportFiles:
    """Files that are made of one recording.

    Attributes:
        report: An HTML page, or None.
        annotated: The recording with what is read drawn on it, or None.
        moments: WebVTT chapters, or None.
    """

    report: Path | None = None
    annotated: Path | None = None
    moments: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """Those that are wanted."""
        return [path for path in (self.report, self.annotated, self.moments) if path is not None]

    def check(self, paths: Sequence[Path], *, resume: bool, out: bool) -> None:
        """Refuse, before any work, what cannot be made.

        Args:
            paths: What is to be read, as it was given.
            resume: Whether readings of an earlier run are kept.
            out: Whether a folder is written to.

        Raises:
            OutputError: If it is not one recording, or has no such video.
        """
        if not self.paths:
            return
        if out or resume:
            raise OutputError(
                "--report, --annotate and --moments are made of one recording that is read now. "
                "Leave --out and --resume out."
            )
        if len(paths) != 1 or paths[0].is_dir():
            given = "a folder" if len(paths) == 1 else f"{len(paths)} names"
            raise OutputError(
                f"--report, --annotate and --moments are made of one recording. Received: {given}."
            )
        if self.annotated is not None and self.annotated.suffix.lower() not in _VIDEOS:
            raise OutputError(
                f"--annotate writes {', '.join(_VIDEOS)}. Received: {self.annotated}."
            )

    def write(
        self,
        path: Path,
        conversation: "Conversation",
        participants: "Sequence[Participant]",
        models: "Models",
        settings: dict[str, Any],
        progress: Callable[[float], None],
    ) -> None:
        """Make them.

        Args:
            path: The recording.
            conversation: What was read in it.
            participants: Everyone in it; empty where only one was followed.
            models: That read it.
            settings: That shape the readings, those of `emotion.batch.task.timelines`.
            progress: Called with the share of the annotated video that is done, 0 to 1.

        Raises:
            MediaError: If there is no picture to draw on.
            OutputError: If one cannot be written; what was there before is there still.
        """
        from emotion.exports import annotated_video, chapters, html_report
        from emotion.media.tracks import TrackChoice

        timelines = [one.timeline for one in participants] or [conversation.timeline]
        found = _moments(conversation, participants, timelines)
        first, *others = sorted(
            zip(timelines, found, strict=True), key=lambda pair: pair[0].role != "customer"
        )
        if self.moments is not None:
            files.write(self.moments, chapters.webvtt(first[1], first[0].duration, path.name))
        if self.report is not None:
            page = html_report.make(first[0], first[1], title=path.name, others=others)
            files.write(self.report, page)
        if self.annotated is not None:
            annotated_video.annotate(
                path,
                self.annotated,
                models,
                participants=participants,
                timeline=conversation.timeline,
                tracks=TrackChoice(*settings["tracks"]),
                baseline=settings["baseline"],
                progress=progress,
            )


def _moments(
    conversation: "Conversation",
    participants: "Sequence[Participant]",
    timelines: "Sequence[Timeline]",
) -> "list[list[Moment]]":
    """The moments of everyone."""
    from emotion.conversation import key_moments

    talk = conversation.talk(participants)
    return key_moments.of_everyone(timelines, conversation.speech, talk)
