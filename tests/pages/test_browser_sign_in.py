"""Sign-in by OpenID Connect, in the system's Chromium and with a provider of the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from emotion.store import accounts
from emotion.store.access import Actor, Role
from emotion.store.database import Store
from emotion.store.kept_calls import KeptCalls
from tests import browser
from tests.pages import identity_provider
from tests.pages.identity_provider import CLIENT, Provider
from tests.store.conftest import draft

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider.running() as made:
        yield made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'calls.db'}")
    made.upgrade()
    return made


@pytest.fixture(scope="module")
def server(
    provider: Provider, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    def secrets(address: str) -> str:
        return f"""[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "{"a" * 40}"
client_id = "{CLIENT}"
client_secret = "any"
server_metadata_url = "{provider.address}/.well-known/openid-configuration"
"""

    log = tmp_path_factory.mktemp("server") / "log.txt"
    # Signing in ends on the page of live calls, and nobody makes one.
    environment = {"RAPPORT_DATABASE": store.where, "RAPPORT_CALLS": "1"}
    with browser.dashboard(log, secrets=secrets, started=None, port=None, **environment) as address:
        yield address


@pytest.fixture(scope="module")
def tab(server: str) -> Iterator[Page]:
    """One for all tests: what it has loaded once need not be loaded and compiled again."""
    with browser.chromium() as chromium:
        yield browser.open_page(chromium, server)


@pytest.fixture(scope="module")
def door(tab: Page, server: str) -> Page:
    """A tab that shows the way in as long as it is open: it stays where it is on that way."""
    left(tab)
    door = tab.context.new_page()
    door.route("**/auth/login?*", lambda route: route.fulfill(status=204))
    door.goto(server)
    door.get_by_role("button", name="Sign in").wait_for(timeout=browser.PATIENCE)
    return door


@pytest.fixture
def page(tab: Page) -> Page:
    """A tab of somebody who has not signed in, and has left nothing in the browser."""
    left(tab)
    return tab


def left(page: Page) -> None:
    page.evaluate("localStorage.clear()")
    page.context.clear_cookies()


def sign_in(page: Page, server: str, provider: Provider, **claims: object) -> None:
    """Sign in as the page itself leads to it."""
    provider.claims = {"sub": claims["email"], "email_verified": True, **claims}
    page.goto(f"{server}/history")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for(timeout=browser.PATIENCE)
    page.get_by_test_id("stTopNavLink").filter(has_text="History").click()
    page.get_by_role("heading", name="History").wait_for(timeout=browser.PATIENCE)


def enter(door: Page, provider: Provider, **claims: object) -> None:
    """Sign in on the same way, of which the browser shows none: what it leaves are cookies."""
    provider.claims = {"sub": claims["email"], "email_verified": True, **claims}
    with door.expect_request("**/auth/login?*") as asked:
        door.get_by_role("button", name="Sign in").dispatch_event("click")
    assert door.context.request.get(asked.value.url).ok


def test_nothing_is_shown_before_somebody_signs_in(page: Page, server: str) -> None:
    for place in ("", "/history"):
        page.goto(f"{server}{place}")
        page.get_by_text("Sign in to use this dashboard.").wait_for(timeout=browser.PATIENCE)
        assert page.locator("h1").all_inner_texts() == ["Rapport"]


def test_everybody_sees_their_own_calls(
    page: Page, server: str, provider: Provider, store: Store
) -> None:
    KeptCalls(store, Actor("ann@example.org", Role.MANAGER)).save(draft(title="Roof of Ann"))
    sign_in(
        page,
        server,
        provider,
        sub="1",
        email="ann@example.org",
        name="Ann",
        rapport_role="manager",
    )
    page.get_by_text("Choose a call to open it").wait_for(timeout=browser.PATIENCE)
    left(page)
    sign_in(
        page,
        server,
        provider,
        sub="2",
        email="ben@example.org",
        name="Ben",
        rapport_role="manager",
    )
    page.get_by_text("No call is kept yet").wait_for(timeout=browser.PATIENCE)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to use this dashboard.").wait_for(timeout=browser.PATIENCE)


def test_an_address_that_is_not_verified_opens_nobodys_calls(
    page: Page, door: Page, server: str, provider: Provider, store: Store
) -> None:
    KeptCalls(store, Actor("una@example.org", Role.MANAGER)).save(draft(title="Roof of Una"))
    claims = {"email": "una@example.org", "email_verified": False, "rapport_role": "manager"}
    enter(door, provider, sub="5", **claims)
    page.goto(f"{server}/history")
    page.get_by_text("No call is kept yet").wait_for(timeout=browser.PATIENCE)


def test_a_sign_in_with_a_role_that_is_none_is_one_sentence(
    page: Page, door: Page, server: str, provider: Provider
) -> None:
    enter(door, provider, sub="3", email="eve@example.org", rapport_role="king")
    page.goto(f"{server}/history")
    page.get_by_text("king").wait_for(timeout=browser.PATIENCE)


@pytest.mark.parametrize(
    ("role", "team", "sees"),
    [
        ("manager", "north", False),
        ("trainer", "south", False),
        ("trainer", "north", True),
        ("researcher", "north", False),
        ("administrator", "north", False),
    ],
)
def test_no_address_shows_a_role_what_it_may_not_see(
    role: str,
    team: str,
    sees: bool,
    page: Page,
    door: Page,
    server: str,
    provider: Provider,
    store: Store,
) -> None:
    """Only a trainer sees calls of somebody else, and only of the same team."""
    owner = {"sub": "nora@example.org", "rapport_role": "manager", "rapport_team": "north"}
    calls = KeptCalls(store, accounts.signed_in(store, owner))
    identifier = calls.save(draft(title="Cellar of Nora"))
    email = f"{role}-{team}@example.org"
    enter(door, provider, sub="4", email=email, rapport_role=role, rapport_team=team)
    shown = "Choose a call to open it" if sees else "No call is kept yet"
    page.goto(f"{server}/history?call={identifier}&id={identifier}")
    page.get_by_text(shown).first.wait_for(timeout=browser.PATIENCE)
    page.goto(f"{server}/label_calls?call={identifier}")
    page.get_by_role("heading", name="Label calls").wait_for(timeout=browser.PATIENCE)
    if not sees:
        # A researcher labels all calls, and is not told whose or what they are.
        label = "Call of 02 November 2026" if role == "researcher" else "There is no call left"
        page.get_by_text(label).first.wait_for(timeout=browser.PATIENCE)
        for word in ("Cellar of Nora", "K-17", "nora@example.org"):
            assert page.get_by_text(word).count() == 0
    for place in (f"reviews/{identifier}", f"reviews/{'0' * 32}/{identifier}/media"):
        assert page.request.get(f"{server}/{place}").status == 404
    calls.delete(identifier)
