"""A table of answers on a page."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from .tables import shown


def answer_table(
    frame: pd.DataFrame,
    labels: Sequence[str],
    leading: Mapping[str, str],
    key: str,
    columns: Mapping[str, Any] | None = None,
    lazy: bool = False,
) -> None:
    """Show rows of answers.

    Args:
        frame: rows in the columns of every table of answers
        labels: ordered
        leading: name on the page -> column of the frame, of those that stand first
        key: of the widget
        columns: name on the page -> how Streamlit shows it, of the leading ones
        lazy: whether the browser gets only the rows in sight
    """
    config = dict.fromkeys(labels, st.column_config.NumberColumn(format="%.1f%%"))
    config["sure"] = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        shown(frame, labels, leading),
        hide_index=True,
        lazy=lazy,
        column_config=config | dict(columns or {}),
        key=key,
    )
