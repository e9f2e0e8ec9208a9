import pytest

from emotion.errors import StoreError
from emotion.store import accounts
from emotion.store.access import Actor, Role
from emotion.store.database import Store
from tests.store.conftest import ADMINISTRATOR, MANAGER


def test_the_first_who_signs_in_gives_the_others_their_roles(store: Store) -> None:
    first = accounts.signed_in(
        store, {"email": "ada@example.org", "email_verified": True, "name": "Ada"}
    )
    second = accounts.signed_in(store, {"sub": "1234"})
    assert (first.role, second.role) == (Role.ADMINISTRATOR, Role.MANAGER)
    accounts.set_role(store, first, "1234", "trainer", "north")
    assert accounts.signed_in(store, {"sub": "1234"}) == Actor("1234", Role.TRAINER, "north")
    assert [one.name for one in accounts.accounts(store, first)] == ["1234", "Ada"]


def test_a_claim_counts_for_more_than_the_table(store: Store) -> None:
    claims = {
        "email": "rita@example.org",
        "email_verified": "true",
        "rapport_role": "researcher",
        "rapport_team": "lab",
    }
    assert accounts.signed_in(store, claims) == Actor("rita@example.org", Role.RESEARCHER, "lab")
    later = accounts.signed_in(store, claims | {"rapport_role": "manager"})
    assert later.role == Role.MANAGER


@pytest.mark.parametrize("verified", [None, False, "false", ""])
def test_nobody_is_somebody_else_by_an_address_that_is_not_verified(
    verified: object, store: Store
) -> None:
    accounts.signed_in(store, {"sub": "1", "email": "ada@example.org", "email_verified": True})
    claims = {"sub": "2", "email": "ada@example.org", "email_verified": verified}
    if verified is None:
        del claims["email_verified"]
    assert accounts.signed_in(store, claims) == Actor("2", Role.MANAGER)
    with pytest.raises(StoreError, match="names nobody"):
        accounts.signed_in(store, {"email": "ada@example.org"})


def test_a_role_goes_with_its_claim(store: Store) -> None:
    claims = {"sub": "1", "rapport_role": "administrator", "rapport_team": "north"}
    assert accounts.signed_in(store, claims) == Actor("1", Role.ADMINISTRATOR, "north")
    assert accounts.signed_in(store, claims).role == Role.ADMINISTRATOR
    for _ in range(2):
        assert accounts.signed_in(store, {"sub": "1"}) == Actor("1", Role.MANAGER)
    # One of the table stays, also where a claim was before.
    accounts.signed_in(store, claims)
    accounts.set_role(store, ADMINISTRATOR, "1", "trainer", "south")
    assert accounts.signed_in(store, {"sub": "1"}) == Actor("1", Role.TRAINER, "south")


def test_a_sign_in_of_nobody_or_of_no_role_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="names nobody"):
        accounts.signed_in(store, {"name": "Ada"})
    with pytest.raises(StoreError, match="Received: 'king'"):
        accounts.signed_in(store, {"sub": "1", "rapport_role": "king"})
    with pytest.raises(StoreError, match="Nobody has signed in as 'x'"):
        accounts.set_role(store, ADMINISTRATOR, "x", "manager")


def test_only_an_administrator_sees_accounts(store: Store) -> None:
    with pytest.raises(StoreError, match="Only an administrator"):
        accounts.accounts(store, MANAGER)
    with pytest.raises(StoreError, match="Only an administrator"):
        accounts.set_role(store, MANAGER, "maria", "administrator")
