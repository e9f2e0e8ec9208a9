"""A recording, pushed through a call to a timeline."""

from collections.abc import Callable
from pathlib import Path

from emotion.call import FRAME_RATE, Call
from emotion.errors import MediaError
from emotion.media.frames import Frame
from emotion.media.recordings import Recording
from emotion.media.samples import Samples
from emotion.models.shipped import Models
from emotion.timeline import Timeline

INTERLEAVE = 10.0
"""Seconds by which pictures and sound may lie apart in a file: as far as FFmpeg's muxers
let one of them run ahead of the other. Nobody waits for the readings of a recording."""


def analyze(
    path: Path,
    models: Models,
    *,
    source: str | None = None,
    progress: Callable[[float], None] | None = None,
    baseline: bool = False,
    denoise: str = "auto",
    change: Callable[[Frame | Samples], Frame | Samples] | None = None,
) -> Timeline:
    """Read the emotions in a file of sound, picture or both.

    Memory does not depend on the length of the file beyond the table of readings itself.

    Args:
        path: The file.
        models: May be shared.
        source: Name in the timeline; the path by default.
        progress: Called now and then with the share that is done, 0 to 1.
        baseline: Whether to read a face relative to the person's ordinary one, once
            that is known, see `emotion.face.baseline`.
        denoise: As for `emotion.call.Call`.
        change: What becomes of each frame and piece of sound before it is read, for
            trials with worse recordings than there are; None to leave them alone.

    Raises:
        MediaError: If the file cannot be read, or holds less than a reading needs.
        ValueError: If `denoise` is no mode.
    """
    start = models.baseline if baseline else None
    call = Call(models, patience=INTERLEAVE, baseline=start, denoise=denoise)
    readings = []
    # Only frames that the call would look at are converted, and all of those.
    with Recording(path, frame_rate=FRAME_RATE / 0.9) as recording:
        told = 0.0
        for read in recording:
            item = change(read) if change else read
            if isinstance(item, Samples):
                readings += call.push_samples(item)
            else:
                readings += call.push_frame(item)
            if progress and call.time - told >= 0.5:
                told = call.time
                progress(recording.share)
        # The last pictures may have been passed over.
        duration = max(call.time, recording.end)
        readings += call.finish()
    if not readings:
        raise MediaError(f"{path.name} is too short: its sound and pictures last {duration:g} s.")
    if progress:
        progress(1.0)
    warning = recording.damaged and f"{path.name} is damaged: {recording.damaged}."
    # A name need not be text: bytes that are none would break every table it stands in.
    name = (source or str(path)).encode("utf-8", "replace").decode("utf-8")
    return Timeline(name, duration, tuple(readings), models.reliability, warning)
