"""Signing in at a provider of OpenID Connect, and out again."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WAIT_MS
from tests.ui.oidc import CLIENT_ID, CLIENT_SECRET, Provider, provided
from tests.ui.test_one_port import dashboard

pytestmark = pytest.mark.browser
SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of thirty-two letters and more"
client_id = "%s"
client_secret = "%s"
server_metadata_url = "%s/.well-known/openid-configuration"
allowed = ["@example.org"]
"""


def _signed_in(page: Page, provider: Provider, email: str) -> None:
    provider.email = email
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_and_out(browser: Browser, tmp_path: Path):
    with provided("eve@evil.example") as provider:
        file = tmp_path / "secrets.toml"
        file.write_text(SECRETS % (CLIENT_ID, CLIENT_SECRET, provider.base), encoding="utf-8")
        with dashboard(tmp_path, "--secrets.files", str(file)) as port:
            page = browser.new_page()
            page.set_default_timeout(WAIT_MS)
            for path in ("", "voice"):
                page.goto(f"http://127.0.0.1:{port}/{path}")
                page.get_by_role("button", name="Sign in").wait_for()
            expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
            _signed_in(page, provider, "eve@evil.example")
            page.get_by_text("eve@evil.example may not use this app").wait_for()
            page.get_by_role("button", name="Sign out").click()
            _signed_in(page, provider, "ann@example.org")
            page.get_by_label("Type a text").wait_for()
            page.get_by_text("Signed in as ann@example.org").wait_for()
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("button", name="Sign in").wait_for()
            page.close()
