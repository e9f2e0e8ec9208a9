"""Worse pictures and sound than there are, for training and for trials."""
