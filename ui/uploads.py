"""Files that a person gave: by an upload, with a device of their own, or by asking for an example.

Of several ways to give one, the last that was used counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

EXAMPLE = "example"


@dataclass(frozen=True, eq=False)
class Upload:
    """A file as it came.

    Attributes:
        identity: the same only for the same file
        name: of the file
        content: of the file
    """

    identity: str
    name: str
    content: bytes


def uploaded(file: UploadedFile) -> Upload:
    """What a widget of Streamlit gave."""
    return Upload(file.file_id, file.name, file.getvalue())


def _origin(key: str) -> str:
    return f"{key}_origin"


def take(key: str, kind: str) -> None:
    """Remember, as a widget's `on_change`, that it was used last; a removed file is forgotten.

    Args:
        key: prefix of the widgets' keys
        kind: rest of this widget's key, after an underscore
    """
    if st.session_state[f"{key}_{kind}"] is None:
        st.session_state.pop(_origin(key), None)
    else:
        st.session_state[_origin(key)] = kind


def _take_example(key: str) -> None:
    st.session_state[_origin(key)] = EXAMPLE


def example_button(label: str, key: str, icon: str) -> None:
    """A button that chooses the example; its key is `<key>_example`."""
    st.button(label, on_click=_take_example, args=(key,), icon=icon, key=f"{key}_{EXAMPLE}")


def last_given(key: str, files: Mapping[str, UploadedFile | None]) -> Upload | None:
    """The file of the widget that was used last.

    Args:
        key: prefix of the widgets' keys
        files: kind -> what its widget holds
    """
    file = files.get(st.session_state.get(_origin(key), ""))
    return None if file is None else uploaded(file)


def given_or_example(
    key: str, found: Upload | None, earlier: Upload | None, example: Callable[[], Upload]
) -> Upload | None:
    """What counts now.

    Args:
        key: prefix of the widgets' keys
        found: by `last_given`
        earlier: what counted before, kept while a person visits another page
        example: makes the example
    """
    origin = st.session_state.get(_origin(key))
    if origin is None:
        return None
    return example() if origin == EXAMPLE else found or earlier
