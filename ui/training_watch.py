"""The tab that shows trainings at work, and what became of them."""

import shutil
import time
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core import registry
from emotion_core.markup import clock
from emotion_core.training.runs import Run, runs_below
from emotion_core.training.watching import HISTORY, Progress, read_progress

from .charts import show
from .evaluation_charts import ACCENT, NARROW
from .training_process import log_end, run_again, stop
from .training_table import forget_tables_below, lost_table

REFRESH_S = 1.0
DASHES = ("solid", "dash", "dot", "dashdot")


def _histories(run: Run) -> dict[str, pd.DataFrame]:
    """Network -> its epochs so far."""
    found = {}
    for path in sorted(run.work.rglob(HISTORY)):
        if path.parent.name == "training":  # of the bundle that is being written
            continue
        try:
            frame = pd.read_csv(path)
        except (OSError, ValueError):
            continue
        if not frame.empty:
            found[path.parent.relative_to(run.work).as_posix()] = frame
    return found


def _lines(histories: dict[str, pd.DataFrame], wanted: str, title: str) -> go.Figure | None:
    """One line per network and column whose name ends so."""
    figure = go.Figure()
    for number, (network, frame) in enumerate(histories.items()):
        for column in [c for c in frame.columns if c.endswith(wanted)]:
            name = column.replace("_", " ")
            figure.add_scatter(
                x=frame["epoch"], y=frame[column], mode="lines+markers",
                name=name if len(histories) == 1 else f"{network}: {name}",
                line={"dash": DASHES[number % len(DASHES)],
                      "color": ACCENT if column.startswith("validation") else None},
            )  # fmt: skip
    if not figure.data:
        return None
    figure.update_layout(height=280, margin=NARROW, yaxis_title=title, xaxis_title="epoch",
                         legend={"orientation": "h", "y": -0.3})  # fmt: skip
    return figure


def _curves(run: Run) -> None:
    histories = _histories(run)
    if not histories:
        st.caption("The first epoch is not finished yet.")
        return
    scores = next(
        (s for s in ("macro_f1", "uar", "accuracy")
         if any(f"validation_{s}" in h for h in histories.values())), "",
    )  # fmt: skip
    left, right = st.columns(2)
    charts = ((left, "loss", "loss"), (right, f"validation_{scores}", scores.replace("_", " ")))
    for place, wanted, title in charts:
        figure = _lines(histories, wanted, title) if title else None
        if figure is not None:
            with place:
                show(figure, f"training_{run.out}_{wanted}", f"{title} of each epoch")


def _time_left(run: Run, progress: Progress) -> str:
    spent_s = time.time() - run.started
    if progress.share < 0.01:
        return f"{clock(spent_s)} so far"
    return f"{clock(spent_s)} so far, about {clock(spent_s * (1 / progress.share - 1))} left"


def _running(run: Run) -> None:
    progress = read_progress(run.work)
    st.progress(
        progress.share,
        f"Network {min(progress.done + 1, progress.networks)} of {progress.networks}, epoch "
        f"{min(progress.epoch + 1, max(1, progress.epochs))} of {max(1, progress.epochs)}; "
        f"{_time_left(run, progress)}",
    )
    _curves(run)
    st.button("Stop", on_click=stop, args=(run,), icon=":material/stop:", key=f"stop_{run.out}")


def _ended(run: Run) -> None:
    """A training that did not come to its end."""
    if run.state == "failed":
        st.error(run.error)
    elif run.state == "stopped":
        st.info("It was stopped. What it has learnt is kept, and it can go on.")
    else:
        st.warning("Its process ended without a word. It can go on from its last epoch.")
    if run.state != "failed":
        _curves(run)
    if said := log_end(run):
        with st.expander("What it wrote last"):
            st.code(said, language=None)
    lost = lost_table(run)
    if lost:
        st.caption("Its uploaded table is deleted: to go on, start it again with the table.")
    with st.container(horizontal=True):
        st.button("Go on", on_click=run_again, args=(Path(run.out), run.arguments),
                  disabled=lost, icon=":material/play_arrow:", key=f"again_{run.out}")  # fmt: skip
        st.button("Delete", on_click=shutil.rmtree, args=(run.work, True),
                  icon=":material/delete:", key=f"delete_{run.out}")  # fmt: skip


def _finished() -> None:
    own = registry.own_folder()
    specs = [s for s in registry.available() if s.folder.parent == own]
    if not specs:
        return
    st.markdown("#### Your models")
    for spec in specs:
        scores = ", ".join(f"{k.replace('_', ' ')} {v:.3f}" for k, v in spec.metrics.items())
        st.markdown(f"**{spec.id}** ({spec.modality}): {', '.join(spec.labels)}")
        st.caption(scores or "without scores")
    st.page_link("pages/background/evaluation.py", label="See how good they are",
                 icon=":material/speed:")  # fmt: skip


def _draw() -> None:
    forget_tables_below(registry.own_folder())
    runs = runs_below(registry.own_folder())
    for run in runs:
        with st.container(border=True):
            st.markdown(f"**{Path(run.out).name}**")
            (_running if run.alive else _ended)(run)
    if not runs:
        st.caption("No training is at work.")
    _finished()


def watch_tab() -> None:
    """Draw the tab; it is drawn again while something is at work."""
    st.fragment(_draw, run_every=REFRESH_S)()
