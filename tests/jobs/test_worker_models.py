import pytest

from emotion.errors import ModelError
from emotion.jobs import worker_models
from emotion.models.shipped import Models


def test_a_worker_has_the_models_that_are_asked_for_or_says_so(models: Models) -> None:
    found = worker_models.models(models.digests)
    assert found.digests == models.digests
    assert worker_models.models(models.digests) is found
    with pytest.raises(ModelError, match="has other models"):
        worker_models.models(models.digests | {"face": "0" * 64})
