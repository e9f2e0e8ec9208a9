"""Calls that are kept because somebody asked for it: readings and words, never media.

Nothing in here is reached unless a user saves a call. `emotion.store.database.Store` opens
the database; what a person may see or do with it is decided in `emotion.store.kept_calls`, so
that no page can forget to ask.
"""
