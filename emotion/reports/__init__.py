"""Reports of evaluations: what is in one, how it is kept, and how it reads on a terminal."""
