"""What a worker does: read one recording with models that it has loaded once."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion.batch import result_format, sources
from emotion.batch.sources import Source
from emotion.conversation import analysis
from emotion.conversation.participants import Conversation, Participant
from emotion.errors import RapportError
from emotion.jobs import fingerprint, worker_models
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from emotion.timeline.timeline import Timeline


@dataclass(frozen=True)
class Outcome:
    """What came of a recording.

    Attributes:
        source: Which.
        digest: SHA-256 of its content, in hexadecimal; '' where it could not be read.
        documents: Its readings as JSON Lines, UTF-8; empty where there are none.
        table: Its readings as the content of a Parquet file; empty where there are none.
        duration: Seconds of it that were read.
        warning: What could not be read of a damaged recording, as a sentence, or None.
        error: Why nothing could be read, as a sentence, or None.
        mistake: Whether that is a mistake in Rapport.
        seconds: That reading took.
        worker: Name of the machine and number of the process that read it.
    """

    source: Source
    digest: str = ""
    documents: bytes = b""
    table: bytes = b""
    duration: float = 0.0
    warning: str | None = None
    error: str | None = None
    mistake: bool = False
    seconds: float = 0.0
    worker: str = ""


def read(source: Source, settings: Mapping[str, Any]) -> Outcome:
    """Read a recording on a worker.

    Args:
        source: Which.
        settings: Those of `timelines`, and `models` with the SHA-256 of the files of the models.

    Raises:
        ModelError: If the worker has other models.
        OSError: If the recording cannot be brought here, which another attempt may mend.
    """
    return read_with(worker_models.models(settings["models"]), source, settings)


def read_with(loaded: Models, source: Source, settings: Mapping[str, Any]) -> Outcome:
    """Read a recording.

    Args:
        loaded: The models.
        source: Which.
        settings: Those of `timelines`, and `models` with the SHA-256 of the files of the models.

    Raises:
        OSError: If a recording with a URL cannot be brought here.
    """
    began = time.monotonic()
    where = f"{socket.gethostname()}:{os.getpid()}"
    try:
        with sources.brought(source.name) as path:
            found = timelines(path, loaded, settings, name=source.name)
            digest = fingerprint.of_file(path)
    except RapportError as error:
        return Outcome(source, error=str(error), seconds=time.monotonic() - began, worker=where)
    return Outcome(
        source,
        digest,
        result_format.json_lines(found, digest, settings),
        result_format.parquet(found),
        found[0].duration,
        found[0].warning,
        seconds=time.monotonic() - began,
        worker=where,
    )


def timelines(
    path: Path,
    loaded: Models,
    settings: Mapping[str, Any],
    *,
    name: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Timeline]:
    """Of the one who is followed in a recording, or of everyone where there are several.

    Args:
        path: The file.
        loaded: The models.
        settings: That shape the readings, as plain values: `baseline`, whether a face is read
            relative to the person's ordinary one; `denoise`; `tracks`, with the arguments of
            `emotion.media.tracks.TrackChoice`; `people`, with whether everyone in the picture
            has readings, whose the face is, who is the customer, and how many people speak where
            only how they sound distinguishes them.
        name: Of the recording in its timelines; the path by default.
        progress: Called now and then with the share that is done, 0 to 1.

    Raises:
        RapportError: If it cannot be read, or is not as the settings say.
        OSError: If it may not be read.
    """
    conversation, participants = conversed(path, loaded, settings, name=name, progress=progress)
    return [one.timeline for one in participants] or [conversation.timeline]


def conversed(
    path: Path,
    loaded: Models,
    settings: Mapping[str, Any],
    *,
    name: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Conversation, tuple[Participant, ...]]:
    """Everything that is read in a recording, and everyone in it.

    Args:
        path: The file.
        loaded: The models.
        settings: Those of `timelines`.
        name: Of the recording in its timelines; the path by default.
        progress: Called now and then with the share that is done, 0 to 1.

    Returns:
        What was read, and the people; nobody where only one is followed.

    Raises:
        RapportError: If it cannot be read, or is not as the settings say.
        OSError: If it may not be read.
    """
    people, face, customer, speakers = settings["people"]
    everyone = people or any(one is not None for one in (face, customer, speakers))
    conversation = analysis.analyze_everyone(
        path,
        loaded,
        source=name,
        progress=progress,
        baseline=settings["baseline"],
        denoise=settings["denoise"],
        tracks=TrackChoice(*settings["tracks"]),
        people=everyone,
    )
    if not (everyone or conversation.channels):
        return conversation, ()
    if speakers is not None and conversation.asks_for_speakers:
        conversation = conversation.with_speakers(speakers)
    return conversation, conversation.participants(conversation.assigned(face, customer))
