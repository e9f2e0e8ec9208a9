"""`rapport analyze`: the emotions in recordings."""

import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import Channels, Denoise, check_outputs, explained, models_folder
from emotion.errors import OutputError, RapportError
from emotion.jobs.progress import Drawn
from emotion.media import endings, file_names

if TYPE_CHECKING:
    from emotion.conversation.participants import Participant
    from emotion.timeline.timeline import Timeline

_LOG = logging.getLogger(__name__)


def analyze(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...",
            help="Files of picture, sound or both; of a folder, all in it and below it. With "
            "--out also URLs of them, such as s3://bucket/calls.",
        ),
    ],
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write JSON Lines: one document a file.")
    ] = None,
    csv_path: Annotated[
        Path | None, typer.Option("--csv", help="Write all readings as one table.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Keep what the file of --json holds already, and do the rest."
        ),
    ] = False,
    baseline: Annotated[
        bool,
        typer.Option(
            "--baseline",
            help="Read a face relative to the person's ordinary one, once that is known.",
        ),
    ] = False,
    denoise: Annotated[
        Denoise, typer.Option(help="Reduce noise in the sound: auto is where there is some.")
    ] = Denoise.AUTO,
    video_track: Annotated[
        int | None,
        typer.Option(
            "--video-track", metavar="N", help="Read the N-th picture track, counted from 1."
        ),
    ] = None,
    audio_track: Annotated[
        int | None,
        typer.Option(
            "--audio-track", metavar="N", help="Hear the N-th sound track, counted from 1."
        ),
    ] = None,
    channels: Annotated[
        Channels,
        typer.Option(
            help="Hear all channels as one (mix), one of them, or each as a speaker of its own "
            "(split); auto splits those that carry different speakers."
        ),
    ] = Channels.AUTO,
    people: Annotated[
        bool,
        typer.Option("--people", help="Give everyone in the picture readings of their own."),
    ] = False,
    face: Annotated[
        str | None,
        typer.Option(
            "--face", metavar="NAME", help="Whose face is in the picture, such as left or right."
        ),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", metavar="NAME", help="Who is the customer, such as right or 'person 2'."
        ),
    ] = None,
    speakers: Annotated[
        int | None,
        typer.Option(
            "--speakers",
            metavar="N",
            min=1,
            max=4,
            help="How many people speak, each with readings of their own, where one sound holds "
            "them all and no mouth tells: they are diarised by how they sound.",
        ),
    ] = None,
    voices: Annotated[int | None, typer.Option(min=1, max=4, hidden=True)] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write one recording's report as one HTML file."),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate", help="Write one recording again with what is read drawn on it, .mp4."
        ),
    ] = None,
    moments: Annotated[
        Path | None,
        typer.Option("--moments", help="Write one recording's moments as WebVTT chapters."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder of results, as Parquet and JSON Lines by day; what is in it already is "
            "not read again.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(help="Read on the workers of a Dask scheduler, tcp://HOST:8786, into --out."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Read in so many processes of this machine, into --out; by default one for each "
            "core where there are more than eight recordings and the extra 'scale' is installed.",
        ),
    ] = None,
    memory: Annotated[
        str,
        typer.Option(help="Most memory of each process, such as 2GB; by default an equal share."),
    ] = "auto",
    progress: Annotated[
        bool | None,
        typer.Option(
            "--progress/--no-progress",
            help="With --out: draw how far it is; by default on a terminal alone.",
        ),
    ] = None,
) -> None:
    """Read the emotions in recordings.

    A file that cannot be read is named on stderr, the others are done all the same,
    and the exit status is then 1. Results are written as each file is done.

    Examples:
    rapport analyze call.mp4 --csv call.csv

    rapport analyze call.mp4 --report call.html --annotate out.mp4 --moments call.vtt

    rapport analyze call.mp4 --channels split --face right --customer right --json call.jsonl

    rapport analyze meeting.mkv --people --video-track 2 --audio-track 2 --csv everyone.csv

    rapport analyze role-play.m4a --speakers 2 --customer 'speaker 2' --report role-play.html
    """
    if not all(names):
        with explained():
            # The path of no name is the folder where one is.
            raise OutputError("One of the names is empty. Give a file or a folder.")
    names = file_names.expanded(names)
    paths = [Path(name) for name in names]
    # What OpenCV tells of its back ends would tear the progress bar apart.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    # Only now: --help should not wait for OpenCV, FFmpeg and the models.
    from emotion.batch import task
    from emotion.batch.sources import is_url
    from emotion.commands.analysis_files import ReportFiles
    from emotion.commands.kept_results import CsvTable, JsonLines
    from emotion.conversation import main_tracks
    from emotion.jobs import fingerprint
    from emotion.models.runtime import one_thread_a_product
    from emotion.models.shipped import Models

    one_thread_a_product()
    with explained():
        if resume and json_path is None:
            raise OutputError("--resume goes on from the file of --json. Give one.")
        if out is None and (cluster or workers):
            raise OutputError("--cluster and --workers read into a folder. Give one with --out.")
        if out is not None and (json_path or csv_path):
            raise OutputError("--out holds all that --json and --csv would. Leave them out.")
        if out is None and (urls := [name for name in names if is_url(name)]):
            raise OutputError(
                f"{urls[0]} is a URL, which is read into a folder. Give one by --out."
            )
        made = ReportFiles(report, annotate, moments)
        made.check(paths, resume=resume, out=out is not None)
        recordings = [] if out else list(_recordings(paths))
        outputs = [json_path, csv_path, *made.paths]
        check_outputs(outputs, [*paths, *recordings], video=annotate)
        if not (recordings or out):
            raise OutputError(f"There is no recording in {', '.join(map(str, paths))}.")
        models = Models.load(models_folder())
    settings: dict[str, Any] = {
        "baseline": baseline,
        "denoise": denoise.value,
        "tracks": [video_track, audio_track, channels.value],
        # `--voices` is what the option was called before.
        "people": [people, face, customer, voices if speakers is None else speakers],
        "models": models.digests,
    }
    if out is not None:
        from emotion.commands import batch

        engine = batch.Engine(models, cluster, workers, memory)
        batch.run(names, endings.ALL, out, settings, engine, progress=progress)
        return
    lines = JsonLines(json_path) if json_path else None
    table = CsvTable(csv_path) if csv_path else None
    done = failed = 0
    try:
        with explained():
            kept = lines.resume(recordings, settings) if lines and resume else {}
        by_content = {digest: timelines for (digest, _), timelines in kept.items()}
        for path in recordings:
            again, name = False, file_names.text_of(path)
            noticed: list[str] = []
            with _bar(path) as bar:
                try:
                    digest = fingerprint.of_file(path) if kept else ""
                    again = (digest, name) in kept
                    if digest in by_content:
                        # A copy, or the same under another name, is not read again either.
                        timelines = [replace(one, source=name) for one in by_content[digest]]
                    else:
                        conversation, people_in_it = task.conversed(
                            path, models, settings, progress=_filler(bar)
                        )
                        timelines = [one.timeline for one in people_in_it] or [
                            conversation.timeline
                        ]
                        if conversation.channels and channels is Channels.AUTO and not people:
                            noticed.append(
                                "  Its channels carry different speakers and are read apart; "
                                "--channels mix reads them as one."
                            )
                        if conversation.channels and conversation.people and face is None:
                            noticed += _nobodys(people_in_it)
                        if audio_track is None:
                            noticed += _unheard(main_tracks.spoken(path))
                except (RapportError, OSError) as error:
                    failed += 1
                    bar.close()
                    typer.echo(_printed(f"{path}: {error}"), err=True)
                    continue
                except Exception as error:
                    # The others of a batch are not to be lost over a mistake of ours.
                    failed += 1
                    bar.close()
                    what = f"{type(error).__name__}: {error}"
                    sentence = f"{path}: this is a mistake in Rapport; please report it ({what})."
                    typer.echo(_printed(sentence), err=True)
                    _LOG.debug("%s", path, exc_info=True)
                    continue
            done += 1
            with explained():
                if lines and not again:
                    lines.append(timelines, path, settings)
                if table:
                    table.append(timelines)
                if made.paths:
                    with _bar(path) as bar:
                        made.write(path, conversation, people_in_it, models, settings, _filler(bar))
                said = [summary(timeline) for timeline in timelines]
                said += noticed
                _say("\n".join(said), kept=lines is not None or table is not None)
            if timelines[0].warning:
                typer.echo(_printed(timelines[0].warning), err=True)
    except KeyboardInterrupt:
        where = " What is done is written; --resume goes on from it." if lines else ""
        typer.echo(f"Ended after {done} of {len(recordings)} files.{where}", err=True)
        raise typer.Exit(130) from None
    finally:
        for output in (lines, table):
            if output:
                output.close()
    if failed:
        typer.echo(f"{failed} of {len(recordings)} files could not be read.", err=True)
        raise typer.Exit(1)


