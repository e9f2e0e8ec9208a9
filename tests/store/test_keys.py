import pandas as pd
import pytest

from emotion.errors import StoreError
from emotion.store.database import Store
from emotion.store.encryption import Vault, new_key
from emotion.store.kept_calls import KeptCalls
from emotion.store.keys import rotate
from tests.store.conftest import MANAGER, draft, readings


def test_all_readings_get_the_new_key_and_stay_as_they_are(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    clear = calls.save(draft())
    old, new = new_key(), new_key()
    store.vault = Vault([old])
    closed = calls.save(draft(days=1))
    store.vault = Vault([new, old])
    assert rotate(store) == 2
    assert rotate(store) == 0
    store.vault = Vault([new])
    for identifier in (clear, closed):
        pd.testing.assert_frame_equal(calls.readings(identifier), readings())


def test_without_the_old_key_nothing_changes(store: Store) -> None:
    calls = KeptCalls(store, MANAGER)
    old = new_key()
    store.vault = Vault([old])
    identifier = calls.save(draft())
    store.vault = Vault([new_key()])
    with pytest.raises(StoreError, match="encrypted with the key"):
        rotate(store)
    store.vault = Vault([old])
    assert len(calls.readings(identifier)) == 60
