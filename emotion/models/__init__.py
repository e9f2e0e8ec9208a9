"""What is shipped in `models/`, and how it is run."""
