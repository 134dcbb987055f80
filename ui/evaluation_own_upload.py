"""The uploader of the tab of a person's own test, and the example that stands in for a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from .evaluation_own_file import OwnFile
from .temporary import TOLD

KEY = "evaluation_own"
UPLOAD_MB = 500


@dataclass(frozen=True)
class Wanted:
    """What one way of the tab asks for.

    Attributes:
        key: prefix of its widgets and of what the session keeps
        label: of the uploader
        first: endings of the file that is read first, with their dots
        more: endings of files that it may name; none takes one file
        example: makes an example, and what its button says
        most_mb: of an upload
    """

    key: str
    label: str
    first: Sequence[str]
    more: Sequence[str] = ()
    example: tuple[str, Callable[[], OwnFile]] | None = None
    most_mb: int = UPLOAD_MB

    @property
    def file_key(self) -> str:
        """Where the session keeps the file."""
        return f"{self.key}_file"

    @property
    def report_key(self) -> str:
        """Where the session keeps what came of it."""
        return f"{self.key}_report"


def _upload_key(wanted: Wanted) -> str:
    """Of the present uploader; a new one takes its place once its files lie on disk."""
    return f"{wanted.key}_upload_{st.session_state.get(f'{wanted.key}_uploads', 0)}"


def _ends(file: UploadedFile, endings: Sequence[str]) -> bool:
    return Path(file.name).suffix.lower() in endings


def _take_uploads(wanted: Wanted) -> None:
    """Write uploads to disk; large ones would else be copied at every rerun."""
    found = st.session_state[_upload_key(wanted)]
    files: list[UploadedFile] = found if isinstance(found, list) else [found] if found else []
    if not files:
        return
    first = next((f for f in files if _ends(f, wanted.first)), None)
    own: OwnFile | None = st.session_state.get(wanted.file_key)
    complete = own is not None and own.name
    if own is None or own.note or (first is not None and complete) or not wanted.more:
        own = OwnFile(files[0].file_id, "")
    if first is not None:
        own.fill(first)
    for file in files:
        if file is not first and not _ends(file, wanted.first):
            own.add(file)
    st.session_state[wanted.file_key] = own
    st.session_state.pop(wanted.report_key, None)
    st.session_state[f"{wanted.key}_uploads"] = st.session_state.get(f"{wanted.key}_uploads", 0) + 1


def _take_example(wanted: Wanted) -> None:
    if wanted.example is not None:
        st.session_state[wanted.file_key] = wanted.example[1]()
        st.session_state.pop(wanted.report_key, None)


def _forget(wanted: Wanted) -> None:
    st.session_state.pop(wanted.file_key, None)
    st.session_state.pop(wanted.report_key, None)


def _given(file: OwnFile, wanted: Wanted) -> None:
    """Its name and size, and a button that forgets it."""
    named = f"`{file.name}`" if file.name else ""
    more = f"{len(file.more):,} files" if file.more else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        listed = " and ".join(filter(None, (named, more)))
        st.markdown(f":material/description: {listed}, {file.size}")
        st.button("Remove", on_click=_forget, args=(wanted,), icon=":material/delete:",
                  key=f"{wanted.key}_remove")  # fmt: skip
    if file.note:
        st.info(file.note, icon=":material/science:")


def choose_file(wanted: Wanted) -> OwnFile | None:
    """The uploader, the example's button and what was given; None while nothing can be read."""
    most = min(wanted.most_mb, int(st.get_option("server.maxUploadSize")))
    endings = [e.removeprefix(".") for e in (*wanted.first, *wanted.more)]
    st.file_uploader(
        f"{wanted.label}, up to {most:,} MB" + (" each" if wanted.more else ""),
        type=endings,
        accept_multiple_files=bool(wanted.more),
        key=_upload_key(wanted),
        max_upload_size=most,
        on_change=_take_uploads,
        args=(wanted,),
    )
    st.caption(f"What you give lies in {TOLD} until you remove it or leave.")
    if wanted.example is not None:
        st.button(wanted.example[0], on_click=_take_example, args=(wanted,),
                  icon=":material/science:", key=f"{wanted.key}_example")  # fmt: skip
    file: OwnFile | None = st.session_state.get(wanted.file_key)
    if file is None:
        st.session_state.pop(wanted.report_key, None)
        return None
    _given(file, wanted)
    if not file.name:
        st.info(f"Now add the table that names these files ({', '.join(wanted.first)}).")
        return None
    return file


def likely(names: Sequence[str], wanted: Sequence[str], otherwise: int = 0) -> int:
    """Place of the first name that is among those wanted, whatever its case."""
    places: Mapping[str, int] = {n.strip().lower(): i for i, n in reversed(list(enumerate(names)))}
    return next((places[w.lower()] for w in wanted if w.lower() in places), otherwise)
