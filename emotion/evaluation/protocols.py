"""Ways to split a data set into clips to train and clips to test on."""

ACTOR_FOLDS: tuple[tuple[int, ...], ...] = (
    (2, 5, 14, 15, 16),
    (3, 6, 7, 13, 18),
    (10, 11, 12, 19, 20),
    (8, 17, 21, 23, 24),
    (1, 4, 9, 22),
)
"""Test actors of RAVDESS's protocol `actor-5fold` (Luna-Jimenez et al. 2021)."""

HELD_OUT_ACTORS: tuple[int, ...] = (1, 5)
"""Actors of RAVDESS that train or tune nothing that is shipped."""


def speaker(actor: int) -> str:
    """The name under which an actor of RAVDESS stands in a list of clips."""
    return f"ravdess-{actor:02d}"
