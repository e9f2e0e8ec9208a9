"""A recording, pushed through a call to a timeline."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from emotion.conversation import channel_speakers, main_channel, main_tracks
from emotion.conversation.call import DECODED_RATE, Call
from emotion.conversation.participants import Conversation
from emotion.errors import MediaError
from emotion.media import file_names
from emotion.media.ahead import ahead
from emotion.media.frames import Frame
from emotion.media.joining import joined
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from emotion.media.tracks import TrackChoice
from emotion.models.shipped import Models
from emotion.timeline.timeline import Timeline

FIRST = TrackChoice()
"""What a recording itself would play, as far as there is something to read in it."""

INTERLEAVE = 10.0
"""Seconds by which pictures and sound may lie apart in a file: as far as FFmpeg's muxers
let one of them run ahead of the other. Nobody waits for the readings of a recording."""


def analyze(
    path: Path | str,
    models: Models,
    *,
    source: str | None = None,
    progress: Callable[[float], None] | None = None,
    baseline: bool = False,
    denoise: str = "auto",
    tracks: TrackChoice = FIRST,
    change: Callable[[Frame | Samples], Frame | Samples] | None = None,
) -> Timeline:
    """Read the emotions of whoever is followed in a file of sound, picture or both.

    Memory does not depend on the length of the file beyond the table of readings itself.

    Args:
        path: The file.
        models: May be shared.
        source: Name in the timeline; the path by default.
        progress: Called now and then with the share that is done, 0 to 1.
        baseline: Whether to read a face relative to the person's ordinary one, once
            that is known, see `emotion.face.baseline`.
        denoise: When noise is reduced in the sound, one of `emotion.voice.denoising.MODES`:
            'auto' where there is some, 'on', 'off'.
        tracks: What of the file is read; its channels are heard as one unless one is named.
        change: What becomes of each frame and piece of sound before it is read, for
            trials with worse recordings than there are; None to leave them alone.

    Raises:
        MediaError: If the file cannot be read, holds less than a reading needs or not the
            track or channel that is asked for.
        ValueError: If `denoise` is no mode.
    """
    path = Path(path)
    start = models.baseline if baseline else None
    tracks = main_tracks.chosen(path, tracks, models.detector)
    heard = main_channel.chosen(path, tracks)
    call = Call(models, patience=INTERLEAVE, baseline=start, denoise=denoise)
    return _read(path, call, models, tracks, heard, source, progress, change)


def analyze_everyone(
    path: Path | str,
    models: Models,
    *,
    source: str | None = None,
    progress: Callable[[float], None] | None = None,
    baseline: bool = False,
    denoise: str = "auto",
    tracks: TrackChoice = FIRST,
    people: bool = True,
) -> Conversation:
    """Read the emotions of everyone in a file, see `emotion.conversation.participants`.

    Args:
        path: The file.
        models: May be shared.
        source: Name in the timelines; the path by default.
        progress: Called now and then with the share that is done, 0 to 1.
        baseline: Whether to read faces relative to the people's ordinary ones, once those are
            known.
        denoise: When noise is reduced in the sound, one of `emotion.voice.denoising.MODES`:
            'auto' where there is some, 'on', 'off'.
        tracks: What of the file is read. Channels that have a speaker of their own each are
            heard apart, see `emotion.conversation.channel_speakers`, unless one or their mix
            is asked for.
        people: Whether what every face says is kept where channels are not apart; without it
            the conversation then has the timeline of whoever is followed and nobody else.

    Raises:
        MediaError: If the file cannot be read, holds less than a reading needs or not the
            track or channel that is asked for.
        ValueError: If `denoise` is no mode.
    """
    path = Path(path)
    tracks = main_tracks.chosen(path, tracks, models.detector)
    channels = channel_speakers.chosen(path, tracks)
    names: tuple[str, ...] = ()
    if channels is not None:
        with Recording(path, audio_track=tracks.sound) as recording:
            known = () if recording.sound_track is None else recording.sound_track.channels
        names = tuple(known[channel] for channel in channels)
    heard = main_channel.chosen(path, tracks) if channels is None else None
    call = Call(
        models,
        patience=INTERLEAVE,
        baseline=models.baseline if baseline else None,
        denoise=denoise,
        channels=channels,
        everyone=people or channels is not None,
    )
    timeline = _read(path, call, models, tracks, heard, source, progress, None)
    conversation = Conversation(
        timeline,
        tuple(call.senses),
        names,
        tuple(tuple(speech) for speech in call.speeches),
        call.thumbnails,
        vectors=call.speakers,
    )
    return conversation.with_speakers(None) if conversation.asks_for_speakers else conversation


def _read(
    path: Path,
    call: Call,
    models: Models,
    tracks: TrackChoice,
    channel: str | None,
    source: str | None,
    progress: Callable[[float], None] | None,
    change: Callable[[Frame | Samples], Frame | Samples] | None,
) -> Timeline:
    readings = []
    # Only frames that the call would look at are converted, and all of those.
    with (
        call,
        Recording(
            path,
            frame_rate=DECODED_RATE,
            video_track=tracks.picture,
            audio_track=tracks.sound,
            channel=channel,
        ) as recording,
        closing(ahead(joined(map(change, recording) if change else recording))) as media,
    ):
        reported = 0.0
        for item in media:
            if isinstance(item, Samples):
                readings += call.push_samples(item)
            else:
                readings += call.push_frame(item)
            if progress and call.time - reported >= 0.5:
                reported = call.time
                progress(recording.share)
        # The last pictures may have been passed over.
        duration = max(call.time, recording.end)
        readings += call.finish()
    if not readings:
        raise MediaError(f"{path.name} is too short: its sound and pictures last {duration:g} s.")
    if progress:
        progress(1.0)
    warning = recording.damaged and f"{path.name} is damaged: {recording.damaged}."
    name = file_names.text_of(source or path)
    return Timeline(name, duration, tuple(readings), models.reliability, warning)
