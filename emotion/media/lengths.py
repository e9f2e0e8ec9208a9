"""How long a recording lasts by its own account, where that can be believed."""

from pathlib import Path

import av
from av.container import InputContainer

from emotion.media.clock import LONGEST

_GUESSED = frozenset(("aac", "ac3", "amr", "eac3", "mp3", "h264", "hevc", "mjpeg", "mpegvideo"))
"""Formats that do not say how long they last; FFmpeg guesses from the first bytes."""

_OPEN = 0x7FFF_0000
"""Bytes of sound from which on a WAV file was written without knowing how many will come."""


def stated(container: InputContainer, path: Path, start: float) -> float | None:
    """Seconds that the container says it lasts, not those that FFmpeg guesses, or None.

    Args:
        container: The open file.
        path: The same file.
        start: Its first timestamp, seconds.
    """
    names = set(container.format.name.split(","))
    length = (container.duration or 0) / av.time_base
    if names & _GUESSED and not ("mp3" in names and _counted(path)):
        return None
    if "wav" in names:
        # FFmpeg takes what is there for all there was.
        place, said = wav_sound(path)
        there = path.stat().st_size - place
        if 0 < there < said < _OPEN:
            length *= said / there
    if "matroska" in names:
        # Written live, it has no duration; its element 0x4489 is a float of 4 or 8 bytes.
        with path.open("rb") as file:
            head = file.read(65_536)
        if b"\x44\x89\x84" not in head and b"\x44\x89\x88" not in head:
            return None
        # One that begins late, as a part of a longer recording, says when it ends.
        if 0 < start < length:
            length -= start
    return length if 0 < length <= LONGEST else None


def wav_sound(path: Path) -> tuple[int, int]:
    """Where the sound of a WAV file begins and how many bytes it says it has, 0 and 0 if not."""
    place, size = 12, path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return 0, 0
        while place + 8 <= size:
            file.seek(place)
            head = file.read(8)
            name, length = head[:4], int.from_bytes(head[4:], "little")
            place += 8
            if name == b"data":
                return place, length
            place += length + length % 2
    return 0, 0


def _counted(path: Path) -> bool:
    """Whether an MP3 file says in its first frame how many there are, after any ID3 tag."""
    with path.open("rb") as file:
        head = file.read(10)
        if head.startswith(b"ID3"):
            tag = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            file.seek(10 + tag)
        else:
            file.seek(0)
        frame = file.read(64)
    return b"Xing" in frame or b"Info" in frame
