"""Opening media files, and why one cannot be, in words that help."""

import re
import stat
from pathlib import Path
from typing import NamedTuple

import av

from emotion.errors import MediaError
from emotion.media import lengths, other_files

FORMATS = (
    "3gp,aac,ac3,act,aiff,amr,amrnb,amrwb,ape,apng,asf,au,av1,avi,avs2,avs3,caf,cavsvideo,"
    "dhav,dirac,dnxhd,dsf,dss,dts,dtshd,dv,eac3,flac,flv,g722,g723_1,g729,gif,gsm,gxf,h261,h263,"
    "h264,hevc,iff,ilbc,ircam,ivf,ivr,kux,live_flv,loas,m4v,matroska,mjpeg,mlp,mmf,mov,mp3,mpc,"
    "mpc8,mpeg,mpegts,mpegvideo,mxf,nistsphere,nsv,nut,nuv,obu,ogg,oma,pva,qcp,qoa,rm,"
    "shn,sln,smjpeg,sox,swf,tak,truehd,tta,ty,vc1,vivo,voc,vvc,w64,wav,wtv,wv,xwma,"
    "yuv4mpegpipe"
)
"""FFmpeg's names of what may be opened. Play lists and scripts are not among them: an
upload must not make the server open other files."""

_BEFORE = 65_536
"""Bytes beyond a tag in which a recording is looked for that does not begin its file."""

_BEGINNINGS = re.compile(
    rb"RIFF....(?:WAVE|AVI )|RF64....WAVE|FORM....AIF[FC]|\x1a\x45\xdf\xa3|OggS\0\x02|wvpk|#!AMR"
    rb"|fLaC\0\0\0\x22|\0\0\0.ftyp|\.snd\0\0|caff\0\x01|FLV\x01",
    re.DOTALL,
)
"""How recordings begin."""

_PADDING = b"\0", b"\xef\xbb\xbf", b"\r\n"
"""Signs that mean nothing."""

_WRAPPED = re.compile(
    rb"--[-\w'()+,./:=? ]{1,70}\r?\n|HTTP/1|[A-Z][-A-Za-z]+: [^\r\n]+\r?\n", re.ASCII
)
"""How what is sent by HTTP or mail begins."""

_HELP = "Try MP4, WebM, MOV, WAV, MP3, FLAC or Opus."


class Opened(NamedTuple):
    """An open file.

    Attributes:
        container: FFmpeg's.
        size: Bytes of the file.
        begin: Bytes of something else before the recording.
    """

    container: av.container.InputContainer
    size: int
    begin: int


def opened(path: Path) -> Opened:
    """Open a file.

    What stands before a recording is passed over: tags of sound (ID3), zeros, what an upload or
    a mail was wrapped in.

    Args:
        path: The file.

    Raises:
        MediaError: If it is no file, empty, may not be read, or no media that can be read.
    """
    size = _size(path)
    try:
        with path.open("rb") as file:
            head = file.read(other_files.HEAD)
        if head[:4] == b"RIFX":
            # FFmpeg takes its numbers the wrong way round.
            raise MediaError(
                f"{path.name} is a WAV file in another byte order (RIFX), which would be read as "
                "noise. Save it as an ordinary WAV file."
            )
        begin = _begin(path, head)
        return Opened(_container(path, size, begin), size, begin)
    except PermissionError:
        raise MediaError(
            f"{path.name} may not be read: ask its owner for permission, or copy it to a "
            "folder of yours."
        ) from None
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(_why(path, head, size)) from error


def _container(path: Path, size: int, begin: int) -> av.container.InputContainer:
    options = {"format_whitelist": FORMATS}
    if lengths.goes_on(path, begin):
        options["ignore_length"] = "1"
    address = f"subfile,,start,{begin},end,0,,:file:{path}" if begin else f"file:{path}"
    return av.open(address, options=options, metadata_errors="replace")


def _begin(path: Path, head: bytes) -> int:
    """Where a recording begins that FFmpeg would not find behind what stands before it."""
    wrapped = _WRAPPED.match(head) is not None
    if not wrapped and not head.startswith((b"ID3", *_PADDING)):
        return 0
    place = 0
    with path.open("rb") as file:
        while head.startswith(b"ID3") and len(head) >= 10:
            place += 10 + lengths.tag(head)
            file.seek(place)
            head = file.read(10)
        file.seek(place)
        rest = file.read(_BEFORE)
    padding = len(rest) - len(rest.lstrip(b"".join(_PADDING)))
    found = _BEGINNINGS.search(rest) if wrapped else _BEGINNINGS.match(rest, padding)
    if not found and padding:
        # The length of a box begins with zeros of its own.
        found = _BEGINNINGS.match(rest, max(0, padding - 3))
    return place + found.start() if found else 0


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
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"skip") and not lengths.indexed(path):
        return (
            f"The recording {path.name} was never finished: its index, which is written last, is "
            "missing. Take the recorder's own copy, or mend it with a tool such as untrunc and "
            "another recording of the same device."
        )
    if not head.strip(b"\0"):
        return f"{path.name} begins with nothing but zeros. Was the download or copy broken off?"
    known = other_files.described(path, head)
    if known is not None:
        return known
    return f"{path.name} is not a video or sound file that can be read, or is damaged. {_HELP}"
