import pytest

from emotion.evaluation import published


def test_every_figure_is_a_share_with_a_known_kind_of_protocol() -> None:
    for anchor in published.ANCHORS:
        assert 0 < anchor.percent <= 100
        assert anchor.kind in (published.UNSTATED, published.RANDOM, published.STRANGERS)
        assert anchor.modality in ("speech", "face", "fused")


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
