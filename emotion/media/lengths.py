"""How long a recording lasts by its own account, where that can be believed."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer

from emotion.media.media_clock import LONGEST

_GUESSED = frozenset(("aac", "ac3", "amr", "eac3", "mp3", "h264", "hevc", "mjpeg", "mpegvideo"))
"""Formats that do not say how long they last; FFmpeg guesses from the first bytes."""

_OPEN = 0x7FFF_0000
"""Bytes of sound from which on a WAV file was written without knowing how many will come."""


def stated(container: InputContainer, path: Path, start: float, begin: int = 0) -> float | None:
    """Seconds that the container says it lasts, not those that FFmpeg guesses, or None.

    Args:
        container: The open file.
        path: Where that file lies.
        start: Its first timestamp, seconds.
        begin: Bytes of the file before the recording.
    """
    names = set(container.format.name.split(","))
    length = (container.duration or 0) / av.time_base
    if names & _GUESSED and not ("mp3" in names and _counted(path)):
        return None
    if "wav" in names:
        # FFmpeg takes what is there for all there was.
        place, said = wav_sound(path, begin)
        there = path.stat().st_size - place
        if 0 < there < said < _OPEN:
            length *= said / there
    if "avi" in names:
        # Likewise; but how many pictures there were stands at the beginning.
        rates = [
            stream.frames / float(stream.average_rate)
            for stream in container.streams.video
            if stream.frames and stream.average_rate
        ]
        length = max([length, *rates])
    if "matroska" in names:
        # Written live, it has no duration; its element 0x4489 is a float of 4 or 8 bytes.
        with path.open("rb") as file:
            file.seek(begin)
            head = file.read(65_536)
        if b"\x44\x89\x84" not in head and b"\x44\x89\x88" not in head:
            return None
        # One that begins late, as a part of a longer recording, says when it ends.
        if 0 < start < length:
            length -= start
    return length if 0 < length <= LONGEST else None


def wav_sound(path: Path, begin: int = 0) -> tuple[int, int]:
    """Where the sound of a WAV file begins and how many bytes it says it has, 0 and 0 if not.

    Args:
        path: The file.
        begin: Where in it the WAV file begins.
    """
    place, size = begin + 12, path.stat().st_size
    with path.open("rb") as file:
        file.seek(begin)
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


def goes_on(path: Path, begin: int = 0) -> bool:
    """Whether a WAV file has more sound than it says, as after a crash of the recorder.

    Args:
        path: The file.
        begin: Where in it the WAV file begins.
    """
    place, length = wav_sound(path, begin)
    end = place + length + length % 2
    if not 0 < place < end < path.stat().st_size - 4:
        return False
    with path.open("rb") as file:
        file.seek(end)
        # Other chunks may follow, each with a name.
        return not all(32 <= sign < 127 for sign in file.read(4))


def indexed(path: Path) -> bool:
    """Whether a file of the MP4 family has its index, the box 'moov', in one piece.

    Args:
        path: The file.

    Raises:
        OSError: If it is not there or may not be read.
    """
    size = path.stat().st_size
    return any(name == b"moov" and end <= size for name, end in _parts(path, 0))


def another(path: Path, begin: int = 0) -> bool:
    """Whether another recording follows in a file of the WAV, AVI or MP4 family, as of `cat`.

    FFmpeg reads the first one alone.

    Args:
        path: The file.
        begin: Where in it the first one begins.
    """
    names = [name for name, _ in _parts(path, begin)]
    return any(kind in names[1:] for kind in (b"ftyp", b"RIFFWAVE", b"RIFFAVI "))


def _parts(path: Path, begin: int) -> Iterator[tuple[bytes, int]]:
    """The names of the outermost parts of a RIFF or MP4 file, and where each of them ends."""
    place, size = begin, path.stat().st_size
    with path.open("rb") as file:
        while place + 8 <= size:
            file.seek(place)
            head = file.read(16)
            if head.startswith(b"RIFF"):
                name, length = b"RIFF" + head[8:12], 8 + int.from_bytes(head[4:8], "little")
                length += length % 2
            else:
                name, length = head[4:8], int.from_bytes(head[:4], "big")
                if length == 1:
                    length = int.from_bytes(head[8:16], "big")
                elif length == 0:
                    length = size - place
            if length < 8:
                return
            place += length
            yield name, place


def tag(head: bytes) -> int:
    """Bytes of an ID3 tag beyond its first ten.

    Args:
        head: Of the tag, 10 bytes at least.
    """
    return sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _counted(path: Path) -> bool:
    """Whether an MP3 file says in its first frame how many there are, after any ID3 tag."""
    with path.open("rb") as file:
        head = file.read(10)
        file.seek(10 + tag(head) if head.startswith(b"ID3") and len(head) == 10 else 0)
        frame = file.read(64)
    return b"Xing" in frame or b"Info" in frame
