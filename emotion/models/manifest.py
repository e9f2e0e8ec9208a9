"""What is shipped in `models/`: which file is which model, and whether it is whole."""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from emotion import files
from emotion.errors import ModelError
from emotion.models.training_data import TrainingData, parsed
from emotion.readings import emotions

SETTING = "RAPPORT_MODELS"
"""Environment variable with another folder of models than the shipped one."""

_CHECKOUT = Path(__file__).resolve().parents[2] / "models"

FOLDER = _CHECKOUT if _CHECKOUT.is_dir() else Path(__file__).with_name("shipped_files")
"""Where the shipped models lie: in the checkout, or in the package where that is installed."""


def folder() -> Path:
    """Where the models lie: in the folder that `SETTING` names, else those that are shipped."""
    return Path(os.environ.get(SETTING) or FOLDER)


@dataclass(frozen=True)
class Entry:
    """One model of the manifest.

    Attributes:
        name: Key in the manifest, such as 'face'.
        path: Its file.
        sha256: What the file's bytes should hash to, in hexadecimal.
        fields: Everything the manifest says of it.
    """

    name: str
    path: Path
    sha256: str
    fields: dict[str, Any]

    def read(self) -> bytes:
        """The file's content, checked.

        Raises:
            ModelError: If the file is missing or is not the one that was shipped.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ModelError(
                f"The model file {self.path} is missing ({error.strerror}). "
                "Restore it from the repository; nothing is downloaded at run time."
            ) from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.sha256:
            raise ModelError(
                f"The model file {self.path} is damaged or another one: expected SHA-256 "
                f"{self.sha256}, received {digest} ({len(content):,} bytes). "
                "Restore it from the repository."
            )
        return content

    def field(self, *names: str) -> Any:
        """One field of the manifest, or one within a field.

        Args:
            names: Of the field, and of those within it from the outside in.

        Raises:
            ModelError: If the manifest does not have it.
        """
        value: Any = self.fields
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            raise ModelError(
                f"The model {self.name!r} has no {'.'.join(names)!r} in "
                f"{self.path.parent / 'manifest.json'}."
            ) from None
        return value

    def number(self, name: str, *, most: float = math.inf) -> float:
        """A field that is a number above 0, such as a temperature.

        Args:
            name: Of the field.
            most: The largest number that makes sense there.

        Raises:
            ModelError: If the manifest does not have it, or something else there.
        """
        value = self.numbers(name, None)[0]
        if value > most:
            raise ModelError(
                f"{name!r} of the model {self.name!r} in {self.path.parent / 'manifest.json'} "
                f"should be {most:g} at most. Received: {value:g}."
            )
        return value

    def numbers(self, name: str, count: int | None) -> list[float]:
        """A field that is a list of numbers above 0.

        Args:
            name: Of the field.
            count: How many it should hold; None for one alone, without a list.

        Raises:
            ModelError: If the manifest does not have it, or something else there.
        """
        value = self.field(name)
        found = [value] if count is None else value
        if (
            not isinstance(found, list)
            or len(found) != (count or 1)
            or not all(type(one) in (int, float) and 0 < one < math.inf for one in found)
        ):
            raise ModelError(
                f"{name!r} of the model {self.name!r} in {self.path.parent / 'manifest.json'} "
                f"should be {'a number' if count is None else f'{count} numbers'} above 0. "
                f"Received: {value!r}."
            )
        return [float(one) for one in found]

    def confusion(self) -> np.ndarray:
        """The field of that name: shares of the predictions for each emotion, shape (8, 8).

        Raises:
            ModelError: If the manifest does not have it, or something else there.
        """
        value = self.field("confusion")
        try:
            shares = np.array(value, float)
        except (TypeError, ValueError):
            shares = np.zeros(0)
        count = emotions.COUNT
        if shares.shape != (count, count) or not ((shares >= 0) & (shares <= 1)).all():
            raise ModelError(
                f"'confusion' of the model {self.name!r} in {self.path.parent / 'manifest.json'} "
                f"should be {count} lists of {count} numbers from 0 to 1. Received: "
                f"{str(value)[:80]}."
            )
        return shares

    @property
    def training_data(self) -> tuple[TrainingData, ...]:
        """The data sets that trained the model; none where the manifest names none.

        Raises:
            ModelError: If the manifest has something else there.
        """
        where = f"the model {self.name!r} in {self.path.parent / 'manifest.json'}"
        return parsed(self.fields.get("training_data", []), where)

    def labels(self, known: Sequence[str]) -> list[str]:
        """What the outputs of the model mean.

        Args:
            known: Every name that may be among them.

        Raises:
            ModelError: If there is another one, or one twice.
        """
        labels = self.field("output", "labels")
        if not isinstance(labels, list) or sorted(map(str, labels)) != sorted(known):
            raise ModelError(
                f"The labels of the model {self.name!r} in {self.path.parent / 'manifest.json'} "
                f"should be {', '.join(known)}, in the order of its outputs. Received: {labels!r}."
            )
        return labels


@dataclass(frozen=True)
class Manifest:
    """The file `manifest.json` of a folder of models."""

    folder: Path = FOLDER

    @property
    def path(self) -> Path:
        """Where the manifest lies."""
        return self.folder / "manifest.json"

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The models by name.

        Raises:
            ModelError: If the manifest is missing or cannot be read.
        """
        try:
            models = json.loads(self.path.read_text(encoding="utf-8"))["models"]
            return {
                name: Entry(name, self.folder / fields["file"], fields["sha256"], fields)
                for name, fields in models.items()
            }
        except OSError as error:
            raise ModelError(
                f"No manifest at {self.path}. Restore it from the repository."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{self.path} is not a manifest: it should be JSON with a file and a sha256 for "
                f"each of its 'models' ({error!r})."
            ) from error

    def entry(self, name: str) -> Entry:
        """One model.

        Raises:
            ModelError: If the manifest does not name it.
        """
        if name not in self.entries:
            raise ModelError(
                f"No model {name!r} in {self.path}; it names {', '.join(self.entries) or 'none'}."
            )
        return self.entries[name]

    @property
    def fusion_power(self) -> float:
        """How sure a fused prediction is, see `emotion.readings.fusion.Reliability`; 1 if unsaid.

        Raises:
            ModelError: If the manifest cannot be read, or has no such number there.
        """
        try:
            power = json.loads(self.path.read_text(encoding="utf-8"))["fusion"]["power"]
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.path} cannot be read: {error}.") from error
        except (KeyError, TypeError):
            return 1.0
        if type(power) not in (int, float) or not 0 < power < math.inf:
            raise ModelError(
                f"'power' of 'fusion' in {self.path} should be a number above 0. "
                f"Received: {power!r}."
            )
        return float(power)

    def update_fusion(self, fields: dict[str, Any]) -> None:
        """Write what is known of the fusion of the models; these stay as they are.

        Args:
            fields: Of the fusion, as JSON has them.

        Raises:
            OutputError: If the manifest cannot be written.
        """
        document = json.loads(self.path.read_text(encoding="utf-8"))
        document["fusion"] = fields
        files.write(self.path, json.dumps(document, indent=2) + "\n")

    def update(self, name: str, fields: dict[str, Any]) -> None:
        """Write what is known of a model, its file's hash included; others stay as they are.

        Args:
            name: Of the model, such as 'voice'.
            fields: Of the model, as JSON has them; `file` names its file in the folder.

        Raises:
            OutputError: If the manifest cannot be written.
        """
        document: dict[str, Any] = {"version": 1, "models": {}}
        if self.path.is_file():
            document = json.loads(self.path.read_text(encoding="utf-8"))
        content = (self.folder / fields["file"]).read_bytes()
        hashed = {"file": fields["file"], "sha256": hashlib.sha256(content).hexdigest()}
        document["models"][name] = hashed | {"bytes": len(content)} | fields
        files.write(self.path, json.dumps(document, indent=2) + "\n")
        self.__dict__.pop("entries", None)
