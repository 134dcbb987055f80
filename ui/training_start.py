"""The tab that starts a whole training."""

import streamlit as st

from emotion_core.errors import EmotionCoreError

from .training_example import EXAMPLE_NAME, EXAMPLE_TOLD, example_table
from .training_process import KINDS, Kind, config_of, start

TABLES = ["csv", "tsv", "jsonl", "parquet"]
UPLOAD_MB = 200
STARTED = "training_started"
EPOCHS = {"words": 1, "text": 5, "audio": 40, "image": 60, "video": 30}
"""epochs that a kind starts with"""


def _take_example() -> None:
    st.session_state["training_kind"] = "words"
    st.session_state["training_name"] = "my-first-model"
    st.session_state["training_example"] = True


def _drop_example() -> None:
    st.session_state.pop("training_example", None)


def _data(kind: Kind) -> tuple[str, tuple[str, bytes] | None]:
    """A path on the computer that runs the app, or an uploaded table."""
    path = st.text_input(
        f"Folder or table with {kind.things}, on the computer that runs the app",
        key="training_data",
        on_change=_drop_example,
        placeholder="/home/me/my-data",
        help="A folder per class (`happy/...`), or per split and class (`train/happy/...`); a CSV, "
        "TSV, JSONL or Parquet table with `text` or `path`, `label`, and maybe `split` and `group` "
        "(the speaker); or a known data set as it was downloaded.",
    )
    table = None
    if kind.command == "text":
        file = st.file_uploader(
            "Or a table of texts with the columns text and label",
            type=TABLES,
            key="training_upload",
            on_change=_drop_example,
            max_upload_size=UPLOAD_MB,
            help="It is kept beside the training's checkpoints and deleted when the training ends "
            "or fails. A training that you stop keeps it, to go on, until you delete it.",
        )
        if file is not None:
            table = (file.name, file.getvalue())
        elif st.session_state.get("training_example"):
            table = (EXAMPLE_NAME, example_table())
            st.caption(EXAMPLE_TOLD)
    return path.strip(), table


def _settings(kind: Kind, key: str) -> list[str]:
    """Settings that differ from those of the kind."""
    usual = config_of(kind, ())
    chosen: list[str] = []
    if kind.needs_trainer:
        columns = st.columns(3)
        epochs = columns[0].number_input(
            "Epochs", 1, 500, EPOCHS[key], key=f"training_epochs_{key}"
        )
        batch = columns[1].number_input(
            "Batch size", 1, 1024, usual.batch_size, key=f"training_batch_{key}"
        )
        rate = columns[2].number_input(
            "Learning rate", 1e-6, 1.0, usual.optimiser.learning_rate, format="%.1e",
            key=f"training_rate_{key}",
        )  # fmt: skip
        chosen += [f"epochs={epochs}", f"batch_size={batch}", f"optimiser.learning_rate={rate}"]
    with st.expander("All other settings"):
        more = st.text_area(
            "One `key=value` a line",
            key=f"training_more_{key}",
            placeholder="optimiser.schedule=one-cycle\nlabel_set=EKMAN7",
            help="As after `--set` on the command line. A name that is not known is answered with "
            "the nearest one that is.",
        )
    return chosen + [line.strip() for line in more.splitlines() if line.strip()]


def start_tab() -> None:
    """Draw the tab."""
    st.button("Try an example", on_click=_take_example, icon=":material/draft:", key="training_try")
    key = st.selectbox(
        "Kind of model", list(KINDS), format_func=lambda k: KINDS[k].title, key="training_kind"
    )
    kind = KINDS[key]
    name = st.text_input("Name of the new model", key="training_name", placeholder="my-model")
    path, table = _data(kind)
    settings = _settings(kind, key)
    if st.button(
        "Start the training", type="primary", icon=":material/play_arrow:", key="training_start"
    ):
        try:
            start(kind, name, table or path, settings)
        except EmotionCoreError as error:
            st.error(str(error))
        else:
            st.session_state[STARTED] = name
    if started := st.session_state.get(STARTED):
        st.success(
            f"{started} is being trained in a process of its own. Watch it under **Trainings**; "
            "you may close this page."
        )
