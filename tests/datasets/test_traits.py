from pathlib import Path

import pytest

from emotion.datasets import traits
from emotion.datasets.clips import Clip


@pytest.mark.parametrize(
    ("name", "speaker", "corpus", "expected"),
    [
        (
            "03-01-05-02-01-01-12.wav",
            "ravdess-12",
            "ravdess",
            {"intensity": "strong", "sentence": "Kids are talking by the door", "sex": "female"},
        ),
        (
            "01-01-01-01-02-02-01.mp4",
            "ravdess-01",
            "ravdess",
            {"intensity": "normal", "sentence": "Dogs are sitting by the door", "sex": "male"},
        ),
        ("1001_IEO_ANG_HI.wav", "cremad-1001", "cremad", {"intensity": "high", "sentence": "IEO"}),
        (
            "1040_ITH_SAD_X.wav",
            "cremad-1040",
            "cremad",
            {"intensity": "not stated", "sentence": "ITH"},
        ),
        ("03a01Fa.wav", "emodb-03", "emodb", {"sex": "male", "sentence": "a01"}),
        ("08b10Wb.wav", "emodb-08", "emodb", {"sex": "female", "sentence": "b10"}),
        ("DC_a01.wav", "savee-DC", "savee", {"sex": "male"}),
        ("OAF_back_angry.wav", "tess-OAF", "tess", {"sex": "female"}),
        ("talk.wav", "mine-anna", "mine", {}),
        ("talk.wav", "ravdess-01", "ravdess", {}),
    ],
)
def test_a_name_tells_what_the_corpus_says_it_does(
    name: str, speaker: str, corpus: str, expected: dict[str, str]
) -> None:
    assert traits.of(Clip(Path(name), 4, speaker, corpus)) == expected
    assert set(expected) <= set(traits.NAMES)
