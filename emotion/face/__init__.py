"""The face: found, followed, judged, read and drawn."""
