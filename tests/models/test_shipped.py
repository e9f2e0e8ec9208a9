import dataclasses
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from emotion.errors import ModelError
from emotion.models import shipped
from emotion.models.manifest import Entry, Manifest
from emotion.models.shipped import Models
from emotion.readings.emotions import NAMES


@pytest.mark.parametrize("field", ["reliability", "temperature", "priors", "shares"])
def test_a_face_model_without_a_field_is_refused(field: str) -> None:
    entry = Manifest().entry("face")
    fields = {name: value for name, value in entry.fields.items() if name != field}
    with pytest.raises(ModelError, match=f"'face' has no '{field}'"):
        shipped.face(dataclasses.replace(entry, fields=fields))


@pytest.mark.parametrize("field", ["reliability", "adaptation"])
def test_a_voice_model_without_a_field_is_refused(field: str) -> None:
    entry = Manifest().entry("voice")
    fields = {name: value for name, value in entry.fields.items() if name != field}
    with pytest.raises(ModelError, match=f"'voice' has no '{field}'"):
        shipped.voice(dataclasses.replace(entry, fields=fields))


def with_labels(entry: Entry, labels: Any) -> Entry:
    """A model as its manifest describes it, but for the labels."""
    output = entry.fields["output"] | {"labels": labels}
    return dataclasses.replace(entry, fields=entry.fields | {"output": output})


@pytest.mark.parametrize("labels", [None, [], "neutral", [*NAMES[1:], "joy"], [*NAMES, "calm"]])
def test_a_model_whose_outputs_mean_something_else_is_refused(labels: Any) -> None:
    with pytest.raises(ModelError, match=r"labels of the model 'voice'.*should be neutral, calm"):
        shipped.voice(with_labels(Manifest().entry("voice"), labels))
    with pytest.raises(ModelError, match=r"labels of the model 'face'.*should be neutral, happ"):
        shipped.face(with_labels(Manifest().entry("face"), labels))


def test_outputs_may_be_in_any_order_that_the_manifest_tells(
    models: Models, speech: np.ndarray
) -> None:
    turned = shipped.voice(with_labels(Manifest().entry("voice"), list(NAMES[::-1])))
    window = speech[:48_000]
    right, other = models.voice(window), turned(window)
    np.testing.assert_allclose(other.absolute[::-1], right.absolute, rtol=1e-5)
    np.testing.assert_allclose(other.relative[::-1], right.relative, rtol=1e-5)


@pytest.mark.parametrize("value", [None, "1.2", 0, -1, float("nan"), float("inf"), True, [1.0]])
def test_a_temperature_that_is_none_is_refused(value: Any) -> None:
    entry = Manifest().entry("face")
    fields = entry.fields | {"temperature": value}
    with pytest.raises(ModelError, match=r"'temperature' of the model 'face'.*a number above 0"):
        shipped.face(dataclasses.replace(entry, fields=fields))


def test_no_sense_is_more_than_reliable() -> None:
    entry = Manifest().entry("voice")
    with pytest.raises(ModelError, match=r"'reliability' of the model 'voice'.*1 at most.*1\.2"):
        shipped.voice(dataclasses.replace(entry, fields=entry.fields | {"reliability": 1.2}))


@pytest.mark.parametrize("name", ["face", "voice"])
@pytest.mark.parametrize(
    "value", [None, 1, [[1.0] * 8] * 7, [[0.1] * 7] * 8, [["x"] * 8] * 8, [[1.5] * 8] * 8]
)
def test_a_confusion_that_is_none_is_refused(value: Any, name: str) -> None:
    entry = Manifest().entry(name)
    described = dataclasses.replace(entry, fields=entry.fields | {"confusion": value})
    with pytest.raises(ModelError, match=rf"'confusion' of the model '{name}'.*8 lists of 8"):
        shipped.face(described) if name == "face" else shipped.voice(described)


def test_weights_of_the_fusion_are_those_of_the_manifest(models: Models) -> None:
    for weight in (models.reliability.face, models.reliability.voice):
        assert 0 < weight <= 1


def test_no_step_of_a_network_copies_number_by_number() -> None:
    # LiteRT has no fast way to take a part by indices: half of the voice's time went that way.
    for name in ("face", "voice"):
        network = Interpreter(model_content=Manifest().entry(name).read())
        steps = {step["op_name"] for step in network._get_ops_details()}
        assert "FULLY_CONNECTED" in steps
        assert "STRIDED_SLICE" not in steps
