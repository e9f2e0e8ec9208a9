"""What a manifest says a model was trained on."""

from typing import Any

import pytest

from emotion.errors import ModelError
from emotion.models import training_data
from emotion.models.manifest import Manifest
from emotion.models.training_data import TrainingData

DATA = (
    TrainingData("a, b"),
    TrainingData("tess", 700, 4.0, "read aloud"),
    TrainingData("emodb", clips=0),
)


def test_what_is_written_is_read_back_and_says_nothing_twice() -> None:
    written = training_data.written(DATA)
    assert written[0] == {"corpus": "a, b"}
    assert training_data.parsed(written, "x") == DATA


def test_words_say_what_is_known() -> None:
    assert [one.words for one in DATA] == ["", "700 clips, weight 4, read aloud", "0 clips"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "tess",
        ["tess, 700 clips, weight 1"],
        [{}],
        [{"corpus": ""}],
        [{"corpus": "tess", "clips": -1}],
        [{"corpus": "tess", "clips": True}],
        [{"corpus": "tess", "weight": 0}],
        [{"corpus": "tess", "weight": float("nan")}],
        [{"corpus": "tess", "note": None}],
        [{"corpus": "tess", "hours": 3}],
    ],
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ModelError, match="'training_data' of the model 'x' should be a list"):
        training_data.parsed(value, "the model 'x'")


def test_every_shipped_model_says_what_trained_it() -> None:
    for name, entry in Manifest().entries.items():
        assert entry.training_data, name
