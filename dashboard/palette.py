"""Colours that several charts share; each emotion has its own, see `emotion.readings.emotions`."""

ACCENT = "#0F766E"
"""Of what is one's own, good or chosen."""

WARM = "#B45309"
"""Of what stands beside it."""

LOW = "#B42318"
"""Of satisfaction at its lowest."""
