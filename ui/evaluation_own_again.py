"""Looking again at a report that was kept as JSON, and the list of what this session keeps."""

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.evaluation.stored_report import read_report

from .evaluation_own_kept import Kept, forget, keep, kept_reports
from .evaluation_own_result import show_result
from .evaluation_own_upload import KEY, Wanted, choose_file
from .evaluation_own_words import in_words_of_the_page
from .evaluation_stored import of_report

AGAIN = f"{KEY}_again"
WANTED = Wanted(AGAIN, "A report as JSON", (".json",), most_mb=50)
OPEN = f"{AGAIN}_open"


def again_way() -> None:
    """Draw it."""
    st.markdown(
        "Give a **report as JSON**, downloaded here or written by `evaluate … --json`, to look at "
        "it again. Its items are not in it; to see these too, give the file that `--predictions` "
        "wrote to “Truths and answers”."
    )
    file = choose_file(WANTED)
    if file is not None:
        kept = st.session_state.get(WANTED.report_key)
        try:
            if kept is None or kept[0] != file.identity:
                content = file.path.read_bytes()
                report = read_report(content, file.name)
                name = report.predictions.name
                kept = (file.identity, Kept(of_report(name, report), content, None, by_item=False))
                st.session_state[WANTED.report_key] = kept
                keep(kept[1])
        except EmotionCoreError as error:
            st.error(in_words_of_the_page(str(error)))
            return
        show_result(kept[1], AGAIN)
    elif (name := st.session_state.get(OPEN)) in (found := kept_reports()):
        st.markdown(f"#### {name}")
        show_result(found[name], f"{AGAIN}_{name}")


def kept_list() -> None:
    """Reports of this session, each to be opened or taken out."""
    found = kept_reports()
    if not found:
        return
    st.divider()
    st.markdown("#### Kept in this session")
    for name, kept in found.items():
        scores = kept.found.scores
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/bookmark: **{name}**: {scores.metrics['accuracy']:.1%} of "
                f"{scores.n:,} right, UAR {scores.metrics['uar']:.3f}"
            )
            st.button("Look again", on_click=_open, args=(name,), key=f"{AGAIN}_look_{name}")
            st.button("Remove", on_click=forget, args=(name,), icon=":material/delete:",
                      key=f"{AGAIN}_remove_{name}")  # fmt: skip


def _open(name: str) -> None:
    st.session_state[OPEN] = name
    st.session_state.pop(WANTED.file_key, None)
    st.session_state[f"{KEY}_way"] = "A kept report"
