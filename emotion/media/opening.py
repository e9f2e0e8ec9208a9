"""Opening media files, and why one cannot be, in words that help."""

import stat
from pathlib import Path

import av

from emotion.errors import MediaError
from emotion.media import lengths

FORMATS = (
    "3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,av1,avi,caf,dhav,dsf,dts,dtshd,dv,eac3,flac,"
    "flv,g722,gif,gsm,gxf,h261,h263,h264,hevc,ilbc,ircam,ivf,kux,live_flv,loas,m4v,matroska,"
    "mjpeg,mmf,mov,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nistsphere,nsv,nut,obu,ogg,oma,qcp,rm,"
    "sln,smjpeg,sox,tak,truehd,tta,vc1,voc,w64,wav,wtv,wv,yuv4mpegpipe"
)
"""FFmpeg's names of what may be opened. Play lists and scripts are not among them: an
upload must not make the server open other files."""

_HELP = "Try MP4, WebM, MOV, WAV, MP3, FLAC or Opus."


def opened(path: Path) -> tuple[av.container.InputContainer, int]:
    """Open a file, and say how many bytes it has.

    Raises:
        MediaError: If it is no file, empty, may not be read, or no media that can be read.
    """
    size = _size(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if head[:4] == b"RIFX":
            # FFmpeg takes its numbers the wrong way round.
            raise MediaError(
                f"{path.name} is a WAV file in another byte order (RIFX), which would be read as "
                "noise. Save it as an ordinary WAV file."
            )
        options = {"format_whitelist": FORMATS}
        if _goes_on(path, size):
            options["ignore_length"] = "1"
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except PermissionError:
        raise MediaError(
            f"{path.name} may not be read: ask its owner for permission, or copy it to a "
            "folder of yours."
        ) from None
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(_why(path, head, size)) from error
    return container, size


def _size(path: Path) -> int:
    """Bytes of a file.

    Raises:
        MediaError: If it is none, or empty.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise MediaError(f"There is no file {path}. Check the name.") from None
    except PermissionError:
        raise MediaError(f"{path.name} may not be read: its folder is closed to you.") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"{path.name} cannot be opened: {words}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"{path} is a folder. Give the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is not a regular file. Save what it gives in one first.")
    if status.st_size == 0:
        raise MediaError(f"{path.name} is empty (0 bytes). Was the upload cut off?")
    return status.st_size


def _why(path: Path, head: bytes, size: int) -> str:
    """What keeps a file that exists from being opened."""
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"skip") and not _indexed(path, size):
        return (
            f"The recording {path.name} was never finished: its index, which is written last, is "
            "missing. Take the recorder's own copy, or mend it with a tool such as untrunc and "
            "another recording of the same device."
        )
    if not head.strip(b"\0"):
        return f"{path.name} begins with nothing but zeros. Was the download or copy broken off?"
    return f"{path.name} is not a video or sound file that can be read, or is damaged. {_HELP}"


def _goes_on(path: Path, size: int) -> bool:
    """Whether a WAV file has more sound than it says, as after a crash of the recorder."""
    place, length = lengths.wav_sound(path)
    end = place + length + length % 2
    if not 0 < place < end < size - 4:
        return False
    with path.open("rb") as file:
        file.seek(end)
        # Other chunks may follow, each with a name.
        return not all(32 <= sign < 127 for sign in file.read(4))


def _indexed(path: Path, size: int) -> bool:
    """Whether a file of the MP4 family has its index, the box 'moov', in one piece."""
    place = 0
    with path.open("rb") as file:
        while place + 8 <= size:
            file.seek(place)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:
                length = size - place
            if name == b"moov":
                return place + length <= size
            if length < 8:
                return False
            place += length
    return False
