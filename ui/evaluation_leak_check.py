"""The tab that looks for leaks in a person's own data set."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.datasets.columns import ENDINGS, column_names
from emotion_core.datasets.sources import GROUP_COLUMNS
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.evaluation.leak_items import LeakItems
from emotion_core.evaluation.leak_upload import table_items, zip_items
from emotion_core.evaluation.leaks import CLEAN, PROTOCOLS, LeakReport, find_leaks

from .evaluation_charts import ACCENT, LITTLE_PX, NARROW
from .evaluation_own_file import OwnFile
from .evaluation_own_upload import Wanted, choose_file, likely
from .evaluation_show import Chart, draw
from .job_panel import begin, drop, held, watch
from .jobs import Job
from .progress import counted

KEY = "evaluation_leak"
JOB, NONE, ZIP = f"{KEY}_job", "(none)", ".zip"
WANTED = Wanted(KEY, "A table of texts, or a ZIP of sounds or pictures", (*ENDINGS, ZIP))
TEXT_NAMES, SPLIT_NAMES = ("text", "sentence", "utterance", "content"), ("split", "side", "fold")
KINDS = (("exact", "#C2571A"), ("near", ACCENT))
MORE_GROUPS = ("dialogue", "user", "author", "actor")


class Asked(NamedTuple):
    """What is checked; the same only for the same check."""

    file: str
    text: str = ""
    split: str = ""
    group: str = ""


class Stopped(InvalidInput):
    """A person stopped the check."""


class LeakJob(Job):
    """Reads a data set and looks for what its sides share.

    Attributes:
        asked: what was chosen
        report: None until it has ended without an error
    """

    def __init__(self, asked: Asked, file: OwnFile) -> None:
        self.asked, self._file = asked, file
        self.report: LeakReport | None = None
        super().__init__(None)

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.cancelled:
            raise Stopped("stopped; nothing was compared")

    def _items(self) -> LeakItems:
        path, asked = self._file.path, self.asked
        if path.suffix.lower() == ZIP:
            return zip_items(path, self._progress)
        return table_items(path, asked.text, asked.split, asked.group)

    def _work(self) -> None:
        self.report = find_leaks(self._items())


def _choose(file: OwnFile) -> Asked:
    """Of a table its columns; a ZIP says everything by its folders."""
    if file.path.suffix.lower() == ZIP:
        st.caption("Folders named train, validation and test tell the sides of the files in them.")
        return Asked(file.identity)
    names = list(column_names(file.path))
    more = [NONE, *names]
    left, middle, right = st.columns(3)
    key = f"{KEY}_{file.identity}"
    text = left.selectbox("Texts", names, likely(names, TEXT_NAMES), key=f"{key}_text")
    split = middle.selectbox(
        "Split", more, likely(more, SPLIT_NAMES), key=f"{key}_split",
        help="Column that says on which side a text is: train and test, or a fold. Without one, "
        "copies are looked for in all of it.",
    )  # fmt: skip
    group = right.selectbox(
        "Group", more, likely(more, (*GROUP_COLUMNS, *MORE_GROUPS)), key=f"{key}_group",
        help="Column of what must not be on both sides, such as a speaker or a dialogue.",
    )  # fmt: skip
    chosen = ("" if name == NONE else name for name in (split, group))
    return Asked(file.identity, text, *chosen)


def _verdict(report: LeakReport) -> None:
    exact, near = int(report.exact.sum()), int(report.near.sum())
    looked = int(report.held_out.sum())
    kind = report.items.kind
    if report.verdict == CLEAN:
        st.success(
            f"Clean: {looked:,} {kind} looked at, no copy found.", icon=":material/verified:"
        )
        return
    groups = (
        f", and {len(report.groups):,} groups are on both sides "
        f"({', '.join(report.groups[:5])}{' …' if len(report.groups) > 5 else ''})"
        if report.groups
        else ""
    )
    st.warning(
        f"Leaks: of {looked:,} {kind}, {exact:,} have an exact and {near:,} a near copy{groups}. "
        f"Counted are {PROTOCOLS[report.protocol]}.",
        icon=":material/warning:",
    )


def _by_side(report: LeakReport) -> None:
    """How many items of each side have a copy."""
    sides = report.as_dict()["by_side"]
    shown = {side or "no side": row for side, row in sides.items()}
    names = [f"{side} ({row['items']:,})" for side, row in shown.items()]
    figure = go.Figure()
    for kind, colour in KINDS:
        values = [row[kind] for row in shown.values()]
        figure.add_bar(
            x=values, y=names, orientation="h", name=f"{kind} copies", marker_color=colour,
            text=[f"{v:,}" for v in values], textposition="outside", cliponaxis=False,
        )  # fmt: skip
    most = max([1, *(row[k] for row in shown.values() for k, _ in KINDS)])
    figure.update_xaxes(range=[0, 1.2 * most], visible=False)
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    figure.update_layout(height=90 + 60 * len(names), margin={**NARROW, "b": LITTLE_PX},
                         legend={"orientation": "h", "y": 1.2})  # fmt: skip
    said = "Items of each side that another side has too; numbers of items in brackets."
    table = pd.DataFrame([{"side": side, **row} for side, row in shown.items()])
    draw(Chart("Copies by side", said, figure, lambda: table, "leaks-by-side"), f"{KEY}_sides")


def _examples(report: LeakReport, rows: str) -> None:
    """Some of the copies, by row number or name; `rows` is what an item is called."""
    if not report.examples:
        return
    st.markdown("#### Examples")
    st.caption(
        f"Each {rows} and the {rows} that it is a copy of"
        + (", counted from 0 without the heading." if rows == "row" else ".")
    )
    frame = pd.DataFrame(
        {rows: [c.item for c in report.examples], "copy of": [c.copy for c in report.examples],
         "kind": [c.kind for c in report.examples],
         "similarity": [c.similarity for c in report.examples]}
    )  # fmt: skip
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        frame, hide_index=True, column_config={"similarity": number}, key=f"{KEY}_examples"
    )
    st.download_button(
        "CSV", lambda: frame.to_csv(index=False).encode(), "leaks.csv", "text/csv",
        on_click="ignore", icon=":material/download:", key=f"{KEY}_csv",
    )  # fmt: skip


def _left_out(report: LeakReport) -> None:
    for notice in report.notices():
        st.caption(f":material/info: {notice[:1].upper()}{notice[1:]}.")
    for name, why in list(report.items.left_out.items())[:5]:
        st.caption(f":material/error: {name}: {why}.")


def _outcome(asked: Asked) -> None:
    job = held(JOB, LeakJob)
    if job is None:
        return
    if job.asked != asked:
        st.caption("The choices above have changed; look again.")
        return
    if job.running:
        told: Callable[[], str] = lambda: (  # noqa: E731
            counted(job, "files") if job.total else "Reading and comparing"
        )
        watch(job, told, f"{KEY}_cancel")
        return
    if job.error or job.report is None:
        st.error(f"{job.error[:1].upper()}{job.error[1:]}")
        return
    _verdict(job.report)
    _by_side(job.report)
    _examples(job.report, "row" if asked.text else "file")
    _left_out(job.report)


def leak_tab() -> None:
    """Draw the tab."""
    st.markdown(
        "A model that has seen the test looks better than it is. Give **your data set**, and what "
        "its sides share is found: copies, near copies (another spelling, a louder or re-encoded "
        "recording, a mirrored or re-cropped face), and speakers or dialogues on both sides. "
        "Everything is compared here and kept no longer than this session."
    )
    file = choose_file(WANTED)
    if file is None:
        drop(JOB)
        return
    try:
        asked = _choose(file)
    except EmotionCoreError as error:
        st.error(str(error))
        return
    running = (job := held(JOB, LeakJob)) is not None and job.running
    if st.button(
        "Look for leaks", type="primary", icon=":material/search:", key=f"{KEY}_start",
        disabled=running,
    ):  # fmt: skip
        begin(JOB, lambda: LeakJob(asked, file))
    _outcome(asked)
