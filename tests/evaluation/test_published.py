import pytest

from emotion.evaluation import protocols, published


def test_what_others_published_is_of_modalities_that_we_have() -> None:
    # Beside a report stand the figures of its modality: another word would match none.
    assert {anchor.modality for anchor in published.ANCHORS} <= {
        modality for one in protocols.ALL for modality in one.modalities
    }


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("random", "random"),
        ("random-frames", "random"),
        ("actor-5fold", "held-out people"),
        ("loso", "held-out people"),
        ("leave-one-corpus-out", "held-out people"),
        ("shipped model", "held-out people"),
    ],
)
def test_only_random_splits_have_people_on_both_sides(protocol: str, expected: str) -> None:
    assert published.kind(protocol) == expected
