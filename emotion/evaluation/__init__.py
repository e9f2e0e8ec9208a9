"""Figures and protocols, free of any model."""