def summary(timeline: "Timeline") -> str:
    """A few lines about a recording, to read on a terminal.

    Args:
        timeline: Readings of one person.
    """
    from emotion.conversation import time_shares

    found = timeline.summary()
    mostly = time_shares.headline(timeline)
    who = "" if timeline.participant is None else f"  {timeline.participant}"
    lines = [f"{_printed(timeline.source)}{who}  {timeline.duration:.1f} s"]
    if mostly is None or found.satisfaction is None:
        reasons = {
            reason
            for reading in timeline.readings
            for reason in (reading.face.reason, reading.voice.reason)
            if reason
        }
        lines.append(f"  nothing could be read: {', '.join(sorted(reasons))}")
        return "\n".join(lines)
    said = time_shares.in_words(timeline, 4)
    # Where one emotion stands for the whole it is the first that is named.
    head = "" if said.startswith(mostly[0]) else f"{mostly[0]}: "
    lines.append(f"  {head}{said} of the time that was read")
    lines.append(
        f"  satisfaction {found.satisfaction:.0f} of 100, face read in "
        f"{found.face_coverage:.0%} and voice in {found.voice_coverage:.0%} of the time"
    )
    return "\n".join(lines)


def _nobodys(people: "Sequence[Participant]") -> list[str]:
    """That a face in the picture is nobody's, where channels have a speaker each."""
    if any(one.assignment.faces for one in people):
        return []
    names = " or ".join(one.name.lower() for one in people)
    return [f"  Whose the face in the picture is was not found; --face says it: {names}."]


