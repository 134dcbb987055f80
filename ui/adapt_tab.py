"""The tab that adapts a shipped model to a few examples, and shows what that gains."""

from typing import NamedTuple

import plotly.graph_objects as go
import streamlit as st

from emotion_core.adaptation.adapt import Adaptation, write_adaptation
from emotion_core.adaptation.card import SCORE_NAMES
from emotion_core.datasets.labelled_items import LabelledModality
from emotion_core.errors import EmotionCoreError

from .adapt_job import AdaptJob
from .charts import show
from .evaluation_charts import ACCENT, FAINT, NARROW
from .models import model_specs
from .palette import colour, titled
from .progress import POLL_S, progress
from .temporary import TOLD
from .training_example import EXAMPLE_NAME, EXAMPLE_TOLD, example_table
from .training_process import target_of

JOB, EXAMPLE = "adapt_job", "adapt_example"
UPLOAD_MB = 500
TABLE_ENDINGS, ZIP_ENDINGS = ["csv", "jsonl", "parquet", "tsv"], ["zip"]


class Material(NamedTuple):
    """What can be adapted to what.

    Attributes:
        title: for a person
        modality: of examples and models
        help: what an upload looks like
        endings: of uploads
    """

    title: str
    modality: LabelledModality
    help: str
    endings: list[str]


MATERIALS = (
    Material("Texts", "text", "A table with the columns text and label, and maybe group (the "
             "author), who is then never on both sides.", TABLE_ENDINGS),
    Material("Voices", "audio", "A ZIP with a folder per label, each with recordings in it.",
             ZIP_ENDINGS),
    Material("Faces", "face", "A ZIP with a folder per label, each with pictures of faces in it.",
             ZIP_ENDINGS),
)  # fmt: skip


def _take_example() -> None:
    st.session_state["adapt_material"] = 0
    st.session_state[EXAMPLE] = True


def _drop_example() -> None:
    st.session_state.pop(EXAMPLE, None)


def _upload(material: Material) -> tuple[str, bytes] | None:
    file = st.file_uploader(
        f"{material.title} with their labels, 4 of each or more",
        type=material.endings,
        help=material.help,
        key=f"adapt_upload_{material.modality}",
        on_change=_drop_example,
        max_upload_size=UPLOAD_MB,
    )
    st.caption(f"{material.help} While the examples are read, they lie in {TOLD}.")
    if file is not None:
        return file.name, file.getvalue()
    if st.session_state.get(EXAMPLE) and material.modality == "text":
        st.caption(EXAMPLE_TOLD)
        return EXAMPLE_NAME, example_table()
    return None


def _start(material: Material) -> None:
    bases = [s.id for s in model_specs(material.modality) if (s.folder / "model.onnx").is_file()]
    base = st.selectbox("Model to build on", bases, key=f"adapt_base_{material.modality}")
    given = _upload(material)
    aligned = material.modality == "face" and st.toggle(
        "Each picture is a face already", key="adapt_aligned"
    )
    if st.button(
        "Adapt", type="primary", icon=":material/bolt:", key="adapt_start",
        disabled=given is None,
    ) and given:  # fmt: skip
        if JOB in st.session_state:
            st.session_state[JOB].cancel()
        st.session_state[JOB] = AdaptJob(material.modality, base, *given, aligned)


def _gain(found: Adaptation) -> None:
    """Scores before and after, as bars."""
    gain = {n: g for n, g in found.report.gain.items() if n in SCORE_NAMES}
    if not gain:
        st.info(f"The labels of {found.spec.id} say nothing of these, so there is no score before.")
        return
    names = [SCORE_NAMES[n] for n in gain]
    figure = go.Figure()
    bars = (("as shipped", "before", FAINT), ("adapted", "after", ACCENT))
    for name, key, shade in bars:
        values = [g[key] for g in gain.values()]
        figure.add_bar(x=names, y=values, name=name, marker_color=shade,
                       text=[f"{v:.2f}" for v in values], textposition="outside",
                       cliponaxis=False)  # fmt: skip
    figure.update_layout(height=300, margin=NARROW, legend={"orientation": "h", "y": 1.15})
    figure.update_yaxes(range=[0, 1.05])
    show(figure, "adapt_gain", "Scores as shipped and adapted")
    low, high = gain["macro_f1"]["interval"]
    sure = "more than chance" if low > 0 else "no more than chance may do"
    st.caption(
        f"Each example was answered by a head that had not seen it. Macro F1 changes by "
        f"{gain['macro_f1']['difference']:+.3f} (95 % interval {low:+.3f} to {high:+.3f}): {sure}."
    )


def _classes(found: Adaptation) -> None:
    """How well each label is told, as bars."""
    scores = found.report.scores
    figure = go.Figure(
        go.Bar(
            x=[scores.per_class[n].f1 for n in scores.labels],
            y=[titled(n) for n in scores.labels],
            orientation="h",
            marker_color=[colour(n) for n in scores.labels],
            text=[f"{scores.per_class[n].f1:.2f}" for n in scores.labels],
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_layout(height=60 + 34 * len(scores.labels), margin=NARROW)
    figure.update_xaxes(range=[0, 1.1], title="F1")
    figure.update_yaxes(autorange="reversed")
    show(figure, "adapt_classes", "F1 of each label")
    st.caption("F1 of each label: 1 where it is always told and never mistaken.")


def _keep(found: Adaptation) -> None:
    name = st.text_input("Name of the new model", key="adapt_name", placeholder="my-model")
    if st.button("Keep this model", icon=":material/save:", key="adapt_keep"):
        try:
            write_adaptation(found, target_of(name), "trained on the Training page")
        except EmotionCoreError as error:
            st.error(str(error))
        else:
            st.success(f"{name} is kept, and stands in every list of models now.")


@st.fragment(run_every=POLL_S)
def _progress(job: AdaptJob) -> None:
    if not job.running:
        st.rerun()
    progress(job, f"{job.stage[:1].upper()}{job.stage[1:]}: {int(job.done):,}", "adapt_cancel")


def _result(job: AdaptJob) -> None:
    if job.error or job.found is None:
        st.error(job.error)
        return
    report = job.found.report
    st.markdown(f"#### {report.base}, adapted to {report.scores.n} examples")
    left, right = st.columns(2, gap="large")
    with left:
        _gain(job.found)
    with right:
        _classes(job.found)
    for error in report.errors[:5]:
        st.warning(error)
    if more := len(report.errors) - 5:
        st.caption(f"{more} further examples could not be read." if more > 0 else "")
    st.caption(report.protocol)
    _keep(job.found)


def adapt_tab() -> None:
    """Draw the tab."""
    st.button("Try an example", on_click=_take_example, icon=":material/draft:", key="adapt_try")
    st.session_state.setdefault("adapt_material", 0)
    place = st.segmented_control(
        "What do you have?", range(len(MATERIALS)), required=True,
        format_func=lambda k: MATERIALS[k].title, key="adapt_material",
    )  # fmt: skip
    _start(MATERIALS[place or 0])
    job = st.session_state.get(JOB)
    if job is not None:
        (_progress if job.running else _result)(job)
