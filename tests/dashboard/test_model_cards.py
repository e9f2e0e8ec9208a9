"""The shipped models on their page: what it shows is what the manifest and the cards say."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import evaluation_names as names
from dashboard import model_cards
from dashboard.evaluation_form import VIEW
from emotion.models.manifest import FOLDER, Manifest

OpenPage = Callable[[str], AppTest]

FIGURE = {
    "measure": "Accuracy",
    "value": 81.25,
    "data": "FER+ test",
    "protocol": "majority",
    "clips": 3137,
    "seed": 7,
    "commit": "0123456789abcdef0123456789abcdef01234567",
}


def models_of(open_page: OpenPage) -> AppTest:
    app = open_page("model_evaluation")
    app.segmented_control(VIEW).set_value("Models").run()
    assert not app.exception
    return app


def test_every_model_has_its_card(open_page: OpenPage) -> None:
    app = models_of(open_page)
    assert not app.error
    texts = [element.value for element in app.markdown]
    entries = Manifest().entries
    assert [tab.label for tab in app.tabs] == [
        name.replace("-", " ").capitalize() for name in entries
    ]
    for entry in entries.values():
        card = (FOLDER / entry.field("card")).read_text(encoding="utf-8")
        assert model_cards._COMMENT.sub("", card).strip() in texts


def test_a_card_says_what_trained_the_model(open_page: OpenPage) -> None:
    texts = "\n".join(element.value for element in models_of(open_page).markdown)
    for one in Manifest().entry("voice").training_data:
        assert f"{names.data_set(one.corpus).title} ({one.words})" in texts.replace("\\", "")


def test_every_figure_is_in_the_table(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    models = shutil.copytree(FOLDER, tmp_path / "models")
    document = json.loads((models / "manifest.json").read_text())
    for fields in document["models"].values():
        fields["figures"] = [FIGURE]
        (models / fields["card"]).unlink()
    (models / "manifest.json").write_text(json.dumps(document))
    monkeypatch.setenv("RAPPORT_MODELS", str(models))
    app = models_of(open_page)
    table = app.dataframe[0].value
    assert len(table) == len(document["models"])
    first = table.iloc[0].to_dict()
    assert first.pop("model") == "Face detection"
    assert first == FIGURE | {"seed": str(FIGURE["seed"]), "commit": "0123456789"}
    assert sum("No card" in element.value for element in app.caption) == len(table)
