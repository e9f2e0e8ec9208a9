"""The voice: cut into windows, checked for speech, read, and adapted to its speaker."""