def _unheard(spoken: tuple[int, ...]) -> list[str]:
    """That somebody speaks on several tracks of which one is read."""
    if len(spoken) < 2:
        return []
    numbers = " and ".join([", ".join(map(str, spoken[:-1])), str(spoken[-1])])
    return [
        f"  Somebody speaks on its sound tracks {numbers}, of which one is read; "
        "--audio-track chooses."
    ]


def _say(text: str, *, kept: bool) -> None:
    """Print something.

    Args:
        text: A line or several.
        kept: Whether it is in a file as well, so that nothing is lost if it cannot be printed.

    Raises:
        OutputError: If it cannot, as where it goes to a file on a full disk.
        BrokenPipeError: If nobody reads it and it is nowhere else.
    """
    try:
        typer.echo(text)
    except OSError as error:
        unread = isinstance(error, BrokenPipeError)
        if unread and not kept:
            raise
        # What could not be printed would be tried again at the end.
        sys.stdout = io.StringIO()
        if not unread:
            raise OutputError(
                f"What was read cannot be printed: {error.strerror or error}."
            ) from error


def _printed(text: str) -> str:
    """A text without signs that would break the line, or tell a terminal what to do."""
    return re.sub(r"[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "?", text)


def _recordings(paths: list[Path]) -> Iterator[Path]:
    """Files as they are given, and those of folders in the order of their names, each once."""
    seen: set[Path] = set()
    for path in paths:
        inside: Iterable[Path] = (path,)
        if path.is_dir():
            inside = file_names.below(path, endings.ALL, on_error=_unreadable)
        for found in inside:
            if found.resolve() not in seen:
                seen.add(found.resolve())
                yield found


def _unreadable(error: OSError) -> None:
    typer.echo(f"{error.filename}: may not be read: {error.strerror}.", err=True)


def _bar(path: Path) -> Drawn:
    """How far a file is; on a terminal alone, as it would fill the log of a script."""
    return Drawn(total=100, desc=path.name, unit="%", leave=False, file=sys.stderr, disable=None)


def _filler(bar: Any) -> Callable[[float], None]:
    """A callback that fills a bar of 100 to a share."""
    return lambda share: bar.update(round(100 * share) - bar.n)
