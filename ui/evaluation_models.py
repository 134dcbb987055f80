"""The tab that shows how good each shipped model is."""

import pandas as pd
import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.types import ModelSpec

from .evaluation_cost import cost
from .evaluation_fairness import fairness_section, has_fairness
from .evaluation_leaks import badge, leaks_section, without_copies
from .evaluation_report import SECTIONS, report_sections
from .evaluation_stored import (
    EVERY_PART,
    Evaluated,
    evaluated,
    part_choices,
    parts_in_words,
    record,
    scored,
)
from .evaluation_training import deletion, learning_curves
from .models import RESTORE, every_model
from .record import metrics_table

TRAINING, COST = "Training and reasons", "Speed and size"
FAIRNESS, LEAKS = "Fairness", "Leaks"


def notices(found: Evaluated) -> None:
    """What a person should know of how something was scored."""
    if unanswered := found.report.unanswered:
        share = unanswered / found.report.scores.n
        st.caption(f"{unanswered:,} items ({share:.1%}) have no answer; they count as wrong.")
    for notice in found.notices:
        st.caption(f":material/info: {notice[:1].upper()}{notice[1:]}.")


def protocol(spec: ModelSpec) -> None:
    """How the scores were measured, before any of them."""
    st.markdown(f"**How it was measured.** {spec.protocol or 'The bundle does not say.'}")


def as_recorded(spec: ModelSpec) -> None:
    """Further scores of the record, such as of another split or without copies."""
    content = record(spec)
    others = {k: v for k, v in content.get("others", {}).items() if "macro_f1" in v}
    if without := content.get("duplicates", {}).get("without"):
        others["without the test texts that training holds"] = without
    if not others:
        return
    measures = {"accuracy": "accuracy", "UAR": "uar", "macro F1": "macro_f1"}
    rows = {
        "protocol": list(others),
        "items": [f"{o['n']:,}" for o in others.values()],
        **{n: [f"{o[m]:.3f}" for o in others.values()] for n, m in measures.items()},
    }
    st.markdown("#### The same model under other protocols")
    st.caption(
        "From the bundle's record: what copies in training, speakers heard before, or the whole "
        "path from the raw file change."
    )
    st.table(pd.DataFrame(rows).set_index("protocol"))


def _parts(spec: ModelSpec) -> str:
    """Which modalities the moments have, of a fusion."""
    if spec.modality != "fusion" or not (choices := part_choices(spec)):
        return EVERY_PART
    return st.selectbox(
        "Moments with", choices, format_func=parts_in_words, key=f"evaluation_{spec.id}_parts"
    )


def _section(name: str, spec: ModelSpec, specs: list[ModelSpec], found: Evaluated) -> None:
    if name == TRAINING:
        learning_curves(spec)
        deletion(spec)
    elif name == FAIRNESS:
        fairness_section(spec, f"evaluation_{spec.id}_fairness")
    elif name == LEAKS:
        leaks_section(spec, f"evaluation_{spec.id}_leaks")
    elif name == COST:
        with st.spinner("Scoring the stored answers of every model…"):
            every = scored(specs)
        cost(specs, every)
    else:
        SECTIONS[name](found, f"evaluation_{spec.id}")
        if name == next(iter(SECTIONS)):
            without_copies(spec, f"evaluation_{spec.id}")
            as_recorded(spec)


def models_tab() -> None:
    """Draw the tab."""
    specs = every_model()
    if not specs:
        st.info(f"There is no model here; {RESTORE}.")
        return
    by_id = {s.id: s for s in specs}
    spec = by_id[st.selectbox("Model", list(by_id), key="evaluation_model")]
    protocol(spec)
    try:
        with st.spinner("Scoring the stored answers…"):
            found = evaluated(spec, _parts(spec))
    except EmotionCoreError as error:
        st.warning(str(error), icon=":material/info:")
        metrics_table(spec)
        return
    badge(spec)
    notices(found)
    fairness = [FAIRNESS] if has_fairness(spec) else []
    names = [*report_sections(found), *fairness, LEAKS, TRAINING, COST]
    name = st.segmented_control(
        "Show", names, default=names[0], required=True, key="evaluation_section"
    )
    _section(name, spec, specs, found)
