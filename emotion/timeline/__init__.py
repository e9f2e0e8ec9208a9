"""Readings over time: the timeline of a call, what it comes to, and the moments that matter."""
