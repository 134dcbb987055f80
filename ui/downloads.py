"""Buttons that download a table, written only when somebody asks for it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from .tables import as_json, exported


class Format(NamedTuple):
    """A kind of file."""

    name: str
    """written on the button"""
    file_name: str
    mime: str
    write: Callable[[pd.DataFrame], bytes]


def csv_and_json(stem: str) -> tuple[Format, Format]:
    """The two formats of every page, for files named so."""
    return (
        Format("CSV", f"{stem}.csv", "text/csv", lambda frame: exported(frame, ".csv")),
        Format("JSON", f"{stem}.json", "application/json", as_json),
    )


def download_buttons(
    formats: Sequence[Format], frame: Callable[[], pd.DataFrame], page: str
) -> None:
    """A button per format, side by side in the container that they are put in.

    Args:
        formats: to choose from
        frame: makes the table
        page: prefix of the widgets' keys
    """
    for name, file_name, mime, write in formats:
        st.download_button(
            f"Download {name}",
            lambda write=write: write(frame()),
            file_name,
            mime,
            on_click="ignore",
            icon=":material/download:",
            key=f"{page}_download_{file_name}",
        )
