"""What a file is that holds no recording: the words in which it is refused."""

import re
from pathlib import Path

HEAD = 1_024
"""Bytes at the start of a file that tell what it is."""

_RATE = "Save it as a WAV file, with the rate and kind of samples that its maker names"

_RAW = {
    **dict.fromkeys((".al", ".alaw"), ("-f alaw -ar 8000", "A-law")),
    **dict.fromkeys((".ul", ".ulaw", ".mulaw"), ("-f mulaw -ar 8000", "mu-law")),
    **dict.fromkeys((".pcm", ".raw", ".s16", ".sw", ".lpcm"), ("-f s16le -ar 8000", "samples")),
    **dict.fromkeys((".g726",), ("-f g726 -ar 8000", "G.726")),
    **dict.fromkeys((".vox",), ("-f s16le -ar 8000", "samples")),
}
"""Endings of sound that does not say its rate, with the usual options of FFmpeg and its name."""

_RAW_PICTURES = (".yuv", ".rgb", ".nv12", ".i420")

_STARTS = (
    (b"Rar!\x1a\x07", "an archive (RAR)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"BZh", "an archive (bzip2)"),
    (b"\xfd7zXZ\0", "an archive (xz)"),
    (b"\x28\xb5\x2f\xfd", "an archive (zstd)"),
    (b"%PDF", "a document (PDF)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Microsoft Office"),
    (b"\x89PNG\r\n\x1a\n", "a single picture (PNG)"),
    (b"\xff\xd8\xff", "a single picture (JPEG)"),
    (b"BM", "a single picture (BMP)"),
    (b"II*\0", "a single picture (TIFF)"),
    (b"MM\0*", "a single picture (TIFF)"),
    (b"MThd", "a list of notes (MIDI), not a sound"),
    (b"SQLite format 3\0", "a data base"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_WAV = (b"RIFF", b"RF64", b"RIFX")
_OFFICE = (b"word/", b"xl/", b"ppt/", b"mimetype", b"[Content_Types]")
_SEGMENTS = (b"styp", b"moof", b"sidx", b"emsg", b"prft")
_CLUSTER = b"\x1f\x43\xb6\x75"


def described(path: Path, head: bytes) -> str | None:
    """What a file is that cannot be opened as a recording, and what to do, or None.

    Args:
        path: Of the file; only its name counts.
        head: Its first `HEAD` bytes.
    """
    name = path.name
    if head[4:8] in _SEGMENTS or head.startswith(_CLUSTER):
        return (
            f"{name} is one piece of a recording that was stored in pieces, and the first piece, "
            "which says how to read them, is missing. Put all of them one after the other in one "
            "file, the first one first."
        )
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        if b"ANIM" in head:
            return (
                f"{name} is an animated WebP, which cannot be read. Convert it to MP4, GIF or APNG."
            )
        return _picture(name, "a single picture (WebP)")
    if head.startswith(b"PK\x03\x04"):
        office = any(mark in head for mark in _OFFICE)
        what = "a document of an office program" if office else "an archive (ZIP)"
        return _unlike(name, what)
    if head[257:262] == b"ustar":
        return _unlike(name, "an archive (tar)")
    for start, what in _STARTS:
        if head.startswith(start):
            return _unlike(name, what)
    if path.suffix.lower() in _RAW:
        options, what = _RAW[path.suffix.lower()]
        return (
            f"{name} holds {what} alone and does not say their rate. {_RATE}, such as: ffmpeg "
            f"{options} -ac 1 -i {name} {path.stem}.wav"
        )
    if path.suffix.lower() in _RAW_PICTURES:
        return (
            f"{name} holds pictures alone and does not say their size. Save it as MP4, MKV or Y4M."
        )
    text = _text(name, head)
    if text is None and path.suffix.lower() in (".wav", ".wave") and head[:4] not in _WAV:
        return (
            f"{name} does not begin as a WAV file does. If it holds samples alone, save it as one "
            "with the rate and kind of samples that its maker names, such as: ffmpeg -f s16le -ar "
            f"8000 -ac 1 -i {name} {path.stem}-read.wav"
        )
    return text


def _unlike(name: str, what: str) -> str:
    if "archive" in what:
        return f"{name} is {what}. Unpack it and give the recordings that are in it."
    if "picture" in what:
        return _picture(name, what)
    return f"{name} is {what}. Give the recording itself."


def _picture(name: str, what: str) -> str:
    return f"{name} is {what}. Emotions are read in recordings; give a video or a sound."


def _text(name: str, head: bytes) -> str | None:
    """What a text is, or None where it is no text."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    words = head.decode(encoding, "ignore")
    # The last sign may be cut in two.
    cut = len(words.encode()) < len(head) - 3 and encoding == "utf-8"
    if cut or not words.strip() or re.search(r"[\0-\x08\x0e-\x1f]", words):
        return None
    start = words.lstrip("\ufeff \r\n\t").lower()
    if start.startswith("version https://git-lfs"):
        return (
            f"{name} is a pointer of Git LFS in place of the file itself. Fetch that by: git lfs "
            "pull"
        )
    if start.startswith(("<!doctype html", "<html", "<head")):
        return (
            f"{name} is a web page, as is saved where a download needs a sign-in. Download the "
            "recording again."
        )
    if start.startswith(("#extm3u", "ffconcat", "[playlist]", "<asx", "[internetshortcut]")) or (
        start.startswith("<?xml") and "<mpd" in start
    ):
        return (
            f"{name} is a list of recordings, and not one itself. Give the recordings that it "
            "names."
        )
    if start.startswith("webvtt") or re.match(r"1\s+\d\d:\d\d:\d\d,\d", start):
        return f"{name} holds subtitles. Give the recording that they belong to."
    return f"{name} is a text, and no recording. Give a video or a sound."
