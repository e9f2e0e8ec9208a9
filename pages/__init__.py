"""The dashboard: three pages, listed in `app.py`, and what they share.

Pages depend on `emotion`, never the other way round.
"""
