"""Who is let into the dashboard."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from emotion_core.errors import InvalidInput
from ui import sign_in
from ui.secrets import secrets_section
from ui.sign_in import may_enter, providers

Start = Callable[[], AppTest]
AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "of this test",
    "client_id": "a",
    "client_secret": "b",
    "server_metadata_url": "http://localhost:9/.well-known/openid-configuration",
}


class User(dict[str, Any]):
    """What `st.user` is for a visitor."""

    def __init__(self, *, is_logged_in: bool, **claims: Any) -> None:
        super().__init__(claims)
        self.is_logged_in = is_logged_in

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[User, Mapping[str, Any]], None]:
    """Lets the secrets have `[auth]`, and somebody visit."""

    def visit(user: User, section: Mapping[str, Any]) -> None:
        monkeypatch.setattr(sign_in, "secrets_section", lambda _: section)
        monkeypatch.setattr(st, "user", user)

    return visit


@pytest.mark.parametrize(
    ("allowed", "user", "enters"),
    [
        (None, {}, True),
        (["ann@example.org"], {"email": "Ann@Example.org"}, True),
        (["ann@example.org"], {"email": "bob@example.org"}, False),
        (["@example.org"], {"email": "bob@example.org"}, True),
        (["@example.org"], {"email": "bob@example.org.evil"}, False),
        (["@example.org"], {"email": "bob@evil@example.org"}, False),
        (["example.org"], {"email": "bob@example.org"}, False),
        (["@example.org"], {"email": "@example.org"}, False),
        (["@example.org"], {"email": "ann@example.org", "email_verified": "false"}, False),
        (["@example.org"], {}, False),
        ([], {"email": "ann@example.org"}, False),
    ],
)
def test_who_may_enter(allowed: list[str] | None, user: dict[str, Any], enters: bool):
    section = {} if allowed is None else {"allowed": allowed}
    assert may_enter(section, user) is enters


def test_a_list_of_one_text_lets_nobody_in_by_mistake():
    with pytest.raises(InvalidInput, match=r"expected allowed = \[\.\.\.\]"):
        may_enter({"allowed": "@example.org"}, {"email": "e"})


def test_providers():
    assert providers(AUTH) == [""]
    assert providers({"cookie_secret": "a", "google": {}, "okta": {}}) == ["google", "okta"]
    assert providers({**AUTH, "okta": {}}) == ["", "okta"]


def test_nobody_is_asked_without_a_section(start: Start):
    app = start()
    assert "Sign in" not in [button.label for button in app.button]
    assert app.selectbox(key="text_model").options


def test_a_stranger_sees_nothing_but_the_question(start: Start, asked: Any):
    asked(User(is_logged_in=False), {**AUTH, "okta": {}})
    app = start()
    assert [button.label for button in app.button] == ["Sign in", "Sign in with okta"]
    assert not app.selectbox
    assert not app.exception


def test_who_may_not_enter_is_told_so(start: Start, asked: Any):
    asked(User(is_logged_in=True, email="eve@evil.example"), {**AUTH, "allowed": ["@example.org"]})
    app = start()
    assert "eve@evil.example may not use this app" in app.error[0].value
    assert [button.label for button in app.button] == ["Sign out"]
    assert not app.selectbox


def test_who_has_signed_in_sees_the_app_and_may_leave(start: Start, asked: Any):
    asked(User(is_logged_in=True, email="ann@example.org"), {**AUTH, "allowed": ["@example.org"]})
    app = start()
    assert app.selectbox(key="text_model").options
    assert app.button(key="sign_out").label == "Sign out"


def test_without_authlib_the_remedy_is_told(
    start: Start, asked: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "authlib", None)
    asked(User(is_logged_in=False), AUTH)
    app = start()
    assert "pip install -e '.[signin]'" in app.error[0].value
    assert not app.button


@pytest.fixture
def secrets_file(tmp_path: Path) -> Iterator[Path]:
    """A file of secrets, read in place of the project's own."""
    path, before = tmp_path / "secrets.toml", config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    secrets_singleton._reset()
    yield path
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def test_sections_of_the_secrets(secrets_file: Path):
    assert secrets_section("auth") == {}
    secrets_file.write_text('[auth]\nclient_id = "a"\n', encoding="utf-8")
    assert secrets_section("auth") == {"client_id": "a"}
    assert secrets_section("api") == {}


def test_secrets_that_cannot_be_read_open_no_door(secrets_file: Path):
    secrets_file.write_text("[auth\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="expected TOML"):
        secrets_section("auth")
