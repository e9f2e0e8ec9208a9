import pytest

from emotion.evaluation import published


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("random", "random"),
        ("random-frames", "random"),
        ("actor-5fold", "strangers"),
        ("loso", "strangers"),
        ("leave-one-corpus-out", "strangers"),
        ("shipped model", "strangers"),
    ],
)
def test_only_random_splits_have_people_on_both_sides(protocol: str, expected: str) -> None:
    assert published.kind(protocol) == expected
