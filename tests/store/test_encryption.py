import pytest

from emotion.errors import StoreError
from emotion.store.encryption import Vault, new_key


def test_without_a_key_blobs_stay_in_the_clear() -> None:
    assert Vault().close(b"readings") == (b"readings", None)
    assert Vault().open(b"readings", None) == b"readings"


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, new = new_key(), new_key()
    blob, name = Vault([old]).close(b"readings")
    assert blob != b"readings"
    both = Vault([new, old])
    assert both.open(blob, name) == b"readings"
    assert both.close(b"readings")[1] == Vault([new]).key != name


def test_a_changed_blob_is_refused() -> None:
    vault = Vault([new_key()])
    blob, name = vault.close(b"readings")
    with pytest.raises(StoreError, match="were changed"):
        vault.open(blob[:-1] + bytes([blob[-1] ^ 1]), name)


@pytest.mark.parametrize("key", ["short", "!" * 44, ""])
def test_what_is_no_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(StoreError, match="Key 1 in RAPPORT_KEYS") as caught:
        Vault([key])
    assert not key or key not in str(caught.value)


def test_keys_come_from_the_environment() -> None:
    first, second = new_key(), new_key()
    vault = Vault.from_environment({"RAPPORT_KEYS": f" {first}, {second} ,"})
    assert vault.key == Vault([first]).key
    assert Vault.from_environment({}).key is None
