"""What files of picture and sound are called. One that is named is read whatever its ending."""

PICTURES = frozenset(
    (
        *(".3g2", ".3gp", ".amv", ".asf", ".avi", ".dav", ".divx", ".dv", ".f4v", ".flv"),
        *(".gxf", ".ivf", ".m1v", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg"),
        *(".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".nuv", ".ogm"),
        *(".ogv", ".qt", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv", ".wtv", ".y4m"),
    )
)
"""Endings of files that may hold pictures, in lower case, with their dots."""

SOUNDS = frozenset(
    (
        *(".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".awb", ".caf", ".dss"),
        *(".dts", ".eac3", ".ec3", ".flac", ".g722", ".gsm", ".m4a", ".m4b", ".mka", ".mp2"),
        *(".mp3", ".oga", ".ogg", ".opus", ".ra", ".rf64", ".snd", ".spx", ".tta", ".voc", ".w64"),
        *(".wav", ".wave", ".weba", ".wma", ".wv"),
    )
)
"""Endings of files of sound alone, with their point."""

ALL = PICTURES | SOUNDS
