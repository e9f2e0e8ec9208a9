"""Calls that are read as they take place."""
