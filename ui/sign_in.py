"""Signing in with OpenID Connect, where the secrets have `[auth]`; without it nobody is asked.

`docs/sign-in.md` says how it is switched on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from emotion_core.errors import InvalidInput, MissingDependency

from .secrets import secrets_section

SECTION, ALLOWED = "auth", "allowed"
"""of the secrets; in it, who may enter"""
EXTRA = "signin"


def run(pages: Mapping[str, Sequence[StreamlitPage]]) -> None:
    """Run the page that a visitor asks for, or ask the visitor to sign in.

    Args:
        pages: group -> pages of the app
    """
    section = secrets_section(SECTION)
    enters = not section or (st.user.is_logged_in and may_enter(section, st.user.to_dict()))
    page = st.navigation(pages, position="sidebar" if enters else "hidden")  # type: ignore[arg-type]
    if not enters:
        _ask(section)
        return
    if section:
        _leaving()
    page.run()


def providers(section: Mapping[str, Any]) -> list[str]:
    """Names of the providers; the only one of a section without parts has none."""
    named = [name for name, value in section.items() if isinstance(value, Mapping)]
    return named if "client_id" not in section else ["", *named]


def may_enter(section: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Whether somebody who has signed in is let in.

    Args:
        section: `[auth]`; its `allowed` has addresses, or `@` and a domain; none for everybody
        user: claims of the provider; an address counts unless it is said to be unverified

    Raises:
        InvalidInput: if `allowed` is no list

    Example:
        >>> may_enter({"allowed": ["@example.org"]}, {"email": "Ann@example.org"})
        True
        >>> may_enter({"allowed": ["@example.org"]}, {"email": "ann@example.org.evil"})
        False
    """
    if ALLOWED not in section:
        return True
    allowed = section[ALLOWED]
    if isinstance(allowed, str) or not isinstance(allowed, Sequence):
        raise InvalidInput(f"[{SECTION}] of the secrets: expected {ALLOWED} = [...], got no list")
    address = str(user.get("email", "")).lower()
    known = {str(entry).lower() for entry in allowed}
    verified = user.get("email_verified", True) in (True, "true")
    person, _, domain = address.partition("@")
    sound = bool(person and domain) and "@" not in domain
    return verified and sound and bool({address, f"@{domain}"} & known)


def _leaving() -> None:
    with st.sidebar:
        name = st.user.get("email") or st.user.get("name") or "signed in"
        st.caption(f"Signed in as {name}")
        st.button("Sign out", on_click=st.logout, icon=":material/logout:", key="sign_out")


def _ask(section: Mapping[str, Any]) -> None:
    st.title("Emotion recognition")
    if st.user.is_logged_in:
        st.error(
            f"{st.user.get('email', 'This account')} may not use this app. Ask whoever runs it, or "
            "sign in with another account.",
            icon=":material/block:",
        )
        st.button("Sign out", on_click=st.logout, icon=":material/logout:", key="sign_out")
        return
    try:
        import authlib  # noqa: F401  st.login needs it
    except ModuleNotFoundError:
        st.error(str(MissingDependency("authlib", EXTRA)))
        return
    st.write("Please sign in. What you upload stays on the computer that runs the app.")
    for name in providers(section):
        label = f"Sign in with {name}" if name else "Sign in"
        key = f"sign_in_{name}"
        st.button(label, on_click=st.login, args=(name or None,), key=key, type="primary")
