"""Sections of `.streamlit/secrets.toml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton

from emotion_core.errors import InvalidInput


def secrets_section(name: str) -> Mapping[str, Any]:
    """A section of the secrets; empty where there is none.

    Raises:
        InvalidInput: if there are secrets that cannot be read: a door that they would close must
            not stand open
    """
    if secrets_singleton.load_if_toml_exists():
        return st.secrets.get(name, {})
    if there := [path for path in st.get_option("secrets.files") if Path(path).exists()]:
        raise InvalidInput(f"{there[0]}: expected TOML, got a file that cannot be read; mend it")
    return {}
