"""Figures, protocols, and how well the shipped models do on data sets."""
