"""Reports of a person's own, kept for the session, to look at again and to set beside others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from .evaluation_stored import Evaluated

KEPT = "evaluation_own_kept"
MOST = 20


@dataclass(frozen=True, eq=False)
class Kept:
    """A report of a person's own.

    Attributes:
        found: what its charts draw
        record: all of it as JSON
        page: makes it as HTML; None of a report that was read from JSON
        by_item: whether its items are known, so that it can be compared item by item
    """

    found: Evaluated
    record: bytes
    page: Callable[[], bytes] | None
    by_item: bool


def keep(kept: Kept) -> None:
    """Keep a report for this session; one of the same name is replaced, the oldest goes first."""
    others = {n: k for n, k in _all().items() if n != kept.found.name}
    names = list(others)[-(MOST - 1) :]
    st.session_state[KEPT] = {n: others[n] for n in names} | {kept.found.name: kept}


def forget(name: str) -> None:
    """Keep it no more."""
    st.session_state[KEPT] = {n: k for n, k in _all().items() if n != name}


def _all() -> dict[str, Kept]:
    found: dict[str, Kept] = st.session_state.get(KEPT, {})
    return found


def kept_reports(labels: Iterable[str] | None = None) -> dict[str, Kept]:
    """Name -> report that a person added in this session, the oldest first.

    Args:
        labels: only reports whose labels are all among these; None takes every one
    """
    if labels is None:
        return dict(_all())
    known = set(labels)
    return {n: k for n, k in _all().items() if set(k.found.scores.labels) <= known}
