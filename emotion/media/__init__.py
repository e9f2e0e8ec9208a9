"""Pictures and sound with their times, and the files that hold them."""
